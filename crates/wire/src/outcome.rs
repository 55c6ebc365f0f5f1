//! What becomes of an operation. Only outcomes are stored and replayed; the rest says "not yet".

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::hold::LostSpan;

/// What the central says to one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Terminal; replayed word for word whenever the operation comes again.
    Outcome(Settled),
    /// Not now; the desk keeps it and asks again.
    NotYet {
        /// Why not now.
        reason: NotYetReason,
        /// Seconds to wait before asking again.
        retry_after_seconds: u32,
    },
    /// Answered long ago, acknowledged by the desk, and forgotten: never executed again.
    AlreadyAnswered,
    /// The envelope itself is wrong; nothing was executed or stored.
    Refused {
        /// What is wrong.
        reason: RefusalReason,
    },
}

/// An outcome and its place in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settled {
    /// What became of the operation.
    pub outcome: Outcome,
    /// The ledger's life in which it was settled.
    pub epoch: String,
    /// Head of the change feed once the outcome was committed: a mirror at or past it shows it.
    pub seq: u64,
    /// When, by the central's clock.
    pub at: DateTime<Utc>,
    /// The same, sealed by the central: opaque to a desk, which keeps it and hands it back should the
    /// ledger be restored from a backup ([`crate::recovery`]). Empty where the central seals nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub receipt: String,
}

/// The four ends of an operation, the last of which the desk may also reach by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Confirmed,
    /// A place was not to be had; no place was taken. The desk ranks alternatives from its mirror.
    Conflict {
        /// The places that could not be had.
        lost: Vec<LostSpan>,
    },
    /// Against a rule.
    Rejected {
        /// Which.
        reason: RejectReason,
    },
    /// No rule can settle it.
    NeedsOperator {
        /// Why.
        reason: OperatorReason,
    },
}

/// Why the central refuses for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// A line of the prescription has a live booking already. The other's details are not told.
    AlreadyBooked,
    /// The prescription is no longer valid on the day of the request.
    PrescriptionExpired,
    /// The prescription breaks a rule (lines, branch, class).
    PrescriptionInvalid,
    /// The schedule does not offer the service.
    ServiceNotOffered,
    /// The schedule does not take this access type.
    AccessType,
    /// The patient's age is outside the schedule's limits.
    PatientAge,
    /// The schedule is for the other sex.
    PatientSex,
    /// This channel does not see the schedule.
    ChannelNotAllowed,
    /// The place lies in the past.
    InThePast,
    /// The place lies beyond the schedule's horizon.
    BeyondHorizon,
    /// No such booking of this desk.
    UnknownBooking,
    /// The booking is cancelled.
    AlreadyCancelled,
    /// The operation cannot be read or breaks a bound.
    Malformed,
}

/// Why a person has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperatorReason {
    /// The operation before it is known neither to the central nor to the desk.
    PredecessorLost,
    /// The same id came with other bytes.
    IdReused,
    /// Answered and forgotten by the central, while the desk has no record of the answer.
    AnswerLost,
    /// The central cannot read it in any version.
    Unreadable,
    /// It was promised on a lease, came after the central had to let the place go, and the place is
    /// taken.
    GuaranteeLapsed,
}

/// Why an operation has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotYetReason {
    /// The operation before it has not come yet.
    UnknownPredecessor,
    /// The channel is read-only, frozen or closed.
    NotOpen,
    /// Too much at once.
    Throttled,
    /// A fault of the central that passes.
    Fault,
}

/// What is wrong with an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The id is known with other bytes.
    IdReused,
    /// The body's version is not spoken here.
    Version,
}
