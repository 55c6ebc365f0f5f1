//! What must hold, looked at after every step. The checkers keep books of their own and ask the product
//! only for what anybody may see: answers, changes, records.

mod answers;
mod desks;
mod leases;
mod offers;
mod operations;
mod places;
mod promises;
mod reference;
mod truth;

use lanterna_central::ledger::Region;
use lanterna_model::access::Channel;
use lanterna_model::schedule::SlotSpan;

use leases::Leases;
use operations::Operations;
use promises::Promises;
use reference::Reference;
use truth::Truth;

pub(crate) use desks::Looked;
pub(crate) use promises::Moment;

/// What an answer changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// Nothing, and nothing was stored.
    Nothing,
    /// An end that was told before.
    Replay,
    /// An end; these places changed hands.
    Settled(Vec<SlotSpan>),
}

/// All checkers and their books.
pub(crate) struct Checker {
    truth: Truth,
    reference: Reference,
    pub(crate) operations: Operations,
    leases: Leases,
    pub(crate) promises: Promises,
    desks: Vec<desks::Mirrored>,
    /// Checks that were made.
    pub(crate) checks: u64,
}

impl Checker {
    /// Checkers of a world with desks of these channels.
    pub(crate) fn new(region: &Region, channels: &[Channel]) -> Self {
        let mut truth = Truth::default();
        for published in &region.schedules {
            truth.publish(&published.schedule, &published.sessions);
        }
        Self {
            truth,
            reference: Reference::new(),
            operations: Operations::new(channels.len()),
            leases: Leases::default(),
            promises: Promises::default(),
            desks: channels.iter().copied().map(desks::Mirrored::new).collect(),
            checks: 0,
        }
    }
}
