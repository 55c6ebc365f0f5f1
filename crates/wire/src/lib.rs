//! The messages between a desk and the central: their shapes, encodings, versions and limits.
//! No behaviour. `docs/PROTOCOL.md` is the reference; `tests/golden` holds a sample of each.

pub mod catalogue;
pub mod changes;
pub mod desk;
pub mod hold;
pub mod limits;
pub mod operation;
pub mod outcome;
pub mod problem;
pub mod recovery;
pub mod rescue;
pub mod snapshot;
pub mod status;
pub mod stock;

mod codec;

pub use codec::DecodeError;

/// Versions of the protocol spoken by this build, oldest and newest.
pub const PROTOCOL: ProtocolRange = ProtocolRange { oldest: 1, newest: 1 };

/// Media type of binary messages (chunks, changes).
pub const BINARY: &str = "application/vnd.lanterna.v1";

/// The versions one side speaks, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ProtocolRange {
    /// Oldest version spoken.
    pub oldest: u16,
    /// Newest version spoken.
    pub newest: u16,
}

impl ProtocolRange {
    /// The newest version that both sides speak.
    #[must_use]
    pub fn common(self, other: ProtocolRange) -> Option<u16> {
        let newest = self.newest.min(other.newest);
        (newest >= self.oldest.max(other.oldest)).then_some(newest)
    }
}

/// A point in the ledger's history: everything up to and including `seq`.
///
/// The epoch changes when a central is restored from a backup; the digest tells two histories of
/// one epoch apart. Both are opaque to a desk, which hands them back as it got them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Cursor {
    /// The ledger's life, 32 hexadecimal digits.
    pub epoch: String,
    /// Number of the last change covered; 0 before the first.
    pub seq: u64,
    /// Digest of the chain of changes up to `seq`, 16 hexadecimal digits.
    pub digest: String,
}
