//! Identifiers that the central gives out, and the codes of the national catalogue.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! numeric_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

numeric_id!(
    /// An agenda of one provider unit. Given by the central, never reused.
    ScheduleId
);
numeric_id!(
    /// A place where the patient goes. Given by the central, never reused.
    LocationId
);
numeric_id!(
    /// The professional, room or machine behind one or more schedules: two schedules of one
    /// resource can never be claimed in the same five minutes of the same place.
    ResourceId
);
numeric_id!(
    /// A workstation enrolled at the central.
    DeskId
);

/// A place set aside for a desk. Given by the central, never reused; below 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct LeaseId(pub u64);

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a code was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The text has a length outside `min..=max` characters.
    #[error("length {found} is outside {min} to {max} characters")]
    Length {
        /// Characters found.
        found: usize,
        /// Fewest allowed.
        min: usize,
        /// Most allowed.
        max: usize,
    },
    /// A character that the code may not hold, at a position counted from 1.
    #[error("character {position} is not allowed")]
    Character {
        /// Position, counted from 1.
        position: usize,
    },
    /// A number outside its range.
    #[error("the number is outside {min} to {max}")]
    Range {
        /// Smallest allowed.
        min: u32,
        /// Largest allowed.
        max: u32,
    },
}

fn checked(text: &str, min: usize, max: usize, allowed: fn(char) -> bool) -> Result<String, CodeError> {
    let text = text.trim().to_ascii_uppercase();
    let found = text.chars().count();
    if !(min..=max).contains(&found) {
        return Err(CodeError::Length { found, min, max });
    }
    match text.chars().position(|c| !allowed(c)) {
        Some(at) => Err(CodeError::Character { position: at + 1 }),
        None => Ok(text),
    }
}

macro_rules! text_code {
    ($(#[$doc:meta])* $name:ident, $min:literal, $max:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads the code; lower case is raised and outer blanks are dropped.
            ///
            /// # Errors
            /// [`CodeError`] names the length or the position of the character at fault.
            pub fn parse(text: &str) -> Result<Self, CodeError> {
                checked(text, $min, $max, $allowed).map(Self)
            }

            /// The code as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = CodeError;
            fn from_str(text: &str) -> Result<Self, CodeError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = CodeError;
            fn try_from(text: String) -> Result<Self, CodeError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> String {
                code.0
            }
        }
    };
}

text_code!(
    /// A service of the national catalogue, such as `89.7A.3`: 2 to 12 letters, digits and dots.
    ServiceCode, 2, 12, |c| c.is_ascii_alphanumeric() || c == '.'
);
text_code!(
    /// A health authority, hospital or accredited body: six digits, region first (`070` Liguria).
    OrganizationCode, 6, 6, |c| c.is_ascii_digit()
);
text_code!(
    /// A municipality in the ISTAT numbering: six digits, province first.
    MunicipalityCode, 6, 6, |c| c.is_ascii_digit()
);

/// The specialty group of a service, 1 to 99 (26 are in use).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct BranchCode(pub u8);

impl BranchCode {
    /// Reads one or two digits.
    ///
    /// # Errors
    /// [`CodeError`] when it is not a number from 1 to 99.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let digits = checked(text, 1, 2, |c| c.is_ascii_digit())?;
        match digits.parse() {
            Ok(code @ 1..=99) => Ok(Self(code)),
            _ => Err(CodeError::Range { min: 1, max: 99 }),
        }
    }
}

impl fmt::Display for BranchCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}
