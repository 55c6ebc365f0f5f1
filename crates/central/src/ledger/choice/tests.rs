//! The rules by which places are chosen.

use lanterna_model::ids::{ResourceId, ServiceCode};
use lanterna_model::schedule::PublishedSession;
use proptest::prelude::*;

use super::*;
use crate::ledger::conformance::fixture::{self, CLINIC, VISIT, minute};
use crate::ledger::slots::cell_of;
use crate::ledger::stored::Tickets;

fn want(bookings: u16) -> Want {
    Want {
        service: ServiceCode::parse(VISIT).unwrap(),
        class: Some(Priority::P),
        bookings,
    }
}

fn start() -> Minute {
    minute("2026-03-10T08:00:00Z")
}

fn stored(schedule: ScheduleId, step: u16, slots: u16, places: u16, closed: Vec<u8>) -> StoredSession {
    StoredSession {
        schedule,
        published: PublishedSession {
            start: start(),
            step,
            slots,
            places,
            closed,
        },
        revision: 1,
        released: 0,
    }
}

fn facts(schedule: ScheduleId, session: StoredSession, mut claims: Vec<ClaimedCell>) -> ScheduleFacts {
    claims.sort_by_key(|claim| (claim.cell, claim.place));
    ScheduleFacts {
        schedule: fixture::schedule(schedule, 3),
        channels: Channels::ALL,
        sessions: vec![session],
        claims,
        tickets: Tickets::new(),
    }
}

fn claim(minutes: i32, place: u16, kind: Kind) -> ClaimedCell {
    ClaimedCell {
        cell: cell_of(start().plus(minutes)),
        place,
        kind,
    }
}

#[test]
fn shares_follow_the_bookings_and_every_want_gets_one() {
    let wants = [want(60), want(30), want(0)];
    let wants: Vec<&Want> = wants.iter().collect();
    assert_eq!(shares(24, &wants), [16, 7, 1]);
    assert_eq!(shares(3, &wants), [1, 1, 1]);
    assert_eq!(shares(2, &wants), [1, 1, 0]);
    assert_eq!(shares(0, &wants), [0, 0, 0]);
    assert_eq!(shares(5, &[]), [0; 0]);
}

#[test]
fn a_want_that_comes_twice_counts_once() {
    let named = [want(3), want(9)];
    assert_eq!(wants(&named, &LeasePolicy::default()).len(), 1);
    let policy = LeasePolicy {
        starters: vec![want(1)],
        ..LeasePolicy::default()
    };
    assert_eq!(wants(&[], &policy), [&policy.starters[0]]);
    assert_eq!(wants(&named, &policy), [&named[0]]);
}

#[test]
fn nearer_bands_go_first_and_what_is_out_of_reach_never() {
    let at = |km: f64| Coordinates {
        lat: 44.0 + km / 111.2,
        lon: 9.0,
    };
    let offer = |schedule: u32, leased| Offer {
        schedule: ScheduleId(schedule),
        location: LocationId(schedule),
        channels: Channels::ALL,
        leased,
    };
    let whereabouts = |location: LocationId| Some(at([0.0, 35.0, 8.0, 12.0, 3.0, 50.0, 1.0][location.0 as usize]));
    let offers = [
        offer(1, 0),
        offer(2, 0),
        offer(3, 0),
        offer(4, 3),
        offer(5, 0),
        offer(6, 4),
    ];
    let order = |own: ScheduleId| {
        let policy = LeasePolicy::default();
        let asking = (DeskId(1), Channel::Mmg);
        let own = |schedule| if schedule == own { 2 } else { 0 };
        let bands = bands(&offers, &policy, asking, Some(&at(0.0)), whereabouts, own);
        bands
            .iter()
            .map(|band| band.iter().map(|it| it.0).collect())
            .collect::<Vec<Vec<u32>>>()
    };
    // 3 and 8 km; 12 km; 35 km. 50 km is too far, and schedule 6 has all the leases it may have.
    assert_eq!(order(ScheduleId(0)), [vec![4, 2], vec![3], vec![1]]);
    // Where the desk has its two already it gets no third.
    assert_eq!(order(ScheduleId(2)), [vec![4], vec![3], vec![1]]);
}

