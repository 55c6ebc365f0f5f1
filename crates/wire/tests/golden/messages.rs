//! Who speaks, what can be booked, and what is free.

use lanterna_model::access::{Channel, Channels, Regime, Sex};
use lanterna_model::age::AgeLimits;
use lanterna_model::booking_number::DeskCode;
use lanterna_model::geo::{Coordinates, Municipality};
use lanterna_model::ids::{
    BranchCode, DeskId, LocationId, MunicipalityCode, OrganizationCode, ResourceId, ScheduleId, ServiceCode,
};
use lanterna_model::location::Location;
use lanterna_model::organization::{Organization, OrganizationKind};
use lanterna_model::priority::{Priority, ServiceKind, WaitLimits};
use lanterna_model::schedule::{ClassQuota, Schedule, ScheduleService, Suspension};
use lanterna_model::service::Service;
use lanterna_model::time::Minute;
use lanterna_wire::catalogue::{Catalogue, Exemption, Rules};
use lanterna_wire::changes::{Change, Page};
use lanterna_wire::desk::{Enrolled, Enrolment};
use lanterna_wire::problem::{Problem, ProblemCode};
use lanterna_wire::rescue::public_key;
use lanterna_wire::snapshot::{Chunk, ChunkRef, Manifest, chunk_hash};
use lanterna_wire::status::{Notice, ServiceState, Status};
use lanterna_wire::{Cursor, PROTOCOL, ProtocolRange};
use uuid::Uuid;

use crate::every;

fn organization(code: &str) -> OrganizationCode {
    OrganizationCode::parse(code).unwrap()
}

fn service(code: &str) -> ServiceCode {
    ServiceCode::parse(code).unwrap()
}

fn cursor(seq: u64, digest: &str) -> Cursor {
    Cursor {
        epoch: "0123456789abcdef0123456789abcdef".to_owned(),
        seq,
        digest: digest.to_owned(),
    }
}

pub fn enrolments() -> Vec<Enrolment> {
    vec![Enrolment {
        code: "7K4M-2Q9D-XR".to_owned(),
        protocol: PROTOCOL,
        request: Uuid::from_u128(0x5f0c_93a1_0f1e_4d6b_8a2c_1b3d_5e7f_9a0b),
    }]
}

pub fn enrolled() -> Vec<Enrolled> {
    let desks = every!(Channel: Desk, CallCentre, Pharmacy, Mmg, Specialist, Web);
    (1..)
        .zip(desks)
        .map(|(number, channel)| Enrolled {
            desk: DeskId(number),
            code: DeskCode::of(number),
            channel,
            token: format!("{number:064x}"),
            central: "CUP della Liguria".to_owned(),
            papers: String::new(),
        })
        .collect()
}

pub fn statuses() -> Vec<Status> {
    let states = every!(ServiceState: Open, ReadOnly, Frozen, Closed);
    let status = |service| Status {
        protocol: ProtocolRange { oldest: 1, newest: 1 },
        head: cursor(48_213, "00ff10ee20dd30cc"),
        server_time: "2026-11-23T08:00:00.250Z".parse().unwrap(),
        service,
        catalogue: "mmg-7".to_owned(),
        name: "CUP della Liguria".to_owned(),
        demonstration: service != ServiceState::Open,
        recalled: u32::from(service == ServiceState::Open),
        rescue_key: public_key([7; 32]),
        interruption: None,
        assert_from: None,
        notices: vec![Notice {
            id: "2026-11".to_owned(),
            text: "Domenica 29 il CUP è in manutenzione".to_owned(),
        }],
    };
    states.into_iter().map(status).collect()
}

pub fn problems() -> Vec<Problem> {
    let codes = every!(ProblemCode: Unauthorized, EnrolmentRefused, NotFound, Malformed, TooLarge, Protocol,
        CursorGone, CursorAhead, Busy, NotOpen, Internal);
    let problem = |code| Problem {
        code,
        detail: "for whoever reads logs".to_owned(),
    };
    codes.into_iter().map(problem).collect()
}

pub fn catalogues() -> Vec<Catalogue> {
    vec![full(), empty()]
}

fn rules() -> Rules {
    Rules {
        waits: WaitLimits::default(),
        prescription_days: 180,
        ticket_cap_cents: 3_615,
        saturday_works: false,
        patron_days: vec![(6, 24)],
        contact: "800 000 000".to_owned(),
    }
}

fn empty() -> Catalogue {
    Catalogue {
        version: "web-1".to_owned(),
        services: Vec::new(),
        organizations: Vec::new(),
        locations: Vec::new(),
        municipalities: Vec::new(),
        schedules: Vec::new(),
        exemptions: Vec::new(),
        rules: rules(),
    }
}

