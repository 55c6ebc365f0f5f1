//! Codice fiscale (DM 12 March 1974, DM 23 December 1976): sixteen characters, the last a check letter.
//!
//! Omocodia: when two people would share a code, digits are replaced by letters of `LMNPQRSTUV`, and
//! the check letter is made anew.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::access::Sex;

/// Characters of a code.
pub const LENGTH: usize = 16;

const OMOCODIA: &[u8; 10] = b"LMNPQRSTUV";
/// Positions of digits, counted from 0: those that omocodia may replace.
const DIGITS: [usize; 7] = [6, 7, 9, 10, 12, 13, 14];
const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";
/// Values of characters in odd places (counted from 1), `0`–`9` and then `A`–`Z`.
const ODD: [u8; 36] = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10,
    22, 25, 24, 23,
];

/// A code whose shape, date and check letter are right. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[serde(try_from = "String", into = "String")]
pub struct TaxCode(String);

/// What is wrong with a code. Never holds the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaxCodeError {
    /// Not 16 characters.
    #[error("a codice fiscale has 16 characters, not {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that cannot stand at a position.
    #[error("character {position} of the codice fiscale must be {expected}")]
    Character {
        /// Position, counted from 1.
        position: usize,
        /// What may stand there.
        expected: &'static str,
    },
    /// Day and month make no date.
    #[error("characters 9 to 11 of the codice fiscale make no date")]
    Date,
    /// The check letter does not fit the rest.
    #[error("the check letter of the codice fiscale should be {expected}")]
    CheckLetter {
        /// The letter that would fit.
        expected: char,
    },
}

impl TaxCode {
    /// Reads a code; lower case is raised, blanks are dropped.
    ///
    /// # Errors
    /// [`TaxCodeError`] names the length, the character, the date or the check letter at fault.
    pub fn parse(text: &str) -> Result<Self, TaxCodeError> {
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let found = text.chars().count();
        if found != LENGTH {
            return Err(TaxCodeError::Length { found });
        }
        for (at, c) in text.chars().enumerate() {
            let (good, expected) = match at {
                _ if DIGITS.contains(&at) => (
                    c.is_ascii_digit() || c.is_ascii() && OMOCODIA.contains(&(c as u8)),
                    "a digit",
                ),
                8 => (c.is_ascii() && MONTHS.contains(&(c as u8)), "a letter of a month"),
                _ => (c.is_ascii_uppercase(), "a letter"),
            };
            if !good {
                return Err(TaxCodeError::Character {
                    position: at + 1,
                    expected,
                });
            }
        }
        let code = Self(text);
        let day = code.day_field();
        let leap = NaiveDate::from_ymd_opt(2000, code.month(), if day > 40 { day - 40 } else { day });
        if leap.is_none() {
            return Err(TaxCodeError::Date);
        }
        let expected = check_letter(&code.0.as_bytes()[..15]);
        if code.0.as_bytes()[15] == expected as u8 {
            Ok(code)
        } else {
            Err(TaxCodeError::CheckLetter { expected })
        }
    }

    /// The day of birth. The code has two digits for the year: the latest century that does not lie
    /// in the future is taken, so somebody over a hundred seems a hundred years younger.
    #[must_use]
    pub fn birth_date(&self, today: NaiveDate) -> NaiveDate {
        let day = self.day_field();
        let day = if day > 40 { day - 40 } else { day };
        let year = i32::from(self.digit(6) * 10 + self.digit(7));
        let century = today.year() - today.year().rem_euclid(100);
        (0..=4)
            .map(|back| century + year - 100 * back)
            .filter_map(|year| NaiveDate::from_ymd_opt(year, self.month(), day))
            .find(|date| *date <= today)
            // 29 February of a year that is not a leap year in any century near: not a real code.
            .unwrap_or(today)
    }

    /// Sex, told by the day of birth: women's have 40 added.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.day_field() > 40 { Sex::F } else { Sex::M }
    }

    /// Cadastral code of the municipality, or of the country (`Z…`), of birth; omocodia undone.
    #[must_use]
    pub fn cadastral_code(&self) -> String {
        let mut code = String::from(&self.0[11..12]);
        for at in 12..15 {
            code.push(char::from(b'0' + self.digit(at)));
        }
        code
    }

    /// Whether surname and given name can have made the first six letters. Accents are ignored.
    #[must_use]
    pub fn matches_name(&self, surname: &str, given_name: &str) -> bool {
        self.0[..3] == surname_letters(surname) && self.0[3..6] == given_name_letters(given_name)
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digit(&self, at: usize) -> u8 {
        let byte = self.0.as_bytes()[at];
        match OMOCODIA.iter().position(|letter| *letter == byte) {
            Some(digit) => u8::try_from(digit).unwrap_or(0),
            None => byte - b'0',
        }
    }

    fn day_field(&self) -> u32 {
        u32::from(self.digit(9) * 10 + self.digit(10))
    }

    fn month(&self) -> u32 {
        let letter = self.0.as_bytes()[8];
        MONTHS
            .iter()
            .position(|month| *month == letter)
            .map_or(1, |at| u32::try_from(at + 1).unwrap_or(1))
    }
}

