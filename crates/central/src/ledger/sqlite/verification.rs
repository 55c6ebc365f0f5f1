//! A check of the whole ledger against its invariants.

use std::collections::HashMap;

use lanterna_model::ids::{ResourceId, ScheduleId};
use lanterna_model::time::Minute;
use rusqlite::{Connection, params};

use super::claims::{self, claimed_span};
use super::rows::{self, ClaimedSpan};
use super::{changes, snapshot};
use crate::ledger::feed::{ChainDigest, Row, RowKind};
use crate::ledger::slots::{ClaimedCell, Kind, StoredSession, cell_after, cell_of};
use crate::ledger::{Fault, LedgerError, Verification, quota};

type Told = HashMap<(ScheduleId, Minute), Vec<u8>>;

pub(super) fn verify(tx: &Connection, _epoch: &str) -> Result<Verification, LedgerError> {
    let count = |sql: &str| -> Result<i64, LedgerError> { Ok(tx.query_row(sql, [], |row| row.get(0))?) };
    let total = |sql: &str| -> Result<u64, LedgerError> { count(sql).map(i64::cast_unsigned) };
    let mut found = Verification {
        schedules: total("SELECT count(*) FROM schedules WHERE channels <> 0")?,
        live: total("SELECT count(*) FROM bookings WHERE state = 1")?,
        cancelled: total("SELECT count(*) FROM bookings WHERE state = 2")?,
        unplaced: total("SELECT count(*) FROM bookings WHERE state = 0")?,
        holds: total("SELECT count(*) FROM holds")?,
        operations: total("SELECT count(*) FROM operations")?,
        desks: total("SELECT count(*) FROM desks")?,
        feed_rows: total("SELECT count(*) FROM feed")?,
        ..Verification::default()
    };
    let told = check_feed(tx, &mut found)?;
    check_sessions(tx, &told, &mut found)?;
    check_claims(tx, &mut found)?;
    let lines = count(
        "SELECT (SELECT count(*) FROM live_lines l LEFT JOIN bookings b ON b.id = l.booking
                 WHERE b.id IS NULL OR b.state <> 1 OR b.nre IS NOT l.nre)
              + abs((SELECT count(*) FROM live_lines) - (SELECT count(*) FROM appointments a
                 JOIN bookings b ON b.id = a.booking WHERE b.number IS NOT NULL))",
    )?;
    if lines != 0 {
        found.faults.push(Fault::Lines { lines });
    }
    let tickets = count(
        "SELECT count(*) FROM quota_tickets t
         WHERE NOT EXISTS (SELECT 1 FROM bookings b WHERE t.kind = 3 AND b.id = t.owner AND b.state = 1)
           AND NOT EXISTS (SELECT 1 FROM holds h WHERE t.kind = 1 AND h.id = t.owner)",
    )?;
    if tickets != 0 {
        found.faults.push(Fault::OrphanTickets { tickets });
    }
    let operations = count("SELECT count(*) FROM operations WHERE settled IS NULL")?;
    if operations != 0 {
        found.faults.push(Fault::Unanswered { operations });
    }
    Ok(found)
}

/// Walks the chain, and gathers what the kept rows say last of each session.
fn check_feed(tx: &Connection, found: &mut Verification) -> Result<Told, LedgerError> {
    let mut told = Told::new();
    let first: i64 = tx.query_row("SELECT min(seq) FROM feed", [], |row| row.get(0))?;
    let first = first.cast_unsigned();
    let Some(mut digest): Option<ChainDigest> = changes::digest_at(tx, first)? else {
        return Ok(told);
    };
    let mut seq = first;
    let mut broken = Vec::new();
    changes::each_after(tx, first, |stored| {
        seq += 1;
        if stored.seq != seq || stored.row.chained(digest, seq) != stored.digest {
            broken.push(Fault::Chain { seq });
        }
        (seq, digest) = (stored.seq, stored.digest);
        let Row {
            kind,
            schedule,
            start,
            payload,
            ..
        } = stored.row;
        match kind {
            RowKind::Session => _ = told.insert((schedule, start), payload),
            RowKind::Schedule => told.retain(|(other, _), _| *other != schedule),
            RowKind::Catalogue | RowKind::Birth => {}
        }
        true
    })?;
    found.faults.extend(broken);
    Ok(told)
}

