//! Holds and operations over real HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod support;

use lanterna_central::http::Settings;
use lanterna_central::ledger::Ledger;
use lanterna_model::access::Channel;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest};
use lanterna_wire::outcome::{Answer, NotYetReason, Outcome, RefusalReason, RejectReason};
use lanterna_wire::problem::ProblemCode;
use lanterna_wire::status::ServiceState;
use reqwest::StatusCode;
use support::region::span;
use support::sent::{booking, cancellation, envelope, outcome};
use support::{Caller, id, now, problem, served, served_with};
use tokio::task::JoinSet;

async fn hold(caller: &Caller, request: &HoldRequest) -> HoldReply {
    let answer = caller.post("/v1/holds").json(request).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn the_same_operation_is_answered_word_for_word_however_often_it_comes() {
    let served = served().await;
    let caller = served.desk(Channel::Desk).await;
    let operation = booking(&caller, 1, span(1, 0), None);
    let sent = envelope(1, &operation);
    let first = caller.push(0, vec![sent.clone()]).await;
    assert_eq!(outcome(&first[0]), &Outcome::Confirmed);
    assert_eq!(
        caller.push(0, vec![sent.clone(), sent.clone()]).await,
        [first[0].clone(), first[0].clone()]
    );
    let mut other = sent.clone();
    other.body.push(' ');
    assert_eq!(
        caller.push(0, vec![other]).await,
        [Answer::Refused {
            reason: RefusalReason::IdReused
        }]
    );
    assert_eq!(served.ledger.verify().await.unwrap().live, 1);
}

#[tokio::test]
async fn one_bad_operation_does_not_block_the_others() {
    let served = served().await;
    let caller = served.desk(Channel::Desk).await;
    let mut poison = envelope(1, &booking(&caller, 1, span(1, 0), None));
    poison.body = "{\"version\":1}".to_owned();
    let good = booking(&caller, 2, span(1, 1), None);
    let orphan = cancellation(&booking(&caller, 3, span(1, 2), None));
    let answers = caller
        .push(0, vec![poison, envelope(2, &good), envelope(3, &orphan)])
        .await;
    assert_eq!(
        outcome(&answers[0]),
        &Outcome::Rejected {
            reason: RejectReason::Malformed
        }
    );
    assert_eq!(outcome(&answers[1]), &Outcome::Confirmed);
    assert!(matches!(
        answers[2],
        Answer::NotYet {
            reason: NotYetReason::UnknownPredecessor,
            ..
        }
    ));
}

#[tokio::test]
async fn a_cancellation_frees_the_place_for_everybody() {
    let served = served().await;
    let (one, other) = (served.desk(Channel::Desk).await, served.desk(Channel::Mmg).await);
    let (operation, confirmed) = one.book(1, span(2, 0)).await;
    assert_eq!(confirmed, Outcome::Confirmed);
    let (_, lost) = other.book(1, span(2, 0)).await;
    assert!(matches!(&lost, Outcome::Conflict { lost } if lost[0].reason == ConflictReason::Taken));
    let answers = one.push(1, vec![envelope(2, &cancellation(&operation))]).await;
    assert_eq!(outcome(&answers[0]), &Outcome::Confirmed);
    assert_eq!(other.book(2, span(2, 0)).await.1, Outcome::Confirmed);
    assert!(served.ledger.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_channel_that_is_not_open_is_asked_to_wait() {
    let served = served().await;
    let caller = served.desk(Channel::Mmg).await;
    served
        .ledger
        .set_service_state(Channel::Mmg, ServiceState::Frozen, now())
        .await
        .unwrap();
    let sent = envelope(1, &booking(&caller, 1, span(2, 0), None));
    let answers = caller.push(0, vec![sent.clone()]).await;
    assert!(matches!(
        answers[0],
        Answer::NotYet {
            reason: NotYetReason::NotOpen,
            ..
        }
    ));
    let request = HoldRequest {
        id: id(),
        spans: vec![span(2, 0)],
        priority: None,
        replaces: None,
    };
    let answer = caller.post("/v1/holds").json(&request).send().await.unwrap();
    problem(answer, StatusCode::SERVICE_UNAVAILABLE, ProblemCode::NotOpen).await;
    served
        .ledger
        .set_service_state(Channel::Mmg, ServiceState::Open, now())
        .await
        .unwrap();
    assert_eq!(outcome(&caller.push(0, vec![sent]).await[0]), &Outcome::Confirmed);
}

#[tokio::test]
async fn a_hold_keeps_the_place_until_it_is_consumed_released_or_too_old() {
    let served = served().await;
    let (one, other) = (served.desk(Channel::Mmg).await, served.desk(Channel::Mmg).await);
    let request = HoldRequest {
        id: id(),
        spans: vec![span(2, 0)],
        priority: None,
        replaces: None,
    };
    assert_eq!(
        hold(&one, &request).await,
        HoldReply::Held {
            expires_in_seconds: 180
        }
    );
    assert_eq!(
        hold(&one, &request).await,
        HoldReply::Held {
            expires_in_seconds: 180
        }
    );
    let rival = HoldRequest {
        id: id(),
        ..request.clone()
    };
    let HoldReply::Refused { lost } = hold(&other, &rival).await else {
        panic!("the place is kept")
    };
    assert_eq!(lost[0].reason, ConflictReason::Taken);
    let consuming = booking(&one, 1, span(2, 0), Some(request.id));
    assert_eq!(
        outcome(&one.push(0, vec![envelope(1, &consuming)]).await[0]),
        &Outcome::Confirmed
    );

    let second = HoldRequest {
        id: id(),
        spans: vec![span(2, 1)],
        priority: None,
        replaces: None,
    };
    assert!(matches!(hold(&one, &second).await, HoldReply::Held { .. }));
    for _ in 0..2 {
        let released = one
            .post(&format!("/v1/holds/{}/release", second.id))
            .send()
            .await
            .unwrap();
        assert_eq!(released.status(), StatusCode::NO_CONTENT);
    }
    let third = HoldRequest {
        id: id(),
        ..second.clone()
    };
    assert!(matches!(hold(&other, &third).await, HoldReply::Held { .. }));
    served.clock.set(support::now() + chrono::TimeDelta::seconds(181));
    let fourth = HoldRequest { id: id(), ..second };
    assert!(matches!(hold(&one, &fourth).await, HoldReply::Held { .. }));
    let none = HoldRequest {
        id: id(),
        spans: Vec::new(),
        priority: None,
        replaces: None,
    };
    let answer = one.post("/v1/holds").json(&none).send().await.unwrap();
    problem(answer, StatusCode::BAD_REQUEST, ProblemCode::Malformed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_two_desks_racing_for_one_slot_exactly_one_is_confirmed_in_200_rounds() {
    let served = served_with(Settings::default(), 17).await;
    let mut racers = Vec::new();
    for _ in 0..32 {
        racers.push(served.desk(Channel::Desk).await);
    }
    let slots = (1..=17).flat_map(|schedule| (0..12).map(move |slot| span(schedule, slot)));
    for (slot, round) in slots.zip(1..=200) {
        let mut race = JoinSet::new();
        for racer in racers.clone() {
            race.spawn(async move { racer.book(round, slot).await.1 });
        }
        let outcomes = race.join_all().await;
        let confirmed = outcomes
            .iter()
            .filter(|outcome| **outcome == Outcome::Confirmed)
            .count();
        let lost = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Outcome::Conflict { .. }))
            .count();
        assert_eq!((confirmed, lost), (1, 31), "round {round}");
    }
    let found = served.ledger.verify().await.unwrap();
    assert!(found.is_sound());
    assert_eq!((found.live, found.unplaced), (200, 200 * 31));
}
