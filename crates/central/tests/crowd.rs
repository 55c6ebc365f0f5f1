//! What keeps a central standing when all come at once, and what it tells those who run it.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use lanterna_central::clock::Clock;
use lanterna_central::http::{Running, Settings, start};
use lanterna_central::ledger::{Ledger, SqliteLedger};
use lanterna_model::access::Channel;
use lanterna_wire::outcome::{Answer, NotYetReason, Outcome};
use lanterna_wire::problem::ProblemCode;
use reqwest::{Response, StatusCode, header};
use support::region::span;
use support::sent::{booking, cancellation, envelope, outcome};
use support::{Caller, Served, now, problem, served_with};

async fn watched(settings: Settings) -> Served {
    let settings = Settings {
        watched_at: Some("127.0.0.1:0".parse().unwrap()),
        ..settings
    };
    served_with(settings, 2).await
}

async fn told(served: &Served, path: &str) -> Response {
    let url = format!("{}{path}", served.running.watched_url().unwrap());
    served.http.get(url).send().await.unwrap()
}

fn seconds(answer: &Response) -> u64 {
    let told = answer.headers()[header::RETRY_AFTER].to_str().unwrap();
    told.parse().unwrap()
}

#[tokio::test]
async fn a_desk_that_asks_too_often_is_told_when_to_come_back_and_others_are_served() {
    let served = watched(Settings {
        burst: 5,
        per_second: 1,
        ..Settings::default()
    })
    .await;
    let (hasty, calm) = (served.desk(Channel::Mmg).await, served.desk(Channel::Mmg).await);
    for _ in 0..5 {
        assert_eq!(hasty.get("/v1/status").send().await.unwrap().status(), StatusCode::OK);
    }
    let answer = hasty.get("/v1/status").send().await.unwrap();
    let wait = seconds(&answer);
    problem(answer, StatusCode::TOO_MANY_REQUESTS, ProblemCode::Busy).await;
    assert_eq!(calm.get("/v1/status").send().await.unwrap().status(), StatusCode::OK);
    // Who comes back when it was told to is served.
    served.clock.set(now() + TimeDelta::seconds(wait.cast_signed()));
    assert_eq!(hasty.get("/v1/status").send().await.unwrap().status(), StatusCode::OK);
    let metrics = told(&served, "/metrics").await.text().await.unwrap();
    assert!(
        metrics.contains("lanterna_turned_away_total{why=\"hasty\"} 1\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn chunks_and_health_are_counted_against_nobody() {
    let served = watched(Settings {
        requests: 0,
        waiting: 0,
        burst: 0,
        ..Settings::default()
    })
    .await;
    let caller = Caller {
        http: served.http.clone(),
        base: served.running.url(),
        enrolled: lanterna_wire::desk::Enrolled {
            desk: lanterna_model::ids::DeskId(1),
            code: lanterna_model::booking_number::DeskCode::of(1),
            channel: Channel::Mmg,
            token: "0".repeat(64),
            central: String::new(),
            papers: String::new(),
        },
    };
    let unknown = format!("/v1/chunks/{}", "0".repeat(64));
    for (path, status) in [
        ("/v1/health", StatusCode::OK),
        (unknown.as_str(), StatusCode::NOT_FOUND),
        ("/v1/status", StatusCode::TOO_MANY_REQUESTS),
    ] {
        assert_eq!(caller.get(path).send().await.unwrap().status(), status, "{path}");
    }
}

#[tokio::test]
async fn metrics_count_routes_and_outcomes_and_name_nobody() {
    let served = watched(Settings::default()).await;
    let caller = served.desk(Channel::Desk).await;
    caller.book(1, span(1, 0)).await;
    caller.book(2, span(1, 0)).await;
    let answer = told(&served, "/metrics").await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/plain; version=0.0.4");
    let metrics = answer.text().await.unwrap();
    for line in [
        "lanterna_requests_total{route=\"/v1/operations\",status=\"200\"} 2",
        "lanterna_requests_total{route=\"/v1/enrolments\",status=\"200\"} 1",
        "lanterna_request_seconds_count{route=\"/v1/operations\"} 2",
        "lanterna_operations_total{answer=\"confirmed\"} 1",
        "lanterna_operations_total{answer=\"conflict\"} 1",
        "lanterna_requests_working 0",
        "lanterna_requests_waiting 0",
    ] {
        assert!(metrics.lines().any(|told| told == line), "{line}\n{metrics}");
    }
    let secret = [caller.enrolled.token.as_str(), "RSSMRA80A01D969Z", "Rossi", "070A0"];
    let operation = serde_json::to_string(&booking(&caller, 3, span(1, 1), None)).unwrap();
    assert!(
        operation.contains(secret[1]) && operation.contains(secret[2]),
        "they would be told"
    );
    for word in secret {
        assert!(!metrics.contains(word), "{word}");
    }
    // What is told there is told nowhere else.
    let elsewhere = served.http.get(served.url("/metrics")).send().await.unwrap();
    problem(elsewhere, StatusCode::NOT_FOUND, ProblemCode::NotFound).await;
}

#[tokio::test]
async fn it_is_ready_while_its_ledger_answers_and_silent_once_it_has_ended() {
    let served = watched(Settings::default()).await;
    for path in ["/ready", "/live"] {
        assert_eq!(told(&served, path).await.status(), StatusCode::OK, "{path}");
    }
    let url = format!("{}/live", served.running.watched_url().unwrap());
    let http = served.http.clone();
    served.running.stop().await;
    assert!(http.get(url).send().await.is_err());
}

/// By this clock every operation that the ledger keeps took eight seconds.
struct Laborious(Arc<SqliteLedger>);

impl Clock for Laborious {
    fn now(&self) -> DateTime<Utc> {
        let verified = self.0.verify().now_or_never().unwrap().unwrap();
        now() + TimeDelta::seconds(8 * verified.operations.cast_signed())
    }
}

/// Every look at this clock takes a minute.
#[derive(Default)]
struct Leaping(AtomicI64);

impl Clock for Leaping {
    fn now(&self) -> DateTime<Utc> {
        now() + TimeDelta::minutes(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// A second service on the same ledger, by another clock, and the desk there.
async fn timed(served: &Served, desk: &Caller, clock: Arc<dyn Clock>) -> (Running, Caller) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = start(Arc::clone(&served.ledger), clock, Settings::default(), listener)
        .await
        .unwrap();
    let base = running.url();
    (running, Caller { base, ..desk.clone() })
}

fn waits(answer: &Answer) -> bool {
    matches!(answer, Answer::NotYet { reason: NotYetReason::Throttled, retry_after_seconds } if *retry_after_seconds > 0)
}

#[tokio::test]
async fn a_batch_that_runs_past_its_time_is_answered_what_is_done() {
    let served = watched(Settings::default()).await;
    let desk = served.desk(Channel::Desk).await;
    let clock = Arc::new(Laborious(Arc::clone(&served.ledger)));
    let (_running, desk) = timed(&served, &desk, clock).await;
    let booked: Vec<_> = (0..4)
        .map(|n| booking(&desk, u32::from(n) + 1, span(1, n), None))
        .collect();
    // The chain of the third booking is torn by the end of the time.
    let queue = [
        &booked[0],
        &booked[1],
        &booked[2],
        &cancellation(&booked[2]),
        &booked[3],
    ];
    let batch: Vec<_> = (1..).zip(queue).map(|(number, sent)| envelope(number, sent)).collect();
    // They begin after 0, 8, 16 and 24 seconds; 20 of the 30 are for work.
    let first = desk.push(0, batch.clone()).await;
    for answer in &first[..3] {
        assert_eq!(outcome(answer), &Outcome::Confirmed);
    }
    assert!(first[3..].iter().all(waits), "{first:?}");
    // Nothing more was carried out than what was told, then or later.
    let verified = served.ledger.verify().await.unwrap();
    assert_eq!((verified.operations, verified.live), (3, 3));
    // The rest comes again, and what comes with it is answered word for word.
    let second = desk.push(0, batch).await;
    assert_eq!(second[..3], first[..3]);
    for answer in &second[3..] {
        assert_eq!(outcome(answer), &Outcome::Confirmed);
    }
    let verified = served.ledger.verify().await.unwrap();
    assert!(verified.is_sound() && (verified.operations, verified.live) == (5, 3));
}

#[tokio::test]
async fn the_slowest_central_carries_out_one_operation_of_each_batch() {
    let served = watched(Settings::default()).await;
    let desk = served.desk(Channel::Desk).await;
    let (_running, desk) = timed(&served, &desk, Arc::new(Leaping::default())).await;
    let queue = (1..4u16).map(|n| envelope(n.into(), &booking(&desk, n.into(), span(1, n), None)));
    let mut queue: Vec<_> = queue.collect();
    while !queue.is_empty() {
        let answers = desk.push(0, queue.clone()).await;
        assert_eq!(outcome(&answers[0]), &Outcome::Confirmed);
        assert!(answers[1..].iter().all(waits), "{answers:?}");
        queue.remove(0);
    }
}