fn check_sessions(tx: &Connection, told: &Told, found: &mut Verification) -> Result<(), LedgerError> {
    snapshot::each_session(tx, |schedule, stored| {
        let start = stored.published.start;
        let cells = all_claims(tx, schedule.resource, stored)?;
        let counts = stored.count(cells.iter().copied());
        found.sessions += 1;
        found.capacity += u64::from(stored.capacity());
        found.slots += counts;
        if counts.sum() != u64::from(stored.capacity()) {
            found.faults.push(Fault::Sum {
                schedule: stored.schedule,
                start,
            });
        }
        if let Some(payload) = told.get(&(stored.schedule, start)) {
            let lasting = cells
                .iter()
                .filter(|cell| cell.kind != Kind::Hold)
                .map(|cell| (cell.cell, cell.place));
            let classes = quota::classes(
                schedule,
                stored.released,
                rows::booked_tickets(tx, stored.schedule, start)?,
            );
            let now = Row::session(
                schedule.channels,
                stored.schedule,
                start,
                classes.0,
                &stored.free_bits(lasting),
            );
            if now.payload != *payload {
                found.faults.push(Fault::Feed {
                    schedule: stored.schedule,
                    start,
                });
            }
        }
        Ok(())
    })
}

fn all_claims(tx: &Connection, resource: ResourceId, stored: &StoredSession) -> Result<Vec<ClaimedCell>, LedgerError> {
    let mut statement =
        tx.prepare_cached("SELECT cell, place, kind FROM claims WHERE resource = ?1 AND cell >= ?2 AND cell < ?3")?;
    let mut rows = statement.query(params![
        resource.0,
        cell_of(stored.published.start),
        cell_after(stored.end())
    ])?;
    let mut cells = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = Kind::from_code(row.get(2)?).ok_or(LedgerError::Damaged { table: "claims" })?;
        cells.push(ClaimedCell {
            cell: row.get(0)?,
            place: row.get(1)?,
            kind,
        });
    }
    Ok(cells)
}

/// Every booking and hold has its cells, and no cell is left over.
fn check_claims(tx: &Connection, found: &mut Verification) -> Result<(), LedgerError> {
    let mut owned: HashMap<u8, i64> = HashMap::new();
    let mut has = tx.prepare(
        "SELECT count(*) FROM claims
         WHERE resource = ?1 AND cell >= ?2 AND cell < ?3 AND place = ?4 AND kind = ?5 AND owner = ?6",
    )?;
    let mut complete = |kind: Kind, owner: i64, span: &ClaimedSpan| -> Result<bool, LedgerError> {
        let cells: i64 = has.query_row(
            params![
                span.resource.0,
                cell_of(span.start),
                cell_after(span.end()),
                span.place,
                kind.code(),
                owner
            ],
            |row| row.get(0),
        )?;
        *owned.entry(kind.code()).or_default() += cells;
        Ok(cells == claims::cells(span))
    };
    let mut statement =
        tx.prepare("SELECT schedule, resource, start, place, minutes, booking, line FROM appointments")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (booking, line) = (row.get(5)?, row.get(6)?);
        if !complete(Kind::Booking, booking, &claimed_span(row)?)? {
            found.faults.push(Fault::BookingWithoutPlace { booking, line });
        }
    }
    let mut statement = tx.prepare("SELECT schedule, resource, start, place, minutes, hold FROM hold_spans")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let hold = row.get(5)?;
        if !complete(Kind::Hold, hold, &claimed_span(row)?)? {
            found.faults.push(Fault::HoldWithoutPlace { hold });
        }
    }
    let mut statement = tx.prepare(
        "SELECT id FROM bookings b WHERE (state = 1) <> EXISTS (SELECT 1 FROM appointments a WHERE a.booking = b.id)",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        found.faults.push(Fault::BookingState { booking: row.get(0)? });
    }
    let mut statement = tx.prepare("SELECT kind, count(*) FROM claims GROUP BY kind")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, all): (u8, i64) = (row.get(0)?, row.get(1)?);
        let cells = all - owned.get(&kind).copied().unwrap_or_default();
        if cells != 0 {
            found.faults.push(Fault::OrphanClaims { kind, cells });
        }
    }
    Ok(())
}
