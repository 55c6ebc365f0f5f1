//! Damaged, newer and half-written files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lanterna_model::booking_number::BookingNumber;
use lanterna_store::{RawKey, Store, StoreError};
use rusqlite::Connection;

use crate::fixture::*;

const BOOKINGS: u32 = 40;
const PAGE: usize = 4_096;

fn nre(at: u32) -> String {
    format!("0700A4{at:09}")
}

/// A desk with bookings, closed. Returns their numbers.
fn desk(dir: &Path) -> BTreeSet<BookingNumber> {
    let (mut store, _) = Store::open(dir, &key(), now()).unwrap();
    enrolled(&mut store);
    (0..BOOKINGS)
        .map(|at| {
            let start = i32::try_from(at).unwrap() * 20;
            add(&mut store, u128::from(at) * 5_000, &nre(at), start).unwrap()
        })
        .collect()
}

fn sql(path: &Path, key: &RawKey) -> Connection {
    let db = Connection::open(path).unwrap();
    let hex: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    db.execute_batch(&format!("PRAGMA key = \"x'{hex}'\"")).unwrap();
    db
}

fn set_aside(dir: &Path) -> (Store, Vec<(&'static str, u32)>) {
    let (mut store, report) = Store::open(dir, &key(), now()).unwrap();
    assert_eq!(store.set_aside(), report.set_aside);
    store.complete().unwrap();
    for file in store.set_aside() {
        assert!(dir.join(&file.kept_as).is_file(), "{file:?}");
    }
    let files = store
        .set_aside()
        .iter()
        .map(|file| (file.file, file.salvaged))
        .collect();
    (store, files)
}

#[test]
fn no_single_damaged_page_loses_a_booking_or_gives_a_number_twice() {
    let whole = tempfile::tempdir().unwrap();
    let numbers = desk(whole.path());
    let bytes = fs::read(whole.path().join("desk.db")).unwrap();
    let pages = bytes.len() / PAGE;
    assert!(pages > 20, "{pages}");
    let (mut damaged, mut unreadable) = (0, 0);
    // Without the first page nothing can be read at all: the test after this one.
    for page in 1..pages {
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = bytes.clone();
        bytes[page * PAGE + 100..page * PAGE + 200].fill(0xaa);
        fs::write(dir.path().join("desk.db"), bytes).unwrap();
        let (mut store, files) = set_aside(dir.path());
        if files == [("desk.db", 0)] {
            // A page of the definitions of the tables: without it no table can be found.
            unreadable += 1;
            continue;
        }
        damaged += files.len();
        let mut kept = BTreeSet::new();
        for part in [
            lanterna_store::QueuePart::ToResolve,
            lanterna_store::QueuePart::Waiting,
            lanterna_store::QueuePart::Settled,
        ] {
            kept.extend(
                store
                    .record()
                    .queue_page(part, 0, 100)
                    .unwrap()
                    .into_iter()
                    .map(|it| it.number),
            );
        }
        assert_eq!(kept, numbers, "page {page}: {files:?}");
        // What is live is still refused a second time, and what is new gets a number of its own.
        if store.record().enrolment().unwrap().is_none() {
            enrolled(&mut store);
        }
        let again = add(&mut store, 999_999, &nre(0), 0);
        assert!(
            matches!(again, Err(StoreError::AlreadyBooked { .. })),
            "page {page}: {again:?}"
        );
        let new = add(&mut store, 999_999, &nre(BOOKINGS), 0).unwrap();
        assert!(!numbers.contains(&new), "page {page}");
        // And the saved file opens again like any other.
        drop(store);
        let (_, files) = set_aside(dir.path());
        assert!(files.is_empty(), "page {page}");
    }
    assert!(damaged > 10, "{damaged}");
    assert!(unreadable <= 3, "{unreadable} of {pages} pages lose everything");
}

#[test]
fn a_record_of_which_nothing_can_be_read_is_kept_and_a_new_one_begun() {
    let dir = tempfile::tempdir().unwrap();
    desk(dir.path());
    let path = dir.path().join("desk.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..100].fill(0);
    fs::write(&path, &bytes).unwrap();
    let (store, files) = set_aside(dir.path());
    assert_eq!(files, [("desk.db", 0)]);
    assert!(store.record().enrolment().unwrap().is_none());
    // The same instant again: the first kept file stays.
    drop(store);
    fs::write(&path, &bytes).unwrap();
    set_aside(dir.path());
    let kept = fs::read_dir(dir.path()).unwrap().flatten();
    let kept = kept.filter(|entry| entry.file_name().to_string_lossy().ends_with(".damaged"));
    assert_eq!(kept.count(), 2);
}

#[test]
fn a_power_cut_while_the_saved_record_is_put_in_place_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let numbers = desk(dir.path());
    let path = |name: &str| dir.path().join(name);
    // Between the two renames: the damaged one kept already, the saved one not yet in its place.
    fs::copy(path("desk.db"), path("desk.db.salvage")).unwrap();
    fs::rename(path("desk.db"), path("desk.db.20261123T090000000.damaged")).unwrap();
    let (store, files) = set_aside(dir.path());
    assert_eq!(files.len(), 1);
    assert!(files[0].1 >= BOOKINGS);
    let kept = store.record().queue_counts().unwrap();
    assert_eq!(kept.waiting as usize, numbers.len());
    // Before the first rename: a part of a copy beside the damaged file is of no account.
    drop(store);
    fs::write(path("desk.db.salvage"), b"half").unwrap();
    let (store, files) = set_aside(dir.path());
    assert!(files.is_empty());
    assert_eq!(store.record().queue_counts().unwrap().waiting as usize, numbers.len());
}

#[test]
fn a_record_of_a_later_version_is_left_untouched() {
    let dir = tempfile::tempdir().unwrap();
    desk(dir.path());
    let path = dir.path().join("desk.db");
    sql(&path, &key()).pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let opened = Store::open(dir.path(), &key(), now());
    assert!(matches!(opened, Err(StoreError::NewerVersion { file: "desk.db" })));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_record_of_the_first_version_is_brought_forward() {
    let dir = tempfile::tempdir().unwrap();
    let db = sql(&dir.path().join("desk.db"), &key());
    db.execute_batch(include_str!("../../../../migrations/desk/001-record.sql"))
        .unwrap();
    db.execute_batch("INSERT INTO settings VALUES ('language', 'it')")
        .unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    drop(db);
    let (store, files) = set_aside(dir.path());
    assert!(files.is_empty());
    assert_eq!(store.record().setting("language").unwrap().as_deref(), Some("it"));
}

#[test]
fn a_mirror_that_cannot_be_used_is_set_aside_and_the_record_goes_on() {
    let change = |what: &str| {
        let dir = tempfile::tempdir().unwrap();
        desk(dir.path());
        let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
        fetch(&mut store, &catalogue(Vec::new(), Vec::new(), Vec::new()), &[], 5);
        drop(store);
        let path = dir.path().join("mirror.db");
        match what {
            "pages" => {
                let mut bytes = fs::read(&path).unwrap();
                bytes[PAGE + 100..PAGE + 200].fill(0xaa);
                fs::write(&path, bytes).unwrap();
            }
            sql_text => sql(&path, &key()).execute_batch(sql_text).unwrap(),
        }
        let (store, files) = set_aside(dir.path());
        assert_eq!(files, [("mirror.db", 0)], "{what}");
        assert_eq!(store.cursor(), None, "{what}");
        assert_eq!(store.record().queue_counts().unwrap().waiting, BOOKINGS, "{what}");
    };
    change("pages");
    change("PRAGMA user_version = 99");
    // Whole pages whose contents make no sense.
    change("INSERT INTO availability VALUES (1, 1, x'ff')");
    change("INSERT INTO pages VALUES (1, x'ff')");
    change("UPDATE catalogue SET packed = x'00'");
    change("UPDATE meta SET value = '{'");
}

#[test]
fn a_crash_keeps_what_was_committed_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    enrolled(&mut store);
    let number = add(&mut store, 1, NRE, 100).unwrap();
    let refused: Result<(), StoreError> = store.transaction(|tx| {
        tx.desk().add_booking(booking(2, "0700A4000000456", 200), now().wall)?;
        Err(StoreError::DiskFull)
    });
    assert!(refused.is_err());
    // The files as a crash would leave them: the store is still open, its log not written back.
    let crashed = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dir.path()).unwrap().flatten() {
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            fs::copy(entry.path(), crashed.path().join(entry.file_name())).unwrap();
        }
    }
    let (after, files) = set_aside(crashed.path());
    assert!(files.is_empty());
    assert_eq!(after.record().queue_counts().unwrap().waiting, 1);
    assert!(after.record().booking(&number).unwrap().is_some());
    assert_eq!(after.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn a_transaction_cut_short_leaves_no_trace_in_memory() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let failed: Result<(), StoreError> = store.transaction(|tx| {
        tx.desk().add_booking(booking(1, NRE, 100), now().wall)?;
        let (manifest, _) = snapshot(&[], 4, 7);
        tx.mirror().begin_snapshot(&manifest)?;
        tx.mirror().finish_snapshot()?;
        Err(StoreError::UnknownBooking)
    });
    assert!(failed.is_err());
    assert_eq!(store.cursor(), None);
    assert!(
        !store
            .overlay()
            .takes(span(100).schedule, span(100).start, 0, 20, now().wall)
    );
}
