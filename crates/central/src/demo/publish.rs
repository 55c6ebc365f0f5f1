//! One schedule of the plan as its owner publishes it.

use chrono::{Datelike, Days, NaiveDate};
use lanterna_model::access::{Channel, Channels, Regime};
use lanterna_model::age::AgeLimits;
use lanterna_model::organization::resolve;
use lanterna_model::priority::{Priority, ServiceKind};
use lanterna_model::schedule::{ClassQuota, PublishedSession, Schedule, ScheduleService};
use lanterna_model::service::Service;

use super::files::Files;
use super::occupancy::{Demand, taken_slots};
use super::plan::Placed;
use super::seeded::{Purpose, Seeded};
use super::units::{Rhythm, Unit};
use super::week::{Calendar, Week};
use super::{DAYS, schedule_id};
use crate::ledger::PublishedSchedule;

const FLOORS: [&str; 3] = ["piano terra", "primo piano", "secondo piano"];
const ARRIVALS: [&str; 3] = [
    "Presentarsi all'accettazione 15 minuti prima.",
    "All'arrivo ritirare il numero al totem dell'ingresso.",
    "Chi non può presentarsi disdica: il posto servirà ad altri.",
];

/// Youngest patient of units for adults, in years.
const ADULT: u8 = 15;

pub(super) fn publish(
    seed: u64,
    at: usize,
    placed: &Placed,
    calendar: &Calendar,
    files: &Files,
    today: NaiveDate,
) -> PublishedSchedule {
    let mut draw = Seeded::new(seed, Purpose::Schedule, at);
    let schedule = schedule(at, placed, files, today, &mut draw);
    let step = step(&schedule, &mut draw);
    let places = places(placed, &mut draw);
    let demand = demand(placed, &mut draw);
    let week = Week::new(seed, placed);
    let mut draw = Seeded::new(seed, Purpose::Occupancy, at);
    let sessions = calendar
        .0
        .iter()
        .filter(|day| schedule.valid_to.is_none_or(|last| day.date <= last))
        .flat_map(|day| week.sessions(day).map(|session| (day.ahead, session)))
        .map(|(ahead, (start, minutes))| {
            let slots = (minutes / step).max(1);
            PublishedSession {
                start,
                step,
                slots,
                places,
                closed: taken_slots(slots, places, demand.taken(ahead), &mut draw),
            }
        })
        .collect();
    PublishedSchedule { schedule, sessions }
}

fn schedule(at: usize, placed: &Placed, files: &Files, today: NaiveDate, draw: &mut Seeded) -> Schedule {
    let Placed { unit, number, .. } = placed;
    let location = &files.locations[placed.location];
    let organization =
        resolve(&files.organizations, &location.organization, today).map_or(&location.organization, |body| &body.code);
    let which = match number {
        1 => String::new(),
        number => format!(" {number}"),
    };
    let floor = draw.pick(&FLOORS);
    let room = match unit.rhythm {
        Rhythm::Machine => format!("Sala {}, {floor}", draw.between(1, 12)),
        _ => format!("Ambulatorio {}, {floor}", draw.between(1, 40)),
    };
    let beyond = |days| today.checked_add_days(Days::new(days));
    Schedule {
        id: schedule_id(at),
        code: format!("A{:05}", at + 1),
        name: format!("{} – {}{which}", unit.label, unit.title),
        resource: placed.resource,
        location: location.id,
        organization: organization.clone(),
        room,
        practitioner: format!("Équipe di {}", unit.label.to_lowercase()),
        services: services(unit, files, draw),
        regime: Regime::Ssn,
        channels: channels(placed, draw),
        quotas: quotas(unit, draw),
        ages: ages(placed, draw),
        sex: unit.sex,
        exclusive: !placed.needed && draw.permille(20),
        horizon_days: if !placed.needed && draw.permille(40) {
            DAYS / 2
        } else {
            DAYS
        },
        valid_from: NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today),
        valid_to: (!placed.needed && draw.permille(10)).then(|| beyond(120)).flatten(),
        suspension: None,
        preparation: if draw.permille(150) {
            (*draw.pick(&ARRIVALS)).to_owned()
        } else {
            String::new()
        },
    }
}

