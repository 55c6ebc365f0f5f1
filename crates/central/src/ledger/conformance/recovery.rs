//! A ledger that went back in time (rules 12 and 13). The ledger of a scenario is what was restored; what
//! was lost is told by receipts and grants that it does not know.

use chrono::Duration;
use lanterna_model::access::Channel;
use lanterna_model::booking_number::{BookingNumber, DeskCode};
use lanterna_model::ids::{DeskId, LeaseId};
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::operation::{Action, Envelope, Operation};
use lanterna_wire::outcome::{Answer, NotYetReason, OperatorReason, Outcome, RejectReason};
use lanterna_wire::snapshot::hex;
use lanterna_wire::status::{Interruption, ServiceState};
use lanterna_wire::stock::{Lease, StockReply};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::fixture::*;
use super::leasing::*;
use crate::ledger::{
    Condition, CursorError, Desk, Displacement, FenceReason, Grant, KeptLeases, Ledger, LedgerError, Receipt,
    RecordLife, Report, Restored,
};

impl<L: Ledger> World<L> {
    /// An operation with an outcome that the lost ledger gave it.
    pub(crate) fn lost(&self, desk: &TestDesk, envelope: &Envelope, outcome: Outcome) -> Restored {
        Restored {
            envelope: envelope.clone(),
            receipt: Receipt {
                epoch: "0".repeat(32),
                desk: desk.desk.id,
                operation: envelope.id,
                hash: hex(&Sha256::digest(envelope.body.as_bytes())),
                outcome,
                at: self.now - Duration::minutes(30),
            },
        }
    }

    /// A booking that the lost ledger confirmed.
    pub(crate) fn lost_booking(&self, desk: &TestDesk, spans: &[SlotSpan]) -> (BookingNumber, Restored) {
        let number = desk.number();
        let action = Action::Book(Box::new(self.placement(spans)));
        let envelope = self.envelope(desk, &number, None, action);
        (number, self.lost(desk, &envelope, Outcome::Confirmed))
    }

    pub(crate) async fn begin_recovery(&self) {
        let mut epoch = [0; 16];
        epoch[..8].copy_from_slice(&self.fresh().to_le_bytes());
        self.ledger.recover(epoch, self.now).await.expect("the ledger works");
    }

    pub(crate) async fn restore(&self, desk: &TestDesk, chain: &[Restored]) -> Vec<Answer> {
        let answers = self.ledger.restore(desk.desk.id, chain, self.now).await;
        answers.expect("the ledger works")
    }

    pub(crate) async fn told(&self, desk: &TestDesk, report: Report) {
        let told = self.ledger.told(desk.desk.id, report, nobody(), self.now).await;
        told.expect("the ledger works");
    }

    pub(crate) async fn condition(&self) -> Condition {
        self.ledger.condition().await.expect("the ledger works")
    }

    pub(crate) async fn cases(&self) -> Vec<(BookingNumber, Displacement)> {
        let cases = self.ledger.displaced().await.expect("the ledger works");
        cases.into_iter().map(|case| (case.booking, case.why)).collect()
    }

    /// A lease as the central seals it, by what the desk was told of it.
    pub(crate) fn grant(&self, desk: &TestDesk, lease: &Lease) -> Grant {
        serde_json::from_str(&lease.grant).unwrap_or_else(|_| panic!("no grant for desk {}", desk.desk.id))
    }

    pub(crate) async fn keep(&self, desk: &TestDesk, life: &Life, grants: &[Grant]) -> Vec<LeaseId> {
        let kept = self
            .ledger
            .restore_leases(desk.desk.id, life.incarnation, grants, self.now);
        kept.await.expect("the ledger works").leases
    }
}

/// A record that never exchanged.
pub(crate) fn nobody() -> RecordLife {
    RecordLife {
        incarnation: Uuid::nil(),
        exchanges: 0,
    }
}

pub(crate) fn is_waiting(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::NotYet {
            reason: NotYetReason::NotOpen,
            ..
        }
    )
}

