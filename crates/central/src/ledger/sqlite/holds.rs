//! Holds and what they keep.

use chrono::{DateTime, Utc};
use lanterna_model::ids::DeskId;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::books::SqliteBooks;
use super::rows::{SPAN, span};
use crate::ledger::LedgerError;
use crate::ledger::books::Holds;
use crate::ledger::stored::{ClaimedSpan, Owner, StoredHold, millis};

impl Holds for SqliteBooks<'_> {
    async fn hold(&self, request: Uuid) -> Result<Option<StoredHold>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT id, desk, expires_ms FROM holds WHERE request = ?1")?
            .query_row([request.as_bytes().as_slice()], |row| {
                Ok(StoredHold {
                    id: row.get(0)?,
                    desk: DeskId(row.get(1)?),
                    expires_ms: row.get(2)?,
                })
            })
            .optional()?)
    }

    async fn create_hold(&self, request: Uuid, desk: DeskId, expires_ms: i64) -> Result<i64, LedgerError> {
        self.tx
            .prepare_cached("INSERT INTO holds (request, desk, expires_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![request.as_bytes().as_slice(), desk.0, expires_ms])?;
        Ok(self.tx.last_insert_rowid())
    }

    async fn hold_spans(&self, hold: i64) -> Result<Vec<ClaimedSpan>, LedgerError> {
        let mut statement = self
            .tx
            .prepare_cached(&format!("SELECT {SPAN} FROM hold_spans WHERE hold = ?1 ORDER BY n"))?;
        Ok(statement.query_map([hold], span)?.collect::<Result<_, _>>()?)
    }

    async fn add_hold_span(&self, hold: i64, n: u8, span: &ClaimedSpan) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached(
                "INSERT INTO hold_spans (hold, n, schedule, resource, start, place, minutes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                hold,
                n,
                span.schedule.0,
                span.resource.0,
                span.start.0,
                span.place,
                span.minutes
            ])?;
        Ok(())
    }

    async fn delete_hold(&self, hold: i64) -> Result<(), LedgerError> {
        let owner = Owner::hold(hold);
        for span in self.hold_spans(hold).await? {
            self.release_cells(owner, &span)?;
        }
        self.release_tickets(owner)?;
        for sql in [
            "DELETE FROM hold_spans WHERE hold = ?1",
            "DELETE FROM holds WHERE id = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([hold])?;
        }
        Ok(())
    }

    async fn delete_expired(&self, now: DateTime<Utc>, most: u32) -> Result<u32, LedgerError> {
        let expired: Vec<i64> = self
            .tx
            .prepare_cached("SELECT id FROM holds WHERE expires_ms <= ?1 LIMIT ?2")?
            .query_map(params![millis(now), most], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for hold in &expired {
            self.delete_hold(*hold).await?;
        }
        Ok(u32::try_from(expired.len()).unwrap_or(u32::MAX))
    }
}
