//! How a ledger comes to be, and comes back.

use std::pin::Pin;

use lanterna_wire::operation::Action;
use proptest::test_runner::{Config, TestRunner};

use super::Place;
use crate::ledger::conformance::fixture::*;
use crate::ledger::conformance::promises;
use crate::ledger::conformance::random::{sequences, whatever_happens_the_ledger_stays_sound};
use crate::ledger::{Birth, Ledger, LedgerError, PostgresLedger, TokenSecret};
use crate::scratch::Scratch;

fn born(n: u8) -> Birth {
    Birth {
        epoch: [n; 16],
        secret: TokenSecret([n; 32]),
    }
}

async fn connect(place: &Place, birth: &Birth) -> Result<PostgresLedger, LedgerError> {
    let settings = Scratch::settings(&place.0).expect("a scratch address");
    PostgresLedger::connect(settings, birth).await
}

pub(super) async fn processes_that_start_at_once_make_one_ledger(place: Place) {
    let mut starting = tokio::task::JoinSet::new();
    for n in 1..=8 {
        let place = place.clone();
        starting.spawn(async move { connect(&place, &born(n)).await.expect("it waits for the others") });
    }
    let mut heads = Vec::new();
    for ledger in starting.join_all().await {
        let secret = ledger.token_secret().await.expect("it can be read");
        heads.push((ledger.head().await.expect("it can be read"), secret.0));
    }
    assert!(heads.iter().all(|head| *head == heads[0]), "{heads:?}");
}

pub(super) async fn a_ledger_is_there_again_after_a_restart(place: Place) {
    let world = place.world().await;
    let desk = world.mmg().await;
    let placement = world.placement(&[span(DOCTOR, "08:00", 0, 20)]);
    let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
    let answer = world.execute(&desk, &envelope).await;
    let (head, secret) = (
        world.head().await,
        world.ledger.token_secret().await.expect("it can be read"),
    );
    let now = world.now + chrono::Duration::hours(1);
    drop(world);
    // Another birth is offered, but the ledger has been born already.
    let again = connect(&place, &born(1)).await.expect("it is a ledger");
    assert_eq!(again.head().await.expect("it can be read"), head);
    assert_eq!(again.token_secret().await.expect("it can be read"), secret);
    assert_eq!(
        again.execute(desk.desk.id, &envelope, now).await.expect("it works"),
        answer
    );
    assert!(again.verify().await.expect("it can be read").is_sound());
}

pub(super) async fn a_later_version_is_not_touched(place: Place) {
    drop(place.process().await);
    let other = place.client().await;
    other
        .execute("INSERT INTO migrations (version) VALUES (1000)", &[])
        .await
        .expect("it works");
    let refused = connect(&place, &born(1)).await.err().expect("it is of a later version");
    let LedgerError::Storage(source) = refused else {
        panic!("not to be tried again: {refused:?}");
    };
    assert!(source.to_string().contains("1000"), "{source}");
}

pub(super) async fn the_databases_time_is_that_of_every_process(place: Place) {
    let (world, timed) = (place.world().await, place.timed_process().await);
    let desk = world.mmg().await;
    let client = place.client().await;
    let clock = async || -> chrono::DateTime<chrono::Utc> {
        client
            .query_one("SELECT clock_timestamp()", &[])
            .await
            .expect("it works")
            .get(0)
    };
    // The clock of this process is wrong by years, and nothing follows from it.
    let before = clock().await;
    let placement = world.placement(&[span(CLINIC, "08:00", 0, 20)]);
    let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
    let answer = timed
        .execute(desk.desk.id, &envelope, time("1999-01-01T00:00:00Z"))
        .await;
    let settled = settled(answer.expect("it works"));
    assert!(before <= settled.at && settled.at <= clock().await, "{:?}", settled.at);
}

pub(super) async fn random_sequences_keep_every_invariant(place: Place) {
    many(place, |runner, play| {
        let tried = runner.run(&sequences(30), |all| {
            play(Box::new(|world| {
                Box::pin(async move { whatever_happens_the_ledger_stays_sound(&world, all).await })
            }));
            Ok(())
        });
        tried.expect("no sequence breaks an invariant");
    })
    .await;
}

pub(super) async fn random_sequences_keep_every_promise(place: Place) {
    many(place, |runner, play| {
        let tried = runner.run(&promises::sequences(40), |all| {
            play(Box::new(|world| {
                Box::pin(async move { promises::whatever_happens_promises_are_kept(&world, all).await })
            }));
            Ok(())
        });
        tried.expect("no sequence breaks a promise");
    })
    .await;
}

type World = crate::ledger::conformance::fixture::World<PostgresLedger>;
/// Plays one sequence on a world of its own.
type Play<'a> = &'a dyn Fn(Box<dyn FnOnce(World) -> Pin<Box<dyn Future<Output = ()>>>>);

/// One sequence may leave what the next would meet: each has a schema of its own.
async fn many(place: Place, run: fn(&mut TestRunner, Play<'_>)) {
    let runtime = tokio::runtime::Handle::current();
    let work = move || {
        let cases = std::cell::Cell::new(0);
        let mut runner = TestRunner::new(Config {
            cases: 8,
            failure_persistence: None,
            ..Config::default()
        });
        run(&mut runner, &|play| {
            cases.set(cases.get() + 1);
            let schema = format!("case{}", cases.get());
            runtime.block_on(async {
                let client = place.client().await;
                client
                    .batch_execute(&format!("CREATE SCHEMA {schema}"))
                    .await
                    .expect("it is new");
                let ledger = connect(&place.in_schema(&schema), &born(1)).await.expect("it is empty");
                play(World::new(ledger).await).await;
            });
        });
    };
    tokio::task::spawn_blocking(work).await.expect("no panic");
}