pub(crate) fn confirmed(answers: Vec<Answer>) -> bool {
    answers.into_iter().all(|answer| outcome(answer) == Outcome::Confirmed)
}

pub(crate) async fn rule_12_a_restored_ledger_gives_nothing_until_every_desk_has_told<L: Ledger>(world: &World<L>) {
    let (one, other) = (world.mmg().await, world.desk(Channel::Desk).await);
    let before = world.head().await;
    world.begin_recovery().await;
    assert_ne!(world.head().await.epoch, before.epoch);
    let gone = world.ledger.changes(Channel::Mmg, &before, 10).await;
    assert!(matches!(gone, Err(CursorError::Gone)));
    let placement = world.placement(&[span(DOCTOR, "08:00", 0, 20)]);
    let envelope = world.envelope(&one, &one.number(), None, Action::Book(Box::new(placement)));
    let status = async || world.ledger.status(Channel::Mmg).await.expect("it works");
    for (desk, nobody_missing) in [(&one, false), (&other, true)] {
        let told = status().await;
        assert_eq!(told.service, ServiceState::Frozen);
        assert_eq!(told.interruption, Some(Interruption::Recovery));
        assert!(is_waiting(&world.execute(&one, &envelope).await));
        let request = Life::new(world).next(world, &[], &visits());
        let exchanged = world.ledger.exchange(one.desk.id, &request, world.now).await;
        assert!(matches!(exchanged, Err(LedgerError::NotOpen(_))));
        world.told(desk, Report::Done).await;
        assert_eq!(world.condition().await.is_sound(), nobody_missing);
    }
    assert_eq!(status().await.service, ServiceState::Open);
    assert_eq!(status().await.interruption, None);
    assert_eq!(outcome(world.execute(&one, &envelope).await), Outcome::Confirmed);
}

pub(crate) async fn rule_12_what_was_confirmed_after_the_backup_is_confirmed_again<L: Ledger>(world: &World<L>) {
    let (desk, rival) = (world.mmg().await, world.mmg().await);
    let place = span(DOCTOR, "08:00", 0, 20);
    let (number, booked) = world.lost_booking(&desk, &[place]);
    world.begin_recovery().await;
    assert_eq!(world.ledger.assert_from(desk.desk.id).await.expect("it works"), Some(1));
    let answers = world.restore(&desk, std::slice::from_ref(&booked)).await;
    let again = settled(answers[0].clone());
    assert_eq!(again.outcome, Outcome::Confirmed);
    assert_eq!(again.epoch, world.head().await.epoch);
    assert_eq!(again.at, booked.receipt.at, "it was confirmed when it was");
    assert!(!world.is_free(&place).await);
    assert_eq!(
        world.restore(&desk, std::slice::from_ref(&booked)).await,
        answers,
        "word for word"
    );
    assert_eq!(
        world.execute(&desk, &booked.envelope).await,
        answers[0],
        "word for word"
    );
    for desk in [&desk, &rival] {
        world.told(desk, Report::Done).await;
    }
    assert_eq!(world.ledger.assert_from(desk.desk.id).await.expect("it works"), None);
    // It is a booking like any other: its place and its line are taken, and it can be cancelled.
    let (_, _, lost_place) = world.book(&rival, world.placement(&[place])).await;
    assert!(matches!(lost_place, Outcome::Conflict { .. }));
    let operation = booked.envelope.id;
    assert_eq!(world.cancel(&desk, &number, operation).await, Outcome::Confirmed);
    assert!(world.is_free(&place).await);
}

pub(crate) async fn rule_12_an_answer_that_the_ledger_has_wins<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let place = span(DOCTOR, "08:00", 0, 20);
    let action = Action::Book(Box::new(world.placement(&[place])));
    let envelope = world.envelope(&desk, &desk.number(), None, action);
    let answer = world.execute(&desk, &envelope).await;
    world.begin_recovery().await;
    let reason = RejectReason::AlreadyBooked;
    let other = world.lost(&desk, &envelope, Outcome::Rejected { reason });
    assert_eq!(world.restore(&desk, &[other]).await, [answer]);
    assert!(!world.is_free(&place).await);
}

