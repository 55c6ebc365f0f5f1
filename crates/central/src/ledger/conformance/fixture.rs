//! A small region and hands to work in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use lanterna_model::access::{AccessType, Channel, Channels, Regime, Sex};
use lanterna_model::age::AgeLimits;
use lanterna_model::availability::ScheduleAvailability;
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::{BookingNumber, CancellationCode};
use lanterna_model::geo::Coordinates;
use lanterna_model::ids::{
    BranchCode, LocationId, MunicipalityCode, OrganizationCode, ResourceId, ScheduleId, ServiceCode,
};
use lanterna_model::location::Location;
use lanterna_model::nre::Nre;
use lanterna_model::organization::{Organization, OrganizationKind};
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientId;
use lanterna_model::prescription::{Prescription, PrescriptionLine};
use lanterna_model::priority::{Priority, ServiceKind, WaitLimits};
use lanterna_model::schedule::{ClassQuota, PublishedSession, Schedule, ScheduleService, SlotSpan};
use lanterna_model::service::Service;
use lanterna_model::time::Minute;
use lanterna_wire::Cursor;
use lanterna_wire::catalogue::{Exemption, Rules};
use lanterna_wire::changes::{Change, Page};
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest};
use lanterna_wire::operation::{Action, BODY_VERSION, Envelope, Operation, Placement};
use lanterna_wire::outcome::{Answer, Outcome, RejectReason, Settled};
use uuid::Uuid;

use crate::ledger::{Desk, Ledger, PublishedSchedule, Region};

/// A visit of 20 minutes, first and follow-up; an examination of 15, first only.
pub(crate) const VISIT: &str = "89.7A.3";
pub(crate) const EXAMINATION: &str = "89.52";
/// In the catalogue, offered nowhere, of another branch.
pub(crate) const ELSEWHERE: &str = "95.02";

/// Two agendas of one doctor, slots of 20 and of 15 minutes, one place.
pub(crate) const DOCTOR: ScheduleId = ScheduleId(1);
pub(crate) const SAME_DOCTOR: ScheduleId = ScheduleId(2);
/// Slots of 20 minutes, three places.
pub(crate) const CLINIC: ScheduleId = ScheduleId(3);
/// At most one of class B and two of class D a session, until 48 hours before.
pub(crate) const QUOTA: ScheduleId = ScheduleId(4);
/// Women from 18 to 45, only by web and family doctor, 30 days ahead.
pub(crate) const PICKY: ScheduleId = ScheduleId(5);
/// Only for the facility that owns it.
pub(crate) const EXCLUSIVE: ScheduleId = ScheduleId(6);

/// The days on which there are sessions, 08:00 to 12:00 in UTC.
pub(crate) const DAYS: [&str; 4] = ["2026-03-03", "2026-03-10", "2026-03-11", "2026-05-20"];

pub(crate) const HOLD_TIME: Duration = Duration::from_secs(300);

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time written in a test")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day written in a test")
}

pub(crate) fn code(text: &str) -> ServiceCode {
    ServiceCode::parse(text).expect("a code written in a test")
}

pub(crate) fn minute(text: &str) -> Minute {
    Minute::containing(time(text))
}

/// A span of a schedule at a time of 2026-03-10.
pub(crate) fn span(schedule: ScheduleId, clock: &str, place: u16, minutes: u16) -> SlotSpan {
    SlotSpan {
        schedule,
        start: minute(&format!("2026-03-10T{clock}:00Z")),
        place,
        minutes,
        revision: 1,
    }
}

pub(crate) fn session(start: Minute, step: u16, slots: u16, places: u16) -> PublishedSession {
    PublishedSession {
        start,
        step,
        slots,
        places,
        closed: Vec::new(),
    }
}

/// The sessions of a schedule: four hours on each of the days.
pub(crate) fn four_hours(step: u16, places: u16) -> Vec<PublishedSession> {
    DAYS.map(|day| session(minute(&format!("{day}T08:00:00Z")), step, 240 / step, places))
        .to_vec()
}

pub(crate) fn schedule(id: ScheduleId, resource: u32) -> Schedule {
    Schedule {
        id,
        code: format!("AG{id}"),
        name: format!("Agenda {id}"),
        resource: ResourceId(resource),
        location: LocationId(1),
        organization: OrganizationCode::parse("070103").expect("a code"),
        room: String::new(),
        practitioner: String::new(),
        services: vec![
            ScheduleService {
                code: code(VISIT),
                minutes: 20,
                first: true,
                follow_up: true,
            },
            ScheduleService {
                code: code(EXAMINATION),
                minutes: 15,
                first: true,
                follow_up: false,
            },
        ],
        regime: Regime::Ssn,
        channels: Channels::ALL,
        quotas: Vec::new(),
        ages: AgeLimits::default(),
        sex: None,
        exclusive: false,
        horizon_days: 365,
        valid_from: day("2026-01-01"),
        valid_to: None,
        suspension: None,
        preparation: String::new(),
    }
}

