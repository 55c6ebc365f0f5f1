//! Paper: from a booking to its slip, from the demonstration's prescriptions to their sheet.

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use chrono_tz::Europe::Rome;
use lanterna_model::access::AccessType;
use lanterna_model::booking::BookingState;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::ticket::{Cents, TicketDue};
use lanterna_model::time::{Minute, Now};
use lanterna_print::words::{Locale, Words};
use lanterna_print::{
    PrescriptionSheetModel, SlipAccess, SlipAppointment, SlipCancellation, SlipClass, SlipClock, SlipModel,
    SlipPatient, SlipPending, SlipPrescription, SlipState, SlipTicket, prescription_sheet_pdf, slip_pdf,
};
use lanterna_store::{ChangeKind, Store, StoredBooking};

use crate::demo::ReadyPrescription;
use crate::fault::Answered;
use crate::rpc::{Document, ErrorCode};
use crate::{catalogue, prescriptions, views};

/// Working days before the appointment until which cancelling is free (DL 124/1998).
const CANCELLATION_WORKING_DAYS: u8 = 2;

/// Folder of the documents, inside the data folder.
pub(crate) fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("documenti")
}

/// Writes the slip of a booking.
pub(crate) fn slip(store: &Store, stored: &StoredBooking, data_dir: &Path, now: Now) -> Answered<Document> {
    let model = model(store, stored, now);
    let pdf = slip_pdf(&model, Locale::It).map_err(|error| match error {
        lanterna_print::PrintError::NoSlip { .. } => ErrorCode::WrongState,
        _ => ErrorCode::Document,
    })?;
    // A provisional slip and its confirmation are two documents.
    let kind = match model.state {
        SlipState::Awaiting => "-in-attesa",
        SlipState::Guaranteed { .. } => "-garantita",
        SlipState::Cancelled => "-annullata",
        _ => "",
    };
    write(data_dir, &format!("promemoria-{}{kind}.pdf", stored.number), &pdf)
}

/// Writes the sheet of the demonstration's prescriptions.
pub(crate) fn sheet(store: &Store, ready: &[ReadyPrescription], data_dir: &Path) -> Answered<Document> {
    let models: Vec<PrescriptionSheetModel> = ready
        .iter()
        .map(|ready| PrescriptionSheetModel {
            label: ready.title.clone(),
            patient_name: format!("{} {}", ready.patient.surname, ready.patient.given_name),
            patient_code: ready.patient.id.to_string(),
            born_on: Some(ready.patient.birth_date),
            nre: ready.prescription.nre.to_string(),
            issued_on: ready.prescription.issued_on,
            class: ready.prescription.priority.map(class),
            access: access(ready.prescription.access),
            exempt: ready.prescription.exemption.is_some(),
            services: ready
                .prescription
                .lines
                .iter()
                .map(|line| {
                    let name = store
                        .catalogue()
                        .service(&line.service)
                        .map(|service| service.name.clone());
                    (line.service.to_string(), name.unwrap_or_default())
                })
                .collect(),
        })
        .collect();
    let pdf = prescription_sheet_pdf(&models, Locale::It).map_err(|_| ErrorCode::Document)?;
    write(data_dir, "ricette-di-prova.pdf", &pdf)
}

pub(crate) fn write(data_dir: &Path, name: &str, pdf: &[u8]) -> Answered<Document> {
    let folder = folder(data_dir);
    let path = folder.join(name);
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, pdf));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::StorageFull => ErrorCode::DiskFull,
        _ => ErrorCode::Document,
    })?;
    Ok(Document {
        name: name.to_owned(),
        path: path.to_string_lossy().into_owned(),
    })
}

fn access(access: AccessType) -> SlipAccess {
    match access {
        AccessType::First => SlipAccess::First,
        AccessType::FollowUp => SlipAccess::FollowUp,
    }
}

fn class(class: Priority) -> SlipClass {
    match class {
        Priority::U => SlipClass::U,
        Priority::B => SlipClass::B,
        Priority::D => SlipClass::D,
        Priority::P => SlipClass::P,
    }
}

