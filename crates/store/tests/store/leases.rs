//! Places set aside for this desk: what it may promise, and what it must not (rules 1 to 11).

use std::time::Duration;

use chrono::{DateTime, Utc};
use lanterna_model::access::AccessType;
use lanterna_model::availability::{ClassMask, FreeBits, ScheduleAvailability, SessionAvailability};
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::{LeaseId, ScheduleId, ServiceCode};
use lanterna_model::lease::CLOCK_MARGIN;
use lanterna_model::priority::Priority;
use lanterna_model::time::{Minute, Now};
use lanterna_store::search::{Order, Query};
use lanterna_store::{Change, Exchanged, NoPromise, Store, StoreError};
use lanterna_wire::outcome::Outcome;
use lanterna_wire::stock::{Lease, StockReply, StockRequest};
use uuid::Uuid;

use crate::fixture::*;

const HOUR: u32 = 3_600;
/// The place of the tests: well after `now`.
const START: i32 = 30_000_000;

fn lease(id: u64, start: i32) -> Lease {
    Lease {
        id: LeaseId(id),
        span: span(start),
        service: ServiceCode::parse("89.7A.3").unwrap(),
        classes: ClassMask::FIRST.0,
        book_for_seconds: 4 * HOUR,
        honour_for_seconds: 8 * HOUR,
        grant: String::new(),
    }
}

fn stock(leases: Vec<Lease>, recalled: &[u64]) -> StockReply {
    StockReply::Stock {
        leases,
        recalled: recalled.iter().map(|id| LeaseId(*id)).collect(),
        renew_in_seconds: 900,
    }
}

fn desk() -> Store {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    store
        .transaction(|tx| tx.desk().begin_incarnation(Uuid::from_u128(1)))
        .unwrap();
    store
}

fn ask(store: &mut Store, now: Now) -> StockRequest {
    let id = Uuid::from_u128(u128::from(now.boot.as_secs() as u32));
    store
        .transaction(|tx| tx.desk().next_exchange(id, now))
        .unwrap()
        .unwrap()
}

fn told(store: &mut Store, number: u64, reply: &StockReply, now: Now) -> Exchanged {
    told_after(store, number, reply, 0, now)
}

/// An answer to an exchange that was composed when the operations up to a number had their ends.
fn told_after(store: &mut Store, number: u64, reply: &StockReply, settled: u64, now: Now) -> Exchanged {
    store
        .transaction(|tx| {
            tx.desk()
                .exchanged(number, reply, settled, "e", Uuid::from_u128(99), now)
        })
        .unwrap()
}

/// A whole exchange.
fn exchange(store: &mut Store, reply: &StockReply, now: Now) -> StockRequest {
    let request = ask(store, now);
    told(store, request.number, reply, now);
    request
}

fn later(minutes: i64) -> Now {
    Now::at(now().wall + chrono::Duration::minutes(minutes))
}

fn promised(store: &Store, now: Now) -> Vec<u64> {
    store.stock().promised(now).map(|place| place.id.0).collect()
}

fn book(store: &mut Store, seed: u128, nre: &str, start: i32, leases: &[u64]) -> Result<BookingNumber, StoreError> {
    let mut new = booking(seed, nre, start);
    new.leases = leases.iter().map(|id| LeaseId(*id)).collect();
    store.transaction(|tx| tx.desk().add_booking(new, now().wall))
}

fn guaranteed(store: &Store, number: &BookingNumber, now: Now) -> Option<DateTime<Utc>> {
    store.record().booking(number).unwrap().unwrap().guaranteed_until(now)
}

fn stocked() -> Store {
    let mut store = desk();
    exchange(
        &mut store,
        &stock(vec![lease(1, START), lease(2, START + 20)], &[]),
        now(),
    );
    store
}

#[test]
fn what_is_set_aside_is_promised_to_those_it_is_for_and_offered_to_nobody_else() {
    let store = stocked();
    assert_eq!(promised(&store, now()), [1, 2]);
    let stock = store.stock();
    let of = |class| ClassMask::class(class);
    assert!(stock.promise(&span(START), of(Priority::B), now()).is_some());
    assert!(stock.promise(&span(START), ClassMask::FOLLOW_UP, now()).is_none());
    assert!(stock.promise(&span(START + 40), of(Priority::B), now()).is_none());
    // As an ordinary place it is not offered: the central would refuse it.
    assert!(
        store
            .overlay()
            .takes(ScheduleId(1), span(START).start, 0, 20, now().wall)
    );
}

