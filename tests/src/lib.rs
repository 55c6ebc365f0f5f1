//! What journeys across crates share: the built programs, a desk in a process of its own, a desk in
//! this process with a clock that runs fast.
#![allow(clippy::unwrap_used)] // a test ends where its ground gives way

pub mod chance;
pub mod clock;
pub mod crash;
pub mod desk_process;
pub mod gateway;
pub mod operator;
pub mod programs;
pub mod storm;

use std::time::Duration;

/// The longest any single thing may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A follow-up: no quota of a class can close a place behind the mirror's back.
pub const SERVICE: &str = "89.01.3";

/// The number of the n-th made-up prescription of a series.
#[must_use]
pub fn nre(series: u32, n: u32) -> String {
    format!("0700A4{:09}", series * 1_000 + n)
}
