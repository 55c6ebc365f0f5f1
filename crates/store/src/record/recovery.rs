//! What this desk tells a ledger that was restored from a backup: the outcomes and leases that an earlier
//! life of it had given, in the central's own words (PROTOCOL.md, *Recovery*, rule 12).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use lanterna_model::ids::LeaseId;
use lanterna_model::time::Now;
use lanterna_wire::limits;
use lanterna_wire::outcome::{Answer, OperatorReason, Outcome, Settled};
use lanterna_wire::recovery::{Asserted, Assertion, Progress};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::{Record, Settlement, number};
use crate::error::{StoreError, json};
use crate::stock::ASSERTING;

/// About so many bytes of bodies and receipts go into one assertion.
const BYTES: usize = limits::REQUEST_BYTES / 4;

impl Record<'_> {
    /// Whether an outcome or a lease is of another life of the ledger than this one.
    ///
    /// # Errors
    /// When the file fails.
    pub fn is_of_another_epoch(&self, epoch: &str) -> Result<bool, StoreError> {
        let other: bool = self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM operations WHERE seq IS NOT NULL AND epoch < ?1)
                     OR EXISTS (SELECT 1 FROM operations WHERE seq IS NOT NULL AND epoch > ?1)
                     OR EXISTS (SELECT 1 FROM stock WHERE epoch <> ?1)",
            )?
            .query_row([epoch], |row| row.get(0))?;
        Ok(other)
    }

    /// Nothing is promised from now on until the ledger has said what it keeps, or that it kept all.
    ///
    /// # Errors
    /// When the file fails.
    pub fn set_asserting(&self, asserting: bool) -> Result<(), StoreError> {
        if asserting {
            return self.set(ASSERTING, "1");
        }
        self.db
            .prepare_cached("DELETE FROM settings WHERE name = ?1")?
            .execute([ASSERTING])?;
        Ok(())
    }

    /// The next part of what this desk has of earlier lives: answered operations from a number on, whole
    /// bookings of them, but for those in `skip`; and, once there are none, the grants of leases that may
    /// still be promised or that an operation without an end names.
    ///
    /// # Errors
    /// When the file fails.
    pub fn next_assertion(
        &self,
        epoch: &str,
        from: u64,
        skip: &BTreeSet<Uuid>,
        now: Now,
    ) -> Result<Assertion, StoreError> {
        let chains = self.answered_before(epoch, from, skip)?;
        let stock: Option<u64> = self
            .db
            .prepare_cached("SELECT number FROM stock")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let (grants, progress) = match (chains.is_empty(), skip.is_empty()) {
            (false, _) => (Vec::new(), Progress::More),
            (true, false) => (self.grants(now)?, Progress::Waiting),
            (true, true) => (self.grants(now)?, Progress::Done),
        };
        Ok(Assertion {
            epoch: epoch.to_owned(),
            incarnation: self.incarnation()?.unwrap_or_default(),
            exchanges: stock.unwrap_or(0),
            chains,
            grants,
            progress,
        })
    }

    fn answered_before(&self, epoch: &str, from: u64, skip: &BTreeSet<Uuid>) -> Result<Vec<Vec<Asserted>>, StoreError> {
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let mut bookings = self.db.prepare_cached(
            "SELECT booking FROM operations WHERE seq IS NOT NULL AND epoch <> ?1 AND number >= ?2
             GROUP BY booking ORDER BY min(number)",
        )?;
        let mut of_booking = self.db.prepare_cached(
            "SELECT number, id, body, receipt FROM operations
             WHERE booking = ?3 AND seq IS NOT NULL AND epoch <> ?1 AND number >= ?2 ORDER BY number",
        )?;
        let (mut chains, mut operations, mut bytes) = (Vec::new(), 0, 0);
        let mut found = bookings.query(params![epoch, from])?;
        while let Some(row) = found.next()? {
            let booking: String = row.get(0)?;
            let mut chain = Vec::new();
            let mut rows = of_booking.query(params![epoch, from, booking])?;
            while let Some(row) = rows.next()? {
                let id: String = row.get(1)?;
                chain.push(Asserted {
                    id: id.parse().map_err(|_| StoreError::Row { table: "operations" })?,
                    number: row.get(0)?,
                    body: row.get(2)?,
                    receipt: row.get(3)?,
                });
            }
            if chain.iter().any(|asserted| skip.contains(&asserted.id)) {
                continue;
            }
            let size: usize = chain.iter().map(|it| it.body.len() + it.receipt.len()).sum();
            let full = operations + chain.len() > limits::ASSERTED_OPERATIONS || bytes + size > BYTES;
            if full && !chains.is_empty() {
                break;
            }
            operations += chain.len();
            bytes += size;
            chains.push(chain);
        }
        Ok(chains)
    }

    fn grants(&self, now: Now) -> Result<Vec<String>, StoreError> {
        let mut grants = Vec::new();
        let mut sealed = self.db.prepare_cached("SELECT sealed FROM leases WHERE id = ?1")?;
        for place in self.live_leases()? {
            if !place.term.lapsed(now) && place.span.start > now.minute() {
                grants.push(sealed.query_row([place.id.0.cast_signed()], |row| row.get(0))?);
            }
        }
        let mut named = self.db.prepare_cached(
            "SELECT l.sealed FROM leases l JOIN operations o ON o.number = l.operation
             WHERE l.state = 1 AND o.outcome IS NULL ORDER BY l.id",
        )?;
        let mut rows = named.query([])?;
        while let Some(row) = rows.next()? {
            grants.push(row.get(0)?);
        }
        grants.retain(|grant: &String| !grant.is_empty());
        grants.truncate(limits::LEASES);
        Ok(grants)
    }

    /// Writes what the ledger makes of an operation that it was told. Its own answer wins; what it does not
    /// believe has lost its answer. Whether the outcome is another one now is the answer.
    ///
    /// # Errors
    /// When the file fails.
    pub fn record_asserted(
        &self,
        id: Uuid,
        epoch: &str,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let id = id.to_string();
        let lost = Settlement::Central(Outcome::NeedsOperator {
            reason: OperatorReason::AnswerLost,
        });
        let (end, settled) = match answer {
            Answer::NotYet { .. } => return Ok(false),
            // The backup has it: it is as it was.
            Answer::AlreadyAnswered => {
                self.db
                    .prepare_cached("UPDATE operations SET epoch = ?2, seq = 0 WHERE id = ?1 AND seq IS NOT NULL")?
                    .execute([id.as_str(), epoch])?;
                return Ok(false);
            }
            Answer::Outcome(settled) => (Settlement::Central(settled.outcome.clone()), Some(settled)),
            Answer::Refused { .. } => (lost, None),
        };
        let before: Option<(String, String)> = self
            .db
            .prepare_cached("SELECT booking, outcome FROM operations WHERE id = ?1 AND seq IS NOT NULL")?
            .query_row([&id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((booking, before)) = before else {
            return Ok(false);
        };
        let end = json("operations", &end)?;
        // An outcome of an earlier life is one that the backup has: every mirror of this life shows it.
        let seq = |settled: &Settled| {
            let seq = i64::try_from(settled.seq).ok();
            seq.map(|seq| if settled.epoch == epoch { seq } else { 0 })
        };
        self.db
            .prepare_cached("UPDATE operations SET outcome = ?2, epoch = ?3, seq = ?4, receipt = ?5 WHERE id = ?1")?
            .execute(params![
                id,
                end,
                settled.map(|_| epoch),
                settled.and_then(seq),
                settled.map_or("", |settled| settled.receipt.as_str())
            ])?;
        if before == end {
            return Ok(false);
        }
        self.summarise(&number(&booking)?, now)?;
        Ok(true)
    }

    /// The ledger knows all that this desk has of earlier lives: nothing is of those any more. Leases that
    /// it did not keep are void.
    ///
    /// # Errors
    /// When the file fails.
    pub fn asserted(&self, epoch: &str, kept: &[LeaseId]) -> Result<(), StoreError> {
        let kept: BTreeSet<i64> = kept.iter().map(|lease| lease.0.cast_signed()).collect();
        let in_hand: Vec<i64> = self
            .db
            .prepare_cached(
                "SELECT id FROM leases WHERE state = 0 UNION ALL
                 SELECT l.id FROM leases l JOIN operations o ON o.number = l.operation
                 WHERE l.state = 1 AND o.outcome IS NULL",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut void = self.db.prepare_cached("UPDATE leases SET state = 3 WHERE id = ?1")?;
        for lease in in_hand.iter().filter(|lease| !kept.contains(lease)) {
            void.execute([lease])?;
        }
        // What the backup shows, every mirror of this life shows.
        self.db.execute(
            "UPDATE operations SET epoch = ?1, seq = 0 WHERE seq IS NOT NULL AND epoch <> ?1",
            [epoch],
        )?;
        // An exchange that was not answered belongs to the life before. What it gave back is told again.
        self.db
            .execute("UPDATE stock SET epoch = ?1, request = NULL, renew_ms = NULL", [epoch])?;
        self.set_asserting(false)
    }
}
