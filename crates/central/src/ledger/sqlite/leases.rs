//! Leases, and what decides on them.

use chrono::{DateTime, Utc};
use lanterna_model::access::{Channel, Channels};
use lanterna_model::availability::ClassMask;
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::{DeskId, LeaseId, LocationId, ScheduleId, ServiceCode};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::books::SqliteBooks;
use super::rows::{SESSION, session, span};
use crate::ledger::books::Touched;
use crate::ledger::choice::Offer;
use crate::ledger::leases::{LeaseState, Leases, NewLease, StoredLease, StoredStock};
use crate::ledger::policy::Terms;
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::{ClaimedSpan, document, instant, millis, text};
use crate::ledger::{Decision, Displaced, Displacement, LedgerError, MAX_SESSION_MINUTES};

const DAMAGED: LedgerError = LedgerError::Damaged { table: "leases" };

/// Columns of a lease, in the order in which [`lease`] reads them. The first five are a span.
const LEASE: &str = "schedule, resource, start, place, minutes, id, desk, incarnation, revision, service, wanted,
    classes, book_ms, honour_ms, recalled, state";

fn lease(row: &Row<'_>) -> Result<StoredLease, LedgerError> {
    Ok(StoredLease {
        id: lease_id(row.get(5)?),
        lease: NewLease {
            desk: DeskId(row.get(6)?),
            incarnation: Uuid::from_slice(row.get_ref(7)?.as_blob().map_err(rusqlite::Error::from)?)
                .map_err(|_| DAMAGED)?,
            span: span(row)?,
            revision: row.get(8)?,
            service: ServiceCode::parse(&row.get::<_, String>(9)?).map_err(|_| DAMAGED)?,
            wanted: row.get(10)?,
            classes: ClassMask(row.get(11)?),
            terms: Terms {
                book_until: instant(row.get(12)?).ok_or(DAMAGED)?,
                honour_until: instant(row.get(13)?).ok_or(DAMAGED)?,
            },
        },
        recalled: row.get(14)?,
        state: LeaseState::from_code(row.get(15)?)?,
    })
}

fn lease_id(row: i64) -> LeaseId {
    LeaseId(row.cast_unsigned())
}

impl SqliteBooks<'_> {
    /// Stores a lease, under the next id where none is given.
    pub(super) fn insert_lease(
        &self,
        id: Option<LeaseId>,
        new: &NewLease,
        now: DateTime<Utc>,
    ) -> Result<LeaseId, LedgerError> {
        self.tx
            .prepare_cached(
                "INSERT INTO leases (desk, incarnation, schedule, resource, start, place, minutes, revision, service,
                     wanted, classes, granted_ms, book_ms, honour_ms, id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                new.desk.0,
                new.incarnation.as_bytes().as_slice(),
                new.span.schedule.0,
                new.span.resource.0,
                new.span.start.0,
                new.span.place,
                new.span.minutes,
                new.revision,
                new.service.as_str(),
                new.wanted,
                new.classes.0,
                millis(now),
                millis(new.terms.book_until),
                millis(new.terms.honour_until),
                id.map(|id| id.0.cast_signed())
            ])?;
        Ok(lease_id(self.tx.last_insert_rowid()))
    }
}

