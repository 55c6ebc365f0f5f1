//! The conformance suite on SQLite, and what only a file can get wrong.

use std::path::Path;

use lanterna_wire::operation::Action;
use lanterna_wire::outcome::Outcome;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};

use lanterna_wire::snapshot::hex;
use rusqlite_migration::{M, Migrations};

use super::{MIGRATIONS, SqliteLedger};
use crate::ledger::conformance::fixture::{DOCTOR, TestDesk, World, four_hours, outcome, region, span};
use crate::ledger::conformance::promises;
use crate::ledger::conformance::random::{sequences, whatever_happens_the_ledger_stays_sound};
use crate::ledger::feed::first_row;
use crate::ledger::{Birth, Ledger, LedgerError, TokenSecret};

fn birth() -> Birth {
    Birth {
        epoch: [0xab; 16],
        secret: TokenSecret([5; 32]),
    }
}

fn in_memory() -> SqliteLedger {
    SqliteLedger::in_memory(&birth()).expect("there is memory")
}

fn in_file(folder: &Path) -> SqliteLedger {
    SqliteLedger::open(&folder.join("central.db"), &birth()).expect("the file can be made")
}

mod suite {
    crate::ledger::conformance::conformance_suite!(tests crate::ledger::sqlite::tests::in_memory());
}

/// Runs a property as often as is asked for in the environment.
fn many<S: Strategy>(strategy: &S, run: impl AsyncFn(&World<SqliteLedger>, S::Value)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(64);
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let all = runner.run(strategy, |steps| {
        runtime.block_on(async {
            let world = World::new(in_memory()).await;
            run(&world, steps).await;
        });
        Ok(())
    });
    all.expect("no sequence breaks it");
}

#[test]
fn random_sequences_keep_every_invariant() {
    many(&sequences(40), whatever_happens_the_ledger_stays_sound);
}

#[test]
fn random_sequences_keep_every_promise() {
    many(&promises::sequences(60), promises::whatever_happens_promises_are_kept);
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(in_file(folder.path())).await;
    let desk = world.mmg().await;
    let placement = world.placement(&[span(DOCTOR, "08:00", 0, 20)]);
    let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
    let answer = world.execute(&desk, &envelope).await;
    let head = world.head().await;
    drop(world);
    // Another birth is offered, but the ledger has been born already.
    let other = Birth {
        epoch: [1; 16],
        secret: TokenSecret([1; 32]),
    };
    let again = SqliteLedger::open(&folder.path().join("central.db"), &other).expect("it is a ledger");
    assert_eq!(again.head().await.expect("it can be read"), head);
    assert_eq!(again.token_secret().await.expect("it can be read"), birth().secret);
    let now = "2026-03-02T09:00:00Z".parse().expect("a time");
    assert_eq!(
        again.execute(desk.desk.id, &envelope, now).await.expect("it works"),
        answer
    );
    assert!(again.verify().await.expect("it can be read").is_sound());
}

/// Forbids the file to grow: what a full disk does.
fn full(world: &World<SqliteLedger>, is_full: bool) {
    let connection = super::locked(&world.ledger.writer);
    let pages: i64 = connection
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .expect("it can be read");
    let most = if is_full { pages } else { pages + 100_000 };
    connection
        .query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))
        .expect("it is obeyed");
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(in_file(folder.path())).await;
    let desk = world.mmg().await;
    full(&world, true);
    let slots = |n: usize| {
        let day = &four_hours(20, 1)[n / 12];
        let mut wanted = span(DOCTOR, "08:00", 0, 20);
        wanted.start = day.start.plus(20 * i32::try_from(n % 12).expect("small"));
        wanted
    };
    let (mut confirmed, mut failed) = (0, None);
    for n in 0..48 {
        let placement = world.placement(&[slots(n)]);
        let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
        match world.ledger.execute(desk.desk.id, &envelope, world.now).await {
            Ok(answer) => {
                assert_eq!(outcome(answer), Outcome::Confirmed);
                confirmed += 1;
            }
            Err(LedgerError::Storage(_)) => {
                failed = Some((envelope, slots(n)));
                break;
            }
            Err(other) => panic!("another failure: {other}"),
        }
    }
    let (envelope, wanted) = failed.expect("the disk is full before all slots are booked");
    let head = world.head().await;
    let mut large = region();
    large.schedules[0].schedule.preparation = "digiuno ".repeat(20_000);
    assert!(matches!(
        world.ledger.install(&large, world.now).await,
        Err(LedgerError::Storage(_))
    ));
    assert_eq!(world.head().await, head);
    assert!(world.is_free(&wanted).await);
    let found = world.ledger.verify().await.expect("it can be read");
    assert_eq!(
        (found.faults, found.live, found.operations),
        (Vec::new(), confirmed, confirmed)
    );
    // The same operation, once there is room.
    full(&world, false);
    assert_eq!(outcome(world.execute(&desk, &envelope).await), Outcome::Confirmed);
    world.is_sound().await;
}

