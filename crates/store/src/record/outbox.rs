//! Operations on their way, and what comes back.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use lanterna_wire::operation::Envelope;
use lanterna_wire::outcome::{Answer, Outcome};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::settlement::settlement;
use super::{QueuedOperation, Record, Settlement, number};
use crate::error::{StoreError, json};

impl Record<'_> {
    /// The next operations to be sent, in the order of their numbers: at most `limit`, and about
    /// `bytes` of bodies, but always one. Those in `skip` wait, and with them whatever comes later
    /// on the same booking.
    ///
    /// # Errors
    /// When the file fails.
    pub fn next_batch(
        &self,
        limit: usize,
        bytes: usize,
        skip: &BTreeSet<Uuid>,
    ) -> Result<Vec<QueuedOperation>, StoreError> {
        let mut select = self
            .db
            .prepare_cached("SELECT number, id, booking, body FROM operations WHERE outcome IS NULL ORDER BY number")?;
        let mut rows = select.query([])?;
        let (mut batch, mut size, mut held_back) = (Vec::new(), 0, BTreeSet::new());
        while let Some(row) = rows.next()? {
            let text: String = row.get(1)?;
            let id: Uuid = text.parse().map_err(|_| StoreError::Row { table: "operations" })?;
            let booking: String = row.get(2)?;
            if skip.contains(&id) || held_back.contains(&booking) {
                held_back.insert(booking);
                continue;
            }
            let body: String = row.get(3)?;
            size += body.len();
            if !batch.is_empty() && (size > bytes || batch.len() >= limit) {
                break;
            }
            batch.push(QueuedOperation {
                id,
                number: row.get(0)?,
                booking: number(&booking)?,
                body,
            });
        }
        Ok(batch)
    }

    /// Notes that operations may have left the desk. Durable before the first byte does.
    ///
    /// # Errors
    /// When the file fails.
    pub fn mark_possibly_sent(&self, ids: &[Uuid], now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut update = self
            .db
            .prepare_cached("UPDATE operations SET possibly_sent_ms = ?2 WHERE id = ?1 AND possibly_sent_ms IS NULL")?;
        for id in ids {
            update.execute(params![id.to_string(), now.timestamp_millis()])?;
        }
        Ok(())
    }

    /// Every operation without an end, to be carried to the central by hand. They count as possibly
    /// sent from now on: only a chained cancellation undoes them (PROTOCOL.md, rule 17).
    ///
    /// # Errors
    /// When the file fails.
    pub fn carry_out(&self, now: DateTime<Utc>) -> Result<Vec<Envelope>, StoreError> {
        let waiting = self.next_batch(usize::MAX, usize::MAX, &BTreeSet::new())?;
        let ids: Vec<Uuid> = waiting.iter().map(|operation| operation.id).collect();
        self.mark_possibly_sent(&ids, now)?;
        Ok(waiting
            .into_iter()
            .map(|operation| Envelope {
                id: operation.id,
                number: operation.number,
                body: operation.body,
            })
            .collect())
    }

    /// Writes the end of an operation, once. Tells whether a patient has to be called: a booking of
    /// class U or B lost its place.
    ///
    /// # Errors
    /// When the file fails.
    pub fn record_answer(&self, id: Uuid, answer: &Answer, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let Some(end) = settlement(answer) else {
            return Ok(false);
        };
        let (epoch, seq, receipt) = match answer {
            Answer::Outcome(settled) => {
                let seq = i64::try_from(settled.seq).ok();
                (Some(settled.epoch.as_str()), seq, settled.receipt.as_str())
            }
            _ => (None, None, ""),
        };
        let booking: Option<String> = self
            .db
            .query_row(
                "UPDATE operations SET outcome = ?2, settled_ms = ?3, epoch = ?4, seq = ?5, receipt = ?6
                 WHERE id = ?1 AND outcome IS NULL RETURNING booking",
                params![
                    id.to_string(),
                    json("operations", &end)?,
                    now.timestamp_millis(),
                    epoch,
                    seq,
                    receipt
                ],
                |row| row.get(0),
            )
            .optional()?;
        let Some(booking) = booking else {
            return Ok(false);
        };
        let booking = number(&booking)?;
        self.summarise(&booking, now)?;
        if !matches!(end, Settlement::Central(Outcome::Conflict { .. })) {
            return Ok(false);
        }
        let stored = self.booking(&booking)?.ok_or(StoreError::UnknownBooking)?;
        Ok(stored
            .placement
            .prescription
            .priority
            .is_some_and(lanterna_model::priority::Priority::is_urgent))
    }

    /// The number up to which every operation has its end durably written.
    ///
    /// # Errors
    /// When the file fails.
    pub fn watermark(&self) -> Result<u64, StoreError> {
        let first: Option<u64> =
            self.db
                .query_row("SELECT min(number) FROM operations WHERE outcome IS NULL", [], |row| {
                    row.get(0)
                })?;
        match first {
            Some(first) => Ok(first.saturating_sub(1)),
            None => Ok(self
                .db
                .query_row("SELECT coalesce(max(number), 0) FROM operations", [], |row| row.get(0))?),
        }
    }
}
