//! Operations and their answers.

use chrono::{DateTime, Utc};
use lanterna_model::ids::DeskId;
use lanterna_wire::operation::Envelope;
use lanterna_wire::outcome::{Outcome, Settled};
use rusqlite::params;
use uuid::Uuid;

use super::books::SqliteBooks;
use crate::ledger::LedgerError;
use crate::ledger::books::{Operations, Touched};
use crate::ledger::stored::{StoredAnswer, document, text};

const TABLE: &str = "operations";

impl Operations for SqliteBooks<'_> {
    async fn open_operation(&self, desk: DeskId, envelope: &Envelope, hash: &[u8]) -> Result<bool, LedgerError> {
        let inserted = self
            .tx
            .prepare_cached(
                "INSERT INTO operations (id, desk, number, hash) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                envelope.id.as_bytes().as_slice(),
                desk.0,
                envelope.number.cast_signed(),
                hash
            ])?;
        Ok(inserted == 1)
    }

    async fn answer(&self, id: Uuid) -> Result<StoredAnswer, LedgerError> {
        let (hash, settled): (Vec<u8>, Option<String>) = self
            .tx
            .prepare_cached("SELECT hash, settled FROM operations WHERE id = ?1")?
            .query_row([id.as_bytes().as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let settled = settled.map(|json| document(TABLE, &json)).transpose()?;
        Ok(StoredAnswer { hash, settled })
    }

    async fn was_answered(&self, id: Uuid, desk: DeskId, booking: Option<i64>) -> Result<bool, LedgerError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT 1 FROM operations WHERE id = ?1 AND desk = ?2 AND settled IS NOT NULL
                 AND (booking IS NULL OR booking = ?3)",
            )?
            .exists(params![id.as_bytes().as_slice(), desk.0, booking])?)
    }

    async fn settle(
        &self,
        envelope: &Envelope,
        booking: Option<i64>,
        outcome: Outcome,
        now: DateTime<Utc>,
        touched: &Touched,
    ) -> Result<Settled, LedgerError> {
        let settled = Settled {
            outcome,
            epoch: self.epoch.clone(),
            seq: self.append(touched).await?,
            at: now,
            receipt: String::new(),
        };
        let id = envelope.id.as_bytes().as_slice();
        self.tx
            .prepare_cached("UPDATE operations SET booking = ?2, settled = ?3 WHERE id = ?1")?
            .execute(params![id, booking, text(TABLE, &settled)?])?;
        if let Some(booking) = booking {
            self.tx
                .prepare_cached("UPDATE bookings SET last = ?2 WHERE id = ?1")?
                .execute(params![booking, id])?;
        }
        Ok(settled)
    }

    async fn drop_answers(&self, most: u32) -> Result<(u32, u32), LedgerError> {
        let desks: Vec<(u32, i64)> = self
            .tx
            .prepare_cached("SELECT id, acknowledged FROM desks WHERE acknowledged > pruned LIMIT ?1")?
            .query_map([most], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut answers = 0;
        for row in &desks {
            answers += self
                .tx
                .prepare_cached("DELETE FROM operations WHERE desk = ?1 AND number <= ?2")?
                .execute(*row)?;
            self.tx
                .prepare_cached("UPDATE desks SET pruned = ?2 WHERE id = ?1")?
                .execute(*row)?;
        }
        let bounded = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Ok((bounded(answers), bounded(desks.len())))
    }
}
