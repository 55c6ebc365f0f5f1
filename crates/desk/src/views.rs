//! Bookings as the screens show them.

use lanterna_model::booking::{Appointment, BookingState};
use lanterna_model::organization;
use lanterna_model::ticket::{Cents, TicketDue};
use lanterna_model::time::{Minute, Now};
use lanterna_model::working_days::WorkingCalendar;
use lanterna_store::{ChangeKind as StoredKind, OperationRow, Settlement, Store, StoredBooking};
use lanterna_sync::View;
use lanterna_wire::outcome::Outcome;

use crate::catalogue;
use crate::finding::wall;
use crate::rpc::{
    AppointmentView, BookingAction, BookingView, ChangeKind, PendingChange, QueueRow, TimelineEntry, TimelineKind,
};
use crate::{patients, prescriptions};

fn change(kind: StoredKind) -> ChangeKind {
    match kind {
        StoredKind::Book => ChangeKind::Book,
        StoredKind::Move => ChangeKind::Move,
        StoredKind::Cancel => ChangeKind::Cancel,
    }
}

fn begin(appointments: &[Appointment]) -> Option<Minute> {
    appointments.iter().map(|appointment| appointment.span.start).min()
}

/// Queued becomes sending while the engine has its operation under way.
fn sent(state: BookingState, stored: &StoredBooking, engine: &View) -> BookingState {
    if state == BookingState::Queued && engine.sending.contains(&stored.number) {
        BookingState::Sending
    } else {
        state
    }
}

/// The state of a booking in the words of the table: queued on places that are surely kept is guaranteed.
fn shown(stored: &StoredBooking, engine: &View, now: Now) -> BookingState {
    match sent(stored.derived().state, stored, engine) {
        BookingState::Queued if stored.guaranteed_until(now).is_some() => BookingState::Guaranteed,
        state => state,
    }
}

fn pending(stored: &StoredBooking, engine: &View, now: Now) -> Option<PendingChange> {
    let pending = stored.derived().pending?;
    let operation = stored.operations.get(pending.operation)?;
    Some(PendingChange {
        change: change(pending.kind),
        state: sent(pending.state, stored, engine),
        reserved_until: operation.guaranteed_until(now),
        wall: begin(&operation.appointments).map(wall),
        reason: operation.settlement.as_ref().and_then(Settlement::reason),
    })
}

fn reason(stored: &StoredBooking) -> Option<String> {
    let derived = stored.derived();
    if derived.pending.is_some() {
        return None;
    }
    stored.operations.get(derived.trouble?)?.settlement.as_ref()?.reason()
}

