//! What a backend can do inside one transaction. The acts of the ledger (`acts`) are written over
//! these traits once for all backends; a backend writes the SQL, and nothing else twice.
//!
//! The methods are asynchronous for the sake of a backend behind a network. SQLite's never wait.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use lanterna_model::access::{Channel, Channels};
use lanterna_model::booking_number::{BookingNumber, DeskCode};
use lanterna_model::ids::{BranchCode, DeskId, LeaseId, ResourceId, ScheduleId, ServiceCode};
use lanterna_model::schedule::Schedule;
use lanterna_model::time::Minute;
use lanterna_wire::operation::{Envelope, Placement};
use lanterna_wire::outcome::{Outcome, Settled};
use lanterna_wire::status::ServiceState;
use uuid::Uuid;

use super::facts::ScheduleFacts;
use super::feed::{ChainDigest, StoredRow};
use super::judge::BookingStanding;
use super::leases::Leases;
use super::recovery::Recovery;
use super::slots::StoredSession;
use super::stored::{
    ClaimedSpan, NewSession, Owner, StoredAnswer, StoredBooking, StoredCode, StoredDesk, StoredHold, StoredSchedule,
};
use super::{Desk, LedgerError, Region, SecretHash};

type Result<T> = std::result::Result<T, LedgerError>;

/// What becomes of a transaction whose work is done.
pub(crate) enum Done<T> {
    /// It is committed.
    Keep(T),
    /// It is rolled back; the answer stands all the same.
    Drop(T),
}

/// What a transaction changed that the feed has to tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    /// Time on resources whose claims changed: the sessions there, of whichever schedule.
    pub spans: Vec<(ResourceId, Minute, Minute)>,
    /// Sessions by schedule and start.
    pub sessions: BTreeSet<(ScheduleId, Minute)>,
    /// Schedules, with all their sessions.
    pub schedules: BTreeSet<ScheduleId>,
    /// The catalogue has another version.
    pub catalogue: bool,
    /// So much changed that the history is cut before it.
    pub everything: bool,
}

impl Touched {
    pub(crate) fn is_empty(&self) -> bool {
        self.spans.is_empty()
            && self.sessions.is_empty()
            && self.schedules.is_empty()
            && !self.catalogue
            && !self.everything
    }

    pub(crate) fn span(&mut self, span: &ClaimedSpan) {
        self.spans.push((span.resource, span.start, span.end()));
    }
}

/// What a transaction is about to claim or to give back.
#[derive(Default)]
pub(crate) struct Concern<'a> {
    pub resources: Vec<ResourceId>,
    /// Whatever this booking has.
    pub booking: Option<i64>,
    /// Whatever these holds keep, by their requests.
    pub holds: &'a [Uuid],
    /// Whatever these leases keep.
    pub leases: &'a [LeaseId],
    /// Holds on the resources that are over by then are deleted: one of these is none, and stands
    /// in nobody's way.
    pub over_by: Option<DateTime<Utc>>,
}

/// One transaction.
pub(crate) trait Books:
    Published + Desks + Claims + Bookings + Holds + Leases + Operations + Facts + Feed + Recovery
{
}

impl<T: Published + Desks + Claims + Bookings + Holds + Leases + Operations + Facts + Feed + Recovery> Books for T {}

/// The row of a ledger, as far as it describes the region.
pub(crate) struct RegionTexts {
    /// Counts the versions of the catalogue.
    pub catalogue: i64,
    /// JSON; none until a region is installed.
    pub rules: Option<String>,
    /// JSON.
    pub exemptions: String,
    /// JSON.
    pub municipalities: String,
}

/// Documents of the catalogue that every channel sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shelf {
    Services,
    Organizations,
    Locations,
}

impl Shelf {
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::Organizations => "organizations",
            Self::Locations => "locations",
        }
    }
}

/// What owners publish.
pub(crate) trait Published {
    /// The row of the ledger.
    async fn region_texts(&self) -> Result<RegionTexts>;
    /// The rules in it alone: every booking is judged by them.
    async fn rules(&self) -> Result<Option<String>>;
    /// All documents of a shelf, in the order of their keys.
    async fn shelf(&self, shelf: Shelf) -> Result<Vec<String>>;
    /// The documents of all schedules, in the order of their ids, with the channels that see them.
    async fn schedule_documents(&self) -> Result<Vec<(Channels, String)>>;
    /// The branches of those services that the catalogue has.
    async fn branches(&self, services: &[&ServiceCode]) -> Result<HashMap<ServiceCode, BranchCode>>;
    /// Those of the schedules that there are.
    async fn schedules(&self, ids: &[ScheduleId]) -> Result<HashMap<ScheduleId, StoredSchedule>>;
    /// The resource of every schedule that was ever known.
    async fn resources(&self) -> Result<HashMap<ScheduleId, ResourceId>>;
    /// All sessions of some schedules.
    async fn sessions_of(&self, ids: &[ScheduleId]) -> Result<HashMap<ScheduleId, Vec<StoredSession>>>;
    /// Puts the catalogue of a region in the place of the one before, schedules excepted.
    async fn put_catalogue(&self, region: &Region) -> Result<()>;
    /// Writes schedules, new ones and known ones.
    async fn put_schedules(&self, schedules: &[&Schedule]) -> Result<()>;
    /// Writes the sessions of schedules in the place of those they had.
    async fn replace_sessions(&self, schedules: &[(ScheduleId, Vec<NewSession>)]) -> Result<()>;
    /// Takes schedules from every channel, and their sessions with them.
    async fn withdraw(&self, schedules: &[ScheduleId]) -> Result<()>;
    /// The catalogue has another version from now on.
    async fn next_catalogue(&self) -> Result<()>;
}

