//! All availability at one cursor.

use std::collections::HashMap;

use lanterna_model::access::Channels;
use lanterna_model::availability::{FreeBits, ScheduleAvailability, SessionAvailability};
use lanterna_model::ids::{ResourceId, ScheduleId};
use lanterna_model::schedule::Schedule;
use lanterna_model::time::Minute;
use rusqlite::Connection;

use super::changes;
use super::rows::{SESSION, document, session};
use crate::ledger::slots::{StoredSession, cell_after, cell_of};
use crate::ledger::{LedgerError, PackedSchedule, Snapshot, quota};

/// Tickets that bookings took, by session start and class.
type Tickets = HashMap<Minute, [u32; 4]>;

/// A packed row and the slots in it.
pub(super) struct Packed {
    pub row: Vec<u8>,
    pub slots: u32,
}

/// Reads everything. The caller's transaction makes it one consistent read.
pub(super) fn take(tx: &Connection, epoch: &str) -> Result<Snapshot, LedgerError> {
    let cursor = changes::head(tx, epoch)?;
    let mut statement = tx.prepare("SELECT channels, document FROM schedules WHERE channels <> 0 ORDER BY id")?;
    let mut found = statement.query([])?;
    let mut schedules = Vec::new();
    while let Some(row) = found.next()? {
        let schedule: Schedule = document("schedules", row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
        let Packed { row: packed, slots } = pack(tx, &schedule)?;
        let channels = Channels(row.get(0)?);
        schedules.push(PackedSchedule {
            schedule: schedule.id,
            channels,
            row: packed,
            slots,
        });
    }
    Ok(Snapshot { cursor, schedules })
}

/// All sessions of one schedule, packed.
pub(super) fn pack(tx: &Connection, schedule: &Schedule) -> Result<Packed, LedgerError> {
    let tickets = tickets(tx, schedule)?;
    let claims = claims(tx, schedule.resource)?;
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {SESSION} FROM sessions s WHERE s.schedule = ?1 ORDER BY s.start"
    ))?;
    let mut found = statement.query([schedule.id.0])?;
    let mut sessions = Vec::new();
    let mut slots = 0;
    while let Some(row) = found.next()? {
        let stored = session(row)?;
        slots += stored.capacity();
        sessions.push(available(schedule, &stored, &tickets, &claims));
    }
    let mut row = Vec::new();
    ScheduleAvailability {
        schedule: schedule.id,
        sessions,
    }
    .encode(&mut row);
    Ok(Packed { row, slots })
}

fn available(
    schedule: &Schedule,
    stored: &StoredSession,
    tickets: &Tickets,
    claims: &[(i32, u16)],
) -> SessionAvailability {
    let published = &stored.published;
    let from = claims.partition_point(|(cell, _)| *cell < cell_of(published.start));
    let to = claims.partition_point(|(cell, _)| *cell < cell_after(stored.end()));
    let booked = tickets.get(&published.start).copied().unwrap_or_default();
    SessionAvailability {
        start: published.start,
        step: published.step,
        slots: published.slots,
        places: published.places,
        revision: stored.revision,
        classes: quota::classes(schedule, stored.released, booked),
        free: FreeBits::from_bytes(
            &stored.free_bits(claims[from..to].iter().copied()),
            usize::from(published.slots) * usize::from(published.places),
        ),
    }
}

fn tickets(tx: &Connection, schedule: &Schedule) -> Result<Tickets, LedgerError> {
    let mut all = Tickets::new();
    if schedule.quotas.is_empty() {
        return Ok(all);
    }
    let mut statement = tx.prepare_cached(
        "SELECT start, class, count(*) FROM quota_tickets WHERE schedule = ?1 AND kind = 3 GROUP BY start, class",
    )?;
    let mut found = statement.query([schedule.id.0])?;
    while let Some(row) = found.next()? {
        let class: u8 = row.get(1)?;
        if let Some(count) = all.entry(Minute(row.get(0)?)).or_default().get_mut(usize::from(class)) {
            *count = row.get(2)?;
        }
    }
    Ok(all)
}

/// Cells of a resource that anything but a hold lies on, in the order of time.
fn claims(tx: &Connection, resource: ResourceId) -> Result<Vec<(i32, u16)>, LedgerError> {
    let mut statement =
        tx.prepare_cached("SELECT cell, place FROM claims WHERE resource = ?1 AND kind > 1 ORDER BY cell, place")?;
    let found = statement.query_map([resource.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// All schedules there are, seen or not, with the sessions of each as its owner published them.
pub(super) fn each_session(
    tx: &Connection,
    mut visit: impl FnMut(&Schedule, &StoredSession) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let mut statement = tx.prepare("SELECT document FROM schedules ORDER BY id")?;
    let mut found = statement.query([])?;
    let mut of_schedule = tx.prepare(&format!(
        "SELECT {SESSION} FROM sessions s WHERE s.schedule = ?1 ORDER BY s.start"
    ))?;
    while let Some(row) = found.next()? {
        let schedule: Schedule = document("schedules", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        let ScheduleId(id) = schedule.id;
        let mut sessions = of_schedule.query([id])?;
        while let Some(row) = sessions.next()? {
            visit(&schedule, &session(row)?)?;
        }
    }
    Ok(())
}
