//! How long a desk may promise a place that is set aside for it, counted on clocks that may be wrong
//! (PROTOCOL.md, *Leases*, rules 5 and 6). Arithmetic only: what the clocks show, the caller says.
//!
//! A term is counted from the moment its request was *sent*: the central counts from the later
//! moment at which it answered, so the desk always stops first.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::time::Now;

/// How far the two clocks of a desk may drift apart, or the wall clock fall behind what it showed
/// before, until the desk stops promising. The central keeps at least three times as much between
/// the end of a promise and the end of its place.
pub const CLOCK_MARGIN: Duration = Duration::from_secs(10 * 60);

/// Both clocks as they stood at a moment, to count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The wall clock, in milliseconds since 1970.
    pub wall_ms: i64,
    /// The clock that runs since the machine was started, in milliseconds.
    pub boot_ms: u64,
    /// Which run of the machine that was.
    pub run: u64,
}

/// Why a desk's clocks cannot be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The wall clock shows less than it did before.
    WentBack,
    /// The two clocks counted different spans.
    Disagree,
}

impl From<Now> for Reading {
    fn from(now: Now) -> Self {
        Self {
            wall_ms: now.wall.timestamp_millis(),
            boot_ms: u64::try_from(now.boot.as_millis()).unwrap_or(u64::MAX),
            run: now.run,
        }
    }
}

impl Reading {
    /// What went by since then: the longer of what the two clocks say. After a restart of the
    /// machine only the wall clock can tell.
    #[must_use]
    pub fn elapsed(&self, now: Now) -> Duration {
        let wall = now.wall.timestamp_millis().saturating_sub(self.wall_ms);
        let wall = Duration::from_millis(u64::try_from(wall).unwrap_or(0));
        self.booted(now).map_or(wall, |boot| boot.max(wall))
    }

    /// Whether the clocks can be relied on for counting from then to now.
    #[must_use]
    pub fn doubt(&self, now: Now) -> Option<Doubt> {
        let margin = i64::try_from(CLOCK_MARGIN.as_millis()).unwrap_or(i64::MAX);
        let wall = now.wall.timestamp_millis().saturating_sub(self.wall_ms);
        if wall < -margin {
            return Some(Doubt::WentBack);
        }
        let boot = i64::try_from(self.booted(now)?.as_millis()).unwrap_or(i64::MAX);
        (boot.abs_diff(wall) > margin.unsigned_abs()).then_some(Doubt::Disagree)
    }

    /// The later of two readings by the wall clock: its high-water mark.
    #[must_use]
    pub fn or_later(self, now: Now) -> Self {
        if now.wall.timestamp_millis() >= self.wall_ms {
            now.into()
        } else {
            self
        }
    }

    fn booted(&self, now: Now) -> Option<Duration> {
        let since = Duration::from_millis(self.boot_ms);
        (now.run == self.run).then(|| now.boot.saturating_sub(since))
    }
}

/// The two ends of a lease as its desk counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// When the request was sent that brought them.
    pub sent: Reading,
    /// How long the desk may promise the place to somebody.
    pub book_for: Duration,
    /// How long the central keeps it for a booking that comes late; longer than `book_for`.
    pub honour_for: Duration,
}

impl Term {
    /// Whether the place may be promised now. `mark` is the high-water mark of the wall clock.
    #[must_use]
    pub fn promises(&self, mark: &Reading, now: Now) -> bool {
        mark.doubt(now).is_none() && self.sent.doubt(now).is_none() && self.sent.elapsed(now) < self.book_for
    }

    /// Whether the time to promise it is over for good. Doubtful clocks end nothing: an answer of
    /// the central may set them right.
    #[must_use]
    pub fn lapsed(&self, now: Now) -> bool {
        self.sent.elapsed(now) >= self.book_for
    }

    /// Whether a promise that was given still stands: until a margin before the central lets go, so
    /// that there is time to send it or to call the patient.
    #[must_use]
    pub fn guarantees(&self, now: Now) -> bool {
        self.sent.elapsed(now).saturating_add(CLOCK_MARGIN) < self.honour_for
    }

    /// Until when the place may be promised, by the desk's own wall clock.
    #[must_use]
    pub fn book_until(&self, now: Now) -> DateTime<Utc> {
        now.wall + self.book_for.saturating_sub(self.sent.elapsed(now))
    }

    /// Until when a promise is shown and printed to stand, by the desk's own wall clock.
    #[must_use]
    pub fn guaranteed_until(&self, now: Now) -> DateTime<Utc> {
        now.wall
            + self
                .honour_for
                .saturating_sub(CLOCK_MARGIN)
                .saturating_sub(self.sent.elapsed(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn now(wall_minutes: i64, boot_minutes: u64, run: u64) -> Now {
        Now {
            wall: DateTime::UNIX_EPOCH + chrono::Duration::minutes(1_000_000 + wall_minutes),
            boot: Duration::from_secs(60 * (10_000 + boot_minutes)),
            run,
        }
    }

    fn term() -> Term {
        Term {
            sent: now(0, 0, 1).into(),
            book_for: HOUR,
            honour_for: 2 * HOUR,
        }
    }

    fn mark() -> Reading {
        now(0, 0, 1).into()
    }

    #[test]
    fn a_promise_ends_with_book_until() {
        assert!(term().promises(&mark(), now(59, 59, 1)));
        assert!(!term().promises(&mark(), now(60, 60, 1)));
        assert!(term().lapsed(now(60, 60, 1)));
    }

    #[test]
    fn the_faster_clock_counts() {
        assert!(!term().promises(&mark(), now(60, 55, 1)));
        assert!(!term().promises(&mark(), now(55, 60, 1)));
    }

    #[test]
    fn clocks_that_drift_past_the_margin_promise_nothing() {
        assert!(term().promises(&mark(), now(30, 20, 1)));
        assert!(!term().promises(&mark(), now(30, 19, 1)));
        assert!(!term().promises(&mark(), now(19, 30, 1)));
        assert_eq!(mark().doubt(now(19, 30, 1)), Some(Doubt::Disagree));
    }

    #[test]
    fn a_wall_clock_behind_its_mark_promises_nothing_even_after_a_restart() {
        let mark: Reading = now(30, 30, 1).into();
        assert!(!term().promises(&mark, now(10, 0, 2)));
        assert_eq!(mark.doubt(now(10, 0, 2)), Some(Doubt::WentBack));
        assert!(term().promises(&mark, now(31, 0, 2)));
    }

    #[test]
    fn after_a_restart_the_wall_clock_alone_counts_however_long_the_machine_runs() {
        assert!(term().promises(&mark(), now(40, 9_000, 2)));
        assert!(!term().promises(&mark(), now(61, 1, 2)));
    }

    #[test]
    fn a_guarantee_is_withdrawn_a_margin_before_the_central_lets_go() {
        assert!(term().guarantees(now(109, 109, 1)));
        assert!(!term().guarantees(now(110, 110, 1)));
        let at = now(30, 30, 1);
        assert_eq!(term().guaranteed_until(at), at.wall + chrono::Duration::minutes(80));
        assert_eq!(term().book_until(at), at.wall + chrono::Duration::minutes(30));
    }

    #[test]
    fn the_mark_only_rises() {
        let mark = mark();
        assert_eq!(mark.or_later(now(-5, 3, 1)), mark);
        assert_eq!(mark.or_later(now(5, 5, 1)), now(5, 5, 1).into());
    }
}
