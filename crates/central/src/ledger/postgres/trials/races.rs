//! Two want the same.

use std::sync::Arc;

use lanterna_model::access::Channel;
use lanterna_model::priority::Priority;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest};
use lanterna_wire::operation::{Action, Envelope};
use lanterna_wire::outcome::{Answer, Outcome, RejectReason};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::Place;
use crate::ledger::conformance::fixture::*;
use crate::ledger::{Ledger, PostgresLedger, Retention};

/// Processes of the central beside the first.
const PROCESSES: usize = 3;

pub(super) async fn processes(place: &Place) -> Vec<Arc<PostgresLedger>> {
    let mut all = Vec::new();
    for _ in 0..PROCESSES {
        all.push(Arc::new(place.process().await));
    }
    all
}

/// Has operations of desks executed at once, each by the next process; the answers in their order.
async fn at_once(
    world: &World<PostgresLedger>,
    processes: &[Arc<PostgresLedger>],
    operations: Vec<(&TestDesk, Envelope)>,
) -> Vec<Answer> {
    let start = Arc::new(Barrier::new(operations.len()));
    let mut racing = Vec::new();
    for ((desk, envelope), ledger) in operations.into_iter().zip(processes.iter().cycle()) {
        let (ledger, start, desk, now) = (Arc::clone(ledger), Arc::clone(&start), desk.desk.id, world.now);
        racing.push(tokio::spawn(async move {
            start.wait().await;
            ledger.execute(desk, &envelope, now).await
        }));
    }
    let mut answers = Vec::new();
    for one in racing {
        answers.push(one.await.expect("no panic").expect("the ledger works"));
    }
    answers
}

pub(super) async fn one_place_wanted_by_several_processes_goes_to_one(place: Place) {
    let (world, processes) = (place.world().await, processes(&place).await);
    let mut desks = Vec::new();
    for _ in 0..12 {
        desks.push(world.mmg().await);
    }
    for clock in ["08:00", "08:20", "08:40", "09:00", "09:20", "09:40", "10:00", "10:20"] {
        let wanted = |desk: &TestDesk| {
            let placement = world.placement(&[span(DOCTOR, clock, 0, 20)]);
            world.envelope(desk, &desk.number(), None, Action::Book(Box::new(placement)))
        };
        let operations = desks.iter().map(|desk| (desk, wanted(desk))).collect();
        let mut confirmed = 0;
        for answer in at_once(&world, &processes, operations).await {
            match outcome(answer) {
                Outcome::Confirmed => confirmed += 1,
                other => assert_eq!(lost(&other), [ConflictReason::Taken]),
            }
        }
        assert_eq!(confirmed, 1, "at {clock}");
    }
    world.is_sound().await;
}

pub(super) async fn one_operation_in_two_processes_executes_once(place: Place) {
    let (world, processes) = (place.world().await, processes(&place).await);
    let desk = world.mmg().await;
    for clock in ["08:00", "08:20", "08:40", "09:00", "09:20", "09:40"] {
        let placement = world.placement(&[span(CLINIC, clock, 0, 20)]);
        let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
        let before = world.head().await.seq;
        let copies = vec![(&desk, envelope.clone()), (&desk, envelope.clone()), (&desk, envelope)];
        let answers = at_once(&world, &processes, copies).await;
        let first = settled(answers[0].clone());
        assert_eq!(first.outcome, Outcome::Confirmed);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        // One session, told once.
        assert_eq!((first.seq, world.head().await.seq), (before + 1, before + 1));
    }
    assert_eq!(world.ledger.verify().await.expect("it can be read").live, 6);
    world.is_sound().await;
}

pub(super) async fn a_quota_of_one_gives_one_booking_whoever_asks(place: Place) {
    let (world, processes) = (place.world().await, processes(&place).await);
    let (one, other) = (world.mmg().await, world.mmg().await);
    for day in &DAYS[..3] {
        let book = |desk: &TestDesk, clock: &str| {
            let mut wanted = span(QUOTA, clock, 0, 20);
            wanted.start = minute(&format!("{day}T{clock}:00Z"));
            let placement = world.placement_of(VISIT, Some(Priority::B), &[wanted]);
            world.envelope(desk, &desk.number(), None, Action::Book(Box::new(placement)))
        };
        let operations = vec![(&one, book(&one, "08:00")), (&other, book(&other, "10:00"))];
        let mut outcomes: Vec<Outcome> = at_once(&world, &processes, operations)
            .await
            .into_iter()
            .map(outcome)
            .collect();
        outcomes.sort_by_key(|outcome| *outcome != Outcome::Confirmed);
        assert_eq!(outcomes[0], Outcome::Confirmed);
        // The session of the 3rd begins tomorrow: its quota is released, and both have a place.
        if *day == "2026-03-03" {
            assert_eq!(outcomes[1], Outcome::Confirmed);
        } else {
            assert_eq!(lost(&outcomes[1]), [ConflictReason::ClassQuota], "on {day}");
        }
    }
    world.is_sound().await;
}

pub(super) async fn a_booking_is_changed_by_one_operation_at_a_time(place: Place) {
    let (world, processes) = (place.world().await, processes(&place).await);
    let desk = world.mmg().await;
    for clock in ["08:00", "08:20", "08:40", "09:00"] {
        let placement = world.placement(&[span(DOCTOR, clock, 0, 20)]);
        let (number, id, _) = world.book(&desk, placement.clone()).await;
        let mut target = placement;
        target.appointments[0].span = span(CLINIC, clock, 1, 20);
        let moving = world.envelope(&desk, &number, Some(id), Action::Move(Box::new(target)));
        let ending = world.envelope(&desk, &number, Some(id), cancel());
        let answers = at_once(&world, &processes, vec![(&desk, moving), (&desk, ending)]).await;
        // Moved and then cancelled, or cancelled and then no longer to be moved.
        match [outcome(answers[0].clone()), outcome(answers[1].clone())] {
            [Outcome::Confirmed, Outcome::Confirmed] => {}
            [moved, Outcome::Confirmed] => assert_eq!(moved, rejected(RejectReason::AlreadyCancelled)),
            other => panic!("neither of these orders: {other:?}"),
        }
        assert!(world.is_free(&span(DOCTOR, clock, 0, 20)).await);
        assert!(world.is_free(&span(CLINIC, clock, 1, 20)).await);
    }
    world.is_sound().await;
}

