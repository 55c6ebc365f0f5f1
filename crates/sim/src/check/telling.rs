//! What desks bring back to a ledger that was put back from a backup. Everything that a desk was told stays as
//! it was told.

use chrono::{DateTime, Utc};
use lanterna_central::ledger::{Grant, SqliteLedger};
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::LeaseId;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_store::Settlement;
use lanterna_wire::operation::{Action, Operation, OperationAnswer, Placement};
use lanterna_wire::outcome::{Answer, Outcome};
use lanterna_wire::recovery::{Asserted, Assertion, AssertionReply, Progress};
use lanterna_wire::stock::StockReply;
use uuid::Uuid;

use super::Checker;
use super::leases::{Ending, Known};
use super::operations::digest;
use super::truth::{Owner, Placed};
use crate::violation::{Broken, Rule, Seen};

/// Seats from here on lie beside the published ones.
pub(super) const BESIDE: u16 = 16_384;

/// Under what a desk tells what it has.
#[derive(Clone, Copy)]
pub(crate) struct Telling {
    pub(crate) desk: usize,
    /// The ledger gives nothing else; otherwise the desk was written off.
    pub(crate) in_recovery: bool,
    /// It was told all before: nothing that comes again changes anything.
    done: bool,
    pub(crate) now: DateTime<Utc>,
}

/// For what a ledger that was lost gave a place.
#[derive(Clone, Copy)]
enum Claimant {
    /// A booking, confirmed at an instant.
    Confirmed { at: DateTime<Utc> },
    /// A lease.
    Granted(LeaseId),
}

impl Checker {
    /// A desk tells what it has: ends that it wrote down, of operations that it wrote.
    pub(crate) fn telling(&mut self, desk: usize, assertion: &Assertion) -> Seen {
        for asserted in assertion.chains.iter().flatten() {
            self.checks += 1;
            let own = self.operations.get(&asserted.id).is_some_and(|tracked| {
                tracked.desk == desk
                    && tracked.number == asserted.number
                    && tracked.body == Some(digest(&asserted.body))
                    && matches!(tracked.end, Some((Settlement::Central(_), _)))
            });
            if !own {
                return Broken::new(
                    Rule::Durable,
                    format!(
                        "desk {desk} tells of operation {}, which is not what it wrote",
                        asserted.id
                    ),
                );
            }
        }
        Ok(())
    }

    /// The ledger was told: what it says is what it had said, and what was confirmed or promised has its
    /// place. Answers with the places that changed hands, and with how many operations and leases came back.
    pub(crate) fn told_by(
        &mut self,
        ledger: &SqliteLedger,
        (desk, in_recovery, now): (usize, bool, DateTime<Utc>),
        assertion: &Assertion,
        grants: &[Grant],
        reply: &AssertionReply,
    ) -> Seen<(Vec<SlotSpan>, u64, u64)> {
        self.checks += 1;
        let telling = Telling {
            desk,
            in_recovery,
            done: !self.awaited.contains(&desk),
            now,
        };
        let mut touched = Vec::new();
        let (mut operations, mut at) = (0, 0);
        for chain in &assertion.chains {
            let answers = reply.answers.get(at..at + chain.len()).unwrap_or_default();
            at += chain.len();
            operations += self.chain(telling, chain, answers, &mut touched)?;
        }
        let leases = self.kept_leases(telling, assertion, grants, reply, &mut touched)?;
        if assertion.progress != Progress::More && !telling.done {
            self.written_off.remove(&desk);
            self.heard.insert(desk);
        }
        if reply.done && !telling.done {
            if assertion.progress != Progress::Done {
                return Broken::new(Rule::Lost, format!("desk {desk} has more to tell, and nobody listens"));
            }
            self.goes_on(desk, assertion);
        }
        self.displaced(ledger)?;
        Ok((touched, operations, leases))
    }

    /// A desk has told all: its exchanges go on from the number it told.
    fn goes_on(&mut self, desk: usize, assertion: &Assertion) {
        self.awaited.remove(&desk);
        let key = (desk, assertion.incarnation);
        if assertion.exchanges == 0 || self.leases.fenced.contains(&key) {
            return;
        }
        let lives = self.leases.exchanges.keys();
        let others: Vec<_> = lives
            .filter(|(of, life)| *of == desk && *life != key.1)
            .copied()
            .collect();
        self.leases.fenced.extend(others);
        let known = self.leases.exchanges.get(&key).map_or(0, |(number, _, _)| *number);
        let told = (known.max(assertion.exchanges), Uuid::nil(), StockReply::Superseded);
        self.leases.exchanges.insert(key, told);
    }

