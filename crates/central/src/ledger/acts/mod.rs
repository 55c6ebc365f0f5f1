//! What the ledger does, written once for every backend over [`Books`](super::books::Books).

pub(crate) mod changes;
pub(crate) mod claims;
pub(crate) mod condition;
pub(crate) mod desks;
pub(crate) mod foreign;
mod grants;
pub(crate) mod holds;
pub(crate) mod leases;
pub(crate) mod operations;
pub(crate) mod publishing;
pub(crate) mod reading;
pub(crate) mod reports;
pub(crate) mod restoring;
pub(crate) mod service;
pub(crate) mod stock;
pub(crate) mod sweep;
pub(crate) mod verification;
