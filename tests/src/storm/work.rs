//! What waits in the queues: bookings on places of the region, some of which others want as well, and
//! cancellations of bookings that stand before them in the same queue.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use lanterna_central::ledger::{PublishedSchedule, Region};
use lanterna_model::access::{AccessType, Channel, Sex};
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::{BookingNumber, CancellationCode, DeskCode};
use lanterna_model::ids::ServiceCode;
use lanterna_model::nre::Nre;
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientId;
use lanterna_model::prescription::{Prescription, PrescriptionLine};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_wire::operation::{Action, BODY_VERSION, Envelope, Operation, Placement};
use uuid::Uuid;

use crate::chance::Chance;

/// One in so many bookings is for a place that somebody else has in the queue.
const CONTESTED: u64 = 5;
/// One in so many operations cancels the one before it.
const CANCELLED: u32 = 7;
/// Places begin at least so many minutes from now.
const AHEAD: i32 = 3 * 24 * 60;

/// One operation of a queue.
pub(super) struct Item {
    pub(super) envelope: Envelope,
    /// The place, unless it is a cancellation.
    pub(super) span: Option<SlotSpan>,
}

/// Deals out queues.
pub(super) struct Work {
    places: Vec<(SlotSpan, ServiceCode)>,
    next: usize,
    prescriptions: u32,
    chance: Chance,
    now: DateTime<Utc>,
}

impl Work {
    pub(super) fn of(region: &Region, now: DateTime<Utc>, seed: u64) -> Self {
        let patient = patient();
        let from = Minute::containing(now).plus(AHEAD);
        let mut places = Vec::new();
        for PublishedSchedule { schedule, sessions } in &region.schedules {
            let seen = schedule.channels.contains(Channel::Mmg) && !schedule.exclusive;
            let open = schedule.suspension.is_none() && schedule.sex.is_none();
            for session in sessions.iter().filter(|session| seen && open && session.start >= from) {
                let day = session.start.rome_date();
                // A follow-up needs no ticket of a class.
                let service = schedule
                    .services
                    .iter()
                    .find(|service| service.follow_up && service.minutes <= session.step);
                let Some(service) =
                    service.filter(|_| schedule.open_on(day) && schedule.ages.admit(patient.birth_date, day))
                else {
                    continue;
                };
                for slot in 0..session.slots {
                    for place in (0..session.places).filter(|place| !session.is_closed(slot, *place)) {
                        let span = SlotSpan {
                            schedule: schedule.id,
                            start: session.start.plus(i32::from(slot) * i32::from(session.step)),
                            place,
                            minutes: session.step,
                            revision: 1,
                        };
                        places.push((span, service.code.clone()));
                    }
                }
            }
        }
        let mut chance = Chance::new(seed, 1);
        for at in (1..places.len()).rev() {
            let other = chance.below(at as u64 + 1);
            places.swap(at, usize::try_from(other).unwrap_or(at));
        }
        Self {
            places,
            next: 0,
            prescriptions: 0,
            chance,
            now,
        }
    }

    /// The queue of one desk.
    ///
    /// # Errors
    /// When the region has too few places.
    pub(super) fn queue(&mut self, code: &DeskCode, operations: u32) -> Result<Vec<Item>> {
        let mut queue: Vec<Item> = Vec::new();
        let mut last: Option<Operation> = None;
        for number in 1..=operations {
            let cancelled = last.take().filter(|_| number % CANCELLED == 0);
            let (operation, span) = match cancelled {
                Some(booked) => (self.cancellation(booked), None),
                None => {
                    let (span, service) = self.place()?;
                    let operation = self.booking(code, number, span, service)?;
                    last = Some(operation.clone());
                    (operation, Some(span))
                }
            };
            queue.push(Item {
                envelope: Envelope {
                    id: operation.id,
                    number: u64::from(number),
                    body: serde_json::to_string(&operation)?,
                },
                span,
            });
        }
        Ok(queue)
    }

    fn place(&mut self) -> Result<(SlotSpan, ServiceCode)> {
        let at = if self.next > 0 && self.chance.one_in(CONTESTED) {
            usize::try_from(self.chance.below(self.next as u64))?
        } else {
            self.next += 1;
            self.next - 1
        };
        ensure!(
            at < self.places.len(),
            "the region has only {} places: take more schedules",
            self.places.len()
        );
        Ok(self.places[at].clone())
    }

    fn id(&mut self) -> Uuid {
        self.chance.uuid()
    }

    fn booking(&mut self, code: &DeskCode, number: u32, span: SlotSpan, service: ServiceCode) -> Result<Operation> {
        self.prescriptions += 1;
        let nre = format!("070A4{:010}", self.prescriptions);
        let prescription = Prescription {
            nre: Nre::parse(&nre).context("a made-up prescription")?,
            prescriber: String::new(),
            priority: None,
            access: AccessType::FollowUp,
            issued_on: self.now.date_naive(),
            diagnosis: None,
            exemption: None,
            lines: vec![PrescriptionLine {
                line: 1,
                service: service.clone(),
                quantity: 1,
            }],
        };
        Ok(Operation {
            version: BODY_VERSION,
            id: self.id(),
            booking: BookingNumber::new(code, number),
            previous: None,
            created_at: self.now,
            action: Action::Book(Box::new(Placement {
                patient: patient(),
                prescription,
                appointments: vec![Appointment { line: 1, service, span }],
                requested_at: self.now,
                first_proposed: None,
                cancellation_code: CancellationCode::from_random([1, 2, 3, 4, 5]),
                hold: None,
                leases: Vec::new(),
            })),
        })
    }

    fn cancellation(&mut self, of: Operation) -> Operation {
        Operation {
            id: self.id(),
            previous: Some(of.id),
            action: Action::Cancel {
                reason: "prova".to_owned(),
            },
            ..of
        }
    }
}

/// The only patient there is.
fn patient() -> Patient {
    Patient {
        id: PatientId::parse("RSSMRA80A01D969Z").unwrap(),
        surname: "Rossi".to_owned(),
        given_name: "Mario".to_owned(),
        birth_date: "1980-01-01".parse().unwrap(),
        sex: Sex::M,
        municipality: None,
        phone: String::new(),
        demonstration: true,
    }
}
