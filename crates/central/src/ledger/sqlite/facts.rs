//! Sessions with all that lies on them.

use std::collections::{BTreeMap, BTreeSet};

use lanterna_model::access::Channels;
use lanterna_model::ids::{ResourceId, ScheduleId};
use lanterna_model::schedule::Schedule;
use lanterna_model::time::Minute;
use rusqlite::params;

use super::books::SqliteBooks;
use super::rows::{SESSION, session};
use crate::ledger::books::{Claims, Facts, Touched};
use crate::ledger::facts::ScheduleFacts;
use crate::ledger::slots::{ClaimedCell, Kind, StoredSession, cell_after, cell_of};
use crate::ledger::stored::{Tickets, count_tickets, document};
use crate::ledger::{LedgerError, MAX_SESSION_MINUTES};

/// A schedule as its row has it.
type ScheduleRow = (Channels, Schedule);

impl SqliteBooks<'_> {
    /// Claims of a resource on the cells from one to another, in the order of cells.
    fn claims(&self, resource: ResourceId, from: i32, to: i32, into: &mut Vec<ClaimedCell>) -> Result<(), LedgerError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT cell, place, kind FROM claims WHERE resource = ?1 AND cell >= ?2 AND cell < ?3 ORDER BY cell, place",
        )?;
        let mut rows = statement.query(params![resource.0, from, to])?;
        while let Some(row) = rows.next()? {
            into.push(ClaimedCell {
                cell: row.get(0)?,
                place: row.get(1)?,
                kind: Kind::from_code(row.get(2)?).ok_or(LedgerError::Damaged { table: "claims" })?,
            });
        }
        Ok(())
    }

    fn whole_schedule(&self, channels: Channels, schedule: Schedule) -> Result<ScheduleFacts, LedgerError> {
        let sessions: Vec<StoredSession> = self
            .tx
            .prepare_cached(&format!(
                "SELECT {SESSION} FROM sessions s WHERE s.schedule = ?1 ORDER BY s.start"
            ))?
            .query_map([schedule.id.0], session)?
            .collect::<Result<_, _>>()?;
        let mut claims = Vec::new();
        self.claims(schedule.resource, i32::MIN, i32::MAX, &mut claims)?;
        let mut tickets = Tickets::new();
        if !schedule.quotas.is_empty() {
            let mut statement = self.tx.prepare_cached(
                "SELECT start, class, count(*) FROM quota_tickets WHERE schedule = ?1 AND kind > 1 GROUP BY start, class",
            )?;
            let mut rows = statement.query([schedule.id.0])?;
            while let Some(row) = rows.next()? {
                count_tickets(&mut tickets, Minute(row.get(0)?), row.get(1)?, row.get(2)?);
            }
        }
        Ok(ScheduleFacts {
            schedule,
            channels,
            sessions,
            claims,
            tickets,
        })
    }

    fn schedule_rows(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<ScheduleRow>, LedgerError> {
        let mut statement = self.tx.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let json = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            found.push((Channels(row.get(0)?), document("schedules", json)?));
        }
        Ok(found)
    }

    /// The sessions that were touched, by schedule and start.
    fn touched_sessions(
        &self,
        touched: &Touched,
    ) -> Result<BTreeMap<(ScheduleId, Minute), StoredSession>, LedgerError> {
        let mut sessions = BTreeMap::new();
        let mut note = |stored: StoredSession| {
            sessions.insert((stored.schedule, stored.published.start), stored);
        };
        let longest = i32::try_from(MAX_SESSION_MINUTES).unwrap_or(i32::MAX);
        let mut overlapping = self.tx.prepare_cached(&format!(
            "SELECT {SESSION} FROM schedules c JOIN sessions s ON s.schedule = c.id
             WHERE c.resource = ?1 AND s.start > ?2 AND s.start < ?3"
        ))?;
        for (resource, start, end) in &touched.spans {
            let mut found = overlapping.query(params![resource.0, start.plus(-longest).0, end.0])?;
            while let Some(row) = found.next()? {
                let stored = session(row)?;
                if stored.end() > *start {
                    note(stored);
                }
            }
        }
        let mut by_key = self.tx.prepare_cached(&format!(
            "SELECT {SESSION} FROM sessions s WHERE s.schedule = ?1 AND s.start = ?2"
        ))?;
        for (schedule, start) in &touched.sessions {
            let mut found = by_key.query(params![schedule.0, start.0])?;
            if let Some(row) = found.next()? {
                note(session(row)?);
            }
        }
        Ok(sessions)
    }
}

impl Facts for SqliteBooks<'_> {
    async fn schedules_after(&self, after: Option<ScheduleId>, most: usize) -> Result<Vec<ScheduleFacts>, LedgerError> {
        let after = after.map_or(-1, |id| i64::from(id.0));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.schedule_rows(
            "SELECT channels, document FROM schedules WHERE id > ?1 ORDER BY id LIMIT ?2",
            params![after, most],
        )?
        .into_iter()
        .map(|(channels, schedule)| self.whole_schedule(channels, schedule))
        .collect()
    }

    async fn whole(&self, schedules: &BTreeSet<ScheduleId>) -> Result<Vec<ScheduleFacts>, LedgerError> {
        let mut all = Vec::with_capacity(schedules.len());
        for id in schedules {
            let rows = self.schedule_rows("SELECT channels, document FROM schedules WHERE id = ?1", [id.0])?;
            for (channels, schedule) in rows {
                all.push(self.whole_schedule(channels, schedule)?);
            }
        }
        Ok(all)
    }

    async fn around(&self, touched: &Touched) -> Result<Vec<ScheduleFacts>, LedgerError> {
        let mut all: Vec<ScheduleFacts> = Vec::new();
        for ((id, start), stored) in self.touched_sessions(touched)? {
            if all.last().is_none_or(|facts| facts.schedule.id != id) {
                let rows = self.schedule_rows("SELECT channels, document FROM schedules WHERE id = ?1", [id.0])?;
                all.extend(rows.into_iter().map(|(channels, schedule)| ScheduleFacts {
                    schedule,
                    channels,
                    sessions: Vec::new(),
                    claims: Vec::new(),
                    tickets: Tickets::new(),
                }));
            }
            let Some(facts) = all.last_mut() else { continue };
            let (from, to) = (cell_of(start), cell_after(stored.end()));
            self.claims(facts.schedule.resource, from, to, &mut facts.claims)?;
            if !facts.schedule.quotas.is_empty() {
                facts.tickets.insert(start, self.booked_tickets(id, start).await?);
            }
            facts.sessions.push(stored);
        }
        Ok(all)
    }

    async fn numbers(&self, sql: &'static str) -> Result<Vec<Vec<i64>>, LedgerError> {
        let mut statement = self.tx.prepare(sql)?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect())?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
