//! What the ledger does, written once for every backend over [`Books`](super::books::Books).

pub(crate) mod changes;
pub(crate) mod claims;
pub(crate) mod desks;
pub(crate) mod foreign;
pub(crate) mod holds;
pub(crate) mod operations;
pub(crate) mod publishing;
pub(crate) mod reading;
pub(crate) mod sweep;
pub(crate) mod verification;
