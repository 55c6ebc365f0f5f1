//! What the engine asks for after which event.

use std::time::Duration;

use chrono::TimeDelta;
use lanterna_sync::{Answer, Effect, Engine, Event, Failure, LinkState, Request, Timer};
use lanterna_wire::operation::BatchReply;
use lanterna_wire::outcome::{Answer as OperationReply, NotYetReason};
use lanterna_wire::status::ServiceState;

use crate::world::*;
use uuid::Uuid;

#[test]
fn a_first_start_fetches_everything_and_then_listens() {
    let mut world = World::new();
    let effects = world.on(Event::Started);
    assert!(world.pull(effects).is_empty());
    assert_eq!(world.store.cursor(), Some(&cursor()));
    assert_eq!(world.engine.view().link, LinkState::Online);
}

#[test]
fn what_was_written_off_line_goes_out_by_itself_when_the_link_returns() {
    let mut world = World::new();
    let effects = world.on(Event::Started);
    world.pull(effects);
    let effects = world.on(Event::Timer(Timer::Poll));
    let (id, _) = World::sent(&effects)[0].clone();
    let effects = world.answer(id, Err(Failure::Unreachable));
    assert_eq!(world.engine.view().link, LinkState::Offline);
    assert!(
        World::retry_after(&effects).is_some(),
        "nobody has to ask for a new attempt"
    );
    world.book(1);
    assert!(World::sent(&world.on(Event::Written)).is_empty());
    // Only the timer runs out: no local write, no operator.
    let effects = world.on(Event::Timer(Timer::Retry));
    let pushes = world.pull(effects);
    let [(id, push)] = &pushes[..] else {
        panic!("one push is expected, not {pushes:?}")
    };
    world.confirm(*id, push);
    assert_eq!(world.unanswered(), 0);
}

#[test]
fn nothing_is_pushed_unless_the_central_says_open() {
    for service in [ServiceState::ReadOnly, ServiceState::Frozen, ServiceState::Closed] {
        let mut world = World::new();
        world.service = service;
        world.book(1);
        let effects = world.on(Event::Started);
        assert!(world.pull(effects).is_empty(), "{service:?}");
        world.service = ServiceState::Open;
        let effects = world.on(Event::Timer(Timer::Poll));
        assert_eq!(world.pull(effects).len(), 1, "{service:?}");
    }
}

#[test]
fn a_lost_answer_is_asked_for_again_with_the_same_bytes() {
    let mut world = World::new();
    world.book(1);
    let effects = world.on(Event::Started);
    let pushes = world.pull(effects);
    world.answer(pushes[0].0, Err(Failure::Unreachable));
    let effects = world.on(Event::Timer(Timer::Retry));
    let again = world.pull(effects);
    let (Request::Push(first), Request::Push(second)) = (&pushes[0].1, &again[0].1) else {
        panic!("pushes")
    };
    assert_eq!(first.operations, second.operations);
}

#[test]
fn one_poisonous_operation_ends_up_alone_and_the_others_go_on() {
    let mut world = World::new();
    for seed in 1..=16 {
        world.book(seed);
    }
    let poison = Uuid::from_u128(1_007);
    let effects = world.on(Event::Started);
    let mut pushes = world.pull(effects);
    for _ in 0..60 {
        let Some((id, push)) = pushes.pop() else {
            world.now += TimeDelta::seconds(31);
            let effects = world.on(Event::Timer(Timer::Push));
            pushes = World::sent(&effects);
            if world.unanswered() == 1 {
                break;
            }
            continue;
        };
        let Request::Push(batch) = &push else { panic!("a push") };
        let effects = if batch.operations.iter().any(|operation| operation.id == poison) {
            world.answer(id, Err(Failure::Fault))
        } else {
            world.confirm(id, &push)
        };
        pushes = world.pull(effects);
    }
    assert_eq!(world.unanswered(), 1, "all but the poisonous one have their outcome");
}

#[test]
fn a_late_answer_from_before_a_failure_changes_nothing() {
    let mut world = World::new();
    world.book(1);
    let effects = world.on(Event::Started);
    let pushes = world.pull(effects);
    let (id, push) = pushes[0].clone();
    let status = world.on(Event::Timer(Timer::Poll));
    let (poll, _) = World::sent(&status)[0].clone();
    world.answer(poll, Err(Failure::Unreachable));
    world.confirm(id, &push);
    assert_eq!(world.unanswered(), 1, "it is asked for again instead");
}

