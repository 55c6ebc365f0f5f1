//! A ledger that went back in time, over real HTTP and on the command line's files: it is found out by a
//! cursor and by the witness, and believes what it has sealed itself and nothing else.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod support;

use std::sync::Arc;

use lanterna_central::entropy::SystemEntropy;
use lanterna_central::http::Settings;
use lanterna_central::ledger::{Condition, FenceReason, Ledger};
use lanterna_central::outside::{Outside, OutsideError};
use lanterna_central::seal::Seal;
use lanterna_model::access::Channel;
use lanterna_wire::Cursor;
use lanterna_wire::desk::Readmission;
use lanterna_wire::outcome::{Answer, Outcome, RefusalReason};
use lanterna_wire::problem::ProblemCode;
use lanterna_wire::recovery::{Asserted, Assertion, AssertionReply, Progress};
use lanterna_wire::status::{Interruption, ServiceState, Status};
use reqwest::StatusCode;
use support::region::{SCHEDULES, span};
use support::sent::{booking, envelope};
use support::{Caller, Served, now, problem, served_with};
use uuid::Uuid;

async fn sealing() -> Served {
    let settings = Settings {
        seal: Some(Seal::new([9; 32])),
        ..Settings::default()
    };
    served_with(settings, SCHEDULES).await
}

