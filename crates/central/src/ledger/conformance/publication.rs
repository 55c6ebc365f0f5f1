//! What owners publish, and what becomes of claims when they publish anew.

use lanterna_model::access::{Channel, Channels};
use lanterna_model::ids::{LocationId, ResourceId, ScheduleId};
use lanterna_model::schedule::Suspension;
use lanterna_wire::changes::Change;
use lanterna_wire::hold::ConflictReason;
use lanterna_wire::outcome::Outcome;

use super::fixture::*;
use crate::ledger::{CursorError, Ledger, LedgerError, RegionFault};

/// Makes a region that was sound unfit.
type Spoil = fn(&mut crate::ledger::Region);

pub(crate) async fn claimed_places_survive_another_publication<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    let booked = span(CLINIC, "10:40", 0, 20);
    let (number, id, _) = world.book(&desk, world.placement(&[booked])).await;
    // Slots of 30 minutes from 08:00: 10:40 to 11:00 lies in the slot of 10:30.
    world
        .ledger
        .publish(CLINIC, &four_hours(30, 1), world.now)
        .await
        .expect("it fits");
    let covering = span(CLINIC, "10:30", 0, 30);
    assert!(!world.is_free(&covering).await);
    assert_eq!(
        lost(&world.book(&other, world.placement(&[covering])).await.2),
        [ConflictReason::Taken]
    );
    assert_eq!(
        lost(&world.book(&other, world.placement(&[booked])).await.2),
        [ConflictReason::NoSuchSlot]
    );
    // Withdrawn altogether, the claim is still there, and can be given back.
    world.ledger.publish(CLINIC, &[], world.now).await.expect("it fits");
    assert_eq!(world.ledger.verify().await.expect("the ledger can be read").live, 1);
    world
        .ledger
        .publish(CLINIC, &four_hours(20, 3), world.now)
        .await
        .expect("it fits");
    assert!(!world.is_free(&booked).await);
    assert_eq!(world.cancel(&desk, &number, id).await, Outcome::Confirmed);
    assert!(world.is_free(&booked).await);
}

pub(crate) async fn a_changed_session_gets_the_next_revision<L: Ledger>(world: &World<L>) {
    let mut sessions = four_hours(20, 3);
    sessions[1].closed = vec![0b1];
    let before = world.head().await;
    world
        .ledger
        .publish(CLINIC, &sessions, world.now)
        .await
        .expect("it fits");
    let mut mirror = Mirror::default();
    mirror.load(&*world.ledger, Channel::Mmg).await;
    let revisions: Vec<u32> = mirror.sessions[&CLINIC]
        .values()
        .map(|session| session.revision)
        .collect();
    assert_eq!(revisions, [1, 2, 1, 1]);
    let page = world
        .ledger
        .changes(Channel::Mmg, &before, 10)
        .await
        .expect("the cursor is kept");
    assert!(matches!(
        page.changes.as_slice(),
        [Change::Schedule { schedule: CLINIC, .. }]
    ));
    let desk = world.mmg().await;
    let closed = span(CLINIC, "08:00", 0, 20);
    assert_eq!(
        lost(&world.book(&desk, world.placement(&[closed])).await.2),
        [ConflictReason::Closed]
    );
    let unknown = world.ledger.publish(ScheduleId(99), &[], world.now).await;
    assert!(matches!(unknown, Err(LedgerError::NoSuchSchedule(ScheduleId(99)))));
}

pub(crate) async fn a_region_that_does_not_fit_together_is_refused_whole<L: Ledger>(world: &World<L>) {
    let before = (
        world.head().await,
        world.ledger.snapshot().await.expect("the ledger can be read"),
    );
    let faults: [(Spoil, RegionFault); 5] = [
        (
            |it| it.schedules[5].schedule.id = DOCTOR,
            RegionFault::ScheduleTwice(DOCTOR),
        ),
        (
            |it| it.schedules[5].schedule.location = LocationId(9),
            RegionFault::Location {
                schedule: EXCLUSIVE,
                location: LocationId(9),
            },
        ),
        (
            |it| it.schedules[5].schedule.services[0].code = code("99.99"),
            RegionFault::Service {
                schedule: EXCLUSIVE,
                service: code("99.99"),
            },
        ),
        (
            |it| it.schedules[5].schedule.resource = ResourceId(77),
            RegionFault::Resource(EXCLUSIVE),
        ),
        (
            |it| it.schedules[5].sessions[1].start = minute("2026-03-03T11:00:00Z"),
            RegionFault::Overlap {
                schedule: EXCLUSIVE,
                start: minute("2026-03-03T11:00:00Z"),
            },
        ),
    ];
    for (spoil, expected) in faults {
        let mut region = region();
        region.schedules[0].sessions.clear();
        spoil(&mut region);
        match world.ledger.install(&region, world.now).await {
            Err(LedgerError::Region(found)) => assert_eq!(found, expected),
            other => panic!("{expected:?} was not noticed: {other:?}"),
        }
    }
    for (step, slots, places) in [
        (0, 1, 1),
        (7, 1, 1),
        (20, 0, 1),
        (20, 1, 0),
        (20, 76, 1),
        (20, 1, 65),
        (725, 1, 1),
    ] {
        let odd = session(minute("2026-03-10T08:00:00Z"), step, slots, places);
        let answer = world.ledger.publish(CLINIC, &[odd], world.now).await;
        assert!(
            matches!(answer, Err(LedgerError::Region(RegionFault::Session { .. }))),
            "{step} {slots} {places}"
        );
    }
    let after = (
        world.head().await,
        world.ledger.snapshot().await.expect("the ledger can be read"),
    );
    assert_eq!(before, after);
}