#[test]
fn what_is_set_aside_comes_first_among_equals() {
    const VISIT: &str = "89.7A.3";
    let mut store = desk();
    let free = |id, start, bits: u8| ScheduleAvailability {
        schedule: ScheduleId(id),
        sessions: vec![SessionAvailability {
            start: Minute(start),
            step: 20,
            slots: 3,
            places: 1,
            revision: 1,
            classes: ClassMask(31),
            free: FreeBits::from_bytes(&[bits], 3),
        }],
    };
    // Two agendas of one site. Of the second one the place at START is set aside, and free to nobody else.
    let agendas = [1, 2].map(|id| schedule(id, 1, &[(VISIT, 20)])).to_vec();
    let known = catalogue(vec![service(VISIT, "Visita", "")], vec![location(1)], agendas);
    fetch(
        &mut store,
        &known,
        &[free(1, START, 0b001), free(2, START - 20, 0b101)],
        5,
    );
    let mut leased = lease(1, START);
    leased.span.schedule = ScheduleId(2);
    exchange(&mut store, &stock(vec![leased], &[]), now());
    for order in [Order::Date, Order::Distance, Order::Facility] {
        let query = Query {
            services: vec![ServiceCode::parse(VISIT).unwrap()],
            access: AccessType::First,
            request: ClassMask::class(Priority::D),
            from: None,
            to: None,
            weekdays: 127,
            day_from: 0,
            day_to: 1_439,
            origin: Some(location(1).coordinates),
            max_km: None,
            organization: None,
            location: None,
            birth_date: None,
            sex: None,
            deadline: None,
            order,
            offset: 0,
            limit: 10,
        };
        let found = store.search(&query, now());
        let rows = found.offers.iter().map(|offer| {
            let span = offer.spans[0];
            (span.start.0 - START, span.schedule.0, offer.guaranteed_until.is_some())
        });
        let expected = [(-20, 2, false), (0, 2, true), (0, 1, false), (20, 2, false)];
        assert_eq!(rows.collect::<Vec<_>>(), expected, "{order:?}");
    }
}

#[test]
fn rule_1_what_is_called_back_is_renounced_before_the_central_hears_of_it() {
    let mut store = stocked();
    let reply = stock(vec![lease(2, START + 20)], &[1]);
    let request = ask(&mut store, later(5));
    assert_eq!(request.surrendered, []);
    let done = told(&mut store, request.number, &reply, later(5));
    assert_eq!(done, Exchanged::Stocked { recalled: true });
    assert_eq!(promised(&store, later(5)), [2]);
    assert!(matches!(
        book(&mut store, 1, NRE, START, &[1]),
        Err(StoreError::LeaseOver)
    ));
    let request = exchange(&mut store, &stock(vec![lease(2, START + 20)], &[]), later(6));
    assert_eq!(request.surrendered, [LeaseId(1)]);
    assert_eq!(ask(&mut store, later(7)).surrendered, []);
}

#[test]
fn rule_1_a_promise_given_before_the_recall_stands() {
    let mut store = stocked();
    let number = book(&mut store, 1, NRE, START, &[1]).unwrap();
    let request = ask(&mut store, later(5));
    let done = told(&mut store, request.number, &stock(vec![], &[1, 2]), later(5));
    assert_eq!(done, Exchanged::Stocked { recalled: true });
    assert!(guaranteed(&store, &number, later(5)).is_some());
    // Only the one that nobody was promised is given back.
    assert_eq!(ask(&mut store, later(6)).surrendered, [LeaseId(2)]);
}

#[test]
fn rule_2_a_grant_that_comes_late_revives_nothing() {
    let mut store = stocked();
    exchange(&mut store, &stock(vec![], &[1]), later(5));
    // An answer to an exchange that is over, then one that names the lease once more.
    let done = told(&mut store, 1, &stock(vec![lease(1, START)], &[]), later(6));
    assert_eq!(done, Exchanged::Ignored);
    exchange(&mut store, &stock(vec![lease(1, START)], &[]), later(7));
    assert!(promised(&store, later(7)).is_empty());
}