/// Workstations and what their channels may do.
pub(crate) trait Desks {
    async fn add_code(&self, code: &SecretHash, channel: Channel, expires_ms: i64) -> Result<()>;
    /// A code. Nobody else uses one until the transaction ends.
    async fn code(&self, code: &SecretHash) -> Result<Option<StoredCode>>;
    async fn use_code(&self, code: &SecretHash, request: Uuid, desk: DeskId) -> Result<()>;
    /// The highest number that a desk has; 0 where there is none.
    async fn last_desk(&self) -> Result<u32>;
    async fn add_desk(&self, desk: &Desk, token: &SecretHash) -> Result<()>;
    /// Errors: [`LedgerError::NoSuchDesk`].
    async fn desk(&self, id: DeskId) -> Result<StoredDesk>;
    /// The desk of a token, and whether it was revoked: 0 not, 1 revoked, 2 as stolen.
    async fn desk_by_token(&self, token: &SecretHash) -> Result<Option<(Desk, u8)>>;
    /// The desk of a code.
    async fn desk_by_code(&self, code: &DeskCode) -> Result<Option<Desk>>;
    async fn set_acknowledged(&self, desk: DeskId, upto: u64) -> Result<()>;
    async fn service_state(&self, channel: Channel) -> Result<ServiceState>;
    async fn set_service_state(&self, channel: Channel, state: ServiceState) -> Result<()>;
    async fn token_secret(&self) -> Result<Vec<u8>>;
}

