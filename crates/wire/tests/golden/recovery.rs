//! A ledger that was restored from a backup, and what desks tell it.

use lanterna_model::ids::LeaseId;
use lanterna_wire::desk::{Enrolled, Readmission};
use lanterna_wire::operation::{BatchReply, OperationAnswer};
use lanterna_wire::outcome::{Answer, NotYetReason};
use lanterna_wire::recovery::{Asserted, Assertion, AssertionReply, Progress};
use lanterna_wire::status::{Interruption, Status};
use lanterna_wire::stock::StockReply;
use uuid::Uuid;

use crate::every;
use crate::{messages, operations, stock};

const RECEIPT: &str = "cmVjZWlwdA.bWFj";
const GRANT: &str = "Z3JhbnQ.bWFj";
const PAPERS: &str = "cGFwZXJz.bWFj";

/// The status with each reason why nothing is given, to a desk that has to tell what it has and to
/// one that has not.
pub fn statuses() -> Vec<Status> {
    let frozen = messages::statuses().into_iter().last().unwrap();
    let interrupted = |interruption| Status {
        interruption: Some(interruption),
        ..frozen.clone()
    };
    let mut statuses = every!(Interruption: Fenced, Recovery).map(interrupted).to_vec();
    statuses.push(Status {
        assert_from: Some(42),
        ..interrupted(Interruption::Recovery)
    });
    statuses
}

fn sealed(answer: OperationAnswer) -> OperationAnswer {
    match answer.answer {
        Answer::Outcome(mut settled) => {
            settled.receipt = RECEIPT.to_owned();
            OperationAnswer {
                answer: Answer::Outcome(settled),
                ..answer
            }
        }
        _ => answer,
    }
}

pub fn batch_reply() -> BatchReply {
    let BatchReply { answers } = operations::batch_reply();
    BatchReply {
        answers: answers.into_iter().take(2).map(sealed).collect(),
    }
}

pub fn stock_reply() -> StockReply {
    match stock::replies().remove(0) {
        StockReply::Stock {
            mut leases,
            recalled,
            renew_in_seconds,
        } => {
            for lease in &mut leases {
                lease.grant = GRANT.to_owned();
            }
            StockReply::Stock {
                leases,
                recalled,
                renew_in_seconds,
            }
        }
        other => other,
    }
}

pub fn assertions() -> Vec<Assertion> {
    let chain: Vec<Asserted> = operations::batch()
        .operations
        .into_iter()
        .map(|envelope| Asserted {
            id: envelope.id,
            number: envelope.number,
            body: envelope.body,
            receipt: RECEIPT.to_owned(),
        })
        .collect();
    let assertion = |chains, grants: &[&str], progress| Assertion {
        epoch: "0123456789abcdef0123456789abcdef".to_owned(),
        incarnation: Uuid::from_u128(0x0b7e_11aa_9c3d_4e21_b6f0_77d2_1c44_0e9d),
        exchanges: 18,
        chains,
        grants: grants.iter().map(|grant| (*grant).to_owned()).collect(),
        progress,
    };
    let [more, waiting, done] = every!(Progress: More, Waiting, Done);
    vec![
        assertion(vec![chain], &[], more),
        assertion(Vec::new(), &[GRANT], waiting),
        assertion(Vec::new(), &[], done),
    ]
}

pub fn replies() -> Vec<AssertionReply> {
    let waits = OperationAnswer {
        id: operations::batch().operations[0].id,
        answer: Answer::NotYet {
            reason: NotYetReason::NotOpen,
            retry_after_seconds: 60,
        },
    };
    let mut answers = batch_reply().answers;
    answers.push(waits);
    vec![
        AssertionReply {
            answers,
            leases: Vec::new(),
            done: false,
        },
        AssertionReply {
            answers: Vec::new(),
            leases: vec![LeaseId(11)],
            done: true,
        },
    ]
}

pub fn enrolled() -> Enrolled {
    Enrolled {
        papers: PAPERS.to_owned(),
        ..messages::enrolled().remove(0)
    }
}

pub fn readmission() -> Readmission {
    Readmission {
        papers: PAPERS.to_owned(),
        token: messages::enrolled().remove(0).token,
    }
}
