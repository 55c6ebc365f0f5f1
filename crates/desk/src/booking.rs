//! Booking, moving, cancelling: what is checked before anything is written.

use lanterna_model::availability::ClassMask;
use lanterna_model::booking::Appointment;
use lanterna_model::booking_number::{BookingNumber, CancellationCode};
use lanterna_model::patient::Patient;
use lanterna_model::prescription::Prescription;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Now;
use lanterna_store::{Change, NewBooking, Store, StoreError, StoredBooking};
use lanterna_wire::limits;
use lanterna_wire::status::{ServiceState, Status};
use uuid::Uuid;

use crate::adapters::Entropy;
use crate::fault::Answered;
use crate::rpc::{BookingDraft, ErrorCode, RpcError};
use crate::{patients, prescriptions};

/// What the central last said this channel may do; open before it was ever asked.
pub(crate) fn service_state(store: &Store) -> ServiceState {
    let status = store.remembered("status").ok().flatten();
    status
        .and_then(|text| serde_json::from_str::<Status>(&text).ok())
        .map_or(ServiceState::Open, |status| status.service)
}

fn may_book(store: &Store) -> Answered<()> {
    if service_state(store).books_locally() {
        Ok(())
    } else {
        Err(ErrorCode::ServiceClosed.into())
    }
}

fn store_error(error: StoreError) -> RpcError {
    match error {
        StoreError::AlreadyBooked { number } => {
            RpcError::new(ErrorCode::AlreadyBooked).with("number", number).at("nre")
        }
        StoreError::UnknownBooking => ErrorCode::UnknownBooking.into(),
        StoreError::Stale => ErrorCode::Stale.into(),
        StoreError::WrongState => ErrorCode::WrongState.into(),
        StoreError::LeaseOver => RpcError::new(ErrorCode::SlotTaken).at("spans"),
        StoreError::NotEnrolled => ErrorCode::NotReady.into(),
        other => other.into(),
    }
}

/// Whose places a prescription may claim.
fn request(prescription: &Prescription) -> ClassMask {
    ClassMask::request(prescription.access, prescription.priority)
}

/// Writes a booking with its operation, after every check that can be made here. The same form again gives
/// the booking that came of it.
pub(crate) fn book(store: &mut Store, draft: BookingDraft, now: Now, entropy: &dyn Entropy) -> Answered<BookingNumber> {
    // The same form again, because its answer was lost: its own booking has the place by now.
    if let Some(known) = store.record().booking_of_draft(draft.draft)? {
        return Ok(known);
    }
    may_book(store)?;
    let patient = patients::accepted(store, &draft.patient, now)?;
    let prescription = prescriptions::accepted(store, &draft.prescription, now)?;
    let appointments = appointments(store, &prescription, &patient, &draft.spans, now)?;
    let leases = store.stock().covering(&appointments, request(&prescription), now);
    let mut random = [0; 5];
    entropy.fill(&mut random)?;
    let new = NewBooking {
        draft: draft.draft,
        operation: entropy.uuid(now.wall)?,
        patient,
        prescription,
        appointments,
        requested_at: draft.requested_at.unwrap_or(now.wall).min(now.wall),
        first_proposed: draft.first_proposed,
        cancellation_code: CancellationCode::from_random(random),
        hold: draft.hold,
        leases,
    };
    store
        .transaction(|tx| {
            let number = tx.desk().add_booking(new, now.wall)?;
            tx.desk().log("book", number.as_str(), now.wall)?;
            Ok(number)
        })
        .map_err(store_error)
}

/// Writes a move, or the settling of a conflict.
pub(crate) fn change_places(
    store: &mut Store,
    number: &BookingNumber,
    spans: &[SlotSpan],
    hold: Option<Uuid>,
    version: u32,
    now: Now,
    entropy: &dyn Entropy,
) -> Answered<()> {
    may_book(store)?;
    let stored = known(store, number)?;
    let appointments = appointments(
        store,
        &stored.placement.prescription,
        &stored.placement.patient,
        spans,
        now,
    )?;
    let leases = store
        .stock()
        .covering(&appointments, request(&stored.placement.prescription), now);
    let operation = entropy.uuid(now.wall)?;
    let change = Change::Move {
        appointments,
        hold,
        leases,
    };
    store
        .transaction(|tx| {
            tx.desk().add_change(number, version, operation, change, now.wall)?;
            tx.desk().log("move", number.as_str(), now.wall)
        })
        .map_err(store_error)
}

