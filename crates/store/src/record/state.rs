//! What has become of a booking, derived from its operations. The only place that decides it.

use chrono::{DateTime, Utc};
use lanterna_model::booking::{Appointment, BookingState};
use lanterna_model::lease::Term;
use lanterna_model::time::Now;
use lanterna_wire::outcome::Outcome;
use uuid::Uuid;

use super::Settlement;

/// Kinds of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A first claim.
    Book,
    /// Other places.
    Move,
    /// No places.
    Cancel,
}

impl ChangeKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ChangeKind::Book => "book",
            ChangeKind::Move => "move",
            ChangeKind::Cancel => "cancel",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Book, Self::Move, Self::Cancel]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// An operation as the record keeps it, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRow {
    /// Its id.
    pub id: Uuid,
    /// The desk's own numbering.
    pub number: u64,
    /// What it does.
    pub kind: ChangeKind,
    /// The places it is after; none for a cancellation.
    pub appointments: Vec<Appointment>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it may have been sent for the first time.
    pub possibly_sent_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub settlement: Option<Settlement>,
    /// When that was known here.
    pub settled_at: Option<DateTime<Utc>>,
    /// While it has no end and every one of its places was set aside for this desk: until when.
    pub terms: Vec<Term>,
}

impl OperationRow {
    /// Until when every place that it is after is surely kept for it, while it has no end.
    #[must_use]
    pub fn guaranteed_until(&self, now: Now) -> Option<DateTime<Utc>> {
        let holds = self.terms.iter().all(|term| term.guarantees(now));
        let until = self.terms.iter().map(|term| term.guaranteed_until(now)).min();
        until.filter(|_| holds)
    }
}

/// A change under way, or ended badly, on a booking that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Which change.
    pub kind: ChangeKind,
    /// What has become of it.
    pub state: BookingState,
    /// Position of its operation.
    pub operation: usize,
}

/// What the operations of a booking come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// What has become of the booking.
    pub state: BookingState,
    /// A change under way on a booking that stands, or on one that waits.
    pub pending: Option<Pending>,
    /// Position of the operation whose places the booking has or is after.
    pub current: usize,
    /// Position of the operation behind a conflict, rejection or need of an operator.
    pub trouble: Option<usize>,
    /// Operations without an end.
    pub waiting: bool,
}

/// Derives the state of a booking from its operations, oldest first.
///
/// What was withdrawn never reached anybody: the booking is what it was before. A booking whose
/// operations are all lost (a damaged record) needs an operator.
#[must_use]
pub fn derive(operations: &[OperationRow]) -> Derived {
    let mut derived = Derived {
        state: BookingState::NeedsOperator,
        pending: None,
        current: 0,
        trouble: None,
        waiting: operations.iter().any(|operation| operation.settlement.is_none()),
    };
    if !operations.is_empty() {
        derived.state = BookingState::Cancelled;
    }
    let mut stands = false;
    for (at, operation) in operations.iter().enumerate() {
        let ended = operation.settlement.as_ref().map(state_of);
        let pending = |state| {
            Some(Pending {
                kind: operation.kind,
                state,
                operation: at,
            })
        };
        match (operation.kind, ended) {
            (_, Some(Ended::Withdrawn)) => {}
            (ChangeKind::Cancel, None) => derived.pending = pending(BookingState::Queued),
            (ChangeKind::Cancel, Some(Ended::Confirmed)) => {
                stands = false;
                derived.state = BookingState::Cancelled;
                derived.pending = None;
                derived.trouble = None;
            }
            (ChangeKind::Cancel, Some(Ended::Badly(state))) => {
                derived.pending = pending(state);
                derived.trouble = Some(at);
            }
            (_, None) if stands => derived.pending = pending(BookingState::Queued),
            (_, None) => {
                derived.state = BookingState::Queued;
                derived.pending = None;
                derived.trouble = None;
                derived.current = at;
            }
            (_, Some(Ended::Confirmed)) => {
                stands = true;
                derived.state = BookingState::Confirmed;
                derived.pending = None;
                derived.trouble = None;
                derived.current = at;
            }
            (_, Some(Ended::Badly(state))) => {
                derived.trouble = Some(at);
                if stands {
                    derived.pending = pending(state);
                } else {
                    derived.state = state;
                    derived.current = at;
                }
            }
        }
    }
    derived
}

enum Ended {
    Confirmed,
    Badly(BookingState),
    Withdrawn,
}

