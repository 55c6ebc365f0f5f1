//! Places kept while an operator confirms.

use chrono::Duration;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest};
use lanterna_wire::operation::Action;
use lanterna_wire::outcome::Outcome;

use super::fixture::*;
use crate::ledger::{Ledger, LedgerError, Retention};

pub(crate) async fn a_hold_keeps_others_out_until_it_expires<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    let wanted = span(DOCTOR, "08:00", 0, 20);
    let (_, reply) = world.hold(&desk, &[wanted]).await;
    assert_eq!(
        reply,
        HoldReply::Held {
            expires_in_seconds: 300
        }
    );
    assert_eq!(refused(&world.hold(&other, &[wanted]).await.1), [ConflictReason::Taken]);
    assert_eq!(
        lost(&world.book(&other, world.placement(&[wanted])).await.2),
        [ConflictReason::Taken]
    );
    // The doctor's other agenda is kept too.
    let overlapping = span(SAME_DOCTOR, "08:15", 0, 15);
    assert_eq!(
        refused(&world.hold(&other, &[overlapping]).await.1),
        [ConflictReason::Taken]
    );
    let placement = world.placement(&[wanted]);
    let late = world.envelope(&other, &other.number(), None, Action::Book(Box::new(placement)));
    let answer = world
        .execute_at(&other, &late, world.now + Duration::seconds(300))
        .await;
    assert_eq!(outcome(answer), Outcome::Confirmed);
}

pub(crate) async fn a_booking_consumes_its_hold<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let wanted = span(DOCTOR, "08:00", 0, 20);
    let (hold, _) = world.hold(&desk, &[wanted]).await;
    let mut placement = world.placement(&[wanted]);
    placement.hold = Some(hold);
    let (number, id, outcome) = world.book(&desk, placement).await;
    assert_eq!(outcome, Outcome::Confirmed);
    assert!(
        !world
            .ledger
            .release_hold(desk.desk.id, hold)
            .await
            .expect("the ledger works")
    );
    assert_eq!(world.cancel(&desk, &number, id).await, Outcome::Confirmed);
    let other = world.mmg().await;
    assert_eq!(
        world.book(&other, world.placement(&[wanted])).await.2,
        Outcome::Confirmed
    );
}

pub(crate) async fn a_hold_of_other_places_is_released_by_the_booking<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let (held, booked) = (span(DOCTOR, "08:00", 0, 20), span(DOCTOR, "09:00", 0, 20));
    let (hold, _) = world.hold(&desk, &[held]).await;
    let mut placement = world.placement(&[booked]);
    placement.hold = Some(hold);
    assert_eq!(world.book(&desk, placement).await.2, Outcome::Confirmed);
    let other = world.mmg().await;
    assert_eq!(world.book(&other, world.placement(&[held])).await.2, Outcome::Confirmed);
    // The hold of another desk is not consumed by naming it.
    let (foreign, _) = world.hold(&other, &[span(DOCTOR, "10:00", 0, 20)]).await;
    let mut thief = world.placement(&[span(DOCTOR, "10:00", 0, 20)]);
    thief.hold = Some(foreign);
    assert_eq!(lost(&world.book(&desk, thief).await.2), [ConflictReason::Taken]);
}

pub(crate) async fn the_same_request_gets_the_same_hold<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    let request = HoldRequest {
        id: world.uuid(),
        spans: vec![span(DOCTOR, "08:00", 0, 20), span(CLINIC, "08:00", 1, 20)],
        priority: None,
        replaces: None,
    };
    world.hold_at(&desk, &request, world.now).await;
    let again = world.hold_at(&desk, &request, world.now + Duration::seconds(100)).await;
    assert_eq!(
        again,
        HoldReply::Held {
            expires_in_seconds: 200
        }
    );
    let mut changed = request.clone();
    changed.spans.pop();
    for (asking, request) in [(&desk, &changed), (&other, &request)] {
        let reply = world.ledger.hold(asking.desk.id, request, HOLD_TIME, world.now).await;
        assert!(matches!(reply, Err(LedgerError::Malformed)));
    }
    changed.spans.clear();
    let empty = world.ledger.hold(desk.desk.id, &changed, HOLD_TIME, world.now).await;
    assert!(matches!(empty, Err(LedgerError::Malformed)));
}

