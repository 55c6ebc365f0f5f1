//! A desk that finds a file damaged: it says so, saves what can be read, fetches what can be fetched,
//! and goes on.
#![allow(clippy::unwrap_used)] // helpers of a test

use std::path::{Path, PathBuf};
use std::time::Duration;

use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_desk::rpc::{BookingAction, LinkState, Request, Stage, StageView};
use lanterna_model::booking::BookingState;
use lanterna_tests::clock::{BEGINNING, FastClock};
use lanterna_tests::operator::Operator;
use lanterna_tests::{PATIENCE, nre};

const PAGE: usize = 4_096;

async fn central() -> Embedded {
    Embedded::start(EmbeddedConfig {
        schedules: 60,
        clock: std::sync::Arc::new(lanterna_central::clock::FixedClock::at(BEGINNING.parse().unwrap())),
        ..EmbeddedConfig::default()
    })
    .await
    .unwrap()
}

async fn ready(operator: &Operator) {
    operator
        .until("data and queue", |status| {
            status.data_at.is_some() && status.link == LinkState::Online && status.queued == 0
        })
        .await;
}

/// A desk with a booking that is confirmed and twenty that wait, its files closed.
async fn worked(folder: &Path, central: &Embedded) -> Vec<lanterna_model::booking_number::BookingNumber> {
    let operator = Operator::enrolled(folder, central, FastClock::new(20)).await;
    ready(&operator).await;
    let rows = operator.find().await.rows;
    let mut numbers = vec![operator.book(&rows[0], &nre(1, 0)).await.unwrap().number];
    central.proxy().cut();
    operator
        .until("the cut", |status| status.link == LinkState::Offline)
        .await;
    for n in 1..=20 {
        let row = operator.find().await.rows.remove(0);
        numbers.push(operator.book(&row, &nre(1, n)).await.unwrap().number);
    }
    numbers
}

/// The file once the desk has closed it, with its log written back: what is damaged is what is read.
async fn whole(folder: &Path, file: &str) -> (PathBuf, Vec<u8>) {
    let closed = async {
        while folder.join(format!("{file}-wal")).exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, closed)
        .await
        .expect("the desk closes its files");
    let path = folder.join(file);
    let bytes = std::fs::read(&path).unwrap();
    (path, bytes)
}

fn told(stage: &StageView, file: &str) -> u32 {
    let [told] = &stage.set_aside[..] else {
        panic!("one file is told, not {:?}", stage.set_aside)
    };
    assert_eq!(told.file, file);
    told.salvaged
}

#[tokio::test]
async fn a_damaged_mirror_is_fetched_again_and_costs_no_booking() {
    let (central, folder) = (central().await, tempfile::tempdir().unwrap());
    let numbers = worked(folder.path(), &central).await;
    let (path, mut bytes) = whole(folder.path(), "mirror.db").await;
    let middle = bytes.len() / 2;
    bytes[middle..middle + PAGE].fill(0xaa);
    std::fs::write(&path, bytes).unwrap();
    let operator = Operator::at(folder.path(), central.url(), FastClock::new(20));
    operator.unlock().await;
    // It shows when the mirror is read, behind the first screen.
    operator.desk.loaded().await.unwrap();
    let stage = operator.stage().await;
    assert_eq!(told(&stage, "mirror"), 0);
    assert_eq!(stage.stage, Stage::FirstDownload);
    // Without the net it can still show and print what it has booked.
    assert_eq!(operator.booking(&numbers[3]).await.state, BookingState::Queued);
    central.proxy().restore();
    ready(&operator).await;
    for number in &numbers {
        assert_eq!(operator.booking(number).await.state, BookingState::Confirmed);
    }
    assert_eq!(operator.desk.verify().await.unwrap(), Vec::<String>::new());
    assert_eq!(central.verify().await.unwrap(), numbers.len() as u64);
}

#[tokio::test]
async fn a_damaged_record_is_saved_and_every_booking_still_ends_once() {
    let (central, folder) = (central().await, tempfile::tempdir().unwrap());
    let numbers = worked(folder.path(), &central).await;
    let (path, mut bytes) = whole(folder.path(), "desk.db").await;
    // A page near the end: bookings or operations, not the definitions of the tables.
    let at = (bytes.len() / PAGE - 3) * PAGE;
    bytes[at + 100..at + 200].fill(0xaa);
    std::fs::write(&path, bytes).unwrap();
    let operator = Operator::at(folder.path(), central.url(), FastClock::new(20));
    let stage = operator.unlock().await;
    assert!(told(&stage, "desk") > 40);
    central.proxy().restore();
    ready(&operator).await;
    // A booking whose operation stood on the damaged page is there, and a person has to look at it: nobody
    // knows whether it was sent. All others end as if nothing had happened.
    let mut confirmed = 0;
    for number in &numbers {
        let view = operator.booking(number).await;
        match view.state {
            BookingState::Confirmed => confirmed += 1,
            BookingState::NeedsOperator => assert_eq!(view.actions, [BookingAction::GiveUp]),
            other => panic!("{number} is {other:?}"),
        }
    }
    let open = operator.status().await.to_resolve as usize;
    assert_eq!(confirmed + open, numbers.len());
    assert!(open > 0 && confirmed > 10, "{open} to resolve, {confirmed} confirmed");
    assert_eq!(central.verify().await.unwrap(), confirmed as u64);
}

#[tokio::test]
async fn a_record_of_which_nothing_is_left_is_kept_and_the_desk_is_enrolled_anew() {
    let (central, folder) = (central().await, tempfile::tempdir().unwrap());
    worked(folder.path(), &central).await;
    let (path, mut bytes) = whole(folder.path(), "desk.db").await;
    bytes[..PAGE].fill(0);
    std::fs::write(&path, &bytes).unwrap();
    let operator = Operator::at(folder.path(), central.url(), FastClock::new(20));
    let stage = operator.unlock().await;
    assert_eq!(told(&stage, "desk"), 0);
    assert_eq!(
        std::fs::read(folder.path().join(&stage.set_aside[0].kept_as)).unwrap(),
        bytes
    );
    assert_eq!(stage.stage, Stage::NeedsEnrolment);
    central.proxy().restore();
    operator.enrol(&central).await;
    ready(&operator).await;
    let row = operator.find().await.rows.remove(0);
    let booked = operator.book(&row, &nre(2, 1)).await.unwrap();
    assert_eq!(booked.state, BookingState::Confirmed);
    assert_eq!(central.verify().await.unwrap(), 2);
}

#[tokio::test]
async fn no_file_of_a_desk_at_work_tells_a_name_a_tax_code_or_an_nre() {
    let (central, folder) = (central().await, tempfile::tempdir().unwrap());
    let operator = Operator::enrolled(folder.path(), &central, FastClock::new(20)).await;
    ready(&operator).await;
    let row = operator.find().await.rows.remove(0);
    let booked = operator.book(&row, &nre(3, 1)).await.unwrap();
    operator
        .ask(Request::CheckPatient {
            patient: booked.patient.clone(),
        })
        .await
        .unwrap();
    let mut read = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let bytes = std::fs::read(entry.path()).unwrap();
        for secret in ["RSSMRA80A01D969Z", "Rossi", "Mario", &nre(3, 1), "SQLite format 3"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} can be read in {name}");
        }
        read.push(name);
    }
    // The logs are among what was read: the desk is at work.
    for file in ["desk.db", "desk.db-wal", "mirror.db", "mirror.db-wal", "key.json"] {
        assert!(read.iter().any(|name| name == file), "{file} of {read:?}");
    }
}
