//! Rows as the other modules want them.

use lanterna_model::ids::{ResourceId, ScheduleId};
use lanterna_model::schedule::PublishedSession;
use lanterna_model::time::Minute;
use rusqlite::Row;

use crate::ledger::slots::StoredSession;
use crate::ledger::stored::ClaimedSpan;

/// Columns of a session, in the order in which [`session`] reads them.
pub(super) const SESSION: &str = "s.schedule, s.start, s.step, s.slots, s.places, s.revision, s.closed, s.released";

pub(super) fn session(row: &Row<'_>) -> rusqlite::Result<StoredSession> {
    Ok(StoredSession {
        schedule: ScheduleId(row.get(0)?),
        published: PublishedSession {
            start: Minute(row.get(1)?),
            step: row.get(2)?,
            slots: row.get(3)?,
            places: row.get(4)?,
            closed: row.get(6)?,
        },
        revision: row.get(5)?,
        released: row.get(7)?,
    })
}

/// Columns of claimed time, in the order in which [`span`] reads them.
pub(super) const SPAN: &str = "schedule, resource, start, place, minutes";

pub(super) fn span(row: &Row<'_>) -> rusqlite::Result<ClaimedSpan> {
    Ok(ClaimedSpan {
        schedule: ScheduleId(row.get(0)?),
        resource: ResourceId(row.get(1)?),
        start: Minute(row.get(2)?),
        place: row.get(3)?,
        minutes: row.get(4)?,
    })
}