impl Leases for SqliteBooks<'_> {
    async fn lease_policy(&self) -> Result<Option<String>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT lease_policy FROM ledger")?
            .query_row([], |row| row.get(0))?)
    }

    async fn set_lease_policy(&self, json: &str) -> Result<(), LedgerError> {
        self.tx.execute("UPDATE ledger SET lease_policy = ?1", [json])?;
        Ok(())
    }

    async fn stock(&self, desk: DeskId, incarnation: Uuid) -> Result<Option<StoredStock>, LedgerError> {
        type StockRow = (i64, Vec<u8>, String, bool);
        let found: Option<StockRow> = self
            .tx
            .prepare_cached(
                "SELECT number, request, reply, fenced FROM desk_stock WHERE desk = ?1 AND incarnation = ?2",
            )?
            .query_row(params![desk.0, incarnation.as_bytes().as_slice()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        found
            .map(|(number, request, reply, fenced)| {
                Ok(StoredStock {
                    number: number.cast_unsigned(),
                    request: Uuid::from_slice(&request).map_err(|_| LedgerError::Damaged { table: "desk_stock" })?,
                    reply: document("desk_stock", &reply)?,
                    fenced,
                })
            })
            .transpose()
    }

    async fn put_stock(&self, desk: DeskId, incarnation: Uuid, stock: &StoredStock) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached(
                "INSERT INTO desk_stock (desk, incarnation, number, request, reply, fenced)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (desk, incarnation) DO UPDATE SET number = excluded.number,
                     request = excluded.request, reply = excluded.reply, fenced = excluded.fenced",
            )?
            .execute(params![
                desk.0,
                incarnation.as_bytes().as_slice(),
                stock.number.cast_signed(),
                stock.request.as_bytes().as_slice(),
                text("desk_stock", &stock.reply)?,
                stock.fenced
            ])?;
        Ok(())
    }

    async fn fence_others(&self, desk: DeskId, but: Uuid) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("UPDATE desk_stock SET fenced = 1 WHERE desk = ?1 AND incarnation <> ?2 AND fenced = 0")?
            .execute(params![desk.0, but.as_bytes().as_slice()])?;
        Ok(())
    }

    async fn leases(&self, desk: DeskId, _kept: bool) -> Result<Vec<StoredLease>, LedgerError> {
        let mut statement = self.tx.prepare_cached(&format!(
            "SELECT {LEASE} FROM leases WHERE desk = ?1 AND state = 1 ORDER BY id"
        ))?;
        let mut rows = statement.query([desk.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(lease(row)?);
        }
        Ok(found)
    }

    async fn leases_named(&self, ids: &[LeaseId]) -> Result<Vec<StoredLease>, LedgerError> {
        let mut ids: Vec<i64> = ids.iter().filter_map(|id| i64::try_from(id.0).ok()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut statement = self
            .tx
            .prepare_cached(&format!("SELECT {LEASE} FROM leases WHERE id = ?1"))?;
        let mut found = Vec::new();
        for id in ids {
            let mut rows = statement.query([id])?;
            if let Some(row) = rows.next()? {
                found.push(lease(row)?);
            }
        }
        Ok(found)
    }

    async fn create_lease(&self, new: &NewLease, now: DateTime<Utc>) -> Result<LeaseId, LedgerError> {
        self.insert_lease(None, new, now)
    }

    async fn set_terms(&self, lease: LeaseId, terms: Terms) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("UPDATE leases SET book_ms = ?2, honour_ms = ?3 WHERE id = ?1")?
            .execute(params![
                lease.0.cast_signed(),
                millis(terms.book_until),
                millis(terms.honour_until)
            ])?;
        Ok(())
    }

    async fn end_lease(&self, lease: &StoredLease, state: LeaseState, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let owner = lease.owner();
        self.release_cells(owner, &lease.lease.span)?;
        self.release_tickets(owner)?;
        self.tx
            .prepare_cached("UPDATE leases SET state = ?2, ended_ms = ?3 WHERE id = ?1")?
            .execute(params![owner.id, state.code(), millis(now)])?;
        Ok(())
    }

    async fn consume_lease(
        &self,
        lease: &StoredLease,
        booking: i64,
        class: Option<u8>,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let owner = lease.owner();
        let (first, end) = lease.lease.span.cells();
        let cells = self
            .tx
            .prepare_cached(
                "UPDATE claims SET kind = 3, owner = ?6
                 WHERE resource = ?1 AND cell >= ?2 AND cell < ?3 AND place = ?4 AND kind = 2 AND owner = ?5",
            )?
            .execute(params![
                lease.lease.span.resource.0,
                first,
                end,
                lease.lease.span.place,
                owner.id,
                booking
            ])?;
        self.tx
            .prepare_cached(
                "UPDATE quota_tickets SET kind = 3, owner = ?2 WHERE owner = ?1 AND kind = 2 AND class = ?3",
            )?
            .execute(params![owner.id, booking, class])?;
        self.release_tickets(owner)?;
        self.tx
            .prepare_cached("UPDATE leases SET state = 2, ended_ms = ?3, booking = ?2 WHERE id = ?1")?
            .execute(params![owner.id, booking, millis(now)])?;
        Ok(cells as u64)
    }

    async fn recall(&self, leases: &[LeaseId]) -> Result<(), LedgerError> {
        let mut update = self
            .tx
            .prepare_cached("UPDATE leases SET recalled = 1 WHERE id = ?1 AND state = 1")?;
        for lease in leases {
            update.execute([lease.0.cast_signed()])?;
        }
        Ok(())
    }

    async fn near(&self, touched: &Touched) -> Result<Vec<(LeaseId, ClaimedSpan)>, LedgerError> {
        let mut found = Vec::new();
        let longest = i32::try_from(MAX_SESSION_MINUTES).unwrap_or(i32::MAX);
        let mut on_resource = self.tx.prepare_cached(
            "SELECT schedule, resource, start, place, minutes, id FROM leases
             WHERE resource = ?1 AND start > ?2 AND start < ?3 AND state = 1 AND recalled = 0",
        )?;
        for (resource, start, end) in &touched.spans {
            let mut rows = on_resource.query(params![resource.0, start.plus(-longest).0, end.plus(longest).0])?;
            while let Some(row) = rows.next()? {
                found.push((lease_id(row.get(5)?), span(row)?));
            }
        }
        let mut of_schedule = self.tx.prepare_cached(
            "SELECT l.schedule, l.resource, l.start, l.place, l.minutes, l.id FROM leases l
             JOIN schedules c ON c.resource = l.resource WHERE c.id = ?1 AND l.state = 1 AND l.recalled = 0",
        )?;
        for schedule in &touched.schedules {
            let mut rows = of_schedule.query([schedule.0])?;
            while let Some(row) = rows.next()? {
                found.push((lease_id(row.get(5)?), span(row)?));
            }
        }
        Ok(found)
    }

    async fn recalled(&self, desk: DeskId) -> Result<u32, LedgerError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT count(*) FROM leases l JOIN desk_stock s ON s.desk = l.desk AND s.incarnation = l.incarnation
                 WHERE l.desk = ?1 AND l.state = 1 AND l.recalled = 1 AND s.fenced = 0",
            )?
            .query_row([desk.0], |row| row.get(0))?)
    }

    async fn offers(&self, service: &ServiceCode) -> Result<Vec<Offer>, LedgerError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT o.schedule, o.location, c.channels,
                 (SELECT count(*) FROM leases l WHERE l.schedule = o.schedule AND l.state = 1)
             FROM schedule_services o JOIN schedules c ON c.id = o.schedule WHERE o.service = ?1 ORDER BY o.schedule",
        )?;
        let found = statement.query_map([service.as_str()], |row| {
            Ok(Offer {
                schedule: ScheduleId(row.get(0)?),
                location: LocationId(row.get(1)?),
                channels: Channels(row.get(2)?),
                leased: row.get(3)?,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    async fn service(&self, service: &ServiceCode) -> Result<Option<String>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT document FROM services WHERE code = ?1")?
            .query_row([service.as_str()], |row| row.get(0))
            .optional()?)
    }

    async fn sessions_within(
        &self,
        schedules: &[ScheduleId],
        from: Minute,
        before: Minute,
        most: u32,
    ) -> Result<Vec<StoredSession>, LedgerError> {
        let mut statement = self.tx.prepare_cached(&format!(
            "SELECT {SESSION} FROM sessions s WHERE s.schedule = ?1 AND s.start >= ?2 AND s.start < ?3
             ORDER BY s.start LIMIT ?4"
        ))?;
        let mut found = Vec::new();
        for schedule in schedules {
            let rows = statement.query_map(params![schedule.0, from.0, before.0, most], session)?;
            for row in rows {
                found.push(row?);
            }
        }
        Ok(found)
    }

    async fn leased_on(&self, schedule: ScheduleId) -> Result<u32, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT count(*) FROM leases WHERE schedule = ?1 AND state = 1")?
            .query_row([schedule.0], |row| row.get(0))?)
    }

    async fn accepting(&self, channel: Channel) -> Result<Option<i64>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT at_ms FROM accepting WHERE channel = ?1")?
            .query_row([channel.name()], |row| row.get(0))
            .optional()?)
    }

    async fn set_accepting(&self, channel: Channel, at_ms: i64) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached(
                "INSERT INTO accepting (channel, at_ms) VALUES (?1, ?2)
                 ON CONFLICT (channel) DO UPDATE SET at_ms = excluded.at_ms",
            )?
            .execute(params![channel.name(), at_ms])?;
        Ok(())
    }

    async fn extend(&self, channel: Channel, at_ms: i64, until: DateTime<Utc>) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached(
                "UPDATE leases SET honour_ms = ?3 WHERE state = 1 AND honour_ms > ?2 AND honour_ms < ?3
                 AND desk IN (SELECT id FROM desks WHERE channel = ?1)",
            )?
            .execute(params![channel.name(), at_ms, millis(until)])?;
        Ok(())
    }

    async fn lapsed(&self, now: DateTime<Utc>, most: u32) -> Result<Vec<LeaseId>, LedgerError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT l.id FROM leases l JOIN desks d ON d.id = l.desk
             LEFT JOIN service_states s ON s.channel = d.channel
             WHERE l.state = 1 AND l.honour_ms <= ?1 AND coalesce(s.state, 'open') = 'open'
             ORDER BY l.honour_ms LIMIT ?2",
        )?;
        let found = statement.query_map(params![millis(now), most], |row| Ok(lease_id(row.get(0)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    async fn set_revoked(&self, desk: DeskId, how: u8) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("UPDATE desks SET revoked = max(revoked, ?2) WHERE id = ?1")?
            .execute(params![desk.0, how])?;
        Ok(())
    }

    async fn displace(
        &self,
        booking: i64,
        line: u8,
        span: &SlotSpan,
        why: Displacement,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached(
                "INSERT INTO displaced (booking, line, schedule, start, why, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                booking,
                line,
                span.schedule.0,
                span.start.0,
                why.code(),
                millis(now)
            ])?;
        Ok(())
    }

    async fn displaced(&self) -> Result<Vec<Displaced>, LedgerError> {
        const DAMAGED: LedgerError = LedgerError::Damaged { table: "displaced" };
        let mut statement = self.tx.prepare_cached(
            "SELECT d.id, b.number, d.line, d.schedule, d.start, d.why, d.at_ms, d.decision FROM displaced d
             JOIN bookings b ON b.id = d.booking
             JOIN appointments a ON a.booking = d.booking AND a.line = d.line AND a.schedule = d.schedule
                 AND a.start = d.start
             ORDER BY d.id",
        )?;
        let mut rows = statement.query([])?;
        let mut cases = Vec::new();
        while let Some(row) = rows.next()? {
            let decision: Option<u8> = row.get(7)?;
            cases.push(Displaced {
                case: row.get(0)?,
                booking: BookingNumber::parse(&row.get::<_, String>(1)?).map_err(|_| DAMAGED)?,
                line: row.get(2)?,
                schedule: ScheduleId(row.get(3)?),
                start: Minute(row.get(4)?),
                why: Displacement::from_code(row.get(5)?).ok_or(DAMAGED)?,
                at: instant(row.get(6)?).ok_or(DAMAGED)?,
                decision: decision
                    .map(|code| Decision::from_code(code).ok_or(DAMAGED))
                    .transpose()?,
            });
        }
        Ok(cases)
    }

    async fn decide(&self, case: i64, decision: Decision) -> Result<bool, LedgerError> {
        let decided = self
            .tx
            .prepare_cached("UPDATE displaced SET decision = ?2 WHERE id = ?1")?
            .execute(params![case, decision.code()])?;
        Ok(decided == 1)
    }

    async fn taken_within(
        &self,
        schedule: ScheduleId,
        from: Minute,
        before: Minute,
    ) -> Result<(u32, u32), LedgerError> {
        Ok(self.tx.query_row(
            "SELECT (SELECT count(*) FROM appointments WHERE schedule = ?1 AND start >= ?2 AND start < ?3),
                 (SELECT count(*) FROM leases WHERE schedule = ?1 AND start >= ?2 AND start < ?3 AND state = 1)",
            params![schedule.0, from.0, before.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?)
    }
}