/// Withdraws a booking that was never sent, else writes its cancellation.
pub(crate) fn cancel(
    store: &mut Store,
    number: &BookingNumber,
    reason: &str,
    version: u32,
    now: Now,
    entropy: &dyn Entropy,
) -> Answered<()> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(RpcError::new(ErrorCode::Required).at("reason"));
    }
    if reason.chars().count() > limits::NOTE_CHARACTERS {
        return Err(RpcError::new(ErrorCode::OutOfBounds).at("reason"));
    }
    let operation = entropy.uuid(now.wall)?;
    store
        .transaction(|tx| {
            if !tx.desk().withdraw(number, version, now.wall)? {
                let change = Change::Cancel {
                    reason: reason.to_owned(),
                };
                tx.desk().add_change(number, version, operation, change, now.wall)?;
            }
            tx.desk().log("cancel", number.as_str(), now.wall)
        })
        .map_err(store_error)
}

/// Puts a booking away.
pub(crate) fn give_up(store: &mut Store, number: &BookingNumber, version: u32, now: Now) -> Answered<()> {
    store
        .transaction(|tx| {
            tx.desk().give_up(number, version, now.wall)?;
            tx.desk().log("give_up", number.as_str(), now.wall)
        })
        .map_err(store_error)
}

/// A booking of this desk.
pub(crate) fn known(store: &Store, number: &BookingNumber) -> Answered<StoredBooking> {
    store
        .record()
        .booking(number)?
        .ok_or_else(|| ErrorCode::UnknownBooking.into())
}

/// The appointments of the lines of a prescription at the places chosen, checked against the mirror.
fn appointments(
    store: &Store,
    prescription: &Prescription,
    patient: &Patient,
    spans: &[SlotSpan],
    now: Now,
) -> Answered<Vec<Appointment>> {
    if spans.len() != prescription.lines.len() {
        return Err(RpcError::new(ErrorCode::Required).at("spans"));
    }
    let mut chosen: Vec<Appointment> = Vec::with_capacity(spans.len());
    for (line, span) in prescription.lines.iter().zip(spans) {
        let no_such = || RpcError::new(ErrorCode::NoSuchSlot).at("spans");
        let schedule = store.catalogue().schedule(span.schedule).ok_or_else(no_such)?;
        let packed = store.index().schedule(span.schedule).ok_or_else(no_such)?;
        let offered = schedule.service(&line.service).ok_or_else(no_such)?;
        if !offered.accepts(prescription.access) || span.minutes < offered.minutes {
            return Err(no_such());
        }
        if span.start <= now.minute() {
            return Err(RpcError::new(ErrorCode::PastDate).at("spans"));
        }
        let day = span.start.rome_date();
        if !schedule.ages.admit(patient.birth_date, day) {
            let mut error = RpcError::new(ErrorCode::PatientAge).at("birth_date");
            if let Some(age) = lanterna_model::age::years(patient.birth_date, day) {
                error = error.with("age", age);
            }
            return Err(error
                .with("min", schedule.ages.min.unwrap_or(0))
                .with("max", schedule.ages.max.unwrap_or(u8::MAX)));
        }
        if schedule.sex.is_some_and(|only| only != patient.sex) {
            return Err(RpcError::new(ErrorCode::PatientSex).at("sex"));
        }
        // A place set aside is kept though its session was published anew or suspended (rule 8).
        let promised = store.stock().promise(span, request(prescription), now).is_some();
        if !promised && (!packed.exists(span.start, span.place, span.minutes) || !schedule.open_on(day)) {
            return Err(no_such());
        }
        let free = packed.is_free(span.start, span.place, span.minutes)
            && !store
                .overlay()
                .takes(span.schedule, span.start, span.place, span.minutes, now.wall);
        let taken =
            (!promised && !free) || store.overlay().ours(span) || chosen.iter().any(|other| other.span.overlaps(span));
        if taken {
            return Err(RpcError::new(ErrorCode::SlotTaken).at("spans"));
        }
        chosen.push(Appointment {
            line: line.line,
            service: line.service.clone(),
            span: *span,
        });
    }
    Ok(chosen)
}
