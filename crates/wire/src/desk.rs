//! `POST /v1/enrolments`: a one-time code becomes a desk with a token of its own.

use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::DeskId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ProtocolRange;

/// Asks for a desk.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Enrolment {
    /// The one-time code; blanks, hyphens and case do not matter.
    pub code: String,
    /// Versions the desk speaks.
    pub protocol: ProtocolRange,
    /// Random, made by the desk for this request: the same request repeated gets the same answer.
    pub request: uuid::Uuid,
}

/// The desk that was made.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Enrolled {
    /// Its number at the central.
    #[schema(value_type = u32)]
    pub desk: DeskId,
    /// First four characters of its booking numbers.
    #[schema(value_type = String)]
    pub code: DeskCode,
    /// The door its bookings come through.
    #[schema(value_type = String)]
    pub channel: Channel,
    /// Sent as `Authorization: Bearer …` with every request but chunks and health.
    pub token: String,
    /// Name of the central, for the screen.
    pub central: String,
    /// The same, sealed by the central: opaque to the desk, which keeps it and hands it back should a
    /// ledger that was restored from a backup not know it. Empty where the central seals nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub papers: String,
}

/// `POST /v1/readmissions`: a desk that the ledger has lost shows its papers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readmission {
    /// [`Enrolled::papers`].
    pub papers: String,
    /// The token that they were made for.
    pub token: String,
}

impl std::fmt::Debug for Readmission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Readmission(…)")
    }
}