pub(crate) async fn rule_12_places_are_taken_for_the_end_of_a_chain_alone<L: Ledger>(world: &World<L>) {
    let (desk, rival) = (world.mmg().await, world.mmg().await);
    let (first, second) = (span(DOCTOR, "08:00", 0, 20), span(DOCTOR, "08:20", 0, 20));
    let (number, booked) = world.lost_booking(&desk, &[first]);
    let moved = Action::Move(Box::new(world.placement(&[second])));
    let moved = world.envelope(&desk, &number, Some(booked.envelope.id), moved);
    let moved = world.lost(&desk, &moved, Outcome::Confirmed);
    let (_, of_rival) = world.lost_booking(&rival, &[first]);
    world.begin_recovery().await;
    assert!(confirmed(world.restore(&rival, &[of_rival]).await));
    assert!(confirmed(world.restore(&desk, &[booked, moved]).await));
    assert_eq!(world.cases().await, []);
    assert!(!world.is_free(&first).await && !world.is_free(&second).await);
}

pub(crate) async fn rule_12_what_got_no_place_gets_none<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let place = span(DOCTOR, "08:00", 0, 20);
    let (number, mut booked) = world.lost_booking(&desk, &[place]);
    booked.receipt.outcome = Outcome::Conflict { lost: Vec::new() };
    world.begin_recovery().await;
    let told = outcome(world.restore(&desk, std::slice::from_ref(&booked)).await.remove(0));
    assert_eq!(told, booked.receipt.outcome);
    assert!(world.is_free(&place).await);
    world.told(&desk, Report::Done).await;
    // The chain goes on from there.
    let moved = Action::Move(Box::new(world.placement(&[place])));
    let moved = world.envelope(&desk, &number, Some(booked.envelope.id), moved);
    assert_eq!(outcome(world.execute(&desk, &moved).await), Outcome::Confirmed);
}

pub(crate) async fn rule_12_what_another_desk_may_have_given_back_is_waited_for<L: Ledger>(world: &World<L>) {
    let (desk, other) = (world.mmg().await, world.mmg().await);
    let place = span(DOCTOR, "08:00", 0, 20);
    // In the backup: a booking that its desk cancelled later, after which somebody else got the place.
    let (number, operation, had) = world.book(&desk, world.placement(&[place])).await;
    assert_eq!(had, Outcome::Confirmed);
    let cancelled = world.envelope(&desk, &number, Some(operation), cancel());
    let cancelled = world.lost(&desk, &cancelled, Outcome::Confirmed);
    let (_, booked) = world.lost_booking(&other, &[place]);
    world.begin_recovery().await;
    assert!(is_waiting(
        &world.restore(&other, std::slice::from_ref(&booked)).await[0]
    ));
    world.told(&other, Report::Heard).await;
    assert!(confirmed(world.restore(&desk, &[cancelled]).await));
    world.told(&desk, Report::Done).await;
    assert!(!world.condition().await.is_sound(), "the other has not told all");
    assert!(confirmed(world.restore(&other, &[booked]).await));
    world.told(&other, Report::Done).await;
    assert!(world.condition().await.is_sound());
    assert_eq!(world.cases().await, []);
}

