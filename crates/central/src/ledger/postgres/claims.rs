//! Cells of time and tickets of quotas.

use chrono::{DateTime, Utc};
use lanterna_model::ids::{DeskId, ScheduleId};
use lanterna_model::schedule::Schedule;
use lanterna_model::time::Minute;

use super::books::PostgresBooks;
use super::int::{Int, int, number};
use super::leases::lease_ids;
use super::rows::{session, session_columns};
use crate::ledger::LedgerError;
use crate::ledger::books::{Claims, Concern};
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::{ClaimedSpan, Owner, document, millis};

impl PostgresBooks {
    /// Whether nobody else sweeps until the transaction ends.
    pub(super) async fn sweeps_alone(&self) -> Result<bool, LedgerError> {
        let row = self.one("SELECT pg_try_advisory_xact_lock(27001, 3)", &[]).await?;
        Ok(row.try_get(0)?)
    }

    /// Deletes the holds that are over and keep something of a resource.
    async fn delete_over(&self, resources: &[Int], now: DateTime<Utc>) -> Result<(), LedgerError> {
        let over = self
            .all(
                "SELECT DISTINCT h.id FROM holds h JOIN hold_spans s ON s.hold = h.id
                 WHERE s.resource = ANY($1) AND h.expires_ms <= $2 ORDER BY h.id",
                &[&resources, &millis(now)],
            )
            .await?;
        if over.is_empty() {
            return Ok(());
        }
        let over: Vec<i64> = over.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        self.delete_holds(&over).await
    }
}

