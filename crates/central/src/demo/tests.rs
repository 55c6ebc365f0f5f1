//! The region, its prescriptions and the bookings of others, as their users see them.

mod catalogue;
mod others;
mod ready;
mod regions;

use chrono::NaiveDate;

use super::*;

const SEED: u64 = 20_161_107;

/// The Monday on which the journey of the demonstration begins.
fn monday() -> NaiveDate {
    "2026-11-09".parse().unwrap()
}

fn usual() -> Region {
    region(SEED, 600, monday())
}
