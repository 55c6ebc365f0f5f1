//! Operations are executed once and answered always the same.

use std::sync::Arc;

use lanterna_wire::hold::ConflictReason;
use lanterna_wire::operation::{Action, Envelope};
use lanterna_wire::outcome::{Answer, Outcome, RefusalReason, RejectReason};

use super::fixture::*;
use crate::ledger::{Ledger, Retention};

async fn booking<L: Ledger>(world: &World<L>, desk: &TestDesk, clock: &str) -> Envelope {
    let placement = world.placement(&[span(DOCTOR, clock, 0, 20)]);
    world.envelope(desk, &desk.number(), None, Action::Book(Box::new(placement)))
}

pub(crate) async fn the_same_operation_gets_the_same_answer_word_for_word<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let envelope = booking(world, &desk, "08:00").await;
    let first = world.execute(&desk, &envelope).await;
    let head = world.head().await;
    let much_later = world.now + chrono::Duration::days(60);
    assert_eq!(world.execute_at(&desk, &envelope, much_later).await, first);
    // Whoever carries it: operations are told apart by their id.
    let other = world.mmg().await;
    assert_eq!(world.execute(&other, &envelope).await, first);
    assert_eq!(world.head().await, head);
}

pub(crate) async fn the_same_id_with_other_bytes_is_refused<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let envelope = booking(world, &desk, "08:00").await;
    let first = world.execute(&desk, &envelope).await;
    let other = Envelope {
        body: format!("{} ", envelope.body),
        ..envelope.clone()
    };
    assert_eq!(
        world.execute(&desk, &other).await,
        Answer::Refused {
            reason: RefusalReason::IdReused
        }
    );
    assert_eq!(world.execute(&desk, &envelope).await, first);
}

pub(crate) async fn racing_copies_of_one_operation_execute_once<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let envelope = Arc::new(booking(world, &desk, "08:00").await);
    let before = world.head().await.seq;
    let copies: Vec<_> = (0..8)
        .map(|_| {
            let (ledger, envelope) = (Arc::clone(&world.ledger), Arc::clone(&envelope));
            let (id, now) = (desk.desk.id, world.now);
            tokio::spawn(async move { ledger.execute(id, &envelope, now).await })
        })
        .collect();
    let mut answers = Vec::new();
    for copy in copies {
        answers.push(settled(copy.await.expect("no panic").expect("the ledger works")));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].outcome, Outcome::Confirmed);
    // Two sessions of the doctor were touched, once.
    assert_eq!(world.head().await.seq, before + 2);
}

pub(crate) async fn a_conflict_is_replayed_though_the_place_is_free_again<L: Ledger>(world: &World<L>) {
    let (one, two) = (world.mmg().await, world.mmg().await);
    let (number, id, _) = world.book(&one, world.placement(&[span(DOCTOR, "08:00", 0, 20)])).await;
    let late = booking(world, &two, "08:00").await;
    let conflict = world.execute(&two, &late).await;
    assert_eq!(lost(&outcome(conflict.clone())), [ConflictReason::Taken]);
    assert_eq!(world.cancel(&one, &number, id).await, Outcome::Confirmed);
    assert_eq!(world.execute(&two, &late).await, conflict);
    assert!(world.is_free(&span(DOCTOR, "08:00", 0, 20)).await);
}

pub(crate) async fn what_was_acknowledged_is_never_executed_again<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let envelope = booking(world, &desk, "08:00").await;
    world.execute(&desk, &envelope).await;
    world
        .ledger
        .acknowledge(desk.desk.id, 1)
        .await
        .expect("the desk is there");
    world
        .ledger
        .acknowledge(desk.desk.id, 0)
        .await
        .expect("the mark does not fall");
    world
        .ledger
        .sweep(&Retention::default(), world.now)
        .await
        .expect("the ledger works");
    assert_eq!(world.execute(&desk, &envelope).await, Answer::AlreadyAnswered);
    let mut forged = booking(world, &desk, "09:00").await;
    forged.number = 1;
    assert_eq!(world.execute(&desk, &forged).await, Answer::AlreadyAnswered);
    assert!(world.is_free(&span(DOCTOR, "09:00", 0, 20)).await);
}

pub(crate) async fn an_answer_is_dropped_only_once_it_is_acknowledged<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let envelopes = [
        booking(world, &desk, "08:00").await,
        booking(world, &desk, "08:20").await,
    ];
    let answers = [
        world.execute(&desk, &envelopes[0]).await,
        world.execute(&desk, &envelopes[1]).await,
    ];
    let years_later = world.now + chrono::Duration::days(3000);
    let swept = world
        .ledger
        .sweep(&Retention::default(), years_later)
        .await
        .expect("the ledger works");
    assert_eq!(swept.answers, 0);
    world
        .ledger
        .acknowledge(desk.desk.id, 1)
        .await
        .expect("the desk is there");
    assert_eq!(world.execute(&desk, &envelopes[0]).await, answers[0]);
    let swept = world
        .ledger
        .sweep(&Retention::default(), years_later)
        .await
        .expect("the ledger works");
    assert_eq!(swept.answers, 1);
    assert_eq!(world.execute(&desk, &envelopes[0]).await, Answer::AlreadyAnswered);
    assert_eq!(world.execute(&desk, &envelopes[1]).await, answers[1]);
}

pub(crate) async fn what_cannot_be_read_is_rejected_for_good<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let good = booking(world, &desk, "08:00").await;
    let bodies = [
        String::new(),
        "{".to_owned(),
        "{\"version\":1}".to_owned(),
        good.body.clone(),
        format!("{}{}", good.body, " ".repeat(lanterna_wire::limits::OPERATION_BYTES)),
    ];
    for body in bodies {
        let envelope = Envelope {
            id: world.uuid(),
            number: desk.next_operation(),
            body,
        };
        let answer = world.execute(&desk, &envelope).await;
        assert_eq!(outcome(answer.clone()), rejected(RejectReason::Malformed));
        assert_eq!(world.execute(&desk, &envelope).await, answer);
    }
}

pub(crate) async fn another_version_of_the_body_is_refused_and_not_stored<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let good = booking(world, &desk, "08:00").await;
    let newer = Envelope {
        body: good.body.replacen("\"version\":1", "\"version\":9", 1),
        ..good.clone()
    };
    assert_ne!(newer.body, good.body);
    assert_eq!(
        world.execute(&desk, &newer).await,
        Answer::Refused {
            reason: RefusalReason::Version
        }
    );
    assert_eq!(outcome(world.execute(&desk, &good).await), Outcome::Confirmed);
}
