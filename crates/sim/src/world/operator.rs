//! Operators: they search, hold, book, move, cancel and settle, as the use cases of `desk` let them.

use chrono::{TimeDelta, Timelike};
use lanterna_model::availability::ClassMask;
use lanterna_model::booking::{Appointment, BookingState};
use lanterna_model::booking_number::{BookingNumber, CancellationCode};
use lanterna_model::patient::Patient;
use lanterna_model::prescription::Prescription;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::{Minute, Now};
use lanterna_store::search::{Offer, Order, Query};
use lanterna_store::{Change, ChangeKind, LeasedPlace, NewBooking, QueuePart, Store, StoreError, StoreTx};
use lanterna_sync::{Event, LinkState};
use lanterna_wire::hold::{HoldReply, HoldRequest};
use lanterna_wire::status::{ServiceState, Status};
use uuid::Uuid;

use super::desk::Power;
use super::engine::made_up;
use super::{Happening, World};
use crate::check::Moment;
use crate::config::FaultKind;
use crate::people::Visitor;
use crate::report::Report;
use crate::rng::Rng;
use crate::script::{Act, Cut};
use crate::time::SECOND;
use crate::violation::{Broken, Rule, Seen};

/// How long a place that somebody else keeps stays out of the offers.
const REFUSED_MINUTES: i64 = 5;
/// Offers on one screen, and as far as an operator looks for one that is guaranteed.
const OFFERS: usize = 6;
const FAR: usize = 40;
/// Holds that an operator tries for before giving up.
const TRIES: u32 = 3;

/// What the operator of a desk has before him.
#[derive(Clone)]
pub(super) struct Form {
    draft: Uuid,
    purpose: Purpose,
    patient: Patient,
    prescription: Prescription,
    spans: Vec<SlotSpan>,
    hold: Option<Uuid>,
    tries: u32,
    twice: bool,
    dice: Rng,
}

/// What a form is for.
#[derive(Clone)]
enum Purpose {
    New,
    Change { number: BookingNumber, version: u32 },
}

/// How a piece of local work ended.
enum Local<T> {
    Done(T),
    Refused(StoreError),
    /// The process ended with it, before anything was kept.
    Gone,
}

impl World {
    pub(super) fn act(&mut self, desk: usize, act: Act, rng: &mut Rng) -> Seen {
        if self.desks[desk].power != Power::On || self.desks[desk].form.is_some() {
            return Ok(());
        }
        match act {
            Act::Book => self.visit(desk, false, rng),
            Act::BookTwice => self.visit(desk, true, rng),
            Act::Look => {
                let visitor = self.people.next(rng, self.now())?;
                self.look(desk, &visitor.patient, &visitor.prescription, true)
                    .map(|_| ())
            }
            Act::Hurry => self.event(desk, Event::Hurry),
            Act::Cancel => match self.some_booking(desk, rng) {
                Some(number) => self.cancel(desk, &number, rng),
                None => Ok(()),
            },
            Act::Move => match self.some_booking(desk, rng) {
                Some(number) => self.change(desk, &number, rng),
                None => Ok(()),
            },
            Act::Settle => self.settle(desk, rng),
        }
    }

    /// Somebody stands at the counter.
    fn visit(&mut self, desk: usize, twice: bool, rng: &mut Rng) -> Seen {
        let Visitor { patient, prescription } = self.people.next(rng, self.now())?;
        let draft = self.desks[desk].uuid(rng, self.at);
        self.begin_form(desk, draft, Purpose::New, patient, prescription, twice, rng)
    }

    #[allow(clippy::too_many_arguments)] // the fields of a form
    fn begin_form(
        &mut self,
        desk: usize,
        draft: Uuid,
        purpose: Purpose,
        patient: Patient,
        prescription: Prescription,
        twice: bool,
        rng: &mut Rng,
    ) -> Seen {
        if !self.service(desk).books_locally() {
            return Ok(());
        }
        let online = self.online(desk);
        // Off line most look for a place that is sure.
        let sure = rng.permille(if online { 350 } else { 700 });
        let offers = self.look(desk, &patient, &prescription, sure)?;
        let Some(spans) = chosen(&offers, sure, rng) else {
            return Ok(());
        };
        let form = Form {
            draft,
            purpose,
            patient,
            prescription,
            spans,
            hold: None,
            tries: 0,
            twice,
            dice: rng.clone(),
        };
        let now = self.desks[desk].now(self.at);
        let request = request(&form.prescription);
        let stock = self.desks[desk].store.stock();
        // What is set aside needs no hold.
        let kept = form
            .spans
            .iter()
            .all(|span| stock.promise(span, request, now).is_some());
        if online && !kept && rng.permille(850) {
            self.desks[desk].form = Some(form);
            self.ask_hold(desk);
            Ok(())
        } else {
            self.write_form(desk, form)
        }
    }

