//! Claims: one for a place, exactly where it was asked for.

use std::sync::Arc;

use lanterna_model::access::Channel;
use lanterna_model::booking::Appointment;
use lanterna_model::priority::Priority;
use lanterna_wire::hold::ConflictReason;
use lanterna_wire::operation::Action;
use lanterna_wire::outcome::{Outcome, RejectReason};

use super::fixture::*;
use crate::ledger::Ledger;

const RACERS: usize = 8;

pub(crate) async fn of_racing_claims_exactly_one_is_confirmed<L: Ledger>(world: &World<L>) {
    for clock in ["08:00", "08:20", "08:40", "09:00", "09:20"] {
        let wanted = span(DOCTOR, clock, 0, 20);
        let mut racers = Vec::new();
        for _ in 0..RACERS {
            let desk = world.mmg().await;
            let placement = world.placement(&[wanted]);
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
                other => assert_eq!(lost(&other), [ConflictReason::Taken]),
            }
        }
        assert_eq!(confirmed, 1, "at {clock}");
    }
}

pub(crate) async fn several_appointments_are_had_all_or_none<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let (taken, other) = (span(CLINIC, "09:00", 1, 20), span(CLINIC, "09:00", 2, 20));
    world.book(&desk, world.placement(&[taken])).await;
    let (.., outcome) = world.book(&desk, world.placement(&[other, taken])).await;
    let Outcome::Conflict { lost } = outcome else {
        panic!("one of the places is taken")
    };
    assert_eq!(lost.iter().map(|lost| lost.span).collect::<Vec<_>>(), [taken]);
    assert!(world.is_free(&other).await);
    let both = [other, span(DOCTOR, "09:00", 0, 20)];
    assert_eq!(world.book(&desk, world.placement(&both)).await.2, Outcome::Confirmed);
    assert!(!world.is_free(&both[0]).await && !world.is_free(&both[1]).await);
}

pub(crate) async fn only_the_exact_slot_is_booked<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let missing = [
        span(DOCTOR, "08:10", 0, 20),
        span(DOCTOR, "08:00", 1, 20),
        span(DOCTOR, "08:00", 0, 25),
        span(DOCTOR, "11:40", 0, 40),
        span(DOCTOR, "07:40", 0, 20),
        // Long enough for no visit.
        span(SAME_DOCTOR, "08:00", 0, 15),
        span(lanterna_model::ids::ScheduleId(99), "08:00", 0, 20),
    ];
    for span in missing {
        let (.., outcome) = world.book(&desk, world.placement(&[span])).await;
        assert_eq!(lost(&outcome), [ConflictReason::NoSuchSlot], "{span:?}");
    }
    let mut later = span(DOCTOR, "08:00", 0, 20);
    later.revision = 7;
    assert_eq!(world.book(&desk, world.placement(&[later])).await.2, Outcome::Confirmed);
}

pub(crate) async fn two_agendas_of_one_doctor_never_overlap<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    assert_eq!(
        world
            .book(&desk, world.placement(&[span(DOCTOR, "08:20", 0, 20)]))
            .await
            .2,
        Outcome::Confirmed
    );
    // 08:15 to 08:30 and 08:30 to 08:45 both touch 08:20 to 08:40.
    for clock in ["08:15", "08:30"] {
        let wanted = span(SAME_DOCTOR, clock, 0, 15);
        assert!(!world.is_free(&wanted).await);
        let placement = world.placement_of(EXAMINATION, Some(Priority::P), &[wanted]);
        assert_eq!(lost(&world.book(&desk, placement).await.2), [ConflictReason::Taken]);
    }
    let after = world.placement_of(EXAMINATION, Some(Priority::P), &[span(SAME_DOCTOR, "08:45", 0, 15)]);
    assert_eq!(world.book(&desk, after).await.2, Outcome::Confirmed);
}

