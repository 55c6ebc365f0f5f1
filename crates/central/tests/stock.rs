//! Exchanges of stock over real HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod support;

use std::sync::Arc;

use lanterna_central::clock::FixedClock;
use lanterna_central::demo;
use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_central::ledger::Ledger;
use lanterna_central::rescue::take_in;
use lanterna_model::access::Channel;
use lanterna_model::ids::LeaseId;
use lanterna_model::priority::Priority;
use lanterna_wire::desk::{Enrolled, Enrolment};
use lanterna_wire::operation::Action;
use lanterna_wire::outcome::Outcome;
use lanterna_wire::problem::ProblemCode;
use lanterna_wire::rescue::Rescue;
use lanterna_wire::status::Status;
use lanterna_wire::stock::{Lease, StockReply, StockRequest, Want};
use lanterna_wire::{PROTOCOL, limits};
use reqwest::{StatusCode, header};
use support::region::code;
use support::sent::{booking, envelope, outcome};
use support::{Caller, http, id, now, problem, served};
use uuid::Uuid;

fn request(incarnation: Uuid, number: u64) -> StockRequest {
    StockRequest {
        id: id(),
        incarnation,
        number,
        surrendered: Vec::new(),
        wants: vec![Want {
            service: code("89.7A.3"),
            class: Some(Priority::D),
            bookings: 5,
        }],
        near: None,
    }
}

async fn leases(caller: &Caller, request: &StockRequest) -> Vec<Lease> {
    let answer = caller.post("/v1/stock").json(request).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    match answer.json().await.unwrap() {
        StockReply::Stock { leases, .. } => leases,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_place_is_set_aside_told_as_not_free_and_booked_by_naming_its_lease() {
    let served = served().await;
    let caller = served.desk(Channel::Mmg).await;
    let cursor = caller.json::<Status>("/v1/status").await.head;
    let got = leases(&caller, &request(id(), 1)).await;
    let lease = got.first().unwrap();
    assert!(!caller.page(&cursor).await.changes.is_empty());
    assert!(lease.book_for_seconds < lease.honour_for_seconds);
    assert_eq!(caller.json::<Status>("/v1/status").await.recalled, 0);
    let mut operation = booking(&caller, 1, lease.span, None);
    if let Action::Book(placement) = &mut operation.action {
        placement.leases = vec![lease.id];
    }
    let answers = caller.push(0, vec![envelope(1, &operation)]).await;
    assert_eq!(outcome(&answers[0]), &Outcome::Confirmed);
    assert!(served.ledger.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn an_exchange_beyond_its_bounds_or_without_a_token_is_refused() {
    let served = served().await;
    let caller = served.desk(Channel::Mmg).await;
    let mut large = request(id(), 1);
    large.surrendered = vec![LeaseId(1); limits::LEASES + 1];
    let mut wide = request(id(), 1);
    wide.wants = vec![wide.wants[0].clone(); limits::WANTS + 1];
    for request in [large, wide] {
        let answer = caller.post("/v1/stock").json(&request).send().await.unwrap();
        problem(answer, StatusCode::PAYLOAD_TOO_LARGE, ProblemCode::TooLarge).await;
    }
    let answer = caller.post("/v1/stock").json(&request(id(), 0)).send().await.unwrap();
    problem(answer, StatusCode::BAD_REQUEST, ProblemCode::Malformed).await;
    let answer = caller.post("/v1/stock").body("{").send().await.unwrap();
    problem(answer, StatusCode::BAD_REQUEST, ProblemCode::Malformed).await;
    let nobody = served.http.post(served.url("/v1/stock")).json(&request(id(), 1));
    problem(
        nobody.send().await.unwrap(),
        StatusCode::UNAUTHORIZED,
        ProblemCode::Unauthorized,
    )
    .await;
}

#[tokio::test]
async fn a_revoked_desk_is_let_in_nowhere_and_its_promises_come_by_rescue() {
    let served = served().await;
    let caller = served.desk(Channel::Mmg).await;
    let key = caller.json::<Status>("/v1/status").await.rescue_key;
    let got = leases(&caller, &request(id(), 1)).await;
    let mut operation = booking(&caller, 1, got[0].span, None);
    if let Action::Book(placement) = &mut operation.action {
        placement.leases = vec![got[0].id];
    }
    served.ledger.revoke(caller.enrolled.desk, false, now()).await.unwrap();
    for answer in [
        caller.get("/v1/status").send().await.unwrap(),
        caller.post("/v1/stock").json(&request(id(), 1)).send().await.unwrap(),
    ] {
        problem(answer, StatusCode::UNAUTHORIZED, ProblemCode::Unauthorized).await;
    }
    let rescue = Rescue {
        code: caller.enrolled.code.clone(),
        token: caller.enrolled.token.clone(),
        operations: vec![envelope(1, &operation)],
    };
    let file = rescue.seal(&key, [4; 32]).unwrap();
    let reply = take_in(served.ledger.as_ref(), &file, now()).await.unwrap();
    assert_eq!(reply.confirmed, 1);
    served.ledger.revoke(caller.enrolled.desk, true, now()).await.unwrap();
    assert!(take_in(served.ledger.as_ref(), &file, now()).await.is_err());
}

#[tokio::test]
async fn a_new_desk_of_the_demonstration_has_something_of_every_common_service() {
    let config = EmbeddedConfig {
        seed: 20_161_107,
        clock: Arc::new(FixedClock::at("2026-11-09T08:00:00Z".parse().unwrap())),
        ..EmbeddedConfig::default()
    };
    let embedded = Embedded::start(config).await.unwrap();
    let http = http();
    let enrolment = Enrolment {
        code: embedded.enrolment_code(Channel::Mmg).await.unwrap(),
        protocol: PROTOCOL,
        request: id(),
    };
    let url = format!("{}/v1/enrolments", embedded.url());
    let answer = http.post(url).json(&enrolment).send().await.unwrap();
    let enrolled: Enrolled = answer.json().await.unwrap();
    let caller = Caller {
        http,
        base: embedded.url(),
        enrolled,
    };
    let mut asked = request(id(), 1);
    asked.wants.clear();
    asked.near = Some("010025".parse().unwrap());
    let got = leases(&caller, &asked).await;
    let starters = demo::lease_policy().starters;
    assert!(starters.len() >= 8);
    for want in &starters {
        let class = want.class.map_or(16, |class| 1 << class as u8);
        let has = got
            .iter()
            .any(|lease| lease.service == want.service && lease.classes & class != 0);
        assert!(has, "nothing for {} {:?}", want.service, want.class);
    }
    embedded.verify().await.unwrap();
    embedded.stop().await;
}