pub(crate) async fn an_installation_cuts_the_history<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    world
        .book(&desk, world.placement(&[span(DOCTOR, "08:00", 0, 20)]))
        .await;
    let (before, version) = (
        world.head().await,
        world.ledger.status(Channel::Mmg).await.expect("it works").catalogue,
    );
    world
        .ledger
        .install(&region(), world.now)
        .await
        .expect("the region fits together");
    assert!(matches!(
        world.ledger.changes(Channel::Mmg, &before, 10).await,
        Err(CursorError::Gone)
    ));
    let standing = world.ledger.status(Channel::Mmg).await.expect("the ledger works");
    assert!(standing.head.seq > before.seq && standing.catalogue != version);
    assert!(!world.is_free(&span(DOCTOR, "08:00", 0, 20)).await);
}

pub(crate) async fn a_suspension_is_a_change_of_the_catalogue<L: Ledger>(world: &World<L>) {
    let before = world.ledger.status(Channel::Mmg).await.expect("the ledger works");
    let day = minute("2026-03-10T08:00:00Z").rome_date();
    let suspension = Suspension {
        from: day,
        to: None,
        reason: "guasto".to_owned(),
    };
    world
        .ledger
        .suspend(DOCTOR, Some(&suspension))
        .await
        .expect("the schedule is there");
    let page = world
        .ledger
        .changes(Channel::Mmg, &before.head, 10)
        .await
        .expect("the cursor is kept");
    assert_eq!(page.changes, [Change::Catalogue]);
    let catalogue = world.ledger.catalogue(Channel::Mmg).await.expect("it is installed");
    assert_ne!(catalogue.version, before.catalogue);
    let doctor = catalogue
        .schedules
        .iter()
        .find(|schedule| schedule.id == DOCTOR)
        .expect("it is seen");
    assert_eq!(doctor.suspension, Some(suspension));
}

pub(crate) async fn each_channel_has_its_catalogue<L: Ledger>(world: &World<L>) {
    for (channel, schedules) in [(Channel::Mmg, 6), (Channel::Pharmacy, 5)] {
        let catalogue = world.ledger.catalogue(channel).await.expect("it is installed");
        assert_eq!(catalogue.schedules.len(), schedules);
        assert_eq!(
            catalogue.version,
            world.ledger.status(channel).await.expect("it works").catalogue
        );
        assert_eq!((catalogue.services.len(), catalogue.rules), (3, region().rules));
        assert_eq!(
            (catalogue.exemptions, catalogue.locations),
            (region().exemptions, region().locations)
        );
    }
}

pub(crate) async fn a_withdrawn_schedule_keeps_its_bookings<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let (number, id, _) = world
        .book(&desk, world.placement(&[span(CLINIC, "08:00", 0, 20)]))
        .await;
    let mut smaller = region();
    smaller.schedules.retain(|published| published.schedule.id != CLINIC);
    world
        .ledger
        .install(&smaller, world.now)
        .await
        .expect("the region fits together");
    let catalogue = world.ledger.catalogue(Channel::Mmg).await.expect("it is installed");
    assert!(catalogue.schedules.iter().all(|schedule| schedule.id != CLINIC));
    let snapshot = world.ledger.snapshot().await.expect("the ledger can be read");
    assert!(
        snapshot
            .schedules
            .iter()
            .all(|packed| packed.schedule != CLINIC && packed.channels != Channels(0))
    );
    let (.., outcome) = world
        .book(&desk, world.placement(&[span(CLINIC, "09:00", 0, 20)]))
        .await;
    assert_eq!(lost(&outcome), [ConflictReason::Closed]);
    assert_eq!(world.cancel(&desk, &number, id).await, Outcome::Confirmed);
}

pub(crate) async fn background_bookings_are_bookings<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let wanted = span(DOCTOR, "08:00", 0, 20);
    let book = async || {
        world
            .ledger
            .foreign_booking(&wanted, None, world.now)
            .await
            .expect("the ledger works")
    };
    let before = world.head().await.seq;
    let booking = book().await.expect("the place is free");
    assert_eq!(book().await, Err(ConflictReason::Taken));
    assert_eq!(world.head().await.seq, before + 2);
    assert_eq!(
        lost(&world.book(&desk, world.placement(&[wanted])).await.2),
        [ConflictReason::Taken]
    );
    for live in [true, false] {
        let cancelled = world
            .ledger
            .foreign_cancellation(booking, world.now)
            .await
            .expect("the ledger works");
        assert_eq!(cancelled, live);
    }
    assert_eq!(
        world.book(&desk, world.placement(&[wanted])).await.2,
        Outcome::Confirmed
    );
}