impl Claims for PostgresBooks {
    /// Locks the resources in one order, so that nobody waits in a circle.
    async fn seclude(&self, concern: &Concern<'_>) -> Result<(), LedgerError> {
        let resources: Vec<Int> = concern.resources.iter().map(|resource| int(resource.0)).collect();
        let locked = self
            .all(
                "SELECT resource, pg_advisory_xact_lock(27002, (resource - 2147483648)::integer) FROM (
                     SELECT unnest($1::bigint[]) AS resource
                     UNION SELECT resource FROM appointments WHERE booking = $2
                     UNION SELECT s.resource FROM hold_spans s JOIN holds h ON h.id = s.hold WHERE h.request = ANY($3)
                     UNION SELECT resource FROM leases WHERE id = ANY($4)
                     ORDER BY resource OFFSET 0) AS concerned",
                &[&resources, &concern.booking, &concern.holds, &lease_ids(concern.leases)],
            )
            .await?;
        if let Some(now) = concern.over_by {
            let locked: Vec<Int> = locked.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
            self.delete_over(&locked, now).await?;
        }
        Ok(())
    }

    async fn attempt(&self) -> Result<(), LedgerError> {
        self.script_later("SAVEPOINT attempt").await
    }

    async fn attempted(&self, keep: bool) -> Result<(), LedgerError> {
        self.script_later(if keep {
            "RELEASE SAVEPOINT attempt"
        } else {
            "ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt"
        })
        .await
    }

    async fn session_before(&self, schedule: ScheduleId, minute: Minute) -> Result<Option<StoredSession>, LedgerError> {
        let found = self
            .maybe(
                concat!(
                    "SELECT ",
                    session_columns!(),
                    " FROM sessions s WHERE s.schedule = $1 AND s.start <= $2 ORDER BY s.start DESC LIMIT 1"
                ),
                &[&int(schedule.0), &int(minute.0)],
            )
            .await?;
        found.as_ref().map(session).transpose()
    }

    async fn claim_cells(&self, owner: Owner, span: &ClaimedSpan) -> Result<u64, LedgerError> {
        let (first, end) = span.cells();
        self.run(
            "INSERT INTO claims (resource, cell, place, kind, owner)
             SELECT $1, cell, $4, $5, $6 FROM generate_series($2::integer, $3::integer - 1) AS cell
             ON CONFLICT DO NOTHING",
            &[
                &int(span.resource.0),
                &int(first),
                &int(end),
                &int(span.place),
                &int(owner.kind.code()),
                &owner.id,
            ],
        )
        .await
    }

    async fn holds_on(&self, span: &ClaimedSpan, desk: DeskId, owner: Owner) -> Result<Vec<i64>, LedgerError> {
        let (first, end) = span.cells();
        let found = self
            .all(
                "SELECT DISTINCT h.id FROM claims c JOIN holds h ON h.id = c.owner
                 WHERE c.resource = $1 AND c.cell >= $2 AND c.cell < $3 AND c.place = $4 AND c.kind = 1 AND h.desk = $5
                   AND NOT (h.id = $6 AND $7::smallint = 1)",
                &[
                    &int(span.resource.0),
                    &int(first),
                    &int(end),
                    &int(span.place),
                    &int(desk.0),
                    &owner.id,
                    &int(owner.kind.code()),
                ],
            )
            .await?;
        found.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    async fn tickets(&self, schedule: ScheduleId, session: Minute, class: u8) -> Result<Vec<u16>, LedgerError> {
        let sql = "SELECT n FROM quota_tickets WHERE schedule = $1 AND start = $2 AND class = $3 ORDER BY n";
        let taken = self.all(sql, &[&int(schedule.0), &int(session.0), &int(class)]).await?;
        taken.iter().map(|row| number(row, 0)).collect()
    }

    async fn take_ticket(
        &self,
        owner: Owner,
        schedule: ScheduleId,
        session: Minute,
        class: u8,
        number: u16,
    ) -> Result<bool, LedgerError> {
        let taken = self
            .run(
                "INSERT INTO quota_tickets (schedule, start, class, n, kind, owner) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT DO NOTHING",
                &[
                    &int(schedule.0),
                    &int(session.0),
                    &int(class),
                    &int(number),
                    &int(owner.kind.code()),
                    &owner.id,
                ],
            )
            .await?;
        Ok(taken == 1)
    }

    async fn ticketed(&self, owner: Owner) -> Result<Vec<(ScheduleId, Minute)>, LedgerError> {
        let sql = "SELECT schedule, start FROM quota_tickets WHERE owner = $1 AND kind = $2";
        let owned = self.all(sql, &[&owner.id, &int(owner.kind.code())]).await?;
        owned
            .iter()
            .map(|row| Ok((ScheduleId(number(row, 0)?), Minute(number(row, 1)?))))
            .collect()
    }

    async fn release_quota(
        &self,
        schedule: ScheduleId,
        session: Minute,
        released: u8,
        next: Option<Minute>,
    ) -> Result<(), LedgerError> {
        let next = next.map(|at| int(at.0));
        self.run(
            "UPDATE sessions SET released = $3, release_at = $4 WHERE schedule = $1 AND start = $2",
            &[&int(schedule.0), &int(session.0), &int(released), &next],
        )
        .await
        .map(drop)
    }

    /// Whether a class gets its bit back depends on the tickets that are taken: the resources are
    /// locked first, and what is due is read again, for it may have been released meanwhile.
    async fn due_releases(&self, now: Minute, most: u32) -> Result<Vec<(StoredSession, Schedule)>, LedgerError> {
        let locked = self
            .all(
                "SELECT resource, pg_advisory_xact_lock(27002, (resource - 2147483648)::integer) FROM (
                     SELECT DISTINCT c.resource FROM (SELECT schedule FROM sessions WHERE release_at <= $1
                         ORDER BY release_at LIMIT $2) AS due JOIN schedules c ON c.id = due.schedule
                     ORDER BY c.resource OFFSET 0) AS concerned",
                &[&int(now.0), &int(most)],
            )
            .await?;
        if locked.is_empty() {
            return Ok(Vec::new());
        }
        let locked: Vec<Int> = locked.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let due = self
            .all(
                concat!(
                    "SELECT ",
                    session_columns!(),
                    ", c.document FROM sessions s JOIN schedules c ON c.id = s.schedule
                     WHERE s.release_at <= $1 AND c.resource = ANY($3) ORDER BY s.release_at LIMIT $2"
                ),
                &[&int(now.0), &int(most), &locked],
            )
            .await?;
        due.iter()
            .map(|row| Ok((session(row)?, document("schedules", row.try_get(8)?)?)))
            .collect()
    }

    async fn booked_tickets(&self, schedule: ScheduleId, session: Minute) -> Result<[u32; 4], LedgerError> {
        let sql = "SELECT class, count(*) FROM quota_tickets
                   WHERE schedule = $1 AND start = $2 AND kind > 1 GROUP BY class";
        let mut booked = [0; 4];
        for row in self.all(sql, &[&int(schedule.0), &int(session.0)]).await? {
            if let Some(count) = booked.get_mut(number::<usize>(&row, 0)?) {
                *count = number(&row, 1)?;
            }
        }
        Ok(booked)
    }
}
