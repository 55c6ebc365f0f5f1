//! What is booked: every booking a place of its own, on agendas far apart.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use lanterna_central::enrolment::{canonical, issue, secret_hash};
use lanterna_central::entropy::SystemEntropy;
use lanterna_central::ledger::{Desk, Ledger, PublishedSchedule, Region};
use lanterna_model::access::{AccessType, Channel, Sex};
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::{BookingNumber, CancellationCode};
use lanterna_model::ids::{DeskId, ServiceCode};
use lanterna_model::nre::Nre;
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientId;
use lanterna_model::prescription::{Prescription, PrescriptionLine};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Now;
use lanterna_wire::operation::{Action, BODY_VERSION, Envelope, Operation, Placement};
use uuid::Uuid;

use crate::draw::Draw;

/// Enrols desks of family doctors.
pub(super) async fn desks<L: Ledger>(ledger: &L, count: usize, now: Now) -> Result<Vec<Desk>> {
    let mut desks = Vec::new();
    for at in 0..count {
        let code = issue(ledger, &SystemEntropy, Channel::Mmg, now.wall).await?;
        let token = secret_hash(&format!("desk {at}"));
        let request = Uuid::from_u128(at as u128);
        desks.push(
            ledger
                .enrol(&secret_hash(&canonical(&code)), request, &token, now.wall)
                .await?,
        );
    }
    Ok(desks)
}

/// Places that a follow-up of a family doctor may have: it needs no ticket of a class.
fn places(region: &Region, now: Now) -> Result<Vec<(SlotSpan, ServiceCode)>> {
    let born = patient()?.birth_date;
    let from = now.minute().plus(24 * 60);
    let mut places = Vec::new();
    // Two agendas of one doctor are never had at the same time.
    let mut resources = HashSet::new();
    for PublishedSchedule { schedule, sessions } in &region.schedules {
        let open = schedule.channels.contains(Channel::Mmg) && !schedule.exclusive;
        if !open || schedule.suspension.is_some() || schedule.sex.is_some() {
            continue;
        }
        if !resources.insert(schedule.resource) {
            continue;
        }
        for session in sessions.iter().filter(|session| session.start >= from) {
            let day = session.start.rome_date();
            let mut offered = schedule.services.iter();
            let Some(service) = offered.find(|service| service.follow_up && service.minutes <= session.step) else {
                continue;
            };
            let near = day <= now.today() + chrono::Days::new(schedule.horizon_days.into());
            if !near || !schedule.open_on(day) || !schedule.ages.admit(born, day) {
                continue;
            }
            let slots = (0..session.slots).filter(|slot| !session.is_closed(*slot, 0));
            places.extend(slots.map(|slot| {
                let span = SlotSpan {
                    schedule: schedule.id,
                    start: session.start.plus(i32::from(slot) * i32::from(session.step)),
                    place: 0,
                    minutes: session.step,
                    revision: 1,
                };
                (span, service.code.clone())
            }));
        }
    }
    let mut draw = Draw::new(3);
    for at in (1..places.len()).rev() {
        places.swap(at, draw.below(at + 1));
    }
    Ok(places)
}

/// The queues of desks.
pub(super) fn queues(region: &Region, desks: &[Desk], each: usize, now: Now) -> Result<Vec<(DeskId, Vec<Envelope>)>> {
    let places = places(region, now)?;
    ensure!(places.len() >= desks.len() * each, "the region has too few places");
    let mut places = places.into_iter();
    let mut number = 0;
    let mut queues = Vec::new();
    for desk in desks {
        let mut queue = Vec::new();
        for own in 1..=u32::try_from(each)? {
            let (span, service) = places.next().context("they were counted")?;
            number += 1;
            queue.push(envelope(desk, own, number, span, service, now)?);
        }
        queues.push((desk.id, queue));
    }
    Ok(queues)
}

fn envelope(desk: &Desk, own: u32, number: u32, span: SlotSpan, service: ServiceCode, now: Now) -> Result<Envelope> {
    let prescription = Prescription {
        nre: Nre::parse(&format!("070A4{number:010}")).context("a made-up prescription")?,
        prescriber: String::new(),
        priority: None,
        access: AccessType::FollowUp,
        issued_on: now.wall.date_naive(),
        diagnosis: None,
        exemption: None,
        lines: vec![PrescriptionLine {
            line: 1,
            service: service.clone(),
            quantity: 1,
        }],
    };
    let operation = Operation {
        version: BODY_VERSION,
        id: Uuid::from_u128(u128::from(number)),
        booking: BookingNumber::new(&desk.code, own),
        previous: None,
        created_at: now.wall,
        action: Action::Book(Box::new(Placement {
            patient: patient()?,
            prescription,
            appointments: vec![Appointment { line: 1, service, span }],
            requested_at: now.wall,
            first_proposed: None,
            cancellation_code: CancellationCode::from_random([1, 2, 3, 4, 5]),
            hold: None,
            leases: Vec::new(),
        })),
    };
    Ok(Envelope {
        id: operation.id,
        number: own.into(),
        body: serde_json::to_string(&operation)?,
    })
}

/// The only patient there is.
fn patient() -> Result<Patient> {
    Ok(Patient {
        id: PatientId::parse("RSSMRA80A01D969Z").context("a made-up patient")?,
        surname: "Rossi".to_owned(),
        given_name: "Mario".to_owned(),
        birth_date: "1980-01-01".parse()?,
        sex: Sex::M,
        municipality: None,
        phone: String::new(),
        demonstration: true,
    })
}
