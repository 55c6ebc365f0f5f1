//! The desk's own record: enrolment, patients, bookings, operations with their outcomes, access log.

mod bookings;
mod leases;
mod log;
mod outbox;
mod queue;
mod recovery;
mod settlement;
mod small;
mod state;
mod wants;

pub use bookings::{Change, NewBooking, StoredBooking};
pub use leases::{Exchanged, LeasedPlace};
pub(crate) use queue::part_of;
pub use queue::{QueueCounts, QueuePart};
pub use settlement::Settlement;
pub use small::Enrolment;
pub use state::{ChangeKind, Derived, OperationRow, Pending, derive};

use chrono::{DateTime, Utc};
use lanterna_model::booking_number::BookingNumber;
use rusqlite::Connection;
use uuid::Uuid;

use crate::error::StoreError;

/// The record, inside a transaction or for reading.
pub struct Record<'a> {
    pub(crate) db: &'a Connection,
}

/// An operation on its way to the central.
#[derive(Clone, PartialEq, Eq)]
pub struct QueuedOperation {
    /// Its id.
    pub id: Uuid,
    /// The desk's own numbering.
    pub number: u64,
    /// The booking it acts on.
    pub booking: BookingNumber,
    /// The bytes to be sent.
    pub body: String,
}

impl std::fmt::Debug for QueuedOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QueuedOperation({} #{})", self.id, self.number)
    }
}

impl<'a> Record<'a> {
    pub(crate) fn new(db: &'a Connection) -> Self {
        Self { db }
    }
}

pub(crate) fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH)
}

pub(crate) fn number(text: &str) -> Result<BookingNumber, StoreError> {
    text.parse().map_err(|_| StoreError::Row { table: "bookings" })
}
