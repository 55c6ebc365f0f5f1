//! A region as the files that [`super::import`] reads.

use std::path::Path;

use chrono::{NaiveDate, SecondsFormat};
use csv::Writer;
use lanterna_model::access::Channel;
use lanterna_model::schedule::{PublishedSession, Schedule};
use lanterna_wire::snapshot::hex;
use serde::Serialize;

use super::report::File;
use super::{catalogue, field, schedules, sessions};
use crate::ledger::Region;

/// Why a region could not be written. What was written of it may stay behind.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file cannot be written.
    #[error("{file} cannot be written")]
    Write {
        /// The file.
        file: File,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// `rules.json` cannot be written.
    #[error("rules.json cannot be written")]
    Rules(#[source] std::io::Error),
}

/// Writes a region into a folder, over what is there of the same names.
///
/// # Errors
/// [`ExportError`] names the file.
pub fn export(region: &Region, folder: &Path) -> Result<(), ExportError> {
    table(
        folder,
        File::Organizations,
        &catalogue::ORGANIZATIONS,
        region.organizations.iter().map(|body| {
            [
                body.code.to_string(),
                body.name.clone(),
                word(body.kind),
                body.valid_from.to_string(),
                day(body.valid_to),
                body.succeeded_by.as_ref().map(ToString::to_string).unwrap_or_default(),
            ]
        }),
    )?;
    table(
        folder,
        File::Services,
        &catalogue::SERVICES,
        region.services.iter().map(|service| {
            [
                service.code.to_string(),
                service.name.clone(),
                service.branch.to_string(),
                word(service.kind),
                service.minutes.to_string(),
                service.tariff_cents.to_string(),
                service.preparation.clone(),
                service.common_name.clone(),
            ]
        }),
    )?;
    table(
        folder,
        File::Locations,
        &catalogue::LOCATIONS,
        region.locations.iter().map(|location| {
            [
                location.id.to_string(),
                location.code.clone(),
                location.name.clone(),
                location.organization.to_string(),
                location.address.clone(),
                location.municipality.to_string(),
                location.municipality_name.clone(),
                location.coordinates.lat.to_string(),
                location.coordinates.lon.to_string(),
                location.phone.clone(),
            ]
        }),
    )?;
    table(
        folder,
        File::Municipalities,
        &catalogue::MUNICIPALITIES,
        region.municipalities.iter().map(|place| {
            [
                place.code.to_string(),
                place.cadastral.clone(),
                place.name.clone(),
                place.province.clone(),
                place.postcode.clone(),
                place.population.to_string(),
                place.coordinates.lat.to_string(),
                place.coordinates.lon.to_string(),
                place.authority.to_string(),
            ]
        }),
    )?;
    table(
        folder,
        File::Exemptions,
        &catalogue::EXEMPTIONS,
        region.exemptions.iter().map(|exemption| {
            [
                exemption.code.clone(),
                exemption.name.clone(),
                joined(&exemption.services, ToString::to_string),
            ]
        }),
    )?;
    table(
        folder,
        File::Schedules,
        &schedules::COLUMNS,
        region.schedules.iter().map(|published| schedule(&published.schedule)),
    )?;
    let sessions = region
        .schedules
        .iter()
        .flat_map(|published| published.sessions.iter().map(|one| session(&published.schedule, one)));
    table(folder, File::Sessions, &sessions::COLUMNS, sessions)?;
    let rules = serde_json::to_vec_pretty(&region.rules).map_err(|error| ExportError::Rules(error.into()))?;
    std::fs::write(folder.join("rules.json"), rules).map_err(ExportError::Rules)
}

fn schedule(schedule: &Schedule) -> [String; 23] {
    let channels: Vec<Channel> = Channel::ALL
        .into_iter()
        .filter(|channel| schedule.channels.contains(*channel))
        .collect();
    let suspension = schedule.suspension.as_ref();
    [
        schedule.id.to_string(),
        schedule.code.clone(),
        schedule.name.clone(),
        schedule.resource.to_string(),
        schedule.location.to_string(),
        schedule.organization.to_string(),
        schedule.room.clone(),
        schedule.practitioner.clone(),
        joined(&schedule.services, field::offered_text),
        word(schedule.regime),
        joined(&channels, |channel| channel.name().to_owned()),
        joined(&schedule.quotas, |quota| {
            format!("{}:{}:{}", word(quota.class), quota.per_session, quota.release_hours)
        }),
        schedule.ages.min.map(|age| age.to_string()).unwrap_or_default(),
        schedule.ages.max.map(|age| age.to_string()).unwrap_or_default(),
        schedule.sex.map(word).unwrap_or_default(),
        if schedule.exclusive { "yes" } else { "no" }.to_owned(),
        schedule.horizon_days.to_string(),
        schedule.valid_from.to_string(),
        day(schedule.valid_to),
        day(suspension.map(|suspension| suspension.from)),
        day(suspension.and_then(|suspension| suspension.to)),
        suspension
            .map(|suspension| suspension.reason.clone())
            .unwrap_or_default(),
        schedule.preparation.clone(),
    ]
}

fn session(schedule: &Schedule, session: &PublishedSession) -> [String; 6] {
    [
        schedule.id.to_string(),
        session.start.utc().to_rfc3339_opts(SecondsFormat::Secs, true),
        session.step.to_string(),
        session.slots.to_string(),
        session.places.to_string(),
        hex(&session.closed),
    ]
}

fn table<const N: usize>(
    folder: &Path,
    file: File,
    columns: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<(), ExportError> {
    let fault = |source| ExportError::Write { file, source };
    let mut writer = Writer::from_path(folder.join(file.name())).map_err(fault)?;
    writer.write_record(columns).map_err(fault)?;
    for row in rows {
        writer.write_record(&row).map_err(fault)?;
    }
    writer.flush().map_err(|error| fault(error.into()))
}

/// The word of an enumeration, as it is written on the wire.
fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn joined<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join("|")
}

fn day(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}
