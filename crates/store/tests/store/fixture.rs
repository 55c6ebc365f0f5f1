//! A desk, its bookings, and a small region to look for places in.

use chrono::{DateTime, Utc};
use lanterna_model::access::{AccessType, Channel, Channels, Regime, Sex};
use lanterna_model::age::AgeLimits;
use lanterna_model::availability::ScheduleAvailability;
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::{BookingNumber, CancellationCode, DeskCode};
use lanterna_model::geo::Coordinates;
use lanterna_model::ids::{
    BranchCode, DeskId, LocationId, MunicipalityCode, OrganizationCode, ResourceId, ScheduleId, ServiceCode,
};
use lanterna_model::location::Location;
use lanterna_model::nre::Nre;
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientId;
use lanterna_model::prescription::{Prescription, PrescriptionLine};
use lanterna_model::priority::{Priority, ServiceKind, WaitLimits};
use lanterna_model::schedule::{Schedule, ScheduleService, SlotSpan};
use lanterna_model::service::Service;
use lanterna_model::time::{Minute, Now};
use lanterna_store::{Enrolment, NewBooking, RawKey, Store, StoreError};
use lanterna_wire::Cursor;
use lanterna_wire::catalogue::{Catalogue, Rules};
use lanterna_wire::outcome::{Answer, Outcome, Settled};
use lanterna_wire::snapshot::{Chunk, ChunkRef, Manifest, chunk_hash};
use uuid::Uuid;

pub const TAX_CODE: &str = "RSSMRA80A01D969Z";
pub const SURNAME: &str = "Cognomeraro";
pub const NRE: &str = "0700A4000000123";

pub fn now() -> Now {
    Now::at("2026-11-23T09:00:00Z".parse().unwrap())
}

pub fn key() -> RawKey {
    RawKey::from_bytes([9; 32])
}

pub fn enrolled(store: &mut Store) {
    let enrolment = Enrolment {
        desk: DeskId(3),
        code: DeskCode::of(3),
        channel: Channel::Mmg,
        token: "token".to_owned(),
        central_url: "http://127.0.0.1:1".to_owned(),
        central_name: "CUP".to_owned(),
    };
    store.transaction(|tx| tx.desk().enrol(&enrolment, now().wall)).unwrap();
}

pub fn span(start: i32) -> SlotSpan {
    SlotSpan {
        schedule: ScheduleId(1),
        start: Minute(start),
        place: 0,
        minutes: 20,
        revision: 1,
    }
}

pub fn booking(seed: u128, nre: &str, start: i32) -> NewBooking {
    let service = ServiceCode::parse("89.7A.3").unwrap();
    NewBooking {
        draft: Uuid::from_u128(seed),
        operation: Uuid::from_u128(seed + 1_000),
        patient: Patient {
            id: PatientId::parse(TAX_CODE).unwrap(),
            surname: SURNAME.to_owned(),
            given_name: "Mario".to_owned(),
            birth_date: "1980-01-01".parse().unwrap(),
            sex: Sex::M,
            municipality: None,
            phone: String::new(),
            demonstration: true,
        },
        prescription: Prescription {
            nre: Nre::parse(nre).unwrap(),
            prescriber: String::new(),
            priority: Some(Priority::B),
            access: AccessType::First,
            issued_on: "2026-11-20".parse().unwrap(),
            diagnosis: None,
            exemption: None,
            lines: vec![PrescriptionLine {
                line: 1,
                service: service.clone(),
                quantity: 1,
            }],
        },
        appointments: vec![Appointment {
            line: 1,
            service,
            span: span(start),
        }],
        requested_at: now().wall,
        first_proposed: None,
        cancellation_code: CancellationCode::from_random([1, 2, 3, 4, 5]),
        hold: None,
        leases: Vec::new(),
    }
}

pub fn add(store: &mut Store, seed: u128, nre: &str, start: i32) -> Result<BookingNumber, StoreError> {
    store.transaction(|tx| tx.desk().add_booking(booking(seed, nre, start), now().wall))
}

pub fn settle(store: &mut Store, seed: u128, outcome: Outcome, seq: u64) -> bool {
    let at: DateTime<Utc> = now().wall;
    let answer = Answer::Outcome(Settled {
        outcome,
        epoch: "e".to_owned(),
        seq,
        at,
        receipt: String::new(),
    });
    store
        .transaction(|tx| tx.desk().record_answer(Uuid::from_u128(seed + 1_000), &answer, at))
        .unwrap()
}

