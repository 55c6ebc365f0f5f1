//! The desk's stock: places set aside for it, what may be promised of them, and the exchange with the
//! central that brings, renews and gives them back (PROTOCOL.md, *Leases*).
//!
//! A lease is live, then named by one operation, renounced, or void; never anything else again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use lanterna_model::availability::ClassMask;
use lanterna_model::booking::Appointment;
use lanterna_model::ids::{LeaseId, ScheduleId, ServiceCode};
use lanterna_model::lease::{Reading, Term};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::{Minute, Now};
use lanterna_wire::limits;
use lanterna_wire::stock::{Lease, StockReply, StockRequest};
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::Record;
use crate::error::{StoreError, json, parsed};

const LIVE: u8 = 0;
const NAMED: u8 = 1;
const RENOUNCED: u8 = 2;
const VOID: u8 = 3;

/// The mark is written anew once the clock has gone on by this much.
const MARK_EVERY_MS: i64 = 60_000;

/// A live lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedPlace {
    /// The central's number.
    pub id: LeaseId,
    /// The place.
    pub span: SlotSpan,
    /// The service it was set aside for.
    pub service: ServiceCode,
    /// For whom it may be booked.
    pub classes: ClassMask,
    /// Until when.
    pub term: Term,
}

/// How an exchange of stock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchanged {
    /// The stock is what the central says; some of it may have to be given back at once.
    Stocked {
        /// Leases were renounced because they were called back.
        recalled: bool,
    },
    /// The record is a copy, or there is one: every promise is off, and another incarnation begins.
    Fenced,
    /// An answer to another exchange.
    Ignored,
}

