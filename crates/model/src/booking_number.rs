//! Booking numbers and cancellation codes, in Crockford's base 32.
//!
//! A number is made with the local write and is valid for life: four characters of the desk, six of
//! its counter, one check character. The check is a weighted sum over the field of 32 elements: it
//! notices every single wrong character and every exchange of two neighbours.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DESK: usize = 4;
const COUNTER: usize = 6;
const LENGTH: usize = DESK + COUNTER + 1;
const CANCELLATION: usize = 8;

/// What is wrong with a number or code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Wrong length.
    #[error("{expected} characters are expected, not {found}")]
    Length {
        /// Characters found.
        found: usize,
        /// Characters expected.
        expected: usize,
    },
    /// A character outside the alphabet.
    #[error("character {position} cannot stand in a number")]
    Character {
        /// Position, counted from 1.
        position: usize,
    },
    /// The check character does not fit.
    #[error("the check character does not fit the number")]
    Check,
}

/// The values of the characters, blanks and hyphens dropped, look-alikes mended.
fn values(text: &str, expected: usize) -> Result<Vec<u8>, NumberError> {
    let kept: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if kept.len() != expected {
        return Err(NumberError::Length {
            found: kept.len(),
            expected,
        });
    }
    kept.iter()
        .enumerate()
        .map(|(at, c)| {
            let c = match c.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            };
            let value = ALPHABET.iter().position(|letter| char::from(*letter) == c);
            value
                .and_then(|value| u8::try_from(value).ok())
                .ok_or(NumberError::Character { position: at + 1 })
        })
        .collect()
}

fn text(values: impl IntoIterator<Item = u8>) -> String {
    values
        .into_iter()
        .map(|value| char::from(ALPHABET[usize::from(value & 31)]))
        .collect()
}

/// Twice an element of the field of 32 elements (x⁵ + x² + 1).
fn twice(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 {
        doubled
    } else {
        (doubled ^ 0b10_0101) & 31
    }
}

/// The check of the values before it: each is weighted by another power of x.
fn check(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| twice(sum ^ value))
}

macro_rules! as_text {
    ($name:ident) => {
        impl FromStr for $name {
            type Err = NumberError;
            fn from_str(text: &str) -> Result<Self, NumberError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NumberError;
            fn try_from(text: String) -> Result<Self, NumberError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> String {
                it.0
            }
        }

        impl $name {
            /// The characters, without groups.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

/// Four characters that begin every number of a desk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[serde(try_from = "String", into = "String")]
pub struct DeskCode(String);

as_text!(DeskCode);

impl DeskCode {
    /// The code of a desk's number; wraps at 32⁴, far beyond any region's desks.
    #[must_use]
    pub fn of(number: u32) -> Self {
        Self(text(
            (0..4)
                .rev()
                .map(|at| u8::try_from((number >> (5 * at)) & 31).unwrap_or(0)),
        ))
    }

    /// Reads a code.
    ///
    /// # Errors
    /// [`NumberError`].
    pub fn parse(input: &str) -> Result<Self, NumberError> {
        values(input, DESK).map(|values| Self(text(values)))
    }
}

impl fmt::Display for DeskCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of a booking: eleven characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[serde(try_from = "String", into = "String")]
pub struct BookingNumber(String);

as_text!(BookingNumber);

impl BookingNumber {
    /// Largest counter of a desk.
    pub const MOST: u32 = (1 << 30) - 1;

    /// The number of a desk's booking; the counter is taken modulo 2³⁰.
    #[must_use]
    pub fn new(desk: &DeskCode, counter: u32) -> Self {
        // A desk code is made of the alphabet: it always has values.
        let mut all = values(&desk.0, DESK).unwrap_or_default();
        all.extend(
            (0..6)
                .rev()
                .map(|at| u8::try_from((counter >> (5 * at)) & 31).unwrap_or(0)),
        );
        all.push(check(&all));
        Self(text(all))
    }

    /// Reads a number; case, blanks and hyphens do not matter, and `I`, `L`, `O` are read as the
    /// digits they look like.
    ///
    /// # Errors
    /// [`NumberError`] names the length, the character or the check.
    pub fn parse(input: &str) -> Result<Self, NumberError> {
        let all = values(input, LENGTH)?;
        let (body, last) = all.split_at(LENGTH - 1);
        if last != [check(body)] {
            return Err(NumberError::Check);
        }
        Ok(Self(text(all)))
    }

    /// The number in groups, for reading aloud: `ABCD-000001-X`.
    #[must_use]
    pub fn grouped(&self) -> String {
        format!(
            "{}-{}-{}",
            &self.0[..DESK],
            &self.0[DESK..DESK + COUNTER],
            &self.0[DESK + COUNTER..]
        )
    }

    /// The desk that made it.
    #[must_use]
    pub fn desk(&self) -> DeskCode {
        DeskCode(self.0[..DESK].to_owned())
    }
}

impl fmt::Display for BookingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Separate from the number and random: who holds the slip may cancel. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[serde(try_from = "String", into = "String")]
pub struct CancellationCode(String);

as_text!(CancellationCode);

impl CancellationCode {
    /// A code out of 40 random bits.
    #[must_use]
    pub fn from_random(bytes: [u8; 5]) -> Self {
        let bits = bytes.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        Self(text(
            (0..8)
                .rev()
                .map(|at| u8::try_from((bits >> (5 * at)) & 31).unwrap_or(0)),
        ))
    }

    /// Reads a code.
    ///
    /// # Errors
    /// [`NumberError`].
    pub fn parse(input: &str) -> Result<Self, NumberError> {
        values(input, CANCELLATION).map(|values| Self(text(values)))
    }
}

impl fmt::Display for CancellationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CancellationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CancellationCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_written() {
        let number = BookingNumber::new(&DeskCode::of(42), 7);
        assert_eq!(number.as_str().len(), 11);
        assert_eq!(BookingNumber::parse(&number.grouped().to_lowercase()).unwrap(), number);
        assert_eq!(
            BookingNumber::parse(&number.as_str().replace('0', "o")).unwrap(),
            number
        );
        assert_eq!(number.desk(), DeskCode::of(42));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(input in ".{0,30}") {
            let _ = BookingNumber::parse(&input);
            let _ = DeskCode::parse(&input);
            let _ = CancellationCode::parse(&input);
        }

        #[test]
        fn every_single_wrong_character_is_noticed(
            desk in 0u32..1 << 20, counter in 0u32..1 << 30, at in 0usize..LENGTH, other in 0usize..32
        ) {
            let number = BookingNumber::new(&DeskCode::of(desk), counter);
            let mut bytes = number.as_str().as_bytes().to_vec();
            prop_assume!(bytes[at] != ALPHABET[other]);
            bytes[at] = ALPHABET[other];
            prop_assert_eq!(BookingNumber::parse(std::str::from_utf8(&bytes).unwrap()), Err(NumberError::Check));
        }

        #[test]
        fn every_exchange_of_neighbours_is_noticed(
            desk in 0u32..1 << 20, counter in 0u32..1 << 30, at in 0usize..LENGTH - 1
        ) {
            let number = BookingNumber::new(&DeskCode::of(desk), counter);
            let mut bytes = number.as_str().as_bytes().to_vec();
            prop_assume!(bytes[at] != bytes[at + 1]);
            bytes.swap(at, at + 1);
            prop_assert_eq!(BookingNumber::parse(std::str::from_utf8(&bytes).unwrap()), Err(NumberError::Check));
        }
    }
}
