//! Leases and operations: what was promised on a live lease is confirmed, and nothing else is promised
//! (rules 1 to 11 of PROTOCOL.md, as far as the central is concerned).

use chrono::{DateTime, Duration, Utc};
use lanterna_model::access::Sex;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::Suspension;
use lanterna_wire::hold::ConflictReason;
use lanterna_wire::operation::{Action, Placement};
use lanterna_wire::outcome::{OperatorReason, Outcome, RejectReason};
use lanterna_wire::stock::Lease;

use super::fixture::*;
use super::leasing::*;
use crate::ledger::{Days, Decision, Displacement, LeasePolicy, Ledger};

const LAPSED: Outcome = Outcome::NeedsOperator {
    reason: OperatorReason::GuaranteeLapsed,
};

fn honoured(lease: &Lease, granted: DateTime<Utc>) -> DateTime<Utc> {
    granted + Duration::seconds(i64::from(lease.honour_for_seconds))
}

fn why<T>(cases: &[crate::ledger::Displaced], of: impl Fn(&crate::ledger::Displaced) -> T) -> Vec<T> {
    cases.iter().map(of).collect()
}

pub(crate) async fn a_booking_on_a_live_lease_is_confirmed_and_uses_it_up<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let lease = got.on(CLINIC);
    let last = honoured(lease, world.now);
    assert_eq!(
        world.book_at(&desk, world.leased(&[lease]), last).await,
        Outcome::Confirmed
    );
    assert!(!world.is_free(&lease.span).await);
    let found = world.ledger.verify().await.expect("it can be read");
    assert_eq!(found.live, 1);
    let left = world.stock(&desk, &mut life, &visits()).await;
    assert!(!left.ids().contains(&lease.id));
    // A surrender that was on its way takes nothing back.
    world.surrender(&desk, &mut life, &[lease.id], world.now).await;
    assert!(!world.is_free(&lease.span).await);
}

pub(crate) async fn only_a_surrender_or_honour_until_takes_a_place_back<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let lease = got.on(CLINIC);
    let other = world.mmg().await;
    // Rule 1: the session runs dry, and the place is called back; that alone frees nothing.
    let mut spans = Vec::new();
    for slot in 0..12 {
        for place in 0..3 {
            let mut span = lease.span;
            span.start = minute("2026-03-03T08:00:00Z").plus(20 * slot);
            span.place = place;
            spans.push(span);
        }
    }
    spans.retain(|span| !span.overlaps(&lease.span));
    for (booked, span) in spans.iter().enumerate() {
        let recalled = world.ledger.recalled(desk.desk.id).await.expect("it works");
        // One free place is left after the 34th: fewer than two.
        assert_eq!(recalled, u32::from(booked >= 34), "after {booked}");
        assert_eq!(
            world.book(&other, world.placement(&[*span])).await.2,
            Outcome::Confirmed
        );
    }
    assert_eq!(
        lost(&world.book(&other, world.placement(&[lease.span])).await.2),
        [ConflictReason::Taken]
    );
    let told = world.stock(&desk, &mut life, &visits()).await;
    assert_eq!(told.recalled, [lease.id]);
    assert!(!told.ids().contains(&lease.id));
    assert!(!world.is_free(&lease.span).await);
    // Reaching book-until frees nothing either.
    let promised = world.now + Duration::seconds(i64::from(lease.book_for_seconds));
    assert_eq!(world.sweep_at(promised + Duration::minutes(1)).await, 0);
    assert!(!world.is_free(&lease.span).await);
    // The booking that was made on it before the recall came is confirmed all the same.
    let late = honoured(lease, world.now) - Duration::minutes(1);
    assert_eq!(
        world.book_at(&desk, world.leased(&[lease]), late).await,
        Outcome::Confirmed
    );
    assert_eq!(world.ledger.recalled(desk.desk.id).await.expect("it works"), 0);
}

