//! Leases as they are stored, and what a backend can do with them inside one transaction.

use chrono::{DateTime, Utc};
use lanterna_model::access::Channel;
use lanterna_model::availability::ClassMask;
use lanterna_model::ids::{DeskId, LeaseId, ScheduleId, ServiceCode};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_wire::stock::{Lease, StockReply};
use uuid::Uuid;

use super::LedgerError;
use super::books::Touched;
use super::choice::Offer;
use super::policy::Terms;
use super::report::{Decision, Displaced, Displacement};
use super::slots::StoredSession;
use super::stored::{ClaimedSpan, Owner};

type Result<T> = std::result::Result<T, LedgerError>;

/// How a lease stands. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LeaseState {
    /// The place is set aside.
    Live = 1,
    /// Turned into a booking.
    Consumed = 2,
    /// Given back by its desk.
    Surrendered = 3,
    /// Its time was over.
    Lapsed = 4,
    /// Taken from a desk that was stolen.
    Voided = 5,
    /// Named by an operation that got no booking on it (rules 3 and 20).
    Spent = 6,
}

impl LeaseState {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_code(code: u8) -> Result<Self> {
        [
            Self::Live,
            Self::Consumed,
            Self::Surrendered,
            Self::Lapsed,
            Self::Voided,
            Self::Spent,
        ]
        .into_iter()
        .find(|state| state.code() == code)
        .ok_or(LedgerError::Damaged { table: "leases" })
    }
}

/// A lease that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewLease {
    pub desk: DeskId,
    /// The life of the desk's record that it is bound to (rule 11).
    pub incarnation: Uuid,
    pub span: ClaimedSpan,
    /// Of the session, when it was set aside.
    pub revision: u32,
    /// What it was asked for.
    pub service: ServiceCode,
    /// The class it was asked for, as `choice::number` has it.
    pub wanted: u8,
    /// For whom it may be booked.
    pub classes: ClassMask,
    pub terms: Terms,
}

/// A lease, live or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredLease {
    pub id: LeaseId,
    pub lease: NewLease,
    /// Called back: to be surrendered.
    pub recalled: bool,
    pub state: LeaseState,
}

impl StoredLease {
    /// One that was just granted.
    pub(crate) fn new(id: LeaseId, lease: NewLease) -> Self {
        Self {
            id,
            lease,
            recalled: false,
            state: LeaseState::Live,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.state == LeaseState::Live
    }

    pub(crate) fn owner(&self) -> Owner {
        Owner::lease(self.id)
    }

    /// Whether the place is exactly the one that a span names; its revision does not matter.
    pub(crate) fn stands_for(&self, span: &SlotSpan) -> bool {
        let own = &self.lease.span;
        (own.schedule, own.start, own.place, own.minutes) == (span.schedule, span.start, span.place, span.minutes)
    }

    /// As the desk is told, with what is left of its terms in whole seconds.
    pub(crate) fn told(&self, now: DateTime<Utc>) -> Lease {
        let left = |until: DateTime<Utc>| {
            let seconds = (until - now).num_milliseconds().div_euclid(1_000);
            u32::try_from(seconds).unwrap_or(if seconds < 0 { 0 } else { u32::MAX })
        };
        let NewLease {
            span, terms, revision, ..
        } = &self.lease;
        Lease {
            id: self.id,
            span: SlotSpan {
                schedule: span.schedule,
                start: span.start,
                place: span.place,
                minutes: span.minutes,
                revision: *revision,
            },
            service: self.lease.service.clone(),
            classes: self.lease.classes.0,
            book_for_seconds: left(terms.book_until),
            honour_for_seconds: left(terms.honour_until),
            grant: String::new(),
        }
    }
}

/// The last exchange of one life of a desk's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredStock {
    pub number: u64,
    /// The id of its request.
    pub request: Uuid,
    /// The answer to it.
    pub reply: StockReply,
    /// No exchange of this life is answered any more.
    pub fenced: bool,
}

/// What a backend does with leases.
pub(crate) trait Leases {
    /// The policy as it is stored: JSON; none where nothing was decided.
    async fn lease_policy(&self) -> Result<Option<String>>;
    async fn set_lease_policy(&self, json: &str) -> Result<()>;

