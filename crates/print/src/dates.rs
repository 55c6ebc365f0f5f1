//! Dates, times and amounts in words.

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use crate::words::Words;

/// `24/11/2026`.
pub(crate) fn short(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

/// `10:40`.
pub(crate) fn time(at: NaiveDateTime) -> String {
    at.format("%H:%M").to_string()
}

/// `24/11/2026 alle 10:40`.
pub(crate) fn short_time(words: &Words, at: NaiveDateTime) -> String {
    words.get("print-date-time", &[("date", short(at.date())), ("time", time(at))])
}

/// `Martedì`.
pub(crate) fn weekday(words: &Words, date: NaiveDate) -> String {
    let name = words.get(&format!("print-weekday-{}", date.weekday().number_from_monday()), &[]);
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// `24 novembre 2026`.
pub(crate) fn day(words: &Words, date: NaiveDate) -> String {
    words.get("print-date-day", &parts(words, date))
}

/// `martedì 24 novembre 2026`.
pub(crate) fn long(words: &Words, date: NaiveDate) -> String {
    words.get("print-date-long", &parts(words, date))
}

fn parts(words: &Words, date: NaiveDate) -> [(&'static str, String); 4] {
    [
        (
            "weekday",
            words.get(&format!("print-weekday-{}", date.weekday().number_from_monday()), &[]),
        ),
        ("day", date.day().to_string()),
        ("month", words.get(&format!("print-month-{}", date.month()), &[])),
        ("year", date.year().to_string()),
    ]
}

/// `€ 36,15`.
pub(crate) fn amount(words: &Words, cents: u32) -> String {
    words.get(
        "print-amount",
        &[
            ("euros", (cents / 100).to_string()),
            ("cents", format!("{:02}", cents % 100)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Locale;

    #[test]
    fn dates_and_amounts_read_as_people_write_them() {
        let it = Words::new(Locale::It);
        let first: NaiveDate = "2026-12-01".parse().unwrap();
        assert_eq!(long(&it, first), "martedì 1º dicembre 2026");
        assert_eq!(day(&it, "2026-11-24".parse().unwrap()), "24 novembre 2026");
        assert_eq!(weekday(&it, first), "Martedì");
        assert_eq!(long(&Words::new(Locale::En), first), "Tuesday 1 December 2026");
        assert_eq!(amount(&it, 3605), "€ 36,05");
        assert_eq!(amount(&it, 3615), "€ 36,15");
        assert_eq!(amount(&it, 0), "€ 0,00");
    }
}
