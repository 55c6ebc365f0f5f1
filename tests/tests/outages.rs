//! A real desk, with its HTTP client and its driver, against a real central behind a line that breaks.
//! Whatever the line does, the desk says so, goes on off line, comes back by itself, and every booking
//! ends in one outcome.
//!
//! The desk's clock runs twenty times as fast as the machine's: its eight seconds of patience and its
//! two minutes of waiting are the real ones, and take a moment.
#![allow(clippy::unwrap_used)] // helpers of a test

use std::sync::Arc;
use std::time::Duration;

use lanterna_central::clock::FixedClock;
use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_central::proxy::Fault;
use lanterna_desk::rpc::{LinkState, QueuePart, Request};
use lanterna_model::booking::BookingState;
use lanterna_model::schedule::SlotSpan;
use lanterna_tests::clock::{BEGINNING, FastClock};
use lanterna_tests::operator::Operator;
use lanterna_tests::{PATIENCE, nre};

const PACE: u32 = 20;

/// An answer of a central that has moved on to versions of its own.
fn of_another_version(status: &str, body: &str) -> Fault {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    Fault::Canned(text.leak())
}

struct World {
    central: Embedded,
    operator: Operator,
    _folder: tempfile::TempDir,
}

impl World {
    /// A desk that was just enrolled, with a fault on some paths from its first download on.
    async fn new(fault: Option<(&str, Fault)>) -> Self {
        let central = Embedded::start(EmbeddedConfig {
            schedules: 60,
            clock: Arc::new(FixedClock::at(BEGINNING.parse().unwrap())),
            ..EmbeddedConfig::default()
        })
        .await
        .unwrap();
        if let Some((path, fault)) = fault {
            central.proxy().set_on(path, fault);
        }
        let folder = tempfile::tempdir().unwrap();
        let operator = Operator::enrolled(folder.path(), &central, FastClock::new(PACE)).await;
        Self {
            central,
            operator,
            _folder: folder,
        }
    }

    async fn downloaded(&self) {
        self.operator
            .until("the first download", |status| {
                status.data_at.is_some() && status.link == LinkState::Online
            })
            .await;
    }

    async fn says(&self, said: LinkState) {
        self.operator
            .until(&format!("{said:?}"), |status| status.link == said)
            .await;
    }

    /// Nobody does anything at the desk until it has come back.
    async fn comes_back(&self) {
        self.operator
            .until("the way back", |status| {
                status.queued == 0 && status.link == LinkState::Online
            })
            .await;
    }

    async fn sound(&self, live: u64) {
        assert_eq!(self.operator.desk.verify().await.unwrap(), Vec::<String>::new());
        assert_eq!(self.central.verify().await.unwrap(), live);
    }
}

/// A booking on line, the fault, two bookings off line of which one loses its place, the end of the fault.
async fn survives(fault: Fault, said: LinkState) {
    let world = World::new(None).await;
    world.downloaded().await;
    let operator = &world.operator;
    let rows = operator.find().await.rows;
    let before = operator.book(&rows[0], &nre(1, 1)).await.unwrap();
    assert_eq!(before.state, BookingState::Confirmed);

    world.central.proxy().set(fault);
    world.says(said).await;
    let rows = operator.find().await.rows;
    assert!(rows.len() > 5, "the search works off line");
    let kept = operator.book(&rows[1], &nre(1, 2)).await.unwrap();
    let lost = operator.book(&rows[2], &nre(1, 3)).await.unwrap();
    for view in [&kept, &lost] {
        assert_eq!(view.state, BookingState::Queued);
    }
    let offered = operator.find().await.rows;
    for row in &rows[1..=2] {
        assert!(!offered.iter().any(|other| other.spans == row.spans), "offered twice");
    }
    world.central.take_place(&rows[2].spans[0]).await.unwrap().unwrap();
    world.says(said).await;
    let waiting = operator.queue(QueuePart::Waiting).await;
    assert_eq!(waiting.rows.len(), 2);

    world.central.proxy().restore();
    world.comes_back().await;
    assert_eq!(operator.booking(&before.number).await.state, BookingState::Confirmed);
    assert_eq!(operator.booking(&kept.number).await.state, BookingState::Confirmed);
    let lost = operator.booking(&lost.number).await;
    assert_eq!(lost.state, BookingState::Conflict);
    let offer = operator.alternatives(&lost.number).await.remove(0).offer;
    let settled = operator.change(&lost, &offer).await.unwrap();
    assert_eq!(settled.state, BookingState::Confirmed);
    // Three of this desk and the one of somebody else.
    world.sound(4).await;
}

#[tokio::test]
async fn a_central_that_cannot_be_reached() {
    survives(Fault::Cut, LinkState::Offline).await;
}

