//! Promises, while several processes give and take.

use std::sync::Arc;

use lanterna_model::ids::LeaseId;
use lanterna_wire::operation::Action;
use lanterna_wire::outcome::{Answer, Outcome};
use tokio::task::JoinSet;

use super::Place;
use super::races::processes;
use crate::ledger::conformance::fixture::*;
use crate::ledger::conformance::leasing::{Life, brought, visits};
use crate::ledger::{LeasePolicy, Ledger, PostgresLedger, Retention};

pub(super) async fn one_exchange_in_several_processes_brings_one_stock(place: Place) {
    let (world, processes) = (place.world().await, processes(&place).await);
    let (desk, mut life) = (world.mmg().await, Life::new(&world));
    let mut last: Vec<LeaseId> = Vec::new();
    for _ in 0..4 {
        // What came last is given back, so that each exchange frees and sets aside.
        let request = life.next(&world, &last, &visits());
        let mut racing = JoinSet::new();
        for ledger in &processes {
            let (ledger, request, id, now) = (Arc::clone(ledger), request.clone(), desk.desk.id, world.now);
            racing.spawn(async move { ledger.exchange(id, &request, now).await.expect("it works") });
        }
        let replies = racing.join_all().await;
        assert!(replies.iter().all(|reply| *reply == replies[0]), "{replies:?}");
        let got = brought(replies[0].clone());
        assert!(!got.leases.is_empty() && got.ids().iter().all(|id| !last.contains(id)));
        last = got.ids();
        let found = world.ledger.verify().await.expect("it can be read");
        assert_eq!((found.leases, found.faults), (last.len() as u64, Vec::new()));
    }
}

pub(super) async fn ceilings_hold_though_several_processes_set_aside_at_once(place: Place) {
    let (world, processes) = (place.world().await, processes(&place).await);
    let policy = LeasePolicy {
        per_schedule: 3,
        share_percent: 50,
        minimum_left: 1,
        recall_below: 1,
        ..LeasePolicy::default()
    };
    world.decide_on_leases(&policy).await;
    let mut racing = JoinSet::new();
    for ledger in processes.iter().cycle().take(9) {
        let desk = world.mmg().await;
        let request = Life::new(&world).next(&world, &[], &visits());
        let (ledger, id, now) = (Arc::clone(ledger), desk.desk.id, world.now);
        racing.spawn(async move { brought(ledger.exchange(id, &request, now).await.expect("it works")).leases });
    }
    let all: Vec<_> = racing.join_all().await.into_iter().flatten().collect();
    let mut full = 0;
    for schedule in [DOCTOR, SAME_DOCTOR, CLINIC, QUOTA, PICKY] {
        let there = all.iter().filter(|lease| lease.span.schedule == schedule).count();
        assert!(there <= 3, "{there} on {schedule}");
        full += u32::from(there == 3);
    }
    assert!(full > 0, "nobody met the ceiling: {all:?}");
    world.is_sound().await;
}

/// A desk that books on what was set aside for it, with other desks on the same agendas.
async fn promise(world: Arc<World<PostgresLedger>>, ledger: Arc<PostgresLedger>, desk: TestDesk) -> u32 {
    let (id, now) = (desk.desk.id, world.now);
    let mut life = Life::new(&world);
    let mut kept = 0;
    for round in 0..8 {
        let request = life.next(&world, &[], &visits());
        let got = brought(
            ledger
                .exchange(id, &request, now)
                .await
                .expect("no exchange meets a fault"),
        );
        let Some(lease) = got.leases.first() else { continue };
        let number = desk.number();
        let promised = world.envelope(&desk, &number, None, Action::Book(Box::new(world.leased(&[lease]))));
        let answer = ledger
            .execute(id, &promised, now)
            .await
            .expect("no booking meets a fault");
        assert_eq!(outcome(answer), Outcome::Confirmed, "it was promised");
        kept += 1;
        let ending = world.envelope(&desk, &number, Some(promised.id), cancel());
        let ended = ledger
            .execute(id, &ending, now)
            .await
            .expect("no cancellation meets a fault");
        assert_eq!(outcome(ended), Outcome::Confirmed);
        if round % 3 == 2 {
            let back = life.next(&world, &got.ids()[1..], &[]);
            ledger
                .exchange(id, &back, now)
                .await
                .expect("no surrender meets a fault");
        }
    }
    kept
}

/// Somebody who takes whatever is free, so that leases are called back, and gives it back.
async fn crowd(world: Arc<World<PostgresLedger>>, ledger: Arc<PostgresLedger>, desk: TestDesk, n: u16) {
    let (id, now) = (desk.desk.id, world.now);
    for round in 0..3u16 {
        let mut booked = Vec::new();
        for slot in 0..12u16 {
            let at = (slot + 5 * n) % 12;
            let clock = format!("{:02}:{:02}", 8 + at / 3, at % 3 * 20);
            let wanted = span([DOCTOR, CLINIC, QUOTA][usize::from((round + n) % 3)], &clock, 0, 20);
            let number = desk.number();
            let placement = world.placement(&[wanted]);
            let book = world.envelope(&desk, &number, None, Action::Book(Box::new(placement)));
            let answer = ledger.execute(id, &book, now).await.expect("no booking meets a fault");
            if matches!(answer, Answer::Outcome(settled) if settled.outcome == Outcome::Confirmed) {
                booked.push((number, book.id));
            }
        }
        ledger
            .sweep(&Retention::default(), now)
            .await
            .expect("no sweep meets a fault");
        for (number, book) in booked {
            let ending = world.envelope(&desk, &number, Some(book), cancel());
            ledger
                .execute(id, &ending, now)
                .await
                .expect("no cancellation meets a fault");
        }
    }
}

pub(super) async fn promises_are_kept_whatever_other_processes_do(place: Place) {
    let (world, processes) = (Arc::new(place.world().await), processes(&place).await);
    let mut promising = JoinSet::new();
    let mut crowding = JoinSet::new();
    for (n, ledger) in (0..4).zip(processes.iter().cycle()) {
        promising.spawn(promise(Arc::clone(&world), Arc::clone(ledger), world.mmg().await));
        crowding.spawn(crowd(Arc::clone(&world), Arc::clone(ledger), world.mmg().await, n));
    }
    let kept: u32 = promising.join_all().await.into_iter().sum();
    assert!(kept > 0);
    crowding.join_all().await;
    let found = world.ledger.verify().await.expect("it can be read");
    assert_eq!((found.live, found.slots.booked, found.faults), (0, 0, Vec::new()));
}
