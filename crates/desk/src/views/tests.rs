//! What is offered for a booking.

use lanterna_model::access::{AccessType, Channel, Sex};
use lanterna_model::booking_number::{BookingNumber, CancellationCode, DeskCode};
use lanterna_model::ids::{DeskId, ScheduleId, ServiceCode};
use lanterna_model::patient::Patient;
use lanterna_model::prescription::Prescription;
use lanterna_model::schedule::SlotSpan;
use lanterna_store::{Change, Enrolment, NewBooking, StoreError};
use lanterna_wire::outcome::{Answer, OperatorReason, RejectReason, Settled};
use uuid::Uuid;

use super::*;

fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn appointment(start: i32) -> Appointment {
    Appointment {
        line: 1,
        service: ServiceCode::parse("89.01.3").unwrap(),
        span: SlotSpan {
            schedule: ScheduleId(1),
            start: Minute(start),
            place: 0,
            minutes: 20,
            revision: 1,
        },
    }
}

/// A booking whose operations ended so; `None` has not ended.
fn booked(ends: &[Option<Outcome>]) -> (Store, BookingNumber) {
    let mut store = Store::in_memory().unwrap();
    let enrolment = Enrolment {
        desk: DeskId(1),
        code: DeskCode::of(1),
        channel: Channel::Mmg,
        token: String::new(),
        central_url: String::new(),
        central_name: String::new(),
    };
    let id = |n: usize| Uuid::from_u128(100 + n as u128);
    let new = NewBooking {
        draft: Uuid::nil(),
        operation: id(0),
        patient: Patient {
            id: "RSSMRA80A01D969Z".parse().unwrap(),
            surname: "Rossi".to_owned(),
            given_name: "Mario".to_owned(),
            birth_date: "1980-01-01".parse().unwrap(),
            sex: Sex::M,
            municipality: None,
            phone: String::new(),
            demonstration: true,
        },
        prescription: Prescription {
            nre: "0700A4000000001".parse().unwrap(),
            prescriber: String::new(),
            priority: None,
            access: AccessType::FollowUp,
            issued_on: "2026-11-20".parse().unwrap(),
            diagnosis: None,
            exemption: None,
            lines: Vec::new(),
        },
        appointments: vec![appointment(0)],
        requested_at: now(),
        first_proposed: None,
        cancellation_code: CancellationCode::from_random([0; 5]),
        hold: None,
        leases: Vec::new(),
    };
    let number = store
        .transaction(|tx| {
            tx.desk().enrol(&enrolment, now())?;
            tx.desk().add_booking(new, now())
        })
        .unwrap();
    for (n, end) in ends.iter().enumerate() {
        store
            .transaction(|tx| {
                if n > 0 {
                    let version = tx.desk().booking(&number)?.unwrap().version;
                    let appointments = vec![appointment(100)];
                    let change = Change::Move {
                        appointments,
                        hold: None,
                        leases: Vec::new(),
                    };
                    tx.desk().add_change(&number, version, id(n), change, now())?;
                }
                let Some(outcome) = end else { return Ok(()) };
                tx.desk().mark_possibly_sent(&[id(n)], now())?;
                let answer = Answer::Outcome(Settled {
                    outcome: outcome.clone(),
                    epoch: String::new(),
                    seq: 1,
                    at: now(),
                    receipt: String::new(),
                });
                tx.desk().record_answer(id(n), &answer, now()).map(drop)
            })
            .unwrap();
    }
    (store, number)
}

/// Whether the store takes an action; nothing of it is kept.
fn taken(store: &mut Store, number: &BookingNumber, action: BookingAction) -> bool {
    let mut taken = false;
    let undone: Result<(), StoreError> = store.transaction(|tx| {
        let version = tx.desk().booking(number)?.unwrap().version;
        let desk = tx.desk();
        let change = |change| desk.add_change(number, version, Uuid::nil(), change, now());
        let done = match action {
            BookingAction::Print => Ok(()),
            BookingAction::GiveUp => desk.give_up(number, version, now()),
            BookingAction::Move | BookingAction::Rebook => change(Change::Move {
                appointments: vec![appointment(200)],
                hold: None,
                leases: Vec::new(),
            }),
            BookingAction::Cancel if desk.withdraw(number, version, now())? => Ok(()),
            BookingAction::Cancel => change(Change::Cancel { reason: String::new() }),
        };
        taken = done.is_ok();
        Err(StoreError::WrongState)
    });
    assert!(undone.is_err());
    taken
}

#[test]
fn every_action_that_is_offered_is_one_that_the_store_takes() {
    let confirmed = || Some(Outcome::Confirmed);
    let conflict = || Some(Outcome::Conflict { lost: Vec::new() });
    let rejected = || {
        Some(Outcome::Rejected {
            reason: RejectReason::InThePast,
        })
    };
    let operator = || {
        Some(Outcome::NeedsOperator {
            reason: OperatorReason::AnswerLost,
        })
    };
    let histories = [
        vec![None],
        vec![confirmed()],
        vec![conflict()],
        vec![rejected()],
        vec![operator()],
        vec![confirmed(), None],
        vec![confirmed(), conflict()],
        vec![confirmed(), operator()],
        vec![conflict(), None],
        vec![conflict(), operator()],
    ];
    for ends in histories {
        let (mut store, number) = booked(&ends);
        let stored = store.record().booking(&number).unwrap().unwrap();
        let offered = actions(&stored);
        assert!(!offered.is_empty(), "{ends:?} has no way out");
        for action in offered {
            assert!(taken(&mut store, &number, action), "{ends:?} does not take {action:?}");
        }
    }
    // What may have a place at the central without the desk knowing can be cancelled.
    let (store, number) = booked(&[operator()]);
    let stored = store.record().booking(&number).unwrap().unwrap();
    assert!(actions(&stored).contains(&BookingAction::Cancel));
}
