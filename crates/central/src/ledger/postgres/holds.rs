//! Holds and what they keep.

use chrono::{DateTime, Utc};
use lanterna_model::ids::DeskId;
use uuid::Uuid;

use super::books::PostgresBooks;
use super::error::raced;
use super::int::{int, number};
use super::rows::span;
use crate::ledger::LedgerError;
use crate::ledger::books::Holds;
use crate::ledger::stored::{ClaimedSpan, StoredHold, millis};

impl PostgresBooks {
    /// Deletes holds with all that they keep. The row of a hold is locked before its cells are, so
    /// that of two who delete it one has nothing to do.
    pub(super) async fn delete_holds(&self, holds: &[i64]) -> Result<(), LedgerError> {
        self.run(
            "WITH gone AS (DELETE FROM holds WHERE id = ANY($1) RETURNING id),
             cells AS (DELETE FROM claims c USING hold_spans s JOIN gone ON gone.id = s.hold
                 WHERE c.resource = s.resource AND c.place = s.place AND c.kind = 1 AND c.owner = s.hold
                   AND c.cell >= s.start / 5 AND c.cell < (s.start + s.minutes + 4) / 5)
             DELETE FROM quota_tickets t USING gone WHERE t.owner = gone.id AND t.kind = 1",
            &[&holds],
        )
        .await
        .map(drop)
    }
}

impl Holds for PostgresBooks {
    async fn hold(&self, request: Uuid) -> Result<Option<StoredHold>, LedgerError> {
        let sql = "SELECT id, desk, expires_ms FROM holds WHERE request = $1 FOR UPDATE";
        let found = self.maybe(sql, &[&request]).await?;
        found
            .map(|row| {
                Ok(StoredHold {
                    id: row.try_get(0)?,
                    desk: DeskId(number(&row, 1)?),
                    expires_ms: row.try_get(2)?,
                })
            })
            .transpose()
    }

    async fn create_hold(&self, request: Uuid, desk: DeskId, expires_ms: i64) -> Result<i64, LedgerError> {
        let made = self
            .maybe(
                "INSERT INTO holds (request, desk, expires_ms) VALUES ($1, $2, $3)
                 ON CONFLICT (request) DO NOTHING RETURNING id",
                &[&request, &int(desk.0), &expires_ms],
            )
            .await?;
        // The same request came twice at once: it has to be looked for again.
        Ok(made.ok_or_else(raced)?.try_get(0)?)
    }

    async fn hold_spans(&self, hold: i64) -> Result<Vec<ClaimedSpan>, LedgerError> {
        let sql = "SELECT schedule, resource, start, place, minutes FROM hold_spans WHERE hold = $1 ORDER BY n";
        self.all(sql, &[&hold]).await?.iter().map(span).collect()
    }

    async fn add_hold_span(&self, hold: i64, n: u8, span: &ClaimedSpan) -> Result<(), LedgerError> {
        self.run(
            "INSERT INTO hold_spans (hold, n, schedule, resource, start, place, minutes)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &hold,
                &int(n),
                &int(span.schedule.0),
                &int(span.resource.0),
                &int(span.start.0),
                &int(span.place),
                &int(span.minutes),
            ],
        )
        .await
        .map(drop)
    }

    async fn delete_hold(&self, hold: i64) -> Result<(), LedgerError> {
        self.delete_holds(&[hold]).await
    }

    /// Those that somebody else is busy with are left to the next sweep.
    async fn delete_expired(&self, now: DateTime<Utc>, most: u32) -> Result<u32, LedgerError> {
        let over = self
            .all(
                "SELECT id FROM holds WHERE expires_ms <= $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED",
                &[&millis(now), &int(most)],
            )
            .await?;
        if !over.is_empty() {
            let over: Vec<i64> = over.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
            self.delete_holds(&over).await?;
        }
        Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
    }
}
