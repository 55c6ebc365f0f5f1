//! Leases and time: they end by a sweep alone, and not for what the central missed (rule 4).

use chrono::{DateTime, Duration, Utc};
use lanterna_model::access::Channel;
use lanterna_wire::outcome::Outcome;
use lanterna_wire::status::ServiceState;
use lanterna_wire::stock::Lease;

use super::fixture::*;
use super::leasing::*;
use crate::ledger::{LeasePolicy, Ledger};

/// A desk with a lease that is over soon, and when.
async fn soon_over<L: Ledger>(world: &World<L>) -> (TestDesk, Lease, DateTime<Utc>) {
    let (desk, _, got) = world.stocked().await;
    let policy = LeasePolicy {
        drain_minutes: 10,
        ..sparing()
    };
    world.decide_on_leases(&policy).await;
    let lease = got.on(CLINIC).clone();
    let over = world.now + Duration::seconds(i64::from(lease.honour_for_seconds));
    (desk, lease, over)
}

/// The central serves from one instant to another and sweeps as it does; how many leases lapsed.
async fn serve<L: Ledger>(world: &World<L>, from: DateTime<Utc>, until: DateTime<Utc>) -> usize {
    let (mut at, mut lapsed) = (from, 0);
    while at < until {
        lapsed += world.sweep_at(at).await;
        at += Duration::seconds(50);
    }
    lapsed + world.sweep_at(until).await
}

async fn state<L: Ledger>(world: &World<L>, state: ServiceState, at: DateTime<Utc>) {
    world
        .ledger
        .set_service_state(Channel::Mmg, state, at)
        .await
        .expect("the ledger works");
}

pub(crate) async fn a_lease_that_nobody_used_is_free_at_honour_until<L: Ledger>(world: &World<L>) {
    let (_, lease, over) = soon_over(world).await;
    let before = over - Duration::seconds(1);
    world.sweep_at(before - Duration::seconds(20)).await;
    assert_eq!(world.sweep_at(before).await, 0);
    assert!(!world.is_free(&lease.span).await);
    let head = world.head().await;
    assert!(world.sweep_at(over).await > 0);
    assert!(world.is_free(&lease.span).await);
    // The feed says so (rule 24), and the report what it cost.
    assert_ne!(world.head().await, head);
    let report = world.ledger.lease_report(over).await.expect("it can be read");
    assert!(report.classes[0].lapsed > 0);
    assert!(report.classes[0].unused_minutes > 26 * 60);
}

pub(crate) async fn a_silence_of_the_central_gives_leases_their_time_back<L: Ledger>(world: &World<L>) {
    let (desk, lease, over) = soon_over(world).await;
    world.sweep_at(over - Duration::seconds(70)).await;
    // Longer than a minute without a sweep: it was away, and everybody had the time to book.
    let back = over + Duration::hours(30);
    assert_eq!(world.sweep_at(back).await, 0);
    assert!(!world.is_free(&lease.span).await);
    let last = back + Duration::seconds(599);
    assert_eq!(serve(world, back, last).await, 0);
    assert_eq!(
        world.book_at(&desk, world.leased(&[&lease]), last).await,
        Outcome::Confirmed
    );
}

pub(crate) async fn what_was_not_sent_in_time_after_an_outage_is_over<L: Ledger>(world: &World<L>) {
    let (_, lease, over) = soon_over(world).await;
    world.sweep_at(over - Duration::seconds(70)).await;
    let back = over + Duration::hours(30);
    assert!(serve(world, back, back + Duration::minutes(10)).await > 0);
    assert!(world.is_free(&lease.span).await);
}

pub(crate) async fn a_restart_however_short_gives_leases_their_time_back<L: Ledger>(world: &World<L>) {
    let (desk, lease, over) = soon_over(world).await;
    world.sweep_at(over - Duration::seconds(10)).await;
    let back = over + Duration::seconds(5);
    world.ledger.reopen(back).await.expect("the ledger works");
    let last = back + Duration::seconds(599);
    assert_eq!(serve(world, back, last).await, 0);
    assert_eq!(
        world.book_at(&desk, world.leased(&[&lease]), last).await,
        Outcome::Confirmed
    );
}

pub(crate) async fn what_was_over_before_an_outage_stays_over<L: Ledger>(world: &World<L>) {
    let (_, lease, over) = soon_over(world).await;
    world.sweep_at(over - Duration::seconds(20)).await;
    // Over while the central served, though no sweep had come to it yet.
    state(world, ServiceState::Frozen, over + Duration::seconds(2)).await;
    let open = over + Duration::hours(60);
    state(world, ServiceState::Open, open).await;
    assert!(world.sweep_at(open).await > 0);
    assert!(world.is_free(&lease.span).await);
}

pub(crate) async fn nothing_is_over_while_a_channel_is_not_open<L: Ledger>(world: &World<L>) {
    let (desk, lease, over) = soon_over(world).await;
    world.sweep_at(over - Duration::seconds(20)).await;
    state(world, ServiceState::Frozen, over - Duration::seconds(10)).await;
    // A cutover that lasts a weekend, with another channel at work.
    for hours in [1, 20, 60] {
        assert_eq!(world.sweep_at(over + Duration::hours(hours)).await, 0);
    }
    state(world, ServiceState::ReadOnly, over + Duration::hours(61)).await;
    assert_eq!(world.sweep_at(over + Duration::hours(61)).await, 0);
    assert!(!world.is_free(&lease.span).await);
    let open = over + Duration::hours(62);
    state(world, ServiceState::Open, open).await;
    let last = open + Duration::seconds(599);
    assert_eq!(serve(world, open, last).await, 0);
    assert_eq!(
        world.book_at(&desk, world.leased(&[&lease]), last).await,
        Outcome::Confirmed
    );
}

pub(crate) async fn a_channel_that_stayed_open_ends_its_leases_as_ever<L: Ledger>(world: &World<L>) {
    let (_, lease, over) = soon_over(world).await;
    // Another channel was away; family doctors were not.
    world.sweep_at(over - Duration::seconds(20)).await;
    world
        .ledger
        .set_service_state(Channel::Web, ServiceState::Closed, over - Duration::seconds(20))
        .await
        .expect("the ledger works");
    world
        .ledger
        .set_service_state(Channel::Web, ServiceState::Open, over - Duration::seconds(1))
        .await
        .expect("the ledger works");
    assert!(world.sweep_at(over).await > 0);
    assert!(world.is_free(&lease.span).await);
}
