//! What the record keeps, hides and refuses.

use std::fs;
use std::path::Path;

use lanterna_model::booking::{Appointment, BookingState};
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::{ScheduleId, ServiceCode};
use lanterna_model::time::Minute;
use lanterna_store::{Change, QueuePart, RawKey, Store, StoreError};
use lanterna_wire::Cursor;
use lanterna_wire::hold::{ConflictReason, LostSpan};
use lanterna_wire::outcome::{Answer, NotYetReason, Outcome};
use lanterna_wire::snapshot::Manifest;
use uuid::Uuid;

use crate::fixture::*;

fn taken(store: &Store, start: i32) -> bool {
    store.overlay().takes(ScheduleId(1), Minute(start), 0, 20, now().wall)
}

fn at_cursor(store: &mut Store, seq: u64) {
    let cursor = Cursor {
        epoch: "e".to_owned(),
        seq,
        digest: "d".to_owned(),
    };
    let manifest = Manifest {
        cursor,
        chunks: Vec::new(),
        schedules: 0,
        slots: 0,
    };
    store
        .transaction(|tx| {
            tx.mirror().begin_snapshot(&manifest)?;
            tx.mirror().finish_snapshot()
        })
        .unwrap();
}

fn state(store: &Store, number: &BookingNumber) -> BookingState {
    store.record().booking(number).unwrap().unwrap().derived().state
}

fn bytes_of(dir: &Path) -> Vec<u8> {
    fs::read_dir(dir)
        .unwrap()
        .flatten()
        .flat_map(|entry| fs::read(entry.path()).unwrap())
        .collect()
}

#[test]
fn the_files_hold_nothing_readable_not_even_in_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    enrolled(&mut store);
    add(&mut store, 1, NRE, 100).unwrap();
    let bytes = bytes_of(dir.path());
    assert!(bytes.len() > 8_192, "the write-ahead log is among them");
    for secret in [TAX_CODE, SURNAME, NRE, "SQLite format 3"] {
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
            "{secret} can be read"
        );
    }
    drop(store);
    let other = RawKey::from_bytes([8; 32]);
    let (fresh, report) = Store::open(dir.path(), &other, now()).unwrap();
    // Another key opens nothing: the files are set aside, never deleted.
    assert_eq!(report.set_aside.len(), 2);
    assert!(fresh.record().enrolment().unwrap().is_none());
    assert!(
        report
            .set_aside
            .iter()
            .all(|file| dir.path().join(&file.kept_as).is_file())
    );
}

#[test]
fn what_was_written_survives_closing_and_opening() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    enrolled(&mut store);
    let number = add(&mut store, 1, NRE, 100).unwrap();
    drop(store);
    let (store, report) = Store::open(dir.path(), &key(), now()).unwrap();
    assert!(report.set_aside.is_empty());
    assert_eq!(state(&store, &number), BookingState::Queued);
    assert!(taken(&store, 100));
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn a_full_disk_refuses_a_booking_before_it_is_promised() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    enrolled(&mut store);
    store.limit_pages(1).unwrap();
    let mut refused = 0;
    for at in 0..200u32 {
        match add(
            &mut store,
            u128::from(at) * 5_000,
            &format!("0700A4{:09}", at),
            i32::try_from(at).unwrap() * 20,
        ) {
            Ok(_) => {}
            Err(StoreError::DiskFull) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0, "the limit was never reached");
    let counts = store.record().queue_counts().unwrap();
    assert_eq!(counts.waiting, counts.operations, "no booking without its operation");
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn a_damaged_record_is_set_aside_and_what_can_be_read_is_saved() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    enrolled(&mut store);
    for at in 0..40u32 {
        add(
            &mut store,
            u128::from(at) * 5_000,
            &format!("0700A4{:09}", at),
            i32::try_from(at).unwrap() * 20,
        )
        .unwrap();
    }
    drop(store);
    let file = dir.path().join("desk.db");
    let mut bytes = fs::read(&file).unwrap();
    // A page in the last third, far from the schema.
    let at = bytes.len() * 4 / 5;
    bytes[at..at + 64].fill(0xaa);
    fs::write(&file, bytes).unwrap();
    let (store, report) = Store::open(dir.path(), &key(), now()).unwrap();
    let [aside] = &report.set_aside[..] else {
        panic!("{report:?}")
    };
    assert_eq!(aside.file, "desk.db");
    assert!(aside.salvaged > 0);
    assert!(dir.path().join(&aside.kept_as).is_file());
    assert!(store.record().enrolment().unwrap().is_some());
}

