//! How the screens look, kept as a plain file: it is needed before the desk is unlocked, and tells
//! nothing of anybody.

use std::fs;
use std::path::Path;

use crate::fault::Answered;
use crate::rpc::{ErrorCode, Preferences, RpcError};

const FILE: &str = "preferences.json";
/// Least and greatest zoom, in hundredths.
const ZOOM: std::ops::RangeInclusive<u16> = 50..=400;
/// The longest a desk stays open by itself, in minutes.
const LONGEST: u16 = 240;

/// Reads what was kept in a desk's folder; what cannot be read, or makes no sense, counts as nothing.
#[must_use]
pub fn read(dir: &Path) -> Preferences {
    let kept = fs::read(dir.join(FILE)).ok();
    kept.and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .filter(|kept| check(kept).is_ok())
        .unwrap_or_default()
}

/// Keeps them, if they are within their bounds.
pub(crate) fn keep(dir: &Path, preferences: &Preferences) -> Answered<()> {
    check(preferences)?;
    let text = serde_json::to_string(preferences).map_err(|_| ErrorCode::Internal)?;
    // Written beside and renamed: never half a file.
    let part = dir.join("preferences.json.part");
    fs::create_dir_all(dir)
        .and_then(|()| fs::write(&part, text))
        .and_then(|()| fs::rename(&part, dir.join(FILE)))
        .map_err(|_| ErrorCode::Preferences.into())
}

fn check(preferences: &Preferences) -> Answered<()> {
    let out = |field: &str| Err(RpcError::new(ErrorCode::OutOfBounds).at(field));
    if !ZOOM.contains(&preferences.zoom) {
        return out("zoom");
    }
    if preferences.lock_minutes > LONGEST {
        return out("lock_minutes");
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests
mod tests {
    use super::*;
    use crate::rpc::Language;

    #[test]
    fn what_was_kept_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let mine = Preferences {
            language: Language::En,
            zoom: 150,
            lock_minutes: 0,
            ..Preferences::default()
        };
        keep(dir.path(), &mine).unwrap();
        assert_eq!(read(dir.path()), mine);
    }

    #[test]
    fn a_file_that_makes_no_sense_counts_as_none() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["{", r#"{"zoom":5}"#, r#"{"language":"xx"}"#] {
            fs::write(dir.path().join(FILE), text).unwrap();
            assert_eq!(read(dir.path()), Preferences::default(), "{text}");
        }
    }

    #[test]
    fn a_file_of_an_older_program_keeps_what_it_says() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), r#"{"zoom":120}"#).unwrap();
        assert_eq!(read(dir.path()).zoom, 120);
        assert!(read(dir.path()).letter_keys);
    }

    #[test]
    fn figures_out_of_bounds_are_refused_and_nothing_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        for (zoom, lock_minutes, field) in [(49, 10, "zoom"), (401, 10, "zoom"), (100, 241, "lock_minutes")] {
            let wrong = Preferences {
                zoom,
                lock_minutes,
                ..Preferences::default()
            };
            assert_eq!(keep(dir.path(), &wrong).unwrap_err().field.as_deref(), Some(field));
        }
        assert!(!dir.path().join(FILE).exists());
    }
}
