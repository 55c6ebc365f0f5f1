//! The body of every answer that is not a success.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A fault told to a desk. Nothing of a patient or of another desk stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// For programs.
    pub code: ProblemCode,
    /// For people who read logs, in English.
    pub detail: String,
}

/// The faults a desk tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// 401: no token, or one the central does not know.
    Unauthorized,
    /// 403: the enrolment code is wrong, used or expired.
    EnrolmentRefused,
    /// 404: no such thing.
    NotFound,
    /// 400: the request cannot be read.
    Malformed,
    /// 413: beyond the bounds of `limits`.
    TooLarge,
    /// 426: no version in common.
    Protocol,
    /// 410: the cursor is older than what is kept, or of another epoch: take a new snapshot.
    CursorGone,
    /// 409: the cursor is ahead of the ledger or of another history: the central fences itself.
    CursorAhead,
    /// 429 or 503: later, after `Retry-After`.
    Busy,
    /// 503: the channel is not open.
    NotOpen,
    /// 500: a fault of the central.
    Internal,
}
