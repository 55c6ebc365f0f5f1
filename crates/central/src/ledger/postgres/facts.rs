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
use super::int::{Int, int, minute, number};
use super::publishing::ids;
use super::rows::{session, session_columns};
use crate::ledger::books::{Facts, Published, Touched};
use crate::ledger::facts::ScheduleFacts;
use crate::ledger::slots::{ClaimedCell, Kind, StoredSession, cell_after, cell_of};
use crate::ledger::stored::{Tickets, count_tickets, document};
use crate::ledger::{LedgerError, MAX_SESSION_MINUTES};

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

    /// The claims on sessions.
    async fn claims_on(&self, sessions: &[StoredSession]) -> Result<Claims, LedgerError> {
        let keys = ids(sessions.iter().map(|stored| stored.schedule));
        let first: Vec<Int> = sessions
            .iter()
            .map(|stored| int(cell_of(stored.published.start)))
            .collect();
        let end: Vec<Int> = sessions.iter().map(|stored| int(cell_after(stored.end()))).collect();
        let sql = "SELECT DISTINCT l.resource, l.cell, l.place, l.kind
                   FROM unnest($1::bigint[], $2::integer[], $3::integer[]) AS t (schedule, first, stop)
                   CROSS JOIN LATERAL (SELECT resource FROM schedules WHERE id = t.schedule OFFSET 0) AS c
                   CROSS JOIN LATERAL (SELECT * FROM claims
                       WHERE resource = c.resource AND cell >= t.first AND cell < t.stop OFFSET 0) AS l
                   ORDER BY l.resource, l.cell, l.place";
        claims(&self.all(sql, &[&keys, &first, &end]).await?)
    }

    /// The tickets that bookings have in sessions.
    async fn tickets_in(&self, sessions: &[StoredSession]) -> Result<HashMap<ScheduleId, Tickets>, LedgerError> {
        let keys = ids(sessions.iter().map(|stored| stored.schedule));
        let starts: Vec<Int> = sessions.iter().map(|stored| int(stored.published.start.0)).collect();
        let sql = "SELECT q.schedule, q.start, q.class, count(*)
                   FROM unnest($1::bigint[], $2::integer[]) AS t (schedule, start)
                   CROSS JOIN LATERAL (SELECT * FROM quota_tickets
                       WHERE schedule = t.schedule AND start = t.start AND kind > 1 OFFSET 0) AS q
                   GROUP BY q.schedule, q.start, q.class";
        tickets(&self.all(sql, &[&keys, &starts]).await?)
    }

    /// The sessions that were touched, in the order of schedules and time.
    async fn touched_sessions(&self, touched: &Touched) -> Result<Vec<StoredSession>, LedgerError> {
        let resources: Vec<Int> = touched.spans.iter().map(|(resource, ..)| int(resource.0)).collect();
        let starts: Vec<Int> = touched.spans.iter().map(|(_, start, _)| int(start.0)).collect();
        let ends: Vec<Int> = touched.spans.iter().map(|(.., end)| int(end.0)).collect();
        let keys: Vec<Int> = touched.sessions.iter().map(|(schedule, _)| int(schedule.0)).collect();
        let key_starts: Vec<Int> = touched.sessions.iter().map(|(_, start)| int(start.0)).collect();
        let rows = self
            .all(
                concat!(
                    "SELECT ",
                    session_columns!(),
                    " FROM unnest($1::bigint[], $2::integer[], $3::integer[]) AS t (resource, start, stop)
                     CROSS JOIN LATERAL (SELECT id FROM schedules WHERE resource = t.resource OFFSET 0) AS c
                     CROSS JOIN LATERAL (SELECT * FROM sessions
                         WHERE schedule = c.id AND start > t.start - $4 AND start < t.stop
                           AND start + step * slots > t.start OFFSET 0) AS s
                     UNION SELECT ",
                    session_columns!(),
                    " FROM unnest($5::bigint[], $6::integer[]) AS t (schedule, start)
                     CROSS JOIN LATERAL (SELECT * FROM sessions
                         WHERE schedule = t.schedule AND start = t.start OFFSET 0) AS s
                     ORDER BY schedule, start"
                ),
                &[
                    &resources,
                    &starts,
                    &ends,
                    &int(MAX_SESSION_MINUTES),
                    &keys,
                    &key_starts,
                ],
            )
            .await?;
        rows.iter().map(session).collect()
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
        let sessions = self.touched_sessions(touched).await?;
        let mut wanted = ids(sessions.iter().map(|stored| stored.schedule));
        wanted.dedup();
        let (rows, claims, tickets) = try_join!(
            self.schedule_rows(&wanted),
            self.claims_on(&sessions),
            self.tickets_in(&sessions)
        )?;
        let mut of_schedule: HashMap<ScheduleId, Vec<StoredSession>> = HashMap::new();
        for stored in sessions {
            of_schedule.entry(stored.schedule).or_default().push(stored);
        }
        Ok(together(schedules(&rows)?, of_schedule, &claims, tickets))
    }

    async fn numbers(&self, sql: &'static str) -> Result<Vec<Vec<i64>>, LedgerError> {
        let rows = self.all_once(sql).await?;
        rows.iter()
            .map(|row| (0..row.len()).map(|column| number(row, column)).collect())
            .collect()
    }
}