pub(crate) async fn a_recalled_place_is_free_once_it_is_surrendered<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let lease = got.on(DOCTOR);
    // The owner closes all other places.
    let mut sessions = four_hours(20, 1);
    sessions[0].closed = vec![0xff, 0b0000_0111];
    world
        .ledger
        .publish(DOCTOR, &sessions, world.now)
        .await
        .expect("it fits");
    assert_eq!(world.ledger.recalled(desk.desk.id).await.expect("it works"), 1);
    assert_eq!(world.stock(&desk, &mut life, &visits()).await.recalled, [lease.id]);
    let after = world.surrender(&desk, &mut life, &[lease.id], world.now).await;
    assert!(after.recalled.is_empty());
    assert!(world.is_free(&lease.span).await);
    assert_eq!(world.ledger.recalled(desk.desk.id).await.expect("it works"), 0);
    // A life that is over cannot give anything back, and is not asked to.
    let (other, mut theirs) = (world.mmg().await, Life::new(world));
    let got = world.stock(&other, &mut theirs, &visits()).await;
    world.stock(&other, &mut Life::new(world), &[]).await;
    let span = got.on(DOCTOR).span;
    let day = sessions
        .iter()
        .position(|it| it.start < span.start && span.start.0 - it.start.0 < 240);
    sessions[day.expect("it is on one of the days")].closed = vec![0xff, 0b0000_0111];
    world
        .ledger
        .publish(DOCTOR, &sessions, world.now)
        .await
        .expect("it fits");
    assert_eq!(world.ledger.recalled(other.desk.id).await.expect("it works"), 0);
}

pub(crate) async fn a_lease_that_was_named_never_returns_to_stock<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let lease = got.on(CLINIC);
    let placement = world.leased(&[lease]);
    let (number, id, outcome) = world.book(&desk, placement.clone()).await;
    assert_eq!(outcome, Outcome::Confirmed);
    assert_eq!(world.cancel(&desk, &number, id).await, Outcome::Confirmed);
    assert!(world.is_free(&lease.span).await);
    assert!(!world.stock(&desk, &mut life, &[]).await.ids().contains(&lease.id));
    // Rule 3: booked on it again, it is like any free place …
    let again = world.leased(&[lease]);
    let other = world.mmg().await;
    assert_eq!(
        world.book(&other, world.placement(&[lease.span])).await.2,
        Outcome::Confirmed
    );
    // … and where somebody has it, a person has to look.
    assert_eq!(world.book(&desk, again).await.2, LAPSED);
}

pub(crate) async fn whatever_ends_an_operation_ends_the_leases_it_named<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let elsewhere = world.placement(&[span(CLINIC, "08:00", 0, 20)]);
    assert_eq!(world.book(&desk, elsewhere.clone()).await.2, Outcome::Confirmed);
    // Rule 20: the same prescription again, on a leased place.
    let (doctor, clinic, quota) = (got.on(DOCTOR), got.on(CLINIC), got.on(QUOTA));
    let mut twice = world.leased(&[doctor]);
    twice.prescription = elsewhere.prescription;
    let mut expired = world.leased(&[clinic]);
    expired.prescription.issued_on = "2025-01-01".parse().expect("a day");
    // All or none: beside a place that is taken.
    let mut beside = world.placement(&[quota.span, span(CLINIC, "08:00", 0, 20)]);
    beside.leases = vec![quota.id];
    for (placement, expected) in [
        (twice, rejected(RejectReason::AlreadyBooked)),
        (expired, rejected(RejectReason::PrescriptionExpired)),
    ] {
        assert_eq!(world.book(&desk, placement).await.2, expected);
    }
    // The place that was lost had not been promised: an ordinary conflict.
    assert_eq!(lost(&world.book(&desk, beside).await.2), [ConflictReason::Taken]);
    for lease in [doctor, clinic, quota] {
        assert!(world.is_free(&lease.span).await);
    }
    let left = world.stock(&desk, &mut life, &[]).await;
    assert!(
        [doctor, clinic, quota]
            .iter()
            .all(|lease| !left.ids().contains(&lease.id))
    );
    let report = world.ledger.lease_report(world.now).await.expect("it can be read");
    assert_eq!((report.classes[0].spent, report.classes[0].consumed), (3, 0));
}

