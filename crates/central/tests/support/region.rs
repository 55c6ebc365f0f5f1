//! A region of a few schedules, the odd ones hidden from family doctors.

use lanterna_central::ledger::{PublishedSchedule, Region};
use lanterna_model::access::{Channel, Channels, Regime};
use lanterna_model::age::AgeLimits;
use lanterna_model::geo::{Coordinates, Municipality};
use lanterna_model::ids::{
    BranchCode, LocationId, MunicipalityCode, OrganizationCode, ResourceId, ScheduleId, ServiceCode,
};
use lanterna_model::location::Location;
use lanterna_model::organization::{Organization, OrganizationKind};
use lanterna_model::priority::{Priority, ServiceKind, WaitLimits};
use lanterna_model::schedule::{ClassQuota, PublishedSession, Schedule, ScheduleService, SlotSpan, Suspension};
use lanterna_model::service::Service;
use lanterna_model::time::Minute;
use lanterna_wire::catalogue::{Exemption, Rules};

pub const SCHEDULES: u32 = 4;
const SLOTS: u16 = 12;
const STEP: u16 = 20;

pub fn code(text: &str) -> ServiceCode {
    ServiceCode::parse(text).unwrap()
}

fn body(text: &str) -> OrganizationCode {
    OrganizationCode::parse(text).unwrap()
}

/// The first slot of the first session: Wednesday 25 November 2026, 09:00 in Italy.
pub fn opening() -> Minute {
    Minute::containing("2026-11-25T08:00:00Z".parse().unwrap())
}

/// A slot of the first session of a schedule.
pub fn span(schedule: u32, slot: u16) -> SlotSpan {
    SlotSpan {
        schedule: ScheduleId(schedule),
        start: opening().plus(i32::from(slot * STEP)),
        place: 0,
        minutes: STEP,
        revision: 1,
    }
}

pub fn rules() -> Rules {
    Rules {
        waits: WaitLimits::default(),
        prescription_days: 180,
        ticket_cap_cents: 3_615,
        saturday_works: false,
        patron_days: vec![(6, 24)],
        contact: "010 000".to_owned(),
    }
}

pub fn region(schedules: u32) -> Region {
    Region {
        services: vec![
            service("89.7A.3", "Visita cardiologica"),
            service("89.52", "Elettrocardiogramma"),
        ],
        organizations: vec![
            Organization {
                code: body("070103"),
                name: "ASL 3".to_owned(),
                kind: OrganizationKind::Authority,
                valid_from: "2000-01-01".parse().unwrap(),
                valid_to: Some("2025-12-31".parse().unwrap()),
                succeeded_by: Some(body("070200")),
            },
            Organization {
                code: body("070200"),
                name: "ATS, \"Liguria\"".to_owned(),
                kind: OrganizationKind::Authority,
                valid_from: "2026-01-01".parse().unwrap(),
                valid_to: None,
                succeeded_by: None,
            },
        ],
        locations: vec![Location {
            id: LocationId(1),
            code: "01".to_owned(),
            name: "Poliambulatorio; via del Faro".to_owned(),
            organization: body("070200"),
            address: "via del Faro 1".to_owned(),
            municipality: MunicipalityCode::parse("010025").unwrap(),
            municipality_name: "Genova".to_owned(),
            coordinates: Coordinates {
                lat: 44.4056,
                lon: 8.9463,
            },
            phone: String::new(),
        }],
        municipalities: vec![Municipality {
            code: MunicipalityCode::parse("010025").unwrap(),
            cadastral: "D969".to_owned(),
            name: "Genova".to_owned(),
            province: "GE".to_owned(),
            postcode: "16121".to_owned(),
            population: 560_000,
            coordinates: Coordinates {
                lat: 44.4056,
                lon: 8.9463,
            },
            authority: body("070103"),
        }],
        exemptions: vec![Exemption {
            code: "E01".to_owned(),
            name: "Età e reddito".to_owned(),
            services: Vec::new(),
        }],
        rules: rules(),
        schedules: (1..=schedules)
            .map(|id| PublishedSchedule {
                schedule: schedule(id),
                sessions: sessions(),
            })
            .collect(),
    }
}

fn service(text: &str, name: &str) -> Service {
    Service {
        code: code(text),
        name: name.to_owned(),
        common_name: String::new(),
        branch: BranchCode(2),
        kind: ServiceKind::Visit,
        minutes: STEP,
        tariff_cents: 2_500,
        preparation: "a digiuno,\nda 8 ore".to_owned(),
    }
}

fn schedule(id: u32) -> Schedule {
    let visit = |text, access| ScheduleService {
        code: code(text),
        minutes: STEP,
        first: true,
        follow_up: access,
    };
    Schedule {
        id: ScheduleId(id),
        code: format!("A{id}"),
        name: format!("Cardiologia {id}"),
        resource: ResourceId(id),
        location: LocationId(1),
        organization: body("070200"),
        room: "3".to_owned(),
        practitioner: String::new(),
        services: vec![visit("89.7A.3", true), visit("89.52", false)],
        regime: Regime::Ssn,
        channels: if id % 2 == 1 {
            Channels::default().with(Channel::Desk)
        } else {
            Channels::ALL
        },
        quotas: if id == 3 {
            vec![ClassQuota {
                class: Priority::B,
                per_session: 2,
                release_hours: 48,
            }]
        } else {
            Vec::new()
        },
        ages: if id == 3 {
            AgeLimits {
                min: Some(18),
                max: None,
            }
        } else {
            AgeLimits::default()
        },
        sex: None,
        exclusive: false,
        horizon_days: 180,
        valid_from: "2026-01-01".parse().unwrap(),
        valid_to: None,
        suspension: (id == 4).then(|| Suspension {
            from: "2027-01-01".parse().unwrap(),
            to: None,
            reason: "lavori".to_owned(),
        }),
        preparation: String::new(),
    }
}

fn sessions() -> Vec<PublishedSession> {
    (0..3)
        .map(|week| PublishedSession {
            start: opening().plus(week * 7 * 24 * 60),
            step: STEP,
            slots: SLOTS,
            places: 1,
            closed: if week == 2 { vec![0b101] } else { Vec::new() },
        })
        .collect()
}
