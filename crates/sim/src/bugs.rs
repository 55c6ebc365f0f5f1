//! The bug base: worlds that once showed a violation. They are run for ever after.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::config::Config;

/// A world that once failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bug {
    /// What was seen, and what it turned out to be.
    pub what: String,
    /// The world, as small as it could be made.
    pub config: Config,
}

/// The worlds of the committed base, one a line.
///
/// # Errors
/// When a line cannot be read.
pub fn known() -> Result<Vec<Bug>, serde_json::Error> {
    let lines = include_str!("../bugs.jsonl").lines();
    lines
        .filter(|line| !line.trim().is_empty())
        .map(serde_json::from_str)
        .collect()
}

/// Puts a world at the end of a base, unless it is there.
///
/// # Errors
/// When the file cannot be read or written.
pub fn remember(base: &Path, bug: &Bug) -> io::Result<()> {
    let line = serde_json::to_string(bug)?;
    let known = std::fs::read_to_string(base).unwrap_or_default();
    let config = serde_json::to_string(&bug.config)?;
    if known.contains(&config) {
        return Ok(());
    }
    let mut file = OpenOptions::new().create(true).append(true).open(base)?;
    writeln!(file, "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_base_can_be_read() {
        assert!(known().is_ok());
    }
}
