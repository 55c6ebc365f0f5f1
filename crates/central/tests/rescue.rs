//! Rescue files: what a desk could not send, carried by another.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod support;

use lanterna_central::ledger::Ledger;
use lanterna_central::rescue::{RescueFault, take_in};
use lanterna_model::access::Channel;
use lanterna_wire::outcome::Outcome;
use lanterna_wire::problem::ProblemCode;
use lanterna_wire::rescue::{Rescue, RescueError, RescueReply};
use lanterna_wire::status::Status;
use reqwest::StatusCode;
use support::region::span;
use support::sent::{booking, envelope, outcome};
use support::{Caller, now, problem, served};

async fn carried(by: &Caller, file: Vec<u8>) -> RescueReply {
    let answer = by.post("/v1/rescue").body(file).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn what_another_desk_carries_is_executed_once_and_the_owner_learns_its_outcome() {
    let served = served().await;
    let (owner, carrier) = (served.desk(Channel::Desk).await, served.desk(Channel::Desk).await);
    let key = owner.json::<Status>("/v1/status").await.rescue_key;
    carrier.book(1, span(1, 1)).await;
    let operations = vec![
        envelope(1, &booking(&owner, 1, span(1, 0), None)),
        envelope(2, &booking(&owner, 2, span(1, 1), None)),
    ];
    let rescue = Rescue {
        code: owner.enrolled.code.clone(),
        token: owner.enrolled.token.clone(),
        operations: operations.clone(),
    };
    let file = rescue.seal(&key, [4; 32]).unwrap();
    let expected = RescueReply {
        operations: 2,
        confirmed: 1,
        conflicts: 1,
        ..RescueReply::default()
    };
    assert_eq!(carried(&carrier, file.clone()).await, expected);
    assert_eq!(carried(&carrier, file.clone()).await, expected);
    // The owner comes back with the same operations.
    let answers = owner.push(0, operations).await;
    assert_eq!(outcome(&answers[0]), &Outcome::Confirmed);
    assert!(matches!(outcome(&answers[1]), Outcome::Conflict { .. }));
    let found = served.ledger.verify().await.unwrap();
    assert_eq!((found.live, found.is_sound()), (2, true));
    // Once acknowledged they are known, and not executed.
    owner.push(2, Vec::new()).await;
    served.ledger.sweep(&Default::default(), now()).await.unwrap();
    assert_eq!(carried(&carrier, file).await.known, 2);
}

#[tokio::test]
async fn a_file_for_another_central_or_of_an_unknown_desk_is_refused() {
    let served = served().await;
    let carrier = served.desk(Channel::Desk).await;
    let key = carrier.json::<Status>("/v1/status").await.rescue_key;
    let rescue = Rescue {
        code: carrier.enrolled.code.clone(),
        token: "0".repeat(64),
        operations: Vec::new(),
    };
    let answer = carrier.post("/v1/rescue").body("no rescue").send().await.unwrap();
    problem(answer, StatusCode::BAD_REQUEST, ProblemCode::Malformed).await;
    let file = rescue.seal(&"ab".repeat(32), [4; 32]).unwrap();
    let fault = take_in(served.ledger.as_ref(), &file, now()).await.unwrap_err();
    assert!(matches!(fault, RescueFault::File(RescueError::Sealed)));
    let file = rescue.seal(&key, [4; 32]).unwrap();
    let answer = carrier.post("/v1/rescue").body(file).send().await.unwrap();
    problem(answer, StatusCode::NOT_FOUND, ProblemCode::NotFound).await;
}
