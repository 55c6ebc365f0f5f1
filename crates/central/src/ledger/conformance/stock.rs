//! Exchanges of stock: who gets which places, for how long, and how they come back.

use chrono::Duration;
use lanterna_model::access::Channel;
use lanterna_model::priority::Priority;
use lanterna_wire::hold::{ConflictReason, HoldReply};
use lanterna_wire::status::ServiceState;
use lanterna_wire::stock::StockReply;

use super::fixture::*;
use super::leasing::*;
use crate::ledger::{LeasePolicy, Ledger, LedgerError};

pub(crate) async fn a_leased_place_is_not_free_and_nothing_else_is_told<L: Ledger>(world: &World<L>) {
    let mut mirror = Mirror::default();
    mirror.load(&*world.ledger, Channel::Mmg).await;
    let (_, _, got) = world.stocked().await;
    let other = world.mmg().await;
    for lease in &got.leases {
        assert!(!world.is_free(&lease.span).await);
        assert_eq!(
            refused(&world.hold(&other, &[lease.span]).await.1),
            [ConflictReason::Taken]
        );
        let (.., outcome) = world.book(&other, world.placement(&[lease.span])).await;
        assert_eq!(lost(&outcome), [ConflictReason::Taken]);
        let foreign = world.ledger.foreign_booking(&lease.span, None, world.now).await;
        assert!(matches!(foreign, Ok(Err(ConflictReason::Taken))));
    }
    assert!(world.leased_slots().await > 0);
    // A mirror that follows the feed shows what a booking would show (rule 29).
    mirror.follow(&*world.ledger, Channel::Mmg, 3).await;
    let mut fresh = Mirror::default();
    fresh.load(&*world.ledger, Channel::Mmg).await;
    assert_eq!(mirror, fresh);
}

pub(crate) async fn the_last_free_places_of_a_session_are_set_aside<L: Ledger>(world: &World<L>) {
    let (.., got) = world.stocked().await;
    assert_eq!(got.on(DOCTOR).span.start, minute("2026-03-03T11:40:00Z"));
    assert_eq!(got.on(CLINIC).span.start, minute("2026-03-03T11:40:00Z"));
    // Whoever is nobody's patient in particular finds the first places as before.
    let mut first = got.on(DOCTOR).span;
    first.start = minute("2026-03-03T08:00:00Z");
    assert!(world.is_free(&first).await);
}

pub(crate) async fn the_same_exchange_gets_the_same_answer_word_for_word<L: Ledger>(world: &World<L>) {
    world.decide_on_leases(&sparing()).await;
    let (desk, mut life) = (world.mmg().await, Life::new(world));
    let request = life.next(world, &[], &visits());
    let first = world.exchange_at(&desk, &request, world.now).await;
    let before = world.leased_slots().await;
    let late = world.now + Duration::hours(5);
    assert_eq!(world.exchange_at(&desk, &request, late).await, first);
    assert_eq!(world.leased_slots().await, before);
}

pub(crate) async fn an_exchange_that_comes_late_changes_nothing<L: Ledger>(world: &World<L>) {
    world.decide_on_leases(&sparing()).await;
    let (desk, mut life) = (world.mmg().await, Life::new(world));
    let first = life.next(world, &[], &visits());
    let got = brought(world.exchange_at(&desk, &first, world.now).await);
    let held = world.surrender(&desk, &mut life, &got.ids()[..1], world.now).await;
    let head = world.head().await;
    assert_eq!(
        world.exchange_at(&desk, &first, world.now).await,
        StockReply::Superseded
    );
    assert_eq!(world.head().await, head);
    let now = world.stock(&desk, &mut life, &[]).await;
    assert_eq!(now.ids(), held.ids());
}

pub(crate) async fn two_machines_that_count_alike_are_both_fenced<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let copy = StockReply::Fenced;
    let mut twin = Life {
        incarnation: life.incarnation,
        number: life.number - 1,
    };
    // The copy made another request under the number that was answered.
    let request = twin.next(world, &[], &visits());
    assert_eq!(world.exchange_at(&desk, &request, world.now).await, copy);
    for machine in [&mut life, &mut twin] {
        let request = machine.next(world, &got.ids(), &visits());
        assert_eq!(world.exchange_at(&desk, &request, world.now).await, StockReply::Fenced);
    }
    // What they surrendered is not: one of them may have promised it.
    assert!(!world.is_free(&got.on(DOCTOR).span).await);
}