#[tokio::test]
async fn a_second_process_sees_what_the_first_committed() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(in_file(folder.path())).await;
    let other = in_file(folder.path());
    let desk: TestDesk = world.mmg().await;
    assert_eq!(
        world
            .book(&desk, world.placement(&[span(DOCTOR, "08:00", 0, 20)]))
            .await
            .2,
        Outcome::Confirmed
    );
    let placement = world.placement(&[span(DOCTOR, "08:00", 0, 20)]);
    let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
    let answer = other
        .execute(desk.desk.id, &envelope, world.now)
        .await
        .expect("it works");
    assert!(matches!(outcome(answer), Outcome::Conflict { .. }));
    assert_eq!(other.head().await.expect("it can be read"), world.head().await);
}

#[tokio::test]
async fn a_claim_cannot_be_doubled_even_behind_the_ledgers_back() {
    let world = World::new(in_memory()).await;
    let desk = world.mmg().await;
    world
        .book(&desk, world.placement(&[span(DOCTOR, "08:00", 0, 20)]))
        .await;
    let connection = super::locked(&world.ledger.writer);
    let doubled = connection.execute(
        "INSERT INTO claims (resource, cell, place, kind, owner) SELECT resource, cell, place, 3, 99 FROM claims",
        [],
    );
    assert!(doubled.is_err());
}

#[tokio::test]
async fn a_check_finds_what_is_wrong() {
    let world = World::new(in_memory()).await;
    let (desk, _, got) = world.stocked().await;
    world
        .book(&desk, world.placement(&[span(DOCTOR, "08:00", 0, 20)]))
        .await;
    {
        let connection = super::locked(&world.ledger.writer);
        connection
            .execute_batch("DELETE FROM claims WHERE cell = (SELECT min(cell) FROM claims WHERE kind = 3)")
            .expect("it works");
        let lease = got.leases[0].id;
        connection
            .execute_batch(&format!(
                "DELETE FROM claims WHERE cell = (SELECT min(cell) FROM claims WHERE kind = 2 AND owner = {lease})
                     AND kind = 2 AND owner = {lease};
                 UPDATE leases SET ended_ms = 5 WHERE id = {lease};
                 INSERT INTO quota_tickets VALUES (9, 9, 1, 1, 2, 12345)"
            ))
            .expect("it works");
        connection
            .execute_batch("INSERT INTO claims VALUES (9, 9, 0, 3, 77)")
            .expect("it works");
        connection.execute_batch("DELETE FROM live_lines").expect("it works");
        connection
            .execute_batch("UPDATE feed SET payload = x'00' WHERE seq = 2")
            .expect("it works");
    }
    let found = world.ledger.verify().await.expect("it can be read");
    let words: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
    for part in [
        "booking 1, line 1: cells are missing",
        "lease 1: cells are missing",
        "its end and its terms disagree",
        "claimed cells of kind 3 belong to nobody",
        "tickets of quotas belong to nobody",
        "lines of prescriptions",
        "chain of the feed",
        "disagree",
    ] {
        assert!(
            words.iter().any(|word| word.contains(part)),
            "{part} is missing in {words:?}"
        );
    }
}

#[tokio::test]
async fn a_ledger_from_before_leases_gives_them_after_its_migration() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("central.db");
    {
        // As the first release left it.
        let mut old = rusqlite::Connection::open(&path).expect("the file can be made");
        let first: Migrations<'_> = MIGRATIONS.into_iter().take(1).map(M::up).collect();
        first.to_latest(&mut old).expect("it is sound");
        old.execute(
            "INSERT INTO ledger (one, epoch, secret) VALUES (1, ?1, ?2)",
            (hex(&[9; 16]), [1_u8; 32]),
        )
        .expect("it works");
        super::changes::insert(&old, &first_row(&hex(&[9; 16]))).expect("it works");
        for published in region().schedules {
            let schedule = published.schedule;
            let document = serde_json::to_string(&schedule).expect("it can be written");
            old.execute(
                "INSERT INTO schedules (id, resource, channels, document) VALUES (?1, ?2, ?3, ?4)",
                (schedule.id.0, schedule.resource.0, schedule.channels.0, document),
            )
            .expect("it works");
        }
    }
    let migrated = in_file(folder.path());
    let offered = |ledger: &SqliteLedger| -> Vec<(String, u32, u32)> {
        let connection = super::locked(&ledger.writer);
        let mut statement = connection
            .prepare("SELECT service, schedule, location FROM schedule_services ORDER BY service, schedule")
            .expect("the table is there");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.expect("it works")
            .map(|row| row.expect("it can be read"))
            .collect()
    };
    let from_documents = offered(&migrated);
    assert_eq!(from_documents.len(), 12);
    // What an installation writes is the same.
    let world = World::new(migrated).await;
    assert_eq!(offered(&world.ledger), from_documents);
    let (.., got) = world.stocked().await;
    assert!(!got.leases.is_empty());
}
