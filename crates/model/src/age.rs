//! Ages in whole years, and the limits schedules put on them.

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
}

#[cfg(test)]
mod tests {
    use super::*;

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
