//! What a ledger that went back must not do before its desks have told it what they have.

use chrono::Duration;
use lanterna_model::ids::LeaseId;
use lanterna_wire::outcome::{Answer, Outcome};

use super::fixture::*;
use super::leasing::*;
use super::recovery::*;
use crate::ledger::{Condition, FenceReason, Grant, KeptLeases, Ledger, LedgerError, Report};

pub(crate) async fn rule_12_nothing_new_of_a_desk_is_done_before_it_has_told<L: Ledger>(world: &World<L>) {
    let (desk, rival) = (world.mmg().await, world.mmg().await);
    let (_, booked) = world.lost_booking(&desk, &[span(DOCTOR, "08:00", 0, 20)]);
    world.begin_recovery().await;
    world.told(&rival, Report::Done).await;
    assert!(world.ledger.write_off(desk.desk.id, world.now).await.expect("it works"));
    assert!(world.condition().await.is_sound());
    // A request that the lost ledger answered comes late: it must not be answered anew.
    assert!(is_waiting(&world.execute(&desk, &booked.envelope).await));
    let request = Life::new(world).next(world, &[], &visits());
    let exchanged = world.ledger.exchange(desk.desk.id, &request, world.now).await;
    assert!(matches!(exchanged, Err(LedgerError::NotOpen(_))));
    let answers = world.restore(&desk, std::slice::from_ref(&booked)).await;
    assert_eq!(answers, [world.execute(&desk, &booked.envelope).await]);
    world.told(&desk, Report::Done).await;
    let got = brought(world.exchange_at(&desk, &request, world.now).await);
    assert!(!got.ids().is_empty());
}

pub(crate) async fn rule_12_a_lease_has_the_later_of_its_terms<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let lease = got.on(CLINIC).clone();
    // Renewed after the backup was taken.
    let grant = world.grant(&desk, &lease);
    let later = Duration::hours(30).num_milliseconds();
    let renewed = Grant {
        book_ms: grant.book_ms + later,
        honour_ms: grant.honour_ms + later,
        ..grant
    };
    world.begin_recovery().await;
    assert_eq!(world.keep(&desk, &life, &[renewed]).await, [lease.id]);
    world.told(&desk, Report::Done).await;
    let again = world.stock(&desk, &mut life, &visits()).await;
    let seconds = i64::from(again.on(CLINIC).honour_for_seconds);
    assert!(
        seconds >= i64::from(lease.honour_for_seconds) + later / 1_000,
        "{seconds}"
    );
}

pub(crate) async fn rule_12_a_lease_waits_for_whoever_may_give_its_place_back<L: Ledger>(world: &World<L>) {
    let (desk, life, got) = world.stocked().await;
    let other = world.mmg().await;
    // In the backup: a booking that its desk cancelled later, after which its place was set aside.
    let place = span(DOCTOR, "10:00", 0, 20);
    let (number, operation, had) = world.book(&other, world.placement(&[place])).await;
    assert_eq!(had, Outcome::Confirmed);
    let cancelled = world.envelope(&other, &number, Some(operation), cancel());
    let cancelled = world.lost(&other, &cancelled, Outcome::Confirmed);
    let grant = world.grant(&desk, got.on(CLINIC));
    let grant = Grant {
        lease: LeaseId(grant.lease.0 + 1_000),
        start: place.start,
        schedule: DOCTOR,
        resource: lanterna_model::ids::ResourceId(1),
        place: 0,
        ..grant
    };
    world.begin_recovery().await;
    let keep = async || {
        let grants = std::slice::from_ref(&grant);
        let kept = world
            .ledger
            .restore_leases(desk.desk.id, life.incarnation, grants, world.now);
        kept.await.expect("the ledger works")
    };
    let waits = KeptLeases {
        leases: Vec::new(),
        waits: true,
    };
    assert_eq!(keep().await, waits);
    world.told(&desk, Report::Heard).await;
    assert!(confirmed(world.restore(&other, &[cancelled]).await));
    world.told(&other, Report::Done).await;
    let kept = KeptLeases {
        leases: vec![grant.lease],
        waits: false,
    };
    assert_eq!(keep().await, kept);
}

