//! A clock that runs fast, so that what takes a desk half a minute takes a test a second.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use lanterna_model::time::Now;

/// Monday 9 November 2026, 09:00 in Italy.
pub const BEGINNING: &str = "2026-11-09T08:00:00Z";

/// A desk's clock. Its central stands still at the beginning meanwhile: minutes matter to neither.
#[derive(Clone, Copy)]
pub struct FastClock {
    beginning: DateTime<Utc>,
    since: Instant,
    pace: u32,
}

impl FastClock {
    /// A clock that stands at the beginning now and runs so many times as fast as the machine's.
    ///
    /// # Panics
    /// Never: the beginning is an instant.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // a clock of tests
    pub fn new(pace: u32) -> Self {
        Self {
            beginning: BEGINNING.parse().unwrap(),
            since: Instant::now(),
            pace,
        }
    }
}

impl lanterna_desk::Clock for FastClock {
    fn now(&self) -> Now {
        Now::at(self.beginning + self.since.elapsed() * self.pace)
    }

    fn lasting(&self, time: Duration) -> Duration {
        time / self.pace
    }
}
