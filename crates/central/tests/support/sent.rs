//! Operations as a desk writes and sends them.

use lanterna_model::access::{AccessType, Sex};
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::{BookingNumber, CancellationCode};
use lanterna_model::nre::Nre;
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientId;
use lanterna_model::prescription::{Prescription, PrescriptionLine};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::operation::{Action, BODY_VERSION, Batch, BatchReply, Envelope, Operation, Placement};
use lanterna_wire::outcome::{Answer, Outcome};
use reqwest::StatusCode;
use uuid::Uuid;

use super::region::code;
use super::{Caller, id, now};

/// The only patient there is.
fn patient() -> Patient {
    Patient {
        id: PatientId::parse("RSSMRA80A01D969Z").unwrap(),
        surname: "Rossi".to_owned(),
        given_name: "Mario".to_owned(),
        birth_date: "1980-01-01".parse().unwrap(),
        sex: Sex::M,
        municipality: None,
        phone: String::new(),
        demonstration: true,
    }
}

/// A booking of a first access of class D; `number` makes booking and prescription differ from others.
pub fn booking(caller: &Caller, number: u32, span: SlotSpan, hold: Option<Uuid>) -> Operation {
    let prescription = Prescription {
        nre: Nre::parse(&format!(
            "070A0{:010}",
            u64::from(caller.enrolled.desk.0) * 10_000 + u64::from(number)
        ))
        .unwrap(),
        prescriber: String::new(),
        priority: Some(Priority::D),
        access: AccessType::First,
        issued_on: now().date_naive(),
        diagnosis: None,
        exemption: None,
        lines: vec![PrescriptionLine {
            line: 1,
            service: code("89.7A.3"),
            quantity: 1,
        }],
    };
    Operation {
        version: BODY_VERSION,
        id: id(),
        booking: BookingNumber::new(&caller.enrolled.code, number),
        previous: None,
        created_at: now(),
        action: Action::Book(Box::new(Placement {
            patient: patient(),
            prescription,
            appointments: vec![Appointment {
                line: 1,
                service: code("89.7A.3"),
                span,
            }],
            requested_at: now(),
            first_proposed: None,
            cancellation_code: CancellationCode::from_random([1, 2, 3, 4, 5]),
            hold,
            leases: Vec::new(),
        })),
    }
}

pub fn cancellation(of: &Operation) -> Operation {
    Operation {
        id: id(),
        previous: Some(of.id),
        action: Action::Cancel {
            reason: "prova".to_owned(),
        },
        ..of.clone()
    }
}

pub fn envelope(number: u64, operation: &Operation) -> Envelope {
    Envelope {
        id: operation.id,
        number,
        body: serde_json::to_string(operation).unwrap(),
    }
}

impl Caller {
    pub async fn push(&self, acknowledged: u64, operations: Vec<Envelope>) -> Vec<Answer> {
        let batch = Batch {
            acknowledged,
            operations,
        };
        let answer = self.post("/v1/operations").json(&batch).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let reply: BatchReply = answer.json().await.unwrap();
        assert_eq!(
            reply.answers.iter().map(|answer| answer.id).collect::<Vec<_>>(),
            batch.operations.iter().map(|envelope| envelope.id).collect::<Vec<_>>()
        );
        reply.answers.into_iter().map(|answer| answer.answer).collect()
    }

    /// Books and says how it ended.
    pub async fn book(&self, number: u32, span: SlotSpan) -> (Operation, Outcome) {
        let operation = booking(self, number, span, None);
        let mut answers = self.push(0, vec![envelope(u64::from(number), &operation)]).await;
        (operation, outcome(&answers.remove(0)).clone())
    }
}

pub fn outcome(answer: &Answer) -> &Outcome {
    match answer {
        Answer::Outcome(settled) => &settled.outcome,
        other => panic!("no outcome: {other:?}"),
    }
}
