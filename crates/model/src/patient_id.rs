//! The codes that name a patient: codice fiscale, or one of those that stand in for it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::tax_code::{TaxCode, TaxCodeError};

/// A patient's code. `Debug` shows only its kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[serde(try_from = "String", into = "String")]
pub enum PatientId {
    /// Codice fiscale.
    TaxCode(TaxCode),
    /// Provisional number of eleven digits, the last a check digit.
    Provisional(String),
    /// `STP` + region (3) + authority (3) + 7 digits: foreigners temporarily present.
    Stp(String),
    /// `ENI` + region (3) + authority (3) + 7 digits: European citizens not enrolled.
    Eni(String),
    /// Twenty digits of a European health insurance card, starting with `80`.
    Team(String),
}

/// What is wrong with a patient's code. Never holds the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatientIdError {
    /// Looks like a codice fiscale, but is none.
    #[error(transparent)]
    TaxCode(#[from] TaxCodeError),
    /// Eleven digits whose last does not fit the others.
    #[error("the check digit of the provisional code should be {expected}")]
    CheckDigit {
        /// The digit that would fit.
        expected: u8,
    },
    /// `STP` or `ENI` not followed by 13 digits.
    #[error("STP and ENI codes have 13 digits after the letters")]
    ForeignerCode,
    /// No code of any kind.
    #[error("not a patient code of any kind")]
    Unknown,
}

impl PatientId {
    /// Reads any of the codes; lower case is raised, blanks are dropped.
    ///
    /// # Errors
    /// [`PatientIdError`] of the kind of code that the text looks like.
    pub fn parse(text: &str) -> Result<Self, PatientIdError> {
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits {
            return match text.len() {
                11 => {
                    let expected = check_digit(&text.as_bytes()[..10]);
                    if text.as_bytes()[10] == b'0' + expected {
                        Ok(Self::Provisional(text))
                    } else {
                        Err(PatientIdError::CheckDigit { expected })
                    }
                }
                20 if text.starts_with("80") => Ok(Self::Team(text)),
                _ => Err(PatientIdError::Unknown),
            };
        }
        for (prefix, make) in [("STP", Self::Stp as fn(String) -> Self), ("ENI", Self::Eni)] {
            if let Some(rest) = text.strip_prefix(prefix)
                && rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
            {
                return if rest.len() == 13 && rest.bytes().all(|byte| byte.is_ascii_digit()) {
                    Ok(make(text))
                } else {
                    Err(PatientIdError::ForeignerCode)
                };
            }
        }
        match text.chars().count() {
            // Near enough to sixteen to be a slip of the hand.
            14..=18 => Ok(Self::TaxCode(TaxCode::parse(&text)?)),
            _ => Err(PatientIdError::Unknown),
        }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::TaxCode(code) => code.as_str(),
            Self::Provisional(code) | Self::Stp(code) | Self::Eni(code) | Self::Team(code) => code,
        }
    }
}

/// Check digit of ten digits, as in Italian eleven-digit numbers: digits in even places are doubled.
#[must_use]
pub fn check_digit(ten: &[u8]) -> u8 {
    let sum: u32 = ten
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0').min(9));
            let doubled = if at % 2 == 1 { digit * 2 } else { digit };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

impl fmt::Display for PatientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PatientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TaxCode(_) => "TaxCode(…)",
            Self::Provisional(_) => "Provisional(…)",
            Self::Stp(_) => "Stp(…)",
            Self::Eni(_) => "Eni(…)",
            Self::Team(_) => "Team(…)",
        })
    }
}

impl FromStr for PatientId {
    type Err = PatientIdError;
    fn from_str(text: &str) -> Result<Self, PatientIdError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for PatientId {
    type Error = PatientIdError;
    fn try_from(text: String) -> Result<Self, PatientIdError> {
        Self::parse(&text)
    }
}

impl From<PatientId> for String {
    fn from(id: PatientId) -> String {
        id.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_is_told_by_its_shape() {
        assert!(matches!(
            PatientId::parse("RSSMRA80A01D969Z"),
            Ok(PatientId::TaxCode(_))
        ));
        assert!(matches!(PatientId::parse("stp0701030000123"), Ok(PatientId::Stp(_))));
        assert!(matches!(PatientId::parse("ENI0701030000123"), Ok(PatientId::Eni(_))));
        assert!(matches!(
            PatientId::parse("80380000000000000000"),
            Ok(PatientId::Team(_))
        ));
        assert_eq!(PatientId::parse("STP07010300001"), Err(PatientIdError::ForeignerCode));
        assert_eq!(PatientId::parse(""), Err(PatientIdError::Unknown));
    }

    #[test]
    fn a_provisional_code_has_a_check_digit() {
        let ten = b"0123456789";
        let good = format!("0123456789{}", check_digit(ten));
        assert!(matches!(PatientId::parse(&good), Ok(PatientId::Provisional(_))));
        let wrong = format!("0123456789{}", (check_digit(ten) + 1) % 10);
        assert_eq!(
            PatientId::parse(&wrong),
            Err(PatientIdError::CheckDigit {
                expected: check_digit(ten)
            })
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = PatientId::parse(&text);
        }
    }
}
