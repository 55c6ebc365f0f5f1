//! A ledger that went back in time.

use chrono::{DateTime, Utc};
use lanterna_model::ids::{DeskId, LeaseId};
use uuid::Uuid;

use super::books::PostgresBooks;
use super::int::{int, number};
use crate::ledger::LedgerError;
use crate::ledger::feed::first_row;
use crate::ledger::leases::NewLease;
use crate::ledger::recovery::{Awaited, Recovery, Report};
use crate::ledger::slots::Kind;
use crate::ledger::stored::{self, ClaimedSpan, Owner};

impl Recovery for PostgresBooks {
    async fn note(&self, name: &str) -> Result<Option<String>, LedgerError> {
        let found = self.maybe("SELECT value FROM notes WHERE name = $1", &[&name]).await?;
        Ok(found.map(|row| row.try_get(0)).transpose()?)
    }

    async fn set_note(&self, name: &str, value: Option<&str>) -> Result<(), LedgerError> {
        let Some(value) = value else {
            return self.run("DELETE FROM notes WHERE name = $1", &[&name]).await.map(drop);
        };
        let sql = "INSERT INTO notes (name, value) VALUES ($1, $2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.run(sql, &[&name, &value]).await.map(drop)
    }

    async fn begin_epoch(&self, epoch: &str, first_lease: LeaseId) -> Result<(), LedgerError> {
        self.run("UPDATE ledger SET epoch = $1", &[&epoch]).await?;
        // What waited to be numbered in the life before is shown by the snapshots of this one.
        self.script("LOCK TABLE sequencer IN EXCLUSIVE MODE; DELETE FROM unnumbered; DELETE FROM feed")
            .await?;
        let sql = "UPDATE operations SET seq = 1 WHERE settled IS NOT NULL AND seq IS NULL";
        self.run(sql, &[]).await?;
        self.write_feed(&[first_row(epoch)]).await?;
        self.script(&format!(
            "ALTER TABLE leases ALTER COLUMN id RESTART WITH {};
             UPDATE leases SET recalled = 1 WHERE state = 1;
             UPDATE desks SET report = 0 WHERE revoked = 0",
            first_lease.0 + 1
        ))
        .await
    }

    async fn report(&self, desk: DeskId) -> Result<Report, LedgerError> {
        let sql = "SELECT report FROM desks WHERE id = $1";
        let row = self.maybe(sql, &[&int(desk.0)]).await?;
        Report::from_code(number(&row.ok_or(LedgerError::NoSuchDesk(desk))?, 0)?)
    }

    async fn set_report(&self, desk: DeskId, report: Report) -> Result<(), LedgerError> {
        // Whoever ends the recovery has seen what all the others told.
        self.script("SELECT pg_advisory_xact_lock(27001, 5)").await?;
        let sql = "UPDATE desks SET report = $2 WHERE id = $1";
        self.run(sql, &[&int(desk.0), &int(report.code())]).await.map(drop)
    }

    async fn awaited(&self) -> Result<Vec<Awaited>, LedgerError> {
        let sql = "SELECT id, code, channel, report FROM desks WHERE report <> 1 AND revoked = 0 ORDER BY id";
        let rows = self.all(sql, &[]).await?;
        rows.iter()
            .map(|row| {
                Ok(Awaited {
                    desk: stored::desk(DeskId(number(row, 0)?), row.try_get(1)?, row.try_get(2)?)?,
                    report: Report::from_code(number(row, 3)?)?,
                })
            })
            .collect()
    }

    async fn owners_on(&self, span: &ClaimedSpan) -> Result<Vec<Owner>, LedgerError> {
        let (first, end) = span.cells();
        let sql = "SELECT DISTINCT kind, owner FROM claims
                   WHERE resource = $1 AND cell >= $2 AND cell < $3 AND place = $4 ORDER BY kind, owner";
        let parameters = (int(span.resource.0), int(first), int(end), int(span.place));
        let rows = self
            .all(sql, &[&parameters.0, &parameters.1, &parameters.2, &parameters.3])
            .await?;
        rows.iter()
            .map(|row| {
                let kind = Kind::from_code(number(row, 0)?).ok_or(LedgerError::Damaged { table: "claims" })?;
                let id = row.try_get(1)?;
                Ok(Owner { kind, id })
            })
            .collect()
    }

    async fn restore_lease(&self, id: LeaseId, lease: &NewLease, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.insert_lease(Some(id), lease, now).await.map(drop)
    }

    async fn rebind_lease(&self, id: LeaseId, incarnation: Uuid) -> Result<(), LedgerError> {
        let sql = "UPDATE leases SET incarnation = $2, recalled = 0 WHERE id = $1 AND state = 1";
        self.run(sql, &[&id.0.cast_signed(), &incarnation]).await.map(drop)
    }
}