pub(crate) async fn a_hold_replaces_another<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    let (old, new) = (span(DOCTOR, "08:00", 0, 20), span(DOCTOR, "08:20", 0, 20));
    let (first, _) = world.hold(&desk, &[old]).await;
    let request = HoldRequest {
        id: world.uuid(),
        spans: vec![new],
        priority: None,
        replaces: Some(first),
    };
    assert!(matches!(
        world.hold_at(&desk, &request, world.now).await,
        HoldReply::Held { .. }
    ));
    assert!(matches!(world.hold(&other, &[old]).await.1, HoldReply::Held { .. }));
    // One that cannot be had leaves things as they were.
    let greedy = HoldRequest {
        id: world.uuid(),
        spans: vec![old],
        priority: None,
        replaces: Some(request.id),
    };
    assert_eq!(
        refused(&world.hold_at(&desk, &greedy, world.now).await),
        [ConflictReason::Taken]
    );
    assert_eq!(refused(&world.hold(&other, &[new]).await.1), [ConflictReason::Taken]);
}

pub(crate) async fn a_released_hold_is_free_at_once<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    let wanted = span(DOCTOR, "08:00", 0, 20);
    let (hold, _) = world.hold(&desk, &[wanted]).await;
    assert!(
        !world
            .ledger
            .release_hold(other.desk.id, hold)
            .await
            .expect("the ledger works")
    );
    assert!(
        world
            .ledger
            .release_hold(desk.desk.id, hold)
            .await
            .expect("the ledger works")
    );
    assert!(matches!(world.hold(&other, &[wanted]).await.1, HoldReply::Held { .. }));
}

pub(crate) async fn holds_never_enter_the_feed<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let before = world.head().await;
    let wanted = span(DOCTOR, "08:00", 0, 20);
    let (hold, _) = world.hold(&desk, &[wanted]).await;
    assert!(world.is_free(&wanted).await);
    let found = world.ledger.verify().await.expect("the ledger can be read");
    // One slot of 20 minutes, and the two of 15 that it touches in the other agenda.
    assert_eq!((found.slots.held, found.slots.booked), (3, 0));
    world
        .ledger
        .release_hold(desk.desk.id, hold)
        .await
        .expect("the ledger works");
    assert_eq!(world.head().await, before);
    // A booking beside a hold says nothing of it either.
    world.hold(&desk, &[wanted]).await;
    world
        .book(&desk, world.placement(&[span(DOCTOR, "09:00", 0, 20)]))
        .await;
    assert!(world.is_free(&wanted).await);
}

pub(crate) async fn own_holds_stand_in_nobodys_way<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let wanted = [span(DOCTOR, "08:00", 0, 20), span(DOCTOR, "08:20", 0, 20)];
    let (first, _) = world.hold(&desk, &wanted).await;
    assert!(matches!(
        world.hold(&desk, &wanted[..1]).await.1,
        HoldReply::Held { .. }
    ));
    assert!(
        !world
            .ledger
            .release_hold(desk.desk.id, first)
            .await
            .expect("the ledger works")
    );
    assert_eq!(
        world.book(&desk, world.placement(&wanted[..1])).await.2,
        Outcome::Confirmed
    );
}

pub(crate) async fn expired_holds_are_swept_without_a_word<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    world.hold(&desk, &[span(DOCTOR, "08:00", 0, 20)]).await;
    let before = world.head().await;
    let soon = world
        .ledger
        .sweep(&Retention::default(), world.now)
        .await
        .expect("the ledger works");
    assert_eq!(soon.holds, 0);
    let later = world.now + Duration::seconds(300);
    let swept = world
        .ledger
        .sweep(&Retention::default(), later)
        .await
        .expect("the ledger works");
    assert_eq!((swept.holds, swept.more), (1, false));
    assert_eq!(world.head().await, before);
    let found = world.ledger.verify().await.expect("the ledger can be read");
    assert_eq!((found.holds, found.slots.held), (0, 0));
}
