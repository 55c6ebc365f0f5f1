//! The desk's files, as those who use them see them.
#![allow(clippy::unwrap_used)] // helpers of tests

mod damage;
mod fixture;
mod leases;
mod mirror;
mod overlay;
mod record;
mod recovery;
mod search;
mod states;