fn service(text: &str, branch: u8) -> Service {
    Service {
        code: code(text),
        name: format!("Prestazione {text}"),
        common_name: String::new(),
        branch: BranchCode(branch),
        kind: ServiceKind::Visit,
        minutes: 20,
        tariff_cents: 2000,
        preparation: String::new(),
    }
}

/// The region of all scenarios.
pub(crate) fn region() -> Region {
    let quota = |class, per_session| ClassQuota {
        class,
        per_session,
        release_hours: 48,
    };
    let of = |schedule: Schedule, step, places| PublishedSchedule {
        schedule,
        sessions: four_hours(step, places),
    };
    Region {
        services: vec![service(VISIT, 8), service(EXAMINATION, 8), service(ELSEWHERE, 34)],
        organizations: vec![Organization {
            code: OrganizationCode::parse("070103").expect("a code"),
            name: "Genova".to_owned(),
            kind: OrganizationKind::Authority,
            valid_from: day("2020-01-01"),
            valid_to: None,
            succeeded_by: None,
        }],
        locations: vec![Location {
            id: LocationId(1),
            code: "L1".to_owned(),
            name: "Poliambulatorio".to_owned(),
            organization: OrganizationCode::parse("070103").expect("a code"),
            address: String::new(),
            municipality: MunicipalityCode::parse("010025").expect("a code"),
            municipality_name: "Genova".to_owned(),
            coordinates: Coordinates { lat: 44.4, lon: 8.9 },
            phone: String::new(),
        }],
        municipalities: Vec::new(),
        exemptions: vec![Exemption {
            code: "E01".to_owned(),
            name: "Reddito".to_owned(),
            services: Vec::new(),
        }],
        rules: Rules {
            waits: WaitLimits::default(),
            prescription_days: 180,
            ticket_cap_cents: 3615,
            saturday_works: false,
            patron_days: vec![(6, 24)],
            contact: String::new(),
        },
        schedules: vec![
            of(schedule(DOCTOR, 1), 20, 1),
            of(schedule(SAME_DOCTOR, 1), 15, 1),
            of(schedule(CLINIC, 3), 20, 3),
            of(
                Schedule {
                    quotas: vec![quota(Priority::B, 1), quota(Priority::D, 2)],
                    ..schedule(QUOTA, 4)
                },
                20,
                1,
            ),
            of(
                Schedule {
                    ages: AgeLimits {
                        min: Some(18),
                        max: Some(45),
                    },
                    sex: Some(Sex::F),
                    channels: [Channel::Mmg, Channel::Web].into_iter().collect(),
                    horizon_days: 30,
                    ..schedule(PICKY, 5)
                },
                20,
                1,
            ),
            of(
                Schedule {
                    exclusive: true,
                    ..schedule(EXCLUSIVE, 6)
                },
                20,
                1,
            ),
        ],
    }
}

/// A region in a ledger, at 2026-03-02T08:00Z, a Monday.
pub(crate) struct World<L> {
    pub ledger: Arc<L>,
    pub now: DateTime<Utc>,
    next: AtomicU64,
}

impl<L: Ledger> World<L> {
    pub(crate) async fn new(ledger: L) -> Self {
        let now = time("2026-03-02T08:00:00Z");
        ledger.install(&region(), now).await.expect("the region fits together");
        Self {
            ledger: Arc::new(ledger),
            now,
            next: AtomicU64::new(1),
        }
    }

