//! Virtual time, and what the clocks of a desk make of it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lanterna_model::time::Now;

/// Milliseconds since the world began.
pub(crate) type Millis = u64;

pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;

/// The true instant, which is also what the central's clock shows.
pub(crate) fn instant(start: DateTime<Utc>, at: Millis) -> DateTime<Utc> {
    start + TimeDelta::milliseconds(at.cast_signed())
}

/// A duration in the world's milliseconds, rounded up: nothing happens too early.
pub(crate) fn millis(duration: Duration) -> Millis {
    let whole = u64::try_from(duration.as_millis()).unwrap_or(Millis::MAX);
    whole + u64::from(!duration.subsec_nanos().is_multiple_of(1_000_000))
}

/// Both clocks of a desk: a wall clock that may be wrong, drift and jump, and a clock since the start of the
/// machine that counts suspension and drifts alike.
#[derive(Clone, Debug)]
pub(crate) struct DeskClock {
    start: DateTime<Utc>,
    /// How far the wall clock was ahead of the truth at `since`.
    ahead_ms: i64,
    drift_ppm: i64,
    since: Millis,
    booted: Millis,
    run: u64,
}

impl DeskClock {
    /// A clock that is right at the start and drifts by so many millionths.
    pub(crate) fn new(start: DateTime<Utc>, drift_ppm: i64) -> Self {
        Self {
            start,
            ahead_ms: 0,
            drift_ppm,
            since: 0,
            booted: 0,
            run: 1,
        }
    }

    fn drifted(&self, from: Millis, at: Millis) -> i64 {
        let passed = i128::from(at.saturating_sub(from));
        i64::try_from(passed * i128::from(self.drift_ppm) / 1_000_000).unwrap_or(0)
    }

    /// How far the wall clock is ahead of the truth, in milliseconds.
    pub(crate) fn ahead(&self, at: Millis) -> i64 {
        self.ahead_ms + self.drifted(self.since, at)
    }

    /// What the desk believes.
    pub(crate) fn now(&self, at: Millis) -> Now {
        debug_assert!(at >= self.booted, "a machine is asked before it started");
        let boot = at
            .saturating_sub(self.booted)
            .saturating_add_signed(self.drifted(self.booted, at));
        Now {
            wall: instant(self.start, at) + TimeDelta::milliseconds(self.ahead(at)),
            boot: Duration::from_millis(boot),
            run: self.run,
        }
    }

    /// Somebody or something sets the wall clock by so much.
    pub(crate) fn jump(&mut self, at: Millis, by_ms: i64) {
        (self.ahead_ms, self.since) = (self.ahead(at) + by_ms, at);
    }

    /// A time server sets the wall clock right.
    pub(crate) fn set_right(&mut self, at: Millis) {
        (self.ahead_ms, self.since) = (0, at);
    }

    /// The wall clock goes on from where it stood so long ago.
    pub(crate) fn stood_still(&mut self, at: Millis, for_ms: Millis) {
        self.jump(at, -for_ms.cast_signed());
    }

    /// The machine was started anew.
    pub(crate) fn boot(&mut self, at: Millis) {
        self.booted = at;
        self.run += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_drifts_and_jumps_while_the_boot_clock_only_drifts() {
        let start: DateTime<Utc> = "2026-10-23T04:00:00Z".parse().unwrap();
        let mut clock = DeskClock::new(start, 100);
        assert_eq!(clock.ahead(10_000 * SECOND), 1_000);
        clock.jump(10_000 * SECOND, -5_000);
        assert_eq!(clock.ahead(10_000 * SECOND), -4_000);
        assert_eq!(clock.now(10_000 * SECOND).boot, Duration::from_millis(10_001_000));
        clock.boot(10_000 * SECOND);
        assert_eq!(clock.now(10_001 * SECOND).boot, Duration::from_millis(1_000));
        clock.set_right(11_000 * SECOND);
        assert_eq!(clock.now(11_000 * SECOND).wall, instant(start, 11_000 * SECOND));
    }
}