fn state_of(settlement: &Settlement) -> Ended {
    match settlement {
        Settlement::Withdrawn => Ended::Withdrawn,
        Settlement::Central(Outcome::Confirmed) => Ended::Confirmed,
        Settlement::Central(Outcome::Conflict { .. }) => Ended::Badly(BookingState::Conflict),
        Settlement::Central(Outcome::Rejected { .. }) => Ended::Badly(BookingState::Rejected),
        Settlement::Central(Outcome::NeedsOperator { .. }) => Ended::Badly(BookingState::NeedsOperator),
    }
}

#[cfg(test)]
mod tests {
    use lanterna_wire::outcome::{OperatorReason, RejectReason};

    use super::*;

    fn row(kind: ChangeKind, settlement: Option<Settlement>) -> OperationRow {
        OperationRow {
            id: Uuid::nil(),
            number: 1,
            kind,
            appointments: Vec::new(),
            created_at: DateTime::UNIX_EPOCH,
            possibly_sent_at: None,
            settlement,
            settled_at: None,
            terms: Vec::new(),
        }
    }

    fn confirmed() -> Option<Settlement> {
        Some(Settlement::Central(Outcome::Confirmed))
    }

    fn conflict() -> Option<Settlement> {
        Some(Settlement::Central(Outcome::Conflict { lost: Vec::new() }))
    }

    fn rejected() -> Option<Settlement> {
        Some(Settlement::Central(Outcome::Rejected {
            reason: RejectReason::AlreadyBooked,
        }))
    }

    fn operator() -> Option<Settlement> {
        Some(Settlement::Central(Outcome::NeedsOperator {
            reason: OperatorReason::AnswerLost,
        }))
    }

    fn seen(rows: &[(ChangeKind, Option<Settlement>)]) -> (BookingState, Option<(ChangeKind, BookingState)>, usize) {
        let rows: Vec<_> = rows
            .iter()
            .map(|(kind, settlement)| row(*kind, settlement.clone()))
            .collect();
        let derived = derive(&rows);
        (
            derived.state,
            derived.pending.map(|pending| (pending.kind, pending.state)),
            derived.current,
        )
    }

    #[test]
    fn a_booking_is_what_its_operations_came_to() {
        use BookingState as S;
        use ChangeKind::{Book, Cancel, Move};
        let cases = [
            (vec![(Book, None)], (S::Queued, None, 0)),
            (vec![(Book, confirmed())], (S::Confirmed, None, 0)),
            (vec![(Book, conflict())], (S::Conflict, None, 0)),
            (vec![(Book, rejected())], (S::Rejected, None, 0)),
            (vec![(Book, operator())], (S::NeedsOperator, None, 0)),
            (vec![(Book, Some(Settlement::Withdrawn))], (S::Cancelled, None, 0)),
            // Settling a conflict with an alternative.
            (vec![(Book, conflict()), (Move, None)], (S::Queued, None, 1)),
            (vec![(Book, conflict()), (Move, confirmed())], (S::Confirmed, None, 1)),
            (vec![(Book, conflict()), (Move, conflict())], (S::Conflict, None, 1)),
            // Moving a booking that stands keeps the old place until the new one is confirmed.
            (
                vec![(Book, confirmed()), (Move, None)],
                (S::Confirmed, Some((Move, S::Queued)), 0),
            ),
            (
                vec![(Book, confirmed()), (Move, conflict())],
                (S::Confirmed, Some((Move, S::Conflict)), 0),
            ),
            (vec![(Book, confirmed()), (Move, confirmed())], (S::Confirmed, None, 1)),
            (
                vec![(Book, confirmed()), (Move, Some(Settlement::Withdrawn))],
                (S::Confirmed, None, 0),
            ),
            // Cancelling.
            (
                vec![(Book, confirmed()), (Cancel, None)],
                (S::Confirmed, Some((Cancel, S::Queued)), 0),
            ),
            (
                vec![(Book, confirmed()), (Cancel, confirmed())],
                (S::Cancelled, None, 0),
            ),
            (
                vec![(Book, confirmed()), (Cancel, rejected())],
                (S::Confirmed, Some((Cancel, S::Rejected)), 0),
            ),
            (
                vec![(Book, None), (Cancel, None)],
                (S::Queued, Some((Cancel, S::Queued)), 0),
            ),
            (vec![(Book, conflict()), (Cancel, confirmed())], (S::Cancelled, None, 0)),
        ];
        for (rows, expected) in cases {
            assert_eq!(seen(&rows), expected, "{rows:?}");
        }
    }
}
