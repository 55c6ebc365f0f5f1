//! What owners publish: the catalogue, schedules and sessions.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use lanterna_model::access::{Channel, Channels};
use lanterna_model::ids::{BranchCode, ResourceId, ScheduleId, ServiceCode};
use lanterna_model::schedule::{PublishedSession, Schedule, Suspension};
use lanterna_model::time::Minute;
use lanterna_wire::catalogue::Catalogue;
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;

use super::rows::{SESSION, document, session, text};
use super::{changes, rows, snapshot};
use crate::ledger::feed::Row;
use crate::ledger::quota;
use crate::ledger::slots::StoredSession;
use crate::ledger::{LedgerError, PublishedSchedule, Region, RegionFault};

/// Puts a checked region in place.
pub(super) fn install(tx: &Connection, region: &Region, now: DateTime<Utc>) -> Result<(), LedgerError> {
    tx.execute_batch("DELETE FROM services; DELETE FROM organizations; DELETE FROM locations")?;
    let mut insert = tx.prepare("INSERT INTO services (code, branch, document) VALUES (?1, ?2, ?3)")?;
    for service in &region.services {
        insert.execute(params![
            service.code.as_str(),
            service.branch.0,
            text("services", service)?
        ])?;
    }
    let mut insert = tx.prepare("INSERT INTO organizations (code, document) VALUES (?1, ?2)")?;
    for body in &region.organizations {
        insert.execute(params![body.code.as_str(), text("organizations", body)?])?;
    }
    let mut insert = tx.prepare("INSERT INTO locations (id, document) VALUES (?1, ?2)")?;
    for location in &region.locations {
        insert.execute(params![location.id.0, text("locations", location)?])?;
    }
    let known = known_resources(tx)?;
    for PublishedSchedule { schedule, sessions } in &region.schedules {
        if known
            .get(&schedule.id)
            .is_some_and(|resource| *resource != schedule.resource)
        {
            return Err(RegionFault::Resource(schedule.id).into());
        }
        put_schedule(tx, schedule)?;
        replace_sessions(tx, schedule, sessions, now)?;
    }
    let kept: HashSet<ScheduleId> = region.schedules.iter().map(|published| published.schedule.id).collect();
    for id in known.keys().filter(|id| !kept.contains(id)) {
        tx.prepare_cached("UPDATE schedules SET channels = 0 WHERE id = ?1")?
            .execute([id.0])?;
        tx.prepare_cached("DELETE FROM sessions WHERE schedule = ?1")?
            .execute([id.0])?;
    }
    tx.execute(
        "UPDATE ledger SET catalogue = catalogue + 1, rules = ?1, exemptions = ?2, municipalities = ?3",
        params![
            text("ledger", &region.rules)?,
            text("ledger", &region.exemptions)?,
            text("ledger", &region.municipalities)?
        ],
    )?;
    // Telling everything as changes would be one endless page: cursors from before are gone instead.
    let seq = changes::append(tx, &[Row::catalogue()])?;
    changes::cut_before(tx, seq)
}

fn known_resources(tx: &Connection) -> Result<HashMap<ScheduleId, ResourceId>, LedgerError> {
    let mut statement = tx.prepare("SELECT id, resource FROM schedules")?;
    let found = statement.query_map([], |row| Ok((ScheduleId(row.get(0)?), ResourceId(row.get(1)?))))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn put_schedule(tx: &Connection, schedule: &Schedule) -> Result<(), LedgerError> {
    tx.prepare_cached(
        "INSERT INTO schedules (id, resource, channels, document) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET channels = excluded.channels, document = excluded.document",
    )?
    .execute(params![
        schedule.id.0,
        schedule.resource.0,
        schedule.channels.0,
        text("schedules", schedule)?
    ])?;
    Ok(())
}

/// Writes the sessions of a schedule in the place of those it had.
fn replace_sessions(
    tx: &Connection,
    schedule: &Schedule,
    sessions: &[PublishedSession],
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let before: HashMap<Minute, StoredSession> = tx
        .prepare_cached(&format!("SELECT {SESSION} FROM sessions s WHERE s.schedule = ?1"))?
        .query_map([schedule.id.0], |row| {
            session(row).map(|stored| (stored.published.start, stored))
        })?
        .collect::<Result<_, _>>()?;
    if !before.is_empty() {
        tx.prepare_cached("DELETE FROM sessions WHERE schedule = ?1")?
            .execute([schedule.id.0])?;
    }
    let mut insert = tx.prepare_cached(
        "INSERT INTO sessions (schedule, start, step, slots, places, revision, closed, released, release_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for published in sessions {
        let used = published
            .closed
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |at| at + 1);
        let closed = &published.closed[..used];
        let PublishedSession {
            start,
            step,
            slots,
            places,
            ..
        } = *published;
        let (revision, released) = match before.get(&start) {
            None => (1, 0),
            Some(StoredSession {
                published: old,
                revision,
                released,
                ..
            }) => {
                let same = (old.step, old.slots, old.places, old.closed.as_slice()) == (step, slots, places, closed);
                (revision + u32::from(!same), *released)
            }
        };
        let released = quota::released_by(schedule, start, released, Minute::containing(now));
        let next = quota::next_release(schedule, start, released).map(|at| at.0);
        insert.execute(params![
            schedule.id.0,
            start.0,
            step,
            slots,
            places,
            revision,
            closed,
            released,
            next
        ])?;
    }
    Ok(())
}