fn timeline(operations: &[OperationRow], stored: &StoredBooking) -> Vec<TimelineEntry> {
    let mut entries = Vec::new();
    for operation in operations {
        let mut add = |at, what, reason| {
            entries.push(TimelineEntry {
                at,
                what,
                change: change(operation.kind),
                reason,
                wall: begin(&operation.appointments).map(wall),
            });
        };
        add(operation.created_at, TimelineKind::Created, None);
        if let Some(at) = operation.possibly_sent_at {
            add(at, TimelineKind::Sent, None);
        }
        if let (Some(end), Some(at)) = (&operation.settlement, operation.settled_at) {
            let what = match end {
                Settlement::Withdrawn => TimelineKind::Withdrawn,
                Settlement::Central(Outcome::Confirmed) => TimelineKind::Confirmed,
                Settlement::Central(Outcome::Conflict { .. }) => TimelineKind::Conflict,
                Settlement::Central(Outcome::Rejected { .. }) => TimelineKind::Rejected,
                Settlement::Central(Outcome::NeedsOperator { .. }) => TimelineKind::NeedsOperator,
            };
            add(at, what, end.reason());
        }
    }
    if let Some(at) = stored.given_up_at {
        entries.push(TimelineEntry {
            at,
            what: TimelineKind::GivenUp,
            change: ChangeKind::Cancel,
            reason: None,
            wall: None,
        });
    }
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn actions(stored: &StoredBooking) -> Vec<BookingAction> {
    use BookingAction::{Cancel, GiveUp, Move, Print, Rebook};
    let derived = stored.derived();
    if stored.given_up_at.is_some() {
        return Vec::new();
    }
    let changing = derived
        .pending
        .as_ref()
        .is_some_and(|pending| pending.state == BookingState::Queued);
    match derived.state {
        BookingState::Confirmed if changing => vec![Print],
        BookingState::Confirmed if derived.pending.is_some() => vec![Move, Cancel, Print, GiveUp],
        BookingState::Confirmed => vec![Move, Cancel, Print],
        BookingState::Queued | BookingState::Guaranteed | BookingState::Sending if changing => vec![Print],
        BookingState::Queued | BookingState::Guaranteed | BookingState::Sending => vec![Cancel, Print],
        // A cancellation is under way: nothing else until it ends.
        BookingState::NeedsOperator if changing => Vec::new(),
        // Nothing is known of what it asked for: it can only be put away.
        BookingState::NeedsOperator if stored.operations.is_empty() => vec![GiveUp],
        // The central may have given it a place: cancelling makes sure that it has none.
        BookingState::NeedsOperator => vec![Rebook, Cancel, GiveUp],
        BookingState::Conflict | BookingState::Rejected => vec![Rebook, GiveUp],
        BookingState::Cancelled => vec![Print],
    }
}

pub(crate) fn appointment(store: &Store, appointment: &Appointment, lost: bool) -> AppointmentView {
    let known = store.catalogue();
    let service = known.service(&appointment.service);
    let schedule = known.schedule(appointment.span.schedule);
    let location = schedule.and_then(|schedule| known.location(schedule.location));
    let of_location = |pick: fn(&lanterna_model::location::Location) -> &String| {
        location.map(|location| pick(location).clone()).unwrap_or_default()
    };
    let preparation = [
        service.map(|service| service.preparation.as_str()),
        schedule.map(|schedule| schedule.preparation.as_str()),
    ];
    let preparation: Vec<&str> = preparation
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
    AppointmentView {
        service: appointment.service.clone(),
        name: service.map_or_else(|| appointment.service.to_string(), |service| service.name.clone()),
        span: appointment.span,
        wall: wall(appointment.span.start),
        location: of_location(|location| &location.name),
        municipality: of_location(|location| &location.municipality_name),
        address: of_location(|location| &location.address),
        room: schedule.map(|schedule| schedule.room.clone()).unwrap_or_default(),
        practitioner: schedule
            .map(|schedule| schedule.practitioner.clone())
            .unwrap_or_default(),
        phone: of_location(|location| &location.phone),
        preparation: preparation.join(" "),
        lost,
    }
}

fn lost(stored: &StoredBooking, appointment: &Appointment) -> bool {
    let derived = stored.derived();
    let trouble = derived.trouble.and_then(|at| stored.operations.get(at));
    match trouble.and_then(|operation| operation.settlement.as_ref()) {
        Some(Settlement::Central(Outcome::Conflict { lost })) if derived.state == BookingState::Conflict => {
            lost.iter().any(|lost| lost.span.key() == appointment.span.key())
        }
        _ => false,
    }
}

/// The working calendar of the region.
pub(crate) fn calendar(store: &Store) -> WorkingCalendar {
    let rules = catalogue::rules(store.catalogue());
    WorkingCalendar {
        saturday_works: rules.saturday_works,
        patron_days: rules
            .patron_days
            .iter()
            .map(|(month, day)| (u32::from(*month), u32::from(*day)))
            .collect(),
    }
}

/// A booking with everything a screen shows of it.
pub(crate) fn booking(store: &Store, stored: &StoredBooking, engine: &View, now: Now) -> BookingView {
    let prescription = &stored.placement.prescription;
    let due = prescriptions::due(prescription, store.catalogue());
    let start = begin(stored.appointments());
    let kinds = prescription
        .lines
        .iter()
        .filter_map(|line| store.catalogue().service(&line.service));
    let waits = catalogue::rules(store.catalogue()).waits;
    let deadline = prescription.priority.and_then(|class| {
        kinds
            .map(|service| waits.deadline(class, service.kind, stored.placement.requested_at))
            .min()
    });
    BookingView {
        number: stored.number.clone(),
        grouped: stored.number.grouped(),
        state: shown(stored, engine, now),
        pending: pending(stored, engine, now),
        reason: reason(stored),
        version: stored.version,
        patient: patients::input(&stored.placement.patient),
        prescription: prescriptions::input(prescription),
        appointments: stored
            .appointments()
            .iter()
            .map(|one| appointment(store, one, lost(stored, one)))
            .collect(),
        created_at: stored.created_at,
        requested_at: stored.placement.requested_at,
        in_time: deadline.zip(start).map(|(deadline, start)| start.utc() <= deadline),
        cancellation_code: stored.placement.cancellation_code.to_string(),
        cancel_by: start.map(|start| calendar(store).cancellation_deadline(start.utc())),
        ticket_cents: match due {
            TicketDue::Amount(Cents(cents)) => Some(cents),
            TicketDue::Exempt => None,
        },
        exempt: due == TicketDue::Exempt,
        timeline: timeline(&stored.operations, stored),
        actions: actions(stored),
        archived: stored.given_up_at.is_some(),
        guaranteed_until: stored.guaranteed_until(now),
    }
}

/// A booking as a row of the queue.
pub(crate) fn queue_row(store: &Store, stored: &StoredBooking, engine: &View, now: Now) -> QueueRow {
    let patient = &stored.placement.patient;
    let prescription = &stored.placement.prescription;
    let first = stored
        .appointments()
        .iter()
        .min_by_key(|appointment| appointment.span.start);
    let view = first.map(|first| appointment(store, first, false));
    QueueRow {
        number: stored.number.clone(),
        state: shown(stored, engine, now),
        pending: pending(stored, engine, now),
        reason: reason(stored),
        patient: format!("{} {}", patient.surname, patient.given_name),
        service: view.as_ref().map(|view| view.name.clone()).unwrap_or_default(),
        services: u8::try_from(stored.appointments().len()).unwrap_or(u8::MAX),
        wall: view.as_ref().map(|view| view.wall.clone()).unwrap_or_default(),
        location: view.map(|view| view.location).unwrap_or_default(),
        priority: prescription.priority,
        access: prescription.access,
        since: stored.since,
        guaranteed_until: stored.guaranteed_until(now),
        archived: stored.given_up_at.is_some(),
        version: stored.version,
    }
}

/// The body that owns a schedule of a booking, for the head of the slip.
pub(crate) fn owner(store: &Store, stored: &StoredBooking, now: Now) -> Option<String> {
    let known = store.catalogue();
    let span = stored.appointments().first()?.span;
    let code = &known.schedule(span.schedule)?.organization;
    organization::resolve(&known.catalogue()?.organizations, code, now.today()).map(|body| body.name.clone())
}

#[cfg(test)]
mod tests;
