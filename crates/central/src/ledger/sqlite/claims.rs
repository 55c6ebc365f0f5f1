//! Taking and giving back cells of time, and telling the feed which sessions that touched.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use lanterna_model::access::Channels;
use lanterna_model::ids::{DeskId, ResourceId, ScheduleId};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::{Schedule, SlotSpan};
use lanterna_model::time::{CELL_MINUTES, Minute};
use lanterna_wire::hold::ConflictReason;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{self, ClaimedSpan, SESSION, document, session};
use crate::ledger::feed::Row;
use crate::ledger::quota;
use crate::ledger::slots::{Kind, StoredSession, cell_after, cell_of};
use crate::ledger::{LedgerError, MAX_SESSION_MINUTES};

/// Whose a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub kind: Kind,
    /// Row of the hold or the booking.
    pub id: i64,
}

/// A span that somebody wants.
pub(super) struct Wanted<'a> {
    pub span: &'a SlotSpan,
    pub schedule: &'a Schedule,
    /// Duration of the service; 0 where none is known.
    pub minutes: u16,
    /// Class under which it counts, if it carries one.
    pub class: Option<Priority>,
}

/// Sessions whose free places may have changed in a transaction.
#[derive(Default)]
pub(super) struct Touched {
    spans: Vec<(ResourceId, Minute, Minute)>,
    sessions: BTreeSet<(ScheduleId, Minute)>,
}

impl Touched {
    pub(super) fn span(&mut self, span: &ClaimedSpan) {
        self.spans.push((span.resource, span.start, span.end()));
    }

    pub(super) fn session(&mut self, schedule: ScheduleId, start: Minute) {
        self.sessions.insert((schedule, start));
    }

    /// What the feed has to say of them: one row for each session as it is now, those of the
    /// resource's other schedules included.
    pub(super) fn rows(self, tx: &Connection) -> Result<Vec<Row>, LedgerError> {
        let mut told = BTreeMap::new();
        let longest = i32::try_from(MAX_SESSION_MINUTES).unwrap_or(i32::MAX);
        let mut overlapping = tx.prepare_cached(&format!(
            "SELECT {SESSION}, c.document, c.channels, c.resource FROM schedules c JOIN sessions s ON s.schedule = c.id
             WHERE c.resource = ?1 AND s.start > ?2 AND s.start < ?3"
        ))?;
        for (resource, start, end) in self.spans {
            let mut found = overlapping.query(params![resource.0, start.plus(-longest).0, end.0])?;
            while let Some(row) = found.next()? {
                let stored = session(row)?;
                let key = (stored.schedule, stored.published.start);
                if stored.end() > start && !told.contains_key(&key) {
                    told.insert(key, told_row(tx, &stored, row.get(8)?, row.get(9)?, row.get(10)?)?);
                }
            }
        }
        let mut by_key = tx.prepare_cached(&format!(
            "SELECT {SESSION}, c.document, c.channels, c.resource FROM sessions s JOIN schedules c ON c.id = s.schedule
             WHERE s.schedule = ?1 AND s.start = ?2"
        ))?;
        for key in self.sessions {
            let mut found = by_key.query(params![key.0.0, key.1.0])?;
            if let Some(row) = found.next()?
                && !told.contains_key(&key)
            {
                told.insert(
                    key,
                    told_row(tx, &session(row)?, row.get(8)?, row.get(9)?, row.get(10)?)?,
                );
            }
        }
        Ok(told.into_values().collect())
    }
}

fn told_row(
    tx: &Connection,
    stored: &StoredSession,
    json: String,
    channels: u8,
    resource: u32,
) -> Result<Row, LedgerError> {
    let schedule: Schedule = document("schedules", &json)?;
    let classes = quota::classes(&schedule, stored.released, tickets(tx, &schedule, stored)?);
    let free = stored.free_bits(lasting_claims(tx, ResourceId(resource), stored)?);
    Ok(Row::session(
        Channels(channels),
        stored.schedule,
        stored.published.start,
        classes.0,
        &free,
    ))
}

fn tickets(tx: &Connection, schedule: &Schedule, stored: &StoredSession) -> Result<[u32; 4], LedgerError> {
    if schedule.quotas.is_empty() {
        Ok([0; 4])
    } else {
        rows::booked_tickets(tx, stored.schedule, stored.published.start)
    }
}

