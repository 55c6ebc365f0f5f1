//! The embedded central of a demonstration, as its users see it.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod support;

use std::sync::Arc;

use lanterna_central::clock::FixedClock;
use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_central::proxy::Fault;
use lanterna_model::access::Channel;
use lanterna_wire::PROTOCOL;
use lanterna_wire::desk::Enrolment;
use lanterna_wire::hold::ConflictReason;
use lanterna_wire::outcome::Outcome;
use lanterna_wire::status::{ServiceState, Status};
use support::region::{region, span};
use support::sent::{booking, envelope, outcome};
use support::{Caller, http, id, now};

async fn embedded(config: EmbeddedConfig) -> Embedded {
    let config = EmbeddedConfig {
        clock: Arc::new(FixedClock::at(now())),
        ..config
    };
    Embedded::start_on(config, |_| region(4)).await.unwrap()
}

async fn desk(embedded: &Embedded) -> Caller {
    let http = http();
    let code = embedded.enrolment_code(Channel::Mmg).await.unwrap();
    let enrolment = Enrolment {
        code,
        protocol: PROTOCOL,
        request: id(),
    };
    let answer = http
        .post(format!("{}/v1/enrolments", embedded.url()))
        .json(&enrolment)
        .send()
        .await
        .unwrap();
    Caller {
        http,
        base: embedded.url(),
        enrolled: answer.json().await.unwrap(),
    }
}

#[tokio::test]
async fn it_answers_through_its_proxy_and_can_be_cut_off_and_reached_directly() {
    let embedded = embedded(EmbeddedConfig::default()).await;
    let desk = desk(&embedded).await;
    assert!(desk.json::<Status>("/v1/status").await.demonstration);
    embedded.proxy().cut();
    assert!(desk.get("/v1/status").send().await.is_err());
    let direct = Caller {
        base: embedded.direct_url(),
        ..desk.clone()
    };
    embedded
        .set_service_state(Channel::Mmg, ServiceState::ReadOnly)
        .await
        .unwrap();
    assert_eq!(
        direct.json::<Status>("/v1/status").await.service,
        ServiceState::ReadOnly
    );
    embedded.proxy().restore();
    assert_eq!(desk.json::<Status>("/v1/status").await.service, ServiceState::ReadOnly);
    embedded.stop().await;
    assert!(direct.get("/v1/status").send().await.is_err());
}

#[tokio::test]
async fn an_answer_lost_after_the_booking_is_told_again_when_asked_again() {
    let embedded = embedded(EmbeddedConfig::default()).await;
    let desk = desk(&embedded).await;
    let sent = envelope(1, &booking(&desk, 1, span(2, 0), None));
    embedded.proxy().set_on("/v1/operations", Fault::LoseResponse);
    let batch = serde_json::json!({ "acknowledged": 0, "operations": [sent] });
    assert!(desk.post("/v1/operations").json(&batch).send().await.is_err());
    assert_eq!(embedded.verify().await.unwrap(), 1, "it was carried out");
    embedded.proxy().restore();
    let answers = desk.push(0, vec![sent]).await;
    assert_eq!(outcome(&answers[0]), &Outcome::Confirmed);
    assert_eq!(embedded.verify().await.unwrap(), 1);
}

#[tokio::test]
async fn somebody_else_takes_a_place() {
    let embedded = embedded(EmbeddedConfig::default()).await;
    let desk = desk(&embedded).await;
    embedded.take_place(&span(2, 0)).await.unwrap().unwrap();
    assert_eq!(
        embedded.take_place(&span(2, 0)).await.unwrap(),
        Err(ConflictReason::Taken)
    );
    assert!(matches!(desk.book(1, span(2, 0)).await.1, Outcome::Conflict { .. }));
}

#[tokio::test]
async fn a_ledger_in_a_file_keeps_its_desks_and_bookings_when_it_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = EmbeddedConfig {
        database: Some(folder.path().join("ledger.db")),
        ..EmbeddedConfig::default()
    };
    let first = embedded(config.clone()).await;
    let before = desk(&first).await;
    assert_eq!(before.book(1, span(2, 0)).await.1, Outcome::Confirmed);
    first.stop().await;
    let second = embedded(config).await;
    let after = Caller {
        base: second.url(),
        ..before
    };
    assert!(matches!(after.book(2, span(2, 0)).await.1, Outcome::Conflict { .. }));
    assert_eq!(second.verify().await.unwrap(), 1);
}