pub(crate) async fn an_operation_that_has_to_wait_keeps_its_leases<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let lease = got.on(CLINIC);
    let number = desk.number();
    let first = world.envelope(
        &desk,
        &number,
        None,
        Action::Book(Box::new(world.placement(&[span(CLINIC, "08:00", 0, 20)]))),
    );
    let moving = world.envelope(
        &desk,
        &number,
        Some(first.id),
        Action::Move(Box::new(world.leased(&[lease]))),
    );
    let waits = world.execute(&desk, &moving).await;
    assert!(matches!(waits, lanterna_wire::outcome::Answer::NotYet { .. }));
    assert!(world.stock(&desk, &mut life, &[]).await.ids().contains(&lease.id));
}

pub(crate) async fn a_late_push_wins_a_free_place_and_else_needs_a_person<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    let (free, taken) = (got.on(DOCTOR), got.on(CLINIC));
    let over = honoured(free, world.now);
    let just = over - Duration::seconds(20);
    world.sweep_at(just).await;
    assert!(world.sweep_at(over).await >= 2);
    assert!(world.is_free(&free.span).await && world.is_free(&taken.span).await);
    let other = world.mmg().await;
    assert_eq!(
        world.book_at(&other, world.placement(&[taken.span]), over).await,
        Outcome::Confirmed
    );
    assert_eq!(
        world.book_at(&desk, world.leased(&[free]), over).await,
        Outcome::Confirmed
    );
    assert_eq!(world.book_at(&desk, world.leased(&[taken]), over).await, LAPSED);
    // Without a promise it is a conflict like any other.
    let unpromised = world.placement(&[taken.span]);
    assert_eq!(
        lost(&world.book_at(&desk, unpromised, over).await),
        [ConflictReason::Taken]
    );
}

pub(crate) async fn a_guaranteed_move_books_its_target_whatever_became_of_the_booking<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    let lease = got.on(CLINIC);
    let taken = span(DOCTOR, "08:00", 0, 20);
    let other = world.mmg().await;
    world.book(&other, world.placement(&[taken])).await;
    let placement = world.placement(&[taken]);
    let (number, id, outcome) = world.book(&desk, placement.clone()).await;
    assert_eq!(lost(&outcome), [ConflictReason::Taken]);
    let mut target = world.leased(&[lease]);
    target.prescription = placement.prescription;
    let moving = world.envelope(&desk, &number, Some(id), Action::Move(Box::new(target.clone())));
    assert_eq!(
        super::fixture::outcome(world.execute(&desk, &moving).await),
        Outcome::Confirmed
    );
    // And from the leased place to another one.
    target.leases = vec![got.on(DOCTOR).id];
    target.appointments[0].span = got.on(DOCTOR).span;
    let onwards = world.envelope(&desk, &number, Some(moving.id), Action::Move(Box::new(target)));
    assert_eq!(
        super::fixture::outcome(world.execute(&desk, &onwards).await),
        Outcome::Confirmed
    );
    assert!(world.is_free(&lease.span).await && !world.is_free(&got.on(DOCTOR).span).await);
}

