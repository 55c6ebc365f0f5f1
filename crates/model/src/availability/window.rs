//! The part of time that is looked at, in the wall time of Italy.

use chrono::Datelike;

use crate::time::Minute;

/// Minutes of a day on the wall.
const DAY: i32 = 1_440;

/// Which starts are wanted. All bounds hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowFilter {
    /// Earliest start.
    pub from: Minute,
    /// The first start too late.
    pub to: Minute,
    /// Days of the week on the wall: bit 0 Monday … bit 6 Sunday.
    pub weekdays: u8,
    /// Earliest start on the wall, minutes after midnight.
    pub day_from: u16,
    /// Latest start on the wall, minutes after midnight.
    pub day_to: u16,
}

impl WindowFilter {
    /// Everything from an instant on.
    #[must_use]
    pub fn since(from: Minute) -> Self {
        Self {
            from,
            to: Minute(i32::MAX),
            weekdays: 0x7f,
            day_from: 0,
            day_to: 1_439,
        }
    }

    /// Whether days and hours do not matter.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.weekdays & 0x7f == 0x7f && self.day_from == 0 && self.day_to >= 1_439
    }

    /// Whether a start is wanted, given how far Italian wall time is ahead of UTC then.
    #[must_use]
    pub fn admits(&self, start: Minute, offset_minutes: i32) -> bool {
        if start < self.from || start >= self.to {
            return false;
        }
        if self.is_plain() {
            return true;
        }
        let wall = start.0 + offset_minutes;
        // 1 January 1970 was a Thursday.
        let weekday = (wall.div_euclid(DAY) + 3).rem_euclid(7);
        let minute = wall.rem_euclid(DAY);
        self.weekdays & (1 << weekday) != 0 && i32::from(self.day_from) <= minute && minute <= i32::from(self.day_to)
    }
}

/// How far Italian wall time is ahead of UTC, remembered between the changes of the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct RomeOffset {
    from: Minute,
    to: Minute,
    minutes: i32,
}

impl RomeOffset {
    pub(super) fn new() -> Self {
        Self {
            from: Minute(0),
            to: Minute(0),
            minutes: 0,
        }
    }

    /// The offset at an instant: a look-up in the time zone only when the instant leaves the UTC day
    /// half that was looked at last. Both changes happen at 01:00 UTC.
    pub(super) fn at(&mut self, at: Minute) -> i32 {
        if at < self.from || at >= self.to {
            let hour = at.0.div_euclid(60) * 60;
            let midnight = at.0.div_euclid(DAY) * DAY;
            self.minutes = at.rome_offset_minutes();
            let changing = matches!(at.utc().month(), 3 | 10);
            (self.from, self.to) = if changing {
                (Minute(hour), Minute(hour + 60))
            } else {
                (Minute(midnight), Minute(midnight + DAY))
            };
        }
        self.minutes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remembered_offset_is_always_the_zones_own() {
        let mut offset = RomeOffset::new();
        let start = Minute::containing("2026-03-27T00:00:00Z".parse().unwrap());
        for quarter in 0..4 * 24 * 220 {
            let at = start.plus(quarter * 15);
            assert_eq!(offset.at(at), at.rome_offset_minutes(), "{at:?}");
        }
    }

    #[test]
    fn tuesday_afternoons_are_those_of_the_wall() {
        let filter = WindowFilter {
            weekdays: 0b10,
            day_from: 14 * 60,
            day_to: 18 * 60,
            ..WindowFilter::since(Minute(0))
        };
        let at = |text: &str| Minute::containing(text.parse().unwrap());
        // 24 November 2026 is a Tuesday; 13:00Z is 14:00 in winter.
        assert!(filter.admits(at("2026-11-24T13:00:00Z"), 60));
        assert!(!filter.admits(at("2026-11-24T12:55:00Z"), 60));
        assert!(!filter.admits(at("2026-11-25T13:00:00Z"), 60));
        // In summer 12:00Z is 14:00.
        assert!(filter.admits(at("2026-07-07T12:00:00Z"), 120));
    }
}