pub(crate) async fn rule_12_an_older_lease_yields_to_a_later_one<L: Ledger>(world: &World<L>) {
    let (first, life, got) = world.stocked().await;
    let second = world.mmg().await;
    let older = got.on(CLINIC).clone();
    // After the backup was taken the lost ledger ended the lease, and set the same place aside for another desk.
    let later = Grant {
        lease: LeaseId(older.id.0 + 1_000),
        desk: second.desk.id,
        ..world.grant(&second, &older)
    };
    world.sweep_at(world.now).await;
    world.begin_recovery().await;
    // Its desk did not hear of the end. Meanwhile the ledger was away: by its own clock nothing is over.
    let told = world.grant(&first, &older);
    assert_eq!(world.keep(&first, &life, std::slice::from_ref(&told)).await, [older.id]);
    let other = Life::new(world);
    assert_eq!(
        world.keep(&second, &other, std::slice::from_ref(&later)).await,
        [later.lease]
    );
    assert_eq!(world.keep(&first, &life, &[told]).await, []);
    // One that the backup never knew comes after it.
    let unknown = Grant {
        lease: LeaseId(older.id.0 + 999),
        ..world.grant(&first, &older)
    };
    assert_eq!(world.keep(&first, &life, &[unknown]).await, []);
    assert_eq!(
        world.keep(&second, &other, std::slice::from_ref(&later)).await,
        [later.lease]
    );
}

pub(crate) async fn rule_12_nobody_waits_for_a_revoked_desk<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    world.begin_recovery().await;
    world.told(&desk, Report::Done).await;
    assert!(!world.condition().await.is_sound());
    let voided = world.ledger.revoke(other.desk.id, false, world.now).await;
    assert_eq!(voided.expect("the ledger works"), 0);
    assert!(world.condition().await.is_sound());
}

pub(crate) async fn rule_13_a_ledger_in_recovery_is_fenced_like_any_other<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    world.begin_recovery().await;
    let (head, recovery) = (world.head().await, world.condition().await);
    let reason = FenceReason::Witness {
        seq: head.seq + 1,
        head: head.seq,
    };
    assert!(world.ledger.fence(&reason, world.now).await.expect("it works"));
    assert_eq!(world.ledger.assert_from(desk.desk.id).await.expect("it works"), None);
    assert!(matches!(world.condition().await, Condition::Fenced { .. }));
    // A false alarm: the recovery goes on.
    assert!(world.ledger.lift(world.now).await.expect("it works"));
    assert_eq!(world.condition().await, recovery);
    assert_eq!(world.ledger.assert_from(desk.desk.id).await.expect("it works"), Some(1));
}

pub(crate) async fn rule_14_a_fenced_ledger_takes_no_acknowledgement<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let (_, booked) = world.lost_booking(&desk, &[span(DOCTOR, "08:00", 0, 20)]);
    let reason = FenceReason::Epoch;
    assert!(world.ledger.fence(&reason, world.now).await.expect("it works"));
    // The desk did not hear of it yet, and sends what comes next.
    world.ledger.acknowledge(desk.desk.id, 50).await.expect("it works");
    world.begin_recovery().await;
    assert_eq!(world.ledger.assert_from(desk.desk.id).await.expect("it works"), Some(1));
    let answers = world.restore(&desk, &[booked]).await;
    assert!(matches!(&answers[..], [Answer::Outcome(_)]), "{answers:?}");
}

pub(crate) async fn rule_4_a_fence_ends_no_outage<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    let lease = got.on(CLINIC).clone();
    world.sweep_at(world.now).await;
    // The central was away until after honour-until, and is fenced before it serves again.
    let late = world.now + Duration::seconds(i64::from(lease.honour_for_seconds)) + Duration::hours(1);
    let reason = FenceReason::Epoch;
    assert!(world.ledger.fence(&reason, late).await.expect("it works"));
    assert!(world.ledger.lift(late).await.expect("it works"));
    assert_eq!(world.sweep_at(late).await, 0);
    let placement = world.leased(&[&lease]);
    assert_eq!(world.book_at(&desk, placement, late).await, Outcome::Confirmed);
}
