//! What the record keeps for a ledger that is restored from a backup, and what becomes of it (rule 12).

use std::collections::BTreeSet;

use lanterna_model::availability::ClassMask;
use lanterna_model::ids::{LeaseId, ScheduleId, ServiceCode};
use lanterna_store::{NoPromise, Store};
use lanterna_wire::outcome::{Answer, Outcome, RejectReason, Settled};
use lanterna_wire::recovery::{Assertion, Progress};
use lanterna_wire::stock::{Lease, StockReply};
use uuid::Uuid;

use crate::fixture::*;

const START: i32 = 30_000_000;
const NEW: &str = "f";

/// A desk whose bookings 1, 2 … have this outcome, each with its receipt.
fn answered(outcomes: &[Outcome]) -> Store {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    for (seed, outcome) in (1..).zip(outcomes) {
        let start = START + i32::try_from(seed).unwrap() * 20;
        add(&mut store, seed, &format!("0700A4{seed:09}"), start).unwrap();
        let answer = outcome_of(outcome.clone(), "e", 5, &format!("receipt {seed}"));
        store
            .transaction(|tx| {
                let id = Uuid::from_u128(seed + 1_000);
                tx.desk().mark_possibly_sent(&[id], now().wall)?;
                tx.desk().record_answer(id, &answer, now().wall)
            })
            .unwrap();
    }
    store
}

fn outcome_of(outcome: Outcome, epoch: &str, seq: u64, receipt: &str) -> Answer {
    Answer::Outcome(Settled {
        outcome,
        epoch: epoch.to_owned(),
        seq,
        at: now().wall,
        receipt: receipt.to_owned(),
    })
}

fn next(store: &Store, from: u64, skip: &BTreeSet<Uuid>) -> Assertion {
    store.record().next_assertion(NEW, from, skip, now()).unwrap()
}

fn note(store: &mut Store, seed: u128, answer: &Answer) -> bool {
    let id = Uuid::from_u128(seed + 1_000);
    store
        .transaction(|tx| tx.desk().record_asserted(id, NEW, answer, now().wall))
        .unwrap()
}

#[test]
fn rule_12_answered_operations_are_told_with_their_bytes_and_receipts() {
    let mut store = answered(&[Outcome::Confirmed, Outcome::Confirmed]);
    add(&mut store, 3, "0700A4000000003", START + 200).unwrap();
    let all = next(&store, 1, &BTreeSet::new());
    assert_eq!(all.progress, Progress::More);
    let told: Vec<(u64, &str)> = all
        .chains
        .iter()
        .flatten()
        .map(|it| (it.number, it.receipt.as_str()))
        .collect();
    assert_eq!(
        told,
        [(1, "receipt 1"), (2, "receipt 2")],
        "what has no answer is sent, not asserted"
    );
    assert!(all.chains[0][0].body.contains("\"version\":1"));
    assert_eq!(
        next(&store, 2, &BTreeSet::new()).chains.len(),
        1,
        "from the number that is wanted"
    );
    let waiting = BTreeSet::from([Uuid::from_u128(1_001)]);
    assert_eq!(
        next(&store, 1, &waiting).chains.len(),
        1,
        "what waits is not told again in this round"
    );
}

#[test]
fn rule_12_what_the_ledger_says_is_of_its_new_life() {
    let mut store = answered(&[Outcome::Confirmed, Outcome::Confirmed]);
    assert!(store.record().is_of_another_epoch(NEW).unwrap());
    assert!(!note(&mut store, 1, &outcome_of(Outcome::Confirmed, NEW, 9, "new")));
    assert!(!note(&mut store, 2, &Answer::AlreadyAnswered));
    assert!(!store.record().is_of_another_epoch(NEW).unwrap());
    assert_eq!(next(&store, 1, &BTreeSet::new()).progress, Progress::Done);
    // The mirror of the new life shows the one from its change on, the other from its beginning.
    let again = store.record().next_assertion("g", 1, &BTreeSet::new(), now()).unwrap();
    let receipts: Vec<&str> = again.chains.iter().flatten().map(|it| it.receipt.as_str()).collect();
    assert_eq!(
        receipts,
        ["new", "receipt 2"],
        "a receipt is kept until there is a newer one"
    );
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn rule_12_an_outcome_that_the_backup_has_is_told_once() {
    let mut store = answered(&[Outcome::Confirmed]);
    // The backup was taken between the outcome and its acknowledgement.
    note(&mut store, 1, &outcome_of(Outcome::Confirmed, "e", 10, "sealed again"));
    assert!(!store.record().is_of_another_epoch(NEW).unwrap());
    assert_eq!(next(&store, 1, &BTreeSet::new()).progress, Progress::Done);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn rule_12_an_answer_that_the_ledger_has_wins_and_one_not_believed_needs_an_operator() {
    let mut store = answered(&[Outcome::Confirmed, Outcome::Confirmed]);
    let rejected = Outcome::Rejected {
        reason: RejectReason::AlreadyBooked,
    };
    assert!(note(&mut store, 1, &outcome_of(rejected, NEW, 9, "new")));
    let refused = Answer::Refused {
        reason: lanterna_wire::outcome::RefusalReason::IdReused,
    };
    assert!(note(&mut store, 2, &refused));
    assert_eq!(store.record().queue_counts().unwrap().to_resolve, 2);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn rule_12_leases_are_kept_that_the_ledger_kept_and_nothing_is_promised_before() {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let lease = |id: u64| Lease {
        id: LeaseId(id),
        span: lanterna_model::schedule::SlotSpan {
            schedule: ScheduleId(1),
            start: lanterna_model::time::Minute(START + i32::try_from(id).unwrap() * 20),
            place: 0,
            minutes: 20,
            revision: 1,
        },
        service: ServiceCode::parse("89.7A.3").unwrap(),
        classes: ClassMask::FIRST.0,
        book_for_seconds: 3_600,
        honour_for_seconds: 7_200,
        grant: format!("grant {id}"),
    };
    let reply = StockReply::Stock {
        leases: vec![lease(1), lease(2)],
        recalled: Vec::new(),
        renew_in_seconds: 900,
    };
    store
        .transaction(|tx| {
            tx.desk().begin_incarnation(Uuid::from_u128(1))?;
            let request = tx.desk().next_exchange(Uuid::from_u128(2), now())?.unwrap();
            tx.desk()
                .exchanged(request.number, &reply, 0, "e", Uuid::from_u128(3), now())?;
            tx.desk().set_asserting(true)
        })
        .unwrap();
    assert_eq!(store.stock().withheld(now()), Some(NoPromise::Recovery));
    assert_eq!(store.stock().promised(now()).count(), 0);
    let told = next(&store, 1, &BTreeSet::new());
    assert_eq!((told.incarnation, told.exchanges), (Uuid::from_u128(1), 1));
    assert_eq!(told.grants, ["grant 1", "grant 2"]);
    store.transaction(|tx| tx.desk().asserted(NEW, &[LeaseId(2)])).unwrap();
    let promised: Vec<u64> = store.stock().promised(now()).map(|place| place.id.0).collect();
    assert_eq!(promised, [2]);
    assert_eq!(store.record().incarnation().unwrap(), Some(Uuid::from_u128(1)));
    assert_eq!(store.record().stock_epoch().unwrap().as_deref(), Some(NEW));
}
