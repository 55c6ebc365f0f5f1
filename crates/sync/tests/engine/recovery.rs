//! What a desk tells a ledger that was restored from a backup, and when (rules 12 and 13).

use lanterna_model::ids::LeaseId;
use lanterna_model::time::Now;
use lanterna_store::NoPromise;
use lanterna_sync::{Answer, Event, Failure, Request, RequestId, Timer};
use lanterna_wire::Cursor;
use lanterna_wire::operation::OperationAnswer;
use lanterna_wire::outcome::{Answer as OperationReply, NotYetReason, Outcome, Settled};
use lanterna_wire::recovery::{Assertion, AssertionReply, Progress};
use lanterna_wire::status::{Interruption, ServiceState};
use lanterna_wire::stock::StockReply;
use uuid::Uuid;

use crate::stock::lease;
use crate::world::*;

/// A desk with a confirmed booking and one lease of a ledger that is then lost.
fn lost() -> World {
    let mut world = World::new();
    world
        .store
        .transaction(|tx| tx.desk().begin_incarnation(Uuid::from_u128(1)))
        .unwrap();
    world.book(1);
    let effects = world.on(Event::Started);
    for (id, request) in world.pull(effects) {
        let effects = match &request {
            Request::Push(_) => world.confirm(id, &request),
            Request::Stock(_) => {
                let mut granted = lease(7);
                granted.grant = "grant".to_owned();
                let reply = StockReply::Stock {
                    leases: vec![granted],
                    recalled: Vec::new(),
                    renew_in_seconds: 600,
                };
                world.answer(id, Ok(Answer::Stocked(Box::new(reply))))
            }
            other => panic!("not expected: {other:?}"),
        };
        assert_eq!(world.pull(effects), []);
    }
    assert_eq!(promised(&world), 1);
    world.epoch = "f".repeat(32);
    world.service = ServiceState::Frozen;
    world.interruption = Some(Interruption::Recovery);
    world.assert_from = Some(1);
    world
}

fn promised(world: &World) -> usize {
    world.store.stock().promised(Now::at(world.now)).count()
}

/// Has an event bring its data, and hands back what the ledger is told.
fn told(world: &mut World, event: Event) -> Option<(RequestId, Assertion)> {
    let effects = world.on(event);
    let asked = world.pull(effects);
    assertion(asked)
}

fn assertion(asked: Vec<(RequestId, Request)>) -> Option<(RequestId, Assertion)> {
    asked.into_iter().find_map(|(id, request)| match request {
        Request::Assert(assertion) => Some((id, assertion)),
        _ => None,
    })
}

/// The ledger's reply, with the same answer to each operation.
fn reply(assertion: &Assertion, answer: &OperationReply, leases: &[LeaseId], done: bool) -> Answer {
    let answers = assertion.chains.iter().flatten().map(|asserted| OperationAnswer {
        id: asserted.id,
        answer: answer.clone(),
    });
    Answer::Asserted(Box::new(AssertionReply {
        answers: answers.collect(),
        leases: leases.to_vec(),
        done,
    }))
}

fn confirmed(world: &World) -> OperationReply {
    OperationReply::Outcome(Settled {
        outcome: Outcome::Confirmed,
        epoch: world.epoch.clone(),
        seq: 3,
        at: world.now,
        receipt: "new".to_owned(),
    })
}

