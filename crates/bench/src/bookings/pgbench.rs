//! The control on PostgreSQL: pgbench with the statements that a booking comes to, prepared, one after the
//! other in a transaction, committed to the disk. Left out is what no booking pays for by itself: the
//! numbering of the feed, one for all that were committed meanwhile.

use anyhow::{Context, Result};
use lanterna_central::ledger::Region;

const SCRIPT: &str = include_str!("booking.sql");

/// Letters of a placement and of an outcome, as they are stored.
const PLACEMENT: usize = 700;
const SETTLED: usize = 120;

/// The script for a region and so many desks.
pub(super) fn script(region: &Region, desks: usize) -> Result<String> {
    let service = &region.services.first().context("a region has services")?.code;
    let mut script = SCRIPT.to_owned();
    for (name, value) in [
        ("@schedules@", region.schedules.len().to_string()),
        ("@desks@", desks.to_string()),
        ("@service@", service.as_str().to_owned()),
        ("@placement@", "x".repeat(PLACEMENT)),
        ("@settled@", "x".repeat(SETTLED)),
    ] {
        script = script.replace(name, &value);
    }
    Ok(script)
}