async fn assert_all(caller: &Caller, assertion: &Assertion) -> AssertionReply {
    let answer = caller.post("/v1/assertions").json(assertion).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn rule_13_a_cursor_beyond_the_head_fences_the_central_and_every_desk_is_told() {
    let served = sealing().await;
    let (caller, other) = (served.desk(Channel::Mmg).await, served.desk(Channel::Web).await);
    let head = caller.json::<Status>("/v1/status").await.head;
    let ahead = Cursor {
        seq: head.seq + 10,
        ..head.clone()
    };
    let answer = caller.changes_since(&ahead).send().await.unwrap();
    problem(answer, StatusCode::CONFLICT, ProblemCode::CursorAhead).await;
    let told = other.json::<Status>("/v1/status").await;
    assert_eq!(told.service, ServiceState::Frozen);
    assert_eq!(told.interruption, Some(Interruption::Fenced));
    assert!(told.notices.iter().any(|notice| notice.id == "fenced"));
    let answers = other
        .push(0, vec![envelope(1, &booking(&other, 1, span(1, 0), None))])
        .await;
    assert!(matches!(answers[..], [Answer::NotYet { .. }]));
    let reason = FenceReason::Cursor {
        desk: caller.enrolled.desk,
        seq: ahead.seq,
        head: head.seq,
    };
    let condition = served.ledger.condition().await.unwrap();
    assert_eq!(
        condition,
        Condition::Fenced {
            reason,
            at: now(),
            recovering: None
        }
    );
    served.running.stop().await;
}

#[tokio::test]
async fn rule_12_the_central_believes_what_it_sealed_and_has_the_rest_looked_at() {
    let served = sealing().await;
    let caller = served.desk(Channel::Mmg).await;
    let operations = [
        booking(&caller, 1, span(2, 0), None),
        booking(&caller, 2, span(2, 1), None),
    ];
    let sent: Vec<_> = (1..).zip(&operations).map(|(at, it)| envelope(at, it)).collect();
    let answers = caller.push(0, sent.clone()).await;
    let receipts: Vec<String> = answers
        .iter()
        .map(|answer| match answer {
            Answer::Outcome(settled) => settled.receipt.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(receipts.iter().all(|receipt| !receipt.is_empty()));
    // The same answer has the same receipt.
    assert_eq!(caller.push(0, sent.clone()).await, answers);

    // Another central, restored from before, with the same seal.
    let restored = sealing().await;
    let caller = restored.desk(Channel::Mmg).await;
    restored.ledger.recover([1; 16], now()).await.unwrap();
    let told = caller.json::<Status>("/v1/status").await;
    assert_eq!(told.interruption, Some(Interruption::Recovery));
    assert_eq!(told.assert_from, Some(1));
    let asserted = |at: usize, receipt: &str| {
        vec![Asserted {
            id: sent[at].id,
            number: sent[at].number,
            body: sent[at].body.clone(),
            receipt: receipt.to_owned(),
        }]
    };
    // The second booking comes with the receipt of the first.
    let mut assertion = Assertion {
        epoch: told.head.epoch,
        incarnation: Uuid::from_u128(1),
        exchanges: 0,
        chains: vec![asserted(0, &receipts[0]), asserted(1, &receipts[0])],
        grants: vec!["forged".to_owned()],
        progress: Progress::Done,
    };
    let reply = assert_all(&caller, &assertion).await;
    assert!(reply.done);
    assert_eq!(reply.leases, []);
    let [first, second] = &reply.answers[..] else {
        panic!("two answers")
    };
    assert!(matches!(&first.answer, Answer::Outcome(settled)
        if settled.outcome == Outcome::Confirmed && !settled.receipt.is_empty()));
    let refused = Answer::Refused {
        reason: RefusalReason::IdReused,
    };
    assert_eq!(second.answer, refused);
    let told = caller.json::<Status>("/v1/status").await;
    assert_eq!((told.interruption, told.assert_from), (None, None));
    // What is told to another life of the ledger is not taken.
    assertion.epoch = "0".repeat(32);
    let answer = caller.post("/v1/assertions").json(&assertion).send().await.unwrap();
    problem(answer, StatusCode::GONE, ProblemCode::CursorGone).await;
    assert_eq!(restored.ledger.verify().await.unwrap().faults, []);
    served.running.stop().await;
    restored.running.stop().await;
}

#[tokio::test]
async fn a_central_without_a_seal_asks_for_nothing_and_takes_nothing() {
    let served = support::served().await;
    let caller = served.desk(Channel::Mmg).await;
    let answers = caller
        .push(0, vec![envelope(1, &booking(&caller, 1, span(2, 0), None))])
        .await;
    assert!(matches!(&answers[..], [Answer::Outcome(settled)] if settled.receipt.is_empty()));
    served.ledger.recover([1; 16], now()).await.unwrap();
    let told = caller.json::<Status>("/v1/status").await;
    assert_eq!(told.assert_from, None);
    let assertion = Assertion {
        epoch: told.head.epoch,
        incarnation: Uuid::from_u128(1),
        exchanges: 0,
        chains: Vec::new(),
        grants: Vec::new(),
        progress: Progress::Done,
    };
    let answer = caller.post("/v1/assertions").json(&assertion).send().await.unwrap();
    problem(answer, StatusCode::NOT_FOUND, ProblemCode::NotFound).await;
    served.running.stop().await;
}

#[tokio::test]
async fn rule_13_a_witness_outside_tells_a_ledger_that_went_back() {
    let served = sealing().await;
    let folder = tempfile::tempdir().unwrap();
    let witness = Outside::in_folder(folder.path(), "ledger").unwrap().witness();
    let ledger = Arc::clone(&served.ledger);
    assert_eq!(
        witness.check(&*ledger, now()).await.unwrap(),
        None,
        "it has seen nothing yet"
    );
    let head = ledger.head().await.unwrap();
    witness.see(&head).unwrap();
    assert_eq!(witness.check(&*ledger, now()).await.unwrap(), None);
    let ahead = Cursor {
        seq: head.seq + 1,
        ..head.clone()
    };
    let another_history = Cursor {
        digest: "f".repeat(16),
        ..head.clone()
    };
    let another_life = Cursor {
        epoch: "f".repeat(32),
        ..head.clone()
    };
    let seq = |seq| FenceReason::Witness { seq, head: head.seq };
    for (seen, reason) in [
        (ahead, seq(head.seq + 1)),
        (another_history, seq(head.seq)),
        (another_life, FenceReason::Epoch),
    ] {
        witness.see(&seen).unwrap();
        assert_eq!(
            witness.check(&*ledger, now()).await.unwrap(),
            Some((reason.clone(), true))
        );
        assert_eq!(witness.check(&*ledger, now()).await.unwrap(), Some((reason, false)));
        assert!(ledger.lift(now()).await.unwrap());
    }
    served.running.stop().await;
}

#[tokio::test]
async fn a_ledger_goes_with_one_seal_and_says_so_when_it_is_lost() {
    let served = support::served().await;
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::in_folder(folder.path(), "ledger").unwrap();
    let ledger = &*served.ledger;
    let seal = outside.seal(ledger, &SystemEntropy, false).await.unwrap();
    assert_eq!(outside.seal(ledger, &SystemEntropy, false).await.unwrap(), seal);
    let file = folder.path().join("ledger.seal");
    std::fs::remove_file(&file).unwrap();
    let lost = outside.seal(ledger, &SystemEntropy, false).await;
    assert!(matches!(lost, Err(OutsideError::OtherSeal { .. })), "{lost:?}");
    assert!(!file.exists(), "none is made in silence");
    let anew = outside.seal(ledger, &SystemEntropy, true).await.unwrap();
    assert_ne!(anew, seal);
    std::fs::write(&file, "no key").unwrap();
    let broken = outside.seal(ledger, &SystemEntropy, false).await;
    assert!(matches!(broken, Err(OutsideError::NoKey(_))), "{broken:?}");
    served.running.stop().await;
}

#[test]
fn nobody_serves_a_ledger_while_another_life_of_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::in_folder(folder.path(), "ledger").unwrap();
    let other = Outside::in_folder(folder.path(), "other").unwrap();
    let (one, two) = (outside.serving().unwrap(), outside.serving().unwrap());
    let _of_another = other.alone().unwrap();
    for serving in [one, two] {
        assert!(matches!(outside.alone(), Err(OutsideError::InUse(_))));
        drop(serving);
    }
    let _alone = outside.alone().unwrap();
    assert!(matches!(outside.serving(), Err(OutsideError::InUse(_))));
}

#[tokio::test]
async fn rule_12_a_desk_that_the_restored_ledger_does_not_know_shows_its_papers() {
    let served = sealing().await;
    let lost = served.desk(Channel::Mmg).await;
    assert!(!lost.enrolled.papers.is_empty());
    let restored = sealing().await;
    restored.ledger.recover([1; 16], now()).await.unwrap();
    let caller = Caller {
        base: restored.running.url(),
        ..lost.clone()
    };
    let status = async || caller.get("/v1/status").send().await.unwrap().status();
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
    let show = async |token: &str| {
        let shown = Readmission {
            papers: lost.enrolled.papers.clone(),
            token: token.to_owned(),
        };
        let asked = restored.http.post(restored.url("/v1/readmissions")).json(&shown);
        asked.send().await.unwrap().status()
    };
    assert_eq!(show("another").await, StatusCode::NOT_FOUND);
    assert_eq!(show(&lost.enrolled.token).await, StatusCode::NO_CONTENT);
    assert_eq!(status().await, StatusCode::OK);
    served.running.stop().await;
    restored.running.stop().await;
}