#[test]
fn rule_12_operations_are_told_first_then_leases_and_then_all_goes_on() {
    let mut world = lost();
    let (id, first) = told(&mut world, Event::Timer(Timer::Poll)).unwrap();
    world.book(2);
    assert!(World::sent(&world.on(Event::Written)).is_empty(), "nothing new is sent");
    assert_eq!(
        world.store.stock().withheld(Now::at(world.now)),
        Some(NoPromise::Recovery)
    );
    assert_eq!(first.progress, Progress::More);
    assert_eq!(first.grants, Vec::<String>::new());
    let [chain] = &first.chains[..] else {
        panic!("one booking")
    };
    assert_eq!(chain[0].number, 1, "what has no answer is not asserted");
    let answer = confirmed(&world);
    let effects = world.answer(id, Ok(reply(&first, &answer, &[], false)));
    let (id, second) = assertion(World::sent(&effects)).unwrap();
    assert_eq!(second.progress, Progress::Done);
    assert_eq!(
        (second.chains.len(), &second.grants[..]),
        (0, &["grant".to_owned()][..])
    );
    assert_eq!((second.incarnation, second.exchanges), (Uuid::from_u128(1), 1));
    // With this answer the recovery is over.
    world.service = ServiceState::Open;
    world.interruption = None;
    world.assert_from = None;
    let effects = world.answer(id, Ok(reply(&second, &answer, &[LeaseId(7)], true)));
    let asked = world.pull(effects);
    assert_eq!(promised(&world), 1, "the lease holds on");
    let pushed = asked.iter().find_map(|(_, request)| match request {
        Request::Push(batch) => Some(batch),
        _ => None,
    });
    let numbers: Vec<u64> = pushed.unwrap().operations.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [2], "what was never answered is sent");
    let exchange = asked.iter().find_map(|(_, request)| match request {
        Request::Stock(exchange) => Some((exchange.incarnation, exchange.number)),
        _ => None,
    });
    assert_eq!(exchange, Some((Uuid::from_u128(1), 2)), "it goes on counting");
}

#[test]
fn rule_12_a_lease_that_is_not_kept_is_promised_no_more() {
    let mut world = lost();
    world.assert_from = Some(2);
    let (id, all) = told(&mut world, Event::Timer(Timer::Poll)).unwrap();
    assert_eq!(all.progress, Progress::Done, "the backup has the booking");
    let answer = confirmed(&world);
    world.assert_from = None;
    let effects = world.answer(id, Ok(reply(&all, &answer, &[], true)));
    world.pull(effects);
    assert_eq!(promised(&world), 0);
    assert!(!world.store.record().is_of_another_epoch(&world.epoch).unwrap());
}

/// All was told, and has to wait for others; the first part of it.
fn made_to_wait(world: &mut World) -> Assertion {
    let (id, first) = told(world, Event::Timer(Timer::Poll)).unwrap();
    let wait = OperationReply::NotYet {
        reason: NotYetReason::NotOpen,
        retry_after_seconds: 60,
    };
    let effects = world.answer(id, Ok(reply(&first, &wait, &[], false)));
    let (id, second) = assertion(World::sent(&effects)).unwrap();
    assert_eq!((second.progress, second.grants.len()), (Progress::Waiting, 1));
    let effects = world.answer(id, Ok(reply(&second, &wait, &[LeaseId(7)], false)));
    assert!(assertion(World::sent(&effects)).is_none());
    first
}

#[test]
fn rule_12_what_has_to_wait_for_others_is_told_again() {
    let mut world = lost();
    let first = made_to_wait(&mut world);
    world.now += chrono::TimeDelta::seconds(61);
    let (_, again) = told(&mut world, Event::Timer(Timer::Push)).unwrap();
    assert_eq!(again.chains, first.chains);
}

#[test]
fn rule_12_a_wall_clock_set_back_does_not_hold_up_what_has_to_wait_for_others() {
    let mut world = lost();
    let first = made_to_wait(&mut world);
    world.set_back = chrono::TimeDelta::hours(1);
    world.now += chrono::TimeDelta::seconds(61);
    let (_, again) = told(&mut world, Event::Timer(Timer::Push)).unwrap();
    assert_eq!(again.chains, first.chains);
}

#[test]
fn rule_12_a_lost_answer_is_asked_for_again() {
    let mut world = lost();
    let (id, first) = told(&mut world, Event::Timer(Timer::Poll)).unwrap();
    world.answer(id, Err(Failure::Unreachable));
    let (_, again) = told(&mut world, Event::Timer(Timer::Retry)).unwrap();
    assert_eq!(first, again);
    // Nor does another start of the program forget it, or promise anything meanwhile.
    world.engine = lanterna_sync::Engine::new(2);
    assert_eq!(promised(&world), 0);
    let (_, again) = told(&mut world, Event::Started).unwrap();
    assert_eq!(first.chains, again.chains);
}