    /// A number that was not used yet.
    pub(crate) fn fresh(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.fresh()))
    }

    /// A newly enrolled desk.
    pub(crate) async fn desk(&self, channel: Channel) -> TestDesk {
        let n = self.fresh();
        let mut hash = [1; 32];
        hash[..8].copy_from_slice(&n.to_le_bytes());
        let expires = self.now + chrono::Duration::hours(1);
        self.ledger
            .add_enrolment_code(&hash, channel, expires)
            .await
            .expect("a fresh code");
        let desk = self
            .ledger
            .enrol(&hash, self.uuid(), &hash, self.now)
            .await
            .expect("the code is good");
        TestDesk {
            desk,
            operations: AtomicU64::new(0),
            bookings: AtomicU32::new(0),
        }
    }

    pub(crate) async fn mmg(&self) -> TestDesk {
        self.desk(Channel::Mmg).await
    }

    /// A placement for a new prescription of class P, one visit for each span.
    pub(crate) fn placement(&self, spans: &[SlotSpan]) -> Placement {
        self.placement_of(VISIT, Some(Priority::P), spans)
    }

    pub(crate) fn placement_of(&self, service: &str, class: Option<Priority>, spans: &[SlotSpan]) -> Placement {
        let line = |at: usize| u8::try_from(at + 1).expect("few lines");
        Placement {
            patient: Patient {
                id: PatientId::parse("RSSMRA80A01D969Z").expect("a valid code"),
                surname: "Rossi".to_owned(),
                given_name: "Maria".to_owned(),
                birth_date: day("1990-01-01"),
                sex: Sex::F,
                municipality: None,
                phone: String::new(),
                demonstration: true,
            },
            prescription: Prescription {
                nre: Nre::parse(&format!("0700A4{:09}", self.fresh())).expect("a valid number"),
                prescriber: String::new(),
                priority: class,
                access: if class.is_some() {
                    AccessType::First
                } else {
                    AccessType::FollowUp
                },
                issued_on: day("2026-03-01"),
                diagnosis: None,
                exemption: None,
                lines: (0..spans.len())
                    .map(|at| PrescriptionLine {
                        line: line(at),
                        service: code(service),
                        quantity: 1,
                    })
                    .collect(),
            },
            appointments: spans
                .iter()
                .enumerate()
                .map(|(at, span)| Appointment {
                    line: line(at),
                    service: code(service),
                    span: *span,
                })
                .collect(),
            requested_at: self.now,
            first_proposed: None,
            cancellation_code: CancellationCode::from_random([7; 5]),
            hold: None,
            leases: Vec::new(),
        }
    }

    pub(crate) async fn execute(&self, desk: &TestDesk, envelope: &Envelope) -> Answer {
        self.execute_at(desk, envelope, self.now).await
    }

    pub(crate) async fn execute_at(&self, desk: &TestDesk, envelope: &Envelope, now: DateTime<Utc>) -> Answer {
        self.ledger
            .execute(desk.desk.id, envelope, now)
            .await
            .expect("the ledger works")
    }

    /// Books and answers with booking, operation and outcome.
    pub(crate) async fn book(&self, desk: &TestDesk, placement: Placement) -> (BookingNumber, Uuid, Outcome) {
        let number = desk.number();
        let envelope = self.envelope(desk, &number, None, Action::Book(Box::new(placement)));
        let outcome = outcome(self.execute(desk, &envelope).await);
        (number, envelope.id, outcome)
    }

    pub(crate) async fn cancel(&self, desk: &TestDesk, number: &BookingNumber, previous: Uuid) -> Outcome {
        let envelope = self.envelope(desk, number, Some(previous), cancel());
        outcome(self.execute(desk, &envelope).await)
    }

    pub(crate) fn envelope(
        &self,
        desk: &TestDesk,
        booking: &BookingNumber,
        previous: Option<Uuid>,
        action: Action,
    ) -> Envelope {
        let id = self.uuid();
        let operation = Operation {
            version: BODY_VERSION,
            id,
            booking: booking.clone(),
            previous,
            created_at: self.now,
            action,
        };
        let body = serde_json::to_string(&operation).expect("operations can be written");
        Envelope {
            id,
            number: desk.next_operation(),
            body,
        }
    }

    pub(crate) async fn hold(&self, desk: &TestDesk, spans: &[SlotSpan]) -> (Uuid, HoldReply) {
        let request = HoldRequest {
            id: self.uuid(),
            spans: spans.to_vec(),
            priority: Some(Priority::P),
            replaces: None,
        };
        (request.id, self.hold_at(desk, &request, self.now).await)
    }

    pub(crate) async fn hold_at(&self, desk: &TestDesk, request: &HoldRequest, now: DateTime<Utc>) -> HoldReply {
        self.ledger
            .hold(desk.desk.id, request, HOLD_TIME, now)
            .await
            .expect("the ledger works")
    }

    pub(crate) async fn head(&self) -> Cursor {
        self.ledger.head().await.expect("the ledger works")
    }

    /// Every invariant holds.
    pub(crate) async fn is_sound(&self) {
        let found = self.ledger.verify().await.expect("the ledger can be read");
        assert_eq!(found.faults, Vec::new());
        assert_eq!(found.slots.sum(), found.capacity);
    }

    /// Whether the snapshot shows a place as free, and for which classes.
    pub(crate) async fn shown(&self, span: &SlotSpan) -> (bool, u8) {
        let mut mirror = Mirror::default();
        mirror.load(&*self.ledger, Channel::Mmg).await;
        let sessions = &mirror.sessions[&span.schedule];
        let (start, found) = sessions.range(..=span.start).next_back().expect("there is a session");
        let slot = (span.start.0 - start.0) / i32::from(found.step);
        let bit = slot as usize * usize::from(found.places) + usize::from(span.place);
        (
            found.free.get(bit / 8).is_some_and(|byte| byte & (1 << (bit % 8)) != 0),
            found.classes,
        )
    }

    pub(crate) async fn is_free(&self, span: &SlotSpan) -> bool {
        self.shown(span).await.0
    }
}