#[test]
fn the_same_draft_twice_is_one_booking_and_a_line_is_booked_once() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let number = add(&mut store, 1, NRE, 100).unwrap();
    assert_eq!(add(&mut store, 1, NRE, 100).unwrap(), number);
    let Err(StoreError::AlreadyBooked { number: first }) = add(&mut store, 2, NRE, 200) else {
        panic!("the second booking of a line is refused");
    };
    assert_eq!(first, number);
}

#[test]
fn a_place_is_taken_away_until_the_mirror_has_come_as_far_as_the_outcome() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    at_cursor(&mut store, 5);
    add(&mut store, 1, NRE, 100).unwrap();
    assert!(taken(&store, 100) && taken(&store, 110) && !taken(&store, 120));
    settle(&mut store, 1, Outcome::Confirmed, 7);
    assert!(taken(&store, 100), "the mirror has not seen it yet");
    at_cursor(&mut store, 7);
    assert!(!taken(&store, 100), "the mirror says it by itself now");
}

#[test]
fn a_lost_place_is_not_offered_again_and_an_urgent_one_is_told() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    at_cursor(&mut store, 5);
    let number = add(&mut store, 1, NRE, 100).unwrap();
    let lost = vec![LostSpan {
        span: span(100),
        reason: ConflictReason::Taken,
    }];
    assert!(settle(&mut store, 1, Outcome::Conflict { lost }, 6), "class B is told");
    assert_eq!(state(&store, &number), BookingState::Conflict);
    assert!(taken(&store, 100));
    let counts = store.record().queue_counts().unwrap();
    assert_eq!((counts.to_resolve, counts.waiting, counts.settled), (1, 0, 0));
    // Settling it with an alternative is a move on the same booking.
    let version = store.record().booking(&number).unwrap().unwrap().version;
    let service = ServiceCode::parse("89.7A.3").unwrap();
    let change = || Change::Move {
        appointments: vec![Appointment {
            line: 1,
            service: service.clone(),
            span: span(300),
        }],
        hold: None,
        leases: Vec::new(),
    };
    let id = Uuid::from_u128(77);
    let stale = store.transaction(|tx| tx.desk().add_change(&number, version + 9, id, change(), now().wall));
    assert!(matches!(stale, Err(StoreError::Stale)));
    store
        .transaction(|tx| tx.desk().add_change(&number, version, id, change(), now().wall))
        .unwrap();
    assert_eq!(state(&store, &number), BookingState::Queued);
    assert_eq!(store.record().queue_page(QueuePart::Waiting, 0, 10).unwrap().len(), 1);
}

#[test]
fn only_what_was_never_sent_can_be_withdrawn() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let first = add(&mut store, 1, NRE, 100).unwrap();
    assert!(
        store
            .transaction(|tx| tx.desk().withdraw(&first, 1, now().wall))
            .unwrap()
    );
    assert_eq!(state(&store, &first), BookingState::Cancelled);
    assert!(!taken(&store, 100));
    // Its line is free again.
    let second = add(&mut store, 2, NRE, 100).unwrap();
    let id = Uuid::from_u128(1_002);
    store
        .transaction(|tx| tx.desk().mark_possibly_sent(&[id], now().wall))
        .unwrap();
    assert!(
        !store
            .transaction(|tx| tx.desk().withdraw(&second, 1, now().wall))
            .unwrap()
    );
    assert_eq!(state(&store, &second), BookingState::Queued);
}

#[test]
fn operations_of_a_booking_keep_their_order_and_do_not_hold_up_others() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let first = add(&mut store, 1, NRE, 100).unwrap();
    add(&mut store, 2, "0700A4000000456", 200).unwrap();
    let cancel = Change::Cancel {
        reason: "prova".to_owned(),
    };
    store
        .transaction(|tx| tx.desk().add_change(&first, 1, Uuid::from_u128(77), cancel, now().wall))
        .unwrap();
    let batch = |skip: &[u128]| -> Vec<u64> {
        let skip = skip.iter().map(|id| Uuid::from_u128(*id)).collect();
        store
            .record()
            .next_batch(10, 100_000, &skip)
            .unwrap()
            .iter()
            .map(|operation| operation.number)
            .collect()
    };
    assert_eq!(batch(&[]), [1, 2, 3]);
    assert_eq!(batch(&[1_001]), [2], "what follows on the same booking waits with it");
    assert_eq!(store.record().watermark().unwrap(), 0);
}

