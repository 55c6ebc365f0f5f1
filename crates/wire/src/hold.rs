//! `POST /v1/holds` and `POST /v1/holds/{id}/release`: a place kept while the operator confirms.

use lanterna_model::schedule::SlotSpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Asks to keep places, all or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HoldRequest {
    /// Made by the desk; the same request repeated gets the same hold.
    pub id: Uuid,
    /// The places, 1 to 8.
    #[schema(value_type = Vec<Object>)]
    pub spans: Vec<SlotSpan>,
    /// The priority class the booking will carry, for the quotas; none for a follow-up.
    #[schema(value_type = Option<String>)]
    pub priority: Option<lanterna_model::priority::Priority>,
    /// A hold of the same desk that this one replaces, released in the same transaction.
    pub replaces: Option<Uuid>,
}

/// The answer to a request for a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum HoldReply {
    /// The places are kept.
    Held {
        /// Seconds from the answer until the central lets go; the screen counts them down.
        expires_in_seconds: u32,
    },
    /// At least one place cannot be had; nothing is kept.
    Refused {
        /// The places that cannot be had, with the reason for each.
        lost: Vec<LostSpan>,
    },
}

/// A place that cannot be had, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LostSpan {
    /// The place as it was asked for.
    #[schema(value_type = Object)]
    pub span: SlotSpan,
    /// Why it cannot be had.
    pub reason: ConflictReason,
}

/// Why a place cannot be had. Never says who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConflictReason {
    /// Somebody else has it, or keeps it for the moment.
    Taken,
    /// No slot starts there, or its length is another one now.
    NoSuchSlot,
    /// The owner closed it or suspended the schedule.
    Closed,
    /// The places of this class are used up.
    ClassQuota,
}
