//! `POST /v1/operations`: what desks did, in batches of independent operations.
//!
//! The bytes of a body are those stored by the desk at creation: they are hashed, kept and sent
//! again as they are, never encoded anew.

use chrono::{DateTime, Utc};
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::{BookingNumber, CancellationCode};
use lanterna_model::ids::LeaseId;
use lanterna_model::patient::Patient;
use lanterna_model::prescription::Prescription;
use lanterna_model::time::Minute;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::outcome::Answer;

/// Version written into new bodies. Older ones are accepted as long as one may still be queued.
pub const BODY_VERSION: u16 = 1;

/// A batch. At most [`crate::limits::BATCH_OPERATIONS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Batch {
    /// Every operation of this desk up to this number has its outcome durably stored at the desk;
    /// the central may drop what it kept for their replay.
    pub acknowledged: u64,
    /// The operations, in the order of their numbers.
    pub operations: Vec<Envelope>,
}

/// One operation on its way.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Envelope {
    /// Made with the local write (UUID version 7).
    pub id: Uuid,
    /// The desk's own numbering, from 1, without gaps.
    pub number: u64,
    /// The text of an [`Operation`], byte for byte as it was stored.
    pub body: String,
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Envelope({} #{})", self.id, self.number)
    }
}

/// What is written in a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Operation {
    /// [`BODY_VERSION`] at the time of writing.
    pub version: u16,
    /// The same as in the envelope.
    pub id: Uuid,
    /// The booking it acts on.
    #[schema(value_type = String)]
    pub booking: BookingNumber,
    /// The operation on the same booking that goes before; none for the first.
    pub previous: Option<Uuid>,
    /// The desk's clock; informative, never judged.
    pub created_at: DateTime<Utc>,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
}

/// What an operation does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Claims places for a new booking.
    Book(Box<Placement>),
    /// Claims other places for a booking and lets the old ones go, in one transaction. Where the
    /// predecessor got no place it acts as a booking (PROTOCOL.md, rule 7).
    Move(Box<Placement>),
    /// Lets the places go.
    Cancel {
        /// Why, as the operator chose or wrote it.
        reason: String,
    },
}

/// Everything needed to give somebody places.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Placement {
    /// For whom.
    #[schema(value_type = Object)]
    pub patient: Patient,
    /// By which prescription.
    #[schema(value_type = Object)]
    pub prescription: Prescription,
    /// What and where: 1 to 8, each on its own line of the prescription, all or none.
    #[schema(value_type = Vec<Object>)]
    pub appointments: Vec<Appointment>,
    /// When the patient asked: the class's clock starts here.
    pub requested_at: DateTime<Utc>,
    /// Start of the first availability that was proposed, if any was.
    #[schema(value_type = Option<i32>)]
    pub first_proposed: Option<Minute>,
    /// Separate from the number, random, for whoever holds the slip.
    #[schema(value_type = String)]
    pub cancellation_code: CancellationCode,
    /// The hold to be consumed, if one was taken.
    pub hold: Option<Uuid>,
    /// The leases to be consumed. Once an operation names one it never returns to stock.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<u64>)]
    pub leases: Vec<LeaseId>,
}

impl std::fmt::Debug for Placement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Placement({} appointments)", self.appointments.len())
    }
}

/// The answers, one for each operation and in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchReply {
    /// One for each operation.
    pub answers: Vec<OperationAnswer>,
}

/// The answer to one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperationAnswer {
    /// The operation.
    pub id: Uuid,
    /// What became of it.
    pub answer: Answer,
}
