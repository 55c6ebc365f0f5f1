//! What desks ask for, and how it ends.

use lanterna_model::access::{AccessType, Sex};
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::{BookingNumber, CancellationCode, DeskCode};
use lanterna_model::ids::{LeaseId, MunicipalityCode, ScheduleId, ServiceCode};
use lanterna_model::nre::Nre;
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientId;
use lanterna_model::prescription::{Prescription, PrescriptionLine};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest, LostSpan};
use lanterna_wire::operation::{Action, Batch, BatchReply, Envelope, Operation, OperationAnswer, Placement};
use lanterna_wire::outcome::{Answer, NotYetReason, OperatorReason, Outcome, RefusalReason, RejectReason, Settled};
use uuid::Uuid;

use crate::every;

/// UUIDs of version 7, as a desk makes them.
fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x019a_af3c_2c00_7000_8000_0000_0000_0000 + n)
}

fn span(start: i32) -> SlotSpan {
    SlotSpan {
        schedule: ScheduleId(300),
        start: Minute(start),
        place: 1,
        minutes: 30,
        revision: 4,
    }
}

pub fn hold_requests() -> Vec<HoldRequest> {
    vec![
        HoldRequest {
            id: id(1),
            spans: vec![span(29_922_000), span(29_922_030)],
            priority: Some(Priority::B),
            replaces: Some(id(0)),
        },
        HoldRequest {
            id: id(2),
            spans: vec![span(29_922_000)],
            priority: None,
            replaces: None,
        },
    ]
}

fn lost() -> Vec<LostSpan> {
    let reasons = every!(ConflictReason: Taken, NoSuchSlot, Closed, ClassQuota);
    let lost = |reason| LostSpan {
        span: span(29_922_000),
        reason,
    };
    reasons.into_iter().map(lost).collect()
}

pub fn hold_replies() -> Vec<HoldReply> {
    vec![
        HoldReply::Held {
            expires_in_seconds: 180,
        },
        HoldReply::Refused { lost: lost() },
    ]
}

/// The bodies of a booking with everything it may carry, a move with as little as it can, and a cancellation.
pub fn operations() -> Vec<Operation> {
    let operation = |n: u128, action| Operation {
        version: 1,
        id: id(n),
        booking: BookingNumber::new(&DeskCode::of(3), 17),
        previous: (n > 10).then(|| id(n - 1)),
        created_at: "2026-11-23T08:00:00.250Z".parse().unwrap(),
        action,
    };
    vec![
        operation(10, Action::Book(Box::new(placement(true)))),
        operation(11, Action::Move(Box::new(placement(false)))),
        operation(
            12,
            Action::Cancel {
                reason: "Richiesta dell’assistito".to_owned(),
            },
        ),
    ]
}

fn placement(full: bool) -> Placement {
    let service = ServiceCode::parse("89.7A.3").unwrap();
    let text = |text: &str| if full { text.to_owned() } else { String::new() };
    Placement {
        patient: Patient {
            id: PatientId::parse("RSSMRA80A01D969Z").unwrap(),
            surname: "Rossi".to_owned(),
            given_name: "Mario".to_owned(),
            birth_date: "1980-01-01".parse().unwrap(),
            sex: Sex::M,
            municipality: full.then(|| MunicipalityCode::parse("010025").unwrap()),
            phone: text("010 000000"),
            demonstration: full,
        },
        prescription: Prescription {
            nre: Nre::parse("0700A4000000123").unwrap(),
            prescriber: text("Dott. Bianchi"),
            priority: full.then_some(Priority::B),
            access: if full { AccessType::First } else { AccessType::FollowUp },
            issued_on: "2026-11-20".parse().unwrap(),
            diagnosis: full.then(|| "401".to_owned()),
            exemption: full.then(|| "E01".to_owned()),
            lines: vec![PrescriptionLine {
                line: 1,
                service: service.clone(),
                quantity: 1,
            }],
        },
        appointments: vec![Appointment {
            line: 1,
            service,
            span: span(29_922_000),
        }],
        requested_at: "2026-11-23T08:00:00Z".parse().unwrap(),
        first_proposed: full.then_some(Minute(29_922_000)),
        cancellation_code: CancellationCode::from_random([1, 2, 3, 4, 5]),
        hold: full.then(|| id(1)),
        leases: if full { vec![LeaseId(11)] } else { Vec::new() },
    }
}

pub fn batch() -> Batch {
    Batch {
        acknowledged: 41,
        operations: (42..)
            .zip(operations())
            .map(|(number, operation)| Envelope {
                id: operation.id,
                number,
                body: serde_json::to_string(&operation).unwrap(),
            })
            .collect(),
    }
}

/// Every answer there is.
pub fn batch_reply() -> BatchReply {
    let settled = |outcome| {
        Answer::Outcome(Settled {
            outcome,
            epoch: "0123456789abcdef0123456789abcdef".to_owned(),
            seq: 48_219,
            at: "2026-11-23T08:00:01Z".parse().unwrap(),
            receipt: String::new(),
        })
    };
    let rejected = every!(RejectReason: AlreadyBooked, PrescriptionExpired, PrescriptionInvalid, ServiceNotOffered,
        AccessType, PatientAge, PatientSex, ChannelNotAllowed, InThePast, BeyondHorizon, UnknownBooking,
        AlreadyCancelled, Malformed);
    let operator = every!(OperatorReason: PredecessorLost, IdReused, AnswerLost, Unreadable,
        GuaranteeLapsed);
    let not_yet = every!(NotYetReason: UnknownPredecessor, NotOpen, Throttled, Fault);
    let refused = every!(RefusalReason: IdReused, Version);
    let mut answers = vec![
        settled(Outcome::Confirmed),
        settled(Outcome::Conflict { lost: lost() }),
        Answer::AlreadyAnswered,
    ];
    answers.extend(rejected.map(|reason| settled(Outcome::Rejected { reason })));
    answers.extend(operator.map(|reason| settled(Outcome::NeedsOperator { reason })));
    answers.extend(not_yet.map(|reason| Answer::NotYet {
        reason,
        retry_after_seconds: 15,
    }));
    answers.extend(refused.map(|reason| Answer::Refused { reason }));
    BatchReply {
        answers: (10..)
            .zip(answers)
            .map(|(n, answer)| OperationAnswer { id: id(n), answer })
            .collect(),
    }
}