pub(crate) async fn missing_numbers_fence_a_life<L: Ledger>(world: &World<L>) {
    let (desk, mut life, _) = world.stocked().await;
    life.number += 1;
    let request = life.next(world, &[], &visits());
    assert_eq!(world.exchange_at(&desk, &request, world.now).await, StockReply::Fenced);
    let mut unknown = Life::new(world);
    unknown.number = 6;
    let request = unknown.next(world, &[], &visits());
    assert_eq!(world.exchange_at(&desk, &request, world.now).await, StockReply::Fenced);
}

pub(crate) async fn another_life_of_the_record_gets_none_of_the_leases_before<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let mut next = Life::new(world);
    let new = world.stock(&desk, &mut next, &visits()).await;
    assert!(!new.leases.is_empty());
    assert!(new.ids().iter().all(|id| !got.ids().contains(id)));
    for lease in &got.leases {
        assert!(!world.is_free(&lease.span).await);
    }
    // The life before is over for good, and what it gives back is not believed.
    let request = life.next(world, &got.ids(), &visits());
    assert_eq!(world.exchange_at(&desk, &request, world.now).await, StockReply::Fenced);
    let again = world.surrender(&desk, &mut next, &got.ids(), world.now).await;
    assert_eq!(again.ids(), new.ids());
    assert!(!world.is_free(&got.on(DOCTOR).span).await);
    // A third life may not empty the region: what was left behind counts.
    world
        .decide_on_leases(&LeasePolicy {
            per_desk: 4,
            ..sparing()
        })
        .await;
    let third = world.stock(&desk, &mut Life::new(world), &visits()).await;
    assert!(third.leases.len() + new.leases.len() + got.leases.len() <= 8.max(new.leases.len() + got.leases.len()));
}

pub(crate) async fn a_surrendered_place_is_free_to_everybody<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let lease = got.on(DOCTOR).clone();
    world
        .decide_on_leases(&LeasePolicy {
            per_desk: 0,
            ..sparing()
        })
        .await;
    let left = world.surrender(&desk, &mut life, &[lease.id], world.now).await;
    assert!(!left.ids().contains(&lease.id));
    assert!(world.is_free(&lease.span).await);
    let other = world.mmg().await;
    let (.., outcome) = world.book(&other, world.placement(&[lease.span])).await;
    assert_eq!(outcome, lanterna_wire::outcome::Outcome::Confirmed);
}

pub(crate) async fn a_surrender_frees_no_lease_but_its_own<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let old = got.on(DOCTOR).clone();
    let request = life.next(world, &[old.id], &[want(EXAMINATION, None, 1)]);
    world.exchange_at(&desk, &request, world.now).await;
    // The same place goes to another desk, as another lease.
    let (other, mut others) = (world.mmg().await, Life::new(world));
    let theirs = world.stock(&other, &mut others, &visits()).await;
    let new = theirs.on(DOCTOR);
    assert_eq!(new.span, old.span);
    assert_ne!(new.id, old.id);
    // A late surrender of the first, and one of the second by a desk that it is not.
    world.surrender(&desk, &mut life, &[old.id, new.id], world.now).await;
    assert!(!world.is_free(&new.span).await);
    let kept = world.stock(&other, &mut others, &visits()).await;
    assert!(kept.ids().contains(&new.id) && !kept.ids().contains(&old.id));
}

pub(crate) async fn terms_are_renewed_and_never_become_shorter<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let before = got.on(CLINIC);
    // Until an hour before the start, since the session is tomorrow; the promise a margin less.
    assert_eq!(before.honour_for_seconds, (26 * 60 + 40) * 60);
    assert_eq!(before.book_for_seconds, before.honour_for_seconds - 30 * 60);
    let later = world.now + Duration::milliseconds(3_600_500);
    let again = world.stock_at(&desk, &mut life, &visits(), later).await;
    let same = again
        .leases
        .iter()
        .find(|lease| lease.id == before.id)
        .expect("it is live");
    assert_eq!(same.honour_for_seconds, before.honour_for_seconds - 3_601);
    let far = |brought: &Brought| {
        let far = brought
            .leases
            .iter()
            .find(|lease| lease.span.start > minute("2026-05-01T00:00:00Z"));
        far.map(|lease| (lease.id, lease.honour_for_seconds))
    };
    world
        .decide_on_leases(&LeasePolicy {
            per_desk_schedule: 4,
            ..sparing()
        })
        .await;
    let wide = world.stock_at(&desk, &mut life, &visits(), later).await;
    let (id, full) = far(&wide).expect("there is a session in May");
    assert_eq!(full, 96 * 3_600);
    let renewed = world
        .stock_at(&desk, &mut life, &visits(), later + Duration::hours(9))
        .await;
    assert_eq!(far(&renewed), Some((id, full)));
    // Shorter by the policy of now, but not for what was promised already.
    let short = LeasePolicy {
        book_minutes: 180,
        honour_minutes: 240,
        ..sparing()
    };
    world.decide_on_leases(&short).await;
    let kept = world
        .stock_at(&desk, &mut life, &visits(), later + Duration::hours(10))
        .await;
    assert_eq!(far(&kept), Some((id, full - 3_600)));
}

