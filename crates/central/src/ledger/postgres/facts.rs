//! Sessions with all that lies on them, many at once: a region is not read schedule by schedule.
//!
//! Where a few are asked for by their keys, a fence (`OFFSET 0`) has the server look up each by its index, whatever
//! it believes of the size of tables: a plan is made before their numbers are known, and kept.

use std::collections::{BTreeSet, HashMap};

use futures_util::try_join;
use lanterna_model::access::Channels;
use lanterna_model::ids::{ResourceId, ScheduleId};
use lanterna_model::schedule::Schedule;
use tokio_postgres::Row;

use super::books::PostgresBooks;
use super::int::{Int, int, minute, number, numbers};
use super::publishing::ids;
use super::rows::{session, session_columns};
use crate::ledger::books::{Facts, Published, Touched};
use crate::ledger::facts::ScheduleFacts;
use crate::ledger::slots::{ClaimedCell, Kind, StoredSession};
use crate::ledger::stored::{Tickets, count_tickets, document};
use crate::ledger::{LedgerError, MAX_SESSION_MINUTES};

/// The sessions that were touched, in the order of schedules and time, each with its schedule and what lies on it:
/// cells as `cell_of` and `cell_after` count them.
const AROUND: &str = concat!(
    "SELECT ",
    session_columns!(),
    ", c.channels, c.document, l.cells, l.places, l.kinds, q.classes, q.counts
     FROM (SELECT s.* FROM unnest($1::bigint[], $2::integer[], $3::integer[]) AS t (resource, start, stop)
               CROSS JOIN LATERAL (SELECT id FROM schedules WHERE resource = t.resource OFFSET 0) AS c
               CROSS JOIN LATERAL (SELECT * FROM sessions
                   WHERE schedule = c.id AND start > t.start - $4 AND start < t.stop
                     AND start + step * slots > t.start OFFSET 0) AS s
           UNION SELECT s.* FROM unnest($5::bigint[], $6::integer[]) AS t (schedule, start)
               CROSS JOIN LATERAL (SELECT * FROM sessions
                   WHERE schedule = t.schedule AND start = t.start OFFSET 0) AS s) AS s
     CROSS JOIN LATERAL (SELECT resource, channels, document FROM schedules WHERE id = s.schedule OFFSET 0) AS c
     CROSS JOIN LATERAL (SELECT coalesce(array_agg(cell), '{}') AS cells, coalesce(array_agg(place), '{}') AS places,
             coalesce(array_agg(kind), '{}') AS kinds
         FROM claims WHERE resource = c.resource AND cell >= s.start / 5
             AND cell < (s.start + s.step * s.slots + 4) / 5 OFFSET 0) AS l
     CROSS JOIN LATERAL (SELECT coalesce(array_agg(class), '{}') AS classes, coalesce(array_agg(n), '{}') AS counts
         FROM (SELECT class, count(*) AS n FROM quota_tickets
               WHERE schedule = s.schedule AND start = s.start AND kind > 1 GROUP BY class) AS each OFFSET 0) AS q
     ORDER BY s.schedule, s.start"
);

/// The claims on a session as [`AROUND`] tells them.
fn cells(row: &Row) -> Result<Vec<ClaimedCell>, LedgerError> {
    let claims = numbers(row, 10)?.into_iter().zip(numbers(row, 11)?);
    claims
        .zip(numbers(row, 12)?)
        .map(|((cell, place), kind)| {
            let kind = Kind::from_code(kind).ok_or(LedgerError::Damaged { table: "claims" })?;
            Ok(ClaimedCell { cell, place, kind })
        })
        .collect()
}

/// Claims by resource, in the order of cells.
type Claims = HashMap<ResourceId, Vec<ClaimedCell>>;

fn claims(rows: &[Row]) -> Result<Claims, LedgerError> {
    let mut claims = Claims::new();
    for row in rows {
        let cell = ClaimedCell {
            cell: number(row, 1)?,
            place: number(row, 2)?,
            kind: Kind::from_code(number(row, 3)?).ok_or(LedgerError::Damaged { table: "claims" })?,
        };
        claims.entry(ResourceId(number(row, 0)?)).or_default().push(cell);
    }
    Ok(claims)
}

fn tickets(rows: &[Row]) -> Result<HashMap<ScheduleId, Tickets>, LedgerError> {
    let mut tickets: HashMap<ScheduleId, Tickets> = HashMap::new();
    for row in rows {
        let of_schedule = tickets.entry(ScheduleId(number(row, 0)?)).or_default();
        count_tickets(of_schedule, minute(row, 1)?, number(row, 2)?, number(row, 3)?);
    }
    Ok(tickets)
}

fn schedules(rows: &[Row]) -> Result<Vec<(Channels, Schedule)>, LedgerError> {
    rows.iter()
        .map(|row| Ok((Channels(number(row, 0)?), document("schedules", row.try_get(1)?)?)))
        .collect()
}

