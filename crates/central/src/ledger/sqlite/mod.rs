//! The ledger in one SQLite file: for a practice, a trial, the demonstration and the simulator.
//!
//! One connection writes, behind a lock; every method is one transaction of it, done when its
//! future is first polled. Reads of a file go over a second connection, so that they do not wait
//! for a commit to reach the disk. The file is an ordinary one: without a key SQLCipher is SQLite.

mod bookings;
mod changes;
mod claims;
mod desks;
mod foreign;
mod holds;
mod operations;
mod publishing;
mod rows;
mod snapshot;
mod sweep;
#[cfg(test)]
mod tests;
mod verification;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use lanterna_model::access::Channel;
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
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use rusqlite_migration::{M, Migrations};
use uuid::Uuid;

use super::{
    Birth, CursorError, Desk, EnrolError, ForeignBooking, Ledger, LedgerError, Region, Retention, SecretHash, Snapshot,
    Standing, Swept, TokenSecret, Verification, feed,
};

/// Append-only: one that was released is never changed.
const MIGRATIONS: [&str; 1] = [include_str!("../../../../../migrations/central/sqlite/001-ledger.sql")];

/// How long a second process may keep the file to itself.
const BUSY: Duration = Duration::from_secs(5);

/// What becomes of a transaction whose work is done.
enum Done<T> {
    /// It is committed.
    Keep(T),
    /// It is rolled back; the answer stands all the same.
    Drop(T),
}

/// The ledger in one SQLite file, or in memory.
pub struct SqliteLedger {
    writer: Mutex<Connection>,
    /// For small reads; none in memory, where the writer serves.
    reader: Option<Mutex<Connection>>,
    path: Option<PathBuf>,
    epoch: String,
}

impl SqliteLedger {
    /// Opens a ledger, and makes it where there is none.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] when the file cannot be opened, made or brought to this version.
    pub fn open(path: &Path, birth: &Birth) -> Result<Self, LedgerError> {
        let mut writer = Connection::open(path)?;
        let epoch = prepare(&mut writer, birth)?;
        let reader = Connection::open(path)?;
        configure(&reader)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(Self {
            writer: Mutex::new(writer),
            reader: Some(Mutex::new(reader)),
            path: Some(path.to_owned()),
            epoch,
        })
    }

    /// A ledger in memory, gone when it is dropped.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] when there is no memory for it.
    pub fn in_memory(birth: &Birth) -> Result<Self, LedgerError> {
        let mut writer = Connection::open_in_memory()?;
        let epoch = prepare(&mut writer, birth)?;
        Ok(Self {
            writer: Mutex::new(writer),
            reader: None,
            path: None,
            epoch,
        })
    }

    /// Runs one transaction that writes.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<Done<T>, LedgerError>) -> Result<T, LedgerError> {
        let mut connection = locked(&self.writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match work(&transaction)? {
            Done::Keep(answer) => {
                transaction.commit()?;
                Ok(answer)
            }
            Done::Drop(answer) => {
                transaction.rollback()?;
                Ok(answer)
            }
        }
    }

    /// Runs one transaction that only reads.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let mut connection = locked(self.reader.as_ref().unwrap_or(&self.writer));
        let transaction = connection.transaction()?;
        work(&transaction)
    }

    /// Runs one long transaction that only reads, without keeping others from the ledger.
    fn read_at_length<T>(&self, work: impl FnOnce(&Connection) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let Some(path) = &self.path else {
            return self.read(work);
        };
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        let transaction = connection.transaction()?;
        work(&transaction)
    }
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
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Brings a file to this version and gives it an epoch if it has none. Answers with the epoch.
fn prepare(connection: &mut Connection, birth: &Birth) -> Result<String, LedgerError> {
    configure(connection)?;
    let migrations: Migrations<'_> = MIGRATIONS.into_iter().map(M::up).collect();
    migrations
        .to_latest(connection)
        .map_err(|fault| LedgerError::Storage(Box::new(fault)))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let known: Option<String> = transaction
        .query_row("SELECT epoch FROM ledger", [], |row| row.get(0))
        .optional()?;
    let epoch = match known {
        Some(epoch) => epoch,
        None => {
            let epoch = hex(&birth.epoch);
            transaction.execute(
                "INSERT INTO ledger (one, epoch, secret) VALUES (1, ?1, ?2)",
                params![epoch, birth.secret.0.as_slice()],
            )?;
            changes::bear(&transaction, feed::origin(&epoch))?;
            epoch
        }
    };
    transaction.commit()?;
    Ok(epoch)
}

impl From<rusqlite::Error> for LedgerError {
    fn from(fault: rusqlite::Error) -> Self {
        Self::Storage(Box::new(fault))
    }
}

