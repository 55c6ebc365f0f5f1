//! Rows as the other modules want them.

use lanterna_model::ids::{ResourceId, ScheduleId};
use lanterna_model::schedule::PublishedSession;
use tokio_postgres::Row;

use super::int::{minute, number};
use crate::ledger::LedgerError;
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::ClaimedSpan;

/// Columns of a session `s`, in the order in which [`session`] reads them.
macro_rules! session_columns {
    () => {
        "s.schedule, s.start, s.step, s.slots, s.places, s.revision, s.closed, s.released"
    };
}
pub(super) use session_columns;

pub(super) fn session(row: &Row) -> Result<StoredSession, LedgerError> {
    Ok(StoredSession {
        schedule: ScheduleId(number(row, 0)?),
        published: PublishedSession {
            start: minute(row, 1)?,
            step: number(row, 2)?,
            slots: number(row, 3)?,
            places: number(row, 4)?,
            closed: row.try_get(6)?,
        },
        revision: number(row, 5)?,
        released: number(row, 7)?,
    })
}

/// Claimed time, from columns in the order `schedule, resource, start, place, minutes`.
pub(super) fn span(row: &Row) -> Result<ClaimedSpan, LedgerError> {
    Ok(ClaimedSpan {
        schedule: ScheduleId(number(row, 0)?),
        resource: ResourceId(number(row, 1)?),
        start: minute(row, 2)?,
        place: number(row, 3)?,
        minutes: number(row, 4)?,
    })
}