#[test]
fn rule_2_an_exchange_is_repeated_word_for_word_and_its_term_counts_from_the_first_sending() {
    let mut store = desk();
    let first = ask(&mut store, now());
    let again = ask(&mut store, later(60));
    assert_eq!(first, again);
    told(&mut store, first.number, &stock(vec![lease(1, START)], &[]), later(60));
    assert_eq!(promised(&store, later(239)), [1]);
    assert!(promised(&store, later(240)).is_empty());
}

#[test]
fn rule_3_what_an_operation_named_never_returns_to_stock() {
    let mut store = stocked();
    let number = book(&mut store, 1, NRE, START, &[1]).unwrap();
    assert_eq!(promised(&store, now()), [2]);
    exchange(
        &mut store,
        &stock(vec![lease(1, START), lease(2, START + 20)], &[]),
        later(5),
    );
    assert_eq!(promised(&store, later(5)), [2]);
    assert!(matches!(
        book(&mut store, 2, "0700A4000000124", START, &[1]),
        Err(StoreError::LeaseOver)
    ));
    // Withdrawn before it was sent: the place goes back to everybody, by way of the central.
    let version = store.record().booking(&number).unwrap().unwrap().version;
    assert!(
        store
            .transaction(|tx| tx.desk().withdraw(&number, version, now().wall))
            .unwrap()
    );
    assert_eq!(promised(&store, later(5)), [2]);
    assert_eq!(ask(&mut store, later(6)).surrendered, [LeaseId(1)]);
}

#[test]
fn rule_5_a_guarantee_is_shown_until_a_margin_before_the_central_lets_go() {
    let mut store = stocked();
    let number = book(&mut store, 1, NRE, START, &[1]).unwrap();
    let until = now().wall + Duration::from_secs(u64::from(8 * HOUR)) - CLOCK_MARGIN;
    assert_eq!(guaranteed(&store, &number, now()), Some(until));
    assert_eq!(guaranteed(&store, &number, later(469)), Some(until));
    assert_eq!(guaranteed(&store, &number, later(470)), None);
}

#[test]
fn what_can_be_promised_no_longer_is_given_back_with_the_next_exchange() {
    let mut store = stocked();
    assert!(promised(&store, later(240)).is_empty());
    assert_eq!(ask(&mut store, later(240)).surrendered, [LeaseId(1), LeaseId(2)]);
}

#[test]
fn rule_6_a_clock_that_went_back_promises_nothing_until_the_central_answers() {
    let mut store = stocked();
    store.transaction(|tx| tx.desk().keep_clock(later(60))).unwrap();
    let back = Now { run: 7, ..later(30) };
    assert!(promised(&store, back).is_empty());
    assert!(matches!(store.stock().withheld(back), Some(NoPromise::Clock(_))));
    exchange(&mut store, &stock(vec![lease(1, START)], &[]), back);
    assert_eq!(promised(&store, back), [1]);
}

#[test]
fn rule_6_a_clock_that_jumped_promises_nothing() {
    let store = stocked();
    let jumped = Now {
        boot: now().boot + Duration::from_secs(60),
        ..later(90)
    };
    assert!(promised(&store, jumped).is_empty());
    let slept = later(90);
    assert_eq!(promised(&store, slept), [1, 2]);
}

#[test]
fn rule_7_a_move_is_guaranteed_only_while_nothing_of_its_booking_may_have_been_sent() {
    for sent in [false, true] {
        let mut store = stocked();
        let number = add(&mut store, 1, NRE, START + 100).unwrap();
        if sent {
            let id = Uuid::from_u128(1_001);
            store
                .transaction(|tx| tx.desk().mark_possibly_sent(&[id], now().wall))
                .unwrap();
        }
        let stored = store.record().booking(&number).unwrap().unwrap();
        let appointments = vec![Appointment {
            span: span(START),
            ..stored.placement.appointments[0].clone()
        }];
        let change = Change::Move {
            appointments,
            hold: None,
            leases: vec![LeaseId(1)],
        };
        let id = Uuid::from_u128(77);
        store
            .transaction(|tx| tx.desk().add_change(&number, stored.version, id, change, now().wall))
            .unwrap();
        assert_eq!(guaranteed(&store, &number, now()).is_some(), !sent);
        let stored = store.record().booking(&number).unwrap().unwrap();
        // The place itself is kept in either case.
        assert!(stored.operations[1].guaranteed_until(now()).is_some());
    }
}