    /// Whether what is written now can be sent.
    fn online(&self, desk: usize) -> bool {
        self.desks[desk].engine.view().link == LinkState::Online && self.service(desk).pushes()
    }

    /// What the central last said that this desk may do.
    fn service(&self, desk: usize) -> ServiceState {
        let told = self.desks[desk].store.remembered("status").ok().flatten();
        told.and_then(|text| serde_json::from_str::<Status>(&text).ok())
            .map_or(ServiceState::Open, |status| status.service)
    }

    /// Searches, and looks whether what is offered may be.
    fn look(&mut self, desk: usize, patient: &Patient, prescription: &Prescription, far: bool) -> Seen<Vec<Offer>> {
        let this = &self.desks[desk];
        let moment = this.moment(self.at);
        let now = moment.now;
        let mut query = query(patient, prescription, if far { FAR } else { OFFERS });
        if far && let Some(start) = stocked(&this.store, &query, now) {
            // Where the stock is, at the very time.
            let wall = start.rome();
            let minute = u16::try_from(wall.hour() * 60 + wall.minute()).unwrap_or(0);
            (query.from, query.to) = (Some(wall.date()), Some(wall.date()));
            (query.day_from, query.day_to) = (minute, minute);
        }
        let found = this.store.search(&query, now);
        let refused = this.refused_now(self.at);
        self.checker
            .offered(desk, &this.store, &query, &found, &refused, moment)?;
        self.trace.note(
            self.at,
            format_args!("look {desk} {:?}", found.offers.first().map(|offer| &offer.spans)),
        );
        Ok(found.offers)
    }

    fn ask_hold(&mut self, desk: usize) {
        let at = self.at;
        let this = &mut self.desks[desk];
        let Some(mut form) = this.form.take() else { return };
        let replaces = form.hold;
        let id = this.uuid(&mut form.dice, at);
        form.hold = Some(id);
        form.tries += 1;
        let request = HoldRequest {
            id,
            spans: form.spans.clone(),
            priority: form.prescription.priority,
            replaces,
        };
        this.form = Some(form);
        self.send_hold(desk, request);
    }

    /// The central answered for a hold, or did not.
    pub(super) fn hold_answered(&mut self, desk: usize, reply: Option<HoldReply>) -> Seen {
        let Some(mut form) = self.desks[desk].form.take() else {
            return Ok(());
        };
        match reply {
            Some(HoldReply::Held { .. }) => {}
            Some(HoldReply::Refused { lost }) => {
                let lost: Vec<SlotSpan> = lost.iter().map(|lost| lost.span).collect();
                self.refuse(desk, &lost)?;
                form.hold = None;
                let offers = self.look(desk, &form.patient, &form.prescription, false)?;
                let next = chosen(&offers, false, &mut form.dice).filter(|_| form.tries < TRIES);
                let Some(spans) = next else { return Ok(()) };
                form.spans = spans;
                if self.desks[desk].power == Power::On {
                    self.desks[desk].form = Some(form);
                    self.ask_hold(desk);
                }
                return Ok(());
            }
            // Perhaps it was granted all the same: some name it, some do not.
            None => form.hold = form.hold.filter(|_| form.dice.permille(500)),
        }
        // Mostly sooner, sometimes later than the hold lasts.
        let thinks = form.dice.wait(40 * SECOND);
        let token = form.draft;
        self.desks[desk].form = Some(form);
        self.agenda.put(self.at + thinks, Happening::Confirm { desk, token });
        Ok(())
    }

    fn refuse(&mut self, desk: usize, lost: &[SlotSpan]) -> Seen {
        let now = self.desks[desk].now(self.at).wall;
        let until = now + TimeDelta::minutes(REFUSED_MINUTES);
        if let Local::Done(()) = self.local(desk, |tx| tx.desk().refuse(lost, until, now))? {
            let refused = &mut self.desks[desk].refused;
            refused.retain(|(span, until)| *until > now && !lost.contains(span));
            refused.extend(lost.iter().map(|span| (*span, until)));
        }
        Ok(())
    }

