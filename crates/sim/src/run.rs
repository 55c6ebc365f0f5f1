//! Runs of worlds: once, twice, many.

use crate::config::Config;
use crate::report::Report;
use crate::violation::{Rule, Violation};
use crate::world::World;

/// A run that showed what must never be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The world.
    pub config: Config,
    /// What was seen.
    pub violation: Violation,
    /// The last lines of the trace.
    pub last: Vec<String>,
}

/// Runs a world.
///
/// # Errors
/// [`Failure`]: the first violation; nothing happens after it.
pub fn run(config: &Config) -> Result<Report, Box<Failure>> {
    attempt(config, false)
}

fn attempt(config: &Config, told: bool) -> Result<Report, Box<Failure>> {
    let failed = |violation, last| {
        Box::new(Failure {
            config: config.clone(),
            violation,
            last,
        })
    };
    let mut world = World::new(config, told).map_err(|violation| failed(violation, Vec::new()))?;
    world.run().map_err(|violation| failed(violation, world.last_lines()))
}

/// Runs a world twice: both runs must be alike to the last event. A failure is told with the last lines of
/// its trace.
///
/// # Errors
/// [`Failure`], as [`run`]; also when the runs differ, which is told as [`Rule::Unexpected`].
pub fn run_twice(config: &Config) -> Result<Report, Box<Failure>> {
    let (first, again) = if config.is_small() {
        (run(config), attempt(config, true))
    } else {
        // Large ones take minutes: side by side.
        std::thread::scope(|scope| {
            let first = scope.spawn(|| run(config));
            let again = attempt(config, true);
            match first.join() {
                Ok(first) => (first, again),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    };
    let alike = match (&first, &again) {
        (Ok(one), Ok(other)) => one == other,
        (Err(one), Err(other)) => one.violation == other.violation,
        _ => false,
    };
    if alike {
        return again;
    }
    let seen = |run: &Result<Report, Box<Failure>>| match run {
        Ok(report) => format!("{:016x} after {} events", report.trace, report.steps),
        Err(failure) => failure.violation.to_string(),
    };
    Err(Box::new(Failure {
        config: config.clone(),
        violation: Violation {
            rule: Rule::Unexpected,
            what: format!("two runs of one world differ: {}; {}", seen(&first), seen(&again)),
            step: 0,
            minutes: 0,
        },
        last: Vec::new(),
    }))
}