    /// The operations of one booking; how many of them the ledger had lost.
    fn chain(
        &mut self,
        telling: Telling,
        chain: &[Asserted],
        answers: &[OperationAnswer],
        touched: &mut Vec<SlotSpan>,
    ) -> Seen<u64> {
        let (mut fresh, mut last) = (Vec::new(), None);
        for (asserted, answered) in chain.iter().zip(answers) {
            let (id, answer) = (asserted.id, &answered.answer);
            let Some(tracked) = self.operations.get(&id) else {
                return Broken::new(Rule::Doubled, format!("the ledger restores {id}, which nobody wrote"));
            };
            let told = match (&tracked.end, answer) {
                (Some((Settlement::Central(end), _)), Answer::Outcome(settled)) if settled.outcome == *end => settled,
                (_, Answer::Outcome(settled)) => {
                    return Broken::new(
                        Rule::Outcome,
                        format!(
                            "operation {id} ended as {:?}, and the restored ledger says {:?}",
                            tracked.end, settled.outcome
                        ),
                    );
                }
                (_, Answer::AlreadyAnswered) if tracked.settled.is_some() => continue,
                (_, Answer::NotYet { .. }) if telling.in_recovery => continue,
                (_, other) => {
                    return Broken::new(
                        Rule::Lost,
                        format!("operation {id} was told to the restored ledger, which says {other:?}"),
                    );
                }
            };
            let restored = match &tracked.settled {
                Some(first) if first == told => false,
                None if tracked
                    .before
                    .iter()
                    .any(|before| (&before.outcome, before.at) == (&told.outcome, told.at)) =>
                {
                    true
                }
                other => {
                    return Broken::new(
                        Rule::Outcome,
                        format!("operation {id} was {other:?}, and the restored ledger says {told:?}"),
                    );
                }
            };
            if told.outcome == Outcome::Confirmed {
                last = Some((asserted, told.at, restored));
            }
            if restored {
                fresh.push(asserted);
                let settled = told.clone();
                if let Some(tracked) = self.operations.get_mut(&id) {
                    tracked.settled = Some(settled);
                }
            }
        }
        for asserted in &fresh {
            let operation = read(asserted)?;
            if let Action::Book(placement) | Action::Move(placement) = &operation.action {
                for id in &placement.leases {
                    let live = self.leases.get(*id).is_some_and(|lease| lease.desk == telling.desk);
                    if live && self.leases.live.contains(id) {
                        touched.extend(self.end_lease(*id, Ending::Used));
                    }
                }
            }
        }
        // What the booking has in the end; what came before is history.
        if let Some((asserted, at, true)) = last {
            let operation = read(asserted)?;
            let owner = Owner::Booking(operation.booking.clone());
            touched.extend(self.truth.let_go(&owner));
            self.settle_displaced(&operation.booking);
            if let Action::Book(placement) | Action::Move(placement) = &operation.action {
                self.has_again(telling, &operation.booking, placement, at, touched)?;
            }
        }
        Ok(fresh.len() as u64)
    }

    /// A booking has again what it was confirmed, or a seat beside it and a case.
    fn has_again(
        &mut self,
        telling: Telling,
        booking: &BookingNumber,
        placement: &Placement,
        at: DateTime<Utc>,
        touched: &mut Vec<SlotSpan>,
    ) -> Seen {
        let mut seats = Vec::new();
        for appointment in &placement.appointments {
            let mut span = appointment.span;
            if !self.make_way(telling, &span, Claimant::Confirmed { at }, touched) {
                if telling.in_recovery && self.others_to_tell(telling.desk) {
                    return Broken::new(
                        Rule::Capacity,
                        format!("{booking} lost {span:?}, though the desk that has it may give it back"),
                    );
                }
                self.displace(booking, appointment.line);
                let free = |place: &u16| {
                    let seat = SlotSpan { place: *place, ..span };
                    self.truth.owners_on(&seat).is_empty() && !seats.contains(&seat)
                };
                span.place = (BESIDE..u16::MAX).find(free).unwrap_or(u16::MAX);
            }
            seats.push(span);
        }
        let nre = placement.prescription.nre.as_str();
        let lines = placement.appointments.iter().map(|it| (nre.to_owned(), it.line));
        let mut lines: Vec<_> = lines.collect();
        if lines.iter().any(|line| self.truth.line_of_another(line, booking)) {
            for appointment in &placement.appointments {
                self.displace(booking, appointment.line);
            }
            lines.clear();
        }
        touched.extend(&seats);
        let placed = Placed {
            spans: seats,
            lines,
            class: placement.prescription.priority,
            restored: true,
        };
        self.truth.place(Owner::Booking(booking.clone()), placed)
    }

