//! The service in several processes on one database: what one of them keeps in memory must be right
//! while the others write.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use lanterna_central::http::Settings;
use lanterna_central::import::export;
use lanterna_central::ledger::postgres::trials::Place;
use lanterna_central::ledger::{Ledger, PostgresLedger};
use lanterna_model::access::Channel;
use lanterna_wire::Cursor;
use lanterna_wire::catalogue::Catalogue;
use lanterna_wire::outcome::Outcome;
use lanterna_wire::snapshot::Chunk;
use lanterna_wire::status::Status;
use reqwest::StatusCode;

use crate::support::region::{SCHEDULES, region, span};
use crate::support::{Caller, PATIENCE, Served, http, now, served_on};

/// A service that looks for others by itself so seldom that it has to hear them.
async fn process(place: &Place) -> Served<PostgresLedger> {
    let settings = Settings {
        watch_every: Duration::from_secs(3_600),
        manifest_rows: 0,
        manifest_age: Duration::ZERO,
        ..Settings::default()
    };
    served_on(Arc::new(place.process().await), settings).await
}

/// The same desk, speaking to another process.
fn elsewhere(caller: &Caller, other: &Served<PostgresLedger>) -> Caller {
    Caller {
        base: other.running.url(),
        ..caller.clone()
    }
}

async fn installed(place: &Place) -> Served<PostgresLedger> {
    let served = process(place).await;
    served.ledger.install(&region(SCHEDULES), now()).await.unwrap();
    served
}

pub async fn a_chunk_that_one_process_named_is_had_from_another(place: Place) {
    let (one, other) = (installed(&place).await, process(&place).await);
    let here = one.desk(Channel::Desk).await;
    let there = elsewhere(&here, &other);
    // The other process hands out an edition of its own, and then the first one another.
    assert!(!there.manifest().await.chunks.is_empty());
    assert_eq!(here.book(1, span(1, 0)).await.1, Outcome::Confirmed);
    let manifest = here.manifest().await;
    for chunk in &manifest.chunks {
        let answer = other
            .http
            .get(other.url(&format!("/v1/chunks/{}", chunk.hash)))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(bytes.len(), chunk.bytes as usize);
        assert!(Chunk::decode(&chunk.hash, &bytes).is_ok());
    }
    for unknown in ["0".repeat(64), "x".repeat(64), "nothing".to_owned()] {
        let answer = other
            .http
            .get(other.url(&format!("/v1/chunks/{unknown}")))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{unknown}");
    }
    one.running.stop().await;
    other.running.stop().await;
}

pub async fn the_doorbell_of_one_process_rings_for_the_bookings_of_another(place: Place) {
    let (one, other) = (installed(&place).await, process(&place).await);
    let here = one.desk(Channel::Desk).await;
    let there = elsewhere(&here, &other);
    let mut events = there.get("/v1/doorbell").send().await.unwrap().bytes_stream();
    assert_eq!(here.book(1, span(1, 0)).await.1, Outcome::Confirmed);
    let head = one.ledger.head().await.unwrap();
    let mut text = String::new();
    loop {
        let part = tokio::time::timeout(PATIENCE, events.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        text.push_str(std::str::from_utf8(&part).unwrap());
        let heads = text.split("data: ").skip(1).filter_map(|data| data.split('\n').next());
        if heads
            .filter_map(|data| serde_json::from_str::<Cursor>(data).ok())
            .any(|told| told == head)
        {
            break;
        }
    }
    drop(events);
    one.running.stop().await;
    other.running.stop().await;
}

pub async fn what_one_process_changes_the_others_hand_out(place: Place) {
    let (one, other) = (installed(&place).await, process(&place).await);
    let here = one.desk(Channel::Desk).await;
    let there = elsewhere(&here, &other);
    // Everything is asked for once, so that it is kept.
    let before: Catalogue = there.json("/v1/catalogue").await;
    let (old, status): (_, Status) = (there.manifest().await, there.json("/v1/status").await);
    assert_eq!(
        (status.head.clone(), status.catalogue),
        (old.cursor.clone(), before.version.clone())
    );
    assert_eq!(here.book(1, span(1, 0)).await.1, Outcome::Confirmed);
    let page = there.page(&old.cursor).await;
    assert_eq!((page.changes.len(), page.to.seq), (1, old.cursor.seq + 1));
    let fresh = there.manifest().await;
    assert_eq!(fresh.cursor, page.to);
    assert_ne!(fresh.chunks, old.chunks);
    let schedule = before.schedules[0].id;
    let suspension = lanterna_model::schedule::Suspension {
        from: now().date_naive(),
        to: None,
        reason: "guasto".to_owned(),
    };
    one.ledger.suspend(schedule, Some(&suspension)).await.unwrap();
    let after: Catalogue = there.json("/v1/catalogue").await;
    assert_ne!(after.version, before.version);
    assert_eq!(after.schedules[0].suspension, Some(suspension));
    // The place that one process gave away is taken for all.
    assert!(matches!(there.book(2, span(1, 0)).await.1, Outcome::Conflict { .. }));
    one.running.stop().await;
    other.running.stop().await;
}

fn central(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lanterna-central"))
        .args(arguments)
        .output()
        .unwrap()
}

/// What a command printed, if it succeeded.
fn printed(arguments: &[&str]) -> String {
    let output = central(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A central of its own that ends with the trial.
struct Serving(Child, String);

impl Serving {
    fn start(database: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lanterna-central"))
            .args(["serve", "--database", database])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .expect("it says where")
            .to_owned();
        Self(child, url)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub async fn an_administrator_keeps_a_ledger_on_a_database(Place(database): Place) {
    let csv = tempfile::tempdir().unwrap();
    export(&region(SCHEDULES), csv.path()).unwrap();
    let folder = csv.path().to_str().unwrap();
    assert!(printed(&["import", folder, "--database", &database]).ends_with("4 schedules are in place\n"));
    let (one, other) = (Serving::start(&database), Serving::start(&database));
    let code = printed(&["enrol", "--channel", "mmg", "--database", &database]);
    // Enrolled at one process, known to the other.
    let enrolment = lanterna_wire::desk::Enrolment {
        code: code.trim().to_owned(),
        protocol: lanterna_wire::PROTOCOL,
        request: crate::support::id(),
    };
    let http = http();
    let url = format!("{}/v1/enrolments", one.1);
    let enrolled = http
        .post(url)
        .json(&enrolment)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let caller = Caller {
        http,
        base: other.1.clone(),
        enrolled,
    };
    assert_eq!(caller.manifest().await.schedules, 2);
    printed(&["state", "--channel", "mmg", "closed", "--database", &database]);
    let status: serde_json::Value = caller.json("/v1/status").await;
    assert_eq!(status["service"], "closed");
    let verified = printed(&["verify", "--database", &database]);
    assert!(
        verified.starts_with("4 schedules, ") && verified.ends_with("every invariant holds\n"),
        "{verified}"
    );
    // Elsewhere only over a link that is said to be trusted; and no password is repeated.
    let far = central(&["verify", "--database", "postgres://cup:geheim@db.example.org/cup"]);
    let told = String::from_utf8(far.stderr).unwrap();
    assert!(
        !far.status.success() && told.contains("--trusted-link") && !told.contains("geheim"),
        "{told}"
    );
}