pub(crate) async fn rule_12_a_later_collision_opens_a_case_and_flips_no_outcome<L: Ledger>(world: &World<L>) {
    let (desk, rival) = (world.mmg().await, world.mmg().await);
    let place = span(DOCTOR, "08:00", 0, 20);
    let (number, booked) = world.lost_booking(&desk, &[place]);
    world.begin_recovery().await;
    world.told(&rival, Report::Done).await;
    assert!(world.ledger.write_off(desk.desk.id, world.now).await.expect("it works"));
    assert!(world.condition().await.is_sound());
    // Sold twice.
    let placement = world.placement(&[place]);
    let envelope = world.envelope(&rival, &rival.number(), None, Action::Book(Box::new(placement)));
    let of_rival = world.execute(&rival, &envelope).await;
    assert_eq!(outcome(of_rival.clone()), Outcome::Confirmed);
    // The desk comes all the same.
    assert_eq!(world.ledger.assert_from(desk.desk.id).await.expect("it works"), Some(1));
    assert!(confirmed(world.restore(&desk, std::slice::from_ref(&booked)).await));
    assert_eq!(world.execute(&rival, &envelope).await, of_rival);
    assert_eq!(world.cases().await, [(number.clone(), Displacement::Taken)]);
    world.is_sound().await;
    // Moved elsewhere the case is no more, and the rival keeps the place.
    world.told(&desk, Report::Done).await;
    let moved = Action::Move(Box::new(world.placement(&[span(DOCTOR, "09:00", 0, 20)])));
    let moved = world.envelope(&desk, &number, Some(booked.envelope.id), moved);
    assert_eq!(outcome(world.execute(&desk, &moved).await), Outcome::Confirmed);
    assert_eq!(world.cases().await, []);
    assert!(!world.is_free(&place).await);
}

pub(crate) async fn rule_12_a_line_booked_twice_opens_a_case<L: Ledger>(world: &World<L>) {
    let (desk, rival) = (world.mmg().await, world.mmg().await);
    let (number, booked) = world.lost_booking(&desk, &[span(DOCTOR, "08:00", 0, 20)]);
    let operation: Operation = serde_json::from_str(&booked.envelope.body).expect("it was written above");
    let Action::Book(mut placement) = operation.action else {
        panic!("a booking")
    };
    world.begin_recovery().await;
    world.told(&rival, Report::Done).await;
    world.ledger.write_off(desk.desk.id, world.now).await.expect("it works");
    placement.appointments[0].span = span(DOCTOR, "09:00", 0, 20);
    assert_eq!(world.book(&rival, *placement).await.2, Outcome::Confirmed);
    assert!(confirmed(world.restore(&desk, &[booked]).await));
    assert_eq!(world.cases().await, [(number, Displacement::LineTaken)]);
}

pub(crate) async fn rule_12_a_lease_holds_on_for_its_desk<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    let rival = world.mmg().await;
    let lease = got.on(CLINIC).clone();
    let grant = world.grant(&desk, &lease);
    assert_eq!(grant.lease, lease.id);
    // Granted after the backup was taken.
    let unknown = Grant {
        lease: LeaseId(lease.id.0 + 1_000),
        start: span(DOCTOR, "10:00", 0, 20).start,
        schedule: DOCTOR,
        resource: lanterna_model::ids::ResourceId(1),
        place: 0,
        ..grant.clone()
    };
    world.begin_recovery().await;
    let life = Life::new(world);
    let kept = world.keep(&desk, &life, &[grant.clone(), unknown.clone()]).await;
    assert_eq!(kept, [grant.lease, unknown.lease]);
    assert_eq!(
        world.keep(&desk, &life, std::slice::from_ref(&grant)).await,
        [grant.lease],
        "as often as it is asked"
    );
    let other_life = Life::new(world);
    for desk in [&desk, &rival] {
        world.told(desk, Report::Done).await;
    }
    assert_eq!(
        world.keep(&desk, &other_life, std::slice::from_ref(&grant)).await,
        [],
        "no copy of the record has them too"
    );
    for (id, place) in [(grant.lease, lease.span), (unknown.lease, span(DOCTOR, "10:00", 0, 20))] {
        let (_, _, of_rival) = world.book(&rival, world.placement(&[place])).await;
        assert!(matches!(of_rival, Outcome::Conflict { .. }));
        let mut placement = world.placement(&[place]);
        placement.leases = vec![id];
        assert_eq!(world.book_at(&desk, placement, world.now).await, Outcome::Confirmed);
    }
}