pub(super) async fn one_request_for_a_hold_makes_one_hold(place: Place) {
    let (world, processes) = (place.world().await, processes(&place).await);
    let desk = world.mmg().await;
    for clock in ["08:00", "09:00", "10:00"] {
        let request = HoldRequest {
            id: world.uuid(),
            spans: vec![span(DOCTOR, clock, 0, 20), span(CLINIC, clock, 0, 20)],
            priority: Some(Priority::P),
            replaces: None,
        };
        let mut racing = JoinSet::new();
        for ledger in &processes {
            let (ledger, request, id, now) = (Arc::clone(ledger), request.clone(), desk.desk.id, world.now);
            racing.spawn(async move { ledger.hold(id, &request, HOLD_TIME, now).await });
        }
        while let Some(reply) = racing.join_next().await {
            let reply = reply.expect("no panic").expect("the ledger works");
            assert!(
                matches!(
                    reply,
                    HoldReply::Held {
                        expires_in_seconds: 300
                    }
                ),
                "{reply:?}"
            );
        }
    }
    let found = world.ledger.verify().await.expect("it can be read");
    // Each keeps a slot of either agenda, and two of the doctor's other agenda.
    assert_eq!((found.holds, found.slots.held, found.faults), (3, 12, Vec::new()));
}

pub(super) async fn several_enrol_at_once_under_different_numbers(place: Place) {
    let (world, processes) = (place.world().await, processes(&place).await);
    let mut racing = JoinSet::new();
    for (n, ledger) in (0u8..24).zip(processes.iter().cycle()) {
        let (ledger, request, now) = (Arc::clone(ledger), world.uuid(), world.now);
        racing.spawn(async move {
            let (code, token) = ([n; 32], [n + 100; 32]);
            let expires = now + chrono::Duration::hours(1);
            ledger
                .add_enrolment_code(&code, Channel::Mmg, expires)
                .await
                .expect("a fresh code");
            ledger
                .enrol(&code, request, &token, now)
                .await
                .expect("the code is good")
                .id
                .0
        });
    }
    let mut numbers: Vec<u32> = racing.join_all().await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=24).collect::<Vec<_>>());
}

/// What one desk does, over and over, on agendas that others use as well.
async fn bustle(world: Arc<World<PostgresLedger>>, ledger: Arc<PostgresLedger>, desk: TestDesk, n: u32) {
    let now = world.now;
    let id = desk.desk.id;
    let clocks = ["08:00", "08:20", "08:40", "09:00"];
    for round in 0..12u32 {
        let clock = |shift: u32| clocks[((round + n + shift) % 4) as usize];
        // Two resources, in either order: whoever did not lock them in one order would meet others in a circle.
        let mut spans = vec![
            span(DOCTOR, clock(0), 0, 20),
            span(CLINIC, clock(1), (n % 2) as u16, 20),
        ];
        if n.is_multiple_of(2) {
            spans.reverse();
        }
        let request = HoldRequest {
            id: world.uuid(),
            spans: spans.clone(),
            priority: Some(Priority::D),
            replaces: None,
        };
        ledger
            .hold(id, &request, HOLD_TIME, now)
            .await
            .expect("no hold meets a fault");
        let mut placement = world.placement_of(VISIT, Some(Priority::D), &spans);
        placement.hold = Some(request.id);
        let number = desk.number();
        let book = world.envelope(&desk, &number, None, Action::Book(Box::new(placement.clone())));
        let mut last = book.id;
        settled(ledger.execute(id, &book, now).await.expect("no booking meets a fault"));
        placement.hold = None;
        placement.appointments[0].span = span(QUOTA, clock(2), 0, 20);
        let moving = world.envelope(&desk, &number, Some(last), Action::Move(Box::new(placement)));
        if outcome(ledger.execute(id, &moving, now).await.expect("no move meets a fault")) == Outcome::Confirmed {
            last = moving.id;
        }
        let ending = world.envelope(&desk, &number, Some(last), cancel());
        let ended = ledger
            .execute(id, &ending, now)
            .await
            .expect("no cancellation meets a fault");
        assert_eq!(outcome(ended), Outcome::Confirmed);
        ledger
            .acknowledge(id, desk.sent() - 1)
            .await
            .expect("the desk is there");
        ledger
            .sweep(&Retention::default(), now)
            .await
            .expect("no sweep meets a fault");
    }
}

pub(super) async fn whatever_several_processes_do_at_once_the_ledger_stays_sound(place: Place) {
    let (world, processes) = (Arc::new(place.world().await), processes(&place).await);
    let mut bustling = JoinSet::new();
    for (n, ledger) in (0..8).zip(processes.iter().cycle()) {
        let desk = world.mmg().await;
        bustling.spawn(bustle(Arc::clone(&world), Arc::clone(ledger), desk, n));
    }
    bustling.join_all().await;
    let found = world.ledger.verify().await.expect("it can be read");
    // Everything was given back.
    assert_eq!((found.live, found.slots.booked, found.faults), (0, 0, Vec::new()));
    assert_eq!(found.cancelled, 8 * 12);
}
