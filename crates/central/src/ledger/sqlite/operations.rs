//! Operations: executed once, answered always the same.

use chrono::{DateTime, Utc};
use lanterna_model::access::Channels;
use lanterna_model::ids::DeskId;
use lanterna_model::time::Minute;
use lanterna_wire::hold::{ConflictReason, LostSpan};
use lanterna_wire::operation::{Action, Envelope, Operation, Placement};
use lanterna_wire::outcome::{Answer, NotYetReason, Outcome, RefusalReason, RejectReason, Settled};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::bookings::{self, StoredBooking};
use super::claims::{Owner, Touched, Wanted, claim, delete_expired, delete_hold};
use super::rows::{self, ClaimedSpan, StoredSchedule, document, text};
use super::{Done, changes, desks, holds, publishing};
use crate::ledger::judge::{self, BookingStanding, Step, Verdict};
use crate::ledger::slots::Kind;
use crate::ledger::{Desk, LedgerError};

const TABLE: &str = "operations";

pub(super) fn execute(
    tx: &Connection,
    epoch: &str,
    desk: DeskId,
    envelope: &Envelope,
    now: DateTime<Utc>,
) -> Result<Done<Answer>, LedgerError> {
    let hash = Sha256::digest(envelope.body.as_bytes());
    // First of all (rule 15): where two processes carry the same operation, one of them waits here.
    let inserted = tx
        .prepare_cached(
            "INSERT INTO operations (id, desk, number, hash) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            envelope.id.as_bytes().as_slice(),
            desk.0,
            envelope.number.cast_signed(),
            hash.as_slice()
        ])?;
    if inserted == 0 {
        return replay(tx, envelope.id, &hash).map(Done::Drop);
    }
    let (desk, acknowledged) = rows::desk(tx, desk)?;
    if (1..=acknowledged).contains(&envelope.number) {
        return Ok(Done::Drop(Answer::AlreadyAnswered));
    }
    if !desks::service_state(tx, desk.channel)?.pushes() {
        return Ok(Done::Drop(Answer::NotYet {
            reason: NotYetReason::NotOpen,
            retry_after_seconds: judge::NOT_OPEN_RETRY_SECONDS,
        }));
    }
    let mut touched = Touched::default();
    let (outcome, booking) = match settle(tx, &desk, envelope, now, &mut touched)? {
        Ok(settled) => settled,
        Err(Verdict::Ends(outcome)) => (outcome, None),
        Err(Verdict::Waits(reason)) => {
            let retry_after_seconds = judge::PREDECESSOR_RETRY_SECONDS;
            return Ok(Done::Drop(Answer::NotYet {
                reason,
                retry_after_seconds,
            }));
        }
        Err(Verdict::Refused(reason)) => return Ok(Done::Drop(Answer::Refused { reason })),
    };
    let rows = touched.rows(tx)?;
    let seq = changes::append(tx, &rows)?;
    let settled = Settled {
        outcome,
        epoch: epoch.to_owned(),
        seq,
        at: now,
    };
    tx.prepare_cached("UPDATE operations SET booking = ?2, settled = ?3 WHERE id = ?1")?
        .execute(params![
            envelope.id.as_bytes().as_slice(),
            booking,
            text(TABLE, &settled)?
        ])?;
    if let Some(booking) = booking {
        tx.prepare_cached("UPDATE bookings SET last = ?2 WHERE id = ?1")?
            .execute(params![booking, envelope.id.as_bytes().as_slice()])?;
    }
    Ok(Done::Keep(Answer::Outcome(settled)))
}