#[test]
fn rule_12_an_outcome_the_central_has_not_sealed_needs_an_operator() {
    let mut world = lost();
    let (id, first) = told(&mut world, Event::Timer(Timer::Poll)).unwrap();
    let refused = OperationReply::Refused {
        reason: lanterna_wire::outcome::RefusalReason::IdReused,
    };
    world.answer(id, Ok(reply(&first, &refused, &[], false)));
    assert_eq!(world.store.record().queue_counts().unwrap().to_resolve, 1);
}

#[test]
fn rule_12_a_fenced_central_is_told_nothing_and_nothing_is_promised() {
    let mut world = lost();
    world.interruption = Some(Interruption::Fenced);
    world.assert_from = None;
    assert!(told(&mut world, Event::Timer(Timer::Poll)).is_none());
    assert_eq!(promised(&world), 0);
}

#[test]
fn rule_13_a_ledger_behind_the_mirror_is_asked_for_changes() {
    let mut world = World::new();
    let effects = world.on(Event::Started);
    world.pull(effects);
    let ahead = Cursor {
        digest: "1".repeat(16),
        ..cursor()
    };
    world.head = Some(ahead);
    let effects = world.on(Event::Timer(Timer::Poll));
    let (id, _) = World::sent(&effects)[0].clone();
    let status = world.status();
    let effects = world.answer(id, Ok(status));
    let asked = World::sent(&effects);
    assert!(matches!(&asked[..], [(_, Request::Changes { .. })]), "{asked:?}");
    // Found out: the mirror is fetched anew, once it is known what the ledger says to it.
    let effects = world.answer(asked[0].0, Err(Failure::CursorAhead));
    assert!(matches!(World::sent(&effects)[..], [(_, Request::Status)]));
    let (id, _) = World::sent(&effects)[0].clone();
    let status = world.status();
    let effects = world.answer(id, Ok(status));
    assert!(matches!(World::sent(&effects)[..], [(_, Request::Manifest)]));
}

#[test]
fn rule_12_another_life_that_a_ring_tells_of_is_told_what_it_lost() {
    let mut world = lost();
    let effects = world.on(Event::DoorbellRang);
    let asked = World::sent(&effects);
    assert!(matches!(&asked[..], [(_, Request::Changes { .. })]), "{asked:?}");
    let effects = world.answer(asked[0].0, Err(Failure::CursorGone));
    let asked = world.pull(effects);
    assert!(assertion(asked).is_some());
}

#[test]
fn a_snapshot_of_another_life_than_the_status_tells_has_the_status_asked_again() {
    let mut world = World::new();
    let effects = world.on(Event::Started);
    let (id, _) = World::sent(&effects)[0].clone();
    let before = world.status();
    world.epoch = "f".repeat(32);
    // The status is of the moment before: every snapshot is of another life than it.
    let effects = world.answer(id, Ok(before));
    assert_eq!(world.pull(effects), []);
    assert_eq!(world.engine.view().status.unwrap().head.epoch, world.epoch);
}

#[test]
fn rule_12_a_desk_that_is_not_known_any_more_shows_its_papers() {
    let mut world = World::new();
    let effects = world.on(Event::Started);
    let (id, _) = World::sent(&effects)[0].clone();
    let effects = world.answer(id, Err(Failure::Unauthorized));
    assert!(World::sent(&effects).is_empty(), "it has none");
    world.store.transaction(|tx| tx.desk().keep_papers("papers")).unwrap();
    let effects = world.on(Event::Timer(Timer::Retry));
    let (id, _) = World::sent(&effects)[0].clone();
    let effects = world.answer(id, Err(Failure::Unauthorized));
    let asked = World::sent(&effects);
    assert!(
        matches!(&asked[..], [(_, Request::Readmit(papers))] if papers == "papers"),
        "{asked:?}"
    );
    let effects = world.answer(asked[0].0, Ok(Answer::Readmitted));
    assert!(matches!(World::sent(&effects)[..], [(_, Request::Status)]));
}
