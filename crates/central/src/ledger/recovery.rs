//! A ledger that went back in time: what is said of it, what desks bring to it, and what a backend does
//! for it inside one transaction (rules 12 and 13). PROTOCOL.md, *Recovery*.

use chrono::{DateTime, Utc};
use lanterna_model::availability::ClassMask;
use lanterna_model::ids::{DeskId, LeaseId, ResourceId, ScheduleId, ServiceCode};
use lanterna_model::time::Minute;
use lanterna_wire::operation::Envelope;
use lanterna_wire::outcome::Outcome;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::leases::{NewLease, StoredLease};
use super::policy::Terms;
use super::stored::{ClaimedSpan, Owner, instant, millis};
use super::{Desk, LedgerError};

/// Whether anything is given by the normal ways.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "condition", rename_all = "snake_case")]
pub enum Condition {
    /// It is.
    #[default]
    Sound,
    /// The ledger is not the one it was (rule 13). Nothing is given until an administrator has begun
    /// another life of it, or found the alarm false.
    Fenced {
        /// What was noticed.
        reason: FenceReason,
        /// When.
        at: DateTime<Utc>,
        /// Since when desks were telling what they have, if they were.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recovering: Option<DateTime<Utc>>,
    },
    /// Restored from a backup, and the desks tell what they have (rule 12).
    Recovery {
        /// When this life of the ledger began.
        since: DateTime<Utc>,
    },
}

impl Condition {
    /// Whether operations, holds and exchanges are answered.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        *self == Self::Sound
    }
}

/// How it was noticed that a ledger is not the one it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum FenceReason {
    /// A desk has seen more than there is, or something else at the same number.
    Cursor {
        /// The desk.
        desk: DeskId,
        /// The number that it has seen.
        seq: u64,
        /// The last number there is.
        head: u64,
    },
    /// The witness outside of the database has seen more, or something else at the same number.
    Witness {
        /// The number that it has seen.
        seq: u64,
        /// The last number there is.
        head: u64,
    },
    /// The witness outside of the database has seen another life of the ledger.
    Epoch,
}

impl std::fmt::Display for FenceReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cursor { desk, seq, head } => write!(
                f,
                "desk {desk} has seen change {seq}, which the ledger, now at {head}, does not have"
            ),
            Self::Witness { seq, head } => write!(
                f,
                "the witness outside the database has seen change {seq}, which the ledger, now at {head}, does not have"
            ),
            Self::Epoch => write!(
                f,
                "the witness outside the database has seen another life of the ledger"
            ),
        }
    }
}

/// A desk that has something to tell, or had when it was written off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The desk.
    pub desk: Desk,
    /// How far it has come.
    pub report: Report,
}

/// A life of a desk's record, and how many exchanges it has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordLife {
    /// Its name.
    pub incarnation: Uuid,
    /// Number of the last exchange; 0 before the first.
    pub exchanges: u64,
}

/// What a desk has told since the ledger began another life. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Report {
    /// Nothing that it has not told all of.
    Awaited = 0,
    /// All, or it had nothing to tell.
    Done = 1,
    /// An administrator goes on without it. It tells all the same, when it comes.
    WrittenOff = 2,
    /// All, but for some of it others have to be heard first.
    Heard = 3,
}

impl Report {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_code(code: u8) -> Result<Self, LedgerError> {
        [Self::Awaited, Self::Done, Self::WrittenOff, Self::Heard]
            .into_iter()
            .find(|report| report.code() == code)
            .ok_or(LedgerError::Damaged { table: "desks" })
    }

    /// Whether the recovery waits for the desk.
    #[must_use]
    pub fn is_missing(self) -> bool {
        matches!(self, Self::Awaited | Self::Heard)
    }
}

/// An outcome as the central seals it for the desk that gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The life of the ledger that settled it.
    pub epoch: String,
    /// Whose operation it was.
    pub desk: DeskId,
    /// Its id.
    pub operation: Uuid,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub hash: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When.
    pub at: DateTime<Utc>,
}