    /// The last exchange of a life of a desk's record. Nobody else exchanges for the desk until the
    /// transaction ends.
    async fn stock(&self, desk: DeskId, incarnation: Uuid) -> Result<Option<StoredStock>>;
    /// Notes an exchange in the place of the one before.
    async fn put_stock(&self, desk: DeskId, incarnation: Uuid, stock: &StoredStock) -> Result<()>;
    /// Fences every life of a desk's record but one.
    async fn fence_others(&self, desk: DeskId, but: Uuid) -> Result<()>;

    /// The live leases of a desk, of all lives of its record, by id. When they are `kept`, nobody
    /// else changes them until the transaction ends: to be asked for after seclusion only.
    async fn leases(&self, desk: DeskId, kept: bool) -> Result<Vec<StoredLease>>;
    /// Those leases that there are, whosever and however they stand, by id. Nobody else changes them
    /// until the transaction ends.
    async fn leases_named(&self, ids: &[LeaseId]) -> Result<Vec<StoredLease>>;
    /// Stores a lease, whose cells are to be claimed for its owner.
    async fn create_lease(&self, lease: &NewLease, now: DateTime<Utc>) -> Result<LeaseId>;
    async fn set_terms(&self, lease: LeaseId, terms: Terms) -> Result<()>;
    /// Ends a live lease and gives its cells and tickets back.
    async fn end_lease(&self, lease: &StoredLease, state: LeaseState, now: DateTime<Utc>) -> Result<()>;
    /// Turns a live lease into the place of a booking: its cells, and its ticket where it is for the
    /// class; another ticket is given back. The number of cells that were its own is the answer.
    async fn consume_lease(
        &self,
        lease: &StoredLease,
        booking: i64,
        class: Option<u8>,
        now: DateTime<Utc>,
    ) -> Result<u64>;

    /// Marks leases to be called back.
    async fn recall(&self, leases: &[LeaseId]) -> Result<()>;
    /// Live leases not called back yet that may lie on sessions that were touched: on their
    /// resources and within the longest session of them. Some of them may lie beside.
    async fn near(&self, touched: &Touched) -> Result<Vec<(LeaseId, ClaimedSpan)>>;
    /// Leases called back and still live, of the one life of a desk's record that may exchange.
    async fn recalled(&self, desk: DeskId) -> Result<u32>;

    /// The schedules that offer a service, by id, seen by whom they may be.
    async fn offers(&self, service: &ServiceCode) -> Result<Vec<Offer>>;
    /// The document of a service.
    async fn service(&self, service: &ServiceCode) -> Result<Option<String>>;
    /// The first sessions of schedules that start at or after one minute and before another, at most
    /// `most` of each.
    async fn sessions_within(
        &self,
        schedules: &[ScheduleId],
        from: Minute,
        before: Minute,
        most: u32,
    ) -> Result<Vec<StoredSession>>;
    /// Live leases on a schedule, whosever they are.
    async fn leased_on(&self, schedule: ScheduleId) -> Result<u32>;

    /// When a channel was last known to accept operations, in milliseconds.
    async fn accepting(&self, channel: Channel) -> Result<Option<i64>>;
    async fn set_accepting(&self, channel: Channel, at_ms: i64) -> Result<()>;
    /// Has the live leases of a channel's desks that were not over at one instant kept until another
    /// one at least.
    async fn extend(&self, channel: Channel, at_ms: i64, until: DateTime<Utc>) -> Result<()>;
    /// Live leases of open channels that are over, at most `most`.
    async fn lapsed(&self, now: DateTime<Utc>, most: u32) -> Result<Vec<LeaseId>>;

    /// Takes its token from a desk: 1 revoked, 2 stolen. What was said once is not made milder.
    async fn set_revoked(&self, desk: DeskId, how: u8) -> Result<()>;

    /// Notes that a booking was confirmed on a place that is no longer what it was.
    async fn displace(
        &self,
        booking: i64,
        line: u8,
        span: &SlotSpan,
        why: Displacement,
        now: DateTime<Utc>,
    ) -> Result<()>;
    /// Bookings that still stand on such places, by number of the case.
    async fn displaced(&self) -> Result<Vec<Displaced>>;
    /// Notes what is to be done; `false` when there is no such case.
    async fn decide(&self, case: i64, decision: Decision) -> Result<bool>;
    /// Appointments and live leases on a schedule that start at or after one minute and before another.
    async fn taken_within(&self, schedule: ScheduleId, from: Minute, before: Minute) -> Result<(u32, u32)>;
}
