//! The queue as the screens show it.

use chrono::{DateTime, Utc};
use lanterna_model::booking::BookingState;
use lanterna_model::booking_number::BookingNumber;
use rusqlite::params;

use super::{Record, StoredBooking, instant, number};
use crate::error::StoreError;

/// A part of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueuePart {
    /// A person has to decide.
    ToResolve = 0,
    /// Waiting or being sent.
    Waiting = 1,
    /// Nothing more to do.
    Settled = 2,
}

/// How much there is in each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Bookings to resolve.
    pub to_resolve: u32,
    /// Bookings waiting.
    pub waiting: u32,
    /// Bookings settled.
    pub settled: u32,
    /// Operations without an end.
    pub operations: u32,
    /// When the last operation got its end.
    pub last_settled_at: Option<DateTime<Utc>>,
}

/// Where the queue shows a booking.
pub(crate) fn part_of(stored: &StoredBooking) -> QueuePart {
    let derived = stored.derived();
    if derived.waiting {
        return QueuePart::Waiting;
    }
    let troubled = |state: BookingState| state.needs_a_decision() || state == BookingState::Rejected;
    let pending = derived.pending.as_ref().is_some_and(|pending| troubled(pending.state));
    if stored.given_up_at.is_none() && (pending || troubled(derived.state)) {
        QueuePart::ToResolve
    } else {
        QueuePart::Settled
    }
}

impl Record<'_> {
    /// Counts each part.
    ///
    /// # Errors
    /// When the file fails.
    pub fn queue_counts(&self) -> Result<QueueCounts, StoreError> {
        let mut counts = QueueCounts::default();
        let mut select = self
            .db
            .prepare_cached("SELECT part, count(*) FROM bookings GROUP BY part")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let count = row.get(1)?;
            match row.get(0)? {
                0i64 => counts.to_resolve = count,
                1 => counts.waiting = count,
                _ => counts.settled = count,
            }
        }
        counts.operations = self
            .db
            .prepare_cached("SELECT count(*) FROM operations WHERE outcome IS NULL")?
            .query_row([], |row| row.get(0))?;
        let last: Option<i64> = self
            .db
            .prepare_cached("SELECT max(settled_ms) FROM operations WHERE seq IS NOT NULL")?
            .query_row([], |row| row.get(0))?;
        counts.last_settled_at = last.map(instant);
        Ok(counts)
    }

    /// One page of a part: what waits longest first, what is settled newest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn queue_page(&self, part: QueuePart, offset: u32, limit: u32) -> Result<Vec<StoredBooking>, StoreError> {
        let order = if part == QueuePart::Settled { "DESC" } else { "ASC" };
        let mut select = self.db.prepare_cached(&format!(
            "SELECT number FROM bookings WHERE part = ?1 ORDER BY since_ms {order}, number {order} LIMIT ?2 OFFSET ?3"
        ))?;
        let numbers: Vec<String> = select
            .query_map(params![part as i64, limit, offset], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut page = Vec::with_capacity(numbers.len());
        for text in numbers {
            let booking: BookingNumber = number(&text)?;
            page.extend(self.booking(&booking)?);
        }
        Ok(page)
    }
}
