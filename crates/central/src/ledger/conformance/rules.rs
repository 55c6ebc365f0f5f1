//! What is against a rule is rejected, and by which.

use lanterna_model::access::{Channel, Sex};
use lanterna_model::ids::ScheduleId;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::Suspension;
use lanterna_wire::hold::ConflictReason;
use lanterna_wire::operation::{Action, Placement};
use lanterna_wire::outcome::{Answer, NotYetReason, Outcome, RejectReason};
use lanterna_wire::status::ServiceState;

use super::fixture::*;
use crate::ledger::{Ledger, LedgerError};

pub(crate) async fn each_rule_has_its_rejection<L: Ledger>(world: &World<L>) {
    let (mmg, pharmacy) = (world.mmg().await, world.desk(Channel::Pharmacy).await);
    let near = |schedule: ScheduleId| span(schedule, "08:00", 0, 20);
    let visit = |schedule| world.placement(&[near(schedule)]);
    let with = |mut placement: Placement, change: &dyn Fn(&mut Placement)| {
        change(&mut placement);
        placement
    };
    let far = with(visit(PICKY), &|it| {
        it.appointments[0].span.start = minute("2026-05-20T08:00:00Z")
    });
    let past = with(visit(DOCTOR), &|it| {
        it.appointments[0].span.start = minute("2026-03-01T08:00:00Z")
    });
    let cases = [
        (RejectReason::ChannelNotAllowed, &pharmacy, visit(PICKY)),
        (RejectReason::ChannelNotAllowed, &mmg, visit(EXCLUSIVE)),
        (
            RejectReason::ServiceNotOffered,
            &mmg,
            world.placement_of(ELSEWHERE, Some(Priority::P), &[near(DOCTOR)]),
        ),
        (
            RejectReason::AccessType,
            &mmg,
            world.placement_of(EXAMINATION, None, &[near(DOCTOR)]),
        ),
        (
            RejectReason::PatientSex,
            &mmg,
            with(visit(PICKY), &|it| it.patient.sex = Sex::M),
        ),
        (
            RejectReason::PatientAge,
            &mmg,
            with(visit(PICKY), &|it| {
                it.patient.birth_date = time("2009-01-01T00:00:00Z").date_naive()
            }),
        ),
        (RejectReason::BeyondHorizon, &mmg, far),
        (RejectReason::InThePast, &mmg, past),
        (
            RejectReason::PrescriptionInvalid,
            &mmg,
            with(visit(DOCTOR), &|it| it.prescription.priority = None),
        ),
        (
            RejectReason::PrescriptionInvalid,
            &mmg,
            with(visit(DOCTOR), &|it| it.appointments[0].line = 2),
        ),
        (
            RejectReason::PrescriptionInvalid,
            &mmg,
            with(visit(DOCTOR), &|it| it.appointments[0].service = code(EXAMINATION)),
        ),
        (
            RejectReason::PrescriptionExpired,
            &mmg,
            with(visit(DOCTOR), &|it| {
                it.prescription.issued_on = time("2025-08-01T00:00:00Z").date_naive()
            }),
        ),
        (
            RejectReason::Malformed,
            &mmg,
            with(visit(DOCTOR), &|it| it.appointments.clear()),
        ),
    ];
    for (reason, desk, placement) in cases {
        assert_eq!(world.book(desk, placement).await.2, rejected(reason));
    }
    assert_eq!(world.book(&mmg, visit(PICKY)).await.2, Outcome::Confirmed);
}

pub(crate) async fn a_prescription_is_judged_on_the_day_of_the_request<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    // Requested while it was valid, received when it was not: the wait is not the patient's fault.
    let mut placement = world.placement(&[span(DOCTOR, "08:00", 0, 20)]);
    placement.prescription.issued_on = time("2025-09-02T12:00:00Z").date_naive();
    placement.requested_at = time("2026-03-01T12:00:00Z");
    assert_eq!(world.book(&desk, placement.clone()).await.2, Outcome::Confirmed);
    let mut late = world.placement(&[span(DOCTOR, "08:20", 0, 20)]);
    late.prescription.issued_on = placement.prescription.issued_on;
    assert_eq!(
        world.book(&desk, late).await.2,
        rejected(RejectReason::PrescriptionExpired)
    );
}

pub(crate) async fn a_suspended_schedule_is_closed<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let wanted = span(DOCTOR, "08:00", 0, 20);
    let day = wanted.start.rome_date();
    let suspension = Suspension {
        from: day,
        to: Some(day),
        reason: "guasto".to_owned(),
    };
    world
        .ledger
        .suspend(DOCTOR, Some(&suspension))
        .await
        .expect("the schedule is there");
    assert_eq!(
        lost(&world.book(&desk, world.placement(&[wanted])).await.2),
        [ConflictReason::Closed]
    );
    assert_eq!(refused(&world.hold(&desk, &[wanted]).await.1), [ConflictReason::Closed]);
    world.ledger.suspend(DOCTOR, None).await.expect("the schedule is there");
    assert_eq!(
        world.book(&desk, world.placement(&[wanted])).await.2,
        Outcome::Confirmed
    );
    let unknown = world.ledger.suspend(ScheduleId(99), None).await;
    assert!(matches!(unknown, Err(LedgerError::NoSuchSchedule(ScheduleId(99)))));
}

pub(crate) async fn a_channel_that_is_not_open_takes_nothing<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.desk(Channel::Web).await);
    let placement = world.placement(&[span(DOCTOR, "08:00", 0, 20)]);
    let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
    let earlier = world
        .book(&desk, world.placement(&[span(DOCTOR, "11:00", 0, 20)]))
        .await;
    for state in [ServiceState::ReadOnly, ServiceState::Frozen, ServiceState::Closed] {
        world
            .ledger
            .set_service_state(Channel::Mmg, state, world.now)
            .await
            .expect("the ledger works");
        let answer = world.execute(&desk, &envelope).await;
        assert!(matches!(
            answer,
            Answer::NotYet {
                reason: NotYetReason::NotOpen,
                ..
            }
        ));
        let request = lanterna_wire::hold::HoldRequest {
            id: world.uuid(),
            spans: vec![span(DOCTOR, "08:00", 0, 20)],
            priority: None,
            replaces: None,
        };
        let hold = world.ledger.hold(desk.desk.id, &request, HOLD_TIME, world.now).await;
        assert!(matches!(hold, Err(LedgerError::NotOpen(found)) if found == state));
    }
    // Other channels go on.
    assert_eq!(
        world
            .book(&other, world.placement(&[span(DOCTOR, "09:00", 0, 20)]))
            .await
            .2,
        Outcome::Confirmed
    );
    world
        .ledger
        .set_service_state(Channel::Mmg, ServiceState::Open, world.now)
        .await
        .expect("the ledger works");
    assert_eq!(outcome(world.execute(&desk, &envelope).await), Outcome::Confirmed);
    assert_eq!(earlier.2, Outcome::Confirmed);
}
