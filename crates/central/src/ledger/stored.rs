//! What every backend stores, and how it is spelt there.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lanterna_model::access::{Channel, Channels};
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::{DeskId, LeaseId, ResourceId, ScheduleId};
use lanterna_model::schedule::{PublishedSession, Schedule};
use lanterna_model::time::{CELL_MINUTES, Minute};
use lanterna_wire::outcome::Settled;
use lanterna_wire::status::ServiceState;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::judge::{BookingStanding, KnownBooking};
use super::slots::{Kind, StoredSession, cell_after, cell_of};
use super::{Desk, LedgerError, quota};

/// A schedule with the channels that see it now.
pub(crate) struct StoredSchedule {
    pub schedule: Schedule,
    /// None once it is withdrawn, whatever its document says.
    pub channels: Channels,
}

/// A desk and what its operations are measured by.
pub(crate) struct StoredDesk {
    pub desk: Desk,
    /// The number up to which its outcomes are acknowledged.
    pub acknowledged: u64,
    /// What its channel may do.
    pub service: ServiceState,
    /// It has no token any more, and gets nothing new.
    pub revoked: bool,
    /// It has told all it has of earlier lives of the ledger, or there are none.
    pub told: bool,
}

impl StoredDesk {
    /// Whether something has to be heard of it before anything new: what it was told by a ledger that was lost
    /// must not be done anew. Nobody waits for a revoked one, which can tell nothing.
    pub(crate) fn has_to_tell(&self) -> bool {
        !self.told && !self.revoked
    }
}

/// A booking, without what is in it.
pub(crate) struct StoredBooking {
    pub id: i64,
    pub desk: DeskId,
    pub standing: BookingStanding,
    /// The last operation of its chain.
    pub last: Option<Uuid>,
}

impl StoredBooking {
    /// What the rules want to know of it.
    pub(crate) fn known(&self, asking: DeskId, last_start: Option<Minute>) -> KnownBooking {
        KnownBooking {
            of_this_desk: self.desk == asking,
            standing: self.standing,
            last_start,
        }
    }
}

/// A hold, without what it keeps.
pub(crate) struct StoredHold {
    pub id: i64,
    pub desk: DeskId,
    pub expires_ms: i64,
}

/// An operation whose row stood there already.
pub(crate) struct StoredAnswer {
    /// SHA-256 of its bytes.
    pub hash: Vec<u8>,
    pub settled: Option<Settled>,
}

/// A one-time code.
pub(crate) struct StoredCode {
    pub channel: Channel,
    pub expires_ms: i64,
    /// The request that used it, and the desk it made.
    pub used: Option<(Vec<u8>, DeskId)>,
}

/// Whose a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub kind: Kind,
    /// Row of the hold, the lease or the booking.
    pub id: i64,
}

impl Owner {
    pub(crate) fn hold(id: i64) -> Self {
        let kind = Kind::Hold;
        Self { kind, id }
    }

    pub(crate) fn lease(id: LeaseId) -> Self {
        let (kind, id) = (Kind::Lease, id.0.cast_signed());
        Self { kind, id }
    }

    pub(crate) fn booking(id: i64) -> Self {
        let kind = Kind::Booking;
        Self { kind, id }
    }
}

/// Claimed time: what is needed to give it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaimedSpan {
    pub schedule: ScheduleId,
    pub resource: ResourceId,
    pub start: Minute,
    pub place: u16,
    pub minutes: u16,
}

impl ClaimedSpan {
    pub(crate) fn end(&self) -> Minute {
        self.start.plus(i32::from(self.minutes))
    }

    /// The cells it stands for, from the first to the one after the last.
    pub(crate) fn cells(&self) -> (i32, i32) {
        (cell_of(self.start), cell_after(self.end()))
    }

    /// How many cells it stands for.
    pub(crate) fn cell_count(&self) -> u64 {
        u64::from(self.minutes.div_ceil(CELL_MINUTES))
    }
}

