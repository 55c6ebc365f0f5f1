//! The ledger: who has which place, what became of which operation, and what changed since when.
//!
//! [`Ledger`] is what the rest of the central knows of it. Rules that need no database stand in
//! `judge`, `slots`, `quota`, `feed`, `policy`, `choice` and `ratchet`; what is done in which order in a transaction stands in
//! `acts`, written over the traits of `books`. Both are shared by every backend, which implements
//! those traits and says how a transaction begins and ends.
//!
//! What every backend must do:
//! - A claim is a row under a unique key (resource, place, cell of five minutes). The constraint
//!   decides a race, never a check made before it.
//! - The row of an operation is inserted first in its transaction (rule 15): a second process that
//!   carries the same operation waits for it, then replays.
//! - Rows of the feed are written after the claims, and numbered in the order of commits
//!   (rule 22). SQLite has one writer, so counting is enough. PostgreSQL must number committed
//!   rows by one sequencer under an advisory lock: neither a plain sequence nor a transaction-id
//!   watermark gives that order.
//! - `now` is the database's time, read once per transaction, where several processes share it.

mod acts;
mod books;
mod choice;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
mod error;
mod facts;
mod feed;
mod judge;
mod leases;
mod policy;
pub mod postgres;
mod quota;
mod ratchet;
mod recovery;
mod region;
mod report;
mod slots;
mod sqlite;
mod stored;
mod token;
mod verify;

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use lanterna_model::access::{Channel, Channels};
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::{DeskId, LeaseId, ScheduleId};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::{PublishedSession, SlotSpan, Suspension};
use lanterna_wire::Cursor;
use lanterna_wire::catalogue::Catalogue;
use lanterna_wire::changes::Page;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest};
use lanterna_wire::operation::Envelope;
use lanterna_wire::outcome::Answer;
use lanterna_wire::status::{Interruption, ServiceState};
use lanterna_wire::stock::{StockReply, StockRequest};
use uuid::Uuid;

pub use error::{CursorError, EnrolError, LedgerError, RegionFault};
pub use policy::{LeasePolicy, PolicyFault};
pub use postgres::{PostgresLedger, PostgresSettings, Time, UrlError};
pub use recovery::{Awaited, Condition, FenceReason, Grant, KeptLeases, Receipt, RecordLife, Report, Restored};
pub use region::{MAX_SESSION_MINUTES, PublishedSchedule, Region, check_sessions};
pub use report::{ClassLeases, Days, Decision, DeskLeases, Displaced, Displacement, Impact, LeaseReport};
pub use sqlite::SqliteLedger;
pub use token::{TokenSecret, derive_token};
pub use verify::{Fault, SlotCounts, Verification};

/// SHA-256 of a secret: the only form in which codes and tokens are kept.
pub type SecretHash = [u8; 32];

/// What a new ledger is born with; an existing one ignores it. Drawn by the caller's adapter.
#[derive(Clone)]
pub struct Birth {
    /// Names this life of the ledger.
    pub epoch: [u8; 16],
    /// From which tokens are derived.
    pub secret: TokenSecret,
}

/// A workstation as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desk {
    /// Its number.
    pub id: DeskId,
    /// First four characters of its booking numbers.
    pub code: DeskCode,
    /// The door its bookings come through.
    pub channel: Channel,
}

/// What the status route tells one channel, in one consistent read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where the ledger stands.
    pub head: Cursor,
    /// What the channel may do.
    pub service: ServiceState,
    /// Why nothing is given by the normal ways, while that is so.
    pub interruption: Option<Interruption>,
    /// Version of the channel's catalogue, the same as in [`Catalogue::version`].
    pub catalogue: String,
}

/// All availability at one cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The point in the ledger that the rows show.
    pub cursor: Cursor,
    /// One for each schedule that some channel sees, in rising order of id.
    pub schedules: Vec<PackedSchedule>,
}

/// The availability of one schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedSchedule {
    /// The schedule.
    pub schedule: ScheduleId,
    /// The channels that may see it.
    pub channels: Channels,
    /// As `lanterna_model::availability` encodes it. Holds do not show in it.
    pub row: Vec<u8>,
    /// Slots in the row, free or not.
    pub slots: u32,
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Expired holds that were deleted.
    pub holds: u32,
    /// Sessions whose quota was released.
    pub released: u32,
    /// Stored answers that were dropped.
    pub answers: u32,
    /// Leases whose time was over, and which are ended now.
    pub leases: Vec<LeaseId>,
    /// A bound was reached: sweep again.
    pub more: bool,
}

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Rows of the feed; the oldest beyond them are dropped, and cursors before them are gone.
    /// A snapshot must not be handed out for longer than its cursor is kept (rule 27).
    pub feed_rows: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { feed_rows: 1_000_000 }
    }
}

