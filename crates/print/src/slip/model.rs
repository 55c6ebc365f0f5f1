//! What a slip says, already decided by the caller.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

/// A booking slip. Wall times are those of Europe/Rome.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipModel {
    /// What may be promised.
    pub state: SlipState,
    /// A move or cancellation asked for and not yet answered, on a booking that stands.
    #[serde(default)]
    pub pending: Option<SlipPending>,
    /// Invented data: every page is marked DIMOSTRAZIONE.
    pub demonstration: bool,
    /// Whose booking centre it is, as the heading; may be empty.
    pub issuer: String,
    /// The booking number without separators; goes into the QR.
    pub number: String,
    /// The booking number in groups, for reading aloud.
    pub grouped_number: String,
    /// The cancellation code, in groups.
    pub cancellation_code: String,
    /// For whom.
    pub patient: SlipPatient,
    /// By which prescription.
    pub prescription: SlipPrescription,
    /// One for each service, in the order of time; at least one.
    pub appointments: Vec<SlipAppointment>,
    /// What is to be paid.
    pub ticket: SlipTicket,
    /// Number of the payment notice, 18 digits, if the booking centre issued one. Only a confirmed
    /// booking can have it.
    #[serde(default)]
    pub payment_notice: Option<String>,
    /// How to cancel.
    pub cancellation: SlipCancellation,
    /// When the slip was made.
    pub printed_at: NaiveDateTime,
    /// Which desk made it; may be empty.
    pub printed_by: String,
}

impl fmt::Debug for SlipModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlipModel")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What a slip may promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipState {
    /// No outcome and no leased place: nothing is promised.
    Awaiting,
    /// No outcome, on a leased place.
    Guaranteed {
        /// Until when the booking centre honours it.
        until: NaiveDateTime,
    },
    /// The booking centre acknowledged it.
    Confirmed,
    /// Its cancellation was acknowledged, or it was withdrawn before it was ever sent.
    Cancelled,
    /// The place went to somebody else: no slip.
    Conflict,
    /// A person has to look: no slip.
    NeedsOperator,
    /// Refused: no slip.
    Rejected,
}

impl SlipState {
    /// Whether the booking centre has not answered yet: the number is only a reference.
    #[must_use]
    pub fn is_provisional(self) -> bool {
        matches!(self, SlipState::Awaiting | SlipState::Guaranteed { .. })
    }
}

/// A change asked for and not yet answered: what is printed stands until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipPending {
    /// A cancellation.
    Cancellation,
    /// A move.
    Move {
        /// Start of the first appointment asked for.
        to: NaiveDateTime,
    },
}

/// For whom.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipPatient {
    /// Family and given name.
    pub name: String,
    /// Codice fiscale, or the code that stands in for it.
    pub code: String,
    /// Birth date, where known.
    pub born_on: Option<NaiveDate>,
}

/// By which prescription.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipPrescription {
    /// Its number, 15 characters.
    pub nre: String,
    /// Date on it.
    pub issued_on: Option<NaiveDate>,
    /// Class of a first access.
    pub class: Option<SlipClass>,
    /// First access or follow-up.
    pub access: SlipAccess,
}

/// A priority class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlipClass {
    /// Urgent.
    U,
    /// Brief.
    B,
    /// Deferrable.
    D,
    /// Programmable.
    P,
}

/// First access or follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipAccess {
    /// First access.
    First,
    /// Follow-up.
    FollowUp,
}

/// One service at its place and time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipAppointment {
    /// National code of the service.
    pub service_code: String,
    /// Its name; catalogue descriptions have up to 641 characters.
    pub service_name: String,
    /// Wall time of its start.
    pub starts_at: NaiveDateTime,
    /// Which of the two, in the hour that comes twice when the clock goes back.
    #[serde(default)]
    pub clock: Option<SlipClock>,
    /// Expected length in minutes, where known.
    pub minutes: Option<u16>,
    /// Site.
    pub location: String,
    /// Street; may be empty.
    pub address: String,
    /// Municipality; may be empty.
    pub municipality: String,
    /// Room; may be empty.
    pub room: String,
    /// Professional or team; may be empty.
    pub practitioner: String,
    /// Telephone of the site; may be empty.
    pub phone: String,
    /// What to do before; may be empty.
    pub preparation: String,
}

/// Which of two equal wall times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipClock {
    /// Before the clock goes back (*ora legale*).
    Summer,
    /// After it (*ora solare*).
    Standard,
}

/// What is to be paid. An exemption is named without its code, which may tell an illness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipTicket {
    /// An amount.
    Due {
        /// In cents of a euro.
        cents: u32,
    },
    /// Nothing.
    Exempt,
    /// Not known here.
    Unknown,
}

/// How to cancel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipCancellation {
    /// Last day without paying; none where fewer working days than asked for lie before.
    pub by: Option<NaiveDate>,
    /// Working days asked for, the day of the appointment not counted.
    pub working_days: u8,
    /// Where, one line each, such as "Numero unico CUP 0100 000000"; at least one.
    pub channels: Vec<String>,
}
