//! The ledger in one SQLite file: for a practice, a trial, the demonstration and the simulator.
//!
//! One connection writes, behind a lock; every method is one transaction of it, done when its
//! future is first polled. Reads of a file go over a second connection, so that they do not wait
//! for a commit to reach the disk. The file is an ordinary one: without a key SQLCipher is SQLite.

mod bookings;
mod books;
mod changes;
mod claims;
mod desks;
mod facts;
mod holds;
mod leases;
mod operations;
mod publishing;
mod recovery;
mod rows;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::{DeskId, ScheduleId};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::{PublishedSession, SlotSpan, Suspension};
use lanterna_wire::Cursor;
use lanterna_wire::catalogue::Catalogue;
use lanterna_wire::changes::Page;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest};
use lanterna_wire::operation::Envelope;
use lanterna_wire::outcome::Answer;
use lanterna_wire::snapshot::hex;
use lanterna_wire::status::ServiceState;
use lanterna_wire::stock::{StockReply, StockRequest};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use rusqlite_migration::{M, Migrations};
use uuid::Uuid;

use self::books::{SqliteBooks, at_once};
use super::acts::{self, changes as feed, reading};
use super::books::{Desks, Done};
use super::feed::first_row;
use super::leases::Leases;
use super::recovery::Recovery;
use super::stored::{millis, text};
use super::{
    Awaited, Birth, Condition, CursorError, Days, Decision, Desk, Displaced, EnrolError, FenceReason, ForeignBooking,
    Grant, Impact, KeptLeases, LeasePolicy, LeaseReport, Ledger, LedgerError, RecordLife, Region, Report, Restored,
    Retention, SecretHash, Snapshot, Standing, Swept, TokenSecret, Verification,
};

/// Append-only: one that was released is never changed.
const MIGRATIONS: [&str; 3] = [
    include_str!("../../../../../migrations/central/sqlite/001-ledger.sql"),
    include_str!("../../../../../migrations/central/sqlite/002-leases.sql"),
    include_str!("../../../../../migrations/central/sqlite/003-recovery.sql"),
];

/// How long a second process may keep the file to itself.
const BUSY: Duration = Duration::from_secs(5);

/// The ledger in one SQLite file, or in memory.
pub struct SqliteLedger {
    writer: Mutex<Connection>,
    /// For small reads; none in memory, where the writer serves.
    reader: Option<Mutex<Connection>>,
    path: Option<PathBuf>,
}

impl SqliteLedger {
    /// Opens a ledger, and makes it where there is none.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] when the file cannot be opened, made or brought to this version.
    pub fn open(path: &Path, birth: &Birth) -> Result<Self, LedgerError> {
        let mut writer = Connection::open(path)?;
        prepare(&mut writer, birth)?;
        let reader = Connection::open(path)?;
        configure(&reader)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(Self {
            writer: Mutex::new(writer),
            reader: Some(Mutex::new(reader)),
            path: Some(path.to_owned()),
        })
    }

    /// A ledger in memory, gone when it is dropped.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] when there is no memory for it.
    pub fn in_memory(birth: &Birth) -> Result<Self, LedgerError> {
        let mut writer = Connection::open_in_memory()?;
        prepare(&mut writer, birth)?;
        Ok(Self {
            writer: Mutex::new(writer),
            reader: None,
            path: None,
        })
    }

    /// A copy in memory of all that is committed, as it would be put back from a backup.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] when there is no memory for it.
    pub fn copied(&self) -> Result<Self, LedgerError> {
        let mut copy = Connection::open_in_memory()?;
        let whole = Backup::new(&locked(&self.writer), &mut copy)?.step(-1)?;
        debug_assert_eq!(whole, StepResult::Done, "nobody else has the copy");
        configure(&copy)?;
        Ok(Self {
            writer: Mutex::new(copy),
            reader: None,
            path: None,
        })
    }

