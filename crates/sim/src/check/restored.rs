//! A ledger that was put back from a backup: what it knows is what it knew then, and whom it has still to hear.

use std::collections::{BTreeMap, BTreeSet};

use lanterna_central::ledger::{Ledger, SqliteLedger};
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::Cursor;
use lanterna_wire::outcome::{Answer, Settled};
use lanterna_wire::recovery::AssertionReply;
use uuid::Uuid;

use super::Checker;
use super::leases::Leases;
use super::reference::Reference;
use super::telling::BESIDE;
use super::truth::Truth;
use crate::violation::Seen;
use crate::world::ready;

/// The books as they were when a backup was taken.
pub(crate) struct Kept {
    truth: Truth,
    reference: Reference,
    leases: Leases,
    settled: BTreeMap<Uuid, Settled>,
    awaited: BTreeSet<usize>,
    written_off: BTreeSet<usize>,
    heard: BTreeSet<usize>,
}

impl Kept {
    /// Where the ledger stood.
    pub(crate) fn head(&self) -> Option<&Cursor> {
        self.reference.head()
    }
}

impl Checker {
    /// A backup is taken.
    pub(crate) fn keep(&self) -> Kept {
        Kept {
            truth: self.truth.clone(),
            reference: self.reference.clone(),
            leases: self.leases.clone(),
            settled: self.operations.known(),
            awaited: self.awaited.clone(),
            written_off: self.written_off.clone(),
            heard: self.heard.clone(),
        }
    }

    /// The ledger is again what it was.
    pub(crate) fn put_back(&mut self, kept: &Kept) {
        let lost = std::mem::replace(&mut self.reference, kept.reference.clone());
        self.lost.push(lost);
        self.truth = kept.truth.clone();
        self.operations.go_back(&kept.settled);
        self.awaited.clone_from(&kept.awaited);
        self.written_off.clone_from(&kept.written_off);
        self.heard.clone_from(&kept.heard);
        self.awaited.retain(|desk| !self.desks[*desk].revoked);
        let before = std::mem::take(&mut self.leases);
        self.leases = before.gone_back(&kept.leases);
    }

    /// Another life of the ledger begins: its feed begins anew, and every desk is awaited that was not revoked.
    pub(crate) fn another_life(&mut self, ledger: &SqliteLedger, awaited: impl Iterator<Item = usize>) -> Seen {
        let lost = std::mem::replace(&mut self.reference, Reference::new());
        self.lost.push(lost);
        self.reference.load(&ready(ledger.snapshot())?)?;
        self.awaited = awaited.collect();
        self.written_off.clear();
        self.heard.clear();
        for lease in self.leases.all.values_mut() {
            lease.asserted = false;
        }
        self.every_session()
    }

    /// A desk is let in no more.
    pub(crate) fn revoked(&mut self, desk: usize) {
        self.desks[desk].revoked = true;
        self.awaited.remove(&desk);
    }

    /// The administrator goes on without a desk.
    pub(crate) fn wrote_off(&mut self, desk: usize) {
        self.written_off.insert(desk);
        self.abandoned.insert(desk);
    }

    /// Whether some recovery went on without a desk, and the desk does not know what came of that: its promises
    /// are those of an administrator who did not wait.
    pub(super) fn is_written_off(&self, desk: usize) -> bool {
        self.abandoned.contains(&desk)
    }

    /// Whether a desk has something to tell: nothing new of it is carried out before.
    pub(crate) fn tells(&self, desk: usize) -> bool {
        self.awaited.contains(&desk)
    }

    /// Whether a desk gets nothing by the normal ways, not even an exchange.
    pub(crate) fn says_nothing(&self, desk: usize) -> bool {
        self.recovering || self.tells(desk)
    }

    /// Whether a cursor is of a life of the ledger that was lost, and looks as if it were of the present one.
    pub(crate) fn is_ahead(&self, cursor: &Cursor) -> bool {
        let same = self.head().is_some_and(|head| head.epoch == cursor.epoch);
        same && !self.reference.knows(cursor) && self.lost.iter().any(|life| life.knows(cursor))
    }

    /// Whether what an operation follows was answered by a ledger that was lost, and by no other.
    pub(super) fn is_lost_before(&self, id: Uuid) -> bool {
        let Some(tracked) = self.operations.get(&id) else {
            return false;
        };
        let lost = |other: &super::operations::Tracked| {
            other.booking == tracked.booking
                && other.number < tracked.number
                && other.settled.is_none()
                && !other.before.is_empty()
        };
        self.desks[tracked.desk].revoked && self.operations.all().any(lost)
    }

    /// A desk wrote down whether it is asked to tell what it has.
    pub(crate) fn was_asked(&mut self, desk: usize, asked: bool) {
        if asked {
            self.asked.insert(desk);
        } else {
            self.asked.remove(&desk);
        }
    }

    /// A desk wrote down what the ledger made of what it told.
    pub(crate) fn was_heard(&mut self, desk: usize, epoch: &str, reply: &AssertionReply) {
        for answered in &reply.answers {
            let (epoch, seq) = match &answered.answer {
                Answer::Outcome(settled) if settled.epoch == epoch => (settled.epoch.as_str(), settled.seq),
                // The backup has it, and every mirror of this life shows it.
                Answer::Outcome(_) | Answer::AlreadyAnswered => (epoch, 0),
                Answer::NotYet { .. } | Answer::Refused { .. } => continue,
            };
            self.operations.counts(desk, |id, _| *id == answered.id, epoch, seq);
        }
        if reply.done {
            self.was_asked(desk, false);
            self.abandoned.remove(&desk);
            let older = |_: &Uuid, tracked: &super::operations::Tracked| {
                tracked.counted.as_ref().is_some_and(|(other, _)| other != epoch)
            };
            self.operations.counts(desk, older, epoch, 0);
        }
    }

    /// Whether a booking has the places that its desk shows, or seats beside them and a case.
    pub(super) fn has_places(&self, booking: &BookingNumber, placed: &[SlotSpan], shown: &[SlotSpan]) -> bool {
        let beside = |seat: &SlotSpan, span: &SlotSpan| {
            seat.place >= BESIDE
                && self.is_displaced(booking)
                && SlotSpan {
                    place: span.place,
                    ..*seat
                } == *span
        };
        placed.len() == shown.len()
            && placed
                .iter()
                .zip(shown)
                .all(|(seat, span)| seat == span || beside(seat, span))
    }

    fn is_displaced(&self, booking: &BookingNumber) -> bool {
        self.leases.displaced.iter().any(|(displaced, _)| displaced == booking)
    }
}

impl Leases {
    /// As they were in a backup. What was granted since is remembered: desks have it.
    fn gone_back(mut self, kept: &Leases) -> Leases {
        for (id, lease) in &mut self.all {
            match kept.all.get(id) {
                // The terms are those of then, until the desk tells of later ones.
                Some(then) => *lease = then.clone(),
                None => lease.lost = true,
            }
        }
        self.live.clone_from(&kept.live);
        self.exchanges.clone_from(&kept.exchanges);
        self.fenced.clone_from(&kept.fenced);
        self.displaced.clone_from(&kept.displaced);
        self
    }
}