impl Ledger for SqliteLedger {
    async fn install(&self, region: &Region, now: DateTime<Utc>) -> Result<(), LedgerError> {
        region.check()?;
        self.write(|tx| publishing::install(tx, region, now).map(Done::Keep))
    }

    async fn publish(
        &self,
        schedule: ScheduleId,
        sessions: &[PublishedSession],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        super::check_sessions(schedule, sessions)?;
        self.write(|tx| publishing::publish(tx, schedule, sessions, now).map(Done::Keep))
    }

    async fn suspend(&self, schedule: ScheduleId, suspension: Option<&Suspension>) -> Result<(), LedgerError> {
        self.write(|tx| publishing::suspend(tx, schedule, suspension).map(Done::Keep))
    }

    async fn add_enrolment_code(
        &self,
        code: &SecretHash,
        channel: Channel,
        expires: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        self.write(|tx| desks::add_code(tx, code, channel, expires).map(Done::Keep))
    }

    async fn token_secret(&self) -> Result<TokenSecret, LedgerError> {
        self.read(desks::token_secret)
    }

    async fn enrol(
        &self,
        code: &SecretHash,
        request: Uuid,
        token: &SecretHash,
        now: DateTime<Utc>,
    ) -> Result<Desk, EnrolError> {
        self.write(|tx| desks::enrol(tx, code, request, token, now))?
            .ok_or(EnrolError::Refused)
    }

    async fn desk_by_token(&self, token: &SecretHash) -> Result<Option<Desk>, LedgerError> {
        self.read(|tx| desks::by_token(tx, token))
    }

    async fn status(&self, channel: Channel) -> Result<Standing, LedgerError> {
        self.read(|tx| {
            Ok(Standing {
                head: changes::head(tx, &self.epoch)?,
                service: desks::service_state(tx, channel)?,
                catalogue: publishing::catalogue_version(tx, &self.epoch, channel)?,
            })
        })
    }

    async fn service_state(&self, channel: Channel) -> Result<ServiceState, LedgerError> {
        self.read(|tx| desks::service_state(tx, channel))
    }

    async fn set_service_state(&self, channel: Channel, state: ServiceState) -> Result<(), LedgerError> {
        self.write(|tx| desks::set_service_state(tx, channel, state).map(Done::Keep))
    }

    async fn catalogue(&self, channel: Channel) -> Result<Catalogue, LedgerError> {
        self.read_at_length(|tx| publishing::catalogue(tx, &self.epoch, channel))
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        self.read(|tx| changes::head(tx, &self.epoch))
    }

    async fn snapshot(&self) -> Result<Snapshot, LedgerError> {
        self.read_at_length(|tx| snapshot::take(tx, &self.epoch))
    }

    async fn changes(&self, channel: Channel, since: &Cursor, limit: usize) -> Result<Page, CursorError> {
        if since.epoch != self.epoch {
            return Err(CursorError::Gone);
        }
        self.read(|tx| changes::page(tx, channel, since, limit))?
    }

    async fn hold(
        &self,
        desk: DeskId,
        request: &HoldRequest,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<HoldReply, LedgerError> {
        self.write(|tx| holds::hold(tx, desk, request, ttl, now))
    }

    async fn release_hold(&self, desk: DeskId, hold: Uuid) -> Result<bool, LedgerError> {
        self.write(|tx| holds::release(tx, desk, hold).map(Done::Keep))
    }

    async fn execute(&self, desk: DeskId, envelope: &Envelope, now: DateTime<Utc>) -> Result<Answer, LedgerError> {
        self.write(|tx| operations::execute(tx, &self.epoch, desk, envelope, now))
    }

    async fn acknowledge(&self, desk: DeskId, upto: u64) -> Result<(), LedgerError> {
        self.write(|tx| desks::acknowledge(tx, desk, upto))
    }

    async fn sweep(&self, retention: &Retention, now: DateTime<Utc>) -> Result<Swept, LedgerError> {
        self.write(|tx| sweep::sweep(tx, retention, now))
    }

    async fn foreign_booking(
        &self,
        span: &SlotSpan,
        class: Option<Priority>,
        now: DateTime<Utc>,
    ) -> Result<Result<ForeignBooking, ConflictReason>, LedgerError> {
        self.write(|tx| foreign::book(tx, span, class, now))
    }

    async fn foreign_cancellation(&self, booking: ForeignBooking, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.write(|tx| foreign::cancel(tx, booking, now).map(Done::Keep))
    }

    async fn verify(&self) -> Result<Verification, LedgerError> {
        self.read_at_length(|tx| verification::verify(tx, &self.epoch))
    }
}
