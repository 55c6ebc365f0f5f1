//! Ages in whole years, and the limits schedules put on them.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// Whole years between birth and a day; `None` when the day is before the birth.
#[must_use]
pub fn years(birth: NaiveDate, on: NaiveDate) -> Option<u16> {
    let before_birthday = (on.month(), on.day()) < (birth.month(), birth.day());
    u16::try_from(on.year() - birth.year() - i32::from(before_birthday)).ok()
}

/// Ages admitted on the day of the appointment, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeLimits {
    /// Youngest admitted, in whole years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u8>,
    /// Oldest admitted, in whole years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u8>,
}

impl AgeLimits {
    /// Whether somebody is admitted on a day.
    #[must_use]
    pub fn admit(&self, birth: NaiveDate, on: NaiveDate) -> bool {
        years(birth, on).is_some_and(|age| {
            self.min.is_none_or(|min| age >= u16::from(min)) && self.max.is_none_or(|max| age <= u16::from(max))
        })
    }

    /// The days on which somebody is admitted: the first, and the first no longer. What [`AgeLimits::admit`] says
    /// of each day, for those who look at many.
    #[must_use]
    pub fn days(&self, birth: NaiveDate) -> Range<NaiveDate> {
        let from = anniversary(birth, self.min.map_or(0, i32::from));
        let until = self.max.map(|max| anniversary(birth, i32::from(max) + 1));
        from..until.unwrap_or(NaiveDate::MAX)
    }
}

/// The day on which so many years are complete.
fn anniversary(birth: NaiveDate, years: i32) -> NaiveDate {
    let year = birth.year().saturating_add(years);
    // Who was born on 29 February is a year older on 1 March of other years.
    NaiveDate::from_ymd_opt(year, birth.month(), birth.day())
        .or_else(|| NaiveDate::from_ymd_opt(year, 3, 1))
        .unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_days_admitted_are_those_on_which_the_limits_admit(
            min in prop::option::of(0u8..20), max in prop::option::of(0u8..30), birth in 0i64..9_000, ahead in -400i64..12_000,
        ) {
            let limits = AgeLimits { min, max };
            // Leap days among the births.
            let birth = day("1996-02-20") + chrono::Duration::days(birth / 30 * 365 + birth % 30);
            let on = birth + chrono::Duration::days(ahead);
            prop_assert_eq!(limits.days(birth).contains(&on), limits.admit(birth, on));
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_is_complete_on_the_birthday() {
        assert_eq!(years(day("1980-02-29"), day("2026-02-28")), Some(45));
        assert_eq!(years(day("1980-02-29"), day("2026-03-01")), Some(46));
        assert_eq!(years(day("2026-03-01"), day("2026-02-28")), None);
    }

    #[test]
    fn both_limits_are_included() {
        let limits = AgeLimits {
            min: Some(6),
            max: Some(14),
        };
        assert!(limits.admit(day("2020-11-23"), day("2026-11-23")));
        assert!(!limits.admit(day("2020-11-24"), day("2026-11-23")));
        assert!(limits.admit(day("2011-11-24"), day("2026-11-23")));
        assert!(!limits.admit(day("2011-11-23"), day("2026-11-23")));
    }
}