#[test]
fn not_yet_is_no_outcome_and_an_outcome_is_written_once() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let number = add(&mut store, 1, NRE, 100).unwrap();
    let not_yet = Answer::NotYet {
        reason: NotYetReason::Throttled,
        retry_after_seconds: 5,
    };
    store
        .transaction(|tx| tx.desk().record_answer(Uuid::from_u128(1_001), &not_yet, now().wall))
        .unwrap();
    assert_eq!(state(&store, &number), BookingState::Queued);
    settle(&mut store, 1, Outcome::Confirmed, 7);
    settle(&mut store, 1, Outcome::Conflict { lost: Vec::new() }, 8);
    assert_eq!(state(&store, &number), BookingState::Confirmed);
    assert_eq!(store.record().watermark().unwrap(), 1);
}

fn change(store: &mut Store, number: &BookingNumber, id: u128, change: Change) -> Result<(), StoreError> {
    let version = store.record().booking(number).unwrap().unwrap().version;
    store.transaction(|tx| {
        tx.desk()
            .add_change(number, version, Uuid::from_u128(id + 1_000), change, now().wall)
    })
}

fn move_to(start: i32) -> Change {
    Change::Move {
        appointments: vec![Appointment {
            line: 1,
            service: ServiceCode::parse("89.7A.3").unwrap(),
            span: span(start),
        }],
        hold: None,
        leases: Vec::new(),
    }
}

fn to_resolve(store: &Store) -> u32 {
    store.record().queue_counts().unwrap().to_resolve
}

#[test]
fn putting_a_failed_move_away_leaves_the_booking_as_it_stands() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let number = add(&mut store, 1, NRE, 100).unwrap();
    settle(&mut store, 1, Outcome::Confirmed, 7);
    change(&mut store, &number, 2, move_to(300)).unwrap();
    settle(&mut store, 2, Outcome::Conflict { lost: Vec::new() }, 8);
    assert_eq!(to_resolve(&store), 1);
    let version = store.record().booking(&number).unwrap().unwrap().version;
    store
        .transaction(|tx| tx.desk().give_up(&number, version, now().wall))
        .unwrap();
    assert_eq!(
        (state(&store, &number), to_resolve(&store)),
        (BookingState::Confirmed, 0)
    );
    // It can still be changed, and a new failure is seen again.
    let cancel = Change::Cancel {
        reason: "prova".to_owned(),
    };
    change(&mut store, &number, 3, cancel).unwrap();
    settle(&mut store, 3, Outcome::Conflict { lost: Vec::new() }, 9);
    assert_eq!(to_resolve(&store), 1);
}

#[test]
fn taking_back_a_second_move_does_not_hide_that_the_first_one_failed() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let number = add(&mut store, 1, NRE, 100).unwrap();
    settle(&mut store, 1, Outcome::Confirmed, 7);
    change(&mut store, &number, 2, move_to(300)).unwrap();
    settle(&mut store, 2, Outcome::Conflict { lost: Vec::new() }, 8);
    change(&mut store, &number, 3, move_to(400)).unwrap();
    assert_eq!(to_resolve(&store), 0);
    let version = store.record().booking(&number).unwrap().unwrap().version;
    let withdrawn = store.transaction(|tx| tx.desk().withdraw(&number, version, now().wall));
    assert!(withdrawn.unwrap());
    assert_eq!(
        (state(&store, &number), to_resolve(&store)),
        (BookingState::Confirmed, 1)
    );
}

#[test]
fn what_may_have_been_given_a_place_can_be_cancelled() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let number = add(&mut store, 1, NRE, 100).unwrap();
    let id = Uuid::from_u128(1_001);
    store
        .transaction(|tx| tx.desk().record_answer(id, &Answer::AlreadyAnswered, now().wall))
        .unwrap();
    assert_eq!(state(&store, &number), BookingState::NeedsOperator);
    let cancel = Change::Cancel {
        reason: "prova".to_owned(),
    };
    change(&mut store, &number, 2, cancel).unwrap();
    settle(&mut store, 2, Outcome::Confirmed, 8);
    assert_eq!(state(&store, &number), BookingState::Cancelled);
}

#[test]
fn what_is_carried_by_hand_can_no_longer_be_withdrawn_and_stays_in_the_queue() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let number = add(&mut store, 1, NRE, 29_800_000).unwrap();
    let carried = store.transaction(|tx| tx.desk().carry_out(now().wall)).unwrap();
    assert_eq!(carried.len(), 1);
    let version = store.record().booking(&number).unwrap().unwrap().version;
    let withdrawn = store.transaction(|tx| tx.desk().withdraw(&number, version, now().wall));
    assert!(!withdrawn.unwrap());
    assert_eq!(store.record().queue_counts().unwrap().operations, 1);
    let again = store.transaction(|tx| tx.desk().carry_out(now().wall)).unwrap();
    assert_eq!(again, carried);
}