pub fn cursor(seq: u64) -> Cursor {
    Cursor {
        epoch: "e".to_owned(),
        seq,
        digest: format!("d{seq}"),
    }
}

/// A service, 30 minutes unless a schedule says otherwise.
pub fn service(code: &str, name: &str, common_name: &str) -> Service {
    Service {
        code: ServiceCode::parse(code).unwrap(),
        name: name.to_owned(),
        common_name: common_name.to_owned(),
        branch: BranchCode(2),
        kind: ServiceKind::Visit,
        minutes: 30,
        tariff_cents: 2_000,
        preparation: String::new(),
    }
}

/// A schedule at a site, open to everybody for a year.
pub fn schedule(id: u32, location: u32, services: &[(&str, u16)]) -> Schedule {
    Schedule {
        id: ScheduleId(id),
        code: format!("AG{id}"),
        name: format!("Agenda {id}"),
        resource: ResourceId(id),
        location: LocationId(location),
        organization: OrganizationCode::parse("070103").unwrap(),
        room: String::new(),
        practitioner: String::new(),
        services: services
            .iter()
            .map(|(code, minutes)| ScheduleService {
                code: ServiceCode::parse(code).unwrap(),
                minutes: *minutes,
                first: true,
                follow_up: true,
            })
            .collect(),
        regime: Regime::Ssn,
        channels: Channels::ALL,
        quotas: Vec::new(),
        ages: AgeLimits::default(),
        sex: None,
        exclusive: false,
        horizon_days: 365,
        valid_from: "2026-01-01".parse().unwrap(),
        valid_to: None,
        suspension: None,
        preparation: String::new(),
    }
}

/// A site, each a few kilometres further north than the one before.
pub fn location(id: u32) -> Location {
    Location {
        id: LocationId(id),
        code: format!("L{id}"),
        // Names in another order than numbers.
        name: format!("Sede {}", 9 - id % 10),
        organization: OrganizationCode::parse("070103").unwrap(),
        address: String::new(),
        municipality: MunicipalityCode::parse("010025").unwrap(),
        municipality_name: "Genova".to_owned(),
        coordinates: Coordinates {
            lat: 44.4 + f64::from(id) * 0.05,
            lon: 8.9,
        },
        phone: String::new(),
    }
}

pub fn catalogue(services: Vec<Service>, locations: Vec<Location>, schedules: Vec<Schedule>) -> Catalogue {
    Catalogue {
        version: "c1".to_owned(),
        services,
        organizations: Vec::new(),
        locations,
        municipalities: Vec::new(),
        schedules,
        exemptions: Vec::new(),
        rules: Rules {
            waits: WaitLimits::default(),
            prescription_days: 180,
            ticket_cap_cents: 3_615,
            saturday_works: false,
            patron_days: Vec::new(),
            contact: String::new(),
        },
    }
}

/// Chunks of so many schedules each, with the manifest that names them.
pub fn snapshot(rows: &[ScheduleAvailability], each: usize, seq: u64) -> (Manifest, Vec<(String, Vec<u8>)>) {
    let mut chunks = Vec::new();
    let mut refs = Vec::new();
    for rows in rows.chunks(each) {
        let chunk = Chunk {
            rows: rows.iter().map(|row| (row.schedule, row.to_row())).collect(),
        };
        let bytes = chunk.encode().unwrap();
        refs.push(ChunkRef {
            hash: chunk_hash(&bytes),
            bytes: u32::try_from(bytes.len()).unwrap(),
        });
        chunks.push((chunk_hash(&bytes), bytes));
    }
    let manifest = Manifest {
        cursor: cursor(seq),
        chunks: refs,
        schedules: u32::try_from(rows.len()).unwrap(),
        slots: 0,
    };
    (manifest, chunks)
}

/// Fetches a whole snapshot at once.
pub fn fetch(store: &mut Store, catalogue: &Catalogue, rows: &[ScheduleAvailability], seq: u64) {
    let (manifest, chunks) = snapshot(rows, 4, seq);
    store
        .transaction(|tx| {
            tx.mirror().put_catalogue(catalogue)?;
            tx.mirror().begin_snapshot(&manifest)?;
            for (hash, bytes) in &chunks {
                tx.mirror().put_chunk(hash, bytes)?;
            }
            tx.mirror().finish_snapshot()
        })
        .unwrap();
}
