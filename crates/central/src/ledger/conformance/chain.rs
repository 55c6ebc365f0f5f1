//! Several operations on one booking: book, move, cancel, each naming the one before.

use lanterna_model::access::Channel;
use lanterna_wire::hold::ConflictReason;
use lanterna_wire::operation::{Action, Envelope};
use lanterna_wire::outcome::{Answer, NotYetReason, Outcome, RejectReason};

use super::fixture::*;
use crate::ledger::{Ledger, Retention};

fn waits(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::NotYet {
            reason: NotYetReason::UnknownPredecessor,
            ..
        }
    )
}

pub(crate) async fn an_operation_waits_for_its_predecessor<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let number = desk.number();
    let placement = world.placement(&[span(DOCTOR, "08:00", 0, 20)]);
    let book = world.envelope(&desk, &number, None, Action::Book(Box::new(placement)));
    let cancelling = world.envelope(&desk, &number, Some(book.id), cancel());
    let before = world.head().await;
    assert!(waits(&world.execute(&desk, &cancelling).await));
    assert_eq!(world.head().await, before);
    assert_eq!(outcome(world.execute(&desk, &book).await), Outcome::Confirmed);
    assert_eq!(outcome(world.execute(&desk, &cancelling).await), Outcome::Confirmed);
    assert!(world.is_free(&span(DOCTOR, "08:00", 0, 20)).await);
}

pub(crate) async fn a_move_takes_the_new_place_and_frees_the_old<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let (old, new) = (span(DOCTOR, "08:00", 0, 20), span(CLINIC, "09:00", 2, 20));
    let placement = world.placement(&[old]);
    let (number, id, _) = world.book(&desk, placement.clone()).await;
    let mut target = placement;
    target.appointments[0].span = new;
    let moving = world.envelope(&desk, &number, Some(id), Action::Move(Box::new(target)));
    assert_eq!(outcome(world.execute(&desk, &moving).await), Outcome::Confirmed);
    assert!(world.is_free(&old).await && !world.is_free(&new).await);
}

pub(crate) async fn a_move_that_fails_keeps_the_old_place<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    let (old, taken) = (span(DOCTOR, "08:00", 0, 20), span(CLINIC, "09:00", 2, 20));
    world.book(&other, world.placement(&[taken])).await;
    let placement = world.placement(&[old]);
    let (number, id, _) = world.book(&desk, placement.clone()).await;
    let mut target = placement.clone();
    target.appointments[0].span = taken;
    let moving = world.envelope(&desk, &number, Some(id), Action::Move(Box::new(target)));
    assert_eq!(
        lost(&outcome(world.execute(&desk, &moving).await)),
        [ConflictReason::Taken]
    );
    assert!(!world.is_free(&old).await);
    // The prescription is still used, the place still held: nobody else gets either.
    let mut again = placement;
    again.appointments[0].span = span(CLINIC, "10:00", 0, 20);
    assert_eq!(world.book(&other, again).await.2, rejected(RejectReason::AlreadyBooked));
    assert_eq!(world.cancel(&desk, &number, moving.id).await, Outcome::Confirmed);
    assert!(world.is_free(&old).await);
}

pub(crate) async fn a_move_may_use_its_own_old_place<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let placement = world.placement(&[span(SAME_DOCTOR, "09:00", 0, 30)]);
    let (number, id, _) = world.book(&desk, placement.clone()).await;
    let mut target = placement;
    target.appointments[0].span = span(SAME_DOCTOR, "09:15", 0, 30);
    let moving = world.envelope(&desk, &number, Some(id), Action::Move(Box::new(target)));
    assert_eq!(outcome(world.execute(&desk, &moving).await), Outcome::Confirmed);
    for (clock, free) in [("09:00", true), ("09:15", false), ("09:30", false), ("09:45", true)] {
        assert_eq!(world.is_free(&span(SAME_DOCTOR, clock, 0, 15)).await, free, "{clock}");
    }
}

pub(crate) async fn a_move_after_a_conflict_books_the_target<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    let wanted = span(DOCTOR, "08:00", 0, 20);
    world.book(&other, world.placement(&[wanted])).await;
    let placement = world.placement(&[wanted]);
    let (number, id, first) = world.book(&desk, placement.clone()).await;
    assert_eq!(lost(&first), [ConflictReason::Taken]);
    let mut alternative = placement;
    alternative.appointments[0].span = span(DOCTOR, "08:20", 0, 20);
    let choice = world.envelope(&desk, &number, Some(id), Action::Move(Box::new(alternative)));
    assert_eq!(outcome(world.execute(&desk, &choice).await), Outcome::Confirmed);
    assert_eq!(world.cancel(&desk, &number, choice.id).await, Outcome::Confirmed);
}

