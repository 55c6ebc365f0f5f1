//! A clock that begins at a fixed instant and then runs: the journey is the same on every day.

use std::time::Instant;

use chrono::{DateTime, Utc};
use lanterna_model::time::Now;

/// Where the journey's time begins: Monday 9 November 2026, 09:00 in Italy.
const BEGINNING: &str = "2026-11-09T08:00:00Z";

/// The time of a demonstration, the same for its central and its desks.
#[derive(Clone, Copy, Debug)]
pub enum DemoClock {
    /// The machine's.
    Real,
    /// From the fixed beginning on, counted from an instant of the machine.
    Fixed(DateTime<Utc>, Instant),
}

impl DemoClock {
    /// A clock that stands at the fixed beginning now.
    #[allow(clippy::disallowed_methods)] // a named adapter: the demonstration's clock
    pub fn fixed() -> Self {
        let beginning = BEGINNING.parse().unwrap_or(DateTime::UNIX_EPOCH);
        Self::Fixed(beginning, Instant::now())
    }
}

impl lanterna_desk::Clock for DemoClock {
    fn now(&self) -> Now {
        match self {
            Self::Real => lanterna_desk::SystemClock.now(),
            Self::Fixed(beginning, since) => Now::at(*beginning + since.elapsed()),
        }
    }
}

impl lanterna_central::clock::Clock for DemoClock {
    fn now(&self) -> DateTime<Utc> {
        lanterna_desk::Clock::now(self).wall
    }
}