/// The check letter of the first fifteen characters (upper-case letters and digits).
#[must_use]
pub fn check_letter(first_fifteen: &[u8]) -> char {
    let sum: u32 = first_fifteen
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            let value = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'Z' => byte - b'A' + 10,
                _ => 0,
            };
            if at % 2 == 0 {
                u32::from(ODD[usize::from(value)])
            } else {
                u32::from(if value >= 10 { value - 10 } else { value })
            }
        })
        .sum();
    char::from(b'A' + u8::try_from(sum % 26).unwrap_or(0))
}

/// The three letters a surname gives.
#[must_use]
pub fn surname_letters(surname: &str) -> String {
    let (consonants, vowels) = letters(surname);
    three(consonants.chars().chain(vowels.chars()))
}

/// The three letters a given name gives: with four consonants or more, the second is left out.
#[must_use]
pub fn given_name_letters(given_name: &str) -> String {
    let (mut consonants, vowels) = letters(given_name);
    if consonants.len() >= 4 {
        consonants.remove(1);
    }
    three(consonants.chars().chain(vowels.chars()))
}

fn three(letters: impl Iterator<Item = char>) -> String {
    letters.chain("XXX".chars()).take(3).collect()
}

fn letters(name: &str) -> (String, String) {
    let plain = name.chars().flat_map(char::to_uppercase).filter_map(|c| match c {
        'A'..='Z' => Some(c),
        'À' | 'Á' | 'Â' | 'Ä' | 'Ã' => Some('A'),
        'È' | 'É' | 'Ê' | 'Ë' => Some('E'),
        'Ì' | 'Í' | 'Î' | 'Ï' => Some('I'),
        'Ò' | 'Ó' | 'Ô' | 'Ö' | 'Õ' => Some('O'),
        'Ù' | 'Ú' | 'Û' | 'Ü' => Some('U'),
        'Ç' => Some('C'),
        'Ñ' => Some('N'),
        _ => None,
    });
    plain.partition(|c| !"AEIOU".contains(*c))
}

impl fmt::Display for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaxCode(…)")
    }
}

impl FromStr for TaxCode {
    type Err = TaxCodeError;
    fn from_str(text: &str) -> Result<Self, TaxCodeError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for TaxCode {
    type Error = TaxCodeError;
    fn try_from(text: String) -> Result<Self, TaxCodeError> {
        Self::parse(&text)
    }
}

impl From<TaxCode> for String {
    fn from(code: TaxCode) -> String {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_valid_code_tells_birth_sex_and_place() {
        let code = TaxCode::parse("rssmra80a01d969z").unwrap();
        assert_eq!(code.birth_date(day("2026-11-23")), day("1980-01-01"));
        assert_eq!(code.sex(), Sex::M);
        assert_eq!(code.cadastral_code(), "D969");
        assert!(code.matches_name("Rossi", "Mario"));
        assert!(!code.matches_name("Bianchi", "Mario"));
    }

    #[test]
    fn omocodia_is_accepted_and_undone() {
        let code = TaxCode::parse("RSSMRA80A01D96VO").unwrap();
        assert_eq!(code.cadastral_code(), "D969");
    }

    #[test]
    fn a_wrong_check_letter_is_told_with_the_right_one() {
        assert_eq!(
            TaxCode::parse("RSSMRT57D12D612R"),
            Err(TaxCodeError::CheckLetter { expected: 'E' })
        );
    }

    #[test]
    fn errors_name_the_character_and_debug_shows_nothing() {
        assert_eq!(
            TaxCode::parse("RSSMRA8XA01D969Z"),
            Err(TaxCodeError::Character {
                position: 8,
                expected: "a digit"
            })
        );
        assert_eq!(
            TaxCode::parse("RSSMRA80A41D969"),
            Err(TaxCodeError::Length { found: 15 })
        );
        assert_eq!(
            format!("{:?}", TaxCode::parse("RSSMRA80A01D969Z").unwrap()),
            "TaxCode(…)"
        );
    }

    #[test]
    fn the_century_is_the_latest_that_is_not_in_the_future() {
        let newborn = TaxCode::parse(&with_check("RSSMRA26A01D969")).unwrap();
        assert_eq!(newborn.birth_date(day("2026-11-23")).year(), 2026);
        let later_this_year = TaxCode::parse(&with_check("RSSMRA26T31D969")).unwrap();
        assert_eq!(later_this_year.birth_date(day("2026-11-23")).year(), 1926);
    }

    fn with_check(fifteen: &str) -> String {
        format!("{fifteen}{}", check_letter(fifteen.as_bytes()))
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            if let Ok(code) = TaxCode::parse(&text) {
                let _ = (code.birth_date(day("2026-11-23")), code.sex(), code.cadastral_code());
            }
        }

        #[test]
        fn every_single_wrong_letter_among_the_first_six_is_noticed(at in 0usize..6, letter in b'A'..=b'Z') {
            let mut bytes = b"RSSMRA80A01D969Z".to_vec();
            prop_assume!(bytes[at] != letter);
            bytes[at] = letter;
            let text = String::from_utf8(bytes).unwrap();
            prop_assert!(TaxCode::parse(&text).is_err());
        }
    }
}