    /// Runs one transaction that writes.
    fn write<T>(&self, act: impl FnOnce(&SqliteBooks<'_>) -> Result<Done<T>, LedgerError>) -> Result<T, LedgerError> {
        let mut connection = locked(&self.writer);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match act(&books(&tx)?)? {
            Done::Keep(answer) => {
                tx.commit()?;
                Ok(answer)
            }
            Done::Drop(answer) => {
                tx.rollback()?;
                Ok(answer)
            }
        }
    }

    /// Runs one transaction that only reads.
    fn read<T>(&self, act: impl FnOnce(&SqliteBooks<'_>) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let mut connection = locked(self.reader.as_ref().unwrap_or(&self.writer));
        let tx = connection.transaction()?;
        act(&books(&tx)?)
    }

    /// Runs one long transaction that only reads, without keeping others from the ledger.
    fn read_at_length<T>(
        &self,
        act: impl FnOnce(&SqliteBooks<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let Some(path) = &self.path else {
            return self.read(act);
        };
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        let tx = connection.transaction()?;
        act(&books(&tx)?)
    }
}

/// The life of the ledger is read with every transaction: another process may begin the next one.
fn books(tx: &Connection) -> Result<SqliteBooks<'_>, LedgerError> {
    let epoch = tx
        .prepare_cached("SELECT epoch FROM ledger")?
        .query_row([], |row| row.get(0))?;
    Ok(SqliteBooks { tx, epoch })
}

fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // A panic in a transaction rolled it back when it was dropped: the connection is as sound as before.
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn configure(connection: &Connection) -> Result<(), LedgerError> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    // One plan for every value: a statement with a bound LIMIT would be compiled anew each time it is run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Brings a file to this version and gives it an epoch if it has none.
fn prepare(connection: &mut Connection, birth: &Birth) -> Result<(), LedgerError> {
    configure(connection)?;
    let migrations: Migrations<'_> = MIGRATIONS.into_iter().map(M::up).collect();
    migrations
        .to_latest(connection)
        .map_err(|fault| LedgerError::Storage(Box::new(fault)))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let known: Option<String> = transaction
        .query_row("SELECT epoch FROM ledger", [], |row| row.get(0))
        .optional()?;
    if known.is_none() {
        let epoch = hex(&birth.epoch);
        transaction.execute(
            "INSERT INTO ledger (one, epoch, secret) VALUES (1, ?1, ?2)",
            params![epoch, birth.secret.0.as_slice()],
        )?;
        changes::insert(&transaction, &first_row(&epoch))?;
    }
    Ok(transaction.commit()?)
}

async fn snapshot(books: &SqliteBooks<'_>) -> Result<Snapshot, LedgerError> {
    let head = feed::head(books).await?;
    reading::snapshot(books, head).await
}

impl From<rusqlite::Error> for LedgerError {
    fn from(fault: rusqlite::Error) -> Self {
        Self::Storage(Box::new(fault))
    }
}

impl Ledger for SqliteLedger {
    async fn install(&self, region: &Region, now: DateTime<Utc>) -> Result<(), LedgerError> {
        region.check()?;
        self.write(|books| at_once(acts::publishing::install(books, region, now)).map(Done::Keep))
    }

    async fn publish(
        &self,
        schedule: ScheduleId,
        sessions: &[PublishedSession],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        super::check_sessions(schedule, sessions)?;
        self.write(|books| at_once(acts::publishing::publish(books, schedule, sessions, now)).map(Done::Keep))
    }

    async fn suspend(&self, schedule: ScheduleId, suspension: Option<&Suspension>) -> Result<(), LedgerError> {
        self.write(|books| at_once(acts::publishing::suspend(books, schedule, suspension)).map(Done::Keep))
    }

    async fn add_enrolment_code(
        &self,
        code: &SecretHash,
        channel: Channel,
        expires: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        self.write(|books| at_once(books.add_code(code, channel, millis(expires))).map(Done::Keep))
    }

    async fn token_secret(&self) -> Result<TokenSecret, LedgerError> {
        self.read(|books| at_once(acts::desks::token_secret(books)))
    }

    async fn enrol(
        &self,
        code: &SecretHash,
        request: Uuid,
        token: &SecretHash,
        now: DateTime<Utc>,
    ) -> Result<Desk, EnrolError> {
        self.write(|books| at_once(acts::desks::enrol(books, code, request, token, now)))?
            .ok_or(EnrolError::Refused)
    }

    async fn desk_by_token(&self, token: &SecretHash) -> Result<Option<Desk>, LedgerError> {
        self.read(|books| at_once(acts::desks::by_token(books, token)))
    }

    async fn desk_of_rescue(&self, token: &SecretHash) -> Result<Option<Desk>, LedgerError> {
        self.read(|books| at_once(acts::desks::of_rescue(books, token)))
    }

    async fn status(&self, channel: Channel) -> Result<Standing, LedgerError> {
        self.read(|books| at_once(reading::standing(books, channel)))
    }

    async fn service_state(&self, channel: Channel) -> Result<ServiceState, LedgerError> {
        self.read(|books| at_once(acts::condition::service_state(books, channel)))
    }

    async fn set_service_state(
        &self,
        channel: Channel,
        state: ServiceState,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        self.write(|books| at_once(acts::service::set_state(books, channel, state, now)).map(Done::Keep))
    }

    async fn reopen(&self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.write(|books| at_once(acts::service::reopen(books, now)).map(Done::Keep))
    }

    async fn catalogue(&self, channel: Channel) -> Result<Catalogue, LedgerError> {
        self.read_at_length(|books| at_once(reading::catalogue(books, channel)))
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        self.read(|books| at_once(feed::head(books)))
    }

    async fn snapshot(&self) -> Result<Snapshot, LedgerError> {
        self.read_at_length(|books| at_once(snapshot(books)))
    }

    async fn changes(&self, channel: Channel, since: &Cursor, limit: usize) -> Result<Page, CursorError> {
        self.read(|books| at_once(feed::page(books, channel, since, limit)))?
    }

    async fn hold(
        &self,
        desk: DeskId,
        request: &HoldRequest,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<HoldReply, LedgerError> {
        self.write(|books| at_once(acts::holds::hold(books, desk, request, ttl, now)))
    }

    async fn release_hold(&self, desk: DeskId, hold: Uuid) -> Result<bool, LedgerError> {
        self.write(|books| at_once(acts::holds::release(books, desk, hold)))
    }

    async fn execute(&self, desk: DeskId, envelope: &Envelope, now: DateTime<Utc>) -> Result<Answer, LedgerError> {
        self.write(|books| at_once(acts::operations::execute(books, desk, envelope, now)))
    }

    async fn acknowledge(&self, desk: DeskId, upto: u64) -> Result<(), LedgerError> {
        self.write(|books| at_once(acts::desks::acknowledge(books, desk, upto)))
    }

    async fn sweep(&self, retention: &Retention, now: DateTime<Utc>) -> Result<Swept, LedgerError> {
        self.write(|books| at_once(acts::sweep::sweep(books, retention, now)))
    }

    async fn foreign_booking(
        &self,
        span: &SlotSpan,
        class: Option<Priority>,
        now: DateTime<Utc>,
    ) -> Result<Result<ForeignBooking, ConflictReason>, LedgerError> {
        self.write(|books| at_once(acts::foreign::book(books, span, class, now)))
    }

    async fn foreign_cancellation(&self, booking: ForeignBooking, _now: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.write(|books| at_once(acts::foreign::cancel(books, booking)))
    }

    async fn exchange(
        &self,
        desk: DeskId,
        request: &StockRequest,
        now: DateTime<Utc>,
    ) -> Result<StockReply, LedgerError> {
        self.write(|books| at_once(acts::stock::exchange(books, desk, request, now)))
    }

    async fn recalled(&self, desk: DeskId) -> Result<u32, LedgerError> {
        self.read(|books| at_once(books.recalled(desk)))
    }

    async fn lease_policy(&self) -> Result<LeasePolicy, LedgerError> {
        self.read(|books| at_once(acts::stock::policy(books)))
    }

    async fn set_lease_policy(&self, policy: &LeasePolicy) -> Result<(), LedgerError> {
        policy.check()?;
        let json = text("ledger", policy)?;
        self.write(|books| at_once(books.set_lease_policy(&json)).map(Done::Keep))
    }

    async fn lease_report(&self, now: DateTime<Utc>) -> Result<LeaseReport, LedgerError> {
        self.read_at_length(|books| at_once(acts::reports::leases(books, now)))
    }

    async fn impact(&self, schedule: ScheduleId, days: Days) -> Result<Impact, LedgerError> {
        self.read_at_length(|books| at_once(acts::reports::impact(books, schedule, days)))
    }

    async fn displaced(&self) -> Result<Vec<Displaced>, LedgerError> {
        self.read(|books| at_once(books.displaced()))
    }

    async fn decide(&self, case: i64, decision: Decision) -> Result<bool, LedgerError> {
        self.write(|books| at_once(books.decide(case, decision)).map(Done::Keep))
    }

    async fn desk_by_code(&self, code: &DeskCode) -> Result<Option<Desk>, LedgerError> {
        self.read(|books| at_once(books.desk_by_code(code)))
    }

    async fn revoke(&self, desk: DeskId, stolen: bool, now: DateTime<Utc>) -> Result<u32, LedgerError> {
        self.write(|books| at_once(acts::leases::revoke(books, desk, stolen, now)).map(Done::Keep))
    }

    async fn condition(&self) -> Result<Condition, LedgerError> {
        self.read(|books| at_once(acts::condition::condition(books)))
    }

    async fn fence(&self, reason: &FenceReason, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.write(|books| at_once(acts::condition::fence(books, reason, now)))
    }

    async fn lift(&self, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.write(|books| at_once(acts::condition::lift(books, now)))
    }

    async fn recover(&self, epoch: [u8; 16], now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.write(|books| at_once(acts::condition::recover(books, epoch, now)).map(Done::Keep))
    }

    async fn awaited(&self) -> Result<Vec<Awaited>, LedgerError> {
        self.read(|books| at_once(books.awaited()))
    }

    async fn write_off(&self, desk: DeskId, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.write(|books| at_once(acts::condition::write_off(books, desk, now)))
    }

    async fn assert_from(&self, desk: DeskId) -> Result<Option<u64>, LedgerError> {
        self.read(|books| at_once(acts::condition::assert_from(books, desk)))
    }

    async fn readmit(&self, desk: &Desk, token: &SecretHash) -> Result<bool, LedgerError> {
        self.write(|books| at_once(acts::condition::readmit(books, desk, token)))
    }

    async fn restore(&self, desk: DeskId, chain: &[Restored], now: DateTime<Utc>) -> Result<Vec<Answer>, LedgerError> {
        self.write(|books| at_once(acts::restoring::restore(books, desk, chain, now)))
    }

    async fn restore_leases(
        &self,
        desk: DeskId,
        incarnation: Uuid,
        grants: &[Grant],
        now: DateTime<Utc>,
    ) -> Result<KeptLeases, LedgerError> {
        self.write(|books| at_once(acts::restoring::restore_leases(books, desk, incarnation, grants, now)))
    }

    async fn told(
        &self,
        desk: DeskId,
        report: Report,
        life: RecordLife,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        self.write(|books| at_once(acts::condition::told(books, desk, report, life, now)))
    }

    async fn note(&self, name: &str) -> Result<Option<String>, LedgerError> {
        self.read(|books| at_once(books.note(name)))
    }

    async fn set_note(&self, name: &str, value: Option<&str>) -> Result<(), LedgerError> {
        self.write(|books| at_once(books.set_note(name, value)).map(Done::Keep))
    }

    async fn verify(&self) -> Result<Verification, LedgerError> {
        self.read_at_length(|books| at_once(acts::verification::verify(books, &[])))
    }
}