#[test]
fn rule_9_a_desk_that_the_central_does_not_know_promises_nothing() {
    let mut store = stocked();
    store.transaction(|tx| tx.desk().set_revoked(true)).unwrap();
    assert!(promised(&store, now()).is_empty());
    assert_eq!(store.stock().withheld(now()), Some(NoPromise::Revoked));
    store.transaction(|tx| tx.desk().set_revoked(false)).unwrap();
    assert_eq!(promised(&store, now()), [1, 2]);
}

#[test]
fn rule_11_another_incarnation_promises_nothing_of_what_went_before() {
    for reply in [StockReply::Superseded, StockReply::Fenced] {
        let mut store = stocked();
        let number = book(&mut store, 1, NRE, START, &[1]).unwrap();
        let request = ask(&mut store, later(1));
        assert_eq!(told(&mut store, request.number, &reply, later(1)), Exchanged::Fenced);
        assert!(promised(&store, later(1)).is_empty());
        assert_eq!(guaranteed(&store, &number, later(1)), None);
        assert_eq!(store.record().fenced_at().unwrap(), Some(later(1).wall));
        let next = ask(&mut store, later(2));
        assert_eq!((next.incarnation, next.number), (Uuid::from_u128(99), 1));
        // The earlier leases are bound to the earlier incarnation: they are not given back either.
        assert_eq!(next.surrendered, []);
    }
}

#[test]
fn what_the_central_has_no_more_is_not_promised() {
    let mut store = stocked();
    exchange(&mut store, &stock(vec![lease(2, START + 20)], &[]), later(5));
    assert_eq!(promised(&store, later(5)), [2]);
}

#[test]
fn the_central_hears_what_is_booked_here_and_nothing_of_whom() {
    let mut store = desk();
    add(&mut store, 1, NRE, START).unwrap();
    add(&mut store, 2, "0700A4000000124", START + 20).unwrap();
    let request = ask(&mut store, now());
    assert_eq!(request.wants.len(), 1);
    assert_eq!(
        (request.wants[0].class, request.wants[0].bookings),
        (Some(Priority::B), 2)
    );
    let text = serde_json::to_string(&request).unwrap();
    for secret in [TAX_CODE, SURNAME, NRE] {
        assert!(!text.contains(secret));
    }
}

#[test]
fn rule_3_a_grant_of_a_place_that_an_own_operation_was_after_is_given_back() {
    let mut store = desk();
    let number = add(&mut store, 1, NRE, START).unwrap();
    exchange(
        &mut store,
        &stock(vec![lease(1, START), lease(2, START + 20)], &[]),
        now(),
    );
    // The operation may use the lease up without naming it, and be cancelled: nobody is promised the place.
    assert_eq!(promised(&store, now()), [2]);
    assert_eq!(ask(&mut store, later(1)).surrendered, [LeaseId(1)]);
    assert_eq!(guaranteed(&store, &number, now()), None);
}

#[test]
fn a_place_whose_earlier_operation_had_its_end_before_the_grant_is_promised_again() {
    let mut store = desk();
    add(&mut store, 1, NRE, START).unwrap();
    let conflict = Outcome::Conflict { lost: Vec::new() };
    settle(&mut store, 1, conflict, 1);
    let settled = store.record().watermark().unwrap();
    let request = ask(&mut store, later(1));
    told_after(
        &mut store,
        request.number,
        &stock(vec![lease(1, START)], &[]),
        settled,
        later(1),
    );
    assert_eq!(promised(&store, later(1)), [1]);
}

#[test]
fn what_was_renounced_waits_for_the_next_exchange_that_is_due() {
    let mut store = desk();
    add(&mut store, 1, NRE, START).unwrap();
    exchange(&mut store, &stock(vec![lease(1, START)], &[]), now());
    // Given back at once it would be granted at once, and so on without end.
    assert!(!store.record().stock_due(later(1)).unwrap());
    assert!(store.record().stock_due(later(15)).unwrap());
}