#[tokio::test]
async fn a_central_that_takes_half_a_minute() {
    survives(Fault::Delay(Duration::from_secs(30) / PACE), LinkState::Offline).await;
}

#[tokio::test]
async fn a_central_that_never_answers() {
    survives(Fault::Hang, LinkState::Offline).await;
}

#[tokio::test]
async fn a_central_that_answers_500() {
    survives(Fault::ServerError, LinkState::Failing).await;
}

#[tokio::test]
async fn a_captive_portal() {
    survives(Fault::Html, LinkState::Failing).await;
}

#[tokio::test]
async fn answers_cut_short() {
    survives(Fault::Truncate(40), LinkState::Offline).await;
}

#[tokio::test]
async fn answers_with_a_wrong_byte() {
    survives(Fault::Corrupt(1), LinkState::Failing).await;
}

#[tokio::test]
async fn requests_that_arrive_while_their_answers_do_not() {
    survives(Fault::LoseResponse, LinkState::Offline).await;
}

#[tokio::test]
async fn a_central_that_wants_another_version() {
    let fault = of_another_version(
        "426 Upgrade Required",
        r#"{"code":"protocol","detail":"no version of the protocol in common"}"#,
    );
    survives(fault, LinkState::Protocol).await;
}

#[tokio::test]
async fn a_central_whose_status_tells_other_versions() {
    let fault = of_another_version(
        "200 OK",
        r#"{"protocol":{"oldest":7,"newest":9},"head":{"epoch":"","seq":1,"digest":""},
            "server_time":"2026-11-09T08:00:00Z","service":"open","catalogue":"1","name":"CUP",
            "demonstration":true,"notices":[]}"#,
    );
    survives(fault, LinkState::Protocol).await;
}

/// A first download that meets a fault says so, shows nothing half, and ends by itself afterwards.
async fn downloads_after(path: &str, fault: Fault, said: LinkState) {
    let world = World::new(Some((path, fault))).await;
    world.says(said).await;
    let status = world.operator.status().await;
    assert_eq!((status.data_at, status.schedules), (None, 0));
    world.central.proxy().restore();
    world.downloaded().await;
    let rows = world.operator.find().await.rows;
    let booked = world.operator.book(&rows[0], &nre(2, 1)).await.unwrap();
    assert_eq!(booked.state, BookingState::Confirmed);
    world.sound(1).await;
}

#[tokio::test]
async fn a_first_download_whose_chunks_are_cut_short() {
    downloads_after("/v1/chunks", Fault::Truncate(100), LinkState::Offline).await;
}

#[tokio::test]
async fn a_first_download_whose_chunks_have_a_wrong_byte() {
    downloads_after("/v1/chunks", Fault::Corrupt(200), LinkState::Failing).await;
}

#[tokio::test]
async fn a_first_download_whose_chunks_are_a_page_of_html() {
    downloads_after("/v1/chunks", Fault::Html, LinkState::Failing).await;
}

#[tokio::test]
async fn a_first_download_whose_chunks_never_come() {
    downloads_after("/v1/chunks", Fault::Hang, LinkState::Offline).await;
}

#[tokio::test]
async fn a_first_download_whose_list_of_chunks_has_a_wrong_byte() {
    downloads_after("/v1/snapshot", Fault::Corrupt(10), LinkState::Failing).await;
}

#[tokio::test]
async fn a_first_download_whose_catalogue_is_cut_short() {
    downloads_after("/v1/catalogue", Fault::Truncate(1_000), LinkState::Offline).await;
}

#[tokio::test]
async fn a_first_download_whose_catalogue_has_a_wrong_byte_anywhere() {
    for at in [0, 100, 1_000, 5_000, 9_000, 13_000] {
        downloads_after("/v1/catalogue", Fault::Corrupt(at), LinkState::Failing).await;
    }
}

async fn sooner_or_later(what: &str, holds: impl AsyncFn() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect(what);
}

async fn places(operator: &Operator) -> Vec<Vec<SlotSpan>> {
    operator.find().await.rows.into_iter().map(|row| row.spans).collect()
}

/// A page of changes is mostly bits, and any bits are as good as any others: only its digest tells.
#[tokio::test]
async fn changes_with_a_wrong_byte_anywhere_never_reach_the_mirror() {
    let world = World::new(None).await;
    world.downloaded().await;
    let operator = &world.operator;
    let folder = tempfile::tempdir().unwrap();
    let other = Operator::enrolled(folder.path(), &world.central, FastClock::new(PACE)).await;
    for at in 60..100 {
        let row = operator.find().await.rows.remove(0);
        world.central.proxy().set_on("/v1/changes", Fault::Corrupt(at));
        world.central.take_place(&row.spans[0]).await.unwrap().unwrap();
        // Beyond the end of the page there is nothing to turn: then it is applied as it is.
        let gone = async || !places(operator).await.contains(&row.spans);
        let seen = async || operator.status().await.link == LinkState::Failing || gone().await;
        sooner_or_later("the wrong byte is seen", seen).await;
        world.central.proxy().restore();
        sooner_or_later("the place is gone", gone).await;
    }
    let same = async || places(operator).await == places(&other).await;
    sooner_or_later("both mirrors say the same", same).await;
    world.sound(40).await;
}

