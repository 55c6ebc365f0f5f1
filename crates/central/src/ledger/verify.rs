//! What a check of the whole ledger finds.

use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;

pub use super::slots::SlotCounts;

/// Everything counted, and every invariant that does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Schedules that some channel sees.
    pub schedules: u64,
    /// Published sessions.
    pub sessions: u64,
    /// Slots times places of all sessions.
    pub capacity: u64,
    /// The same by what they are.
    pub slots: SlotCounts,
    /// Bookings with their places.
    pub live: u64,
    /// Bookings that were cancelled.
    pub cancelled: u64,
    /// Bookings that never had a place, or not yet.
    pub unplaced: u64,
    /// Holds, expired ones included until they are swept.
    pub holds: u64,
    /// Live leases.
    pub leases: u64,
    /// Operations whose answers are kept.
    pub operations: u64,
    /// Enrolled desks.
    pub desks: u64,
    /// Rows of the feed.
    pub feed_rows: u64,
    /// What is wrong; empty in a sound ledger.
    pub faults: Vec<Fault>,
}

impl Verification {
    /// Whether every invariant holds.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// An invariant that does not hold. Bookings are named by the ledger's own row number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Free, held, leased, booked and closed do not add up.
    #[error("schedule {schedule}, session {start:?}: the slots do not add up to the capacity")]
    Sum {
        /// The schedule.
        schedule: ScheduleId,
        /// The session.
        start: Minute,
    },
    /// A live booking does not have all the cells it stands for.
    #[error("booking {booking}, line {line}: cells are missing")]
    BookingWithoutPlace {
        /// The booking.
        booking: i64,
        /// The line.
        line: u8,
    },
    /// A booking's state contradicts its appointments.
    #[error("booking {booking}: its state and its appointments disagree")]
    BookingState {
        /// The booking.
        booking: i64,
    },
    /// A hold does not have all the cells it stands for.
    #[error("hold {hold}: cells are missing")]
    HoldWithoutPlace {
        /// The hold.
        hold: i64,
    },
    /// A live lease does not have all the cells it stands for.
    #[error("lease {lease}: cells are missing")]
    LeaseWithoutPlace {
        /// The lease.
        lease: i64,
    },
    /// A lease's state contradicts how it ended, or its terms each other.
    #[error("lease {lease}: its state, its end and its terms disagree")]
    LeaseState {
        /// The lease.
        lease: i64,
    },
    /// Claimed cells that belong to no booking, no hold and no lease.
    #[error("{cells} claimed cells of kind {kind} belong to nobody")]
    OrphanClaims {
        /// As stored in the claims.
        kind: u8,
        /// How many.
        cells: i64,
    },
    /// Tickets of a quota that belong to no booking, no hold and no lease.
    #[error("{tickets} tickets of quotas belong to nobody")]
    OrphanTickets {
        /// How many.
        tickets: i64,
    },
    /// Lines of prescriptions and live bookings disagree.
    #[error("{lines} lines of prescriptions and the live bookings disagree")]
    Lines {
        /// How many.
        lines: i64,
    },
    /// An operation without an answer.
    #[error("{operations} operations stand without an answer")]
    Unanswered {
        /// How many.
        operations: i64,
    },
    /// The chain of the feed is broken.
    #[error("the chain of the feed breaks at {seq}")]
    Chain {
        /// At which row.
        seq: u64,
    },
    /// The feed says other than the claims.
    #[error("schedule {schedule}, session {start:?}: the feed and the claims disagree")]
    Feed {
        /// The schedule.
        schedule: ScheduleId,
        /// The session.
        start: Minute,
    },
}