pub(crate) async fn rule_8_a_suspension_leaves_promises_standing_and_displaces_what_comes<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let lease = got.on(CLINIC);
    let days = Days {
        from: "2026-03-03".parse().expect("a day"),
        to: Some("2026-03-03".parse().expect("a day")),
    };
    let mut other = lease.span;
    other.start = minute("2026-03-03T08:00:00Z");
    world.book(&desk, world.placement(&[other])).await;
    let impact = world.ledger.impact(CLINIC, days).await.expect("it is there");
    assert_eq!((impact.bookings, impact.leases, impact.free), (1, 1, 34));
    let suspension = Suspension {
        from: days.from,
        to: days.to,
        reason: "guasto".to_owned(),
    };
    world
        .ledger
        .suspend(CLINIC, Some(&suspension))
        .await
        .expect("it is there");
    // Nothing more is to be promised there, and an ordinary booking finds it closed.
    assert_eq!(world.stock(&desk, &mut life, &visits()).await.recalled, [lease.id]);
    let mut ordinary = lease.span;
    ordinary.start = minute("2026-03-03T09:00:00Z");
    assert_eq!(
        lost(&world.book(&desk, world.placement(&[ordinary])).await.2),
        [ConflictReason::Closed]
    );
    let (number, id, outcome) = world.book(&desk, world.leased(&[lease])).await;
    assert_eq!(outcome, Outcome::Confirmed);
    let cases = world.ledger.displaced().await.expect("it can be read");
    assert_eq!(
        why(&cases, |case| (case.why, case.decision)),
        [(Displacement::Suspended, None)]
    );
    assert_eq!((&cases[0].booking, cases[0].start), (&number, lease.span.start));
    assert!(
        world
            .ledger
            .decide(cases[0].case, Decision::Call)
            .await
            .expect("it works")
    );
    assert!(
        !world
            .ledger
            .decide(cases[0].case + 1, Decision::Move)
            .await
            .expect("it works")
    );
    let cases = world.ledger.displaced().await.expect("it can be read");
    assert_eq!(cases[0].decision, Some(Decision::Call));
    // A booking that is gone from there is no case any more.
    assert_eq!(world.cancel(&desk, &number, id).await, Outcome::Confirmed);
    assert!(world.ledger.displaced().await.expect("it can be read").is_empty());
}

pub(crate) async fn a_place_that_changed_since_is_given_as_promised<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    let (gone, resized, closed) = (got.on(QUOTA), got.on(CLINIC), got.on(DOCTOR));
    world
        .ledger
        .publish(CLINIC, &four_hours(30, 3), world.now)
        .await
        .expect("it fits");
    let mut sessions = four_hours(20, 1);
    sessions[0].closed = vec![0xff, 0xff];
    world
        .ledger
        .publish(DOCTOR, &sessions, world.now)
        .await
        .expect("it fits");
    let mut region = region();
    region.schedules.retain(|published| published.schedule.id == PICKY);
    let picky = &mut region.schedules[0].schedule;
    picky.sex = Some(Sex::M);
    picky.horizon_days = 0;
    picky.channels = [lanterna_model::access::Channel::Web].into_iter().collect();
    picky.exclusive = true;
    for lease in [resized, closed] {
        assert_eq!(world.book(&desk, world.leased(&[lease])).await.2, Outcome::Confirmed);
    }
    let before = world.ledger.displaced().await.expect("it can be read");
    assert_eq!(
        why(&before, |case| case.why),
        [Displacement::NoSuchSlot, Displacement::Closed]
    );
    // A region that has hardly anything left, for men and the web alone.
    world
        .ledger
        .install(&region, world.now)
        .await
        .expect("it fits together");
    for lease in [gone, got.on(PICKY)] {
        assert_eq!(world.book(&desk, world.leased(&[lease])).await.2, Outcome::Confirmed);
    }
    let cases = world.ledger.displaced().await.expect("it can be read");
    assert_eq!(
        why(&cases[2..], |case| case.why),
        [Displacement::Withdrawn, Displacement::NotAdmitted]
    );
}

