//! Single fields.

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use lanterna_model::access::{AccessType, Channel, Channels};
use lanterna_model::ids::{CodeError, ServiceCode};
use lanterna_model::schedule::{ClassQuota, ScheduleService};
use lanterna_model::time::{CELL_MINUTES, Minute};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::report::Reason;

/// Longest service, in minutes.
const SERVICE_MINUTES: i64 = 480;

/// A code, by its own parser.
pub(super) fn code<T>(parse: impl FnOnce(&str) -> Result<T, CodeError>) -> impl FnOnce(&str) -> Result<T, Reason> {
    move |text| parse(text).map_err(Reason::Code)
}

/// A whole number within bounds.
pub(super) fn number<T: TryFrom<i64>>(min: i64, max: i64) -> impl Fn(&str) -> Result<T, Reason> {
    move |text| {
        let fault = || Reason::Number { min, max };
        let value: i64 = text.parse().map_err(|_| fault())?;
        if !(min..=max).contains(&value) {
            return Err(fault());
        }
        T::try_from(value).map_err(|_| fault())
    }
}

/// Degrees with decimals within bounds.
pub(super) fn degrees(min: i64, max: i64) -> impl Fn(&str) -> Result<f64, Reason> {
    #[allow(clippy::cast_precision_loss)] // at most 180
    move |text| match text.parse::<f64>() {
        Ok(value) if (min as f64..=max as f64).contains(&value) => Ok(value),
        _ => Err(Reason::Number { min, max }),
    }
}

/// Minutes on the grid, at least one cell of it.
pub(super) fn minutes(text: &str) -> Result<u16, Reason> {
    let minutes: u16 = number(1, SERVICE_MINUTES)(text)?;
    if minutes.is_multiple_of(CELL_MINUTES) {
        Ok(minutes)
    } else {
        Err(Reason::Grid)
    }
}

/// One of the words of an enumeration, as they are written on the wire.
pub(super) fn word<'a, T: Deserialize<'a>>(words: &'static str) -> impl Fn(&'a str) -> Result<T, Reason> {
    move |text| {
        let text: StrDeserializer<'a, Error> = text.into_deserializer();
        T::deserialize(text).map_err(|_| Reason::Word(words))
    }
}

/// `yes` or `no`.
pub(super) fn yes(text: &str) -> Result<bool, Reason> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Reason::Word("yes, no")),
    }
}

/// A day.
pub(super) fn date(text: &str) -> Result<NaiveDate, Reason> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Reason::Date)
}

/// An instant on the minute (RFC 3339).
pub(super) fn instant(text: &str) -> Result<Minute, Reason> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| Reason::Instant)?;
    if at.second() != 0 || at.nanosecond() != 0 {
        return Err(Reason::Instant);
    }
    Ok(Minute::containing(at.with_timezone(&Utc)))
}

/// Pairs of hexadecimal digits.
pub(super) fn hexadecimal(text: &str) -> Result<Vec<u8>, Reason> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits
        .filter(|digits| digits.len().is_multiple_of(2))
        .ok_or(Reason::Hexadecimal)?;
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).map_err(|_| Reason::Hexadecimal))
        .collect()
}

/// A list parted by `|`; empty text is an empty list.
pub(super) fn list<T>(text: &str, shape: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Reason> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let items = text.split('|').map(str::trim).enumerate();
    items
        .map(|(at, item)| parse(item).ok_or(Reason::Item { item: at + 1, shape }))
        .collect()
}

/// What [`offered`] reads.
pub(super) const OFFERED: &str = "code:minutes:F, C or FC";

/// A service on a schedule: F takes first accesses, C (controllo) follow-ups.
pub(super) fn offered(item: &str) -> Option<ScheduleService> {
    let mut parts = item.split(':').map(str::trim);
    let (code, length, access) = (parts.next()?, parts.next()?, parts.next()?);
    let (first, follow_up) = match access {
        "F" => (true, false),
        "C" => (false, true),
        "FC" | "CF" => (true, true),
        _ => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    Some(ScheduleService {
        code: ServiceCode::parse(code).ok()?,
        minutes: minutes(length).ok()?,
        first,
        follow_up,
    })
}

/// A service on a schedule, as [`offered`] reads it.
pub(super) fn offered_text(service: &ScheduleService) -> String {
    let access = [AccessType::First, AccessType::FollowUp]
        .into_iter()
        .filter(|access| service.accepts(*access))
        .map(|access| if access == AccessType::First { 'F' } else { 'C' })
        .collect::<String>();
    format!("{}:{}:{access}", service.code, service.minutes)
}

/// What [`quota`] reads.
pub(super) const QUOTA: &str = "class:places of a session:hours before it falls away";

/// A quota of a class.
pub(super) fn quota(item: &str) -> Option<ClassQuota> {
    let mut parts = item.split(':').map(str::trim);
    let quota = ClassQuota {
        class: word("")(parts.next()?).ok()?,
        per_session: number(0, i64::from(u16::MAX))(parts.next()?).ok()?,
        release_hours: number(0, i64::from(u16::MAX))(parts.next()?).ok()?,
    };
    parts.next().is_none().then_some(quota)
}

/// The channels of a list of names.
pub(super) fn channels(names: Vec<Channel>) -> Channels {
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offered_service_reads_back_as_written() {
        for text in ["89.7A.3:20:F", "89.01.F:15:C", "87.03:30:FC"] {
            assert_eq!(offered_text(&offered(text).unwrap()), text);
        }
        for wrong in [
            "89.7A.3",
            "89.7A.3:20",
            "89.7A.3:0:F",
            "89.7A.3:12:F",
            "89.7A.3:20:X",
            "89.7A.3:20:F:1",
            ":20:F",
        ] {
            assert!(offered(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn an_instant_lies_on_the_minute_and_says_its_offset() {
        assert_eq!(instant("2026-07-01T09:00:00+02:00"), instant("2026-07-01T07:00:00Z"));
        for wrong in ["2026-07-01T09:00:30Z", "2026-07-01T09:00:00", "2026-07-01", "", "è"] {
            assert_eq!(instant(wrong), Err(Reason::Instant), "{wrong}");
        }
    }

    #[test]
    fn closed_slots_are_pairs_of_digits() {
        assert_eq!(hexadecimal("00fF"), Ok(vec![0, 255]));
        for wrong in ["0", "0g", "è0", "+1"] {
            assert_eq!(hexadecimal(wrong), Err(Reason::Hexadecimal), "{wrong}");
        }
    }
}
