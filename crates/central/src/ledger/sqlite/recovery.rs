//! A ledger that went back in time.

use chrono::{DateTime, Utc};
use lanterna_model::ids::{DeskId, LeaseId};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::books::SqliteBooks;
use super::changes;
use crate::ledger::LedgerError;
use crate::ledger::feed::first_row;
use crate::ledger::leases::NewLease;
use crate::ledger::recovery::{Awaited, Recovery, Report};
use crate::ledger::slots::Kind;
use crate::ledger::stored::{self, ClaimedSpan, Owner};

impl Recovery for SqliteBooks<'_> {
    async fn note(&self, name: &str) -> Result<Option<String>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT value FROM notes WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    async fn set_note(&self, name: &str, value: Option<&str>) -> Result<(), LedgerError> {
        match value {
            Some(value) => self.tx.execute(
                "INSERT INTO notes (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [name, value],
            )?,
            None => self.tx.execute("DELETE FROM notes WHERE name = ?1", [name])?,
        };
        Ok(())
    }

    async fn begin_epoch(&self, epoch: &str, first_lease: LeaseId) -> Result<(), LedgerError> {
        self.tx.execute("UPDATE ledger SET epoch = ?1", [epoch])?;
        self.tx.execute("DELETE FROM feed", [])?;
        changes::insert(self.tx, &first_row(epoch))?;
        self.tx
            .execute("DELETE FROM sqlite_sequence WHERE name = 'leases'", [])?;
        self.tx.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('leases', ?1)",
            [first_lease.0.cast_signed()],
        )?;
        self.tx.execute("UPDATE leases SET recalled = 1 WHERE state = 1", [])?;
        self.tx.execute("UPDATE desks SET report = 0 WHERE revoked = 0", [])?;
        Ok(())
    }

    async fn report(&self, desk: DeskId) -> Result<Report, LedgerError> {
        let code: Option<u8> = self
            .tx
            .prepare_cached("SELECT report FROM desks WHERE id = ?1")?
            .query_row([desk.0], |row| row.get(0))
            .optional()?;
        Report::from_code(code.ok_or(LedgerError::NoSuchDesk(desk))?)
    }

    async fn set_report(&self, desk: DeskId, report: Report) -> Result<(), LedgerError> {
        self.tx.execute(
            "UPDATE desks SET report = ?2 WHERE id = ?1",
            params![desk.0, report.code()],
        )?;
        Ok(())
    }

    async fn awaited(&self) -> Result<Vec<Awaited>, LedgerError> {
        let mut select = self.tx.prepare_cached(
            "SELECT id, code, channel, report FROM desks WHERE report <> 1 AND revoked = 0 ORDER BY id",
        )?;
        let mut rows = select.query([])?;
        let mut awaited = Vec::new();
        while let Some(row) = rows.next()? {
            let (code, channel): (String, String) = (row.get(1)?, row.get(2)?);
            awaited.push(Awaited {
                desk: stored::desk(DeskId(row.get(0)?), &code, &channel)?,
                report: Report::from_code(row.get(3)?)?,
            });
        }
        Ok(awaited)
    }

    async fn owners_on(&self, span: &ClaimedSpan) -> Result<Vec<Owner>, LedgerError> {
        let (first, end) = span.cells();
        let mut select = self.tx.prepare_cached(
            "SELECT DISTINCT kind, owner FROM claims
             WHERE resource = ?1 AND cell >= ?2 AND cell < ?3 AND place = ?4 ORDER BY kind, owner",
        )?;
        let mut rows = select.query(params![span.resource.0, first, end, span.place])?;
        let mut owners = Vec::new();
        while let Some(row) = rows.next()? {
            let kind = Kind::from_code(row.get(0)?).ok_or(LedgerError::Damaged { table: "claims" })?;
            owners.push(Owner { kind, id: row.get(1)? });
        }
        Ok(owners)
    }

    async fn restore_lease(&self, id: LeaseId, lease: &NewLease, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.insert_lease(Some(id), lease, now).map(drop)
    }

    async fn rebind_lease(&self, id: LeaseId, incarnation: Uuid) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("UPDATE leases SET incarnation = ?2, recalled = 0 WHERE id = ?1 AND state = 1")?
            .execute(params![id.0.cast_signed(), incarnation.as_bytes().as_slice()])?;
        Ok(())
    }
}