pub(crate) async fn a_revoked_desk_keeps_its_promises_and_a_stolen_one_none<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let (kept, left) = (got.on(CLINIC), got.on(DOCTOR));
    assert_eq!(
        world
            .ledger
            .revoke(desk.desk.id, false, world.now)
            .await
            .expect("it is there"),
        0
    );
    // No grants, no holds; the claims stay, for what it booked before comes by another way.
    let request = life.next(world, &[], &visits());
    let refused = world.ledger.exchange(desk.desk.id, &request, world.now).await;
    assert!(matches!(refused, Err(crate::ledger::LedgerError::NoSuchDesk(_))));
    let by_code = world.ledger.desk_by_code(&desk.desk.code).await.expect("it works");
    assert_eq!(by_code, Some(desk.desk.clone()));
    assert!(!world.is_free(&kept.span).await);
    assert_eq!(world.book(&desk, world.leased(&[kept])).await.2, Outcome::Confirmed);
    // Stolen is said separately, and voids what is left at once.
    let voided = world
        .ledger
        .revoke(desk.desk.id, true, world.now)
        .await
        .expect("it is there");
    assert_eq!(voided as usize, got.leases.len() - 1);
    assert!(world.is_free(&left.span).await && !world.is_free(&kept.span).await);
    let other = world.mmg().await;
    assert_eq!(
        world.book(&other, world.placement(&[left.span])).await.2,
        Outcome::Confirmed
    );
    assert_eq!(world.book(&desk, world.leased(&[left])).await.2, LAPSED);
    let report = world.ledger.lease_report(world.now).await.expect("it can be read");
    assert_eq!(report.classes[0].voided, u64::from(voided));
}

pub(crate) async fn a_token_of_a_revoked_desk_opens_nothing<L: Ledger>(world: &World<L>) {
    let (code, token) = ([7; 32], [8; 32]);
    let expires = world.now + Duration::hours(1);
    let channel = lanterna_model::access::Channel::Mmg;
    world
        .ledger
        .add_enrolment_code(&code, channel, expires)
        .await
        .expect("a fresh code");
    let request = world.uuid();
    let desk = world
        .ledger
        .enrol(&code, request, &token, world.now)
        .await
        .expect("the code is good");
    assert_eq!(
        world.ledger.desk_by_token(&token).await.expect("it works"),
        Some(desk.clone())
    );
    world
        .ledger
        .revoke(desk.id, false, world.now)
        .await
        .expect("it is there");
    assert_eq!(world.ledger.desk_by_token(&token).await.expect("it works"), None);
    assert!(world.ledger.enrol(&code, request, &token, world.now).await.is_err());
    // What it did before may be carried in by hand; of a stolen one it may not.
    let carried = async || world.ledger.desk_of_rescue(&token).await.expect("it works");
    assert_eq!(carried().await, Some(desk.clone()));
    world
        .ledger
        .revoke(desk.id, true, world.now)
        .await
        .expect("it is there");
    assert_eq!(carried().await, None);
    world
        .ledger
        .revoke(desk.id, false, world.now)
        .await
        .expect("it is there");
    assert_eq!(carried().await, None);
    let unknown = world
        .ledger
        .revoke(lanterna_model::ids::DeskId(99), true, world.now)
        .await;
    assert!(matches!(unknown, Err(crate::ledger::LedgerError::NoSuchDesk(_))));
}

pub(crate) async fn rule_10_a_class_quota_is_consumed_at_the_grant<L: Ledger>(world: &World<L>) {
    world.decide_on_leases(&sparing()).await;
    let (desk, mut life) = (world.mmg().await, Life::new(world));
    for others in [DOCTOR, SAME_DOCTOR, CLINIC, PICKY] {
        world.ledger.publish(others, &[], world.now).await.expect("it fits");
    }
    // Of the session of the 3rd the quotas are released already.
    world
        .ledger
        .publish(QUOTA, &four_hours(20, 1)[1..2], world.now)
        .await
        .expect("it fits");
    let brief = [want(VISIT, Some(Priority::B), 1)];
    let lease = world.stock(&desk, &mut life, &brief).await.on(QUOTA).clone();
    // For class B, and for whom nothing is limited: U, P, follow-ups; not for D, which has a quota.
    assert_eq!(lease.classes, 0b1_1011);
    // Rule 10: the place is given up before the quotas are released, 48 hours before the session.
    assert!(honoured(&lease, world.now) <= time("2026-03-08T08:00:00Z"));
    assert_eq!(world.shown(&span(QUOTA, "08:00", 0, 20)).await, (true, 0b1_1101));
    let other = world.mmg().await;
    let ordinary = |class| world.placement_of(VISIT, class, &[span(QUOTA, "08:00", 0, 20)]);
    let refused = world.book(&other, ordinary(Some(Priority::B))).await.2;
    assert_eq!(lost(&refused), [ConflictReason::ClassQuota]);
    // Booked for class P the ticket is not needed, and goes back.
    assert_eq!(world.book(&desk, world.leased(&[&lease])).await.2, Outcome::Confirmed);
    assert_eq!(world.shown(&span(QUOTA, "08:00", 0, 20)).await, (true, 0b1_1111));
    // Booked for the class it was asked for, it stays.
    world
        .decide_on_leases(&LeasePolicy {
            share_percent: 40,
            ..sparing()
        })
        .await;
    let second = world.stock(&desk, &mut life, &brief).await.on(QUOTA).clone();
    let mut placement = world.placement_of(VISIT, Some(Priority::B), &[second.span]);
    placement.leases = vec![second.id];
    assert_eq!(world.book(&desk, placement).await.2, Outcome::Confirmed);
    assert_eq!(world.shown(&span(QUOTA, "08:00", 0, 20)).await, (true, 0b1_1101));
    assert!(world.stock(&desk, &mut life, &brief).await.leases.is_empty());
}