pub(crate) async fn rule_12_a_desk_goes_on_counting_its_exchanges<L: Ledger>(world: &World<L>) {
    let (desk, mut life, got) = world.stocked().await;
    let grant = world.grant(&desk, got.on(CLINIC));
    // Exchanges that the ledger has lost.
    life.number += 7;
    world.begin_recovery().await;
    let kept = world.keep(&desk, &life, std::slice::from_ref(&grant)).await;
    let counted = RecordLife {
        incarnation: life.incarnation,
        exchanges: life.number,
    };
    let told = world.ledger.told(desk.desk.id, Report::Done, counted, world.now).await;
    told.expect("the ledger works");
    let again = world.stock(&desk, &mut life, &visits()).await;
    assert!(again.ids().contains(&kept[0]));
    // A copy of the record is found out as ever (rule 11).
    life.number -= 1;
    let request = life.next(world, &[], &[]);
    assert_eq!(world.exchange_at(&desk, &request, world.now).await, StockReply::Fenced);
}

pub(crate) async fn rule_12_a_lease_that_its_desk_gave_back_yields_to_what_was_confirmed<L: Ledger>(world: &World<L>) {
    let (holder, _, got) = world.stocked().await;
    let desk = world.mmg().await;
    let lease = got.on(CLINIC).clone();
    let (_, booked) = world.lost_booking(&desk, &[lease.span]);
    world.begin_recovery().await;
    assert!(confirmed(world.restore(&desk, &[booked]).await));
    assert_eq!(world.cases().await, []);
    // The holder, should it believe to have it all the same, hears that it has not.
    let life = Life::new(world);
    let grant = world.grant(&holder, &lease);
    assert_eq!(world.keep(&holder, &life, &[grant]).await, []);
    for desk in [&holder, &desk] {
        world.told(desk, Report::Done).await;
    }
    let promised = world.leased(&[&lease]);
    assert_eq!(
        world.book_at(&holder, promised, world.now).await,
        Outcome::NeedsOperator {
            reason: OperatorReason::GuaranteeLapsed
        }
    );
}

pub(crate) async fn rule_12_no_lease_has_the_number_of_one_that_was_lost<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    let most = got.ids().into_iter().max().expect("there are some");
    world.begin_recovery().await;
    world.told(&desk, Report::Done).await;
    let again = world.stock(&desk, &mut Life::new(world), &visits()).await;
    assert!(again.ids().iter().all(|id| id.0 > most.0 + 1_000_000), "{again:?}");
}

pub(crate) async fn rule_12_no_desk_has_the_number_of_one_that_was_lost<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    world.begin_recovery().await;
    let next = world.mmg().await;
    assert!(next.desk.id.0 > desk.desk.id.0 + 100, "{:?}", next.desk);
    // It has nothing to tell.
    assert_eq!(world.ledger.assert_from(next.desk.id).await.expect("it works"), None);
    let after = world.mmg().await;
    assert_eq!(after.desk.id.0, next.desk.id.0 + 1);
}

pub(crate) async fn rule_12_a_desk_that_was_lost_is_taken_in_again_under_its_number<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let lost = Desk {
        id: DeskId(desk.desk.id.0 + 1),
        code: DeskCode::of(desk.desk.id.0 + 1),
        channel: Channel::Mmg,
    };
    let readmit = async |desk: &Desk, token| world.ledger.readmit(desk, &[token; 32]).await.expect("it works");
    assert!(!readmit(&lost, 9).await, "no ledger was lost");
    world.begin_recovery().await;
    assert!(!readmit(&desk.desk, 9).await, "it is there");
    let elsewhere = Desk {
        id: DeskId(lost.id.0 + 100_000),
        ..lost.clone()
    };
    assert!(!readmit(&elsewhere, 9).await, "no lost ledger gave such a number");
    assert!(readmit(&lost, 9).await);
    assert!(!readmit(&lost, 9).await, "once");
    let found = world.ledger.desk_by_token(&[9; 32]).await.expect("it works");
    assert_eq!(found.as_ref(), Some(&lost));
    assert_eq!(world.ledger.assert_from(lost.id).await.expect("it works"), Some(1));
    world.told(&desk, Report::Done).await;
    assert!(!world.condition().await.is_sound(), "it is waited for");
}

