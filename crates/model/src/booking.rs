//! The words for what has become of a booking.

use serde::{Deserialize, Serialize};

use crate::ids::ServiceCode;
use crate::schedule::SlotSpan;

/// A booking as the screens name it; the Fluent ids are [`BookingState::word`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// No outcome and no lease: nothing is promised.
    Queued,
    /// No outcome, but the place is leased to this desk.
    Guaranteed,
    /// Being sent.
    Sending,
    /// The central acknowledged it.
    Confirmed,
    /// The place went to somebody else.
    Conflict,
    /// No rule can settle it.
    NeedsOperator,
    /// The central refused it, with a reason.
    Rejected,
    /// Its cancellation was acknowledged, or it was withdrawn before it was ever sent.
    Cancelled,
}

impl BookingState {
    /// Every state.
    pub const ALL: [BookingState; 8] = [
        BookingState::Queued,
        BookingState::Guaranteed,
        BookingState::Sending,
        BookingState::Confirmed,
        BookingState::Conflict,
        BookingState::NeedsOperator,
        BookingState::Rejected,
        BookingState::Cancelled,
    ];

    /// Id of its word in the Fluent catalogue.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            BookingState::Queued => "state-queued",
            BookingState::Guaranteed => "state-guaranteed",
            BookingState::Sending => "state-sending",
            BookingState::Confirmed => "state-confirmed",
            BookingState::Conflict => "state-conflict",
            BookingState::NeedsOperator => "state-needs-operator",
            BookingState::Rejected => "state-rejected",
            BookingState::Cancelled => "state-cancelled",
        }
    }

    /// Whether a person has to decide something.
    #[must_use]
    pub fn needs_a_decision(self) -> bool {
        matches!(self, BookingState::Conflict | BookingState::NeedsOperator)
    }
}

/// One prescribed service and the place it is to be given at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Line of the prescription, from 1.
    pub line: u8,
    /// The service.
    pub service: ServiceCode,
    /// The place and time.
    pub span: SlotSpan,
}
