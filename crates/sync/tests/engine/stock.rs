//! When the engine exchanges stock, and what it makes of the answers.

use chrono::TimeDelta;
use lanterna_model::ids::{LeaseId, ScheduleId, ServiceCode};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::{Minute, Now};
use lanterna_sync::{Answer, Event, Failure, LinkState, Request, RequestId, Timer};
use lanterna_wire::status::ServiceState;
use lanterna_wire::stock::{Lease, StockReply, StockRequest};
use uuid::Uuid;

use crate::world::*;

pub fn lease(id: u64) -> Lease {
    Lease {
        id: LeaseId(id),
        span: SlotSpan {
            schedule: ScheduleId(1),
            start: Minute(30_000_000),
            place: 0,
            minutes: 20,
            revision: 1,
        },
        service: ServiceCode::parse("89.7A.3").unwrap(),
        classes: 15,
        book_for_seconds: 3_600,
        honour_for_seconds: 7_200,
        grant: String::new(),
    }
}

fn stock(leases: Vec<Lease>, recalled: Vec<LeaseId>) -> Answer {
    Answer::Stocked(Box::new(StockReply::Stock {
        leases,
        recalled,
        renew_in_seconds: 600,
    }))
}

impl World {
    fn with_stock() -> Self {
        let mut world = Self::new();
        world
            .store
            .transaction(|tx| tx.desk().begin_incarnation(Uuid::from_u128(1)))
            .unwrap();
        world
    }

    /// Lets an event have its data, and hands back the exchange it led to.
    fn exchange(&mut self, event: Event) -> Option<(RequestId, StockRequest)> {
        let effects = self.on(event);
        exchanges(self.pull(effects))
    }

    fn promised(&self) -> usize {
        self.store.stock().promised(Now::at(self.now)).count()
    }
}

fn exchanges(asked: Vec<(RequestId, Request)>) -> Option<(RequestId, StockRequest)> {
    asked.into_iter().find_map(|(id, request)| match request {
        Request::Stock(exchange) => Some((id, exchange)),
        _ => None,
    })
}

#[test]
fn stock_is_asked_for_when_the_link_stands_and_again_when_it_is_time() {
    let mut world = World::with_stock();
    let (id, exchange) = world.exchange(Event::Started).unwrap();
    assert_eq!(exchange.number, 1);
    world.answer(id, Ok(stock(vec![lease(1)], vec![])));
    assert_eq!(world.promised(), 1);
    assert!(world.exchange(Event::Timer(Timer::Poll)).is_none());
    world.now += chrono::TimeDelta::seconds(601);
    let (_, exchange) = world.exchange(Event::Timer(Timer::Poll)).unwrap();
    assert_eq!(exchange.number, 2);
}

#[test]
fn what_is_called_back_is_given_back_at_once() {
    let mut world = World::with_stock();
    let (id, _) = world.exchange(Event::Started).unwrap();
    world.answer(id, Ok(stock(vec![lease(1)], vec![])));
    world.recalled = 1;
    let (id, exchange) = world.exchange(Event::Timer(Timer::Poll)).unwrap();
    assert_eq!(exchange.surrendered, []);
    let effects = world.answer(id, Ok(stock(vec![], vec![LeaseId(1)])));
    assert_eq!(world.promised(), 0);
    let (_, exchange) = exchanges(World::sent(&effects)).unwrap();
    assert_eq!(exchange.surrendered, [LeaseId(1)]);
}

#[test]
fn an_exchange_without_an_answer_is_repeated_as_it_was() {
    let mut world = World::with_stock();
    let (id, first) = world.exchange(Event::Started).unwrap();
    world.answer(id, Err(Failure::Unreachable));
    world.now += chrono::TimeDelta::seconds(5);
    let (_, again) = world.exchange(Event::Timer(Timer::Retry)).unwrap();
    assert_eq!(first, again);
}

#[test]
fn a_central_that_sets_nothing_aside_keeps_nobody_from_working() {
    let mut world = World::with_stock();
    let (id, _) = world.exchange(Event::Started).unwrap();
    world.answer(id, Err(Failure::Missing));
    assert_eq!(world.engine.view().link, LinkState::Online);
    world.book(1);
    let effects = world.on(Event::Written);
    let sent = World::sent(&effects);
    assert!(matches!(sent.as_slice(), [(_, Request::Push(_))]), "{sent:?}");
}

#[test]
fn nothing_is_exchanged_while_the_channel_is_not_open() {
    let mut world = World::with_stock();
    world.service = ServiceState::Frozen;
    assert!(world.exchange(Event::Started).is_none());
    world.service = ServiceState::Open;
    assert!(world.exchange(Event::Timer(Timer::Poll)).is_some());
}

#[test]
fn a_desk_that_is_not_known_promises_nothing_until_it_is() {
    let mut world = World::with_stock();
    let (id, _) = world.exchange(Event::Started).unwrap();
    world.answer(id, Ok(stock(vec![lease(1)], vec![])));
    let effects = world.on(Event::Timer(Timer::Poll));
    let (id, _) = World::sent(&effects)[0].clone();
    world.answer(id, Err(Failure::Unauthorized));
    assert_eq!(world.promised(), 0);
    let effects = world.on(Event::Timer(Timer::Retry));
    world.pull(effects);
    assert_eq!(world.promised(), 1);
}

#[test]
fn a_copy_begins_another_incarnation() {
    let mut world = World::with_stock();
    let (id, first) = world.exchange(Event::Started).unwrap();
    world.answer(id, Ok(Answer::Stocked(Box::new(StockReply::Superseded))));
    world.now += chrono::TimeDelta::seconds(61);
    let (_, next) = world.exchange(Event::Timer(Timer::Poll)).unwrap();
    assert_ne!(next.incarnation, first.incarnation);
    assert_eq!(next.number, 1);
}

#[test]
fn another_life_of_a_ledger_that_hears_nothing_keeps_no_promise_of_the_one_before() {
    let mut world = World::with_stock();
    let (id, first) = world.exchange(Event::Started).unwrap();
    world.answer(id, Ok(stock(vec![lease(1)], vec![])));
    world.epoch = "f".repeat(32);
    let effects = world.on(Event::Timer(Timer::Poll));
    let asked = world.pull(effects);
    assert_eq!(world.promised(), 0);
    let [(id, Request::Assert(_))] = asked[..] else {
        panic!("it is told: {asked:?}")
    };
    world.answer(id, Err(Failure::Missing));
    assert_eq!(world.promised(), 0);
    let incarnation = world.store.record().incarnation().unwrap();
    assert_ne!(incarnation, Some(first.incarnation));
}

#[test]
fn clocks_in_doubt_are_set_right_by_an_exchange_at_once() {
    let mut world = World::with_stock();
    let (id, request) = world.exchange(Event::Started).unwrap();
    assert_eq!(request.number, 1);
    world.answer(id, Ok(stock(vec![lease(1)], Vec::new())));
    // Long before it is time to renew anything, somebody puts the clock back.
    world.now += TimeDelta::seconds(60);
    world.set_back = TimeDelta::hours(3);
    let effects = world.on(Event::Timer(Timer::Poll));
    let (id, request) = exchanges(world.pull(effects)).expect("an exchange");
    assert_eq!(request.number, 2);
    world.answer(id, Ok(stock(vec![lease(1)], Vec::new())));
    let mut now = Now::at(world.now);
    now.wall -= world.set_back;
    assert_eq!(world.store.stock().promised(now).count(), 1);
    // Once is enough.
    world.now += TimeDelta::seconds(60);
    assert!(world.exchange(Event::Timer(Timer::Poll)).is_none());
}
