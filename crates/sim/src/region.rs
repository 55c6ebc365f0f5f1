//! A small region with everything that makes places hard: one doctor with two schedules, parallel places,
//! quotas, schedules that a channel does not see, and nights in which clocks are changed.

use chrono::{DateTime, NaiveDate, Utc};
use lanterna_central::ledger::{PublishedSchedule, Region};
use lanterna_model::access::{Channel, Channels, Regime};
use lanterna_model::age::AgeLimits;
use lanterna_model::geo::Coordinates;
use lanterna_model::ids::{
    BranchCode, LocationId, MunicipalityCode, OrganizationCode, ResourceId, ScheduleId, ServiceCode,
};
use lanterna_model::location::Location;
use lanterna_model::organization::{Organization, OrganizationKind};
use lanterna_model::priority::{Priority, ServiceKind, WaitLimits};
use lanterna_model::schedule::{ClassQuota, PublishedSession, Schedule, ScheduleService};
use lanterna_model::service::Service;
use lanterna_model::time::{Minute, rome_today};
use lanterna_wire::catalogue::Rules;

use crate::config::Config;
use crate::violation::{Broken, Rule, Seen};

/// A visit of twenty minutes.
pub(crate) const VISIT: &str = "89.7A.3";
/// A visit of half an hour or longer.
pub(crate) const LONG_VISIT: &str = "89.01.9";
/// An examination of a quarter of an hour.
pub(crate) const EXAMINATION: &str = "89.52";

/// The channels through which the desks of these worlds book.
pub(crate) const CHANNELS: [Channel; 2] = [Channel::Mmg, Channel::Pharmacy];

/// Kinds of schedules; they come in turn.
const KINDS: u32 = 6;

/// How a schedule's sessions are shaped; what is published anew gets other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Hour on the wall at which a session begins.
    pub(crate) hour: u32,
    /// Minutes of a slot.
    pub(crate) step: u16,
    pub(crate) slots: u16,
    pub(crate) places: u16,
    /// First byte of what the owner keeps closed.
    pub(crate) closed: u8,
}

/// The kind of a schedule.
fn kind(id: ScheduleId) -> u32 {
    (id.0 - 1) % KINDS
}

/// The shape in which a schedule is published first.
pub(crate) fn shape(id: ScheduleId) -> Shape {
    let (hour, step, slots, places) = match kind(id) {
        0 => (8, 20, 12, 1),
        // The same doctor, and an hour of both at once.
        1 => (11, 15, 12, 1),
        2 => (9, 20, 9, 3),
        3 => (14, 30, 8, 1),
        4 => (15, 20, 9, 2),
        _ => (10, 30, 6, 2),
    };
    let closed = if kind(id) == 2 { 0b0001_0010 } else { 0 };
    Shape {
        hour,
        step,
        slots,
        places,
        closed,
    }
}

/// The sessions of a schedule in a shape, for so many days from a day on.
pub(crate) fn sessions(id: ScheduleId, shape: Shape, first: NaiveDate, days: u32) -> Vec<PublishedSession> {
    let day = |n: u32| first.checked_add_days(chrono::Days::new(u64::from(n)));
    let session = |start: Minute, step, slots| PublishedSession {
        start,
        step,
        slots,
        places: shape.places,
        closed: vec![shape.closed],
    };
    let mut all = Vec::new();
    for date in (0..days).filter_map(day) {
        // A clinic that never closes: its night runs through the hour that is left out or repeated.
        if kind(id) == 5
            && let Some(start) = at(date, 1)
        {
            all.push(session(start, shape.step, 8));
        }
        if let Some(start) = at(date, shape.hour) {
            all.push(session(start, shape.step, shape.slots));
        }
    }
    all
}

fn at(date: NaiveDate, hour: u32) -> Option<Minute> {
    Minute::from_rome(date.and_hms_opt(hour, 0, 0)?).earliest()
}

fn broken<T>(_: T) -> Broken {
    Broken {
        rule: Rule::Unexpected,
        what: "the region does not pass the rules".to_owned(),
    }
}

fn offered(id: ScheduleId) -> &'static [(&'static str, u16)] {
    match kind(id) {
        0 => &[(VISIT, 20), (LONG_VISIT, 40)],
        1 => &[(EXAMINATION, 15), (VISIT, 30)],
        2 => &[(VISIT, 20), (LONG_VISIT, 30), (EXAMINATION, 15)],
        3 => &[(VISIT, 30), (LONG_VISIT, 30)],
        4 => &[(VISIT, 20), (EXAMINATION, 20)],
        _ => &[(VISIT, 30), (LONG_VISIT, 60), (EXAMINATION, 30)],
    }
}

