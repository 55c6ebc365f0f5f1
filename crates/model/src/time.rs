//! Instants and wall times. An appointment is an instant in UTC; people read it in Europe/Rome.
//!
//! Nothing here reads a clock: what "now" is, the caller says.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Europe::Rome;
use serde::{Deserialize, Serialize};

/// Minutes between two cells of the grid on which all slots lie.
pub const CELL_MINUTES: u16 = 5;

/// An instant on the grid of minutes: minutes since 1970-01-01T00:00Z. Good until the year 6053.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct Minute(pub i32);

impl Minute {
    /// The minute in which an instant lies; instants beyond the range are clamped to it.
    #[must_use]
    pub fn containing(at: DateTime<Utc>) -> Self {
        let minutes = at.timestamp().div_euclid(60);
        Self(i32::try_from(minutes).unwrap_or(if minutes < 0 { i32::MIN } else { i32::MAX }))
    }

    /// The instant at which the minute begins.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::Duration::minutes(i64::from(self.0))
    }

    /// What a clock on a wall in Italy shows.
    #[must_use]
    pub fn rome(self) -> NaiveDateTime {
        self.utc().with_timezone(&Rome).naive_local()
    }

    /// The day on a calendar in Italy.
    #[must_use]
    pub fn rome_date(self) -> NaiveDate {
        self.rome().date()
    }

    /// Minutes that Italian wall time is ahead of UTC at this instant: 60 or 120.
    #[must_use]
    pub fn rome_offset_minutes(self) -> i32 {
        self.utc().with_timezone(&Rome).offset().fix().local_minus_utc() / 60
    }

    /// The instants a wall time in Italy can mean: none in the hour that spring leaves out, two in
    /// the hour that autumn repeats, else one.
    #[must_use]
    pub fn from_rome(wall: NaiveDateTime) -> chrono::LocalResult<Self> {
        Rome.from_local_datetime(&wall)
            .map(|at| Self::containing(at.with_timezone(&Utc)))
    }

    /// The first instant of a day in Italy.
    #[must_use]
    pub fn rome_midnight(day: NaiveDate) -> Self {
        // Italy changes its clocks at 02:00 and 03:00, so every day has one midnight.
        Self::from_rome(day.and_time(NaiveTime::MIN))
            .earliest()
            .unwrap_or(Self(0))
    }

    /// This minute moved by a number of minutes.
    #[must_use]
    pub fn plus(self, minutes: i32) -> Self {
        Self(self.0.saturating_add(minutes))
    }

    /// Whether it lies on the five-minute grid.
    #[must_use]
    pub fn on_grid(self) -> bool {
        self.0.rem_euclid(i32::from(CELL_MINUTES)) == 0
    }
}

/// The day it is in Italy at an instant.
#[must_use]
pub fn rome_today(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Rome).date_naive()
}

/// The present as the adapters read it: both clocks, since neither can be trusted alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// What the machine believes the time to be.
    pub wall: DateTime<Utc>,
    /// Time since the machine was started, suspension included.
    pub boot: Duration,
    /// Names this run of the machine: another one after a restart, when `boot` begins anew.
    pub run: u64,
}

impl Now {
    /// A present at an instant, with a boot clock that agrees with it. For tests and simulations.
    #[must_use]
    pub fn at(wall: DateTime<Utc>) -> Self {
        let boot = Duration::from_millis(u64::try_from(wall.timestamp_millis()).unwrap_or(0));
        Self { wall, boot, run: 0 }
    }

    /// The day it is in Italy.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        rome_today(self.wall)
    }

    /// The minute it is.
    #[must_use]
    pub fn minute(&self) -> Minute {
        Minute::containing(self.wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Minute {
        Minute::containing(text.parse().unwrap())
    }

    #[test]
    fn spring_leaves_an_hour_out_and_autumn_repeats_one() {
        let missing = "2026-03-29T02:30:00".parse().unwrap();
        assert!(matches!(Minute::from_rome(missing), chrono::LocalResult::None));
        let twice = "2026-10-25T02:30:00".parse().unwrap();
        let chrono::LocalResult::Ambiguous(first, second) = Minute::from_rome(twice) else {
            panic!("02:30 happens twice on that day");
        };
        assert_eq!(second.0 - first.0, 60);
        assert_eq!(
            (first, second),
            (at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z"))
        );
    }

    #[test]
    fn a_wall_time_in_summer_is_two_hours_ahead() {
        assert_eq!(at("2026-07-01T07:00:00Z").rome().to_string(), "2026-07-01 09:00:00");
        assert_eq!(at("2026-12-01T08:00:00Z").rome().to_string(), "2026-12-01 09:00:00");
        assert_eq!(at("2026-07-01T07:00:00Z").rome_offset_minutes(), 120);
    }
}
