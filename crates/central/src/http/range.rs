//! Ranges of bytes, so that an interrupted download resumes (RFC 9110, section 14).

use std::ops::Range;

/// What to send of `bytes` bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Everything: no range was asked for, or one that is not understood and may be ignored.
    Whole,
    /// These bytes.
    Some(Range<usize>),
    /// The range lies outside.
    Outside,
}

/// Reads a `Range` header. Several ranges at once are answered with the whole.
pub(super) fn part(header: Option<&str>, bytes: usize) -> Part {
    let Some((first, last)) = header
        .and_then(|text| text.trim().strip_prefix("bytes="))
        .filter(|set| !set.contains(','))
        .and_then(|range| range.split_once('-'))
    else {
        return Part::Whole;
    };
    let number = |text: &str| text.trim().parse::<usize>();
    let range = match (first.trim(), last.trim()) {
        ("", "") => return Part::Whole,
        ("", suffix) => match number(suffix) {
            Ok(count) => bytes.saturating_sub(count)..bytes,
            Err(_) => return Part::Whole,
        },
        (first, "") => match number(first) {
            Ok(first) => first..bytes,
            Err(_) => return Part::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(bytes),
            _ => return Part::Whole,
        },
    };
    if range.is_empty() {
        Part::Outside
    } else {
        Part::Some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        assert_eq!(part(None, 10), Part::Whole);
        assert_eq!(part(Some("bytes=4-"), 10), Part::Some(4..10));
        assert_eq!(part(Some("bytes=0-0"), 10), Part::Some(0..1));
        assert_eq!(part(Some("bytes=2-99"), 10), Part::Some(2..10));
        assert_eq!(part(Some("bytes=-3"), 10), Part::Some(7..10));
        assert_eq!(part(Some("bytes=10-"), 10), Part::Outside);
        assert_eq!(part(Some("bytes=-0"), 10), Part::Outside);
        for ignored in ["bytes=1-2,4-5", "bytes=5-2", "lines=1-", "bytes=-", "bytes=x-", "bytes"] {
            assert_eq!(part(Some(ignored), 10), Part::Whole, "{ignored}");
        }
    }
}
