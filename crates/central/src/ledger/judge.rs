//! The rules an operation has to pass before it may try for its places. No storage, no clock.
//!
//! What is against a rule is *rejected*; a place that cannot be had is a *conflict*. All rules are
//! looked at before any place, so that a desk learns the reason that no other place would cure.

use chrono::{DateTime, NaiveDate, Utc};
use lanterna_model::access::{AccessType, Channel, Channels};
use lanterna_model::booking::Appointment;
use lanterna_model::ids::{BranchCode, LeaseId, ServiceCode};
use lanterna_model::prescription::PrescriptionError;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::Schedule;
use lanterna_model::time::{Minute, rome_today};
use lanterna_wire::catalogue::Rules;
use lanterna_wire::hold::ConflictReason;
use lanterna_wire::limits;
use lanterna_wire::operation::{Action, BODY_VERSION, Envelope, Operation, Placement};
use lanterna_wire::outcome::{NotYetReason, Outcome, RefusalReason, RejectReason};
use serde::Deserialize;

use super::Desk;

/// Seconds after which a desk may ask again while a predecessor is on its way.
pub(crate) const PREDECESSOR_RETRY_SECONDS: u32 = 5;
/// Seconds after which a desk may ask again while its channel is not open.
pub(crate) const NOT_OPEN_RETRY_SECONDS: u32 = 60;

/// What became of a booking so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BookingStanding {
    /// Never had a place, or its last try failed.
    Unplaced,
    /// Has its places.
    Live,
    /// Gave them back.
    Cancelled,
}

/// What the ledger knows of the booking that an operation names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownBooking {
    pub of_this_desk: bool,
    pub standing: BookingStanding,
    /// Start of its last appointment; `None` where it has no places.
    pub last_start: Option<Minute>,
}

/// How an operation is to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Try for the places of the placement, letting those go that the booking has.
    Place,
    /// Let the places go, if there are any.
    LetGo,
}

/// What is to be said at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// An outcome, to be stored.
    Ends(Outcome),
    /// Not now; nothing is stored.
    Waits(NotYetReason),
    /// The envelope is wrong; nothing is stored.
    Refused(RefusalReason),
}

impl Verdict {
    fn rejected(reason: RejectReason) -> Self {
        Self::Ends(Outcome::Rejected { reason })
    }
}

#[derive(Deserialize)]
struct VersionOnly {
    version: u16,
}

/// Reads the body of an envelope.
pub(crate) fn read(envelope: &Envelope) -> Result<Operation, Verdict> {
    let malformed = || Verdict::rejected(RejectReason::Malformed);
    if envelope.body.len() > limits::OPERATION_BYTES || envelope.number == 0 {
        return Err(malformed());
    }
    // Another version may be shaped otherwise: it is looked at before the rest.
    let VersionOnly { version } = serde_json::from_str(&envelope.body).map_err(|_| malformed())?;
    if version != BODY_VERSION {
        return Err(Verdict::Refused(RefusalReason::Version));
    }
    let operation: Operation = serde_json::from_str(&envelope.body).map_err(|_| malformed())?;
    if operation.id != envelope.id {
        Err(malformed())
    } else {
        Ok(operation)
    }
}

/// Where an operation stands in the chain of its booking, and what it comes to.
///
/// `predecessor_known` says whether the operation it names as previous was answered for this
/// booking.
pub(crate) fn chain(
    operation: &Operation,
    desk: &Desk,
    booking: Option<KnownBooking>,
    predecessor_known: bool,
    now: Minute,
) -> Result<Step, Verdict> {
    use RejectReason::{AlreadyCancelled, InThePast, Malformed, UnknownBooking};
    // Whoever owns a booking wrote its number: nobody can take, nor ask about, a foreign one.
    if operation.booking.desk() != desk.code || booking.is_some_and(|known| !known.of_this_desk) {
        return Err(Verdict::rejected(UnknownBooking));
    }
    match operation.previous {
        Some(_) if !predecessor_known => {
            return Err(Verdict::Waits(NotYetReason::UnknownPredecessor));
        }
        Some(_) => {}
        // Only a new booking has nothing before it.
        None if booking.is_some() || !matches!(operation.action, Action::Book(_)) => {
            return Err(Verdict::rejected(if booking.is_some() {
                Malformed
            } else {
                UnknownBooking
            }));
        }
        None => {}
    }
    let standing = booking.map_or(BookingStanding::Unplaced, |known| known.standing);
    let begun = booking
        .and_then(|known| known.last_start)
        .is_some_and(|last| last < now);
    match (&operation.action, standing) {
        (_, BookingStanding::Cancelled) => Err(Verdict::rejected(AlreadyCancelled)),
        (Action::Book(_), BookingStanding::Live) => Err(Verdict::rejected(Malformed)),
        // What has been given cannot be given back; its prescription stays used.
        (_, BookingStanding::Live) if begun => Err(Verdict::rejected(InThePast)),
        // A move whose predecessor got no place acts as a booking (rule 7).
        (Action::Book(_) | Action::Move(_), _) => Ok(Step::Place),
        (Action::Cancel { reason }, _) if reason.chars().count() > limits::NOTE_CHARACTERS => {
            Err(Verdict::rejected(Malformed))
        }
        (Action::Cancel { .. }, _) => Ok(Step::LetGo),
    }
}