    pub(super) fn confirm(&mut self, desk: usize, token: Uuid) -> Seen {
        if self.desks[desk].power == Power::Asleep && self.calm.is_none() {
            // The operator comes back to it.
            self.agenda
                .put(self.at + 60 * SECOND, Happening::Confirm { desk, token });
            return Ok(());
        }
        match self.desks[desk].form.take() {
            Some(form) if form.draft == token && self.desks[desk].power == Power::On => self.write_form(desk, form),
            other => {
                self.desks[desk].form = other;
                Ok(())
            }
        }
    }

    fn write_form(&mut self, desk: usize, mut form: Form) -> Seen {
        let operation = self.desks[desk].uuid(&mut form.dice, self.at);
        if !self.still_there(desk, &form) {
            return Ok(());
        }
        match form.purpose.clone() {
            Purpose::New => self.write_booking(desk, &mut form, operation),
            Purpose::Change { number, version } => {
                let places = self.covering(desk, &form);
                let change = Change::Move {
                    appointments: appointments(&form),
                    hold: form.hold,
                    leases: places.iter().map(|place| place.id).collect(),
                };
                self.write_change(desk, &number, version, operation, change, &places)
            }
        }
    }

    /// Whether the places of a form can be written down, as the use case of the desk looks: each is set aside
    /// for it, or free in its mirror, and none is after by an operation of its own.
    fn still_there(&self, desk: usize, form: &Form) -> bool {
        let this = &self.desks[desk];
        let (store, now) = (&this.store, this.now(self.at));
        let request = request(&form.prescription);
        form.spans.iter().all(|span| {
            let SlotSpan {
                schedule,
                start,
                place,
                minutes,
                ..
            } = *span;
            let promised = store.stock().promise(span, request, now).is_some();
            let row = store.index().schedule(schedule);
            let free = row.is_some_and(|row| row.is_free(start, place, minutes))
                && !store.overlay().takes(schedule, start, place, minutes, now.wall);
            start > now.minute() && (promised || free) && !store.overlay().ours(span)
        })
    }

    /// The places of a form that are set aside for this desk and may be promised now.
    fn covering(&self, desk: usize, form: &Form) -> Vec<LeasedPlace> {
        let this = &self.desks[desk];
        let now = this.now(self.at);
        let request = request(&form.prescription);
        let ids = this.store.stock().covering(&appointments(form), request, now);
        let promised = this.store.stock().promised(now);
        promised.filter(|place| ids.contains(&place.id)).cloned().collect()
    }

    fn write_booking(&mut self, desk: usize, form: &mut Form, operation: Uuid) -> Seen {
        let now = self.desks[desk].now(self.at).wall;
        let code = CancellationCode::from_random(form.dice.five());
        let again = self.desks[desk].uuid(&mut form.dice, self.at);
        let places = self.covering(desk, form);
        let moment = self.desks[desk].moment(self.at);
        let new = |operation| NewBooking {
            draft: form.draft,
            operation,
            patient: form.patient.clone(),
            prescription: form.prescription.clone(),
            appointments: appointments(form),
            requested_at: now,
            first_proposed: form.spans.first().map(|span| span.start),
            cancellation_code: code.clone(),
            hold: form.hold,
            leases: places.iter().map(|place| place.id).collect(),
        };
        let first = new(operation);
        let written = self.local(desk, |tx| {
            let number = tx.desk().add_booking(first, now)?;
            tx.desk().log("book", number.as_str(), now)?;
            Ok(number)
        })?;
        let number = match written {
            Local::Done(number) => number,
            Local::Refused(error) => return self.explained(desk, error),
            Local::Gone => return Ok(()),
        };
        self.accepted(desk, &number, operation, ChangeKind::Book, &places, moment)?;
        self.desks[desk].numbers.push(number.clone());
        if form.twice && self.desks[desk].power == Power::On {
            // The form is sent once more: it is the same booking.
            let second = new(again);
            match self.local(desk, |tx| tx.desk().add_booking(second, now))? {
                Local::Done(other) if other != number => {
                    return Broken::new(Rule::Doubled, format!("one form became {number} and {other}"));
                }
                Local::Refused(error) => return self.explained(desk, error),
                Local::Done(_) | Local::Gone => {}
            }
        }
        self.event(desk, Event::Written)
    }