fn schedule(id: ScheduleId, organization: &OrganizationCode, valid_from: NaiveDate, days: u32) -> Seen<Schedule> {
    let services = offered(id).iter().map(|(code, minutes)| {
        Ok(ScheduleService {
            code: ServiceCode::parse(code).map_err(broken)?,
            minutes: *minutes,
            first: true,
            follow_up: kind(id) != 3,
        })
    });
    let quota = |class, per_session, release_hours| ClassQuota {
        class,
        per_session,
        release_hours,
    };
    Ok(Schedule {
        id,
        code: format!("AG{id}"),
        name: format!("Agenda {id}"),
        // Kinds 0 and 1 of one round are the same doctor.
        resource: ResourceId(if kind(id) == 1 { id.0 - 1 } else { id.0 }),
        location: LocationId(1 + id.0 % 3),
        organization: organization.clone(),
        room: String::new(),
        practitioner: String::new(),
        services: services.collect::<Seen<_>>()?,
        regime: Regime::Ssn,
        channels: match kind(id) {
            4 => Channels::default().with(Channel::Mmg),
            _ => Channels::ALL,
        },
        quotas: match kind(id) {
            3 => vec![quota(Priority::B, 2, 30), quota(Priority::D, 3, 12)],
            _ => Vec::new(),
        },
        ages: AgeLimits {
            min: (kind(id) == 4).then_some(30),
            max: None,
        },
        sex: None,
        exclusive: false,
        horizon_days: u16::try_from(days + 2).unwrap_or(u16::MAX),
        valid_from,
        valid_to: None,
        suspension: None,
        preparation: String::new(),
    })
}

/// The region of a world, as it is at the beginning.
pub(crate) fn region(config: &Config, start: DateTime<Utc>) -> Seen<Region> {
    let today = rome_today(start);
    let organization = OrganizationCode::parse("070103").map_err(broken)?;
    let municipality = MunicipalityCode::parse("010025").map_err(broken)?;
    let service = |code: &str, kind, minutes| {
        Ok::<_, Broken>(Service {
            code: ServiceCode::parse(code).map_err(broken)?,
            name: format!("Prestazione {code}"),
            common_name: String::new(),
            branch: BranchCode(8),
            kind,
            minutes,
            tariff_cents: 2_000,
            preparation: String::new(),
        })
    };
    let location = |id: u32| Location {
        id: LocationId(id),
        code: format!("L{id}"),
        name: format!("Sede {id}"),
        organization: organization.clone(),
        address: String::new(),
        municipality: municipality.clone(),
        municipality_name: "Genova".to_owned(),
        coordinates: Coordinates {
            lat: 44.4 + f64::from(id) * 0.05,
            lon: 8.9,
        },
        phone: String::new(),
    };
    let schedules = (1..=config.schedules).map(|id| {
        let schedule = schedule(ScheduleId(id), &organization, today, config.days)?;
        let sessions = sessions(schedule.id, shape(schedule.id), today, config.days);
        Ok(PublishedSchedule { schedule, sessions })
    });
    Ok(Region {
        services: vec![
            service(VISIT, ServiceKind::Visit, 20)?,
            service(LONG_VISIT, ServiceKind::Visit, 30)?,
            service(EXAMINATION, ServiceKind::Instrumental, 15)?,
        ],
        organizations: vec![Organization {
            code: organization.clone(),
            name: "Genova".to_owned(),
            kind: OrganizationKind::Authority,
            valid_from: today,
            valid_to: None,
            succeeded_by: None,
        }],
        locations: (1..=3).map(location).collect(),
        municipalities: Vec::new(),
        exemptions: Vec::new(),
        rules: Rules {
            waits: WaitLimits::default(),
            prescription_days: 180,
            ticket_cap_cents: 3_615,
            saturday_works: false,
            patron_days: Vec::new(),
            contact: String::new(),
        },
        schedules: schedules.collect::<Seen<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Season;

    #[test]
    fn the_region_fits_together_in_every_season() {
        for season in [Season::Spring, Season::Autumn, Season::Winter] {
            let config = Config {
                schedules: 13,
                season,
                ..Config::small(1)
            };
            let region = region(&config, season.start()).unwrap_or_else(|broken| panic!("{}", broken.what));
            assert_eq!(region.check(), Ok(()));
        }
    }

    #[test]
    fn a_night_session_runs_through_both_changes_of_the_clock() {
        let night = |day: &str| sessions(ScheduleId(6), shape(ScheduleId(6)), day.parse().unwrap(), 1)[0].clone();
        for (day, hours_on_the_wall) in [("2026-03-29", 5), ("2026-10-25", 3)] {
            let session = night(day);
            let end = session.start.plus(i32::from(session.step) * i32::from(session.slots));
            assert_eq!((end.rome() - session.start.rome()).num_hours(), hours_on_the_wall);
        }
    }
}
