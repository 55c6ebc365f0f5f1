//! A handful of small worlds with every kind of fault, and the worlds that once failed: none shows a
//! violation, and each runs alike twice. `cargo xtask sim` runs as many others as one likes.

use std::collections::BTreeSet;

use lanterna_sim::report::Report;
use lanterna_sim::{Config, FaultKind, bugs, run, run_twice};

/// Worlds of the suite: enough that every kind of fault happens, and few enough to be built into each run.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=4;

fn world(seed: u64) -> Config {
    Config {
        desks: 3,
        minutes: 240,
        schedules: 4,
        days: 3,
        acts_per_day: 160,
        others_per_day: 120,
        fault_minutes: 30,
        leases: true,
        faults: FaultKind::ALL.into_iter().collect(),
        ..Config::small(seed)
    }
}

#[test]
fn worlds_with_every_fault_show_no_violation_and_run_alike_twice() {
    let mut all = Report::default();
    for seed in SEEDS {
        match run_twice(&world(seed)) {
            Ok(report) => all.add(&report),
            Err(failure) => panic!("seed {seed}: {}\n{:#?}", failure.violation, failure.last),
        }
    }
    let happened: BTreeSet<FaultKind> = all.faults.keys().copied().collect();
    let missing: Vec<String> = FaultKind::ALL
        .into_iter()
        // A drift is there from the start and happens all the time.
        .filter(|kind| *kind != FaultKind::ClockDrift && !happened.contains(kind))
        .map(FaultKind::name)
        .collect();
    assert!(missing.is_empty(), "these never happened: {missing:?}");
    assert!(all.promises.get("confirmed").is_some_and(|kept| *kept > 0), "{all}");
}

#[test]
fn worlds_that_once_failed_fail_no_more() {
    for bug in bugs::known().unwrap() {
        if let Err(failure) = run(&bug.config) {
            panic!("{}: {}\n{:#?}", bug.what, failure.violation, failure.last);
        }
    }
}

#[test]
fn another_seed_is_another_world() {
    let trace = |seed| {
        run(&Config {
            minutes: 20,
            ..world(seed)
        })
        .map(|report| report.trace)
    };
    let (one, other) = (trace(1).unwrap(), trace(2).unwrap());
    assert_ne!(one, other);
}
