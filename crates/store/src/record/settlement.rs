//! How an operation ended, as the record keeps it.

use lanterna_wire::hold::ConflictReason;
use lanterna_wire::outcome::{Answer, OperatorReason, Outcome, RefusalReason};
use serde::{Deserialize, Serialize};

/// The end of an operation: the central's outcome, or withdrawn before it was ever sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// What the central said.
    Central(Outcome),
    /// Never sent, taken back here.
    Withdrawn,
}

impl Settlement {
    /// The reason behind it, as the end of a Fluent id: `conflict-taken` without the first word.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let value = match self {
            Settlement::Central(Outcome::Conflict { lost }) => {
                serde_json::to_value(lost.first().map_or(ConflictReason::Taken, |lost| lost.reason))
            }
            Settlement::Central(Outcome::Rejected { reason }) => serde_json::to_value(reason),
            Settlement::Central(Outcome::NeedsOperator { reason }) => serde_json::to_value(reason),
            Settlement::Central(Outcome::Confirmed) | Settlement::Withdrawn => return None,
        };
        value
            .ok()
            .and_then(|value| value.as_str().map(|word| word.replace('_', "-")))
    }
}

/// What the desk makes of an answer; `None` when it is no end.
pub(crate) fn settlement(answer: &Answer) -> Option<Settlement> {
    let operator = |reason| Some(Settlement::Central(Outcome::NeedsOperator { reason }));
    match answer {
        Answer::Outcome(settled) => Some(Settlement::Central(settled.outcome.clone())),
        Answer::NotYet { .. } => None,
        Answer::AlreadyAnswered => operator(OperatorReason::AnswerLost),
        Answer::Refused {
            reason: RefusalReason::IdReused,
        } => operator(OperatorReason::IdReused),
        Answer::Refused {
            reason: RefusalReason::Version,
        } => operator(OperatorReason::Unreadable),
    }
}