/// Publishes the checked sessions of a schedule anew.
pub(super) fn publish(
    tx: &Connection,
    id: ScheduleId,
    sessions: &[PublishedSession],
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let stored = rows::schedule(tx, id)?.ok_or(LedgerError::NoSuchSchedule(id))?;
    replace_sessions(tx, &stored.schedule, sessions, now)?;
    let packed = snapshot::pack(tx, &stored.schedule)?;
    changes::append(tx, &[Row::schedule(stored.channels, id, packed.row)])?;
    Ok(())
}

/// Suspends a schedule, or ends its suspension.
pub(super) fn suspend(tx: &Connection, id: ScheduleId, suspension: Option<&Suspension>) -> Result<(), LedgerError> {
    let mut stored = rows::schedule(tx, id)?.ok_or(LedgerError::NoSuchSchedule(id))?;
    stored.schedule.suspension = suspension.cloned();
    tx.prepare_cached("UPDATE schedules SET document = ?2 WHERE id = ?1")?
        .execute(params![id.0, text("schedules", &stored.schedule)?])?;
    tx.execute("UPDATE ledger SET catalogue = catalogue + 1", [])?;
    changes::append(tx, &[Row::catalogue()])?;
    Ok(())
}

/// The version of a channel's catalogue. It names the epoch, since a restored ledger counts anew.
pub(super) fn catalogue_version(tx: &Connection, epoch: &str, channel: Channel) -> Result<String, LedgerError> {
    let count: i64 = tx
        .prepare_cached("SELECT catalogue FROM ledger")?
        .query_row([], |row| row.get(0))?;
    Ok(format!(
        "{}-{count}-{}",
        epoch.get(..8).unwrap_or(epoch),
        channel.name()
    ))
}

/// The catalogue as a channel sees it.
pub(super) fn catalogue(tx: &Connection, epoch: &str, channel: Channel) -> Result<Catalogue, LedgerError> {
    let mut statement = tx.prepare("SELECT channels, document FROM schedules ORDER BY id")?;
    let mut found = statement.query([])?;
    let mut schedules: Vec<Schedule> = Vec::new();
    while let Some(row) = found.next()? {
        if Channels(row.get(0)?).contains(channel) {
            schedules.push(document(
                "schedules",
                row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?,
            )?);
        }
    }
    let (exemptions, municipalities): (String, String) =
        tx.query_row("SELECT exemptions, municipalities FROM ledger", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(Catalogue {
        version: catalogue_version(tx, epoch, channel)?,
        services: documents(tx, "services", "code")?,
        organizations: documents(tx, "organizations", "code")?,
        locations: documents(tx, "locations", "id")?,
        municipalities: document("ledger", &municipalities)?,
        schedules,
        exemptions: document("ledger", &exemptions)?,
        rules: region_rules(tx)?,
    })
}

/// The rules of the region.
pub(super) fn region_rules(tx: &Connection) -> Result<lanterna_wire::catalogue::Rules, LedgerError> {
    let json: Option<String> = tx
        .prepare_cached("SELECT rules FROM ledger")?
        .query_row([], |row| row.get(0))
        .optional()?
        .flatten();
    document("ledger", &json.ok_or(LedgerError::NotInstalled)?)
}

/// The branches of those services that the catalogue has.
pub(super) fn branches<'a>(
    tx: &Connection,
    services: impl Iterator<Item = &'a ServiceCode>,
) -> Result<HashMap<ServiceCode, BranchCode>, LedgerError> {
    let mut statement = tx.prepare_cached("SELECT branch FROM services WHERE code = ?1")?;
    let mut branches = HashMap::new();
    for service in services {
        let branch: Option<u8> = statement.query_row([service.as_str()], |row| row.get(0)).optional()?;
        branches.extend(branch.map(|branch| (service.clone(), BranchCode(branch))));
    }
    Ok(branches)
}

fn documents<T: DeserializeOwned>(
    tx: &Connection,
    table: &'static str,
    key: &'static str,
) -> Result<Vec<T>, LedgerError> {
    let mut statement = tx.prepare(&format!("SELECT document FROM {table} ORDER BY {key}"))?;
    let found: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    found.iter().map(|json| document(table, json)).collect()
}