/// In the hour that comes twice, which of the two.
fn clock(at: Minute) -> Option<SlipClock> {
    match Minute::from_rome(at.rome()) {
        chrono::LocalResult::Ambiguous(first, _) => Some(if at == first {
            SlipClock::Summer
        } else {
            SlipClock::Standard
        }),
        _ => None,
    }
}

fn rome(now: Now) -> NaiveDateTime {
    now.wall.with_timezone(&Rome).naive_local()
}

fn model(store: &Store, stored: &StoredBooking, now: Now) -> SlipModel {
    let known = store.catalogue();
    let derived = stored.derived();
    let placement = &stored.placement;
    let words = Words::new(Locale::It);
    let spans: Vec<SlotSpan> = stored.appointments().iter().map(|one| one.span).collect();
    let start = spans.iter().map(|span| span.start).min();
    let calendar = views::calendar(store);
    let deadline = start
        .map(|start| calendar.cancellation_deadline(start.utc()))
        .filter(|day| *day >= now.today());
    let contact = catalogue::rules(known).contact;
    let mut channels = Vec::new();
    if !contact.is_empty() {
        channels.push(words.get("slip-channel-phone", &[("phone", contact)]));
    }
    channels.push(words.get("slip-channel-doctor", &[]));
    let pending = derived.pending.as_ref().and_then(|pending| match pending.kind {
        ChangeKind::Cancel if pending.state == BookingState::Queued => Some(SlipPending::Cancellation),
        ChangeKind::Move if pending.state == BookingState::Queued => {
            let to = stored
                .operations
                .get(pending.operation)?
                .appointments
                .iter()
                .map(|one| one.span.start)
                .min()?;
            Some(SlipPending::Move { to: to.rome() })
        }
        _ => None,
    });
    SlipModel {
        state: match derived.state {
            BookingState::Queued | BookingState::Sending | BookingState::Guaranteed => {
                match stored.guaranteed_until(now) {
                    Some(until) => SlipState::Guaranteed {
                        until: until.with_timezone(&Rome).naive_local(),
                    },
                    None => SlipState::Awaiting,
                }
            }
            BookingState::Confirmed => SlipState::Confirmed,
            BookingState::Cancelled => SlipState::Cancelled,
            BookingState::Conflict => SlipState::Conflict,
            BookingState::NeedsOperator => SlipState::NeedsOperator,
            BookingState::Rejected => SlipState::Rejected,
        },
        pending,
        demonstration: placement.patient.demonstration,
        issuer: views::owner(store, stored, now).unwrap_or_default(),
        number: stored.number.to_string(),
        grouped_number: stored.number.grouped(),
        cancellation_code: placement.cancellation_code.to_string(),
        patient: SlipPatient {
            name: format!("{} {}", placement.patient.surname, placement.patient.given_name),
            code: placement.patient.id.to_string(),
            born_on: Some(placement.patient.birth_date),
        },
        prescription: SlipPrescription {
            nre: placement.prescription.nre.to_string(),
            issued_on: Some(placement.prescription.issued_on),
            class: placement.prescription.priority.map(class),
            access: access(placement.prescription.access),
        },
        appointments: stored
            .appointments()
            .iter()
            .map(|one| {
                let view = views::appointment(store, one, false);
                SlipAppointment {
                    service_code: one.service.to_string(),
                    service_name: view.name,
                    starts_at: one.span.start.rome(),
                    clock: clock(one.span.start),
                    minutes: Some(one.span.minutes),
                    location: view.location,
                    address: view.address,
                    municipality: view.municipality,
                    room: view.room,
                    practitioner: view.practitioner,
                    phone: view.phone,
                    preparation: view.preparation,
                }
            })
            .collect(),
        ticket: match prescriptions::due(&placement.prescription, known) {
            TicketDue::Exempt => SlipTicket::Exempt,
            TicketDue::Amount(Cents(cents)) => SlipTicket::Due { cents },
        },
        // A notice number is issued by the central only, and none is in this version.
        payment_notice: None,
        cancellation: SlipCancellation {
            by: deadline,
            working_days: CANCELLATION_WORKING_DAYS,
            channels,
        },
        printed_at: rome(now),
        printed_by: stored.number.desk().to_string(),
    }
}
