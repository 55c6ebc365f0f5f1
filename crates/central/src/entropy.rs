//! Drawing randomness: the named adapter of the central.

use crate::ledger::{Birth, TokenSecret};

/// Where randomness comes from.
pub trait Entropy: Send + Sync {
    /// Fills a buffer with bytes nobody can foretell.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system has none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;

    /// What a new ledger is born with.
    ///
    /// # Errors
    /// As [`Entropy::fill`].
    fn birth(&self) -> Result<Birth, NoEntropy> {
        let (mut epoch, mut secret) = ([0; 16], [0; 32]);
        self.fill(&mut epoch)?;
        self.fill(&mut secret)?;
        Ok(Birth {
            epoch,
            secret: TokenSecret(secret),
        })
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
