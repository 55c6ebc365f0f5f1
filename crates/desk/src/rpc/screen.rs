//! How the screens look and behave at one desk, and what diagnostics tell. Nothing here is personal.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the screens look and behave. Kept beside the desk's files, readable before they are unlocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Preferences {
    /// Language of the screens; what a patient gets on paper stays Italian.
    pub language: Language,
    /// Hundredths, 50 to 400.
    pub zoom: u16,
    /// Stronger lines and colours.
    pub high_contrast: bool,
    /// Less room between rows.
    pub dense: bool,
    /// Single-letter keys work while a list has the focus (WCAG 2.1.4: they can be switched off).
    pub letter_keys: bool,
    /// Minutes without a key or a movement until the desk locks, 1 to 240; 0 never.
    pub lock_minutes: u16,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: Language::It,
            zoom: 100,
            high_contrast: false,
            dense: false,
            letter_keys: true,
            lock_minutes: 10,
        }
    }
}

/// Languages of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Italian.
    It,
    /// English.
    En,
}

/// What helps whoever is called for help. Figures only.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DiagnosticsView {
    /// Version of the program.
    pub version: String,
    /// Operating system and processor, as the program was built for.
    pub system: String,
    /// Schedules in the mirror.
    pub schedules: u32,
    /// Slots in the mirror, free or not.
    pub slots: u64,
    /// Bytes of the mirror's chunks as they came over the wire.
    pub chunk_bytes: u64,
    /// What the check of the files against the invariants found; 0 when all is well.
    pub findings: u32,
    /// The key is under a passphrase; in the system's keychain otherwise.
    pub passphrase: bool,
}
