//! Rows as the other modules want them.

use chrono::{DateTime, Utc};
use lanterna_model::access::{Channel, Channels};
use lanterna_model::ids::{DeskId, ResourceId, ScheduleId};
use lanterna_model::schedule::{PublishedSession, Schedule};
use lanterna_model::time::Minute;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use crate::ledger::LedgerError;
use crate::ledger::slots::StoredSession;

/// A schedule with the channels that see it now.
pub(super) struct StoredSchedule {
    pub schedule: Schedule,
    /// None once it is withdrawn, whatever its document says.
    pub channels: Channels,
}

/// Claimed time: what is needed to give it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClaimedSpan {
    pub schedule: ScheduleId,
    pub resource: ResourceId,
    pub start: Minute,
    pub place: u16,
    pub minutes: u16,
}

impl ClaimedSpan {
    pub(super) fn end(&self) -> Minute {
        self.start.plus(i32::from(self.minutes))
    }
}

/// Reads a stored JSON document.
pub(super) fn document<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, LedgerError> {
    serde_json::from_str(text).map_err(|_| LedgerError::Damaged { table })
}

/// Writes a JSON document to be stored.
pub(super) fn text<T: serde::Serialize>(table: &'static str, value: &T) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|_| LedgerError::Damaged { table })
}

pub(super) fn schedule(tx: &Connection, id: ScheduleId) -> Result<Option<StoredSchedule>, LedgerError> {
    let row: Option<(u8, String)> = tx
        .prepare_cached("SELECT channels, document FROM schedules WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(channels, json)| {
        Ok(StoredSchedule {
            schedule: document("schedules", &json)?,
            channels: Channels(channels),
        })
    })
    .transpose()
}

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

/// The last session of a schedule that starts at or before a minute: sessions of one schedule do
/// not overlap, so no other can hold it.
pub(super) fn session_before(
    tx: &Connection,
    schedule: ScheduleId,
    minute: Minute,
) -> Result<Option<StoredSession>, LedgerError> {
    Ok(tx
        .prepare_cached(&format!(
            "SELECT {SESSION} FROM sessions s WHERE s.schedule = ?1 AND s.start <= ?2 ORDER BY s.start DESC LIMIT 1"
        ))?
        .query_row(params![schedule.0, minute.0], session)
        .optional()?)
}

/// Tickets that bookings took in a session, by class.
pub(super) fn booked_tickets(tx: &Connection, schedule: ScheduleId, start: Minute) -> Result<[u32; 4], LedgerError> {
    let mut statement = tx.prepare_cached(
        "SELECT class, count(*) FROM quota_tickets WHERE schedule = ?1 AND start = ?2 AND kind = 3 GROUP BY class",
    )?;
    let mut rows = statement.query(params![schedule.0, start.0])?;
    let mut booked = [0; 4];
    while let Some(row) = rows.next()? {
        let class: u8 = row.get(0)?;
        if let Some(count) = booked.get_mut(usize::from(class)) {
            *count = row.get(1)?;
        }
    }
    Ok(booked)
}

/// A desk and the number up to which its outcomes are acknowledged.
pub(super) fn desk(tx: &Connection, id: DeskId) -> Result<(crate::ledger::Desk, u64), LedgerError> {
    let found: Option<(String, String, i64)> = tx
        .prepare_cached("SELECT code, channel, acknowledged FROM desks WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (code, channel, acknowledged) = found.ok_or(LedgerError::NoSuchDesk(id))?;
    Ok((super::desks::build(id, &code, &channel)?, acknowledged.cast_unsigned()))
}

pub(super) fn channel(table: &'static str, name: &str) -> Result<Channel, LedgerError> {
    Channel::from_name(name).ok_or(LedgerError::Damaged { table })
}

pub(super) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}