pub(crate) async fn a_cancellation_frees_places_and_lines<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.desk(Channel::CallCentre).await);
    let placement = world.placement(&[span(CLINIC, "08:00", 0, 20), span(DOCTOR, "09:00", 0, 20)]);
    let (number, id, _) = world.book(&desk, placement.clone()).await;
    assert_eq!(world.cancel(&desk, &number, id).await, Outcome::Confirmed);
    assert_eq!(world.book(&other, placement).await.2, Outcome::Confirmed);
}

pub(crate) async fn a_cancelled_booking_stays_cancelled<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let placement = world.placement(&[span(CLINIC, "08:00", 0, 20)]);
    let (number, id, _) = world.book(&desk, placement.clone()).await;
    let cancelling = world.envelope(&desk, &number, Some(id), cancel());
    world.execute(&desk, &cancelling).await;
    assert_eq!(
        world.cancel(&desk, &number, cancelling.id).await,
        rejected(RejectReason::AlreadyCancelled)
    );
    let moving = world.envelope(&desk, &number, Some(cancelling.id), Action::Move(Box::new(placement)));
    assert_eq!(
        outcome(world.execute(&desk, &moving).await),
        rejected(RejectReason::AlreadyCancelled)
    );
}

pub(crate) async fn a_chain_goes_on_after_its_answers_were_dropped<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let (number, id, _) = world
        .book(&desk, world.placement(&[span(CLINIC, "08:00", 0, 20)]))
        .await;
    world
        .ledger
        .acknowledge(desk.desk.id, 1)
        .await
        .expect("the desk is there");
    let swept = world
        .ledger
        .sweep(&Retention::default(), world.now)
        .await
        .expect("the ledger works");
    assert_eq!(swept.answers, 1);
    assert_eq!(world.cancel(&desk, &number, id).await, Outcome::Confirmed);
}

pub(crate) async fn no_desk_touches_the_booking_of_another<L: Ledger>(world: &World<L>) {
    let (owner, thief) = (world.mmg().await, world.mmg().await);
    let placement = world.placement(&[span(CLINIC, "08:00", 0, 20)]);
    let (number, id, _) = world.book(&owner, placement).await;
    let target = world.placement(&[span(CLINIC, "09:00", 0, 20)]);
    for action in [
        cancel(),
        Action::Move(Box::new(target.clone())),
        Action::Book(Box::new(target.clone())),
    ] {
        let envelope = world.envelope(&thief, &number, Some(id), action);
        assert_eq!(
            outcome(world.execute(&thief, &envelope).await),
            rejected(RejectReason::UnknownBooking)
        );
    }
    // The same where no such booking exists: the answer tells nothing.
    let unused = owner.number();
    let envelope = world.envelope(&thief, &unused, None, Action::Book(Box::new(target)));
    assert_eq!(
        outcome(world.execute(&thief, &envelope).await),
        rejected(RejectReason::UnknownBooking)
    );
    assert_eq!(world.cancel(&owner, &number, id).await, Outcome::Confirmed);
}

pub(crate) async fn a_booking_number_is_used_once<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let (number, id, _) = world
        .book(&desk, world.placement(&[span(CLINIC, "08:00", 0, 20)]))
        .await;
    let second = Action::Book(Box::new(world.placement(&[span(CLINIC, "09:00", 0, 20)])));
    for previous in [None, Some(id)] {
        let envelope = world.envelope(&desk, &number, previous, second.clone());
        assert_eq!(
            outcome(world.execute(&desk, &envelope).await),
            rejected(RejectReason::Malformed)
        );
    }
    let orphan = world.envelope(&desk, &desk.number(), None, cancel());
    assert_eq!(
        outcome(world.execute(&desk, &orphan).await),
        rejected(RejectReason::UnknownBooking)
    );
}

pub(crate) async fn what_has_begun_is_not_moved_or_cancelled<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let placement = world.placement(&[span(CLINIC, "08:00", 0, 20)]);
    let (number, id, _) = world.book(&desk, placement).await;
    let cancelling = world.envelope(&desk, &number, Some(id), cancel());
    let late: Envelope = cancelling.clone();
    let answer = world.execute_at(&desk, &late, time("2026-03-10T08:01:00Z")).await;
    assert_eq!(outcome(answer), rejected(RejectReason::InThePast));
    assert!(!world.is_free(&span(CLINIC, "08:00", 0, 20)).await);
}