    /// Whether another desk has still to tell what it has given back.
    fn others_to_tell(&self, desk: usize) -> bool {
        let waits = |other: &usize| *other != desk && !self.written_off.contains(other) && !self.heard.contains(other);
        self.awaited.iter().any(waits)
    }

    /// Makes room for what was confirmed or granted; `false` where somebody else was promised the same.
    fn make_way(&mut self, telling: Telling, span: &SlotSpan, claimant: Claimant, touched: &mut Vec<SlotSpan>) -> bool {
        self.truth.drop_holds_on(span);
        for owner in self.truth.owners_on(span) {
            let Owner::Lease(id) = owner else { return false };
            if !self.yields(telling, id, claimant) {
                return false;
            }
            touched.extend(self.end_lease(id, Ending::Lapsed));
        }
        true
    }

    /// Whether a lease was over, or the ledger that was lost would not have given its place away. Every older
    /// one was when another was granted there; for a booking, one that its desk did not tell of.
    fn yields(&self, telling: Telling, id: LeaseId, claimant: Claimant) -> bool {
        let over = |lease: &Known| match claimant {
            Claimant::Confirmed { at } => !lease.asserted || lease.honour <= at,
            Claimant::Granted(granted) => id < granted,
        };
        let known = self.leases.get(id);
        known.is_none_or(|lease| telling.in_recovery && over(lease))
    }

    /// The leases that the ledger keeps for a desk: those that it has or had, and all that it can.
    fn kept_leases(
        &mut self,
        telling: Telling,
        assertion: &Assertion,
        grants: &[Grant],
        reply: &AssertionReply,
        touched: &mut Vec<SlotSpan>,
    ) -> Seen<u64> {
        let Telling { desk, done, now, .. } = telling;
        let mut restored = 0;
        for grant in grants {
            self.checks += 1;
            let id = grant.lease;
            let broken = |what: &str| Broken::new(Rule::Lease, format!("lease {id} of desk {desk}: {what}"));
            let Some(lease) = self.leases.get(id).filter(|lease| lease.desk == desk).cloned() else {
                return broken("it was never granted");
            };
            let honour = DateTime::from_timestamp_millis(grant.honour_ms).unwrap_or(now);
            let there = self.leases.live.contains(&id);
            if !reply.leases.contains(&id) {
                let fenced = self.leases.fenced.contains(&(desk, assertion.incarnation));
                let over = honour <= now && !telling.in_recovery || lease.span.start < Minute::containing(now);
                let ended = !lease.lost && !there;
                let taken = !there && !self.could_have(telling, id, &lease.span);
                let waits = taken && telling.in_recovery && self.others_to_tell(desk);
                if fenced || done || over || ended {
                    continue;
                }
                if waits && reply.done {
                    return broken("who has its place may give it back, and nobody waits for that");
                }
                if taken {
                    continue;
                }
                return broken("it was told to the restored ledger, which does not keep it");
            }
            if done {
                continue;
            }
            if !there {
                if !lease.lost || matches!(lease.ended, Some(Ending::Surrendered | Ending::Voided)) {
                    return broken("it was over, and the restored ledger has it again");
                }
                if !self.make_way(telling, &lease.span, Claimant::Granted(id), touched) {
                    return broken("the restored ledger gives it a place that is not free");
                }
                let placed = Placed {
                    spans: vec![lease.span],
                    ..Placed::default()
                };
                self.truth.place(Owner::Lease(id), placed)?;
                self.leases.live.insert(id);
                touched.push(lease.span);
                restored += 1;
            }
            if let Some(known) = self.leases.all.get_mut(&id) {
                known.incarnation = assertion.incarnation;
                known.honour = if there { known.honour.max(honour) } else { honour };
                (known.ended, known.lost, known.asserted) = (None, false, true);
            }
        }
        match reply
            .leases
            .iter()
            .find(|id| grants.iter().all(|grant| grant.lease != **id))
        {
            None => Ok(restored),
            Some(id) => Broken::new(Rule::Lease, format!("lease {id} was kept, and desk {desk} did not ask")),
        }
    }

    /// Whether the place of a lease that was lost can be set aside again. Where a booking has it that may
    /// be given back by a desk which was not heard yet the desk has to wait.
    fn could_have(&self, telling: Telling, lease: LeaseId, span: &SlotSpan) -> bool {
        let yields = |owner: &Owner| match owner {
            Owner::Lease(id) => self.yields(telling, *id, Claimant::Granted(lease)),
            Owner::Booking(_) | Owner::Other(_) => false,
        };
        self.truth.owners_on(span).iter().all(yields)
    }
}

fn read(asserted: &Asserted) -> Seen<Operation> {
    serde_json::from_str(&asserted.body)
        .or_else(|_| Broken::new(Rule::Unexpected, "a desk wrote an operation that cannot be read"))
}
