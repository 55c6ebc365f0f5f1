//! `POST /v1/assertions`: after the ledger was restored from a backup, what a desk was confirmed and
//! granted before. PROTOCOL.md, *Recovery*.

use lanterna_model::ids::LeaseId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::operation::OperationAnswer;

/// Some of what a desk has. A desk sends as many as it takes, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Assertion {
    /// The life of the ledger that is told, as in [`crate::status::Status::head`].
    pub epoch: String,
    /// The life of the desk's record, which its leases belong to.
    pub incarnation: Uuid,
    /// Number of the last exchange of stock that this life began; the next one is the one after it. 0
    /// before the first.
    pub exchanges: u64,
    /// Answered operations, those of one booking together and in their order; about
    /// [`crate::limits::ASSERTED_OPERATIONS`] in all.
    pub chains: Vec<Vec<Asserted>>,
    /// Grants of leases that may still be booked or that an operation without an end names, once every
    /// operation was told. At most [`crate::limits::LEASES`].
    pub grants: Vec<String>,
    /// Whether more will come.
    pub progress: Progress,
}

/// How far a desk has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// There is more to tell.
    More,
    /// All was told, but some of it was answered "not yet".
    Waiting,
    /// All was told and answered.
    Done,
}

/// An operation that was answered in an earlier life of the ledger.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Asserted {
    /// As in the envelope in which it was sent.
    pub id: Uuid,
    /// As in the envelope.
    pub number: u64,
    /// As in the envelope, byte for byte.
    pub body: String,
    /// [`crate::outcome::Settled::receipt`] of its outcome.
    pub receipt: String,
}

impl std::fmt::Debug for Asserted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Asserted({} #{})", self.id, self.number)
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AssertionReply {
    /// One for each operation, in their order.
    pub answers: Vec<OperationAnswer>,
    /// The leases of this assertion that hold on, for the incarnation it names.
    #[schema(value_type = Vec<u64>)]
    pub leases: Vec<LeaseId>,
    /// The desk has told all: it goes on as before.
    pub done: bool,
}