    fn write_change(
        &mut self,
        desk: usize,
        number: &BookingNumber,
        version: u32,
        operation: Uuid,
        change: Change,
        places: &[LeasedPlace],
    ) -> Seen {
        let moment = self.desks[desk].moment(self.at);
        let now = moment.now.wall;
        let kind = match change {
            Change::Move { .. } => ChangeKind::Move,
            Change::Cancel { .. } => ChangeKind::Cancel,
        };
        let written = self.local(desk, |tx| {
            tx.desk().add_change(number, version, operation, change, now)?;
            tx.desk().log("change", number.as_str(), now)
        })?;
        match written {
            Local::Done(()) => {
                self.accepted(desk, number, operation, kind, places, moment)?;
                self.event(desk, Event::Written)
            }
            Local::Refused(error) => self.explained(desk, error),
            Local::Gone => Ok(()),
        }
    }

    /// A desk took an operation upon itself.
    fn accepted(
        &mut self,
        desk: usize,
        number: &BookingNumber,
        operation: Uuid,
        kind: ChangeKind,
        places: &[LeasedPlace],
        moment: Moment,
    ) -> Seen {
        let name = match kind {
            ChangeKind::Book => "book",
            ChangeKind::Move => "move",
            ChangeKind::Cancel => "cancel",
        };
        Report::count(&mut self.report.operations, name);
        self.trace.note(self.at, format_args!("written {desk} {name} {number}"));
        let online = self.online(desk);
        self.checker
            .written(desk, &self.desks[desk].store, number, operation, places, moment)?;
        if !online && kind == ChangeKind::Book {
            self.checker.operations.off_line(operation);
        }
        Ok(())
    }

