//! A seeded world of many desks and one central: virtual time, a network that fails, checkers that look
//! after every step, and the tools that make a small case of a large failure.
//!
//! The store, the engine and the ledger are the real ones, in memory. Everything else (clocks, network,
//! operators, other people) is made here from one seed, so that a run can be repeated to the last event.
//!
//! A run has two parts. First faults happen, and every checker has to hold all the time (safety). Then the
//! faults stop, and within a bound every operation must have its end and every mirror must be that of the
//! ledger (liveness).
//!
//! *Protocol faults* are what the protocol promises to survive: they must show no violation at all.
//! *Assumption faults* break something that it takes for granted; they may end in *needs operator*, and
//! in nothing else.

mod agenda;
pub mod bugs;
mod check;
pub mod config;
mod people;
mod region;
pub mod report;
mod rng;
pub mod run;
mod script;
pub mod shrink;
mod time;
mod trace;
mod violation;
mod world;

pub use config::{Config, FaultKind};
pub use run::{Failure, run, run_twice};
pub use violation::{Rule, Violation};
