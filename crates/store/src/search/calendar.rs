//! The days on which there are places, as stretches of time.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};
use lanterna_model::time::Minute;

/// Most days that get a row of their own. What lies beyond shares the last row: slower, never wrong.
const MOST_DAYS: usize = 1_023;
/// Minutes of a day on which the clock does not change.
const DAY: i32 = 1_440;

/// A day in Italy on which there are places; or, as the last of all, whatever comes after the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number, as chrono counts from the common era.
    pub(super) day: i32,
    /// Midnight.
    pub(super) from: Minute,
    /// The midnight after.
    pub(super) to: Minute,
}

impl Row {
    fn of(day: NaiveDate) -> Self {
        Self {
            day: day.num_days_from_ce(),
            from: Minute::rome_midnight(day),
            to: Minute::rome_midnight(day + Days::new(1)),
        }
    }

    /// Whether it is one day.
    pub(super) fn is_day(&self) -> bool {
        self.to.0 != i32::MAX
    }

    /// Whether it is a day of 24 hours, on which minutes after midnight tell the time on the wall.
    pub(super) fn is_even(&self) -> bool {
        self.is_day() && self.to.0 - self.from.0 == DAY
    }

    /// Its bit among the days of the week; bit 0 Monday.
    pub(super) fn weekday(&self) -> u8 {
        // Day 1 of the common era was a Monday.
        1 << (self.day - 1).rem_euclid(7)
    }
}

/// The rows, by rising time, without overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Calendar {
    rows: Vec<Row>,
}

impl Calendar {
    /// Rows for all days on which any of some stretches of time lie.
    pub(super) fn new(stretches: impl Iterator<Item = (Minute, Minute)>) -> Self {
        // Days of UTC are told without a look into the time zone; each is on one or two days in Italy.
        let mut days: BTreeSet<i32> = BTreeSet::new();
        let mut last = None;
        for (start, end) in stretches {
            for at in [start, end] {
                let day = at.0.div_euclid(DAY);
                if last.replace(day) != Some(day) {
                    days.insert(day);
                }
            }
        }
        let dates: BTreeSet<NaiveDate> = days
            .into_iter()
            .flat_map(|day| [0, DAY - 1].map(|minute| Minute(day.saturating_mul(DAY)).plus(minute).rome_date()))
            .collect();
        let mut rows: Vec<Row> = dates.iter().take(MOST_DAYS).map(|date| Row::of(*date)).collect();
        if dates.len() > MOST_DAYS
            && let Some(before) = rows.last().copied()
        {
            rows.push(Row {
                day: i32::MAX,
                from: before.to,
                to: Minute(i32::MAX),
            });
        }
        Self { rows }
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The first row that is not over at an instant.
    pub(super) fn first(&self, at: Minute) -> usize {
        self.rows.partition_point(|row| row.to <= at)
    }

    /// The row in which an instant lies.
    pub(super) fn at(&self, at: Minute) -> Option<usize> {
        let row = self.first(at);
        (self.rows.get(row)?.from <= at).then_some(row)
    }

    /// The day in Italy of an instant, as a number.
    pub(super) fn day(&self, at: Minute) -> i32 {
        match self.at(at).map(|row| self.rows[row]).filter(Row::is_day) {
            Some(row) => row.day,
            None => at.rome_date().num_days_from_ce(),
        }
    }

    /// Midnight of a day.
    pub(super) fn midnight(&self, day: i32) -> Minute {
        match self.rows.binary_search_by_key(&day, |row| row.day) {
            Ok(row) => self.rows[row].from,
            Err(_) => NaiveDate::from_num_days_from_ce_opt(day).map_or(Minute(i32::MAX), Minute::rome_midnight),
        }
    }

    /// Makes room for the day of an instant that has no row: where it stands then, or `None` when the rows have to be
    /// laid out anew.
    pub(super) fn insert(&mut self, at: Minute) -> Option<usize> {
        let place = self.first(at);
        if self.rows.len() >= MOST_DAYS {
            return None;
        }
        self.rows.insert(place, Row::of(at.rome_date()));
        Some(place)
    }
}
