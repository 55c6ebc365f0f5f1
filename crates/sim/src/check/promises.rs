//! Promises of desks: given only on places that are set aside, never twice on one, and never by a clock
//! that cannot be relied on.

use std::collections::BTreeMap;
use std::time::Duration;

use lanterna_model::ids::LeaseId;
use lanterna_model::lease::{CLOCK_MARGIN, Reading, Term};
use lanterna_model::time::Now;
use lanterna_store::{LeasedPlace, Settlement, Store, StoredBooking};
use lanterna_wire::outcome::Outcome;
use lanterna_wire::stock::StockRequest;
use uuid::Uuid;

use super::Checker;
use super::leases::{Ending, Known};
use crate::report::Report;
use crate::time::Millis;
use crate::violation::{Broken, Rule, Seen};

/// What a clock that drifts by less than a thousandth, and counts whole seconds, makes of a duration.
fn tolerance(elapsed: Duration) -> Duration {
    elapsed / 1_000 + Duration::from_secs(2)
}

/// A moment at a desk: what it believes, and what is true.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Now,
    pub(crate) at: Millis,
    /// The central said that it does not know the desk.
    pub(crate) refused: bool,
}

/// What desks promised.
#[derive(Default)]
pub(crate) struct Promises {
    /// The true time of a reading of clocks that an exchange was sent at.
    sent: BTreeMap<(usize, i64, u64, u64), Millis>,
    exchanges: BTreeMap<(usize, Uuid), StockRequest>,
    pub(super) named: BTreeMap<LeaseId, Uuid>,
    /// Promises given, and those of them that a clock gave that was further wrong than is assumed.
    pub(crate) given: u64,
    pub(crate) beyond: u64,
}

fn key(desk: usize, reading: &Reading) -> (usize, i64, u64, u64) {
    (desk, reading.wall_ms, reading.boot_ms, reading.run)
}

impl Promises {
    /// What truly went by since a term began, where that is known.
    fn elapsed(&self, desk: usize, term: &Term, moment: Moment) -> Option<Duration> {
        let sent = self.sent.get(&key(desk, &term.sent))?;
        Some(Duration::from_millis(moment.at.saturating_sub(*sent)))
    }

    /// Whether the wall clock of a machine that was started anew lost more than so much since a term began:
    /// what nobody can find out (PROTOCOL.md, *Leases*).
    fn lost(&self, desk: usize, term: &Term, moment: Moment, most: Duration) -> bool {
        term.sent.run != moment.now.run
            && self.elapsed(desk, term, moment).is_some_and(|elapsed| {
                let counted = term.sent.elapsed(moment.now);
                elapsed > counted + most + tolerance(elapsed)
            })
    }

    fn beyond(&self, desk: usize, term: &Term, moment: Moment) -> bool {
        self.lost(desk, term, moment, term.honour_for.saturating_sub(term.book_for))
    }
}

impl Checker {
    /// A desk sends an exchange of stock: word for word the one that was not answered, or the next one;
    /// and nothing is given back that an operation names.
    pub(crate) fn exchanging(&mut self, desk: usize, request: &StockRequest, moment: Moment) -> Seen {
        self.checks += 1;
        let life = (desk, request.incarnation);
        let before = self.promises.exchanges.get(&life);
        if before.is_some_and(|before| before.number == request.number && before != request) {
            return Broken::new(
                Rule::Durable,
                format!("exchange {} of desk {desk} changed its words", request.number),
            );
        }
        if before.is_none_or(|before| before.number != request.number) {
            let reading = Reading::from(moment.now);
            self.promises.sent.insert(key(desk, &reading), moment.at);
            self.promises.exchanges.insert(life, request.clone());
        }
        for lease in &request.surrendered {
            let by = self.promises.named.get(lease).and_then(|id| self.operations.get(id));
            if by.is_some_and(|by| !matches!(by.end, Some((Settlement::Withdrawn, _)))) {
                return Broken::new(
                    Rule::Guarantee,
                    format!("desk {desk} gives lease {lease} back, which an operation names"),
                );
            }
        }
        Ok(())
    }

    /// A desk wrote an operation that names leases: each is one of its own, promised for the first time,
    /// and before its time is over.
    pub(crate) fn named(&mut self, desk: usize, operation: Uuid, places: &[LeasedPlace], moment: Moment) -> Seen {
        for place in places {
            self.checks += 1;
            if let Some(other) = self.promises.named.insert(place.id, operation) {
                return Broken::new(
                    Rule::Guarantee,
                    format!(
                        "lease {} is named by operation {operation}, and was by {other}",
                        place.id
                    ),
                );
            }
            if self.promises.beyond(desk, &place.term, moment) {
                self.promises.beyond += 1;
            }
            self.may_promise(desk, place, moment)?;
            if self.asked.contains(&desk) {
                return Broken::new(
                    Rule::Guarantee,
                    format!("desk {desk} promises on lease {} before it told what it has", place.id),
                );
            }
        }
        Ok(())
    }

