//! Every operation that a desk accepted, what the ledger said to it, and what its desk knows of that.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use lanterna_model::booking_number::BookingNumber;
use lanterna_model::schedule::SlotSpan;
use lanterna_store::{Settlement, StoredBooking};
use lanterna_wire::Cursor;
use lanterna_wire::operation::{Batch, OperationAnswer};
use lanterna_wire::outcome::{Answer, OperatorReason, Outcome, Settled};
use uuid::Uuid;

use crate::time::Millis;
use crate::violation::{Broken, Rule, Seen};

/// One operation, from its writing to its end.
#[derive(Clone, Debug)]
pub(crate) struct Tracked {
    pub(crate) desk: usize,
    pub(crate) booking: BookingNumber,
    pub(crate) number: u64,
    pub(crate) spans: Vec<SlotSpan>,
    pub(crate) written_at: Millis,
    /// Shown as guaranteed when it was written.
    pub(crate) promised: bool,
    /// A booking that was written while nothing could be sent.
    pub(crate) off_line: bool,
    /// Of the body, once it was sent.
    pub(crate) body: Option<u64>,
    /// What the ledger said first, as the present one has it.
    pub(crate) settled: Option<Settled>,
    /// What ledgers said that were lost.
    pub(crate) before: Vec<Settled>,
    /// Where the feed stood by the answer that its desk heard last.
    pub(super) heard: Option<(String, u64)>,
    /// Where the feed stood by the end, as its desk counts it.
    pub(super) counted: Option<(String, u64)>,
    /// What the desk wrote down, and when.
    pub(crate) end: Option<(Settlement, Millis)>,
}

/// What is known of one desk's record.
#[derive(Default)]
struct Desk {
    bookings: BTreeMap<BookingNumber, Vec<Uuid>>,
    unsettled: BTreeMap<u64, Uuid>,
    /// Operations that lie over the mirror, or did when it was looked at last.
    laid_over: BTreeSet<Uuid>,
    /// Operations that were there when a ledger was put back: they may lie over the mirror once more.
    again: BTreeSet<Uuid>,
    last: u64,
}

/// All operations of a world.
#[derive(Default)]
pub(crate) struct Operations {
    all: BTreeMap<Uuid, Tracked>,
    desks: Vec<Desk>,
}

pub(crate) fn digest(body: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}

impl Operations {
    pub(crate) fn new(desks: usize) -> Self {
        Self {
            all: BTreeMap::new(),
            desks: std::iter::repeat_with(Desk::default).take(desks).collect(),
        }
    }

