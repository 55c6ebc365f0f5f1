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
mod restored;
mod telling;
mod truth;

use std::collections::BTreeSet;

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
pub(crate) use restored::Kept;

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
    /// What was told by lives of the ledger that were lost: mirrors are of them until they hear of another.
    lost: Vec<Reference>,
    /// Desks that the present life of the ledger waits for, and those that it went on without.
    awaited: BTreeSet<usize>,
    written_off: BTreeSet<usize>,
    /// Desks that were written off in whichever life, and did not hear since what is left of what they have.
    abandoned: BTreeSet<usize>,
    /// Desks that told all, some of which has to wait for others.
    heard: BTreeSet<usize>,
    /// Desks that know that they have to tell what they have.
    asked: BTreeSet<usize>,
    /// The ledger gives nothing by the normal ways.
    pub(crate) recovering: bool,
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
            lost: Vec::new(),
            awaited: BTreeSet::new(),
            written_off: BTreeSet::new(),
            abandoned: BTreeSet::new(),
            heard: BTreeSet::new(),
            asked: BTreeSet::new(),
            recovering: false,
            operations: Operations::new(channels.len()),
            leases: Leases::default(),
            promises: Promises::default(),
            desks: channels.iter().copied().map(desks::Mirrored::new).collect(),
            checks: 0,
        }
    }
}
