//! What desks bring back to a ledger that was restored from a backup (rule 12). What the central sealed
//! once it stands by: an outcome never turns into another one. Where two patients were told the same by
//! different lives of the ledger, both keep their word and a person has to look.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use lanterna_model::ids::{DeskId, LeaseId, ScheduleId};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_wire::operation::{Action, Operation, Placement};
use lanterna_wire::outcome::{Answer, NotYetReason, Outcome};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::claims::take_ticket;
use super::operations::{let_go, replay};
use super::{condition, leases};
use crate::ledger::books::{Books, Concern, Done, Touched};
use crate::ledger::judge::{self, BookingStanding};
use crate::ledger::leases::{LeaseState, StoredLease};
use crate::ledger::recovery::{Condition, Grant, KeptLeases, Report, Restored};
use crate::ledger::slots::Kind;
use crate::ledger::stored::{ClaimedSpan, Owner};
use crate::ledger::{Displacement, LedgerError, quota};

/// Seats of bookings whose place somebody else has as well: beyond any that is published.
const BESIDE: u16 = 16_384;
/// Of these at one time of one resource: more patients than this nobody was ever promised one place.
const MOST_BESIDE: u16 = 1_024;
/// When a desk is to bring again what waits for others.
const RETRY_SECONDS: u32 = 60;

/// Restores the operations of one booking, in their order: all of them or none. What the ledger has an
/// answer to already is answered with that.
///
/// Errors: [`LedgerError::Malformed`] when they are of several bookings.
pub(crate) async fn restore<B: Books>(
    books: &B,
    desk: DeskId,
    chain: &[Restored],
    now: DateTime<Utc>,
) -> Result<Done<Vec<Answer>>, LedgerError> {
    let stored = books.desk(desk).await?;
    let waits = Answer::NotYet {
        reason: NotYetReason::NotOpen,
        retry_after_seconds: RETRY_SECONDS,
    };
    let wait = || Ok(Done::Drop(vec![waits.clone(); chain.len()]));
    let told = condition::condition(books).await?;
    if matches!(told, Condition::Fenced { .. }) {
        return wait();
    }
    let bookings = chain.iter().filter_map(|item| judge::read(&item.envelope).ok());
    if bookings.map(|it| it.booking).collect::<HashSet<_>>().len() > 1 {
        return Err(LedgerError::Malformed);
    }
    let mut answers: Vec<Option<Answer>> = Vec::new();
    for item in chain {
        let hash = Sha256::digest(item.envelope.body.as_bytes());
        answers.push(if (1..=stored.acknowledged).contains(&item.envelope.number) {
            Some(Answer::AlreadyAnswered)
        } else if books.open_operation(desk, &item.envelope, &hash).await? {
            None
        } else {
            Some(replay(books, &item.envelope, &hash).await?)
        });
    }
    let mut touched = Touched::default();
    let restoring = Restoring {
        desk,
        in_recovery: matches!(told, Condition::Recovery { .. }),
        now,
    };
    let booking = match chain.first().map(|item| judge::read(&item.envelope)) {
        Some(Ok(first)) if first.booking.desk() == stored.desk.code => match books.booking(&first.booking).await? {
            Some(known) if known.desk == desk => Some(known.id),
            // Nobody else can have made a number of this desk: such an operation was never confirmed.
            Some(_) => None,
            None => Some(books.create_booking(Some(&first.booking), desk).await?),
        },
        _ => None,
    };
    let fresh = |at: &usize| answers[*at].is_none();
    if let Some(booking) = booking {
        for item in (0..chain.len()).filter(fresh).filter_map(|at| chain.get(at)) {
            if let Ok(operation) = judge::read(&item.envelope) {
                leases::spend(books, &stored.desk, &operation, item.receipt.at, &mut touched).await?;
            }
        }
        if let Some((operation, at)) = standing(chain, &answers) {
            let placed = restoring
                .carry_out(books, booking, &operation, at, &mut touched)
                .await?;
            if !placed {
                return wait();
            }
        }
    }
    let last = (0..chain.len()).rev().find(fresh);
    let mut given = Vec::new();
    for (at, (item, answer)) in chain.iter().zip(answers).enumerate() {
        given.push(match answer {
            Some(answer) => answer,
            None => {
                let told = if Some(at) == last {
                    std::mem::take(&mut touched)
                } else {
                    Touched::default()
                };
                let outcome = item.receipt.outcome.clone();
                let settled = books.settle(&item.envelope, booking, outcome, item.receipt.at, &told);
                Answer::Outcome(settled.await?)
            }
        });
    }
    Ok(Done::Keep(given))
}

