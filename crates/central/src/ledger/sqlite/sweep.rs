//! What happens because time passes, committed as such (rule 24).

use chrono::{DateTime, Utc};
use lanterna_model::schedule::Schedule;
use lanterna_model::time::Minute;
use rusqlite::{Connection, params};

use super::claims::{Touched, delete_expired, release_quota};
use super::rows::{self, SESSION, document, session};
use super::{Done, changes};
use crate::ledger::slots::StoredSession;
use crate::ledger::{LedgerError, Retention, Swept, quota};

/// Of each kind, in one sweep: a sweep is one transaction, and one transaction is one page.
const BOUND: u32 = 500;
/// Rows of the feed dropped in one sweep.
const FEED_BOUND: i64 = 5_000;

pub(super) fn sweep(tx: &Connection, retention: &Retention, now: DateTime<Utc>) -> Result<Done<Swept>, LedgerError> {
    let holds = delete_expired(tx, now, BOUND)?;
    let released = release_due(tx, now)?;
    let (answers, more_answers) = drop_answers(tx)?;
    let dropped = drop_feed(tx, retention)?;
    let more = holds == BOUND || released == BOUND || more_answers || dropped == FEED_BOUND;
    let swept = Swept {
        holds,
        released,
        answers,
        more,
    };
    let idle = (holds, released, answers, dropped) == (0, 0, 0, 0);
    Ok(if idle { Done::Drop(swept) } else { Done::Keep(swept) })
}

/// Commits the releases of quotas that are due. Only where a class gets its bit back does the feed
/// hear of it.
fn release_due(tx: &Connection, now: DateTime<Utc>) -> Result<u32, LedgerError> {
    let minute = Minute::containing(now);
    let due: Vec<(StoredSession, String)> = tx
        .prepare_cached(&format!(
            "SELECT {SESSION}, c.document FROM sessions s JOIN schedules c ON c.id = s.schedule
             WHERE s.release_at <= ?1 ORDER BY s.release_at LIMIT ?2"
        ))?
        .query_map(params![minute.0, BOUND], |row| Ok((session(row)?, row.get(8)?)))?
        .collect::<Result<_, _>>()?;
    let mut touched = Touched::default();
    for (stored, json) in &due {
        let schedule: Schedule = document("schedules", json)?;
        let start = stored.published.start;
        let released = quota::released_by(&schedule, start, stored.released, minute);
        release_quota(tx, &schedule, start, released)?;
        let booked = rows::booked_tickets(tx, stored.schedule, start)?;
        if quota::classes(&schedule, released, booked) != quota::classes(&schedule, stored.released, booked) {
            touched.session(stored.schedule, start);
        }
    }
    let rows = touched.rows(tx)?;
    if !rows.is_empty() {
        changes::append(tx, &rows)?;
    }
    Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
}

/// Drops stored answers that their desks have acknowledged (rule 14: for no other reason, and
/// never by age). The last operation of a booking stays known as its chain's end.
fn drop_answers(tx: &Connection) -> Result<(u32, bool), LedgerError> {
    let desks: Vec<(u32, i64)> = tx
        .prepare_cached("SELECT id, acknowledged FROM desks WHERE acknowledged > pruned LIMIT ?1")?
        .query_map([BOUND], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut answers = 0;
    for (desk, acknowledged) in &desks {
        answers += tx
            .prepare_cached("DELETE FROM operations WHERE desk = ?1 AND number <= ?2")?
            .execute(params![desk, acknowledged])?;
        tx.prepare_cached("UPDATE desks SET pruned = ?2 WHERE id = ?1")?
            .execute(params![desk, acknowledged])?;
    }
    Ok((
        u32::try_from(answers).unwrap_or(u32::MAX),
        desks.len() == BOUND as usize,
    ))
}

/// Drops the oldest rows of the feed beyond those that are kept.
fn drop_feed(tx: &Connection, retention: &Retention) -> Result<i64, LedgerError> {
    let (first, last): (i64, i64) = tx
        .prepare_cached("SELECT (SELECT min(seq) FROM feed), (SELECT max(seq) FROM feed)")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // The last row always stays: the chain goes on from it.
    let kept = i64::try_from(retention.feed_rows.max(1)).unwrap_or(i64::MAX);
    let surplus = last
        .saturating_sub(first)
        .saturating_add(1)
        .saturating_sub(kept)
        .clamp(0, FEED_BOUND);
    if surplus > 0 {
        changes::cut_before(tx, (first + surplus).cast_unsigned())?;
    }
    Ok(surplus)
}
