//! `lanterna-sim`: runs worlds and tells what was seen. `cargo xtask sim` builds and starts it.

mod week;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use clap::Parser;
use lanterna_sim::bugs::{self, Bug};
use lanterna_sim::report::Report;
use lanterna_sim::shrink::shrink;
use lanterna_sim::{Config, Failure, run, run_twice};

/// A seeded world of many desks and a central.
#[derive(Parser)]
struct Arguments {
    /// Seed of the world, or of the first of many.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Desks of a region.
    #[arg(long)]
    desks: Option<u32>,
    /// Days with faults of a region.
    #[arg(long, default_value_t = 3)]
    days: u32,
    /// Small worlds, one for each seed from `--seed` on.
    #[arg(long)]
    seeds: Option<u64>,
    /// A week of a small region, with leases and without: what becomes of bookings made off line.
    #[arg(long)]
    week: bool,
    /// One world, as a failure prints it.
    #[arg(long)]
    world: Option<String>,
    /// Each world is run once; otherwise twice, and both must be alike.
    #[arg(long)]
    once: bool,
    /// Worlds at a time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Runs to make a failure smaller.
    #[arg(long, default_value_t = 300)]
    shrink: u32,
    /// File to which a failure is added.
    #[arg(long)]
    bugs: Option<PathBuf>,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if arguments.week {
        return week::week(arguments.seed, arguments.seeds.unwrap_or(3));
    }
    let worlds = worlds(&arguments)?;
    let (report, failure) = many(&worlds, &arguments);
    println!("{report}");
    let Some(failure) = failure else {
        println!("violations  0");
        return Ok(ExitCode::SUCCESS);
    };
    println!("violations  1");
    tell("seen", &failure);
    if arguments.shrink > 0 {
        let smaller = shrink(failure, arguments.shrink);
        tell("smaller", &smaller);
        if let Some(base) = &arguments.bugs {
            let bug = Bug {
                what: smaller.violation.to_string(),
                config: smaller.config,
            };
            bugs::remember(base, &bug).context("the bug base cannot be written")?;
        }
    }
    Ok(ExitCode::FAILURE)
}

fn worlds(arguments: &Arguments) -> anyhow::Result<Vec<Config>> {
    if let Some(text) = &arguments.world {
        let config = serde_json::from_str(text).context("--world is not what a failure prints")?;
        return Ok(vec![config]);
    }
    if let Some(desks) = arguments.desks {
        return Ok(vec![Config::region(arguments.seed, desks, arguments.days)]);
    }
    let seeds = arguments.seeds.unwrap_or(1);
    Ok((arguments.seed..arguments.seed.saturating_add(seeds))
        .map(Config::small)
        .collect())
}

/// Runs worlds side by side until one fails. The failure told is that of the first world in their order
/// among those that were run.
fn many(worlds: &[Config], arguments: &Arguments) -> (Report, Option<Failure>) {
    let next = AtomicU64::new(0);
    let failed_at = AtomicU64::new(u64::MAX);
    let told: Mutex<(Report, Vec<(u64, Failure)>)> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.clamp(1, worlds.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let world = usize::try_from(at).ok().and_then(|at| worlds.get(at));
                    let Some(config) = world.filter(|_| at < failed_at.load(Ordering::Relaxed)) else {
                        return;
                    };
                    let done = if arguments.once { run(config) } else { run_twice(config) };
                    let mut told = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match done {
                        Ok(report) => told.0.add(&report),
                        Err(failure) => {
                            failed_at.fetch_min(at, Ordering::Relaxed);
                            told.1.push((at, *failure));
                        }
                    }
                    if (at + 1).is_multiple_of(100) {
                        eprintln!("{} of {} worlds", at + 1, worlds.len());
                    }
                }
            });
        }
    });
    let (report, mut failures) = told.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failures.sort_by_key(|(at, _)| *at);
    (report, failures.into_iter().next().map(|(_, failure)| failure))
}

fn tell(word: &str, failure: &Failure) {
    println!("{word}        seed {}: {}", failure.config.seed, failure.violation);
    for line in &failure.last {
        println!("            {line}");
    }
    if let Ok(world) = serde_json::to_string(&failure.config) {
        println!("again       cargo xtask sim --world '{world}'");
    }
}