pub(crate) async fn a_channel_that_is_not_open_keeps_what_it_has_and_gets_nothing<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    world
        .ledger
        .set_service_state(Channel::Mmg, ServiceState::Frozen, world.now)
        .await
        .expect("the ledger works");
    let later = world.now + Duration::hours(1);
    let given = got.on(DOCTOR);
    let left = world.surrender(&desk, &mut life, &[given.id], later).await;
    assert_eq!(left.leases.len(), got.leases.len() - 1);
    assert!(world.is_free(&given.span).await);
    for lease in &left.leases {
        let before = got
            .leases
            .iter()
            .find(|before| before.id == lease.id)
            .expect("no new one");
        assert_eq!(lease.honour_for_seconds, before.honour_for_seconds - 3_600);
    }
    let (newcomer, mut theirs) = (world.mmg().await, Life::new(world));
    assert!(
        world
            .stock_at(&newcomer, &mut theirs, &visits(), later)
            .await
            .leases
            .is_empty()
    );
}

pub(crate) async fn only_channels_of_the_policy_get_places_they_see<L: Ledger>(world: &World<L>) {
    let (web, mmg) = (world.desk(Channel::Web).await, world.mmg().await);
    assert!(
        world
            .stock(&web, &mut Life::new(world), &visits())
            .await
            .leases
            .is_empty()
    );
    let suspension = lanterna_model::schedule::Suspension {
        from: "2026-03-01".parse().expect("a day"),
        to: None,
        reason: "guasto".to_owned(),
    };
    world
        .ledger
        .suspend(CLINIC, Some(&suspension))
        .await
        .expect("it is there");
    let got = world.stock(&mmg, &mut Life::new(world), &visits()).await;
    let schedules: Vec<_> = got.leases.iter().map(|lease| lease.span.schedule).collect();
    assert!(schedules.contains(&DOCTOR) && !schedules.contains(&CLINIC) && !schedules.contains(&EXCLUSIVE));
    // A family doctor does not see what only the counters see.
    let mut region = region();
    for published in &mut region.schedules {
        published.schedule.channels = [Channel::Desk].into_iter().collect();
    }
    world
        .ledger
        .install(&region, world.now)
        .await
        .expect("it fits together");
    let other = world.mmg().await;
    assert!(
        world
            .stock(&other, &mut Life::new(world), &visits())
            .await
            .leases
            .is_empty()
    );
}

pub(crate) async fn ceilings_hold_whatever_desks_ask_for<L: Ledger>(world: &World<L>) {
    let policy = LeasePolicy {
        per_desk: 5,
        per_schedule: 3,
        share_percent: 20,
        ..LeasePolicy::default()
    };
    world.decide_on_leases(&policy).await;
    let mut all = Vec::new();
    for _ in 0..4 {
        let (desk, mut life) = (world.mmg().await, Life::new(world));
        for _ in 0..3 {
            let wants = [
                want(VISIT, Some(Priority::P), 9),
                want(EXAMINATION, Some(Priority::D), 3),
            ];
            let got = world.stock(&desk, &mut life, &wants).await;
            assert!(got.leases.len() <= 5);
            for schedule in [DOCTOR, SAME_DOCTOR, CLINIC, QUOTA, PICKY] {
                let there = got.leases.iter().filter(|lease| lease.span.schedule == schedule);
                assert!(there.count() <= 2);
            }
            if life.number == 3 {
                all.extend(got.leases);
            }
        }
    }
    assert!(all.len() > 5);
    for schedule in [DOCTOR, SAME_DOCTOR, CLINIC, QUOTA, PICKY] {
        let there: Vec<_> = all.iter().filter(|lease| lease.span.schedule == schedule).collect();
        assert!(there.len() <= 3, "{there:?}");
    }
    // A fifth of a doctor's twelve places is two, the other agenda's leases among them.
    let counts = world.ledger.lease_report(world.now).await.expect("it can be read");
    assert!(counts.leased * 5 <= counts.opened, "{counts:?}");
}

