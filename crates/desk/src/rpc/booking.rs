//! Bookings, their queue and what becomes of them.

use chrono::{DateTime, NaiveDate, Utc};
use lanterna_model::access::AccessType;
use lanterna_model::booking::BookingState;
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::ServiceCode;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use super::{FoundRow, PatientInput, PrescriptionInput};

/// What is to be booked.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct BookingDraft {
    /// Made when the form was opened: the same draft sent twice is one booking.
    pub draft: Uuid,
    /// For whom.
    pub patient: PatientInput,
    /// By which prescription.
    pub prescription: PrescriptionInput,
    /// One place for each service, in the order of the prescription's lines.
    pub spans: Vec<SlotSpan>,
    /// When the patient asked; now where absent.
    pub requested_at: Option<DateTime<Utc>>,
    /// Start of the first availability that was proposed.
    pub first_proposed: Option<Minute>,
    /// A hold taken on the places.
    pub hold: Option<Uuid>,
}

/// A hold.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct HoldView {
    /// The hold; `None` where the desk is off line and nothing can be held.
    pub hold: Option<Uuid>,
    /// Seconds until the central lets go.
    pub expires_in_seconds: Option<u32>,
}

/// A booking with everything a screen shows of it.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct BookingView {
    /// Its number.
    pub number: BookingNumber,
    /// Its number in groups, for reading aloud.
    pub grouped: String,
    /// What has become of it.
    pub state: BookingState,
    /// A move or cancellation under way on a booking that stands.
    pub pending: Option<PendingChange>,
    /// The reason behind a conflict, rejection or need of an operator: the end of a Fluent id
    /// (`conflict-…`, `rejected-…`, `needs-operator-…`).
    pub reason: Option<String>,
    /// Rises with every change: sent back with actions.
    pub version: u32,
    /// For whom.
    pub patient: PatientInput,
    /// By which prescription.
    pub prescription: PrescriptionInput,
    /// What and where.
    pub appointments: Vec<AppointmentView>,
    /// When it was written here.
    pub created_at: DateTime<Utc>,
    /// When the patient asked.
    pub requested_at: DateTime<Utc>,
    /// Inside the class's limit.
    pub in_time: Option<bool>,
    /// Separate from the number.
    pub cancellation_code: String,
    /// Last day to cancel without paying.
    pub cancel_by: Option<NaiveDate>,
    /// Ticket in cents.
    pub ticket_cents: Option<u32>,
    /// Exempt from the whole ticket.
    pub exempt: bool,
    /// What happened to it, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// What may be done now.
    pub actions: Vec<BookingAction>,
    /// Put away by the operator.
    pub archived: bool,
    /// Until when the places it waits for are surely kept for it, while they are.
    pub guaranteed_until: Option<DateTime<Utc>>,
}

/// One service of a booking.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct AppointmentView {
    /// Code of the service.
    pub service: ServiceCode,
    /// Name of the service.
    pub name: String,
    /// The place and time.
    pub span: SlotSpan,
    /// Wall time in Italy, `YYYY-MM-DDTHH:MM`.
    pub wall: String,
    /// Site.
    pub location: String,
    /// Municipality.
    pub municipality: String,
    /// Street; may be empty.
    pub address: String,
    /// Room; may be empty.
    pub room: String,
    /// Professional or team; may be empty.
    pub practitioner: String,
    /// Telephone of the site; may be empty.
    pub phone: String,
    /// What to do before; may be empty.
    pub preparation: String,
    /// This place was lost to a conflict.
    pub lost: bool,
}

/// A change under way on a booking that stands.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct PendingChange {
    /// Move or cancellation.
    pub change: ChangeKind,
    /// In queue, being sent, in conflict …
    pub state: BookingState,
    /// Until when the new places are surely kept, though the move itself is not confirmed.
    pub reserved_until: Option<DateTime<Utc>>,
    /// Where it is to be moved; wall time of the first appointment.
    pub wall: Option<String>,
    /// As in [`BookingView::reason`].
    pub reason: Option<String>,
}

/// Kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A first claim.
    Book,
    /// Other places.
    Move,
    /// No places.
    Cancel,
}

/// Something that happened to a booking.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct TimelineEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: TimelineKind,
    /// Which operation it belongs to.
    pub change: ChangeKind,
    /// The reason, as in [`BookingView::reason`].
    pub reason: Option<String>,
    /// Wall time of the places concerned, where there are any.
    pub wall: Option<String>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    /// Written here.
    Created,
    /// Sent for the first time.
    Sent,
    /// Acknowledged.
    Confirmed,
    /// The place was lost.
    Conflict,
    /// Refused.
    Rejected,
    /// Left to a person.
    NeedsOperator,
    /// Withdrawn before it was ever sent.
    Withdrawn,
    /// Put away by the operator.
    GivenUp,
}

/// What may be done with a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BookingAction {
    /// Sposta.
    Move,
    /// Annulla.
    Cancel,
    /// Ristampa.
    Print,
    /// Riprenota: choose an alternative.
    Rebook,
    /// Rinuncia.
    GiveUp,
}

/// A place that could replace a booking's.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct Alternative {
    /// The offer.
    pub offer: FoundRow,
    /// The same site as before.
    pub same_location: bool,
    /// Days later (or earlier, negative) than before.
    pub days_apart: i32,
}

/// A part of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum QueuePart {
    /// Conflicts, needs operator, and rejected ones not put away yet.
    ToResolve,
    /// Waiting or being sent.
    Waiting,
    /// With an outcome, newest first.
    Settled,
}

/// A page of the queue.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct QueueView {
    /// Bookings to resolve.
    pub to_resolve: u32,
    /// Bookings with operations waiting or being sent.
    pub waiting: u32,
    /// Bookings settled.
    pub settled: u32,
    /// The page.
    pub rows: Vec<QueueRow>,
    /// When the last operation was acknowledged.
    pub last_sent_at: Option<DateTime<Utc>>,
}

/// One booking in the queue.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct QueueRow {
    /// Its number.
    pub number: BookingNumber,
    /// What has become of it.
    pub state: BookingState,
    /// A move or cancellation under way.
    pub pending: Option<PendingChange>,
    /// As in [`BookingView::reason`].
    pub reason: Option<String>,
    /// Family and given name.
    pub patient: String,
    /// Name of the first service.
    pub service: String,
    /// Services.
    pub services: u8,
    /// Wall time of the first appointment.
    pub wall: String,
    /// Its site.
    pub location: String,
    /// Class.
    pub priority: Option<Priority>,
    /// First access or follow-up.
    pub access: AccessType,
    /// Since when it is in this part.
    pub since: DateTime<Utc>,
    /// As in [`BookingView::guaranteed_until`].
    pub guaranteed_until: Option<DateTime<Utc>>,
    /// Put away by the operator.
    pub archived: bool,
    /// Rises with every change.
    pub version: u32,
}
