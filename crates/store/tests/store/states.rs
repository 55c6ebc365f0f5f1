//! Every history of a booking, against the rules said in another way.

use chrono::DateTime;
use lanterna_model::booking::BookingState;
use lanterna_store::record::derive;
use lanterna_store::{ChangeKind, OperationRow, Settlement};
use lanterna_wire::outcome::{OperatorReason, Outcome, RejectReason};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Waiting,
    Confirmed,
    Conflict,
    Rejected,
    Operator,
    Withdrawn,
}

const ENDS: [End; 6] = [
    End::Waiting,
    End::Confirmed,
    End::Conflict,
    End::Rejected,
    End::Operator,
    End::Withdrawn,
];

fn row(kind: ChangeKind, end: End) -> OperationRow {
    let settlement = match end {
        End::Waiting => None,
        End::Withdrawn => Some(Settlement::Withdrawn),
        End::Confirmed => Some(Settlement::Central(Outcome::Confirmed)),
        End::Conflict => Some(Settlement::Central(Outcome::Conflict { lost: Vec::new() })),
        End::Rejected => Some(Settlement::Central(Outcome::Rejected {
            reason: RejectReason::AlreadyBooked,
        })),
        End::Operator => Some(Settlement::Central(Outcome::NeedsOperator {
            reason: OperatorReason::AnswerLost,
        })),
    };
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

fn bad(end: End) -> Option<BookingState> {
    match end {
        End::Conflict => Some(BookingState::Conflict),
        End::Rejected => Some(BookingState::Rejected),
        End::Operator => Some(BookingState::NeedsOperator),
        _ => None,
    }
}

/// All histories of up to four operations that begin with a booking and end with a cancellation that was
/// confirmed, if with any.
fn histories() -> Vec<Vec<(ChangeKind, End)>> {
    let mut all: Vec<Vec<(ChangeKind, End)>> = ENDS.iter().map(|end| vec![(ChangeKind::Book, *end)]).collect();
    let mut last = all.clone();
    for _ in 0..3 {
        let mut longer = Vec::new();
        for history in &last {
            if history.contains(&(ChangeKind::Cancel, End::Confirmed)) {
                continue;
            }
            for kind in [ChangeKind::Move, ChangeKind::Cancel] {
                for end in ENDS {
                    let mut next = history.clone();
                    next.push((kind, end));
                    longer.push(next);
                }
            }
        }
        all.extend(longer.iter().cloned());
        last = longer;
    }
    all
}

#[test]
fn a_booking_is_confirmed_only_by_the_central_and_cancelled_only_by_it_or_before_it_was_sent() {
    let all = histories();
    assert!(all.len() > 5_000);
    for history in &all {
        let rows: Vec<OperationRow> = history.iter().map(|(kind, end)| row(*kind, *end)).collect();
        let derived = derive(&rows);
        let reached: Vec<&(ChangeKind, End)> = history.iter().filter(|(_, end)| *end != End::Withdrawn).collect();
        let placed = |(kind, end): &(ChangeKind, End)| *kind != ChangeKind::Cancel && *end == End::Confirmed;
        let cancelled = history.contains(&(ChangeKind::Cancel, End::Confirmed));
        let stands = reached.iter().any(|it| placed(it)) && !cancelled;

        // The words of the table, derived backwards.
        let expected = if cancelled || reached.is_empty() {
            BookingState::Cancelled
        } else if stands {
            BookingState::Confirmed
        } else {
            let last = reached.iter().rev().find(|(kind, _)| *kind != ChangeKind::Cancel);
            last.map_or(BookingState::Cancelled, |(_, end)| {
                bad(*end).unwrap_or(BookingState::Queued)
            })
        };
        assert_eq!(derived.state, expected, "{history:?}");

        // A booking that stands keeps the places of its last confirmed placement.
        if stands {
            let last = history.iter().rposition(placed).unwrap();
            assert_eq!(derived.current, last, "{history:?}");
        }
        assert_eq!(
            derived.waiting,
            history.iter().any(|(_, end)| *end == End::Waiting),
            "{history:?}"
        );
        // No failure of the last thing that reached the central goes unseen.
        if let Some((_, end)) = reached.last()
            && let Some(state) = bad(*end)
        {
            let pending = derived.pending.as_ref().map(|pending| pending.state);
            assert!(derived.state == state || pending == Some(state), "{history:?}");
            assert!(derived.trouble.is_some(), "{history:?}");
        }
        // Nothing withdrawn leaves a trace.
        let without: Vec<OperationRow> = reached.iter().map(|(kind, end)| row(*kind, *end)).collect();
        if !without.is_empty() {
            let clean = derive(&without);
            assert_eq!(clean.state, derived.state, "{history:?}");
            assert_eq!(
                clean.pending.map(|pending| (pending.kind, pending.state)),
                derived.pending.map(|pending| (pending.kind, pending.state)),
                "{history:?}"
            );
        }
    }
}

#[test]
fn a_booking_without_any_operation_needs_a_person() {
    let derived = derive(&[]);
    assert_eq!(derived.state, BookingState::NeedsOperator);
    assert!(!derived.waiting);
}
