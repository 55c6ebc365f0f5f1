//! The ledger on PostgreSQL 15 or later: for a region, with several processes of the central.
//!
//! Transactions that write run beside each other at *read committed*: the keys of `claims`,
//! `live_lines`, `quota_tickets` and `operations` decide races, and locks on resources keep those
//! who want the same from meeting in a circle. The feed is numbered behind the commits (see
//! `sequencer`). Time is the database's, read once in a transaction, unless it is told. ADR 6 and
//! 7 say why.

mod bookings;
mod books;
mod chunks;
mod claims;
mod connecting;
mod desks;
mod ear;
mod error;
mod facts;
mod feed;
mod holds;
mod int;
mod leases;
mod migration;
mod operations;
mod publishing;
mod recovery;
mod rows;
mod sequencer;
mod settings;
#[cfg(feature = "testing")]
pub mod trials;

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use deadpool_postgres::{Object, Pool};
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
use lanterna_wire::outcome::{Answer, Settled};
use lanterna_wire::snapshot::hex;
use lanterna_wire::status::ServiceState;
use lanterna_wire::stock::{StockReply, StockRequest};
use uuid::Uuid;

use self::books::{PostgresBooks, Purpose};
use self::ear::Ear;
use self::operations::NOT_NUMBERED;
use self::sequencer::Sequencer;
use super::acts::{self, changes as feed_acts, reading};
use super::books::{Desks, Done, Operations};
use super::leases::Leases;
use super::recovery::Recovery;
use super::stored::{millis, text};
use super::{
    Awaited, Condition, CursorError, Days, Decision, Desk, Displaced, EnrolError, FenceReason, ForeignBooking, Grant,
    Impact, KeptLeases, LeasePolicy, LeaseReport, Ledger, LedgerError, RecordLife, Region, Report, Restored, Retention,
    SecretHash, Snapshot, Standing, Swept, TokenSecret, Verification,
};

pub use settings::{PostgresSettings, Time, UrlError};

/// How often a transaction begins anew that another was in the way of.
const TRIES: u32 = 6;
/// Before the second try; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(5);

/// The ledger in a PostgreSQL database, shared with other processes.
pub struct PostgresLedger {
    pool: Pool,
    settings: PostgresSettings,
    /// The life of the ledger that this process knows.
    epoch: RwLock<Arc<str>>,
    sequencer: Sequencer,
    /// Opened by who first wants to hear.
    ear: OnceLock<Ear>,
}

/// What a transaction came to, once it has ended.
struct Ended<T> {
    answer: T,
    /// It left something for the sequencer.
    told: bool,
}

/// Runs an act in transactions of its own until one of them is neither in another's way nor it in
/// theirs, within bounds.
macro_rules! transaction {
    ($ledger:expr, $purpose:expr, $now:expr, |$books:ident, $at:ident| $act:expr) => {{
        let mut tries = 0;
        loop {
            let ended = match $ledger.begin_at($purpose, $now).await {
                Ok((opened, $at)) => {
                    let $books = &opened;
                    let done = $act.await;
                    $ledger.end(opened, done).await
                }
                Err(error) => Err(error),
            };
            match $ledger.once_more(ended, &mut tries).await {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(ended) => break ended,
            }
        }
    }};
}

/// The same for what only reads.
macro_rules! read {
    ($ledger:expr, |$books:ident| $act:expr) => {{
        let opened = $ledger.begin(Purpose::Read).await?;
        let $books = &opened;
        let found = $act.await;
        match &found {
            Ok(_) => opened.leave().await?,
            Err(_) => drop(opened.roll_back().await),
        }
        found
    }};
}

impl PostgresLedger {
    fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.epoch.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn connection(&self) -> Result<Object, LedgerError> {
        Ok(self.pool.get().await?)
    }

    async fn begin(&self, purpose: Purpose) -> Result<PostgresBooks, LedgerError> {
        PostgresBooks::begin(self.connection().await?, purpose, self.epoch()).await
    }

    /// Begins, and says what time it is in the transaction.
    async fn begin_at(
        &self,
        purpose: Purpose,
        told: DateTime<Utc>,
    ) -> Result<(PostgresBooks, DateTime<Utc>), LedgerError> {
        match self.settings.time {
            Time::Told => Ok((self.begin(purpose).await?, told)),
            Time::Database => PostgresBooks::begin_at(self.connection().await?, purpose, self.epoch()).await,
        }
    }

