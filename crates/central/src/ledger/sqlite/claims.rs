//! Cells of time and tickets of quotas.

use lanterna_model::ids::{DeskId, ScheduleId};
use lanterna_model::schedule::Schedule;
use lanterna_model::time::Minute;
use rusqlite::{OptionalExtension, params};

use super::books::SqliteBooks;
use super::rows::{SESSION, session};
use crate::ledger::LedgerError;
use crate::ledger::books::{Claims, Concern, Holds};
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::{ClaimedSpan, Owner, document};

impl SqliteBooks<'_> {
    /// Gives the cells of a span back.
    pub(super) fn release_cells(&self, owner: Owner, span: &ClaimedSpan) -> Result<(), LedgerError> {
        let (first, end) = span.cells();
        self.tx
            .prepare_cached(
                "DELETE FROM claims
                 WHERE resource = ?1 AND cell >= ?2 AND cell < ?3 AND place = ?4 AND kind = ?5 AND owner = ?6",
            )?
            .execute(params![
                span.resource.0,
                first,
                end,
                span.place,
                owner.kind.code(),
                owner.id
            ])?;
        Ok(())
    }

    /// Gives the tickets of an owner back.
    pub(super) fn release_tickets(&self, owner: Owner) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("DELETE FROM quota_tickets WHERE owner = ?1 AND kind = ?2")?
            .execute(params![owner.id, owner.kind.code()])?;
        Ok(())
    }
}

impl Claims for SqliteBooks<'_> {
    /// There are no others: one connection writes at a time.
    async fn seclude(&self, concern: &Concern<'_>) -> Result<(), LedgerError> {
        if let Some(now) = concern.over_by {
            self.delete_expired(now, u32::MAX).await?;
        }
        Ok(())
    }

    async fn attempt(&self) -> Result<(), LedgerError> {
        Ok(self.tx.execute_batch("SAVEPOINT attempt")?)
    }

    async fn attempted(&self, keep: bool) -> Result<(), LedgerError> {
        Ok(self.tx.execute_batch(if keep {
            "RELEASE attempt"
        } else {
            "ROLLBACK TO attempt; RELEASE attempt"
        })?)
    }

    async fn session_before(&self, schedule: ScheduleId, minute: Minute) -> Result<Option<StoredSession>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached(&format!(
                "SELECT {SESSION} FROM sessions s WHERE s.schedule = ?1 AND s.start <= ?2 ORDER BY s.start DESC LIMIT 1"
            ))?
            .query_row(params![schedule.0, minute.0], session)
            .optional()?)
    }

    async fn claim_cells(&self, owner: Owner, span: &ClaimedSpan) -> Result<u64, LedgerError> {
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO claims (resource, cell, place, kind, owner) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?;
        let (first, end) = span.cells();
        let mut claimed = 0;
        for cell in first..end {
            claimed += insert.execute(params![span.resource.0, cell, span.place, owner.kind.code(), owner.id])?;
        }
        Ok(claimed as u64)
    }

    async fn holds_on(&self, span: &ClaimedSpan, desk: DeskId, owner: Owner) -> Result<Vec<i64>, LedgerError> {
        let (first, end) = span.cells();
        let mut statement = self.tx.prepare_cached(
            "SELECT DISTINCT h.id FROM claims c JOIN holds h ON h.id = c.owner
             WHERE c.resource = ?1 AND c.cell >= ?2 AND c.cell < ?3 AND c.place = ?4 AND c.kind = 1 AND h.desk = ?5
               AND NOT (h.id = ?6 AND ?7 = 1)",
        )?;
        let found = statement.query_map(
            params![
                span.resource.0,
                first,
                end,
                span.place,
                desk.0,
                owner.id,
                owner.kind.code()
            ],
            |row| row.get(0),
        )?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    async fn tickets(&self, schedule: ScheduleId, session: Minute, class: u8) -> Result<Vec<u16>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT n FROM quota_tickets WHERE schedule = ?1 AND start = ?2 AND class = ?3 ORDER BY n")?
            .query_map(params![schedule.0, session.0, class], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    async fn take_ticket(
        &self,
        owner: Owner,
        schedule: ScheduleId,
        session: Minute,
        class: u8,
        number: u16,
    ) -> Result<bool, LedgerError> {
        let inserted = self
            .tx
            .prepare_cached(
                "INSERT INTO quota_tickets (schedule, start, class, n, kind, owner) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                schedule.0,
                session.0,
                class,
                number,
                owner.kind.code(),
                owner.id
            ])?;
        Ok(inserted == 1)
    }

    async fn ticketed(&self, owner: Owner) -> Result<Vec<(ScheduleId, Minute)>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT schedule, start FROM quota_tickets WHERE owner = ?1 AND kind = ?2")?
            .query_map(params![owner.id, owner.kind.code()], |row| {
                Ok((ScheduleId(row.get(0)?), Minute(row.get(1)?)))
            })?
            .collect::<Result<_, _>>()?)
    }

    async fn release_quota(
        &self,
        schedule: ScheduleId,
        session: Minute,
        released: u8,
        next: Option<Minute>,
    ) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("UPDATE sessions SET released = ?3, release_at = ?4 WHERE schedule = ?1 AND start = ?2")?
            .execute(params![schedule.0, session.0, released, next.map(|at| at.0)])?;
        Ok(())
    }

    async fn due_releases(&self, now: Minute, most: u32) -> Result<Vec<(StoredSession, Schedule)>, LedgerError> {
        let mut statement = self.tx.prepare_cached(&format!(
            "SELECT {SESSION}, c.document FROM sessions s JOIN schedules c ON c.id = s.schedule
             WHERE s.release_at <= ?1 ORDER BY s.release_at LIMIT ?2"
        ))?;
        let mut rows = statement.query(params![now.0, most])?;
        let mut due = Vec::new();
        while let Some(row) = rows.next()? {
            let json = row.get_ref(8)?.as_str().map_err(rusqlite::Error::from)?;
            due.push((session(row)?, document("schedules", json)?));
        }
        Ok(due)
    }

    async fn booked_tickets(&self, schedule: ScheduleId, session: Minute) -> Result<[u32; 4], LedgerError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT class, count(*) FROM quota_tickets WHERE schedule = ?1 AND start = ?2 AND kind > 1 GROUP BY class",
        )?;
        let mut rows = statement.query(params![schedule.0, session.0])?;
        let mut booked = [0; 4];
        while let Some(row) = rows.next()? {
            let class: u8 = row.get(0)?;
            if let Some(count) = booked.get_mut(usize::from(class)) {
                *count = row.get(1)?;
            }
        }
        Ok(booked)
    }
}
