//! Holds: places kept while an operator confirms.

use std::time::Duration;

use chrono::{DateTime, Utc};
use lanterna_model::ids::{DeskId, ResourceId};
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest, LostSpan};
use lanterna_wire::limits;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::claims::{Owner, Touched, Wanted, claim, delete_expired, delete_hold, hold_spans};
use super::rows::{self, ClaimedSpan, millis};
use super::{Done, desks};
use crate::ledger::slots::Kind;
use crate::ledger::{Desk, LedgerError, judge};

/// The row of a hold, whose it is, and when it ends in milliseconds.
fn find(tx: &Connection, hold: Uuid) -> Result<Option<(i64, DeskId, i64)>, LedgerError> {
    Ok(tx
        .prepare_cached("SELECT id, desk, expires_ms FROM holds WHERE request = ?1")?
        .query_row([hold.as_bytes().as_slice()], |row| {
            Ok((row.get(0)?, DeskId(row.get(1)?), row.get(2)?))
        })
        .optional()?)
}

/// The row of a desk's own hold.
pub(super) fn own(tx: &Connection, desk: DeskId, hold: Uuid) -> Result<Option<i64>, LedgerError> {
    Ok(find(tx, hold)?
        .filter(|(_, owner, _)| *owner == desk)
        .map(|(id, ..)| id))
}

pub(super) fn hold(
    tx: &Connection,
    desk: DeskId,
    request: &HoldRequest,
    ttl: Duration,
    now: DateTime<Utc>,
) -> Result<Done<HoldReply>, LedgerError> {
    if !(1..=limits::APPOINTMENTS).contains(&request.spans.len()) {
        return Err(LedgerError::Malformed);
    }
    let (desk, _) = rows::desk(tx, desk)?;
    delete_expired(tx, now, u32::MAX)?;
    if let Some((id, owner, expires)) = find(tx, request.id)? {
        if owner != desk.id || !same_spans(&hold_spans(tx, id)?, &request.spans) {
            return Err(LedgerError::Malformed);
        }
        return Ok(Done::Drop(held(expires - millis(now))));
    }
    let state = desks::service_state(tx, desk.channel)?;
    if !state.pushes() {
        return Err(LedgerError::NotOpen(state));
    }
    if let Some(replaced) = request.replaces
        && let Some(id) = own(tx, desk.id, replaced)?
    {
        delete_hold(tx, id)?;
    }
    let lasts = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 2);
    tx.prepare_cached("INSERT INTO holds (request, desk, expires_ms) VALUES (?1, ?2, ?3)")?
        .execute(params![
            request.id.as_bytes().as_slice(),
            desk.id.0,
            millis(now).saturating_add(lasts)
        ])?;
    let id = tx.last_insert_rowid();
    let mut lost = Vec::new();
    for (n, span) in (0..).zip(&request.spans) {
        match keep(tx, &desk, id, span, request, now)? {
            Ok(kept) => note(tx, id, n, &kept)?,
            Err(reason) => lost.push(LostSpan { span: *span, reason }),
        }
    }
    if lost.is_empty() {
        Ok(Done::Keep(held(lasts)))
    } else {
        Ok(Done::Drop(HoldReply::Refused { lost }))
    }
}

fn held(milliseconds: i64) -> HoldReply {
    let seconds = u32::try_from(milliseconds / 1000).unwrap_or(if milliseconds < 0 { 0 } else { u32::MAX });
    HoldReply::Held {
        expires_in_seconds: seconds,
    }
}

fn same_spans(kept: &[ClaimedSpan], asked: &[SlotSpan]) -> bool {
    kept.len() == asked.len()
        && kept.iter().zip(asked).all(|(kept, asked)| {
            (kept.schedule, kept.start, kept.place, kept.minutes)
                == (asked.schedule, asked.start, asked.place, asked.minutes)
        })
}

fn keep(
    tx: &Connection,
    desk: &Desk,
    hold: i64,
    span: &SlotSpan,
    request: &HoldRequest,
    now: DateTime<Utc>,
) -> Result<Result<ClaimedSpan, ConflictReason>, LedgerError> {
    let Some(stored) = rows::schedule(tx, span.schedule)? else {
        return Ok(Err(ConflictReason::NoSuchSlot));
    };
    if let Err(reason) = judge::holdable(&stored.schedule, stored.channels, desk.channel, span.start, now) {
        return Ok(Err(reason));
    }
    // The service is not told: any length of whole slots may be kept.
    let wanted = Wanted {
        span,
        schedule: &stored.schedule,
        minutes: 0,
        class: request.priority,
    };
    let owner = Owner {
        kind: Kind::Hold,
        id: hold,
    };
    claim(tx, owner, desk.id, &wanted, now, &mut Touched::default())
}

fn note(tx: &Connection, hold: i64, n: u8, span: &ClaimedSpan) -> Result<(), LedgerError> {
    let ResourceId(resource) = span.resource;
    tx.prepare_cached(
        "INSERT INTO hold_spans (hold, n, schedule, resource, start, place, minutes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![hold, n, span.schedule.0, resource, span.start.0, span.place, span.minutes])?;
    Ok(())
}

pub(super) fn release(tx: &Connection, desk: DeskId, hold: Uuid) -> Result<bool, LedgerError> {
    match own(tx, desk, hold)? {
        Some(id) => delete_hold(tx, id).map(|()| true),
        None => Ok(false),
    }
}
