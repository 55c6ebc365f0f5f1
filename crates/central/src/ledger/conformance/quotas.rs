//! Places kept for classes: at most so many, until they are released.

use std::sync::Arc;

use chrono::Duration;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest};
use lanterna_wire::operation::Action;
use lanterna_wire::outcome::Outcome;

use super::fixture::*;
use crate::ledger::{Ledger, Retention};

const ALL: u8 = 0b1_1111;
const WITHOUT_B: u8 = 0b1_1101;

fn slot(clock: &str) -> SlotSpan {
    span(QUOTA, clock, 0, 20)
}

async fn book<L: Ledger>(world: &World<L>, desk: &TestDesk, class: Priority, clock: &str) -> Outcome {
    world
        .book(desk, world.placement_of(VISIT, Some(class), &[slot(clock)]))
        .await
        .2
}

pub(crate) async fn a_class_has_its_quota_and_no_more<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    assert_eq!(world.shown(&slot("08:00")).await.1, ALL);
    assert_eq!(book(world, &desk, Priority::B, "08:00").await, Outcome::Confirmed);
    assert_eq!(world.shown(&slot("08:20")).await, (true, WITHOUT_B));
    assert_eq!(
        lost(&book(world, &desk, Priority::B, "08:20").await),
        [ConflictReason::ClassQuota]
    );
    // Nothing stayed of the attempt, and the other classes go on: two of D, any number of P.
    for (class, clock) in [
        (Priority::D, "08:20"),
        (Priority::D, "08:40"),
        (Priority::P, "09:00"),
        (Priority::P, "09:20"),
    ] {
        assert_eq!(book(world, &desk, class, clock).await, Outcome::Confirmed);
    }
    assert_eq!(
        lost(&book(world, &desk, Priority::D, "09:40").await),
        [ConflictReason::ClassQuota]
    );
    // Another session has a quota of its own.
    let mut elsewhere = slot("08:00");
    elsewhere.start = minute("2026-03-11T08:00:00Z");
    let placement = world.placement_of(VISIT, Some(Priority::B), &[elsewhere]);
    assert_eq!(world.book(&desk, placement).await.2, Outcome::Confirmed);
}

pub(crate) async fn racing_for_the_last_ticket_gives_one_booking<L: Ledger>(world: &World<L>) {
    let mut racers = Vec::new();
    for clock in ["08:00", "08:20", "08:40", "09:00", "09:20", "09:40", "10:00", "10:20"] {
        let desk = world.mmg().await;
        let placement = world.placement_of(VISIT, Some(Priority::B), &[slot(clock)]);
        let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
        let (ledger, now) = (Arc::clone(&world.ledger), world.now);
        racers.push(tokio::spawn(async move {
            ledger.execute(desk.desk.id, &envelope, now).await
        }));
    }
    let mut confirmed = 0;
    for racer in racers {
        match outcome(racer.await.expect("no panic").expect("the ledger works")) {
            Outcome::Confirmed => confirmed += 1,
            other => assert_eq!(lost(&other), [ConflictReason::ClassQuota]),
        }
    }
    assert_eq!(confirmed, 1);
}

pub(crate) async fn a_release_opens_the_rest_to_the_class<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    book(world, &desk, Priority::B, "08:00").await;
    let before = world.head().await.seq;
    let release = time("2026-03-08T08:00:00Z");
    let early = release - Duration::minutes(1);
    world
        .ledger
        .sweep(&Retention::default(), early)
        .await
        .expect("the ledger works");
    // The session of the 3rd was released without a word: no class had run out there.
    assert_eq!(
        (world.head().await.seq, world.shown(&slot("08:20")).await.1),
        (before, WITHOUT_B)
    );
    let swept = world
        .ledger
        .sweep(&Retention::default(), release)
        .await
        .expect("the ledger works");
    assert_eq!((swept.released, swept.more), (1, false));
    assert_eq!(
        (world.head().await.seq, world.shown(&slot("08:20")).await.1),
        (before + 1, ALL)
    );
    assert_eq!(book(world, &desk, Priority::B, "08:20").await, Outcome::Confirmed);
    // Nobody has to wait for the sweeper.
    let mut other = slot("08:00");
    other.start = minute("2026-03-11T08:00:00Z");
    let mut next = other;
    next.start = minute("2026-03-11T08:20:00Z");
    let first = world.placement_of(VISIT, Some(Priority::B), &[other]);
    assert_eq!(world.book(&desk, first).await.2, Outcome::Confirmed);
    let second = world.placement_of(VISIT, Some(Priority::B), &[next]);
    let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(second)));
    let answer = world.execute_at(&desk, &envelope, time("2026-03-09T08:00:00Z")).await;
    assert_eq!(outcome(answer), Outcome::Confirmed);
    assert_eq!(world.shown(&next).await, (false, ALL));
}

