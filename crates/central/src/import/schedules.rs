//! Schedules.

use std::path::Path;

use lanterna_model::access::Channel;
use lanterna_model::age::AgeLimits;
use lanterna_model::ids::{LocationId, OrganizationCode, ResourceId, ScheduleId};
use lanterna_model::schedule::{Schedule, Suspension};

use super::catalogue::Seen;
use super::report::{File, Reason, Report};
use super::table::{Fault, Line, each};
use super::{ImportError, Known, field};

pub(super) const COLUMNS: [&str; 23] = [
    "id",
    "code",
    "name",
    "resource",
    "location",
    "organization",
    "room",
    "practitioner",
    "services",
    "regime",
    "channels",
    "quotas",
    "age_min",
    "age_max",
    "sex",
    "exclusive",
    "horizon_days",
    "valid_from",
    "valid_to",
    "suspended_from",
    "suspended_to",
    "suspension_reason",
    "preparation",
];

/// Oldest age that a limit may name, in years.
const AGE: i64 = 130;
/// Longest horizon, in days.
const HORIZON_DAYS: i64 = 1_000;

pub(super) fn schedules(folder: &Path, known: &Known<'_>, report: &mut Report) -> Result<Vec<Schedule>, ImportError> {
    let mut seen = Seen::new();
    let mut read = Vec::new();
    each(folder, File::Schedules, &COLUMNS, report, |line| {
        let schedule = schedule(line)?;
        refers(&schedule, known)?;
        seen.once(schedule.id, "id", line.number)?;
        read.push(schedule);
        Ok(())
    })?;
    Ok(read)
}

fn schedule(line: &Line<'_>) -> Result<Schedule, Fault> {
    let schedule = Schedule {
        id: line.read("id", field::number(1, i64::from(u32::MAX))).map(ScheduleId)?,
        code: line.text("code")?.to_owned(),
        name: line.needed("name")?.to_owned(),
        resource: line
            .read("resource", field::number(1, i64::from(u32::MAX)))
            .map(ResourceId)?,
        location: line
            .read("location", field::number(1, i64::from(u32::MAX)))
            .map(LocationId)?,
        organization: line.read("organization", field::code(OrganizationCode::parse))?,
        room: line.text("room")?.to_owned(),
        practitioner: line.text("practitioner")?.to_owned(),
        services: line.list("services", field::OFFERED, field::offered)?,
        regime: line.read("regime", |text| field::word("ssn, alpi, private")(text))?,
        channels: field::channels(line.list("channels", "the name of a channel", Channel::from_name)?),
        quotas: line.list("quotas", field::QUOTA, field::quota)?,
        ages: AgeLimits {
            min: line.maybe("age_min", field::number(0, AGE))?,
            max: line.maybe("age_max", field::number(0, AGE))?,
        },
        sex: line.maybe("sex", |text| field::word("F, M")(text))?,
        exclusive: line.read("exclusive", field::yes)?,
        horizon_days: line.read("horizon_days", field::number(1, HORIZON_DAYS))?,
        valid_from: line.read("valid_from", field::date)?,
        valid_to: line.maybe("valid_to", field::date)?,
        suspension: suspension(line)?,
        preparation: line.text("preparation")?.to_owned(),
    };
    if schedule.services.is_empty() {
        return Err(Fault {
            field: Some("services"),
            reason: Reason::Empty,
        });
    }
    let backwards = |field| {
        Err(Fault {
            field: Some(field),
            reason: Reason::Backwards,
        })
    };
    if schedule.valid_to.is_some_and(|last| last < schedule.valid_from) {
        return backwards("valid_to");
    }
    match (schedule.ages.min, schedule.ages.max) {
        (Some(min), Some(max)) if max < min => backwards("age_max"),
        _ => Ok(schedule),
    }
}

fn suspension(line: &Line<'_>) -> Result<Option<Suspension>, Fault> {
    let Some(from) = line.maybe("suspended_from", field::date)? else {
        let alone = ["suspended_to", "suspension_reason"]
            .into_iter()
            .find(|name| line.text(name) != Ok(""));
        return match alone {
            Some(_) => Err(Fault {
                field: Some("suspended_from"),
                reason: Reason::Empty,
            }),
            None => Ok(None),
        };
    };
    let to = line.maybe("suspended_to", field::date)?;
    if to.is_some_and(|last| last < from) {
        return Err(Fault {
            field: Some("suspended_to"),
            reason: Reason::Backwards,
        });
    }
    match line.text("suspension_reason")? {
        "" => Err(Fault {
            field: Some("suspension_reason"),
            reason: Reason::Unmotivated,
        }),
        reason => Ok(Some(Suspension {
            from,
            to,
            reason: reason.to_owned(),
        })),
    }
}

fn refers(schedule: &Schedule, known: &Known<'_>) -> Result<(), Fault> {
    let unknown = |field, file, key| {
        Err(Fault {
            field: Some(field),
            reason: Reason::Unknown { file, key },
        })
    };
    if !known.locations.contains(&schedule.location) {
        return unknown("location", File::Locations, schedule.location.to_string());
    }
    if !known.bodies.contains(&schedule.organization) {
        return unknown("organization", File::Organizations, schedule.organization.to_string());
    }
    match schedule
        .services
        .iter()
        .find(|offered| !known.services.contains(&offered.code))
    {
        Some(offered) => unknown("services", File::Services, offered.code.to_string()),
        None => Ok(()),
    }
}