/// The operation whose effect the booking has in the end, if it is one of those that are restored, and
/// when it was confirmed. What came before it is history: nobody's place is taken for it.
fn standing(chain: &[Restored], answers: &[Option<Answer>]) -> Option<(Operation, DateTime<Utc>)> {
    let confirmed = |answer: &Option<Answer>, item: &Restored| match answer {
        None => item.receipt.outcome == Outcome::Confirmed,
        Some(Answer::Outcome(known)) => known.outcome == Outcome::Confirmed,
        Some(_) => false,
    };
    let last = chain
        .iter()
        .zip(answers)
        .rev()
        .find(|(item, answer)| confirmed(answer, item))?;
    match last {
        (item, None) => Some((judge::read(&item.envelope).ok()?, item.receipt.at)),
        _ => None,
    }
}

struct Restoring {
    desk: DeskId,
    in_recovery: bool,
    now: DateTime<Utc>,
}

/// What a lost ledger gave, and gives its place for.
#[derive(Clone, Copy)]
enum Claimant {
    /// A booking, confirmed at an instant.
    Confirmed { at: DateTime<Utc> },
    /// A lease. They are numbered in the order in which they were granted, by whichever life of the ledger.
    Granted(LeaseId),
}

impl Restoring {
    /// Gives a booking what it was confirmed; `false` when somebody has to be heard first.
    async fn carry_out<B: Books>(
        &self,
        books: &B,
        booking: i64,
        operation: &Operation,
        at: DateTime<Utc>,
        touched: &mut Touched,
    ) -> Result<bool, LedgerError> {
        let (Action::Book(placement) | Action::Move(placement)) = &operation.action else {
            let concern = Concern {
                booking: Some(booking),
                ..Concern::default()
            };
            books.seclude(&concern).await?;
            let_go(books, booking, touched).await?;
            books.set_standing(booking, BookingStanding::Cancelled).await?;
            return Ok(true);
        };
        let wanted: Vec<ScheduleId> = placement.appointments.iter().map(|it| it.span.schedule).collect();
        let schedules = books.schedules(&wanted).await?;
        if wanted.iter().any(|id| !schedules.contains_key(id)) {
            // Published after the backup was taken: its owner has to publish it again first.
            tracing::warn!("what a desk was confirmed lies on a schedule that is not known");
            return Ok(false);
        }
        let concern = Concern {
            resources: schedules.values().map(|stored| stored.schedule.resource).collect(),
            booking: Some(booking),
            leases: &placement.leases,
            over_by: Some(self.now),
            ..Concern::default()
        };
        books.seclude(&concern).await?;
        let_go(books, booking, touched).await?;
        let patient = self.in_recovery && !condition::others_were_heard(books, self.desk).await?;
        for appointment in &placement.appointments {
            let Some(stored) = schedules.get(&appointment.span.schedule) else {
                continue;
            };
            let mut span = claimed(&appointment.span, stored.schedule.resource);
            if !self.clear(books, &span, Claimant::Confirmed { at }, touched).await? {
                if patient {
                    return Ok(false);
                }
                let why = Displacement::Taken;
                books
                    .displace(booking, appointment.line, &appointment.span, why, self.now)
                    .await?;
                span = beside(books, span).await?;
            }
            let owner = Owner::booking(booking);
            if books.claim_cells(owner, &span).await? != span.cell_count() {
                return Err(LedgerError::Damaged { table: "claims" });
            }
            touched.span(&span);
            let session = books.session_before(span.schedule, span.start).await?;
            if let Some((session, class)) = session.zip(judge::class(placement))
                && let Some(most) = quota::limit(&stored.schedule, session.released, class)
            {
                // One too many rather than a booking without its place.
                take_ticket(books, owner, &span, session.published.start, class, most).await?;
            }
            let service = appointment.service.as_str();
            books.add_appointment(booking, appointment.line, service, &span).await?;
        }
        if books.booked_elsewhere(booking, placement).await? {
            if patient {
                return Ok(false);
            }
            self.without_lines(books, booking, placement).await?;
        } else if !books.take_lines(booking, placement).await? {
            return Err(LedgerError::Damaged { table: "live_lines" });
        }
        books.set_placement(booking, placement).await?;
        Ok(true)
    }

