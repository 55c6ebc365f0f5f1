//! What was accepted and what was refused, line by line.

use std::collections::BTreeMap;
use std::fmt;

use lanterna_model::geo::MunicipalityError;
use lanterna_model::ids::CodeError;

/// A file of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum File {
    /// `organizations.csv`.
    Organizations,
    /// `services.csv`.
    Services,
    /// `locations.csv`.
    Locations,
    /// `municipalities.csv`; may be absent.
    Municipalities,
    /// `exemptions.csv`; may be absent.
    Exemptions,
    /// `schedules.csv`.
    Schedules,
    /// `sessions.csv`.
    Sessions,
}

impl File {
    /// Its name in the folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            File::Organizations => "organizations.csv",
            File::Services => "services.csv",
            File::Locations => "locations.csv",
            File::Municipalities => "municipalities.csv",
            File::Exemptions => "exemptions.csv",
            File::Schedules => "schedules.csv",
            File::Sessions => "sessions.csv",
        }
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a line was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The field must not be empty.
    #[error("it is empty")]
    Empty,
    /// The field is beyond its length.
    #[error("it is longer than {most} characters")]
    TooLong {
        /// Most characters.
        most: usize,
    },
    /// The bytes are not UTF-8.
    #[error("it is not UTF-8 text")]
    Encoding,
    /// The line has more or fewer fields than the header.
    #[error("the line has {found} fields, the header {expected}")]
    Fields {
        /// Fields of the line.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// A code that is none.
    #[error("{0}")]
    Code(#[from] CodeError),
    /// A municipality at fault, with the column.
    #[error("{0}")]
    Municipality(#[from] MunicipalityError),
    /// No number, or one outside its range.
    #[error("it is not a number from {min} to {max}")]
    Number {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// A word that is not one of those known.
    #[error("it is not one of {0}")]
    Word(&'static str),
    /// No date.
    #[error("it is not a date such as 2026-03-01")]
    Date,
    /// No instant on the minute.
    #[error("it is not an instant such as 2026-03-01T08:30:00+01:00, on the minute")]
    Instant,
    /// Not pairs of hexadecimal digits.
    #[error("it is not made of pairs of hexadecimal digits")]
    Hexadecimal,
    /// An item of a list has another shape.
    #[error("item {item} does not look like {shape}")]
    Item {
        /// Which, counted from 1.
        item: usize,
        /// What it should look like.
        shape: &'static str,
    },
    /// Not a multiple of five minutes, which is the grid of all slots.
    #[error("it is not a multiple of five minutes")]
    Grid,
    /// The last day lies before the first.
    #[error("it ends before it begins")]
    Backwards,
    /// The same key stands on an earlier line.
    #[error("the same stands on line {line}")]
    Twice {
        /// The earlier line.
        line: u64,
    },
    /// It refers to something that is not there, or was refused.
    #[error("{key} is not in {file}, or was refused there")]
    Unknown {
        /// Where it should stand.
        file: File,
        /// What was looked for.
        key: String,
    },
    /// A suspension without a motive (L. 266/2005, c. 282).
    #[error("a suspension needs its reason")]
    Unmotivated,
    /// The session breaks a bound: grid, slots, places or length.
    #[error("the session breaks a bound (five-minute grid, 288 slots, 64 places, 25 hours, length of closed)")]
    Session,
    /// The session overlaps another of its schedule.
    #[error("the session overlaps the one of line {line}")]
    Overlap {
        /// The other line.
        line: u64,
    },
}

/// A refused line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {}{reason}", field.map(|field| format!("{field}: ")).unwrap_or_default())]
pub struct Refusal {
    /// The file.
    pub file: File,
    /// The line of the file, counted from 1, the header included.
    pub line: u64,
    /// The column, where the fault is of one.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub reason: Reason,
}

/// Lines of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Taken.
    pub accepted: u64,
    /// Left out.
    pub refused: u64,
}

/// What became of every line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// For each file that was read.
    pub counts: BTreeMap<File, Count>,
    /// The refused lines, by file and line.
    pub refusals: Vec<Refusal>,
}

impl Report {
    /// Whether no line was refused.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.refusals.is_empty()
    }

    pub(super) fn accept(&mut self, file: File) {
        self.counts.entry(file).or_default().accepted += 1;
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.counts.entry(refusal.file).or_default().refused += 1;
        self.refusals.push(refusal);
    }

    /// Refuses a line that had been accepted.
    pub(super) fn withdraw(&mut self, refusal: Refusal) {
        self.counts.entry(refusal.file).or_default().accepted -= 1;
        self.refuse(refusal);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for refusal in &self.refusals {
            writeln!(f, "{refusal}")?;
        }
        for (file, count) in &self.counts {
            writeln!(f, "{file}: {} accepted, {} refused", count.accepted, count.refused)?;
        }
        Ok(())
    }
}
