//! A small region behind the real service on a port of its own, and a desk that speaks to it.
#![allow(dead_code)] // every test file uses its own part

pub mod region;
pub mod sent;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lanterna_central::clock::FixedClock;
use lanterna_central::enrolment::issue;
use lanterna_central::entropy::{Entropy, SystemEntropy};
use lanterna_central::http::{Running, Settings, start};
use lanterna_central::ledger::{Ledger, SqliteLedger};
use lanterna_model::access::Channel;
use lanterna_wire::PROTOCOL;
use lanterna_wire::changes::Page;
use lanterna_wire::desk::{Enrolled, Enrolment};
use lanterna_wire::problem::{Problem, ProblemCode};
use lanterna_wire::snapshot::Manifest;
use lanterna_wire::{BINARY, Cursor};
use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// The longest anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Monday 23 November 2026, 09:00 in Italy.
pub fn now() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

pub struct Served<L = SqliteLedger> {
    pub ledger: Arc<L>,
    pub clock: Arc<FixedClock>,
    pub running: Running,
    pub http: Client,
    _folder: Option<tempfile::TempDir>,
}

pub async fn served() -> Served {
    served_with(
        Settings {
            watch_every: Duration::from_millis(100),
            ..Settings::default()
        },
        region::SCHEDULES,
    )
    .await
}

pub async fn served_with(settings: Settings, schedules: u32) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let birth = SystemEntropy.birth().unwrap();
    let ledger = Arc::new(SqliteLedger::open(&folder.path().join("ledger.db"), &birth).unwrap());
    ledger.install(&region::region(schedules), now()).await.unwrap();
    let mut served = served_on(ledger, settings).await;
    served._folder = Some(folder);
    served
}

/// A service on a ledger that is there already.
pub async fn served_on<L: Ledger>(ledger: Arc<L>, settings: Settings) -> Served<L> {
    let clock = Arc::new(FixedClock::at(now()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = start(Arc::clone(&ledger), clock.clone(), settings, listener)
        .await
        .unwrap();
    Served {
        ledger,
        clock,
        running,
        http: http(),
        _folder: None,
    }
}

pub fn http() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

impl<L: Ledger> Served<L> {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    pub async fn code(&self, channel: Channel) -> String {
        issue(&*self.ledger, &SystemEntropy, channel, now()).await.unwrap()
    }

    pub async fn enrol(&self, code: &str, request: Uuid) -> Response {
        let enrolment = Enrolment {
            code: code.to_owned(),
            protocol: PROTOCOL,
            request,
        };
        self.http
            .post(self.url("/v1/enrolments"))
            .json(&enrolment)
            .send()
            .await
            .unwrap()
    }

    pub async fn desk(&self, channel: Channel) -> Caller {
        let answer = self.enrol(&self.code(channel).await, id()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        Caller {
            http: self.http.clone(),
            base: self.running.url(),
            enrolled: answer.json().await.unwrap(),
        }
    }
}

/// An enrolled desk.
#[derive(Clone)]
pub struct Caller {
    pub http: Client,
    pub base: String,
    pub enrolled: Enrolled,
}

impl Caller {
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http
            .get(format!("{}{path}", self.base))
            .bearer_auth(&self.enrolled.token)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.enrolled.token)
    }

    pub async fn json<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.get(path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    pub async fn manifest(&self) -> Manifest {
        self.json("/v1/snapshot").await
    }

    pub fn changes_since(&self, cursor: &Cursor) -> RequestBuilder {
        let Cursor { epoch, seq, digest } = cursor;
        self.get(&format!("/v1/changes?epoch={epoch}&seq={seq}&digest={digest}"))
    }

    pub async fn page(&self, cursor: &Cursor) -> Page {
        let answer = self.changes_since(cursor).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], BINARY);
        Page::decode(&answer.bytes().await.unwrap()).unwrap()
    }
}

pub async fn problem(answer: Response, status: StatusCode, code: ProblemCode) {
    assert_eq!(answer.status(), status);
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.code, code);
}

/// An identifier that no other test run has.
#[allow(clippy::disallowed_methods)] // tests draw their own
pub fn id() -> Uuid {
    let mut random = [0; 16];
    SystemEntropy.fill(&mut random).unwrap();
    uuid::Builder::from_random_bytes(random).into_uuid()
}