#[test]
fn data_that_cannot_be_had_do_not_hold_up_the_queue() {
    let mut world = World::new();
    let effects = world.on(Event::Started);
    world.pull(effects);
    world.book(1);
    let effects = world.on(Event::Written);
    let sent = World::sent(&effects);
    let (push, batch) = sent
        .into_iter()
        .find(|(_, request)| matches!(request, Request::Push(_)))
        .unwrap();
    let effects = world.on(Event::DoorbellRang);
    let (changes, request) = World::sent(&effects)[0].clone();
    assert!(matches!(request, Request::Changes { .. }));
    let effects = world.answer(changes, Err(Failure::Fault));
    assert_eq!(world.engine.view().link, LinkState::Failing);
    assert!(!effects.contains(&Effect::Hush), "the batch is still waited for");
    assert!(World::retry_after(&effects).is_some());
    world.confirm(push, &batch);
    assert_eq!(world.unanswered(), 0);
}

#[test]
fn a_doorbell_that_cannot_be_opened_is_no_storm_and_does_not_put_off_the_next_look() {
    let mut world = World::new();
    let effects = world.on(Event::Started);
    world.pull(effects);
    // The line breaks while nothing is asked: all the desk sees of it is that its doorbell closes.
    for _ in 0..3 {
        let effects = world.on(Event::DoorbellClosed);
        let [
            Effect::SetTimer {
                timer: Timer::Poll,
                after,
            },
        ] = effects[..]
        else {
            panic!("a look soon, and nothing else: {effects:?}")
        };
        assert!(after < Duration::from_secs(1));
    }
    let effects = world.on(Event::Timer(Timer::Poll));
    let (id, request) = World::sent(&effects)[0].clone();
    assert_eq!(request, Request::Status);
    world.answer(id, Err(Failure::Unreachable));
    assert_eq!(world.engine.view().link, LinkState::Offline);
    // Once the central has answered again the doorbell is opened again.
    let mut effects = world.on(Event::Timer(Timer::Retry));
    for _ in 0..4 {
        if effects.contains(&Effect::OpenDoorbell) {
            return;
        }
        let (id, request) = World::sent(&effects)[0].clone();
        assert_eq!(request, Request::Status);
        let status = world.status();
        effects = world.answer(id, Ok(status));
    }
    panic!("nobody listens");
}

#[test]
fn a_wall_clock_set_back_does_not_hold_up_what_had_to_wait() {
    let mut world = World::new();
    world.book(1);
    let effects = world.on(Event::Started);
    let pushes = world.pull(effects);
    // The central meets a fault over it: it waits a moment.
    world.answer(pushes[0].0, Err(Failure::Fault));
    assert!(World::sent(&world.on(Event::Timer(Timer::Push))).is_empty());
    world.set_back = TimeDelta::hours(3);
    world.now += TimeDelta::seconds(31);
    let effects = world.on(Event::Timer(Timer::Push));
    let [(id, push)] = &World::sent(&effects)[..] else {
        panic!("it is sent again: {effects:?}")
    };
    world.confirm(*id, push);
    assert_eq!(world.unanswered(), 0);
}

/// Has the central answer the first operation of a batch alone; how long the others wait.
fn halved(seed: u64) -> Duration {
    let mut world = World::new();
    world.engine = Engine::new(seed);
    for booking in 1..=3 {
        world.book(booking);
    }
    let effects = world.on(Event::Started);
    let pushes = world.pull(effects);
    let (id, push) = pushes[0].clone();
    let Answer::Pushed(BatchReply { mut answers }) = world.confirmed(&push) else {
        panic!("a push")
    };
    for answered in &mut answers[1..] {
        answered.answer = OperationReply::NotYet {
            reason: NotYetReason::Throttled,
            retry_after_seconds: 5,
        };
    }
    let effects = world.answer(id, Ok(Answer::Pushed(BatchReply { answers })));
    assert_eq!(world.unanswered(), 2, "what was done is known at once");
    let push_timer = |effect: &Effect| match effect {
        Effect::SetTimer {
            timer: Timer::Push,
            after,
        } => Some(*after),
        _ => None,
    };
    let wait = effects.iter().find_map(push_timer).expect("it comes back by itself");
    // Clocks count whole milliseconds.
    world.now += TimeDelta::from_std(wait).unwrap() + TimeDelta::milliseconds(1);
    let sent = World::sent(&world.on(Event::Timer(Timer::Push)));
    let [(_, again)] = &sent[..] else {
        panic!("all that waited goes together: {sent:?}")
    };
    let (Request::Push(first), Request::Push(second)) = (&push, again) else {
        panic!("pushes")
    };
    assert_eq!(first.operations[1..], second.operations);
    wait
}

#[test]
fn what_the_central_did_not_come_to_is_sent_again_as_late_as_it_says_and_not_by_all_desks_at_once() {
    let asked = Duration::from_secs(5);
    let waits: Vec<_> = (1..=4).map(halved).collect();
    assert!(waits.iter().all(|wait| (asked..=asked * 2).contains(wait)), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
}