#[test]
fn desks_that_do_not_say_where_they_are_look_elsewhere_first() {
    let offers: Vec<Offer> = (0..100)
        .map(|schedule| Offer {
            schedule: ScheduleId(schedule),
            location: LocationId(1),
            channels: Channels::ALL,
            leased: 0,
        })
        .collect();
    let first = |desk| {
        let asking = (DeskId(desk), Channel::Mmg);
        bands(&offers, &LeasePolicy::default(), asking, None, |_| None, |_| 0)[0][0]
    };
    assert_eq!((first(7), first(93)), (ScheduleId(7), ScheduleId(93)));
    let unseen = bands(
        &offers,
        &LeasePolicy::default(),
        (DeskId(1), Channel::Web),
        None,
        |_| None,
        |_| 2,
    );
    assert!(unseen.is_empty());
}

#[test]
fn the_last_run_that_is_long_enough_is_taken() {
    // Six slots of 15 minutes at two places; a visit of 20 needs two of them.
    let session = stored(CLINIC, 15, 6, 2, vec![0b0000_0000, 0b0000_0100]);
    // The last slot is closed at place 0, the one before it is held at place 1.
    let held = facts(CLINIC, session.clone(), vec![claim(60, 1, Kind::Hold)]);
    let found = last_run(&held, &session, 20, Minute(0)).unwrap();
    assert_eq!((found.start, found.place, found.minutes), (start().plus(45), 0, 30));
    assert_eq!(found.resource, ResourceId(3));
    assert_eq!(last_run(&held, &session, 20, start().plus(46)), None);
    assert_eq!(last_run(&held, &session, 100, Minute(0)), None);
}

proptest! {
    #[test]
    fn shares_give_out_all_there_is_and_no_more(most in 0usize..200, bookings in prop::collection::vec(0u16..500, 1..24)) {
        let wants: Vec<Want> = bookings.iter().map(|bookings| want(*bookings)).collect();
        let wants: Vec<&Want> = wants.iter().collect();
        let shares = shares(most, &wants);
        prop_assert_eq!(shares.iter().sum::<usize>(), most);
        prop_assert!(shares.iter().filter(|share| **share == 0).count() == wants.len().saturating_sub(most));
    }

    #[test]
    fn places_are_set_aside_only_within_every_ceiling(
        slots in 1u16..30, places in 1u16..4, closed in prop::collection::vec(any::<u8>(), 0..8),
        taken in prop::collection::vec((0i32..600, 0u16..4, 1u8..4), 0..30),
        minutes in 5u16..60, share in 0u8..=100, left in 0u16..10,
    ) {
        let session = stored(CLINIC, 20, slots, places, closed);
        let claims = taken.iter().map(|(at, place, kind)| claim(*at, *place, Kind::from_code(*kind).unwrap())).collect();
        let policy = LeasePolicy { share_percent: share, minimum_left: left, ..LeasePolicy::default() };
        let mut facts = facts(CLINIC, session.clone(), claims);
        facts.claims.dedup_by_key(|claim| (claim.cell, claim.place));
        // As long as places are to be had they are taken, one after the other.
        for _ in 0..100 {
            let Some(span) = last_run(&facts, &session, minutes, Minute(0)) else { break };
            if !leaves_enough(&policy, std::slice::from_ref(&facts), &span) { break }
            prop_assert!(opens_enough(&policy, &session));
            prop_assert!(span.minutes >= minutes && span.minutes % 20 == 0);
            let (first, end) = span.cells();
            for cell in first..end {
                let claim = ClaimedCell { cell, place: span.place, kind: Kind::Lease };
                prop_assert!(!facts.claims.iter().any(|it| (it.cell, it.place) == (cell, span.place)));
                facts.claims.push(claim);
            }
            facts.claims.sort_by_key(|claim| (claim.cell, claim.place));
            let counts = session.count(facts.claims.iter().copied());
            prop_assert!(counts.free >= u64::from(left));
            prop_assert!(counts.leased * 100 <= (counts.sum() - counts.closed) * u64::from(share));
        }
    }
}
