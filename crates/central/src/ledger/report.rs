//! What leases come to: the report for an administrator, the preview of a suspension, and the cases
//! in which a promise was kept on a place that is no longer what it was.

use chrono::{DateTime, NaiveDate, Utc};
use lanterna_model::access::Channel;
use lanterna_model::booking_number::{BookingNumber, DeskCode};
use lanterna_model::ids::{DeskId, ScheduleId};
use lanterna_model::priority::Priority;
use lanterna_model::time::Minute;

/// What leases do for desks and cost everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseReport {
    /// Desks that have live leases, by number.
    pub desks: Vec<DeskLeases>,
    /// Slots of the next [`LeaseReport::DAYS`] days that their owners opened …
    pub opened: u64,
    /// … and those of them that are set aside now.
    pub leased: u64,
    /// By the class that leases were asked for; those that none was ever asked for are left out.
    pub classes: Vec<ClassLeases>,
}

/// The live leases of a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskLeases {
    /// Its number.
    pub desk: DeskId,
    /// Its code.
    pub code: DeskCode,
    /// Its channel.
    pub channel: Channel,
    /// Live leases.
    pub live: u32,
    /// Those of them that are called back.
    pub recalled: u32,
}

/// What became of the leases of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassLeases {
    /// The class; none for follow-ups.
    pub class: Option<Priority>,
    /// All that were ever granted.
    pub granted: u64,
    /// Live.
    pub live: u64,
    /// Turned into bookings.
    pub consumed: u64,
    /// Given back by their desks.
    pub surrendered: u64,
    /// Over, and not used.
    pub lapsed: u64,
    /// Taken from stolen desks.
    pub voided: u64,
    /// Named by an operation that got no booking on them.
    pub spent: u64,
    /// Minutes for which places were set aside without being booked in the end, up to now: what
    /// leases cost everybody.
    pub unused_minutes: u64,
}

impl LeaseReport {
    /// Days that the share is counted over, today included.
    pub const DAYS: u16 = 14;

    /// Leased slots in a thousand of those that are open.
    #[must_use]
    pub fn share_permille(&self) -> u64 {
        (self.leased * 1_000).checked_div(self.opened).unwrap_or(0)
    }
}

/// What a suspension of a schedule would touch (rule 8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Appointments on it.
    pub bookings: u32,
    /// Places set aside for desks, on which patients may have been promised one already.
    pub leases: u32,
    /// Slots that nobody has yet.
    pub free: u64,
}

/// Days of a schedule, for [`Impact`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: NaiveDate,
    /// The last; open-ended when absent.
    pub to: Option<NaiveDate>,
}

/// Why a place is no longer what was promised. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Displacement {
    /// The schedule is suspended on that day.
    Suspended = 1,
    /// The schedule was withdrawn or is not valid on that day.
    Withdrawn = 2,
    /// No slot starts there, or its length is another one now.
    NoSuchSlot = 3,
    /// The owner closed the slot.
    Closed = 4,
    /// By its rules of today the schedule would not take the patient or the service.
    NotAdmitted = 5,
    /// It was confirmed to somebody else as well, by different lives of a ledger that went back in time
    /// (rule 12): the booking has a place of its own beside the published ones.
    Taken = 6,
    /// A line of the prescription has another live booking, from a different life of the ledger.
    LineTaken = 7,
}

impl Displacement {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        [
            Self::Suspended,
            Self::Withdrawn,
            Self::NoSuchSlot,
            Self::Closed,
            Self::NotAdmitted,
            Self::Taken,
            Self::LineTaken,
        ]
        .into_iter()
        .find(|why| why.code() == code)
    }
}

/// What is to be done about a displaced booking. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The centre moves it.
    Move = 1,
    /// The patient is called.
    Call = 2,
    /// It stays: the unit sees the patient all the same.
    Keep = 3,
}

impl Decision {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        [Self::Move, Self::Call, Self::Keep]
            .into_iter()
            .find(|decision| decision.code() == code)
    }
}

/// A booking that was promised on a lease and confirmed, though its place is no longer what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Displaced {
    /// Number of the case.
    pub case: i64,
    /// The booking.
    pub booking: BookingNumber,
    /// The line of its prescription.
    pub line: u8,
    /// The schedule.
    pub schedule: ScheduleId,
    /// When the appointment starts.
    pub start: Minute,
    /// What happened to its place.
    pub why: Displacement,
    /// When it was confirmed.
    pub at: DateTime<Utc>,
    /// What is to be done, once somebody has decided.
    pub decision: Option<Decision>,
}
