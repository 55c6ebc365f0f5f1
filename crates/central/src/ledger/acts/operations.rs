//! Operations: executed once, answered always the same.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures_util::try_join;
use lanterna_model::access::Channels;
use lanterna_model::booking::Appointment;
use lanterna_model::ids::{DeskId, ScheduleId, ServiceCode};
use lanterna_model::time::Minute;
use lanterna_wire::hold::{ConflictReason, LostSpan};
use lanterna_wire::operation::{Action, Envelope, Operation, Placement};
use lanterna_wire::outcome::{Answer, NotYetReason, Outcome, RefusalReason, RejectReason};
use sha2::{Digest, Sha256};

use super::claims::{Wanted, claim};
use super::leases::Named;
use super::{condition, holds, leases, reading};
use crate::ledger::books::{Books, Concern, Done, Touched};
use crate::ledger::judge::{self, BookingStanding, Step, Verdict};
use crate::ledger::leases::{LeaseState, StoredLease};
use crate::ledger::stored::{ClaimedSpan, Owner, StoredBooking, StoredSchedule};
use crate::ledger::{Desk, LedgerError};

pub(crate) async fn execute<B: Books>(
    books: &B,
    desk: DeskId,
    envelope: &Envelope,
    now: DateTime<Utc>,
) -> Result<Done<Answer>, LedgerError> {
    let hash = Sha256::digest(envelope.body.as_bytes());
    // First of all (rule 15): where two processes carry the same operation, one of them waits here.
    if !books.open_operation(desk, envelope, &hash).await? {
        return replay(books, envelope, &hash).await.map(Done::Drop);
    }
    let (stored, condition) = try_join!(books.desk(desk), condition::condition(books))?;
    if (1..=stored.acknowledged).contains(&envelope.number) {
        return Ok(Done::Drop(Answer::AlreadyAnswered));
    }
    if !condition::effective(&condition, stored.service).pushes() || stored.has_to_tell() {
        return Ok(Done::Drop(Answer::NotYet {
            reason: NotYetReason::NotOpen,
            retry_after_seconds: judge::NOT_OPEN_RETRY_SECONDS,
        }));
    }
    let mut touched = Touched::default();
    let (outcome, booking) = match settle(books, &stored.desk, envelope, now, &mut touched).await? {
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
    leases::recall(books, &touched).await?;
    let settled = books.settle(envelope, booking, outcome, now, &touched).await?;
    Ok(Done::Keep(Answer::Outcome(settled)))
}

/// The answer of old to an operation whose row was there.
pub(super) async fn replay<B: Books>(books: &B, envelope: &Envelope, hash: &[u8]) -> Result<Answer, LedgerError> {
    let known = books.answer(envelope.id).await?;
    if known.hash != hash {
        return Ok(Answer::Refused {
            reason: RefusalReason::IdReused,
        });
    }
    let settled = known.settled.ok_or(LedgerError::Damaged { table: "operations" })?;
    Ok(Answer::Outcome(settled))
}

type SettledNow = (Outcome, Option<i64>);

/// Judges and carries out. The booking is told where the operation belongs to its chain.
async fn settle<B: Books>(
    books: &B,
    desk: &Desk,
    envelope: &Envelope,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<Result<SettledNow, Verdict>, LedgerError> {
    let operation = match judge::read(envelope) {
        Ok(operation) => operation,
        Err(verdict) => return Ok(Err(verdict)),
    };
    let settled = carry_out(books, desk, &operation, now, touched).await?;
    if settled.is_ok() {
        leases::spend(books, desk, &operation, now, touched).await?;
    }
    Ok(settled)
}

/// Does what an operation says, if the rules let it.
async fn carry_out<B: Books>(
    books: &B,
    desk: &Desk,
    operation: &Operation,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<Result<SettledNow, Verdict>, LedgerError> {
    let booking = books.booking(&operation.booking).await?;
    let known = match &booking {
        Some(booking) => Some(booking.known(desk.id, books.last_start(booking.id).await?)),
        None => None,
    };
    let predecessor = predecessor_known(books, desk.id, operation, booking.as_ref()).await?;
    let step = match judge::chain(operation, desk, known, predecessor, Minute::containing(now)) {
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
        None => books.create_booking(Some(&operation.booking), desk.id).await?,
    };
    let outcome = match (step, &operation.action) {
        (Step::Place, Action::Book(placement) | Action::Move(placement)) => {
            place(books, desk, id, placement, now, touched).await?
        }
        _ => {
            let concern = Concern {
                booking: Some(id),
                ..Concern::default()
            };
            books.seclude(&concern).await?;
            let_go(books, id, touched).await?;
            books.set_standing(id, BookingStanding::Cancelled).await?;
            Outcome::Confirmed
        }
    };
    Ok(Ok((outcome, Some(id))))
}

/// Whether the operation named as previous was answered: the last of the booking's chain, which is
/// kept for ever, or another one whose answer is still stored.
async fn predecessor_known<B: Books>(
    books: &B,
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
    books
        .was_answered(previous, desk, booking.map(|booking| booking.id))
        .await
}

/// Gives back all that a booking has.
pub(super) async fn let_go<B: Books>(books: &B, booking: i64, touched: &mut Touched) -> Result<(), LedgerError> {
    let (ticketed, spans) = try_join!(books.ticketed(Owner::booking(booking)), books.strip(booking))?;
    touched.sessions.extend(ticketed);
    for span in spans {
        touched.span(&span);
    }
    Ok(())
}

/// Tries for the places of a placement, all or none.
async fn place<B: Books>(
    books: &B,
    desk: &Desk,
    booking: i64,
    placement: &Placement,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<Outcome, LedgerError> {
    let services: Vec<&ServiceCode> = placement.prescription.lines.iter().map(|line| &line.service).collect();
    let wanted: Vec<ScheduleId> = placement
        .appointments
        .iter()
        .map(|wanted| wanted.span.schedule)
        .collect();
    let (rules, branches, elsewhere, schedules, own) = try_join!(
        reading::region_rules(books),
        books.branches(&services),
        books.booked_elsewhere(booking, placement),
        books.schedules(&wanted),
        leases::unnamed(books, desk.id, placement),
    )?;
    if let Err(reason) = judge::placement(placement, &rules, |code| branches.get(code).copied()) {
        return Ok(Outcome::Rejected { reason });
    }
    let already = Outcome::Rejected {
        reason: RejectReason::AlreadyBooked,
    };
    if elsewhere {
        return Ok(already);
    }
    let leases = [placement.leases.as_slice(), &own].concat();
    let concern = Concern {
        resources: schedules.values().map(|stored| stored.schedule.resource).collect(),
        booking: Some(booking),
        holds: placement.hold.as_slice(),
        leases: &leases,
        over_by: Some(now),
    };
    books.seclude(&concern).await?;
    let named = Named::by(books, desk.id, placement, &own, &schedules).await?;
    for (at, appointment) in placement.appointments.iter().enumerate() {
        // What was promised on a lease is not judged by what may have changed since (rules 8 and 10).
        if named.covering(at).is_none()
            && let Some(StoredSchedule { schedule, channels }) = schedules.get(&appointment.span.schedule)
            && *channels != Channels::default()
            && let Err(reason) = judge::eligible(schedule, *channels, desk.channel, appointment, placement, now)
        {
            return Ok(Outcome::Rejected { reason });
        }
    }
    books.attempt().await?;
    let mut attempt = Touched::default();
    let wanted = Places {
        desk,
        booking,
        placement,
        schedules: &schedules,
        named: &named,
        now,
    };
    let outcome = match try_places(books, &wanted, &mut attempt).await? {
        Ok(()) if books.take_lines(booking, placement).await? => Outcome::Confirmed,
        // Somebody else was quicker with the same prescription.
        Ok(()) => already,
        Err(lost) => named.lost(lost),
    };
    let kept = outcome == Outcome::Confirmed;
    books.attempted(kept).await?;
    if kept {
        *touched = attempt;
    }
    Ok(outcome)
}

/// The places of one placement.
struct Places<'a> {
    desk: &'a Desk,
    booking: i64,
    placement: &'a Placement,
    schedules: &'a HashMap<ScheduleId, StoredSchedule>,
    named: &'a Named,
    now: DateTime<Utc>,
}

/// Lets the old places, the hold and unused leases go, and claims the new ones. On failure the
/// caller undoes it.
async fn try_places<B: Books>(
    books: &B,
    places: &Places<'_>,
    touched: &mut Touched,
) -> Result<Result<(), Vec<LostSpan>>, LedgerError> {
    let Places {
        desk,
        booking,
        placement,
        named,
        now,
        ..
    } = *places;
    if let Some(request) = placement.hold
        && let Some(hold) = holds::own(books, desk.id, request).await?
    {
        books.delete_hold(hold).await?;
    }
    let_go(books, booking, touched).await?;
    for lease in named.idle() {
        leases::end(books, lease, LeaseState::Spent, now, touched).await?;
    }
    let mut lost = Vec::new();
    for (at, appointment) in placement.appointments.iter().enumerate() {
        let had = match named.covering(at) {
            Some(lease) => Ok(redeem(books, places, appointment, lease, touched).await?),
            None => ordinary(books, places, appointment, touched).await?,
        };
        match had {
            Ok(claimed) => {
                let service = appointment.service.as_str();
                books
                    .add_appointment(booking, appointment.line, service, &claimed)
                    .await?;
            }
            Err(reason) => lost.push(LostSpan {
                span: appointment.span,
                reason,
            }),
        }
    }
    if !lost.is_empty() {
        return Ok(Err(lost));
    }
    books.set_placement(booking, placement).await?;
    Ok(Ok(()))
}

/// Gives an appointment the place that was promised for it on a lease, whatever became of the place
/// meanwhile; where it is no longer what it was, somebody has to know.
async fn redeem<B: Books>(
    books: &B,
    places: &Places<'_>,
    appointment: &Appointment,
    lease: &StoredLease,
    touched: &mut Touched,
) -> Result<ClaimedSpan, LedgerError> {
    let Places {
        booking,
        placement,
        now,
        ..
    } = *places;
    let claimed = leases::consume(books, lease, booking, placement, now, touched).await?;
    let span = &appointment.span;
    let session = books.session_before(span.schedule, span.start).await?;
    let stored = places.schedules.get(&span.schedule);
    if let Some(why) = leases::displacement(stored, session.as_ref(), appointment, placement) {
        books.displace(booking, appointment.line, span, why, now).await?;
    }
    Ok(claimed)
}

/// Claims a place for an appointment as anybody may.
async fn ordinary<B: Books>(
    books: &B,
    places: &Places<'_>,
    appointment: &Appointment,
    touched: &mut Touched,
) -> Result<Result<ClaimedSpan, ConflictReason>, LedgerError> {
    let span = &appointment.span;
    match places.schedules.get(&span.schedule) {
        None => Ok(Err(ConflictReason::NoSuchSlot)),
        Some(stored) if stored.channels == Channels::default() => Ok(Err(ConflictReason::Closed)),
        Some(StoredSchedule { schedule, .. }) => {
            let offered = schedule.service(&appointment.service);
            let wanted = Wanted {
                span,
                schedule,
                minutes: offered.map_or(0, |service| service.minutes),
                class: judge::class(places.placement),
            };
            let owner = Owner::booking(places.booking);
            claim(books, owner, places.desk.id, &wanted, places.now, touched).await
        }
    }
}