pub(crate) async fn no_grant_takes_what_is_left_to_everybody<L: Ledger>(world: &World<L>) {
    // Of one session of twelve places eight are booked: four are free, three of which stay.
    world
        .ledger
        .publish(DOCTOR, &four_hours(20, 1)[1..2], world.now)
        .await
        .expect("it fits");
    for other in [SAME_DOCTOR, CLINIC, QUOTA, PICKY] {
        world.ledger.publish(other, &[], world.now).await.expect("it fits");
    }
    let desk = world.mmg().await;
    for clock in ["08:00", "08:20", "08:40", "09:00", "09:20", "09:40", "10:00", "10:20"] {
        world.book(&desk, world.placement(&[span(DOCTOR, clock, 0, 20)])).await;
    }
    let policy = LeasePolicy {
        share_percent: 100,
        ..LeasePolicy::default()
    };
    world.decide_on_leases(&policy).await;
    let got = world.stock(&desk, &mut Life::new(world), &visits()).await;
    assert_eq!(got.leases.len(), 1);
    let other = world.mmg().await;
    assert!(
        world
            .stock(&other, &mut Life::new(world), &visits())
            .await
            .leases
            .is_empty()
    );
}

pub(crate) async fn no_claim_stands_under_a_lease<L: Ledger>(world: &World<L>) {
    world.decide_on_leases(&sparing()).await;
    let desk = world.mmg().await;
    let mut last = span(DOCTOR, "11:40", 0, 20);
    last.start = minute("2026-03-03T11:40:00Z");
    // Not even the desk's own hold.
    assert!(matches!(world.hold(&desk, &[last]).await.1, HoldReply::Held { .. }));
    let got = world.stock(&desk, &mut Life::new(world), &visits()).await;
    assert_eq!(got.on(DOCTOR).span.start, minute("2026-03-03T11:20:00Z"));
    let found = world.ledger.verify().await.expect("it can be read");
    assert!(found.slots.held > 0 && found.slots.leased > 0);
}

pub(crate) async fn wants_share_the_stock_by_what_is_booked<L: Ledger>(world: &World<L>) {
    let policy = LeasePolicy {
        per_desk: 4,
        ..sparing()
    };
    world.decide_on_leases(&policy).await;
    let (desk, mut life) = (world.mmg().await, Life::new(world));
    let wants = [
        want(VISIT, Some(Priority::P), 30),
        want(EXAMINATION, Some(Priority::P), 1),
    ];
    let got = world.stock(&desk, &mut life, &wants).await;
    let of = |service: &str| got.leases.iter().filter(|lease| lease.service == code(service)).count();
    assert_eq!((of(VISIT), of(EXAMINATION)), (3, 1));
    // An examination needs 15 minutes: one slot of the doctor's shorter ones.
    let examination = got.leases.iter().find(|lease| lease.service == code(EXAMINATION));
    assert!(examination.is_some_and(|lease| lease.span.minutes <= 20));
}

pub(crate) async fn a_desk_that_names_nothing_gets_what_beginners_get<L: Ledger>(world: &World<L>) {
    world.decide_on_leases(&sparing()).await;
    let desk = world.mmg().await;
    assert!(world.stock(&desk, &mut Life::new(world), &[]).await.leases.is_empty());
    let policy = LeasePolicy {
        starters: visits().to_vec(),
        ..sparing()
    };
    world.decide_on_leases(&policy).await;
    let got = world.stock(&world.mmg().await, &mut Life::new(world), &[]).await;
    assert!(got.leases.iter().all(|lease| lease.service == code(VISIT)));
    assert!(!got.leases.is_empty());
}

pub(crate) async fn a_request_beyond_its_bounds_is_refused<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let mut life = Life::new(world);
    let mut zero = life.next(world, &[], &visits());
    zero.number = 0;
    let mut many = life.next(world, &[], &visits());
    many.wants = vec![want(VISIT, None, 1); lanterna_wire::limits::WANTS + 1];
    for request in [zero, many] {
        let refused = world.ledger.exchange(desk.desk.id, &request, world.now).await;
        assert!(matches!(refused, Err(LedgerError::Malformed)));
    }
    let broken = LeasePolicy {
        margin_minutes: 29,
        ..LeasePolicy::default()
    };
    let refused = world.ledger.set_lease_policy(&broken).await;
    assert!(matches!(refused, Err(LedgerError::Policy(_))));
    assert_eq!(
        world.ledger.lease_policy().await.expect("it works"),
        LeasePolicy::default()
    );
}
