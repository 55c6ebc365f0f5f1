//! Operations and their answers.

use chrono::{DateTime, Utc};
use lanterna_model::ids::DeskId;
use lanterna_wire::operation::Envelope;
use lanterna_wire::outcome::{Outcome, Settled};
use uuid::Uuid;

use super::books::{PostgresBooks, owned};
use super::int::{int, number};
use crate::ledger::LedgerError;
use crate::ledger::books::{Operations, Touched};
use crate::ledger::stored::{StoredAnswer, document, text};

const TABLE: &str = "operations";

/// The number in an outcome that the sequencer has not reached.
pub(super) const NOT_NUMBERED: u64 = 0;

impl Operations for PostgresBooks {
    async fn open_operation(&self, desk: DeskId, envelope: &Envelope, hash: &[u8]) -> Result<bool, LedgerError> {
        let inserted = self
            .run(
                "INSERT INTO operations (id, desk, number, hash) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
                &[&envelope.id, &int(desk.0), &envelope.number.cast_signed(), &hash],
            )
            .await?;
        Ok(inserted == 1)
    }

    async fn answer(&self, id: Uuid) -> Result<StoredAnswer, LedgerError> {
        let sql = "SELECT hash, settled, seq FROM operations WHERE id = $1";
        let row = self.one(sql, &[&id]).await?;
        let settled: Option<&str> = row.try_get(1)?;
        let seq: Option<i64> = row.try_get(2)?;
        let settled = settled.map(|json| {
            let stored: Settled = document(TABLE, json)?;
            Ok::<_, LedgerError>(Settled {
                seq: seq.map_or(NOT_NUMBERED, i64::cast_unsigned),
                ..stored
            })
        });
        Ok(StoredAnswer {
            hash: row.try_get(0)?,
            settled: settled.transpose()?,
        })
    }

    async fn was_answered(&self, id: Uuid, desk: DeskId, booking: Option<i64>) -> Result<bool, LedgerError> {
        let sql = "SELECT 1 FROM operations WHERE id = $1 AND desk = $2 AND settled IS NOT NULL
                   AND (booking IS NULL OR booking = $3)";
        Ok(self.maybe(sql, &[&id, &int(desk.0), &booking]).await?.is_some())
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
            epoch: self.epoch_name().to_owned(),
            seq: NOT_NUMBERED,
            at: now,
            receipt: String::new(),
        };
        let json = text(TABLE, &settled)?;
        // They go out together, with the commit behind them.
        self.leave_for_numbering(touched, Some(envelope.id)).await?;
        let sql = "UPDATE operations SET booking = $2, settled = $3 WHERE id = $1";
        self.run_later(sql, owned![envelope.id, booking, json]).await?;
        if let Some(booking) = booking {
            let sql = "UPDATE bookings SET last = $2 WHERE id = $1";
            self.run_later(sql, owned![booking, envelope.id]).await?;
        }
        Ok(settled)
    }

    async fn drop_answers(&self, most: u32) -> Result<(u32, u32), LedgerError> {
        // One statement for all: what it drops and what it notes follow from the same marks.
        let row = self
            .one(
                "WITH done AS (UPDATE desks SET pruned = acknowledged WHERE id IN (
                     SELECT id FROM desks WHERE acknowledged > pruned ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
                     RETURNING id, acknowledged),
                 dropped AS (DELETE FROM operations o USING done
                     WHERE o.desk = done.id AND o.number <= done.acknowledged RETURNING 1)
                 SELECT (SELECT count(*) FROM dropped), (SELECT count(*) FROM done)",
                &[&int(most)],
            )
            .await?;
        Ok((number(&row, 0)?, number(&row, 1)?))
    }
}
