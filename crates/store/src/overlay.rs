//! The places this desk's own doings take away from the mirror.
//!
//! A set union by place, evaluated when the mirror is read (PROTOCOL.md, rules 18 and 23): it only takes
//! places away, and nothing of it is ever written into the mirror.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lanterna_model::ids::ScheduleId;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_wire::Cursor;
use rusqlite::{Connection, params};

use crate::error::StoreError;

/// Places taken away, by schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    taken: HashMap<ScheduleId, Vec<Taken>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Taken {
    start: Minute,
    end: Minute,
    place: u16,
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// One of our operations is after it, or has it.
    Ours,
    /// It was set aside for this desk: offered as guaranteed or not at all.
    Leased,
    /// Somebody else keeps it for the moment.
    Elsewhere(DateTime<Utc>),
}

impl Overlay {
    /// Operations without an outcome; those confirmed or lost while the mirror has not come as far;
    /// places set aside for this desk that the central does not know to be renounced; and places that
    /// somebody else keeps for the moment.
    pub(crate) fn load(db: &Connection, cursor: Option<&Cursor>) -> Result<Self, StoreError> {
        let (epoch, seq) = cursor.map_or(("", 0), |cursor| (cursor.epoch.as_str(), cursor.seq));
        let mut overlay = Self::default();
        // One arm for each index that answers it: this is read after every transaction, and must not
        // read all operations there ever were.
        const PLACES: &str =
            "SELECT w.schedule, w.start, w.place, w.minutes FROM operations o JOIN wanted w ON w.operation = o.number";
        const NOT_REJECTED: &str = "o.seq IS NOT NULL AND json_extract(o.outcome, '$.central.result') <> 'rejected'";
        let mut wanted = db.prepare_cached(&format!(
            "{PLACES} WHERE o.outcome IS NULL
             UNION ALL {PLACES} WHERE {NOT_REJECTED} AND o.epoch = ?1 AND o.seq > ?2
             UNION ALL {PLACES} WHERE {NOT_REJECTED} AND o.epoch < ?1
             UNION ALL {PLACES} WHERE {NOT_REJECTED} AND o.epoch > ?1"
        ))?;
        let mut rows = wanted.query(params![epoch, i64::try_from(seq).unwrap_or(i64::MAX)])?;
        while let Some(row) = rows.next()? {
            overlay.put(row, Why::Ours)?;
        }
        let mut leased = db.prepare_cached(
            "SELECT schedule, start, place, minutes FROM leases WHERE state = 0
             UNION ALL SELECT schedule, start, place, minutes FROM leases WHERE state = 2 AND told = 0",
        )?;
        let mut rows = leased.query([])?;
        while let Some(row) = rows.next()? {
            overlay.put(row, Why::Leased)?;
        }
        let mut refused = db.prepare_cached("SELECT schedule, start, place, minutes, until_ms FROM refused")?;
        let mut rows = refused.query([])?;
        while let Some(row) = rows.next()? {
            let until = DateTime::from_timestamp_millis(row.get(4)?).unwrap_or(DateTime::UNIX_EPOCH);
            overlay.put(row, Why::Elsewhere(until))?;
        }
        Ok(overlay)
    }

    fn put(&mut self, row: &rusqlite::Row<'_>, why: Why) -> Result<(), StoreError> {
        let start = Minute(row.get(1)?);
        let minutes: u16 = row.get(3)?;
        let taken = Taken {
            start,
            end: start.plus(i32::from(minutes)),
            place: row.get(2)?,
            why,
        };
        self.taken.entry(ScheduleId(row.get(0)?)).or_default().push(taken);
        Ok(())
    }

    /// Whether any minute of a run is taken away.
    #[must_use]
    pub fn takes(&self, schedule: ScheduleId, start: Minute, place: u16, minutes: u16, now: DateTime<Utc>) -> bool {
        self.taken.get(&schedule).is_some_and(|taken| {
            let end = start.plus(i32::from(minutes));
            taken.iter().any(|taken| {
                taken.place == place
                    && taken.start < end
                    && start < taken.end
                    && match taken.why {
                        Why::Elsewhere(until) => until > now,
                        Why::Ours | Why::Leased => true,
                    }
            })
        })
    }

    /// Whether any minute of a run is after by one of this desk's own operations.
    #[must_use]
    pub fn ours(&self, span: &SlotSpan) -> bool {
        self.own(span.schedule).any(|(start, place, minutes)| {
            place == span.place && start < span.end() && span.start < start.plus(i32::from(minutes))
        })
    }

    /// Whether anything of a schedule is taken away.
    #[must_use]
    pub fn touches(&self, schedule: ScheduleId) -> bool {
        self.taken.contains_key(&schedule)
    }

    /// The runs that our own operations take away on a schedule: start, place, minutes.
    pub fn own(&self, schedule: ScheduleId) -> impl Iterator<Item = (Minute, u16, u16)> + '_ {
        self.taken
            .get(&schedule)
            .into_iter()
            .flatten()
            .filter(|taken| taken.why == Why::Ours)
            .map(|taken| {
                (
                    taken.start,
                    taken.place,
                    u16::try_from(taken.end.0 - taken.start.0).unwrap_or(u16::MAX),
                )
            })
    }
}