    pub(crate) fn get(&self, id: &Uuid) -> Option<&Tracked> {
        self.all.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &Uuid) -> Option<&mut Tracked> {
        self.all.get_mut(id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Tracked> {
        self.all.values()
    }

    /// Operations of a desk without an end.
    pub(crate) fn unsettled(&self, desk: usize) -> usize {
        self.desks[desk].unsettled.len()
    }

    /// Bookings of a desk.
    pub(crate) fn bookings(&self, desk: usize) -> impl Iterator<Item = &BookingNumber> {
        self.desks[desk].bookings.keys()
    }

    /// A desk accepted an operation: from here on it must not be lost.
    pub(crate) fn written(&mut self, desk: usize, id: Uuid, stored: &StoredBooking, at: Millis) -> Seen {
        let Some(row) = stored.operations.iter().find(|row| row.id == id) else {
            return Broken::new(Rule::Lost, format!("{} does not have its operation", stored.number));
        };
        let tracked = Tracked {
            desk,
            booking: stored.number.clone(),
            number: row.number,
            spans: row.appointments.iter().map(|appointment| appointment.span).collect(),
            written_at: at,
            promised: false,
            off_line: false,
            body: None,
            settled: None,
            before: Vec::new(),
            heard: None,
            counted: None,
            end: None,
        };
        let known = &mut self.desks[desk];
        if row.number != known.last + 1 {
            return Broken::new(
                Rule::Lost,
                format!("desk {desk} numbered an operation {} after {}", row.number, known.last),
            );
        }
        known.last = row.number;
        known.unsettled.insert(row.number, id);
        known.laid_over.insert(id);
        known.bookings.entry(stored.number.clone()).or_default().push(id);
        self.all.insert(id, tracked);
        Ok(())
    }

    /// A booking was written while nothing could be sent.
    pub(crate) fn off_line(&mut self, id: Uuid) {
        if let Some(tracked) = self.all.get_mut(&id) {
            tracked.off_line = true;
        }
    }

    /// An operation was shown as guaranteed.
    pub(crate) fn promised(&mut self, id: Uuid) {
        if let Some(tracked) = self.all.get_mut(&id) {
            tracked.promised = true;
        }
    }

    /// A batch is about to leave: everything that it acknowledges has its end, and its bytes are those of
    /// before.
    pub(crate) fn sending(&mut self, desk: usize, batch: &Batch) -> Seen {
        let known = &self.desks[desk];
        let first = known.unsettled.keys().next().copied().unwrap_or(known.last + 1);
        if batch.acknowledged >= first {
            return Broken::new(
                Rule::Durable,
                format!(
                    "desk {desk} acknowledges up to {}, and {first} has no end",
                    batch.acknowledged
                ),
            );
        }
        for envelope in &batch.operations {
            let body = digest(&envelope.body);
            match self.all.get_mut(&envelope.id) {
                Some(tracked) if tracked.desk == desk && tracked.number == envelope.number => {
                    if *tracked.body.get_or_insert(body) != body {
                        return Broken::new(Rule::Lost, format!("operation {} changed its bytes", envelope.id));
                    }
                    if tracked.end.is_some() {
                        return Broken::new(
                            Rule::Doubled,
                            format!("operation {} is sent after its end", envelope.id),
                        );
                    }
                }
                _ => {
                    return Broken::new(
                        Rule::Doubled,
                        format!("desk {desk} sends {envelope:?}, which it never wrote"),
                    );
                }
            }
        }
        Ok(())
    }

    /// Compares a booking in a desk's record with what is known of it, and notes ends that are new.
    pub(crate) fn observe(&mut self, desk: usize, stored: &StoredBooking, at: Millis) -> Seen {
        let known = &mut self.desks[desk];
        let ids = known.bookings.get(&stored.number).map_or(&[] as &[Uuid], Vec::as_slice);
        if !stored.operations.iter().map(|row| &row.id).eq(ids) {
            return Broken::new(
                Rule::Lost,
                format!(
                    "{} has {} operations, not {}",
                    stored.number,
                    stored.operations.len(),
                    ids.len()
                ),
            );
        }
        for row in &stored.operations {
            let Some(tracked) = self.all.get_mut(&row.id) else {
                continue;
            };
            let sent = tracked.body.is_some();
            if sent && row.possibly_sent_at.is_none() {
                return Broken::new(Rule::Durable, format!("operation {} left without a note of it", row.id));
            }
            match (&tracked.end, &row.settlement) {
                (None, None) => {}
                (Some((end, _)), Some(stored)) if end == stored => {}
                (None, Some(end)) => {
                    from_the_ledger(row.id, tracked, end)?;
                    tracked.end = Some((end.clone(), at));
                    tracked.counted.clone_from(&tracked.heard);
                    known.unsettled.remove(&row.number);
                }
                (Some(_), other) => {
                    return Broken::new(
                        Rule::Outcome,
                        format!("the end of operation {} became {other:?}", row.id),
                    );
                }
            }
        }
        Ok(())
    }

    /// Answers reached a desk.
    pub(crate) fn hears(&mut self, answers: &[OperationAnswer]) {
        for answered in answers {
            if let (Answer::Outcome(settled), Some(tracked)) = (&answered.answer, self.all.get_mut(&answered.id)) {
                tracked.heard = Some((settled.epoch.clone(), settled.seq));
            }
        }
    }

    /// What the ledger has, by operation.
    pub(super) fn known(&self) -> BTreeMap<Uuid, Settled> {
        let known = self.all.iter();
        known
            .filter_map(|(id, tracked)| Some((*id, tracked.settled.clone()?)))
            .collect()
    }

    /// The ledger has these, and no others.
    pub(super) fn go_back(&mut self, known: &BTreeMap<Uuid, Settled>) {
        for (id, tracked) in &mut self.all {
            let lost = std::mem::replace(&mut tracked.settled, known.get(id).cloned());
            if lost != tracked.settled {
                tracked.before.extend(lost);
            }
            // Mirrors go back too, behind what they had shown.
            self.desks[tracked.desk].again.insert(*id);
        }
    }

    /// A desk heard what the ledger makes of an operation that it told, or of all that it has.
    pub(super) fn counts(&mut self, desk: usize, which: impl Fn(&Uuid, &Tracked) -> bool, epoch: &str, seq: u64) {
        for (id, tracked) in &mut self.all {
            let ended = matches!(tracked.end, Some((Settlement::Central(_), _)));
            if tracked.desk == desk && ended && tracked.counted.is_some() && which(id, tracked) {
                tracked.counted = Some((epoch.to_owned(), seq));
                self.desks[desk].again.insert(*id);
            }
        }
    }

    /// The places that a desk knows it has asked for or lost and that its mirror cannot show yet.
    pub(crate) fn laid_over(&mut self, desk: usize, cursor: Option<&Cursor>) -> Vec<SlotSpan> {
        let all = &self.all;
        let lies = |tracked: &Tracked| match (&tracked.end, &tracked.counted) {
            (None, _) => true,
            (Some((Settlement::Withdrawn, _)), _) | (_, None) => false,
            (Some((Settlement::Central(outcome), _)), Some((epoch, seq))) => {
                let behind = cursor.is_none_or(|cursor| cursor.epoch != *epoch || cursor.seq < *seq);
                behind && !matches!(outcome, Outcome::Rejected { .. })
            }
        };
        // One that was restored may lie there again.
        let again = self.desks[desk].again.iter().filter(|id| all.get(id).is_some_and(lies));
        let again: Vec<Uuid> = again.copied().collect();
        self.desks[desk].laid_over.extend(again);
        self.desks[desk].laid_over.retain(|id| all.get(id).is_some_and(lies));
        let ids = self.desks[desk].laid_over.iter();
        ids.filter_map(|id| all.get(id))
            .flat_map(|tracked| tracked.spans.clone())
            .collect()
    }
}

/// Whether an end that a desk wrote down is the one that the ledger gave.
fn from_the_ledger(id: Uuid, tracked: &Tracked, end: &Settlement) -> Seen {
    match (end, &tracked.settled) {
        (Settlement::Withdrawn, None) if tracked.body.is_none() => Ok(()),
        (Settlement::Withdrawn, _) => Broken::new(
            Rule::Lost,
            format!("operation {id} was withdrawn, though it may have been sent"),
        ),
        (Settlement::Central(outcome), settled)
            if settled.iter().chain(&tracked.before).any(|it| *outcome == it.outcome) =>
        {
            Ok(())
        }
        (
            Settlement::Central(Outcome::NeedsOperator {
                reason: reason @ (OperatorReason::AnswerLost | OperatorReason::IdReused | OperatorReason::Unreadable),
            }),
            _,
        ) => Broken::new(
            Rule::Lost,
            format!("operation {id} ended as {reason:?} without a cause"),
        ),
        (Settlement::Central(outcome), settled) => Broken::new(
            Rule::Outcome,
            format!("operation {id} ended as {outcome:?}, and the ledger said {settled:?}"),
        ),
    }
}