/// What a unit offers; some take five minutes more than usual.
fn services(unit: &Unit, files: &Files, draw: &mut Seeded) -> Vec<ScheduleService> {
    let slower = if draw.permille(200) { 5 } else { 0 };
    unit.codes
        .iter()
        .filter_map(|code| files.service(code))
        .map(|service| {
            let (first, follow_up) = accesses(service, files);
            ScheduleService {
                code: service.code.clone(),
                minutes: service.minutes + slower,
                first,
                follow_up,
            }
        })
        .collect()
}

/// Who is seen: a follow-up visit takes follow-ups alone, the first visit beside it first accesses
/// alone, anything else both.
fn accesses(service: &Service, files: &Files) -> (bool, bool) {
    const FOLLOW_UP: &str = " di controllo";
    if service.kind == ServiceKind::Instrumental {
        return (true, true);
    }
    if service.name.ends_with(FOLLOW_UP) {
        return (false, true);
    }
    let beside = format!("{}{FOLLOW_UP}", service.name);
    let has_follow_up = files.services.iter().any(|other| other.name == beside);
    (true, !has_follow_up)
}

fn channels(placed: &Placed, draw: &mut Seeded) -> Channels {
    if placed.needed {
        return Channels::ALL;
    }
    let some: &[Channel] = match draw.below(100) {
        0..6 => &[Channel::Desk, Channel::CallCentre, Channel::Specialist],
        6..8 => &[Channel::Specialist],
        8..20 => &[Channel::Desk, Channel::CallCentre, Channel::Mmg, Channel::Specialist],
        _ => return Channels::ALL,
    };
    some.iter().copied().collect()
}

fn quotas(unit: &Unit, draw: &mut Seeded) -> Vec<ClassQuota> {
    let quota = |class, per_session, release_hours| ClassQuota {
        class,
        per_session,
        release_hours,
    };
    let first_visits = unit.rhythm == Rhythm::Visits && unit.title != "Controlli";
    match unit.rhythm {
        Rhythm::Urgent => vec![quota(Priority::D, 0, 24), quota(Priority::P, 0, 24)],
        _ if first_visits && draw.permille(200) => {
            vec![quota(Priority::U, 2, 48), quota(Priority::P, 4, 72)]
        }
        Rhythm::Machine if draw.permille(80) => vec![quota(Priority::P, 5, 48)],
        _ => Vec::new(),
    }
}

fn ages(placed: &Placed, draw: &mut Seeded) -> AgeLimits {
    let adults_only =
        !placed.needed && placed.unit.rhythm == Rhythm::Visits && !placed.unit.for_children() && draw.permille(300);
    if adults_only {
        AgeLimits {
            min: Some(ADULT),
            max: None,
        }
    } else {
        placed.unit.ages
    }
}

/// Slots as long as the shortest service, or half as long, so that some services take two or more.
fn step(schedule: &Schedule, draw: &mut Seeded) -> u16 {
    let shortest = schedule
        .services
        .iter()
        .map(|service| service.minutes)
        .min()
        .unwrap_or(20);
    if shortest >= 30 && draw.permille(150) {
        shortest / 10 * 5
    } else {
        shortest
    }
}

fn places(placed: &Placed, draw: &mut Seeded) -> u16 {
    let several = match placed.unit.rhythm {
        Rhythm::Urgent => 0,
        Rhythm::Visits => 40,
        Rhythm::Machine => 140,
    };
    if !placed.paired && draw.permille(several) { 2 } else { 1 }
}

fn demand(placed: &Placed, draw: &mut Seeded) -> Demand {
    let full_days = placed.unit.full_days;
    match (placed.unit.rhythm, draw.below(1_000)) {
        (Rhythm::Urgent, _) => Demand::Urgent,
        _ if full_days > 0 => Demand::Full(full_days + draw.between(0, 20)),
        _ if placed.needed => Demand::Usual,
        (_, 0..80) => Demand::Full(draw.between(40, 150)),
        (_, 80..95) => Demand::Quiet,
        _ => Demand::Usual,
    }
}