impl Record<'_> {
    /// This life of the record; none before the first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn incarnation(&self) -> Result<Option<Uuid>, StoreError> {
        let text: Option<String> = self
            .db
            .prepare_cached("SELECT incarnation FROM stock")?
            .query_row([], |row| row.get(0))
            .optional()?;
        text.map(|text| text.parse().map_err(|_| StoreError::Row { table: "stock" }))
            .transpose()
    }

    /// Begins another life of the record: nothing that was granted to an earlier one is promised any
    /// more (rule 11), nor shown as guaranteed.
    ///
    /// # Errors
    /// When the file fails.
    pub fn begin_incarnation(&self, incarnation: Uuid) -> Result<(), StoreError> {
        self.db.execute(
            "INSERT INTO stock (one, incarnation) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET
             incarnation = ?1, number = 0, epoch = NULL, request = NULL, renew_ms = NULL",
            [incarnation.to_string()],
        )?;
        self.db.execute(
            "UPDATE leases SET state = ?1 WHERE state IN (?2, ?3)",
            [VOID, LIVE, NAMED],
        )?;
        Ok(())
    }

    /// Keeps the latest that the wall clock showed.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_clock(&self, now: Now) -> Result<(), StoreError> {
        let mark = self.clock_mark()?;
        let ahead = mark.map(|mark| now.wall.timestamp_millis() - mark.wall_ms);
        if ahead.is_none_or(|ahead| ahead >= MARK_EVERY_MS) {
            self.set_clock_mark(now.into())?;
        }
        Ok(())
    }

    pub(crate) fn clock_mark(&self) -> Result<Option<Reading>, StoreError> {
        Ok(self
            .db
            .prepare_cached("SELECT wall_ms, boot_ms, run FROM clock_mark")?
            .query_row([], |row| reading(row, 0))
            .optional()?)
    }

    fn set_clock_mark(&self, mark: Reading) -> Result<(), StoreError> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO clock_mark (one, wall_ms, boot_ms, run) VALUES (1, ?1, ?2, ?3)")?
            .execute(params![
                mark.wall_ms,
                mark.boot_ms.cast_signed(),
                mark.run.cast_signed()
            ])?;
        Ok(())
    }

    /// The live leases, by id.
    ///
    /// # Errors
    /// When the file fails.
    pub fn live_leases(&self) -> Result<Vec<LeasedPlace>, StoreError> {
        let mut select = self.db.prepare_cached(
            "SELECT id, schedule, start, place, minutes, revision, service, classes,
                    sent_wall_ms, sent_boot_ms, sent_run, book_for_s, honour_for_s FROM leases WHERE state = 0 ORDER BY id",
        )?;
        let mut rows = select.query([])?;
        let mut live = Vec::new();
        while let Some(row) = rows.next()? {
            live.push(LeasedPlace {
                id: LeaseId(row.get::<_, i64>(0)?.cast_unsigned()),
                span: SlotSpan {
                    schedule: ScheduleId(row.get(1)?),
                    start: Minute(row.get(2)?),
                    place: row.get(3)?,
                    minutes: row.get(4)?,
                    revision: row.get(5)?,
                },
                service: ServiceCode::parse(&row.get::<_, String>(6)?)
                    .map_err(|_| StoreError::Row { table: "leases" })?,
                classes: ClassMask(row.get(7)?),
                term: term(row, 8)?,
            });
        }
        Ok(live)
    }

    /// Notes that an operation names leases: they never return to stock (rule 3).
    ///
    /// # Errors
    /// [`StoreError::LeaseOver`] when one of them is not live.
    pub(crate) fn name_leases(&self, leases: &[LeaseId], operation: i64) -> Result<(), StoreError> {
        let mut update = self
            .db
            .prepare_cached("UPDATE leases SET state = ?3, operation = ?2 WHERE id = ?1 AND state = 0")?;
        for lease in leases {
            if update.execute(params![lease.0.cast_signed(), operation, NAMED])? != 1 {
                return Err(StoreError::LeaseOver);
            }
        }
        Ok(())
    }

    /// Renounces what an operation named that was never sent and never will be.
    pub(crate) fn renounce_named(&self, operation: i64) -> Result<(), StoreError> {
        self.db
            .prepare_cached("UPDATE leases SET state = ?3 WHERE operation = ?1 AND state = ?2")?
            .execute(params![operation, NAMED, RENOUNCED])?;
        Ok(())
    }

    /// The terms of the leases that an operation names, if they cover every one of its appointments.
    pub(crate) fn guarantee(&self, operation: i64, appointments: &[Appointment]) -> Result<Vec<Term>, StoreError> {
        let mut select = self.db.prepare_cached(
            "SELECT schedule, start, place, minutes, sent_wall_ms, sent_boot_ms, sent_run, book_for_s, honour_for_s
             FROM leases WHERE operation = ?1 AND state = 1",
        )?;
        let mut named = Vec::new();
        let mut rows = select.query([operation])?;
        while let Some(row) = rows.next()? {
            let place: (u32, i32, u16, u16) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            named.push((place, term(row, 4)?));
        }
        let covered: Option<Vec<Term>> = appointments
            .iter()
            .map(|Appointment { span, .. }| {
                let place = (span.schedule.0, span.start.0, span.place, span.minutes);
                named.iter().find(|(other, _)| *other == place).map(|(_, term)| *term)
            })
            .collect();
        Ok(covered.unwrap_or_default())
    }

    /// Whether the central should be asked now: an exchange waits for its answer, it is time, or the clocks are in doubt: what is counted from another exchange can be
    /// promised again.
    ///
    /// # Errors
    /// When the file fails.
    pub fn stock_due(&self, now: Now) -> Result<bool, StoreError> {
        let row: Option<(bool, Option<i64>)> = self
            .db
            .prepare_cached("SELECT request IS NOT NULL, renew_ms FROM stock")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((waiting, renew)) = row else {
            return Ok(false);
        };
        let doubt = self.clock_mark()?.and_then(|mark| mark.doubt(now)).is_some();
        Ok(waiting || doubt || renew.is_none_or(|at| at <= now.wall.timestamp_millis()))
    }

    /// The exchange to be sent: the one that was not answered yet, word for word, or a new one. What
    /// can be promised no longer is renounced with it. `None` before the first incarnation.
    ///
    /// # Errors
    /// When the file fails.
    pub fn next_exchange(&self, id: Uuid, now: Now) -> Result<Option<StockRequest>, StoreError> {
        let row: Option<(i64, Option<String>)> = self
            .db
            .query_row("SELECT number, request FROM stock", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (Some((number, waiting)), Some(incarnation)) = (row, self.incarnation()?) else {
            return Ok(None);
        };
        if let Some(text) = waiting {
            return parsed("stock", &text).map(Some);
        }
        self.renounce_lapsed(now)?;
        let (wants, near) = super::wants::wants(self, now)?;
        let request = StockRequest {
            id,
            incarnation,
            number: number.cast_unsigned() + 1,
            surrendered: self.to_tell()?,
            wants,
            near,
        };
        let sent = Reading::from(now);
        self.db.execute(
            "UPDATE stock SET number = ?1, request = ?2, sent_wall_ms = ?3, sent_boot_ms = ?4, sent_run = ?5",
            params![
                request.number.cast_signed(),
                json("stock", &request)?,
                sent.wall_ms,
                sent.boot_ms.cast_signed(),
                sent.run.cast_signed()
            ],
        )?;
        Ok(Some(request))
    }

    /// Writes what an exchange brought. `settled` is the number up to which every operation had its end when
    /// the exchange was composed ([`Record::watermark`]), 0 where that is not known; `epoch` is the life of the
    /// ledger that answered; `next` names the incarnation to begin should this one be over.
    ///
    /// # Errors
    /// When the file fails.
    pub fn exchanged(
        &self,
        number: u64,
        reply: &StockReply,
        settled: u64,
        epoch: &str,
        next: Uuid,
        now: Now,
    ) -> Result<Exchanged, StoreError> {
        let waiting: Option<(String, Reading)> = self
            .db
            .query_row(
                "SELECT request, sent_wall_ms, sent_boot_ms, sent_run FROM stock WHERE request IS NOT NULL",
                [],
                |row| Ok((row.get(0)?, reading(row, 1)?)),
            )
            .optional()?;
        let Some((text, sent)) = waiting else {
            return Ok(Exchanged::Ignored);
        };
        let request: StockRequest = parsed("stock", &text)?;
        if request.number != number {
            return Ok(Exchanged::Ignored);
        }
        let StockReply::Stock {
            leases,
            recalled,
            renew_in_seconds,
        } = reply
        else {
            self.begin_incarnation(next)?;
            self.db
                .execute("UPDATE stock SET fenced_ms = ?1", [now.wall.timestamp_millis()])?;
            return Ok(Exchanged::Fenced);
        };
        let mut told = self.db.prepare_cached("UPDATE leases SET told = 1 WHERE id = ?1")?;
        for lease in &request.surrendered {
            told.execute([lease.0.cast_signed()])?;
        }
        for lease in leases.iter().take(limits::LEASES) {
            self.put_lease(lease, &sent, settled)?;
        }
        let mut renounce = self
            .db
            .prepare_cached("UPDATE leases SET state = ?2 WHERE id = ?1 AND state = 0")?;
        let mut renounced = 0;
        for lease in recalled {
            renounced += renounce.execute(params![lease.0.cast_signed(), RENOUNCED])?;
        }
        // What the central does not have any more nobody may promise.
        let mut void = self
            .db
            .prepare_cached("UPDATE leases SET state = ?2 WHERE id = ?1 AND state = 0")?;
        for place in self.live_leases()? {
            if !leases.iter().any(|lease| lease.id == place.id) {
                void.execute(params![place.id.0.cast_signed(), VOID])?;
            }
        }
        self.db.execute(
            "UPDATE stock SET request = NULL, epoch = ?1, renew_ms = ?2",
            params![
                epoch,
                now.wall.timestamp_millis() + i64::from(*renew_in_seconds) * 1_000
            ],
        )?;
        // Every live term is counted from this exchange: so is the trust in the clocks.
        self.set_clock_mark(now.into())?;
        Ok(Exchanged::Stocked {
            recalled: renounced > 0,
        })
    }

    /// When another machine was found to be a copy of this one, the last time.
    ///
    /// # Errors
    /// When the file fails.
    pub fn fenced_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let at: Option<i64> = self
            .db
            .prepare_cached("SELECT fenced_ms FROM stock")?
            .query_row([], |row| row.get(0))
            .optional()?
            .flatten();
        Ok(at.map(super::instant))
    }

    /// The life of the ledger that the stock is of.
    ///
    /// # Errors
    /// When the file fails.
    pub fn stock_epoch(&self) -> Result<Option<String>, StoreError> {
        Ok(self
            .db
            .prepare_cached("SELECT epoch FROM stock")?
            .query_row([], |row| row.get(0))
            .optional()?
            .flatten())
    }

    fn put_lease(&self, lease: &Lease, sent: &Reading, settled: u64) -> Result<(), StoreError> {
        let SlotSpan {
            schedule,
            start,
            place,
            minutes,
            revision,
        } = lease.span;
        // A grant that comes late revives nothing: only a live lease gets a new term (rule 2). Where one of
        // our own operations is after the place, and had no end yet when the exchange was composed, it may
        // have used the lease up without naming it: nothing is promised on it (rule 3). Those that had their
        // end came before the grant.
        self.db
            .prepare_cached(
                "INSERT INTO leases (id, schedule, start, place, minutes, revision, service, classes,
                     sent_wall_ms, sent_boot_ms, sent_run, book_for_s, honour_for_s, sealed, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?15,
                     CASE WHEN EXISTS (SELECT 1 FROM wanted w WHERE w.operation > ?14 AND w.schedule = ?2 AND w.place = ?4
                         AND w.start < ?3 + ?5 AND ?3 < w.start + w.minutes) THEN 2 ELSE 0 END)
                 ON CONFLICT (id) DO UPDATE SET sent_wall_ms = ?9, sent_boot_ms = ?10, sent_run = ?11,
                     book_for_s = ?12, honour_for_s = ?13, sealed = ?15 WHERE state = 0",
            )?
            .execute(params![
                lease.id.0.cast_signed(),
                schedule.0,
                start.0,
                place,
                minutes,
                revision,
                lease.service.as_str(),
                lease.classes,
                sent.wall_ms,
                sent.boot_ms.cast_signed(),
                sent.run.cast_signed(),
                lease.book_for_seconds,
                lease.honour_for_seconds,
                i64::try_from(settled).unwrap_or(i64::MAX),
                lease.grant
            ])?;
        Ok(())
    }

    fn renounce_lapsed(&self, now: Now) -> Result<(), StoreError> {
        let mut renounce = self
            .db
            .prepare_cached("UPDATE leases SET state = ?2 WHERE id = ?1 AND state = 0")?;
        for place in self.live_leases()? {
            if place.term.lapsed(now) || place.span.start <= now.minute() {
                renounce.execute(params![place.id.0.cast_signed(), RENOUNCED])?;
            }
        }
        Ok(())
    }

    fn to_tell(&self) -> Result<Vec<LeaseId>, StoreError> {
        Ok(self
            .db
            .prepare_cached("SELECT id FROM leases WHERE state = 2 AND told = 0 ORDER BY id LIMIT ?1")?
            .query_map([limits::LEASES], |row| row.get::<_, i64>(0))?
            .map(|id| id.map(|id| LeaseId(id.cast_unsigned())))
            .collect::<Result<_, _>>()?)
    }
}

/// Both clocks, from three columns.
fn reading(row: &Row<'_>, at: usize) -> rusqlite::Result<Reading> {
    Ok(Reading {
        wall_ms: row.get(at)?,
        boot_ms: row.get::<_, i64>(at + 1)?.cast_unsigned(),
        run: row.get::<_, i64>(at + 2)?.cast_unsigned(),
    })
}

/// A term, from five columns.
fn term(row: &Row<'_>, at: usize) -> rusqlite::Result<Term> {
    Ok(Term {
        sent: reading(row, at)?,
        book_for: Duration::from_secs(row.get(at + 3)?),
        honour_for: Duration::from_secs(row.get(at + 4)?),
    })
}
