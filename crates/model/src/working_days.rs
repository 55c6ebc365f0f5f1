//! Working days, and the last day on which a booking can be cancelled without paying: at least two
//! working days before the appointment, the day itself not counted (DL 124/1998).

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc, Weekday};

use crate::time::rome_today;

/// What differs between regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingCalendar {
    /// Saturdays count.
    pub saturday_works: bool,
    /// Patron days, as month and day.
    pub patron_days: Vec<(u32, u32)>,
}

/// National holidays that have a date (L. 260/1949 as amended; 4 October from 2026, L. 151/2025).
const FIXED: [(u32, u32); 11] = [
    (1, 1),
    (1, 6),
    (4, 25),
    (5, 1),
    (6, 2),
    (8, 15),
    (11, 1),
    (12, 8),
    (12, 25),
    (12, 26),
    (10, 4),
];

/// Easter Sunday of a year of the Gregorian calendar.
#[must_use]
pub fn easter(year: i32) -> NaiveDate {
    // The computus of the Gregorian calendar: golden number, century, epact, Sunday.
    let golden = year.rem_euclid(19);
    let (century, rest) = (year.div_euclid(100), year.rem_euclid(100));
    let moon = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15).rem_euclid(30);
    let sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4).rem_euclid(7);
    let shift = (golden + 11 * moon + 22 * sunday) / 451;
    let month = (moon + sunday - 7 * shift + 114) / 31;
    let day = (moon + sunday - 7 * shift + 114) % 31 + 1;
    NaiveDate::from_ymd_opt(year, month.unsigned_abs(), day.unsigned_abs()).unwrap_or(NaiveDate::MIN)
}

/// Whether a day is a national holiday, Easter Monday included.
#[must_use]
pub fn is_national_holiday(day: NaiveDate) -> bool {
    let fixed =
        FIXED.contains(&(day.month(), day.day())) && ((day.month(), day.day()) != (10, 4) || day.year() >= 2026);
    fixed || day == easter(day.year()) || day == easter(day.year()) + Duration::days(1)
}

impl WorkingCalendar {
    /// Whether people work on a day.
    #[must_use]
    pub fn works(&self, day: NaiveDate) -> bool {
        let weekend = match day.weekday() {
            Weekday::Sun => true,
            Weekday::Sat => !self.saturday_works,
            _ => false,
        };
        !weekend && !is_national_holiday(day) && !self.patron_days.contains(&(day.month(), day.day()))
    }

    /// The last day on which an appointment can be cancelled without paying.
    #[must_use]
    pub fn cancellation_deadline(&self, appointment: DateTime<Utc>) -> NaiveDate {
        let mut day = rome_today(appointment);
        let mut working = 0;
        // Holidays and weekends never fill three weeks: the loop is short.
        for _ in 0..30 {
            day -= Duration::days(1);
            working += u32::from(self.works(day));
            if working == 2 {
                break;
            }
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_where_the_almanac_says() {
        for (year, date) in [
            (2024, "2024-03-31"),
            (2025, "2025-04-20"),
            (2026, "2026-04-05"),
            (2027, "2027-03-28"),
        ] {
            assert_eq!(easter(year), day(date));
        }
        assert!(is_national_holiday(day("2026-04-06")));
    }

    #[test]
    fn the_deadline_jumps_over_weekends_and_holidays() {
        let calendar = WorkingCalendar::default();
        let deadline = |at: &str| calendar.cancellation_deadline(at.parse().unwrap());
        // Thursday: Wednesday and Tuesday are the two days.
        assert_eq!(deadline("2026-11-26T09:00:00Z"), day("2026-11-24"));
        // Monday: Friday and Thursday.
        assert_eq!(deadline("2026-11-30T09:00:00Z"), day("2026-11-26"));
        // Wednesday 9 December: the 8th is a holiday.
        assert_eq!(deadline("2026-12-09T09:00:00Z"), day("2026-12-04"));
        let saturdays = WorkingCalendar {
            saturday_works: true,
            patron_days: vec![(11, 27)],
        };
        assert_eq!(
            saturdays.cancellation_deadline("2026-11-30T09:00:00Z".parse().unwrap()),
            day("2026-11-26")
        );
    }
}