/// A lease as the central seals it for the desk that gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The life of the ledger that granted it.
    pub epoch: String,
    /// To whom.
    pub desk: DeskId,
    /// Its id.
    pub lease: LeaseId,
    /// The place …
    pub schedule: ScheduleId,
    /// … of whom …
    pub resource: ResourceId,
    /// … when …
    pub start: Minute,
    /// … which seat …
    pub place: u16,
    /// … for how long …
    pub minutes: u16,
    /// … as it was published.
    pub revision: u32,
    /// What it was asked for.
    pub service: ServiceCode,
    /// The class that it was asked for, as stored.
    pub wanted: u8,
    /// For whom it may be booked, as stored.
    pub classes: u8,
    /// The desk may promise it until then, in milliseconds since 1970.
    pub book_ms: i64,
    /// The central keeps it until then.
    pub honour_ms: i64,
}

impl Grant {
    pub(crate) fn of(lease: &StoredLease, epoch: &str) -> Self {
        let NewLease { span, terms, .. } = &lease.lease;
        Self {
            epoch: epoch.to_owned(),
            desk: lease.lease.desk,
            lease: lease.id,
            schedule: span.schedule,
            resource: span.resource,
            start: span.start,
            place: span.place,
            minutes: span.minutes,
            revision: lease.lease.revision,
            service: lease.lease.service.clone(),
            wanted: lease.lease.wanted,
            classes: lease.lease.classes.0,
            book_ms: millis(terms.book_until),
            honour_ms: millis(terms.honour_until),
        }
    }

    /// The lease as it is stored anew, for another life of the desk's record; none when its terms are none.
    pub(crate) fn lease(&self, incarnation: Uuid) -> Option<NewLease> {
        Some(NewLease {
            desk: self.desk,
            incarnation,
            span: ClaimedSpan {
                schedule: self.schedule,
                resource: self.resource,
                start: self.start,
                place: self.place,
                minutes: self.minutes,
            },
            revision: self.revision,
            service: self.service.clone(),
            wanted: self.wanted,
            classes: ClassMask(self.classes),
            terms: Terms {
                book_until: instant(self.book_ms)?,
                honour_until: instant(self.honour_ms)?,
            },
        })
    }
}

/// An operation that a desk brings back, with the outcome of which it has the central's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// As it was sent.
    pub envelope: Envelope,
    /// What became of it.
    pub receipt: Receipt,
}

/// What becomes of the leases that a desk brings back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptLeases {
    /// Those that hold on.
    pub leases: Vec<LeaseId>,
    /// The place of another one somebody has who may have given it back: others have to be heard first.
    pub waits: bool,
}

/// What a backend does for a ledger that went back in time.
pub(crate) trait Recovery {
    /// Something that the central notes of itself, by its name.
    async fn note(&self, name: &str) -> Result<Option<String>, LedgerError>;
    /// Writes a note in the place of the one before, or takes it away.
    async fn set_note(&self, name: &str, value: Option<&str>) -> Result<(), LedgerError>;
    /// Names another life of the ledger: the feed begins anew with its first row, leases are numbered
    /// from `first_lease` on, those there are live are called back until their desks assert them, and
    /// every desk is awaited that was not revoked.
    async fn begin_epoch(&self, epoch: &str, first_lease: LeaseId) -> Result<(), LedgerError>;
    /// How far a desk has come. Nobody else changes it until the transaction ends.
    async fn report(&self, desk: DeskId) -> Result<Report, LedgerError>;
    async fn set_report(&self, desk: DeskId, report: Report) -> Result<(), LedgerError>;
    /// Desks that were not revoked and have not told all, by number.
    async fn awaited(&self) -> Result<Vec<Awaited>, LedgerError>;
    /// Who has cells of a span, each once.
    async fn owners_on(&self, span: &ClaimedSpan) -> Result<Vec<Owner>, LedgerError>;
    /// Stores a lease under the id that it had, whose cells are to be claimed for its owner.
    async fn restore_lease(&self, id: LeaseId, lease: &NewLease, now: DateTime<Utc>) -> Result<(), LedgerError>;
    /// Binds a live lease to another life of its desk's record; it is not called back any more.
    async fn rebind_lease(&self, id: LeaseId, incarnation: Uuid) -> Result<(), LedgerError>;
}
