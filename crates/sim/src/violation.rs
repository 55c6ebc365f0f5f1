//! What must never be seen.

use lanterna_central::ledger::LedgerError;
use lanterna_store::StoreError;
use serde::{Deserialize, Serialize};

/// Which promise was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A place was confirmed twice.
    Capacity,
    /// Free, held, leased, booked and closed do not add up, or the ledger contradicts itself.
    Sum,
    /// An operation that a desk accepted is gone, or was changed.
    Lost,
    /// An operation had an effect twice, or one it must not have.
    Doubled,
    /// An operation got two different ends.
    Outcome,
    /// A prescription line has two live bookings.
    Line,
    /// A mirror is not what the ledger was at the mirror's cursor.
    Mirror,
    /// The feed does not say what the claims are.
    Feed,
    /// A place was offered that the desk knows it has asked for or lost, or one was kept from offer.
    Offer,
    /// A refusal without a cause.
    Cause,
    /// Something was sent or acknowledged before it was durable.
    Durable,
    /// A place that was set aside was given away, or given in a way that the rules of leases forbid.
    Lease,
    /// A promise was given that nobody keeps, or was not kept.
    Guarantee,
    /// An operation was answered before the one it follows.
    Order,
    /// After the faults ended something is still not settled.
    Liveness,
    /// An answer or a failure that nothing explains.
    Unexpected,
}

/// A broken promise, with the step at which it was seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule:?} at step {step}, {minutes} virtual minutes in: {what}")]
pub struct Violation {
    /// Which promise.
    pub rule: Rule,
    /// What was seen; nothing of a patient stands in it.
    pub what: String,
    /// Events of the world until then.
    pub step: u64,
    /// Virtual minutes since the world began.
    pub minutes: u64,
}

/// A violation whose step is not known yet: checkers do not count.
pub(crate) type Seen<T = ()> = Result<T, Broken>;

/// What a checker saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) rule: Rule,
    pub(crate) what: String,
}

impl Broken {
    pub(crate) fn new<T>(rule: Rule, what: impl Into<String>) -> Seen<T> {
        Err(Self {
            rule,
            what: what.into(),
        })
    }

    pub(crate) fn at(self, step: u64, minutes: u64) -> Violation {
        Violation {
            rule: self.rule,
            what: self.what,
            step,
            minutes,
        }
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self {
            rule: Rule::Unexpected,
            what: format!("a store failed: {error}"),
        }
    }
}

impl From<LedgerError> for Broken {
    fn from(error: LedgerError) -> Self {
        Self {
            rule: Rule::Unexpected,
            what: format!("the ledger failed: {error}"),
        }
    }
}
