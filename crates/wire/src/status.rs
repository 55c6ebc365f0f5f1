//! `GET /v1/status`: what the central says of itself. Never cached.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Cursor, ProtocolRange};

/// What the central says of itself to one desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Versions it speaks.
    pub protocol: ProtocolRange,
    /// Where its ledger stands.
    pub head: Cursor,
    /// Its clock.
    pub server_time: DateTime<Utc>,
    /// What this desk's channel may do.
    pub service: ServiceState,
    /// Version of the catalogue for this channel; changes when any of it changes.
    pub catalogue: String,
    /// Name of the central, for the screen.
    pub name: String,
    /// A demonstration, with made-up patients.
    pub demonstration: bool,
    /// Leases of this desk that are called back and were not given back yet.
    #[serde(default)]
    pub recalled: u32,
    /// Key to which desks encrypt what they cannot send ([`crate::rescue`]), 64 hexadecimal digits.
    #[serde(default)]
    pub rescue_key: String,
    /// Why nobody gets anything by the normal ways, while that is so. `service` says no more than that
    /// nothing is pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interruption: Option<Interruption>,
    /// The ledger began another life and this desk has not told yet what it was confirmed and granted
    /// in those before: it asserts its operations from this number on, and its leases
    /// ([`crate::recovery`]), before it sends anything new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assert_from: Option<u64>,
    /// Messages for the operators of this channel.
    pub notices: Vec<Notice>,
}

/// What a channel may do. The desk obeys it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// Everything.
    Open,
    /// Search and queue; nothing is pushed.
    ReadOnly,
    /// A cutover: local bookings are allowed and kept, nothing is pushed.
    Frozen,
    /// This channel may not book, not even locally; what is queued stays.
    Closed,
}

impl ServiceState {
    /// Whether the desk may send operations and take holds.
    #[must_use]
    pub fn pushes(self) -> bool {
        self == ServiceState::Open
    }

    /// Whether the desk may write bookings of its own.
    #[must_use]
    pub fn books_locally(self) -> bool {
        self != ServiceState::Closed
    }
}

/// Why the central gives nobody anything by the normal ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interruption {
    /// Its ledger is not the one it was: it went back, or another one stands in its place. An
    /// administrator has to look.
    Fenced,
    /// Its ledger was restored from a backup: the desks tell what they have.
    Recovery,
}

/// A message for operators, in the words of the central.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// Stable while the message stands.
    pub id: String,
    /// The text, in Italian.
    pub text: String,
}