pub(crate) async fn a_lease_covers_its_own_classes_place_and_desk_alone<L: Ledger>(world: &World<L>) {
    world.decide_on_leases(&sparing()).await;
    let (desk, mut life) = (world.mmg().await, Life::new(world));
    let brief = [want(VISIT, Some(Priority::B), 1)];
    world
        .ledger
        .publish(QUOTA, &four_hours(20, 1)[1..2], world.now)
        .await
        .expect("it fits");
    let got = world.stock(&desk, &mut life, &brief).await;
    // Class D is not among those of the lease: an ordinary claim of class D, on the place it frees.
    let lease = got.on(QUOTA);
    let mut other_class = world.placement_of(VISIT, Some(Priority::D), &[lease.span]);
    other_class.leases = vec![lease.id];
    assert_eq!(world.book(&desk, other_class).await.2, Outcome::Confirmed);
    // Another place than that of the lease, which is over with it.
    let lease = got.on(CLINIC);
    let mut other_place = world.placement(&[span(CLINIC, "08:00", 1, 20)]);
    other_place.leases = vec![lease.id];
    assert_eq!(world.book(&desk, other_place).await.2, Outcome::Confirmed);
    assert!(world.is_free(&lease.span).await);
    // The lease of another desk.
    let thief = world.mmg().await;
    let lease = got.on(DOCTOR);
    assert_eq!(world.book(&thief, world.leased(&[lease])).await.2, LAPSED);
    assert!(!world.is_free(&lease.span).await);
    assert_eq!(world.book(&desk, world.leased(&[lease])).await.2, Outcome::Confirmed);
}

pub(crate) async fn promises_of_an_earlier_life_are_kept<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    world.stock(&desk, &mut Life::new(world), &visits()).await;
    let lease = got.on(CLINIC);
    let late = honoured(lease, world.now);
    assert_eq!(
        world.book_at(&desk, world.leased(&[lease]), late).await,
        Outcome::Confirmed
    );
    // Those that nobody booked on are free when they are over.
    let rest = got.on(DOCTOR);
    world.sweep_at(honoured(rest, world.now) - Duration::seconds(20)).await;
    world.sweep_at(honoured(rest, world.now)).await;
    assert!(world.is_free(&rest.span).await);
}

pub(crate) async fn several_places_are_promised_together<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    let (one, two) = (got.on(CLINIC), got.on(DOCTOR));
    let both: Placement = world.leased(&[one, two]);
    let mut swapped = both.clone();
    swapped.leases.reverse();
    assert_eq!(world.book(&desk, swapped).await.2, Outcome::Confirmed);
    // More leases than appointments may be named never.
    let mut many = world.placement(&[span(CLINIC, "08:00", 0, 20)]);
    many.leases = vec![got.on(QUOTA).id; 9];
    assert_eq!(world.book(&desk, many).await.2, rejected(RejectReason::Malformed));
    assert!(world.is_free(&got.on(QUOTA).span).await);
}