    /// Makes room for what a lost ledger gave; `false` where somebody else was confirmed or promised the same.
    async fn clear<B: Books>(
        &self,
        books: &B,
        span: &ClaimedSpan,
        claimant: Claimant,
        touched: &mut Touched,
    ) -> Result<bool, LedgerError> {
        for owner in books.owners_on(span).await? {
            match owner.kind {
                Kind::Hold => books.delete_hold(owner.id).await?,
                Kind::Lease => {
                    let id = LeaseId(owner.id.cast_unsigned());
                    for lease in books.leases_named(&[id]).await? {
                        if !self.yields(books, &lease, claimant).await? {
                            return Ok(false);
                        }
                        leases::end(books, &lease, LeaseState::Lapsed, self.now, touched).await?;
                    }
                }
                Kind::Booking => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Whether a lease that lies where a lost ledger gave a place was over by then, as that ledger knew. To a
    /// booking one yields that its desk did not assert, or whose time was over; to a lease every older one.
    async fn yields<B: Books>(&self, books: &B, lease: &StoredLease, claimant: Claimant) -> Result<bool, LedgerError> {
        if !self.in_recovery {
            return Ok(false);
        }
        match claimant {
            Claimant::Confirmed { at } => {
                let unasserted = lease.recalled && condition::is_of_before(books, lease.id).await?;
                Ok(unasserted || lease.lease.terms.honour_until <= at)
            }
            // No outage that the present ledger counts gives the older one its place back.
            Claimant::Granted(id) => Ok(lease.id < id),
        }
    }

    /// A prescription that is booked twice, by different lives of the ledger.
    async fn without_lines<B: Books>(&self, books: &B, booking: i64, placement: &Placement) -> Result<(), LedgerError> {
        for appointment in &placement.appointments {
            let why = Displacement::LineTaken;
            books
                .displace(booking, appointment.line, &appointment.span, why, self.now)
                .await?;
        }
        Ok(())
    }
}

fn claimed(span: &SlotSpan, resource: lanterna_model::ids::ResourceId) -> ClaimedSpan {
    ClaimedSpan {
        schedule: span.schedule,
        resource,
        start: span.start,
        place: span.place,
        minutes: span.minutes,
    }
}

/// A seat beside the published ones at the same time: overbooking adds a place (rule 28).
async fn beside<B: Books>(books: &B, span: ClaimedSpan) -> Result<ClaimedSpan, LedgerError> {
    for place in BESIDE..BESIDE + MOST_BESIDE {
        let seat = ClaimedSpan { place, ..span };
        if books.owners_on(&seat).await?.is_empty() {
            return Ok(seat);
        }
    }
    Err(LedgerError::Damaged { table: "claims" })
}

/// Restores the leases of a desk that it still has, for the present life of its record. Those that hold on
/// are the answer.
pub(crate) async fn restore_leases<B: Books>(
    books: &B,
    desk: DeskId,
    incarnation: Uuid,
    grants: &[Grant],
    now: DateTime<Utc>,
) -> Result<Done<KeptLeases>, LedgerError> {
    let told = condition::condition(books).await?;
    let fenced = books.stock(desk, incarnation).await?.is_some_and(|known| known.fenced);
    let done = books.report(desk).await? == Report::Done;
    if fenced || matches!(told, Condition::Fenced { .. }) || books.desk(desk).await?.revoked {
        return Ok(Done::Drop(KeptLeases::default()));
    }
    let wanted: Vec<ScheduleId> = grants.iter().map(|grant| grant.schedule).collect();
    let ids: Vec<LeaseId> = grants.iter().map(|grant| grant.lease).collect();
    let concern = Concern {
        resources: grants.iter().map(|grant| grant.resource).collect(),
        leases: &ids,
        over_by: Some(now),
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    let schedules = books.schedules(&wanted).await?;
    let known = books.leases_named(&ids).await?;
    let restoring = Restoring {
        desk,
        in_recovery: matches!(told, Condition::Recovery { .. }),
        now,
    };
    let mut touched = Touched::default();
    let heard = condition::others_were_heard(books, desk).await?;
    let mut waits = false;
    let mut kept = Vec::new();
    for grant in grants.iter().filter(|grant| grant.desk == desk) {
        let holds = match known.iter().find(|lease| lease.id == grant.lease) {
            Some(lease) if !lease.is_live() || lease.lease.desk != desk => false,
            // The answer to it was lost: it stays as it was told.
            Some(lease) if done => lease.lease.incarnation == incarnation && !lease.recalled,
            Some(lease) => {
                books.rebind_lease(lease.id, incarnation).await?;
                // It may have been renewed since: what was promised meanwhile goes by the later terms.
                let told = grant.lease(incarnation).map(|told| told.terms);
                let later = told.map_or(lease.lease.terms, |told| lease.lease.terms.or_later(told));
                if later != lease.lease.terms {
                    books.set_terms(lease.id, later).await?;
                }
                true
            }
            None => {
                let published = schedules.get(&grant.schedule);
                let there = published.is_some_and(|stored| stored.schedule.resource == grant.resource);
                let again = if there && !done {
                    restoring.grant_again(books, grant, incarnation, &mut touched).await?
                } else {
                    Some(false)
                };
                // What is in its way a desk that was not heard yet may have given back.
                waits |= again.is_none() && restoring.in_recovery && !heard;
                again.unwrap_or(false)
            }
        };
        if holds {
            kept.push(grant.lease);
        }
    }
    if !touched.is_empty() {
        books.tell(&touched).await?;
    }
    Ok(Done::Keep(KeptLeases { leases: kept, waits }))
}

impl Restoring {
    /// Sets a place aside again that an earlier life of the ledger had set aside; `false` where it is over,
    /// none where somebody has the place.
    async fn grant_again<B: Books>(
        &self,
        books: &B,
        grant: &Grant,
        incarnation: Uuid,
        touched: &mut Touched,
    ) -> Result<Option<bool>, LedgerError> {
        let Some(lease) = grant.lease(incarnation) else {
            return Ok(Some(false));
        };
        let over = lease.terms.honour_until <= self.now && !self.in_recovery;
        if over || lease.span.start < Minute::containing(self.now) {
            return Ok(Some(false));
        }
        if !self
            .clear(books, &lease.span, Claimant::Granted(grant.lease), touched)
            .await?
        {
            return Ok(None);
        }
        books.restore_lease(grant.lease, &lease, self.now).await?;
        let owner = Owner::lease(grant.lease);
        if books.claim_cells(owner, &lease.span).await? != lease.span.cell_count() {
            return Err(LedgerError::Damaged { table: "claims" });
        }
        touched.span(&lease.span);
        Ok(Some(true))
    }
}