/// Puts together what was read. Schedules may share a resource.
fn together(
    schedules: Vec<(Channels, Schedule)>,
    mut sessions: HashMap<ScheduleId, Vec<StoredSession>>,
    claims: &Claims,
    mut tickets: HashMap<ScheduleId, Tickets>,
) -> Vec<ScheduleFacts> {
    let facts = schedules.into_iter().map(|(channels, schedule)| ScheduleFacts {
        sessions: sessions.remove(&schedule.id).unwrap_or_default(),
        claims: claims.get(&schedule.resource).cloned().unwrap_or_default(),
        tickets: tickets.remove(&schedule.id).unwrap_or_default(),
        channels,
        schedule,
    });
    facts.collect()
}

impl PostgresBooks {
    async fn schedule_rows(&self, ids: &[Int]) -> Result<Vec<Row>, LedgerError> {
        let sql = "SELECT channels, document FROM schedules WHERE id = ANY($1) ORDER BY id";
        self.all(sql, &[&ids]).await
    }

    /// All claims of resources.
    async fn claims_of(&self, resources: &[Int]) -> Result<Claims, LedgerError> {
        let sql = "SELECT resource, cell, place, kind FROM claims
                   WHERE resource = ANY($1) ORDER BY resource, cell, place";
        claims(&self.all(sql, &[&resources]).await?)
    }

    /// All tickets that bookings have in schedules.
    async fn tickets_of(&self, ids: &[Int]) -> Result<HashMap<ScheduleId, Tickets>, LedgerError> {
        let sql = "SELECT schedule, start, class, count(*) FROM quota_tickets
                   WHERE schedule = ANY($1) AND kind > 1 GROUP BY schedule, start, class";
        tickets(&self.all(sql, &[&ids]).await?)
    }

    /// These schedules with all their sessions.
    async fn with_sessions(&self, rows: &[Row]) -> Result<Vec<ScheduleFacts>, LedgerError> {
        let schedules = schedules(rows)?;
        let wanted: Vec<ScheduleId> = schedules.iter().map(|(_, schedule)| schedule.id).collect();
        let keys = ids(wanted.iter().copied());
        let resources: Vec<Int> = schedules.iter().map(|(_, schedule)| int(schedule.resource.0)).collect();
        let (sessions, claims, tickets) = try_join!(
            self.sessions_of(&wanted),
            self.claims_of(&resources),
            self.tickets_of(&keys)
        )?;
        Ok(together(schedules, sessions, &claims, tickets))
    }
}

impl Facts for PostgresBooks {
    async fn schedules_after(&self, after: Option<ScheduleId>, most: usize) -> Result<Vec<ScheduleFacts>, LedgerError> {
        let after = after.map_or(-1, |id| i64::from(id.0));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let sql = "SELECT channels, document FROM schedules WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = self.all(sql, &[&after, &most]).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.with_sessions(&rows).await
    }

    async fn whole(&self, wanted: &BTreeSet<ScheduleId>) -> Result<Vec<ScheduleFacts>, LedgerError> {
        let rows = self.schedule_rows(&ids(wanted.iter().copied())).await?;
        self.with_sessions(&rows).await
    }

    async fn around(&self, touched: &Touched) -> Result<Vec<ScheduleFacts>, LedgerError> {
        if touched.spans.is_empty() && touched.sessions.is_empty() {
            return Ok(Vec::new());
        }
        let resources: Vec<Int> = touched.spans.iter().map(|(resource, ..)| int(resource.0)).collect();
        let starts: Vec<Int> = touched.spans.iter().map(|(_, start, _)| int(start.0)).collect();
        let ends: Vec<Int> = touched.spans.iter().map(|(.., end)| int(end.0)).collect();
        let keys: Vec<Int> = touched.sessions.iter().map(|(schedule, _)| int(schedule.0)).collect();
        let key_starts: Vec<Int> = touched.sessions.iter().map(|(_, start)| int(start.0)).collect();
        let most = int(MAX_SESSION_MINUTES);
        let rows = self
            .all(AROUND, &[&resources, &starts, &ends, &most, &keys, &key_starts])
            .await?;
        let mut around: Vec<ScheduleFacts> = Vec::new();
        for row in &rows {
            let stored = session(row)?;
            if around.last().is_none_or(|facts| facts.schedule.id != stored.schedule) {
                around.push(ScheduleFacts {
                    channels: Channels(number(row, 8)?),
                    schedule: document("schedules", row.try_get(9)?)?,
                    sessions: Vec::new(),
                    claims: Vec::new(),
                    tickets: Tickets::new(),
                });
            }
            if let Some(facts) = around.last_mut() {
                facts.claims.extend(cells(row)?);
                for (class, count) in numbers(row, 13)?.into_iter().zip(numbers(row, 14)?) {
                    count_tickets(&mut facts.tickets, stored.published.start, class, count);
                }
                facts.sessions.push(stored);
            }
        }
        // Sessions may meet in a cell.
        for facts in &mut around {
            facts.claims.sort_unstable_by_key(|claim| (claim.cell, claim.place));
            facts.claims.dedup_by_key(|claim| (claim.cell, claim.place));
        }
        Ok(around)
    }

    async fn numbers(&self, sql: &'static str) -> Result<Vec<Vec<i64>>, LedgerError> {
        let rows = self.all_once(sql).await?;
        rows.iter()
            .map(|row| (0..row.len()).map(|column| number(row, column)).collect())
            .collect()
    }
}