/// Cells of time and tickets of quotas.
pub(crate) trait Claims {
    /// To be called before anything is claimed or given back, with all that is concerned. Keeps
    /// others off its resources until the transaction ends, where others there are.
    async fn seclude(&self, concern: &Concern<'_>) -> Result<()>;
    /// Begins something that may have to be undone while the rest stays.
    async fn attempt(&self) -> Result<()>;
    /// Ends the attempt; undoes it unless it is kept.
    async fn attempted(&self, keep: bool) -> Result<()>;
    /// The last session of a schedule that starts at or before a minute: sessions of one schedule
    /// do not overlap, so no other can hold it.
    async fn session_before(&self, schedule: ScheduleId, minute: Minute) -> Result<Option<StoredSession>>;
    /// Claims those cells of a span that nobody has; how many they were. The key of the table
    /// decides, whoever asks at the same time.
    async fn claim_cells(&self, owner: Owner, span: &ClaimedSpan) -> Result<u64>;
    /// Holds of a desk that lie on a span, but for `owner` itself.
    async fn holds_on(&self, span: &ClaimedSpan, desk: DeskId, owner: Owner) -> Result<Vec<i64>>;
    /// The numbers of the tickets of a class that are taken in a session, in rising order.
    async fn tickets(&self, schedule: ScheduleId, session: Minute, class: u8) -> Result<Vec<u16>>;
    /// Takes a ticket; `false` when somebody else has it.
    async fn take_ticket(
        &self,
        owner: Owner,
        schedule: ScheduleId,
        session: Minute,
        class: u8,
        number: u16,
    ) -> Result<bool>;
    /// The sessions of which an owner has tickets: not always those that hold its places, which may
    /// no longer be published.
    async fn ticketed(&self, owner: Owner) -> Result<Vec<(ScheduleId, Minute)>>;
    /// Notes which classes of a session are released, and when the next will be.
    async fn release_quota(
        &self,
        schedule: ScheduleId,
        session: Minute,
        released: u8,
        next: Option<Minute>,
    ) -> Result<()>;
    /// Sessions with a release that is due, at most `most`, with their schedules; nobody else
    /// touches them until the transaction ends.
    async fn due_releases(&self, now: Minute, most: u32) -> Result<Vec<(StoredSession, Schedule)>>;
    /// Tickets that bookings and leases took in a session, by class.
    async fn booked_tickets(&self, schedule: ScheduleId, session: Minute) -> Result<[u32; 4]>;
}

/// Bookings and the places they have.
pub(crate) trait Bookings {
    /// A booking. Nobody else changes it until the transaction ends.
    async fn booking(&self, number: &BookingNumber) -> Result<Option<StoredBooking>>;
    /// A live booking of nobody in particular.
    async fn foreign_booking(&self, id: i64) -> Result<Option<i64>>;
    /// Start of the last appointment of a booking.
    async fn last_start(&self, booking: i64) -> Result<Option<Minute>>;
    /// A new booking without a place.
    async fn create_booking(&self, number: Option<&BookingNumber>, desk: DeskId) -> Result<i64>;
    async fn set_standing(&self, booking: i64, standing: BookingStanding) -> Result<()>;
    /// Notes that a booking is live, and for what.
    async fn set_placement(&self, booking: i64, placement: &Placement) -> Result<()>;
    /// Writes down which place an appointment has.
    async fn add_appointment(&self, booking: i64, line: u8, service: &str, span: &ClaimedSpan) -> Result<()>;
    /// Takes from a booking all that it has: places, tickets and lines of the prescription. The
    /// places are the answer.
    async fn strip(&self, booking: i64) -> Result<Vec<ClaimedSpan>>;
    /// Whether a line of a placement has a live booking but for `booking`.
    async fn booked_elsewhere(&self, booking: i64, placement: &Placement) -> Result<bool>;
    /// Takes the lines of the prescription; `false` when one of them has a live booking already.
    async fn take_lines(&self, booking: i64, placement: &Placement) -> Result<bool>;
}

/// Holds and what they keep.
pub(crate) trait Holds {
    /// A hold by its request. Nobody else changes it until the transaction ends.
    async fn hold(&self, request: Uuid) -> Result<Option<StoredHold>>;
    async fn create_hold(&self, request: Uuid, desk: DeskId, expires_ms: i64) -> Result<i64>;
    /// What a hold keeps, in the order in which it was asked for.
    async fn hold_spans(&self, hold: i64) -> Result<Vec<ClaimedSpan>>;
    async fn add_hold_span(&self, hold: i64, n: u8, span: &ClaimedSpan) -> Result<()>;
    /// Deletes a hold with all that it keeps. The feed never knew of it.
    async fn delete_hold(&self, hold: i64) -> Result<()>;
    /// Deletes holds whose time is over, at most `most`; how many they were.
    async fn delete_expired(&self, now: DateTime<Utc>, most: u32) -> Result<u32>;
}

/// Operations and their answers.
pub(crate) trait Operations {
    /// Inserts the row of an operation; `false` when it was there. Where two processes carry the
    /// same one, the second waits here for the first (rule 15).
    async fn open_operation(&self, desk: DeskId, envelope: &Envelope, hash: &[u8]) -> Result<bool>;
    /// What is known of an operation whose row is there.
    async fn answer(&self, id: Uuid) -> Result<StoredAnswer>;
    /// Whether an operation of a desk was answered, and belongs to a booking or to none.
    async fn was_answered(&self, id: Uuid, desk: DeskId, booking: Option<i64>) -> Result<bool>;
    /// Stores the outcome of an operation, as the last of its booking's chain, and has the feed
    /// tell what it changed. Where the feed is numbered after the commit, the number in the answer
    /// is 0 until then.
    async fn settle(
        &self,
        envelope: &Envelope,
        booking: Option<i64>,
        outcome: Outcome,
        now: DateTime<Utc>,
        touched: &Touched,
    ) -> Result<Settled>;
    /// Drops the stored answers that at most `most` desks have acknowledged; how many answers, and
    /// of how many desks. The last operation of a booking stays known as its chain's end.
    async fn drop_answers(&self, most: u32) -> Result<(u32, u32)>;
}

/// All that lies on sessions.
pub(crate) trait Facts {
    /// The schedules after one (the first ones where none is named), seen or not, in rising order,
    /// `most` at most, with all their sessions.
    async fn schedules_after(&self, after: Option<ScheduleId>, most: usize) -> Result<Vec<ScheduleFacts>>;
    /// Some schedules with all their sessions.
    async fn whole(&self, schedules: &BTreeSet<ScheduleId>) -> Result<Vec<ScheduleFacts>>;
    /// The sessions that were touched, and no others, by schedule. Holds may be left out.
    async fn around(&self, touched: &Touched) -> Result<Vec<ScheduleFacts>>;
    /// Runs a query of whole numbers without parameters.
    async fn numbers(&self, sql: &'static str) -> Result<Vec<Vec<i64>>>;
}

/// The feed of changes.
pub(crate) trait Feed {
    /// Names this life of the ledger.
    fn epoch(&self) -> &str;
    /// Number and digest of the last row.
    async fn feed_end(&self) -> Result<(u64, ChainDigest)>;
    /// The number of the oldest row.
    async fn feed_begin(&self) -> Result<u64>;
    /// The digest of a row that is still kept.
    async fn digest_at(&self, seq: u64) -> Result<Option<ChainDigest>>;
    /// Rows after a number, in order, at most `most`.
    async fn feed_after(&self, seq: u64, most: usize) -> Result<Vec<StoredRow>>;
    /// Has the feed tell what a transaction changed: after the claims (rule 22), once in it.
    async fn tell(&self, touched: &Touched) -> Result<()>;
    /// Drops every row before one, so that older cursors are gone.
    async fn cut_before(&self, seq: u64) -> Result<()>;
}