/// A desk that counts what it does.
pub(crate) struct TestDesk {
    pub desk: Desk,
    operations: AtomicU64,
    bookings: AtomicU32,
}

impl TestDesk {
    pub(crate) fn next_operation(&self) -> u64 {
        self.operations.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The number of the last operation.
    pub(crate) fn sent(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    /// A booking number of this desk that was not used yet.
    pub(crate) fn number(&self) -> BookingNumber {
        let counter = self.bookings.fetch_add(1, Ordering::Relaxed) + 1;
        BookingNumber::new(&self.desk.code, counter)
    }
}

pub(crate) fn cancel() -> Action {
    Action::Cancel {
        reason: "richiesta del paziente".to_owned(),
    }
}

pub(crate) fn settled(answer: Answer) -> Settled {
    match answer {
        Answer::Outcome(settled) => settled,
        other => panic!("not an outcome: {other:?}"),
    }
}

pub(crate) fn outcome(answer: Answer) -> Outcome {
    settled(answer).outcome
}

pub(crate) fn rejected(reason: RejectReason) -> Outcome {
    Outcome::Rejected { reason }
}

/// The reasons of a conflict; empty when it is none.
pub(crate) fn lost(outcome: &Outcome) -> Vec<ConflictReason> {
    match outcome {
        Outcome::Conflict { lost } => lost.iter().map(|lost| lost.reason).collect(),
        _ => Vec::new(),
    }
}

pub(crate) fn refused(reply: &HoldReply) -> Vec<ConflictReason> {
    match reply {
        HoldReply::Refused { lost } => lost.iter().map(|lost| lost.reason).collect(),
        HoldReply::Held { .. } => Vec::new(),
    }
}

/// What a desk keeps of the availability: loaded once, then fed by changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mirror {
    pub cursor: Option<Cursor>,
    pub sessions: BTreeMap<ScheduleId, BTreeMap<Minute, MirrorSession>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MirrorSession {
    pub step: u16,
    pub slots: u16,
    pub places: u16,
    pub revision: u32,
    pub classes: u8,
    pub free: Vec<u8>,
}

impl Mirror {
    pub(crate) async fn load<L: Ledger>(&mut self, ledger: &L, channel: Channel) {
        let snapshot = ledger.snapshot().await.expect("the ledger can be read");
        self.cursor = Some(snapshot.cursor);
        self.sessions.clear();
        for packed in snapshot
            .schedules
            .into_iter()
            .filter(|packed| packed.channels.contains(channel))
        {
            self.put(packed.schedule, &packed.row);
        }
    }

    /// Follows the feed to its end in pages of about `limit`.
    pub(crate) async fn follow<L: Ledger>(&mut self, ledger: &L, channel: Channel, limit: usize) {
        loop {
            let cursor = self.cursor.clone().expect("it was loaded");
            let page = ledger
                .changes(channel, &cursor, limit)
                .await
                .expect("the cursor is kept");
            let more = page.more;
            self.apply(page);
            if !more {
                break;
            }
        }
    }

    /// Applies a page that follows the cursor.
    pub(crate) fn apply(&mut self, page: Page) {
        assert_eq!(Some(page.from), self.cursor);
        for change in page.changes {
            match change {
                Change::Session {
                    schedule,
                    start,
                    classes,
                    free,
                } => {
                    let sessions = self.sessions.get_mut(&schedule).expect("a known schedule");
                    let session = sessions.get_mut(&start).expect("a known session");
                    session.classes = classes;
                    session.free = trimmed(free);
                }
                Change::Schedule { schedule, row } if row.is_empty() => _ = self.sessions.remove(&schedule),
                Change::Schedule { schedule, row } => self.put(schedule, &row),
                Change::Catalogue => {}
            }
        }
        self.cursor = Some(page.to);
    }

    fn put(&mut self, schedule: ScheduleId, row: &[u8]) {
        let sessions = decode(schedule, row);
        self.sessions.insert(schedule, sessions);
    }
}

fn trimmed(mut free: Vec<u8>) -> Vec<u8> {
    free.truncate(free.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1));
    free
}

fn decode(schedule: ScheduleId, row: &[u8]) -> BTreeMap<Minute, MirrorSession> {
    let available = ScheduleAvailability::decode(schedule, row).expect("the ledger's own row");
    let session = |found: lanterna_model::availability::SessionAvailability| {
        let kept = MirrorSession {
            step: found.step,
            slots: found.slots,
            places: found.places,
            revision: found.revision,
            classes: found.classes.0,
            free: trimmed(found.free.as_bytes().to_vec()),
        };
        (found.start, kept)
    };
    available.sessions.into_iter().map(session).collect()
}
