//! What the database cannot do, and what somebody did behind the ledger's back.

use std::time::Duration;

use lanterna_wire::operation::{Action, Envelope};
use lanterna_wire::outcome::Outcome;

use super::{Place, birth};
use crate::ledger::conformance::fixture::*;
use crate::ledger::{Ledger, LedgerError, PostgresLedger};
use crate::scratch::Scratch;

/// A process that does not wait long.
async fn impatient(place: &Place) -> PostgresLedger {
    let settings = Scratch::settings(&place.0).expect("a scratch address");
    PostgresLedger::connect(settings.waiting(Duration::from_millis(200)), &birth())
        .await
        .expect("the database is there")
}

fn booking(world: &World<PostgresLedger>, desk: &TestDesk, clock: &str) -> Envelope {
    let placement = world.placement(&[span(DOCTOR, clock, 0, 20)]);
    world.envelope(desk, &desk.number(), None, Action::Book(Box::new(placement)))
}

pub(super) async fn what_others_keep_locked_is_busy_and_not_stored(place: Place) {
    let (world, impatient) = (place.world().await, impatient(&place).await);
    let desk = world.mmg().await;
    let envelope = booking(&world, &desk, "08:00");
    let other = place.client().await;
    other
        .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(27002, (1 - 2147483648)::integer)")
        .await
        .expect("the lock is free");
    let answer = impatient.execute(desk.desk.id, &envelope, world.now).await;
    assert!(matches!(answer, Err(LedgerError::Busy(_))), "{answer:?}");
    let found = impatient.verify().await.expect("it can be read");
    assert_eq!((found.operations, found.live, found.faults), (0, 0, Vec::new()));
    other.batch_execute("ROLLBACK").await.expect("it works");
    assert_eq!(outcome(world.execute(&desk, &envelope).await), Outcome::Confirmed);
}

pub(super) async fn a_transaction_that_lost_its_line_leaves_nothing(place: Place) {
    let world = place.world().await;
    let desk = world.mmg().await;
    let envelope = booking(&world, &desk, "08:00");
    let other = place.client().await;
    other
        .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(27002, (1 - 2147483648)::integer)")
        .await
        .expect("the lock is free");
    // By another connection: within a transaction activity is told as it was when first asked for.
    let onlooker = place.client().await;
    let cut = async {
        // Once it waits for the lock, its line is cut.
        let waiting = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while onlooker.query(waiting, &[]).await.expect("it works").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let (answer, ()) = tokio::join!(world.ledger.execute(desk.desk.id, &envelope, world.now), cut);
    assert!(matches!(answer, Err(LedgerError::Busy(_))), "{answer:?}");
    other.batch_execute("ROLLBACK").await.expect("it works");
    assert_eq!(world.ledger.verify().await.expect("it can be read").operations, 0);
    assert_eq!(outcome(world.execute(&desk, &envelope).await), Outcome::Confirmed);
    world.is_sound().await;
}

pub(super) async fn a_crossed_pair_of_transactions_begins_anew(place: Place) {
    let world = place.world().await;
    let desk = world.mmg().await;
    let envelope = booking(&world, &desk, "08:00");
    let (number, id) = {
        let placement = world.placement(&[span(CLINIC, "08:00", 0, 20)]);
        let (number, id, _) = world.book(&desk, placement).await;
        (number, id)
    };
    let ending = world.envelope(&desk, &number, Some(id), cancel());
    // Somebody has the resource and wants the booking, while the ledger has the booking and wants
    // the resource: one of them is ended by the server. Whichever it is, the ledger gets through.
    let (other, onlooker) = (place.client().await, place.client().await);
    let cross = async {
        other
            .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(27002, (3 - 2147483648)::integer)")
            .await
            .expect("the lock is free");
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while onlooker.query(waiting, &[]).await.expect("it works").is_empty() {
            tokio::task::yield_now().await;
        }
        let crossed = other.execute("UPDATE bookings SET state = state", &[]).await;
        let over = if crossed.is_ok() { "COMMIT" } else { "ROLLBACK" };
        other.batch_execute(over).await.expect("it works");
    };
    let (answer, ()) = tokio::join!(world.ledger.execute(desk.desk.id, &ending, world.now), cross);
    assert_eq!(outcome(answer.expect("it gets through")), Outcome::Confirmed);
    assert_eq!(outcome(world.execute(&desk, &envelope).await), Outcome::Confirmed);
    world.is_sound().await;
}

pub(super) async fn a_process_that_waits_for_ever_is_not_waited_for(place: Place) {
    let world = place.world().await;
    let desk = world.mmg().await;
    // A process froze while it had the lock of those who number.
    let frozen = place.client().await;
    frozen
        .batch_execute("SET idle_in_transaction_session_timeout = 300; BEGIN; LOCK TABLE sequencer IN EXCLUSIVE MODE")
        .await
        .expect("the lock is free");
    let envelope = booking(&world, &desk, "08:00");
    assert_eq!(outcome(world.execute(&desk, &envelope).await), Outcome::Confirmed);
    // Every connection of the ledger itself is under such a bound.
    let books = world
        .ledger
        .begin(crate::ledger::postgres::Purpose::Read)
        .await
        .expect("it works");
    let row = books
        .one("SELECT current_setting('idle_in_transaction_session_timeout')", &[])
        .await
        .expect("it works");
    assert_eq!(row.get::<_, &str>(0), "10s");
    books.roll_back().await.expect("it works");
}

pub(super) async fn a_claim_cannot_be_doubled_even_behind_the_ledgers_back(place: Place) {
    let world = place.world().await;
    let desk = world.mmg().await;
    world
        .book(&desk, world.placement(&[span(DOCTOR, "08:00", 0, 20)]))
        .await;
    let other = place.client().await;
    let doubled = other
        .execute(
            "INSERT INTO claims (resource, cell, place, kind, owner) SELECT resource, cell, place, 3, 99 FROM claims",
            &[],
        )
        .await;
    assert!(doubled.is_err());
}

pub(super) async fn a_check_finds_what_is_wrong(place: Place) {
    let world = place.world().await;
    let desk = world.mmg().await;
    world
        .book(&desk, world.placement(&[span(DOCTOR, "08:00", 0, 20)]))
        .await;
    place
        .client()
        .await
        .batch_execute(
            "DELETE FROM claims WHERE cell = (SELECT min(cell) FROM claims);
             INSERT INTO claims VALUES (9, 9, 0, 3, 77);
             DELETE FROM live_lines;
             UPDATE feed SET payload = '\\x00' WHERE seq = 2",
        )
        .await
        .expect("it works");
    let found = world.ledger.verify().await.expect("it can be read");
    let words: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
    for part in [
        "cells are missing",
        "belong to nobody",
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