/// A booking made by [`Ledger::foreign_booking`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ForeignBooking(pub i64);

/// The ledger of a central. Every method is one transaction: done wholly or not at all.
///
/// The methods are asynchronous for the sake of backends behind a network. [`SqliteLedger`] never
/// waits: its futures are ready at the first poll, so a simulation needs no runtime.
///
/// Every method fails with [`LedgerError`] when the storage fails; what it fails with besides is
/// said where it is.
pub trait Ledger: Send + Sync + 'static {
    /// Puts a whole region in place: catalogue, schedules and their sessions.
    ///
    /// What was there before is replaced, claims excepted: a claimed place survives. A schedule
    /// that the region no longer has stays known but loses its sessions and its channels. The
    /// history of changes is cut, so that every desk takes a new snapshot.
    ///
    /// Errors: [`LedgerError::Region`] when something in it does not fit together.
    fn install(&self, region: &Region, now: DateTime<Utc>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Publishes all sessions of a schedule anew; sessions left out are withdrawn. Claimed places
    /// survive as claims even where no slot fits them any longer. A session that differs from what
    /// stood at the same start gets the next revision.
    ///
    /// Errors: [`LedgerError::NoSuchSchedule`], [`LedgerError::Region`].
    fn publish(
        &self,
        schedule: ScheduleId,
        sessions: &[PublishedSession],
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Suspends a schedule, or ends its suspension. Claims stay as they are. The suspension is part
    /// of the catalogue: the bits of its sessions do not change.
    ///
    /// Errors: [`LedgerError::NoSuchSchedule`].
    fn suspend(
        &self,
        schedule: ScheduleId,
        suspension: Option<&Suspension>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Makes a one-time enrolment code, of which only the hash is kept.
    fn add_enrolment_code(
        &self,
        code: &SecretHash,
        channel: Channel,
        expires: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// The secret from which [`derive_token`] makes the token of a new desk. With a token that
    /// follows from secret, code and request, a repeated request gets the same one, though only
    /// its hash is kept.
    fn token_secret(&self) -> impl Future<Output = Result<TokenSecret, LedgerError>> + Send;

    /// Turns a one-time code into a desk. The same request repeated gets the same desk, even once
    /// the code has expired; another request with a used code is refused.
    ///
    /// Errors: [`EnrolError::Refused`] without saying whether the code was wrong, used or expired.
    fn enrol(
        &self,
        code: &SecretHash,
        request: Uuid,
        token: &SecretHash,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Desk, EnrolError>> + Send;

    /// The desk that a token lets in: one that is not revoked.
    fn desk_by_token(&self, token: &SecretHash) -> impl Future<Output = Result<Option<Desk>, LedgerError>> + Send;

    /// The desk whose token a rescue file holds: also one that was revoked, for what it did before
    /// enters this way (rule 9), though not a stolen one.
    fn desk_of_rescue(&self, token: &SecretHash) -> impl Future<Output = Result<Option<Desk>, LedgerError>> + Send;

    /// What the status route says, for one channel.
    fn status(&self, channel: Channel) -> impl Future<Output = Result<Standing, LedgerError>> + Send;

    /// What a channel may do.
    fn service_state(&self, channel: Channel) -> impl Future<Output = Result<ServiceState, LedgerError>> + Send;

    /// Says what a channel may do. When it accepts operations again, leases of its desks that were
    /// not over when it ceased are kept for as long as it takes to send what was booked on them
    /// (rule 4).
    fn set_service_state(
        &self,
        channel: Channel,
        state: ServiceState,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// The central serves again, after a stop of whatever length: to be called before the first
    /// request. Leases that were not over when it was last there are kept as after
    /// [`Ledger::set_service_state`].
    fn reopen(&self, now: DateTime<Utc>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// The catalogue as one channel sees it.
    ///
    /// Errors: [`LedgerError::NotInstalled`] before the first [`Ledger::install`].
    fn catalogue(&self, channel: Channel) -> impl Future<Output = Result<Catalogue, LedgerError>> + Send;

    /// Where the history of changes ends.
    fn head(&self) -> impl Future<Output = Result<Cursor, LedgerError>> + Send;

    /// All availability in one consistent read. Heavy: a caller keeps the result while
    /// [`Ledger::head`] stays the same.
    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, LedgerError>> + Send;

    /// What changed since a cursor, for one channel, about `limit` rows at most: a page never
    /// splits a transaction. Several changes of one session come as the last of them.
    ///
    /// Errors: [`CursorError::Gone`] and [`CursorError::Ahead`].
    fn changes(
        &self,
        channel: Channel,
        since: &Cursor,
        limit: usize,
    ) -> impl Future<Output = Result<Page, CursorError>> + Send;

    /// Keeps places for a desk, all or none, for `ttl` from `now`. The same request repeated gets
    /// the same hold with what is left of its time. The desk's other holds never stand in its way:
    /// those that do are released. Holds never enter the feed (rule 24).
    ///
    /// Errors: [`LedgerError::Malformed`] for none or too many spans, or when the id is another
    /// desk's or came with other spans; [`LedgerError::NotOpen`]; [`LedgerError::NoSuchDesk`].
    fn hold(
        &self,
        desk: DeskId,
        request: &HoldRequest,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<HoldReply, LedgerError>> + Send;

    /// Lets a hold of a desk go; `false` when there is none of that id.
    fn release_hold(&self, desk: DeskId, hold: Uuid) -> impl Future<Output = Result<bool, LedgerError>> + Send;

    /// Executes an operation or replays its outcome.
    ///
    /// Errors: [`LedgerError::NoSuchDesk`]. A failed transaction leaves nothing behind: the desk
    /// is to be told "not yet".
    fn execute(
        &self,
        desk: DeskId,
        envelope: &Envelope,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Answer, LedgerError>> + Send;

    /// Notes that a desk has durably stored every outcome up to a number. The mark never falls.
    ///
    /// Errors: [`LedgerError::NoSuchDesk`].
    fn acknowledge(&self, desk: DeskId, upto: u64) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Notes that open channels accept operations, ends leases whose time is over, deletes expired
    /// holds, commits timed releases of quotas, and drops what is kept no longer. Bounded work; call
    /// again while [`Swept::more`]. A sweep that comes after a silence longer than the policy's
    /// `gap_seconds` first gives the leases their time back (rule 4): nothing else but a sweep ever
    /// ends a lease by time, and never on a channel that is not open.
    fn sweep(
        &self,
        retention: &Retention,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Swept, LedgerError>> + Send;

    /// Books a place for nobody in particular, as other desks of other channels would: the
    /// background of a demonstration. The claim, quota and feed are those of any booking.
    fn foreign_booking(
        &self,
        span: &SlotSpan,
        class: Option<Priority>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Result<ForeignBooking, ConflictReason>, LedgerError>> + Send;

    /// Cancels such a booking; `false` when it is not live.
    fn foreign_cancellation(
        &self,
        booking: ForeignBooking,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<bool, LedgerError>> + Send;

    /// One exchange of stock: takes back what a desk surrenders, renews what it has and sets more
    /// aside, by the policy. The same exchange repeated gets the same answer, word for word.
    ///
    /// Errors: [`LedgerError::Malformed`] beyond the bounds of `lanterna_wire::limits` or for the
    /// number 0; [`LedgerError::NoSuchDesk`], which a revoked one is; [`LedgerError::NotOpen`] while the
    /// ledger is not sound, or the desk has still to tell what it has.
    fn exchange(
        &self,
        desk: DeskId,
        request: &StockRequest,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<StockReply, LedgerError>> + Send;

    /// Leases of a desk that are called back and were not given back yet, for the status route.
    fn recalled(&self, desk: DeskId) -> impl Future<Output = Result<u32, LedgerError>> + Send;

    /// What decides on leases.
    fn lease_policy(&self) -> impl Future<Output = Result<LeasePolicy, LedgerError>> + Send;

    /// Decides on leases from now on. Those that are live keep their terms.
    ///
    /// Errors: [`LedgerError::Policy`].
    fn set_lease_policy(&self, policy: &LeasePolicy) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// What leases do and cost. Reads all sessions.
    fn lease_report(&self, now: DateTime<Utc>) -> impl Future<Output = Result<LeaseReport, LedgerError>> + Send;

    /// What a suspension of a schedule on some days would touch.
    ///
    /// Errors: [`LedgerError::NoSuchSchedule`].
    fn impact(&self, schedule: ScheduleId, days: Days) -> impl Future<Output = Result<Impact, LedgerError>> + Send;

    /// Bookings that were promised on a lease and confirmed, though their place is no longer what it
    /// was, and that still stand there.
    fn displaced(&self) -> impl Future<Output = Result<Vec<Displaced>, LedgerError>> + Send;

    /// Notes what is to be done about one of them; `false` when there is no such case.
    fn decide(&self, case: i64, decision: Decision) -> impl Future<Output = Result<bool, LedgerError>> + Send;

    /// The desk of a code, revoked or not.
    fn desk_by_code(&self, code: &DeskCode) -> impl Future<Output = Result<Option<Desk>, LedgerError>> + Send;

    /// Revokes a desk: its token is good for nothing any more, and it gets no leases. Those it has
    /// stay until their time is over, for what it booked on them before; only those of a `stolen` one
    /// are void at once (rule 9). How many were voided is the answer.
    ///
    /// Errors: [`LedgerError::NoSuchDesk`].
    fn revoke(
        &self,
        desk: DeskId,
        stolen: bool,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<u32, LedgerError>> + Send;

    /// Whether anything is given by the normal ways.
    fn condition(&self) -> impl Future<Output = Result<Condition, LedgerError>> + Send;

    /// Gives nothing any more, until an administrator has looked (rule 13). `false` where that was so
    /// already.
    fn fence(&self, reason: &FenceReason, now: DateTime<Utc>)
    -> impl Future<Output = Result<bool, LedgerError>> + Send;

    /// Takes a fence away that was raised by a false alarm; `false` where there is none.
    fn lift(&self, now: DateTime<Utc>) -> impl Future<Output = Result<bool, LedgerError>> + Send;

    /// Begins another life of a ledger that was restored from a backup, in recovery (rule 12). `epoch` is
    /// random and names it. It ends by itself once no desk is awaited.
    fn recover(&self, epoch: [u8; 16], now: DateTime<Utc>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Desks that have not told all they have, written off or not.
    fn awaited(&self) -> impl Future<Output = Result<Vec<Awaited>, LedgerError>> + Send;

    /// Ends the waiting for a desk; `false` when nobody waits for it. What it tells later is restored all
    /// the same, and opens a case where the place has gone to somebody else.
    fn write_off(&self, desk: DeskId, now: DateTime<Utc>) -> impl Future<Output = Result<bool, LedgerError>> + Send;

    /// The number of the first operation that a desk is to assert, if it has not told all it has.
    fn assert_from(&self, desk: DeskId) -> impl Future<Output = Result<Option<u64>, LedgerError>> + Send;

    /// Takes a desk in again that a ledger before the restored one had enrolled, with the token it has;
    /// `false` where there is no such ledger, or its number or code is somebody's.
    fn readmit(&self, desk: &Desk, token: &SecretHash) -> impl Future<Output = Result<bool, LedgerError>> + Send;

    /// Restores operations of one booking from outcomes that the central has sealed, in their order: all
    /// of them, or each is answered "not yet". An answer that the ledger has wins.
    ///
    /// Errors: [`LedgerError::NoSuchDesk`]; [`LedgerError::Malformed`] when they are of several bookings.
    fn restore(
        &self,
        desk: DeskId,
        chain: &[Restored],
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<Answer>, LedgerError>> + Send;

    /// Restores leases that the central has sealed, for the present life of the desk's record; those that
    /// hold on are the answer. To be called once every operation of the desk was told.
    ///
    /// Errors: [`LedgerError::NoSuchDesk`].
    fn restore_leases(
        &self,
        desk: DeskId,
        incarnation: Uuid,
        grants: &[Grant],
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<KeptLeases, LedgerError>> + Send;

    /// Notes how far a desk has come. One that has told all goes on to exchange with the next number of
    /// its life, whatever the ledger had counted. The recovery ends with the last that was awaited.
    fn told(
        &self,
        desk: DeskId,
        report: Report,
        life: RecordLife,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Something that the central notes of itself beside the ledger's own notes.
    fn note(&self, name: &str) -> impl Future<Output = Result<Option<String>, LedgerError>> + Send;

    /// Writes such a note, or takes it away.
    fn set_note(&self, name: &str, value: Option<&str>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Counts everything and checks every invariant. Reads the whole ledger.
    fn verify(&self) -> impl Future<Output = Result<Verification, LedgerError>> + Send;

    /// Keeps chunks of snapshots, by their hashes, where other processes find them; for an hour at
    /// least, from the last time. Does nothing where a ledger has one process.
    fn keep_chunks(&self, chunks: &[(String, Bytes)]) -> impl Future<Output = Result<(), LedgerError>> + Send {
        let _ = chunks;
        std::future::ready(Ok(()))
    }

    /// A chunk that another process kept.
    fn kept_chunk(&self, hash: &str) -> impl Future<Output = Result<Option<Bytes>, LedgerError>> + Send {
        let _ = hash;
        std::future::ready(Ok(None))
    }

    /// Waits until another process may have moved the head. Never, where a backend hears of no
    /// other: whoever waits looks at the head now and then besides.
    fn stirred(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}