/// Cells and places of a session's resource that anything but a hold lies on.
pub(super) fn lasting_claims(
    tx: &Connection,
    resource: ResourceId,
    stored: &StoredSession,
) -> Result<Vec<(i32, u16)>, LedgerError> {
    let mut statement = tx.prepare_cached(
        "SELECT cell, place FROM claims WHERE resource = ?1 AND cell >= ?2 AND cell < ?3 AND kind > 1",
    )?;
    let cells = params![resource.0, cell_of(stored.published.start), cell_after(stored.end())];
    let found = statement.query_map(cells, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Claims a span for somebody, with a ticket of its class's quota where there is one.
///
/// When it cannot be had some of its cells may be claimed all the same: the caller undoes them,
/// with all else that belongs to the same request. Holds of `desk` itself are no obstacle: those
/// in the way are released.
pub(super) fn claim(
    tx: &Connection,
    owner: Owner,
    desk: DeskId,
    wanted: &Wanted<'_>,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<Result<ClaimedSpan, ConflictReason>, LedgerError> {
    let Wanted {
        span,
        schedule,
        minutes,
        class,
    } = *wanted;
    let Some(stored) = rows::session_before(tx, span.schedule, span.start)? else {
        return Ok(Err(ConflictReason::NoSuchSlot));
    };
    if let Err(reason) = stored.fit(span, minutes) {
        return Ok(Err(reason));
    }
    if !schedule.open_on(span.start.rome_date()) {
        return Ok(Err(ConflictReason::Closed));
    }
    let claimed = ClaimedSpan {
        schedule: span.schedule,
        resource: schedule.resource,
        start: span.start,
        place: span.place,
        minutes: span.minutes,
    };
    if !claim_cells(tx, owner, desk, &claimed)? {
        return Ok(Err(ConflictReason::Taken));
    }
    let released = quota::released_by(
        schedule,
        stored.published.start,
        stored.released,
        Minute::containing(now),
    );
    if owner.kind == Kind::Booking {
        touched.span(&claimed);
        if released != stored.released {
            // Due but not swept yet: committed with this booking, which depends on it.
            release_quota(tx, schedule, stored.published.start, released)?;
        }
    }
    if let Some(class) = class
        && let Some(most) = quota::limit(schedule, released, class)
        && !take_ticket(tx, owner, span.schedule, stored.published.start, class, most)?
    {
        return Ok(Err(ConflictReason::ClassQuota));
    }
    Ok(Ok(claimed))
}

/// Claims the cells of a span; `false` when somebody else has one of them.
fn claim_cells(tx: &Connection, owner: Owner, desk: DeskId, span: &ClaimedSpan) -> Result<bool, LedgerError> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO claims (resource, cell, place, kind, owner) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    )?;
    let mut own_hold = tx.prepare_cached(
        "SELECT h.id FROM claims c JOIN holds h ON h.id = c.owner
         WHERE c.resource = ?1 AND c.cell = ?2 AND c.place = ?3 AND c.kind = 1 AND h.desk = ?4",
    )?;
    for cell in cell_of(span.start)..cell_after(span.end()) {
        let row = params![span.resource.0, cell, span.place, owner.kind.code(), owner.id];
        if insert.execute(row)? == 1 {
            continue;
        }
        let hold: Option<i64> = own_hold
            .query_row(params![span.resource.0, cell, span.place, desk.0], |row| row.get(0))
            .optional()?;
        match hold {
            Some(hold)
                if owner
                    != (Owner {
                        kind: Kind::Hold,
                        id: hold,
                    }) =>
            {
                delete_hold(tx, hold)?;
                if insert.execute(row)? != 1 {
                    return Ok(false);
                }
            }
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// Takes the lowest ticket that is free; `false` when all are taken. Where two transactions race
/// for one, the key lets one of them pass.
fn take_ticket(
    tx: &Connection,
    owner: Owner,
    schedule: ScheduleId,
    session: Minute,
    class: Priority,
    most: u16,
) -> Result<bool, LedgerError> {
    let class = quota::class_number(class);
    let taken: Vec<u16> = tx
        .prepare_cached("SELECT n FROM quota_tickets WHERE schedule = ?1 AND start = ?2 AND class = ?3 ORDER BY n")?
        .query_map(params![schedule.0, session.0, class], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if taken.len() >= usize::from(most) {
        return Ok(false);
    }
    let lowest = (1..=most).find(|n| taken.binary_search(n).is_err());
    let Some(n) = lowest else { return Ok(false) };
    let inserted = tx
        .prepare_cached(
            "INSERT INTO quota_tickets (schedule, start, class, n, kind, owner) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![schedule.0, session.0, class, n, owner.kind.code(), owner.id])?;
    Ok(inserted == 1)
}

/// Commits that quotas of a session are released.
pub(super) fn release_quota(
    tx: &Connection,
    schedule: &Schedule,
    start: Minute,
    released: u8,
) -> Result<(), LedgerError> {
    let next = quota::next_release(schedule, start, released).map(|at| at.0);
    tx.prepare_cached("UPDATE sessions SET released = ?3, release_at = ?4 WHERE schedule = ?1 AND start = ?2")?
        .execute(params![schedule.id.0, start.0, released, next])?;
    Ok(())
}

/// Gives the cells of a span back.
pub(super) fn release_cells(tx: &Connection, owner: Owner, span: &ClaimedSpan) -> Result<(), LedgerError> {
    tx.prepare_cached(
        "DELETE FROM claims WHERE resource = ?1 AND cell >= ?2 AND cell < ?3 AND place = ?4 AND kind = ?5 AND owner = ?6",
    )?
    .execute(params![
        span.resource.0,
        cell_of(span.start),
        cell_after(span.end()),
        span.place,
        owner.kind.code(),
        owner.id
    ])?;
    Ok(())
}

/// Gives the tickets of an owner back.
pub(super) fn release_tickets(tx: &Connection, owner: Owner) -> Result<(), LedgerError> {
    tx.prepare_cached("DELETE FROM quota_tickets WHERE owner = ?1 AND kind = ?2")?
        .execute(params![owner.id, owner.kind.code()])?;
    Ok(())
}

/// Deletes a hold with all that it keeps. The feed never knew of it.
pub(super) fn delete_hold(tx: &Connection, hold: i64) -> Result<(), LedgerError> {
    let owner = Owner {
        kind: Kind::Hold,
        id: hold,
    };
    for span in hold_spans(tx, hold)? {
        release_cells(tx, owner, &span)?;
    }
    release_tickets(tx, owner)?;
    tx.prepare_cached("DELETE FROM hold_spans WHERE hold = ?1")?
        .execute([hold])?;
    tx.prepare_cached("DELETE FROM holds WHERE id = ?1")?.execute([hold])?;
    Ok(())
}

/// What a hold keeps, in the order in which it was asked for.
pub(super) fn hold_spans(tx: &Connection, hold: i64) -> Result<Vec<ClaimedSpan>, LedgerError> {
    let mut statement = tx.prepare_cached(
        "SELECT schedule, resource, start, place, minutes FROM hold_spans WHERE hold = ?1 ORDER BY n",
    )?;
    Ok(statement.query_map([hold], claimed_span)?.collect::<Result<_, _>>()?)
}

pub(super) fn claimed_span(row: &rusqlite::Row<'_>) -> rusqlite::Result<ClaimedSpan> {
    Ok(ClaimedSpan {
        schedule: ScheduleId(row.get(0)?),
        resource: ResourceId(row.get(1)?),
        start: Minute(row.get(2)?),
        place: row.get(3)?,
        minutes: row.get(4)?,
    })
}

/// Deletes holds whose time is over, at most `most` of them: an expired hold is none, and stands
/// in nobody's way.
pub(super) fn delete_expired(tx: &Connection, now: DateTime<Utc>, most: u32) -> Result<u32, LedgerError> {
    let expired: Vec<i64> = tx
        .prepare_cached("SELECT id FROM holds WHERE expires_ms <= ?1 LIMIT ?2")?
        .query_map(params![rows::millis(now), most], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for hold in &expired {
        delete_hold(tx, *hold)?;
    }
    Ok(u32::try_from(expired.len()).unwrap_or(u32::MAX))
}

/// Cells that a span stands for.
pub(super) fn cells(span: &ClaimedSpan) -> i64 {
    i64::from(span.minutes.div_ceil(CELL_MINUTES))
}