/// The rules about a placement alone. `branch_of` knows the services of the catalogue.
pub(crate) fn placement(
    placement: &Placement,
    rules: &Rules,
    branch_of: impl Fn(&ServiceCode) -> Option<BranchCode>,
) -> Result<(), RejectReason> {
    let appointments = &placement.appointments;
    if !(1..=limits::APPOINTMENTS).contains(&appointments.len()) || placement.leases.len() > limits::APPOINTMENTS {
        return Err(RejectReason::Malformed);
    }
    let mut lines: Vec<u8> = appointments.iter().map(|appointment| appointment.line).collect();
    lines.sort_unstable();
    if lines.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(RejectReason::Malformed);
    }
    prescription(placement, rules, branch_of)?;
    let matches = |appointment: &Appointment| {
        let index = usize::from(appointment.line).checked_sub(1);
        index
            .and_then(|index| placement.prescription.lines.get(index))
            .is_some_and(|line| line.service == appointment.service)
    };
    if appointments.iter().all(matches) {
        Ok(())
    } else {
        Err(RejectReason::PrescriptionInvalid)
    }
}

/// What a schedule has to say about an appointment, whatever its place. `seen_by` are the
/// channels that see it now.
pub(crate) fn eligible(
    schedule: &Schedule,
    seen_by: Channels,
    channel: Channel,
    appointment: &Appointment,
    placement: &Placement,
    now: DateTime<Utc>,
) -> Result<(), RejectReason> {
    // Desks do not belong to a facility yet, so none may book where only the owner may.
    if !seen_by.contains(channel) || schedule.exclusive {
        return Err(RejectReason::ChannelNotAllowed);
    }
    offers(schedule, appointment, placement)?;
    if appointment.span.start < Minute::containing(now) {
        return Err(RejectReason::InThePast);
    }
    if beyond_horizon(schedule, appointment.span.start.rome_date(), now) {
        return Err(RejectReason::BeyondHorizon);
    }
    receives(schedule, appointment, placement)
}

/// Whether a schedule offers what an appointment is for, to this kind of access.
pub(crate) fn offers(
    schedule: &Schedule,
    appointment: &Appointment,
    placement: &Placement,
) -> Result<(), RejectReason> {
    let offered = schedule
        .service(&appointment.service)
        .ok_or(RejectReason::ServiceNotOffered)?;
    if offered.accepts(placement.prescription.access) {
        Ok(())
    } else {
        Err(RejectReason::AccessType)
    }
}

/// Whether a schedule receives the patient on the day of an appointment.
pub(crate) fn receives(
    schedule: &Schedule,
    appointment: &Appointment,
    placement: &Placement,
) -> Result<(), RejectReason> {
    let day = appointment.span.start.rome_date();
    if schedule.sex.is_some_and(|only| only != placement.patient.sex) {
        return Err(RejectReason::PatientSex);
    }
    if !schedule.ages.admit(placement.patient.birth_date, day) {
        return Err(RejectReason::PatientAge);
    }
    Ok(())
}

/// Whether a day is further ahead than a schedule may be booked.
pub(crate) fn beyond_horizon(schedule: &Schedule, day: NaiveDate, now: DateTime<Utc>) -> bool {
    day > rome_today(now) + chrono::Days::new(u64::from(schedule.horizon_days))
}

/// Whether a hold may be had on a schedule at a time: what the booking would be rejected for is
/// refused here already, in the words a hold has for it.
pub(crate) fn holdable(
    schedule: &Schedule,
    seen_by: Channels,
    channel: Channel,
    start: Minute,
    now: DateTime<Utc>,
) -> Result<(), ConflictReason> {
    if !seen_by.contains(channel) || schedule.exclusive {
        Err(ConflictReason::NoSuchSlot)
    } else if start < Minute::containing(now) || beyond_horizon(schedule, start.rome_date(), now) {
        Err(ConflictReason::Closed)
    } else {
        Ok(())
    }
}

/// The leases that an operation names.
pub(crate) fn named_leases(operation: &Operation) -> &[LeaseId] {
    match &operation.action {
        Action::Book(placement) | Action::Move(placement) => &placement.leases,
        Action::Cancel { .. } => &[],
    }
}

/// The class that a placement's appointments are counted under; follow-ups carry none.
pub(crate) fn class(placement: &Placement) -> Option<Priority> {
    match placement.prescription.access {
        AccessType::First => placement.prescription.priority,
        AccessType::FollowUp => None,
    }
}

/// The prescription, as of the day of the request: never the day it reached the central, nor what
/// the desk's clock said when it wrote the operation.
fn prescription(
    placement: &Placement,
    rules: &Rules,
    branch_of: impl Fn(&ServiceCode) -> Option<BranchCode>,
) -> Result<(), RejectReason> {
    let day = rome_today(placement.requested_at);
    match placement.prescription.validate(day, rules.prescription_days, branch_of) {
        Ok(_) => Ok(()),
        Err(PrescriptionError::Expired { .. }) => Err(RejectReason::PrescriptionExpired),
        Err(_) => Err(RejectReason::PrescriptionInvalid),
    }
}

/// The number under which a prescription's lines are kept apart from all others.
pub(crate) fn prescription_number(placement: &Placement) -> &str {
    placement.prescription.nre.as_str()
}
