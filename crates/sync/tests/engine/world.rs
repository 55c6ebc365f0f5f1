//! A desk without a network: events go in by hand, effects are looked at.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lanterna_model::access::{AccessType, Channel, Sex};
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::{CancellationCode, DeskCode};
use lanterna_model::ids::{DeskId, ScheduleId, ServiceCode};
use lanterna_model::nre::Nre;
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientId;
use lanterna_model::prescription::Prescription;
use lanterna_model::priority::{Priority, WaitLimits};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::{Minute, Now};
use lanterna_store::{Enrolment, NewBooking, Store};
use lanterna_sync::{Answer, Effect, Engine, Event, Failure, Request, RequestId, Timer};
use lanterna_wire::catalogue::{Catalogue, Rules};
use lanterna_wire::operation::{BatchReply, OperationAnswer};
use lanterna_wire::outcome::{Answer as OperationReply, Outcome, Settled};
use lanterna_wire::snapshot::Manifest;
use lanterna_wire::status::{Interruption, ServiceState, Status};
use lanterna_wire::{Cursor, PROTOCOL};
use uuid::Uuid;

pub struct World {
    pub store: Store,
    pub engine: Engine,
    pub now: DateTime<Utc>,
    /// How far the wall clock is behind what it showed before; the clock since the start of the machine
    /// goes on.
    pub set_back: TimeDelta,
    pub service: ServiceState,
    /// Life of the ledger that the status tells.
    pub epoch: String,
    /// Leases called back, as the status tells.
    pub recalled: u32,
    /// Why nothing is given, as the status tells.
    pub interruption: Option<Interruption>,
    /// What the ledger wants to be told, as the status says.
    pub assert_from: Option<u64>,
    /// Where the ledger stands, if not where the mirror does.
    pub head: Option<Cursor>,
}

pub fn cursor() -> Cursor {
    Cursor {
        epoch: "e".repeat(32),
        seq: 0,
        digest: "0".repeat(16),
    }
}

impl World {
    pub fn new() -> Self {
        let mut store = Store::in_memory().unwrap();
        let enrolment = Enrolment {
            desk: DeskId(1),
            code: DeskCode::of(1),
            channel: Channel::Mmg,
            token: String::new(),
            central_url: String::new(),
            central_name: String::new(),
        };
        let now = "2026-11-23T09:00:00Z".parse().unwrap();
        store.transaction(|tx| tx.desk().enrol(&enrolment, now)).unwrap();
        Self {
            store,
            engine: Engine::new(1),
            now,
            set_back: TimeDelta::zero(),
            service: ServiceState::Open,
            epoch: cursor().epoch,
            recalled: 0,
            interruption: None,
            assert_from: None,
            head: None,
        }
    }

    pub fn on(&mut self, event: Event) -> Vec<Effect> {
        let mut now = Now::at(self.now);
        now.wall -= self.set_back;
        let engine = &mut self.engine;
        self.store.transaction(|tx| engine.on(event, now, tx)).unwrap()
    }

    pub fn sent(effects: &[Effect]) -> Vec<(RequestId, Request)> {
        let sent = effects.iter().filter_map(|effect| match effect {
            Effect::Send { id, request } => Some((*id, request.clone())),
            _ => None,
        });
        sent.collect()
    }

    pub fn answer(&mut self, request: RequestId, answer: Result<Answer, Failure>) -> Vec<Effect> {
        self.on(Event::Answered { request, answer })
    }

    fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.epoch.clone(),
            ..cursor()
        }
    }

    pub fn status(&self) -> Answer {
        Answer::Status(Box::new(Status {
            protocol: PROTOCOL,
            head: self.head.clone().unwrap_or(self.cursor()),
            server_time: self.now,
            service: self.service,
            catalogue: "c1".to_owned(),
            name: "CUP".to_owned(),
            demonstration: true,
            recalled: self.recalled,
            rescue_key: String::new(),
            interruption: self.interruption,
            assert_from: self.assert_from,
            notices: Vec::new(),
        }))
    }

    /// Answers everything that brings data until nothing is asked any more; pushes are handed back.
    pub fn pull(&mut self, mut effects: Vec<Effect>) -> Vec<(RequestId, Request)> {
        let mut pushes = Vec::new();
        for _ in 0..20 {
            let mut next = Vec::new();
            for (id, request) in Self::sent(&effects) {
                let answer = match request {
                    Request::Status => self.status(),
                    Request::Catalogue { .. } => Answer::Catalogue(Some(Box::new(catalogue()))),
                    Request::Manifest => Answer::Manifest(Box::new(Manifest {
                        cursor: self.cursor(),
                        chunks: Vec::new(),
                        schedules: 0,
                        slots: 0,
                    })),
                    Request::Changes { from } => Answer::Changes(Box::new(lanterna_wire::changes::Page {
                        to: from.clone(),
                        from,
                        more: false,
                        changes: Vec::new(),
                    })),
                    push @ (Request::Push(_) | Request::Stock(_) | Request::Assert(_)) => {
                        pushes.push((id, push));
                        continue;
                    }
                    other => panic!("not expected: {other:?}"),
                };
                next.extend(self.answer(id, Ok(answer)));
            }
            if next.is_empty() {
                break;
            }
            effects = next;
        }
        pushes
    }

    pub fn book(&mut self, seed: u128) {
        let service = ServiceCode::parse("89.7A.3").unwrap();
        let span = SlotSpan {
            schedule: ScheduleId(1),
            start: Minute(i32::try_from(seed).unwrap() * 20),
            place: 0,
            minutes: 20,
            revision: 1,
        };
        let new = NewBooking {
            draft: Uuid::from_u128(seed),
            operation: Uuid::from_u128(seed + 1_000),
            patient: Patient {
                id: PatientId::parse("RSSMRA80A01D969Z").unwrap(),
                surname: "Rossi".to_owned(),
                given_name: "Mario".to_owned(),
                birth_date: "1980-01-01".parse().unwrap(),
                sex: Sex::M,
                municipality: None,
                phone: String::new(),
                demonstration: true,
            },
            prescription: Prescription {
                nre: Nre::parse(&format!("0700A4{seed:09}")).unwrap(),
                prescriber: String::new(),
                priority: Some(Priority::P),
                access: AccessType::First,
                issued_on: "2026-11-20".parse().unwrap(),
                diagnosis: None,
                exemption: None,
                lines: Vec::new(),
            },
            appointments: vec![Appointment { line: 1, service, span }],
            requested_at: self.now,
            first_proposed: None,
            cancellation_code: CancellationCode::from_random([0; 5]),
            hold: None,
            leases: Vec::new(),
        };
        let now = self.now;
        self.store.transaction(|tx| tx.desk().add_booking(new, now)).unwrap();
    }

    pub fn retry_after(effects: &[Effect]) -> Option<Duration> {
        effects.iter().find_map(|effect| match effect {
            Effect::SetTimer {
                timer: Timer::Retry,
                after,
            } => Some(*after),
            _ => None,
        })
    }

    /// The answer that confirms everything in a push.
    pub fn confirmed(&self, push: &Request) -> Answer {
        let Request::Push(batch) = push else {
            panic!("not a push")
        };
        let answers = batch
            .operations
            .iter()
            .map(|operation| OperationAnswer {
                id: operation.id,
                answer: OperationReply::Outcome(Settled {
                    outcome: Outcome::Confirmed,
                    epoch: cursor().epoch,
                    seq: 0,
                    at: self.now,
                    receipt: String::new(),
                }),
            })
            .collect();
        Answer::Pushed(BatchReply { answers })
    }

    pub fn confirm(&mut self, request: RequestId, push: &Request) -> Vec<Effect> {
        let answer = self.confirmed(push);
        self.answer(request, Ok(answer))
    }

    pub fn unanswered(&self) -> u32 {
        self.store.record().queue_counts().unwrap().operations
    }
}

pub fn catalogue() -> Catalogue {
    Catalogue {
        version: "c1".to_owned(),
        services: Vec::new(),
        organizations: Vec::new(),
        locations: Vec::new(),
        municipalities: Vec::new(),
        schedules: Vec::new(),
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