pub(crate) async fn a_line_has_one_live_booking_whoever_made_it<L: Ledger>(world: &World<L>) {
    let (one, other) = (world.mmg().await, world.desk(Channel::Pharmacy).await);
    let first = world.placement(&[span(CLINIC, "08:00", 0, 20), span(CLINIC, "08:20", 0, 20)]);
    assert_eq!(world.book(&one, first.clone()).await.2, Outcome::Confirmed);
    let mut again = first;
    again.appointments.truncate(1);
    again.appointments[0].span = span(CLINIC, "10:00", 0, 20);
    let (.., outcome) = world.book(&other, again).await;
    assert_eq!(outcome, rejected(RejectReason::AlreadyBooked));
    assert!(world.is_free(&span(CLINIC, "10:00", 0, 20)).await);
}

pub(crate) async fn racing_bookings_of_one_line_give_one_booking<L: Ledger>(world: &World<L>) {
    let placement = world.placement(&[span(CLINIC, "08:00", 0, 20)]);
    let mut racers = Vec::new();
    for clock in ["08:00", "08:20", "08:40", "09:00", "09:20", "09:40"] {
        let desk = world.mmg().await;
        let mut mine = placement.clone();
        mine.appointments[0].span = span(CLINIC, clock, 0, 20);
        let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(mine)));
        let (ledger, now) = (Arc::clone(&world.ledger), world.now);
        racers.push(tokio::spawn(async move {
            ledger.execute(desk.desk.id, &envelope, now).await
        }));
    }
    let mut confirmed = 0;
    for racer in racers {
        match outcome(racer.await.expect("no panic").expect("the ledger works")) {
            Outcome::Confirmed => confirmed += 1,
            other => assert_eq!(other, rejected(RejectReason::AlreadyBooked)),
        }
    }
    assert_eq!(confirmed, 1);
}

pub(crate) async fn the_hour_that_autumn_repeats_holds_distinct_slots<L: Ledger>(world: &World<L>) {
    // 2026-10-25: 02:00 to 03:00 in Italy comes twice, from 00:00 to 02:00 in UTC.
    let night = session(minute("2026-10-25T00:00:00Z"), 20, 6, 1);
    world
        .ledger
        .publish(CLINIC, &[night], world.now)
        .await
        .expect("it fits");
    let desk = world.mmg().await;
    for clock in ["00:20", "01:20"] {
        let mut wanted = span(CLINIC, "00:00", 0, 20);
        wanted.start = minute(&format!("2026-10-25T{clock}:00Z"));
        assert_eq!(wanted.start.rome().format("%H:%M").to_string(), "02:20");
        assert_eq!(
            world.book(&desk, world.placement(&[wanted])).await.2,
            Outcome::Confirmed
        );
        assert!(!world.is_free(&wanted).await);
    }
    let found = world.ledger.verify().await.expect("the ledger can be read");
    assert_eq!(found.slots.booked, 2);
}

pub(crate) async fn a_longer_service_takes_slots_in_a_row<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    // A visit of 20 minutes needs two slots of 15.
    assert_eq!(
        world
            .book(&desk, world.placement(&[span(SAME_DOCTOR, "09:00", 0, 30)]))
            .await
            .2,
        Outcome::Confirmed
    );
    for (clock, free) in [("08:45", true), ("09:00", false), ("09:15", false), ("09:30", true)] {
        assert_eq!(world.is_free(&span(SAME_DOCTOR, clock, 0, 15)).await, free, "{clock}");
    }
}

pub(crate) async fn overlapping_appointments_of_one_booking_are_a_conflict<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let same = span(DOCTOR, "08:00", 0, 20);
    let (.., outcome) = world.book(&desk, world.placement(&[same, same])).await;
    assert_eq!(lost(&outcome), [ConflictReason::Taken]);
    let mut twice = world.placement(&[same]);
    let again = Appointment {
        span: span(CLINIC, "08:00", 0, 20),
        ..twice.appointments[0].clone()
    };
    twice.appointments.push(again);
    assert_eq!(world.book(&desk, twice).await.2, rejected(RejectReason::Malformed));
    assert!(world.is_free(&same).await);
}
