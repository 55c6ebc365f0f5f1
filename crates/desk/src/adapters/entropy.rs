//! Drawing randomness.

use chrono::{DateTime, Utc};
use uuid::{Builder, Uuid};

/// Where randomness comes from.
pub trait Entropy: Send + Sync + 'static {
    /// Fills a buffer with bytes nobody can foretell.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system has none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;

    /// A new identifier, ordered by time (UUID version 7).
    ///
    /// # Errors
    /// As [`Entropy::fill`].
    fn uuid(&self, at: DateTime<Utc>) -> Result<Uuid, NoEntropy> {
        let mut random = [0; 10];
        self.fill(&mut random)?;
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
        Ok(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

/// The system gave no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no randomness")]
pub struct NoEntropy;

/// The system's own source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[allow(clippy::disallowed_methods)] // a named adapter
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }
}