fn full() -> Catalogue {
    let day = |text: &str| text.parse().unwrap();
    let at = Coordinates {
        lat: 44.406_2,
        lon: 8.977_5,
    };
    let body = |code: &str, kind, valid_to: Option<&str>| Organization {
        code: organization(code),
        name: "Un ente".to_owned(),
        kind,
        valid_from: day("2001-01-01"),
        valid_to: valid_to.map(day),
        succeeded_by: valid_to.map(|_| organization("070200")),
    };
    Catalogue {
        version: "mmg-7".to_owned(),
        services: vec![
            Service {
                code: service("89.7A.3"),
                name: "Prima visita cardiologica".to_owned(),
                common_name: "visita cardiologica".to_owned(),
                branch: BranchCode(2),
                kind: ServiceKind::Visit,
                minutes: 30,
                tariff_cents: 2_250,
                preparation: String::new(),
            },
            Service {
                code: service("88.72.2"),
                name: "Ecocolordoppler cardiaca".to_owned(),
                common_name: "ecocardiogramma".to_owned(),
                branch: BranchCode(2),
                kind: ServiceKind::Instrumental,
                minutes: 40,
                tariff_cents: 6_150,
                preparation: "Portare gli esami precedenti".to_owned(),
            },
        ],
        organizations: vec![
            body("070103", OrganizationKind::Authority, Some("2025-12-31")),
            body("070200", OrganizationKind::Authority, None),
            body("070900", OrganizationKind::Hospital, None),
            body("070801", OrganizationKind::Accredited, None),
        ],
        locations: vec![Location {
            id: LocationId(11),
            code: "07000301".to_owned(),
            name: "Ospedale di Levante".to_owned(),
            organization: organization("070200"),
            address: "Via della Lanterna 1".to_owned(),
            municipality: MunicipalityCode::parse("010025").unwrap(),
            municipality_name: "Genova".to_owned(),
            coordinates: at,
            phone: "010 000000".to_owned(),
        }],
        municipalities: vec![Municipality {
            code: MunicipalityCode::parse("010025").unwrap(),
            cadastral: "D969".to_owned(),
            name: "Genova".to_owned(),
            province: "GE".to_owned(),
            postcode: "16121".to_owned(),
            population: 558_745,
            coordinates: at,
            authority: organization("070103"),
        }],
        schedules: [Regime::Ssn, Regime::Alpi, Regime::Private].map(schedule).to_vec(),
        exemptions: vec![
            Exemption {
                code: "E01".to_owned(),
                name: "Età e reddito".to_owned(),
                services: Vec::new(),
            },
            Exemption {
                code: "048".to_owned(),
                name: "Limitata ad alcune prestazioni".to_owned(),
                services: vec![service("89.7A.3")],
            },
        ],
        rules: rules(),
    }
}

/// A schedule with everything it may carry, or with as little as it can.
fn schedule(regime: Regime) -> Schedule {
    let plain = regime != Regime::Ssn;
    let day = |text: &str| text.parse().unwrap();
    Schedule {
        id: ScheduleId(1 + regime as u32),
        code: "GE-CAR-01".to_owned(),
        name: "Cardiologia".to_owned(),
        resource: ResourceId(7),
        location: LocationId(11),
        organization: organization("070200"),
        room: "12".to_owned(),
        practitioner: String::new(),
        services: vec![ScheduleService {
            code: service("89.7A.3"),
            minutes: 30,
            first: true,
            follow_up: plain,
        }],
        regime,
        channels: Channels::ALL,
        quotas: if plain {
            Vec::new()
        } else {
            every!(Priority: U, B, D, P)
                .map(|class| ClassQuota {
                    class,
                    per_session: 2,
                    release_hours: 48,
                })
                .to_vec()
        },
        ages: if plain {
            AgeLimits::default()
        } else {
            AgeLimits {
                min: Some(14),
                max: Some(99),
            }
        },
        sex: (!plain).then_some(Sex::F),
        exclusive: plain,
        horizon_days: 180,
        valid_from: day("2026-01-01"),
        valid_to: (!plain).then(|| day("2026-12-31")),
        suspension: (!plain).then(|| Suspension {
            from: day("2026-12-24"),
            to: Some(day("2027-01-06")),
            reason: "manutenzione".to_owned(),
        }),
        preparation: if plain { String::new() } else { "A digiuno".to_owned() },
    }
}

/// Two rows as `lanterna_model::availability` packs them would do; these bytes are opaque to the chunk.
pub fn chunk() -> Chunk {
    Chunk {
        rows: vec![(ScheduleId(1), vec![1, 0]), (ScheduleId(300), (0..200).collect())],
    }
}

pub fn manifest() -> Manifest {
    let bytes = chunk().encode().unwrap();
    Manifest {
        cursor: cursor(48_213, "00ff10ee20dd30cc"),
        chunks: vec![ChunkRef {
            hash: chunk_hash(&bytes),
            bytes: u32::try_from(bytes.len()).unwrap(),
        }],
        schedules: 2,
        slots: 412,
    }
}

/// A page with every kind of change, and one that only moves the cursor.
pub fn pages() -> Vec<(&'static str, Page)> {
    let session = |schedule, start, free: &[u8]| Change::Session {
        schedule: ScheduleId(schedule),
        start: Minute(start),
        classes: 0b1_0110,
        free: free.to_vec(),
    };
    let full = Page {
        from: cursor(48_213, "00ff10ee20dd30cc"),
        to: cursor(48_219, "0123456789abcdef"),
        more: true,
        changes: vec![
            session(300, 29_922_000, &[0xff, 0x0f]),
            session(12, 29_921_400, &[]),
            session(12, 29_922_840, &[0x01]),
            Change::Schedule {
                schedule: ScheduleId(13),
                row: vec![1, 2, 3],
            },
            Change::Schedule {
                schedule: ScheduleId(14),
                row: Vec::new(),
            },
            Change::Catalogue,
        ],
    };
    let empty = Page {
        to: cursor(48_220, "fedcba9876543210"),
        from: full.to.clone(),
        more: false,
        changes: Vec::new(),
    };
    vec![("page", full), ("page-empty", empty)]
}