fn replay(tx: &Connection, id: Uuid, hash: &[u8]) -> Result<Answer, LedgerError> {
    let (known, settled): (Vec<u8>, Option<String>) = tx
        .prepare_cached("SELECT hash, settled FROM operations WHERE id = ?1")?
        .query_row([id.as_bytes().as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if known != hash {
        return Ok(Answer::Refused {
            reason: RefusalReason::IdReused,
        });
    }
    let settled = settled.ok_or(LedgerError::Damaged { table: TABLE })?;
    Ok(Answer::Outcome(document(TABLE, &settled)?))
}

type SettledNow = (Outcome, Option<i64>);

/// Judges and carries out. The booking is told where the operation belongs to its chain.
fn settle(
    tx: &Connection,
    desk: &Desk,
    envelope: &Envelope,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<Result<SettledNow, Verdict>, LedgerError> {
    let operation = match judge::read(envelope) {
        Ok(operation) => operation,
        Err(verdict) => return Ok(Err(verdict)),
    };
    let booking = bookings::find(tx, &operation.booking)?;
    let known = booking.as_ref().map(|booking| booking.known(tx, desk.id)).transpose()?;
    let predecessor = predecessor_known(tx, desk.id, &operation, booking.as_ref())?;
    let step = match judge::chain(&operation, desk, known, predecessor, Minute::containing(now)) {
        Ok(step) => step,
        Err(Verdict::Ends(outcome)) => {
            let own = booking
                .filter(|booking| booking.desk == desk.id)
                .map(|booking| booking.id);
            return Ok(Ok((outcome, own)));
        }
        Err(verdict) => return Ok(Err(verdict)),
    };
    let id = match &booking {
        Some(booking) => booking.id,
        None => bookings::create(tx, Some(&operation.booking), desk.id)?,
    };
    let outcome = match (step, &operation.action) {
        (Step::Place, Action::Book(placement) | Action::Move(placement)) => {
            place(tx, desk, id, placement, now, touched)?
        }
        _ => {
            bookings::let_go(tx, id, touched)?;
            bookings::set_standing(tx, id, BookingStanding::Cancelled)?;
            Outcome::Confirmed
        }
    };
    Ok(Ok((outcome, Some(id))))
}

/// Whether the operation named as previous was answered: the last of the booking's chain, which is
/// kept for ever, or another one whose answer is still stored.
fn predecessor_known(
    tx: &Connection,
    desk: DeskId,
    operation: &Operation,
    booking: Option<&StoredBooking>,
) -> Result<bool, LedgerError> {
    let Some(previous) = operation.previous else {
        return Ok(false);
    };
    if booking.is_some_and(|booking| booking.last == Some(previous)) {
        return Ok(true);
    }
    // One that could not be read belongs to no booking, but was answered all the same.
    Ok(tx
        .prepare_cached(
            "SELECT 1 FROM operations WHERE id = ?1 AND desk = ?2 AND settled IS NOT NULL
             AND (booking IS NULL OR booking = ?3)",
        )?
        .exists(params![
            previous.as_bytes().as_slice(),
            desk.0,
            booking.map(|booking| booking.id)
        ])?)
}

/// Tries for the places of a placement, all or none.
fn place(
    tx: &Connection,
    desk: &Desk,
    booking: i64,
    placement: &Placement,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<Outcome, LedgerError> {
    let branches = publishing::branches(tx, placement.prescription.lines.iter().map(|line| &line.service))?;
    let rules = publishing::region_rules(tx)?;
    if let Err(reason) = judge::placement(placement, &rules, |code| branches.get(code).copied()) {
        return Ok(Outcome::Rejected { reason });
    }
    let already = Outcome::Rejected {
        reason: RejectReason::AlreadyBooked,
    };
    if booked_elsewhere(tx, booking, placement)? {
        return Ok(already);
    }
    let mut schedules = Vec::with_capacity(placement.appointments.len());
    for appointment in &placement.appointments {
        let stored = rows::schedule(tx, appointment.span.schedule)?;
        if let Some(StoredSchedule { schedule, channels }) = &stored
            && *channels != Channels::default()
            && let Err(reason) = judge::eligible(schedule, *channels, desk.channel, appointment, placement, now)
        {
            return Ok(Outcome::Rejected { reason });
        }
        schedules.push(stored);
    }
    delete_expired(tx, now, u32::MAX)?;
    tx.execute_batch("SAVEPOINT places")?;
    let mut attempt = Touched::default();
    let outcome = match try_places(tx, desk, booking, placement, &schedules, now, &mut attempt)? {
        Ok(()) if add_lines(tx, booking, placement)? => {
            *touched = attempt;
            Outcome::Confirmed
        }
        // Somebody else was quicker with the same prescription.
        Ok(()) => {
            tx.execute_batch("ROLLBACK TO places")?;
            already
        }
        Err(lost) => {
            tx.execute_batch("ROLLBACK TO places")?;
            Outcome::Conflict { lost }
        }
    };
    tx.execute_batch("RELEASE places")?;
    Ok(outcome)
}

/// Lets the old places and the hold go, and claims the new ones. On failure the caller rolls back.
fn try_places(
    tx: &Connection,
    desk: &Desk,
    booking: i64,
    placement: &Placement,
    schedules: &[Option<StoredSchedule>],
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<Result<(), Vec<LostSpan>>, LedgerError> {
    if let Some(hold) = placement.hold
        && let Some(hold) = holds::own(tx, desk.id, hold)?
    {
        delete_hold(tx, hold)?;
    }
    bookings::let_go(tx, booking, touched)?;
    let owner = Owner {
        kind: Kind::Booking,
        id: booking,
    };
    let mut lost = Vec::new();
    for (appointment, stored) in placement.appointments.iter().zip(schedules) {
        let span = &appointment.span;
        let had: Result<ClaimedSpan, ConflictReason> = match stored {
            None => Err(ConflictReason::NoSuchSlot),
            Some(stored) if stored.channels == Channels::default() => Err(ConflictReason::Closed),
            Some(StoredSchedule { schedule, .. }) => {
                let minutes = schedule
                    .service(&appointment.service)
                    .map_or(0, |service| service.minutes);
                let class = judge::class(placement);
                claim(
                    tx,
                    owner,
                    desk.id,
                    &Wanted {
                        span,
                        schedule,
                        minutes,
                        class,
                    },
                    now,
                    touched,
                )?
            }
        };
        match had {
            Ok(claimed) => {
                bookings::add_appointment(tx, booking, appointment.line, appointment.service.as_str(), &claimed)?;
            }
            Err(reason) => lost.push(LostSpan { span: *span, reason }),
        }
    }
    if !lost.is_empty() {
        return Ok(Err(lost));
    }
    tx.prepare_cached("UPDATE bookings SET state = ?2, nre = ?3, placement = ?4 WHERE id = ?1")?
        .execute(params![
            booking,
            bookings::code(BookingStanding::Live),
            judge::prescription_number(placement),
            text("bookings", placement)?
        ])?;
    Ok(Ok(()))
}

fn booked_elsewhere(tx: &Connection, booking: i64, placement: &Placement) -> Result<bool, LedgerError> {
    let mut live = tx.prepare_cached("SELECT 1 FROM live_lines WHERE nre = ?1 AND line = ?2 AND booking <> ?3")?;
    for appointment in &placement.appointments {
        if live.exists(params![
            judge::prescription_number(placement),
            appointment.line,
            booking
        ])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the lines of the prescription; `false` when one of them has a live booking already.
fn add_lines(tx: &Connection, booking: i64, placement: &Placement) -> Result<bool, LedgerError> {
    let mut insert =
        tx.prepare_cached("INSERT INTO live_lines (nre, line, booking) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    for appointment in &placement.appointments {
        if insert.execute(params![
            judge::prescription_number(placement),
            appointment.line,
            booking
        ])? != 1
        {
            return Ok(false);
        }
    }
    Ok(true)
}
