//! What must hold, looked at after every step. The checkers keep books of their own and ask the product
//! only for what anybody may see: answers, changes, records.

mod answers;
mod desks;
mod offers;
mod operations;
mod places;
mod reference;
mod truth;

use lanterna_central::ledger::Region;
use lanterna_model::access::Channel;
use lanterna_model::schedule::SlotSpan;

use operations::Operations;
use reference::Reference;
use truth::Truth;

pub(crate) use desks::Looked;

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
            desks: channels.iter().copied().map(desks::Mirrored::new).collect(),
            checks: 0,
        }
    }
}