    async fn end<T>(&self, books: PostgresBooks, done: Result<Done<T>, LedgerError>) -> Result<Ended<T>, LedgerError> {
        match done {
            Ok(Done::Keep(answer)) => {
                let told = books.commit().await?;
                Ok(Ended { answer, told })
            }
            Ok(Done::Drop(answer)) => {
                books.leave().await?;
                Ok(Ended { answer, told: false })
            }
            Err(error) => {
                // A line that is broken besides is not what went wrong first.
                drop(books.roll_back().await);
                Err(error)
            }
        }
    }

    /// Whether a transaction that ended is to begin anew, after a pause.
    async fn once_more<T>(
        &self,
        ended: Result<Ended<T>, LedgerError>,
        tries: &mut u32,
    ) -> ControlFlow<Result<Ended<T>, LedgerError>> {
        *tries += 1;
        match &ended {
            Err(error) if *tries < TRIES && error::again(error) => {
                tracing::debug!(error = error as &dyn std::error::Error, "a transaction begins anew");
                tokio::time::sleep(PAUSE * 2u32.pow(*tries - 1)).await;
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(ended),
        }
    }

    /// Has numbered what a transaction left for it, and answers.
    async fn numbered<T>(&self, ended: Ended<T>) -> Result<T, LedgerError> {
        if ended.told {
            self.number().await?;
        }
        Ok(ended.answer)
    }

    /// The answer to an operation as it is kept.
    async fn kept_answer(&self, id: Uuid) -> Result<Answer, LedgerError> {
        let books = self.begin(Purpose::Read).await?;
        let found = books.answer(id).await?;
        books.leave().await?;
        let settled = found.settled.filter(|settled| settled.seq != NOT_NUMBERED);
        settled
            .map(Answer::Outcome)
            .ok_or(LedgerError::Damaged { table: "operations" })
    }
}

impl Ledger for PostgresLedger {
    async fn install(&self, region: &Region, now: DateTime<Utc>) -> Result<(), LedgerError> {
        region.check()?;
        let ended = transaction!(self, Purpose::Install, now, |books, at| async {
            acts::publishing::install(books, region, at).await.map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn publish(
        &self,
        schedule: ScheduleId,
        sessions: &[PublishedSession],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        super::check_sessions(schedule, sessions)?;
        let ended = transaction!(self, Purpose::Write, now, |books, at| async {
            acts::publishing::publish(books, schedule, sessions, at)
                .await
                .map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn suspend(&self, schedule: ScheduleId, suspension: Option<&Suspension>) -> Result<(), LedgerError> {
        let ended = transaction!(self, Purpose::Write, DateTime::UNIX_EPOCH, |books, _at| async {
            acts::publishing::suspend(books, schedule, suspension)
                .await
                .map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn add_enrolment_code(
        &self,
        code: &SecretHash,
        channel: Channel,
        expires: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let ended = transaction!(self, Purpose::Write, expires, |books, _at| async {
            books.add_code(code, channel, millis(expires)).await.map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn token_secret(&self) -> Result<TokenSecret, LedgerError> {
        read!(self, |books| acts::desks::token_secret(books))
    }

    async fn enrol(
        &self,
        code: &SecretHash,
        request: Uuid,
        token: &SecretHash,
        now: DateTime<Utc>,
    ) -> Result<Desk, EnrolError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::desks::enrol(
            books, code, request, token, at
        ));
        self.numbered(ended?).await?.ok_or(EnrolError::Refused)
    }

    async fn desk_by_token(&self, token: &SecretHash) -> Result<Option<Desk>, LedgerError> {
        read!(self, |books| acts::desks::by_token(books, token))
    }

    async fn desk_of_rescue(&self, token: &SecretHash) -> Result<Option<Desk>, LedgerError> {
        read!(self, |books| acts::desks::of_rescue(books, token))
    }

    async fn status(&self, channel: Channel) -> Result<Standing, LedgerError> {
        read!(self, |books| reading::standing(books, channel))
    }

    async fn service_state(&self, channel: Channel) -> Result<ServiceState, LedgerError> {
        read!(self, |books| acts::condition::service_state(books, channel))
    }

    async fn set_service_state(
        &self,
        channel: Channel,
        state: ServiceState,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| async {
            acts::service::set_state(books, channel, state, at)
                .await
                .map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    /// Leases are kept for longer whenever a process starts, even where others were there all the
    /// time: that they were is nothing this one can know.
    async fn reopen(&self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| async {
            acts::service::reopen(books, at).await.map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn catalogue(&self, channel: Channel) -> Result<Catalogue, LedgerError> {
        read!(self, |books| reading::catalogue(books, channel))
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        read!(self, |books| feed_acts::head(books))
    }

    async fn snapshot(&self) -> Result<Snapshot, LedgerError> {
        let view = self.view().await?;
        let snapshot = reading::snapshot(&view.books, view.cursor).await;
        view.books.roll_back().await?;
        snapshot
    }

    async fn changes(&self, channel: Channel, since: &Cursor, limit: usize) -> Result<Page, CursorError> {
        read!(self, |books| feed_acts::page(books, channel, since, limit))?
    }

    async fn hold(
        &self,
        desk: DeskId,
        request: &HoldRequest,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<HoldReply, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::holds::hold(
            books, desk, request, ttl, at
        ));
        self.numbered(ended?).await
    }

    async fn release_hold(&self, desk: DeskId, hold: Uuid) -> Result<bool, LedgerError> {
        let ended = transaction!(self, Purpose::Write, DateTime::UNIX_EPOCH, |books, _at| {
            acts::holds::release(books, desk, hold)
        });
        self.numbered(ended?).await
    }

    async fn execute(&self, desk: DeskId, envelope: &Envelope, now: DateTime<Utc>) -> Result<Answer, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::operations::execute(
            books, desk, envelope, at
        ));
        match ended?.answer {
            // Its own, or one whose process ended before it was numbered.
            Answer::Outcome(settled) if settled.seq == NOT_NUMBERED => match self.number_of(envelope.id).await? {
                Some(seq) => Ok(Answer::Outcome(Settled { seq, ..settled })),
                None => self.kept_answer(envelope.id).await,
            },
            answer => Ok(answer),
        }
    }

    async fn acknowledge(&self, desk: DeskId, upto: u64) -> Result<(), LedgerError> {
        let ended = transaction!(self, Purpose::Write, DateTime::UNIX_EPOCH, |books, _at| {
            acts::desks::acknowledge(books, desk, upto)
        });
        self.numbered(ended?).await
    }

    async fn sweep(&self, retention: &Retention, now: DateTime<Utc>) -> Result<Swept, LedgerError> {
        // In a transaction of its own: what gives leases their time back holds leases, of whichever
        // resource, and must not wait for resources then.
        let watched = transaction!(self, Purpose::Write, now, |books, at| async {
            if books.sweeps_alone().await? && acts::service::watch(books, at).await? {
                Ok(Done::Keep(()))
            } else {
                Ok(Done::Drop(()))
            }
        });
        self.numbered(watched?).await?;
        let ended = transaction!(self, Purpose::Write, now, |books, at| async {
            // Where another process sweeps there is nothing left to do.
            if books.sweeps_alone().await? {
                acts::sweep::sweep(books, retention, at).await
            } else {
                Ok(Done::Drop(Swept::default()))
            }
        });
        self.numbered(ended?).await
    }

    async fn foreign_booking(
        &self,
        span: &SlotSpan,
        class: Option<Priority>,
        now: DateTime<Utc>,
    ) -> Result<Result<ForeignBooking, ConflictReason>, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::foreign::book(
            books, span, class, at
        ));
        self.numbered(ended?).await
    }

    async fn foreign_cancellation(&self, booking: ForeignBooking, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, _at| acts::foreign::cancel(
            books, booking
        ));
        self.numbered(ended?).await
    }

    async fn exchange(
        &self,
        desk: DeskId,
        request: &StockRequest,
        now: DateTime<Utc>,
    ) -> Result<StockReply, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::stock::exchange(
            books, desk, request, at
        ));
        self.numbered(ended?).await
    }

    async fn recalled(&self, desk: DeskId) -> Result<u32, LedgerError> {
        read!(self, |books| books.recalled(desk))
    }

    async fn lease_policy(&self) -> Result<LeasePolicy, LedgerError> {
        read!(self, |books| acts::stock::policy(books))
    }

    async fn set_lease_policy(&self, policy: &LeasePolicy) -> Result<(), LedgerError> {
        policy.check()?;
        let json = text("ledger", policy)?;
        let ended = transaction!(self, Purpose::Write, DateTime::UNIX_EPOCH, |books, _at| async {
            books.set_lease_policy(&json).await.map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn lease_report(&self, now: DateTime<Utc>) -> Result<LeaseReport, LedgerError> {
        read!(self, |books| acts::reports::leases(books, now))
    }

    async fn impact(&self, schedule: ScheduleId, days: Days) -> Result<Impact, LedgerError> {
        read!(self, |books| acts::reports::impact(books, schedule, days))
    }

    async fn displaced(&self) -> Result<Vec<Displaced>, LedgerError> {
        read!(self, |books| books.displaced())
    }

    async fn decide(&self, case: i64, decision: Decision) -> Result<bool, LedgerError> {
        let ended = transaction!(self, Purpose::Write, DateTime::UNIX_EPOCH, |books, _at| async {
            books.decide(case, decision).await.map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn desk_by_code(&self, code: &DeskCode) -> Result<Option<Desk>, LedgerError> {
        read!(self, |books| books.desk_by_code(code))
    }

    async fn revoke(&self, desk: DeskId, stolen: bool, now: DateTime<Utc>) -> Result<u32, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| async {
            acts::leases::revoke(books, desk, stolen, at).await.map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn condition(&self) -> Result<Condition, LedgerError> {
        read!(self, |books| acts::condition::condition(books))
    }

    async fn fence(&self, reason: &FenceReason, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::condition::fence(
            books, reason, at
        ));
        self.numbered(ended?).await
    }

    async fn lift(&self, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::condition::lift(books, at));
        self.numbered(ended?).await
    }

    /// The other processes have to be started anew: they know the life before.
    async fn recover(&self, epoch: [u8; 16], now: DateTime<Utc>) -> Result<(), LedgerError> {
        let ended = transaction!(self, Purpose::Install, now, |books, at| async {
            acts::condition::recover(books, epoch, at).await.map(Done::Keep)
        });
        let ended = ended?;
        *self.epoch.write().unwrap_or_else(PoisonError::into_inner) = hex(&epoch).into();
        self.numbered(ended).await
    }

    async fn awaited(&self) -> Result<Vec<Awaited>, LedgerError> {
        read!(self, |books| books.awaited())
    }

    async fn write_off(&self, desk: DeskId, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::condition::write_off(
            books, desk, at
        ));
        self.numbered(ended?).await
    }

    async fn assert_from(&self, desk: DeskId) -> Result<Option<u64>, LedgerError> {
        read!(self, |books| acts::condition::assert_from(books, desk))
    }

    async fn readmit(&self, desk: &Desk, token: &SecretHash) -> Result<bool, LedgerError> {
        let ended = transaction!(self, Purpose::Write, DateTime::UNIX_EPOCH, |books, _at| {
            acts::condition::readmit(books, desk, token)
        });
        self.numbered(ended?).await
    }

    async fn restore(&self, desk: DeskId, chain: &[Restored], now: DateTime<Utc>) -> Result<Vec<Answer>, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::restoring::restore(
            books, desk, chain, at
        ));
        let mut answers = self.numbered(ended?).await?;
        for (answer, item) in answers.iter_mut().zip(chain) {
            if matches!(answer, Answer::Outcome(settled) if settled.seq == NOT_NUMBERED) {
                *answer = self.kept_answer(item.envelope.id).await?;
            }
        }
        Ok(answers)
    }

    async fn restore_leases(
        &self,
        desk: DeskId,
        incarnation: Uuid,
        grants: &[Grant],
        now: DateTime<Utc>,
    ) -> Result<KeptLeases, LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| {
            acts::restoring::restore_leases(books, desk, incarnation, grants, at)
        });
        self.numbered(ended?).await
    }

    async fn told(
        &self,
        desk: DeskId,
        report: Report,
        life: RecordLife,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let ended = transaction!(self, Purpose::Write, now, |books, at| acts::condition::told(
            books, desk, report, life, at
        ));
        self.numbered(ended?).await
    }

    async fn note(&self, name: &str) -> Result<Option<String>, LedgerError> {
        read!(self, |books| books.note(name))
    }

    async fn set_note(&self, name: &str, value: Option<&str>) -> Result<(), LedgerError> {
        let ended = transaction!(self, Purpose::Write, DateTime::UNIX_EPOCH, |books, _at| async {
            books.set_note(name, value).await.map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn verify(&self) -> Result<Verification, LedgerError> {
        let view = self.view().await?;
        let found = acts::verification::verify(&view.books, &view.appended).await;
        view.books.roll_back().await?;
        found
    }

    async fn keep_chunks(&self, chunks: &[(String, Bytes)]) -> Result<(), LedgerError> {
        let ended = transaction!(self, Purpose::Write, DateTime::UNIX_EPOCH, |books, _at| async {
            books.keep_chunks(chunks).await.map(Done::Keep)
        });
        self.numbered(ended?).await
    }

    async fn kept_chunk(&self, hash: &str) -> Result<Option<Bytes>, LedgerError> {
        read!(self, |books| books.chunk(hash))
    }

    async fn stirred(&self) {
        let ear = self.ear.get_or_init(|| Ear::open(self.settings.config.clone()));
        ear.heard().await;
    }
}