pub(crate) async fn a_cancelled_booking_gives_its_ticket_back<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let placement = world.placement_of(VISIT, Some(Priority::B), &[slot("08:00")]);
    let (number, id, _) = world.book(&desk, placement.clone()).await;
    // A move inside the session takes its own ticket along.
    let mut target = placement;
    target.appointments[0].span = slot("10:00");
    let moving = world.envelope(&desk, &number, Some(id), Action::Move(Box::new(target)));
    assert_eq!(outcome(world.execute(&desk, &moving).await), Outcome::Confirmed);
    assert_eq!(world.shown(&slot("08:00")).await, (true, WITHOUT_B));
    assert_eq!(world.cancel(&desk, &number, moving.id).await, Outcome::Confirmed);
    assert_eq!(world.shown(&slot("08:00")).await, (true, ALL));
    assert_eq!(book(world, &desk, Priority::B, "08:20").await, Outcome::Confirmed);
}

pub(crate) async fn a_ticket_given_back_by_a_place_that_is_no_longer_published_is_told<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let placement = world.placement_of(VISIT, Some(Priority::B), &[slot("11:00")]);
    let (number, id, _) = world.book(&desk, placement).await;
    // The session ends before the booked place from now on; its ticket is still taken.
    let mut shorter = four_hours(20, 1);
    for session in &mut shorter {
        session.slots = 3;
    }
    let published = world.ledger.publish(QUOTA, &shorter, world.now).await;
    published.expect("the session fits");
    assert_eq!(world.shown(&slot("08:00")).await, (true, WITHOUT_B));
    let before = world.head().await;
    assert_eq!(world.cancel(&desk, &number, id).await, Outcome::Confirmed);
    // Whoever follows the feed learns that the class may book again.
    assert_ne!(world.head().await, before);
    assert_eq!(world.shown(&slot("08:00")).await, (true, ALL));
}

pub(crate) async fn a_hold_keeps_a_ticket_but_not_in_the_feed<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    let request = HoldRequest {
        id: world.uuid(),
        spans: vec![slot("08:00")],
        priority: Some(Priority::B),
        replaces: None,
    };
    assert!(matches!(
        world.hold_at(&desk, &request, world.now).await,
        HoldReply::Held { .. }
    ));
    assert_eq!(world.shown(&slot("08:00")).await, (true, ALL));
    assert_eq!(
        lost(&book(world, &other, Priority::B, "08:20").await),
        [ConflictReason::ClassQuota]
    );
    let mut placement = world.placement_of(VISIT, Some(Priority::B), &[slot("08:00")]);
    placement.hold = Some(request.id);
    assert_eq!(world.book(&desk, placement).await.2, Outcome::Confirmed);
    assert_eq!(world.shown(&slot("08:20")).await, (true, WITHOUT_B));
}

pub(crate) async fn a_follow_up_needs_no_ticket<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    for clock in ["08:00", "08:20", "08:40"] {
        let placement = world.placement_of(VISIT, None, &[slot(clock)]);
        assert_eq!(world.book(&desk, placement).await.2, Outcome::Confirmed);
    }
    assert_eq!(world.shown(&slot("09:00")).await, (true, ALL));
}