#[tokio::test]
async fn a_download_cut_at_every_few_bytes_goes_on_from_each_of_them() {
    let world = World::new(Some(("/v1/chunks", Fault::Truncate(2_000)))).await;
    // Each answer brings a little more, and what has come is not asked for again.
    world.downloaded().await;
    assert!(!world.operator.find().await.rows.is_empty());
    world.sound(0).await;
}

/// No chunk can be had when it comes back: what it fetches is what changed.
#[tokio::test]
async fn a_desk_that_was_away_comes_back_by_what_changed_alone() {
    let world = World::new(None).await;
    world.downloaded().await;
    let rows = world.operator.find().await.rows;
    let World {
        central,
        operator,
        _folder: folder,
    } = world;
    drop(operator);
    let taken: Vec<_> = rows.iter().step_by(2).take(8).collect();
    for row in &taken {
        central.take_place(&row.spans[0]).await.unwrap().unwrap();
    }
    central.proxy().set_on("/v1/chunks", Fault::ServerError);
    let operator = Operator::at(folder.path(), central.url(), FastClock::new(PACE));
    operator.unlock().await;
    let gone = async || {
        let now = places(&operator).await;
        taken.iter().all(|row| !now.contains(&row.spans))
    };
    sooner_or_later("what was taken meanwhile is offered no more", gone).await;
    assert_eq!(operator.desk.verify().await.unwrap(), Vec::<String>::new());
    assert_eq!(central.verify().await.unwrap(), taken.len() as u64);
}

#[tokio::test]
async fn a_booking_whose_answer_is_lost_is_confirmed_once() {
    let world = World::new(None).await;
    world.downloaded().await;
    let operator = &world.operator;
    let rows = operator.find().await.rows;
    world.central.proxy().set_on("/v1/operations", Fault::LoseResponse);
    let booked = operator.book(&rows[0], &nre(3, 1)).await.unwrap();
    // The central has it; the desk cannot know, and promises nothing.
    assert!(matches!(booked.state, BookingState::Queued | BookingState::Sending));
    assert_eq!(world.central.verify().await.unwrap(), 1);
    world.central.proxy().restore();
    world.comes_back().await;
    assert_eq!(operator.booking(&booked.number).await.state, BookingState::Confirmed);
    world.sound(1).await;
}

/// One lane that fails does not hold up the other: what is queued gets its outcome while no data come.
#[tokio::test]
async fn bookings_are_sent_while_the_changes_cannot_be_read() {
    for fault in [Fault::ServerError, Fault::Html, Fault::Corrupt(0), Fault::Truncate(1)] {
        let world = World::new(None).await;
        world.downloaded().await;
        let operator = &world.operator;
        let rows = operator.find().await.rows;
        world.central.proxy().set_on("/v1/changes", fault);
        // Somebody else moves the head: now there are changes to be asked for.
        world.central.take_place(&rows[5].spans[0]).await.unwrap().unwrap();
        let booked = operator.book(&rows[0], &nre(4, 1)).await.unwrap();
        operator.until("the outcome", |status| status.queued == 0).await;
        assert_eq!(operator.booking(&booked.number).await.state, BookingState::Confirmed);
        world.central.proxy().restore();
        world.comes_back().await;
        world.sound(2).await;
    }
}

#[tokio::test]
async fn nothing_is_held_up_by_a_place_that_cannot_be_held() {
    let world = World::new(None).await;
    world.downloaded().await;
    let operator = &world.operator;
    let row = operator.find().await.rows.remove(0);
    for fault in [
        Fault::Cut,
        Fault::ServerError,
        Fault::Html,
        Fault::Hang,
        Fault::Corrupt(2),
    ] {
        world.central.proxy().set_on("/v1/holds", fault);
        let (spans, priority) = (row.spans.clone(), None);
        let held = operator.ask(Request::Hold { spans, priority }).await;
        let Ok(lanterna_desk::rpc::Reply::Held(held)) = held else {
            panic!("{fault:?} is no refusal")
        };
        assert_eq!(held.hold, None, "{fault:?}");
    }
    let booked = operator.book(&row, &nre(5, 1)).await.unwrap();
    operator.until("the outcome", |status| status.queued == 0).await;
    assert_eq!(operator.booking(&booked.number).await.state, BookingState::Confirmed);
    world.sound(1).await;
}