/// A session as it is to be stored when its owner publishes it.
pub(crate) struct NewSession {
    pub published: PublishedSession,
    pub revision: u32,
    pub released: u8,
    /// Minute of the next release.
    pub release_at: Option<Minute>,
}

impl NewSession {
    /// A session put in the place of the one that stood at the same start, if one did: another one
    /// gets the next revision, and a release is never taken back.
    pub(crate) fn after(
        before: Option<&StoredSession>,
        schedule: &Schedule,
        published: &PublishedSession,
        now: DateTime<Utc>,
    ) -> Self {
        let mut published = published.clone();
        let used = published.closed.iter().rposition(|byte| *byte != 0);
        published.closed.truncate(used.map_or(0, |at| at + 1));
        let (revision, released) = before.map_or((1, 0), |old| {
            let same = old.published == published;
            (old.revision + u32::from(!same), old.released)
        });
        let released = quota::released_by(schedule, published.start, released, Minute::containing(now));
        let release_at = quota::next_release(schedule, published.start, released);
        Self {
            published,
            revision,
            released,
            release_at,
        }
    }

    /// Bytes of the closed bits, the zero ones at the end left out.
    pub(crate) fn closed(&self) -> &[u8] {
        &self.published.closed
    }
}

/// Tickets of quotas that bookings and leases took, by the start of their session and class.
pub(crate) type Tickets = HashMap<Minute, [u32; 4]>;

/// Notes how many tickets of a class a session has.
pub(crate) fn count_tickets(tickets: &mut Tickets, start: Minute, class: u8, count: u32) {
    if let Some(known) = tickets.entry(start).or_default().get_mut(usize::from(class)) {
        *known = count;
    }
}

/// Reads a stored JSON document.
pub(crate) fn document<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, LedgerError> {
    serde_json::from_str(text).map_err(|_| LedgerError::Damaged { table })
}

/// Writes a JSON document to be stored.
pub(crate) fn text<T: serde::Serialize>(table: &'static str, value: &T) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|_| LedgerError::Damaged { table })
}

/// An instant as it is stored.
pub(crate) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// A stored instant.
pub(crate) fn instant(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
}

pub(crate) fn channel(table: &'static str, name: &str) -> Result<Channel, LedgerError> {
    Channel::from_name(name).ok_or(LedgerError::Damaged { table })
}

pub(crate) fn desk(id: DeskId, code: &str, channel_name: &str) -> Result<Desk, LedgerError> {
    const DAMAGED: LedgerError = LedgerError::Damaged { table: "desks" };
    let code = DeskCode::parse(code).map_err(|_| DAMAGED)?;
    Ok(Desk {
        id,
        code,
        channel: channel("desks", channel_name)?,
    })
}

pub(crate) fn standing_code(standing: BookingStanding) -> u8 {
    match standing {
        BookingStanding::Unplaced => 0,
        BookingStanding::Live => 1,
        BookingStanding::Cancelled => 2,
    }
}

pub(crate) fn standing(code: u8) -> Result<BookingStanding, LedgerError> {
    match code {
        0 => Ok(BookingStanding::Unplaced),
        1 => Ok(BookingStanding::Live),
        2 => Ok(BookingStanding::Cancelled),
        _ => Err(LedgerError::Damaged { table: "bookings" }),
    }
}

const STATES: [(&str, ServiceState); 4] = [
    ("open", ServiceState::Open),
    ("read_only", ServiceState::ReadOnly),
    ("frozen", ServiceState::Frozen),
    ("closed", ServiceState::Closed),
];

/// What a channel may do, by its stored name: everything, until something else is said.
pub(crate) fn service_state(name: Option<&str>) -> Result<ServiceState, LedgerError> {
    let Some(name) = name else {
        return Ok(ServiceState::Open);
    };
    let found = STATES.iter().find(|(known, _)| *known == name);
    found.map(|(_, state)| *state).ok_or(LedgerError::Damaged {
        table: "service_states",
    })
}

pub(crate) fn service_state_name(state: ServiceState) -> &'static str {
    STATES
        .iter()
        .find(|(_, known)| *known == state)
        .map_or("open", |(name, _)| *name)
}