    /// Work of the operator on the record, in one transaction.
    fn local<T>(
        &mut self,
        desk: usize,
        work: impl FnOnce(&mut StoreTx<'_>) -> Result<T, StoreError>,
    ) -> Seen<Local<T>> {
        let doom = self.desks[desk].cut();
        if doom.is_some_and(|doom| doom.cut == Cut::Before) {
            self.crash(desk, doom)?;
            return Ok(Local::Gone);
        }
        let inside = doom.is_some_and(|doom| doom.cut == Cut::Inside);
        let fails = self.desks[desk].fails();
        if fails {
            self.report.fault(FaultKind::StoreFault);
        }
        let done = self.desks[desk].store.transaction(|tx| {
            let done = work(tx)?;
            if inside || fails { Err(made_up()) } else { Ok(done) }
        });
        let local = match done {
            Ok(done) => Local::Done(done),
            Err(_) if inside => Local::Gone,
            Err(error) => Local::Refused(error),
        };
        // After the commit: what was done is durable, though nobody hears of it.
        self.crash(desk, doom)?;
        Ok(local)
    }

    /// What was refused to the operator must have been refused for a reason.
    fn explained(&self, desk: usize, error: StoreError) -> Seen {
        match error {
            StoreError::AlreadyBooked { .. } | StoreError::WrongState | StoreError::Stale | StoreError::Io(_) => Ok(()),
            StoreError::DiskFull if self.desks[desk].full => Ok(()),
            other => Err(other.into()),
        }
    }

    fn some_booking(&self, desk: usize, rng: &mut Rng) -> Option<BookingNumber> {
        let numbers = &self.desks[desk].numbers;
        // Somebody comes back at once, or some time later.
        let recent = numbers.len().min(if rng.permille(350) { 1 } else { 20 });
        rng.pick(&numbers[numbers.len() - recent..]).cloned()
    }

    fn cancel(&mut self, desk: usize, number: &BookingNumber, rng: &mut Rng) -> Seen {
        let Some(stored) = self.desks[desk].store.record().booking(number)? else {
            return Broken::new(Rule::Lost, format!("desk {desk} does not have {number} any more"));
        };
        let now = self.desks[desk].now(self.at).wall;
        let operation = self.desks[desk].uuid(rng, self.at);
        let version = stored.version;
        let written = self.local(desk, |tx| {
            let withdrawn = tx.desk().withdraw(number, version, now)?;
            if !withdrawn {
                let reason = "richiesta del paziente".to_owned();
                tx.desk()
                    .add_change(number, version, operation, Change::Cancel { reason }, now)?;
            }
            tx.desk().log("cancel", number.as_str(), now)?;
            Ok(withdrawn)
        })?;
        match written {
            Local::Done(true) => {
                Report::count(&mut self.report.ends, "withdrawn");
                let moment = self.desks[desk].moment(self.at);
                self.checker.look_at(desk, &self.desks[desk].store, number, moment)
            }
            Local::Done(false) => {
                let moment = self.desks[desk].moment(self.at);
                self.accepted(desk, number, operation, ChangeKind::Cancel, &[], moment)?;
                self.event(desk, Event::Written)
            }
            Local::Refused(error) => self.explained(desk, error),
            Local::Gone => Ok(()),
        }
    }

    /// Moves a booking, or settles a conflict with an alternative.
    fn change(&mut self, desk: usize, number: &BookingNumber, rng: &mut Rng) -> Seen {
        let Some(stored) = self.desks[desk].store.record().booking(number)? else {
            return Broken::new(Rule::Lost, format!("desk {desk} does not have {number} any more"));
        };
        let purpose = Purpose::Change {
            number: number.clone(),
            version: stored.version,
        };
        let draft = self.desks[desk].uuid(rng, self.at);
        let (patient, prescription) = (stored.placement.patient, stored.placement.prescription);
        self.begin_form(desk, draft, purpose, patient, prescription, false, rng)
    }

    /// Takes what waits longest for a decision.
    fn settle(&mut self, desk: usize, rng: &mut Rng) -> Seen {
        let page = self.desks[desk].store.record().queue_page(QueuePart::ToResolve, 0, 4)?;
        let Some(stored) = rng.pick(&page) else {
            return Ok(());
        };
        let number = stored.number.clone();
        match stored.derived().state {
            BookingState::NeedsOperator => self.cancel(desk, &number, rng),
            _ if rng.permille(800) => self.change(desk, &number, rng),
            _ => {
                let (now, version) = (self.desks[desk].now(self.at).wall, stored.version);
                match self.local(desk, |tx| tx.desk().give_up(&number, version, now))? {
                    Local::Refused(error) => self.explained(desk, error),
                    Local::Done(()) | Local::Gone => Ok(()),
                }
            }
        }
    }
}

/// One of the offers: mostly one of the first, or of those that are sure if they are wanted and there are any.
fn chosen(offers: &[Offer], sure: bool, rng: &mut Rng) -> Option<Vec<SlotSpan>> {
    let guaranteed: Vec<&Offer> = offers.iter().filter(|offer| offer.guaranteed_until.is_some()).collect();
    if sure && let Some(offer) = rng.pick(&guaranteed) {
        return Some(offer.spans.clone());
    }
    let near = rng.index(offers.len()).min(rng.index(offers.len()));
    offers.get(near).map(|offer| offer.spans.clone())
}

fn appointments(form: &Form) -> Vec<Appointment> {
    let lines = form.prescription.lines.iter().zip(&form.spans);
    lines
        .map(|(line, span)| Appointment {
            line: line.line,
            service: line.service.clone(),
            span: *span,
        })
        .collect()
}

/// The first place in stock that may be promised to a request for one service.
fn stocked(store: &Store, query: &Query, now: Now) -> Option<Minute> {
    let [service] = query.services.as_slice() else {
        return None;
    };
    let promised = store.stock().promised(now);
    let fitting = promised.filter(|place| place.service == *service && place.classes.admits(query.request));
    fitting.map(|place| place.span.start).min()
}

/// Whose places a prescription may claim.
fn request(prescription: &Prescription) -> ClassMask {
    ClassMask::request(prescription.access, prescription.priority)
}

fn query(patient: &Patient, prescription: &Prescription, limit: usize) -> Query {
    Query {
        services: prescription.lines.iter().map(|line| line.service.clone()).collect(),
        access: prescription.access,
        request: request(prescription),
        from: None,
        to: None,
        weekdays: 0,
        day_from: 0,
        day_to: 1_439,
        origin: None,
        max_km: None,
        organization: None,
        location: None,
        birth_date: Some(patient.birth_date),
        sex: Some(patient.sex),
        deadline: None,
        order: Order::Date,
        offset: 0,
        limit,
    }
}