pub(crate) async fn rule_12_leases_are_kept_as_after_an_outage<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    let lease = got.on(CLINIC).clone();
    world.sweep_at(world.now).await;
    world.begin_recovery().await;
    let grant = world.grant(&desk, &lease);
    world.keep(&desk, &Life::new(world), &[grant]).await;
    let long_after = world.now + Duration::seconds(i64::from(lease.honour_for_seconds)) + Duration::hours(2);
    assert_eq!(
        world.sweep_at(long_after).await,
        0,
        "nothing is over while the ledger is in recovery"
    );
    let told = world
        .ledger
        .told(desk.desk.id, Report::Done, nobody(), long_after)
        .await;
    told.expect("the ledger works");
    assert_eq!(world.sweep_at(long_after).await, 0);
    let placement = world.leased(&[&lease]);
    assert_eq!(world.book_at(&desk, placement, long_after).await, Outcome::Confirmed);
}

pub(crate) async fn rule_14_what_was_acknowledged_before_is_not_taken_for_answered<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let (_, booked) = world.lost_booking(&desk, &[span(DOCTOR, "08:00", 0, 20)]);
    world.begin_recovery().await;
    world.ledger.acknowledge(desk.desk.id, 50).await.expect("it works");
    assert!(confirmed(world.restore(&desk, &[booked]).await));
    world.told(&desk, Report::Done).await;
    world.ledger.acknowledge(desk.desk.id, 1).await.expect("it works");
}

pub(crate) async fn rule_13_a_fenced_ledger_gives_nothing_until_somebody_has_looked<L: Ledger>(world: &World<L>) {
    let (desk, _, got) = world.stocked().await;
    let head = world.head().await;
    let ahead = lanterna_wire::Cursor {
        seq: head.seq + 1,
        ..head.clone()
    };
    let other = lanterna_wire::Cursor {
        digest: "f".repeat(16),
        ..head.clone()
    };
    for cursor in [&ahead, &other] {
        let told = world.ledger.changes(Channel::Mmg, cursor, 10).await;
        assert!(matches!(told, Err(CursorError::Ahead)));
    }
    let reason = FenceReason::Cursor {
        desk: desk.desk.id,
        seq: ahead.seq,
        head: head.seq,
    };
    world.sweep_at(world.now).await;
    let fence = async || world.ledger.fence(&reason, world.now).await.expect("it works");
    assert!(fence().await);
    assert!(!fence().await, "once");
    assert_eq!(
        world.condition().await,
        Condition::Fenced {
            reason: reason.clone(),
            at: world.now,
            recovering: None,
        }
    );
    let told = world.ledger.status(Channel::Mmg).await.expect("it works");
    assert_eq!(
        (told.service, told.interruption),
        (ServiceState::Frozen, Some(Interruption::Fenced))
    );
    let lease = got.on(CLINIC).clone();
    let action = Action::Book(Box::new(world.leased(&[&lease])));
    let envelope = world.envelope(&desk, &desk.number(), None, action);
    assert!(is_waiting(&world.execute(&desk, &envelope).await));
    let late = world.now + Duration::days(9);
    assert_eq!(world.sweep_at(late).await, 0, "nothing is over meanwhile");
    assert!(world.ledger.lift(late).await.expect("it works"));
    assert!(world.condition().await.is_sound());
    let answer = world.execute_at(&desk, &envelope, world.now + Duration::hours(1)).await;
    assert_eq!(outcome(answer), Outcome::Confirmed);
}

pub(crate) async fn rule_13_another_life_ends_a_fence<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let reason = FenceReason::Epoch;
    world.ledger.fence(&reason, world.now).await.expect("it works");
    assert_eq!(world.ledger.assert_from(desk.desk.id).await.expect("it works"), None);
    world.begin_recovery().await;
    assert!(matches!(world.condition().await, Condition::Recovery { .. }));
    let awaited = world.ledger.awaited().await.expect("it works");
    assert_eq!(awaited.len(), 1);
    let incarnation = Uuid::from_u128(1);
    let none = world
        .ledger
        .restore_leases(desk.desk.id, incarnation, &[], world.now)
        .await;
    assert_eq!(none.expect("it works"), KeptLeases::default());
    world.told(&desk, Report::Done).await;
    assert!(world.condition().await.is_sound());
}
