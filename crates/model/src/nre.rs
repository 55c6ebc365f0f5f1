//! NRE, the number of the electronic prescription (DM 2 November 2011): region (3 digits), group (2
//! characters), type of lot (0–7), nine digits. On paper it is two bar codes of 5 and 10 characters.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Characters of a whole number.
pub const LENGTH: usize = 15;
/// Characters of the first bar code.
pub const FIRST_HALF: usize = 5;

/// A number of the right shape.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[serde(try_from = "String", into = "String")]
pub struct Nre(String);

/// What is wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NreError {
    /// Not 15 characters.
    #[error("an NRE has 15 characters, not {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that cannot stand at a position.
    #[error("character {position} of the NRE must be {expected}")]
    Character {
        /// Position, counted from 1.
        position: usize,
        /// What may stand there.
        expected: &'static str,
    },
}

/// Half of a number, as one bar code carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NreHalf {
    /// The first five characters.
    First,
    /// The last ten.
    Second,
}

fn check(position: usize, byte: u8) -> Result<(), NreError> {
    let (good, expected) = match position {
        4 | 5 => (
            byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            "a letter or a digit",
        ),
        6 => ((b'0'..=b'7').contains(&byte), "a digit from 0 to 7"),
        _ => (byte.is_ascii_digit(), "a digit"),
    };
    if good {
        Ok(())
    } else {
        Err(NreError::Character { position, expected })
    }
}

impl Nre {
    /// Reads a whole number; lower case is raised, blanks are dropped.
    ///
    /// # Errors
    /// [`NreError`] names the length or the character at fault.
    pub fn parse(text: &str) -> Result<Self, NreError> {
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let found = text.chars().count();
        if found != LENGTH {
            return Err(NreError::Length { found });
        }
        for (at, c) in text.chars().enumerate() {
            check(at + 1, u8::try_from(c).unwrap_or(0))?;
        }
        Ok(Self(text))
    }

    /// Puts two halves together, whichever was scanned first.
    ///
    /// # Errors
    /// [`NreError`] when they do not make a number in either order.
    pub fn from_halves(one: &str, other: &str) -> Result<Self, NreError> {
        let (first, second) = if one.trim().len() <= other.trim().len() {
            (one, other)
        } else {
            (other, one)
        };
        Self::parse(&format!("{}{}", first.trim(), second.trim()))
    }

    /// Which half a text can be, by length and characters.
    #[must_use]
    pub fn is_half(text: &str) -> Option<NreHalf> {
        let text = text.trim().to_ascii_uppercase();
        let (half, offset) = match text.len() {
            FIRST_HALF => (NreHalf::First, 1),
            10 => (NreHalf::Second, FIRST_HALF + 1),
            _ => return None,
        };
        text.bytes()
            .enumerate()
            .all(|(at, byte)| check(at + offset, byte).is_ok())
            .then_some(half)
    }

    /// The texts of the two bar codes.
    #[must_use]
    pub fn halves(&self) -> (&str, &str) {
        self.0.split_at(FIRST_HALF)
    }

    /// The region that issued it; Liguria is `070`.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.0[..3]
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Nre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nre(…)")
    }
}

impl FromStr for Nre {
    type Err = NreError;
    fn from_str(text: &str) -> Result<Self, NreError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Nre {
    type Error = NreError;
    fn try_from(text: String) -> Result<Self, NreError> {
        Self::parse(&text)
    }
}

impl From<Nre> for String {
    fn from(nre: Nre) -> String {
        nre.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_error_names_the_character() {
        assert_eq!(
            Nre::parse("07A0A0123456789"),
            Err(NreError::Character {
                position: 3,
                expected: "a digit"
            })
        );
        assert_eq!(
            Nre::parse("0700A8123456789"),
            Err(NreError::Character {
                position: 6,
                expected: "a digit from 0 to 7"
            })
        );
        assert_eq!(Nre::parse("0700A"), Err(NreError::Length { found: 5 }));
    }

    #[test]
    fn halves_are_taken_in_either_order() {
        let whole = Nre::parse("0700A4000000123").unwrap();
        assert_eq!(Nre::from_halves("0700A", "4000000123").unwrap(), whole);
        assert_eq!(Nre::from_halves("4000000123", "0700a").unwrap(), whole);
        assert_eq!(Nre::is_half("0700A"), Some(NreHalf::First));
        assert_eq!(Nre::is_half("4000000123"), Some(NreHalf::Second));
        assert_eq!(Nre::is_half("9000000123"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = Nre::parse(&text);
            let _ = Nre::is_half(&text);
            let _ = Nre::from_halves(&text, "0700A");
        }

        #[test]
        fn what_has_the_shape_is_read_and_written_alike(text in "[0-9]{3}[0-9A-Z]{2}[0-7][0-9]{9}") {
            let nre = Nre::parse(&text).unwrap();
            prop_assert_eq!(nre.to_string(), text);
            let (first, second) = nre.halves();
            prop_assert_eq!(Nre::from_halves(second, first).unwrap(), nre.clone());
        }
    }
}