    /// Whether a place may be promised at a moment, as far as all is well that the protocol takes for
    /// granted.
    pub(super) fn may_promise(&self, desk: usize, place: &LeasedPlace, moment: Moment) -> Seen {
        let broken = |what: &str| {
            Broken::new(
                Rule::Guarantee,
                format!("desk {desk} promises {:?} on lease {}: {what}", place.span, place.id),
            )
        };
        if moment.refused {
            return broken("the central does not know it any more");
        }
        if self.promises.beyond(desk, &place.term, moment) {
            return Ok(());
        }
        let elapsed = self.promises.elapsed(desk, &place.term, moment);
        if elapsed.is_some_and(|elapsed| elapsed > place.term.book_for + tolerance(elapsed) + loss(place, moment)) {
            return broken("the time to promise it is over");
        }
        match self.leases.get(place.id) {
            // That it was reported stolen voids its promises; it may not have heard of that.
            Some(lease) if lease.desk == desk && matches!(lease.ended(), None | Some(Ending::Voided)) => Ok(()),
            // A desk that was written off does not know it before it tells what it has: that is what an
            // administrator takes upon himself.
            Some(lease) if lease.desk == desk && self.is_written_off(desk) => Ok(()),
            known => broken(&format!("the central has it as {:?}", known.and_then(Known::ended))),
        }
    }

    /// Once everything has settled: what a desk would promise is set aside for it.
    pub(crate) fn stocked(&mut self, desk: usize, store: &Store, moment: Moment) -> Seen {
        for place in store.stock().promised(moment.now) {
            self.checks += 1;
            self.may_promise(desk, place, moment)?;
            if self.leases.get(place.id).is_some_and(|lease| lease.lost) {
                return Broken::new(
                    Rule::Guarantee,
                    format!("desk {desk} promises on lease {}, which the ledger lost", place.id),
                );
            }
        }
        Ok(())
    }

    /// What became of the promises.
    pub(crate) fn told(&self, report: &mut Report) {
        report.beyond = self.promises.beyond;
        for tracked in self.operations.all().filter(|tracked| tracked.off_line) {
            let Some(settled) = &tracked.settled else { continue };
            let end = match settled.outcome {
                Outcome::Confirmed => 0,
                Outcome::Conflict { .. } => 1,
                Outcome::Rejected { .. } => 2,
                Outcome::NeedsOperator { .. } => 3,
            };
            report.off_line[usize::from(tracked.promised)][end] += 1;
        }
        for tracked in self.operations.all().filter(|tracked| tracked.promised) {
            let end = tracked.settled.as_ref().map(|settled| &settled.outcome);
            Report::count(
                &mut report.promises,
                match (end, &tracked.end) {
                    (Some(Outcome::Confirmed), _) => "confirmed",
                    (Some(Outcome::Rejected { .. }), _) => "for a prescription used elsewhere",
                    (Some(Outcome::NeedsOperator { .. }), _) => "come too late and needing an operator",
                    (Some(Outcome::Conflict { .. }), _) => "in conflict",
                    (None, Some((Settlement::Withdrawn, _))) => "withdrawn before they were sent",
                    (None, _) => "never sent, of stolen desks",
                },
            );
        }
    }

    /// A booking is shown as guaranteed: then its places are still kept, or it was answered already.
    pub(super) fn guaranteed(&mut self, desk: usize, stored: &StoredBooking, moment: Moment) -> Seen {
        if stored.guaranteed_until(moment.now).is_none() {
            return Ok(());
        }
        let Some(row) = stored.operations.get(stored.derived().current) else {
            return Ok(());
        };
        self.checks += 1;
        let answered = self
            .operations
            .get(&row.id)
            .is_none_or(|tracked| tracked.settled.is_some());
        let unknowable = |term: &Term| self.promises.lost(desk, term, moment, CLOCK_MARGIN);
        if answered || row.terms.iter().any(unknowable) {
            return Ok(());
        }
        let named = self.promises.named.iter().filter(|(_, by)| **by == row.id);
        for (id, _) in named {
            let ended = self.leases.get(*id).and_then(Known::ended);
            if !matches!(ended, None | Some(Ending::Voided)) && !self.is_written_off(desk) {
                return Broken::new(
                    Rule::Guarantee,
                    format!(
                        "{} is guaranteed on the screen of desk {desk}, and lease {id} is {ended:?}",
                        stored.number
                    ),
                );
            }
        }
        Ok(())
    }
}

/// What the wall clock of a machine that was started anew may have lost, unknown to anybody.
fn loss(place: &LeasedPlace, moment: Moment) -> Duration {
    if place.term.sent.run == moment.now.run {
        Duration::ZERO
    } else {
        place.term.honour_for.saturating_sub(place.term.book_for)
    }
}
