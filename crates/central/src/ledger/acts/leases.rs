//! What becomes of leases: named by operations, called back, over, or taken from a stolen desk.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lanterna_model::access::Channels;
use lanterna_model::availability::ClassMask;
use lanterna_model::booking::Appointment;
use lanterna_model::ids::{DeskId, LeaseId, ScheduleId};
use lanterna_wire::hold::{ConflictReason, LostSpan};
use lanterna_wire::operation::{Operation, Placement};
use lanterna_wire::outcome::{OperatorReason, Outcome};

use super::condition;
use super::stock::policy;
use crate::ledger::books::{Books, Concern, Touched};
use crate::ledger::facts::ScheduleFacts;
use crate::ledger::leases::{LeaseState, StoredLease};
use crate::ledger::slots::{Kind, StoredSession};
use crate::ledger::stored::{ClaimedSpan, StoredSchedule};
use crate::ledger::{Desk, Displacement, LedgerError};
use crate::ledger::{judge, quota};

/// Leases that a placement names, as far as they are of its desk, and which appointments they cover.
pub(super) struct Named {
    leases: Vec<StoredLease>,
    /// Those that the placement names itself: something was promised on them.
    promised: Vec<LeaseId>,
    /// Ids that no lease of the desk has: those of another desk, or of a ledger that was lost.
    unknown: bool,
    /// By the index of the appointment: the index of the lease.
    covering: HashMap<usize, usize>,
}

impl Named {
    /// Reads them. To be called on resources that were secluded, so that nobody ends one meanwhile.
    pub(super) async fn by<B: Books>(
        books: &B,
        desk: DeskId,
        placement: &Placement,
        unnamed: &[LeaseId],
        schedules: &HashMap<ScheduleId, StoredSchedule>,
    ) -> Result<Self, LedgerError> {
        let mut named = Self {
            leases: Vec::new(),
            promised: placement.leases.clone(),
            unknown: false,
            covering: HashMap::new(),
        };
        if placement.leases.is_empty() && unnamed.is_empty() {
            return Ok(named);
        }
        named.leases = books
            .leases_named(&[placement.leases.as_slice(), unnamed].concat())
            .await?;
        // An id of another desk says nothing about that one.
        named.leases.retain(|lease| lease.lease.desk == desk);
        named.unknown = placement
            .leases
            .iter()
            .any(|id| named.leases.iter().all(|lease| lease.id != *id));
        let request = ClassMask::request(placement.prescription.access, placement.prescription.priority);
        for (at, appointment) in placement.appointments.iter().enumerate() {
            let minutes = schedules
                .get(&appointment.span.schedule)
                .and_then(|stored| stored.schedule.service(&appointment.service))
                .map(|service| service.minutes);
            let covers = |lease: &StoredLease| {
                lease.is_live()
                    && lease.stands_for(&appointment.span)
                    && lease.lease.classes.admits(request)
                    // The service it was set aside for fits; of another one the schedule says so.
                    && (lease.lease.service == appointment.service
                        || minutes.is_some_and(|minutes| minutes <= appointment.span.minutes))
            };
            let found = named.leases.iter().position(covers);
            if let Some(found) = found.filter(|found| named.covering.values().all(|used| used != found)) {
                named.covering.insert(at, found);
            }
        }
        Ok(named)
    }

    /// The lease on which an appointment was promised.
    pub(super) fn covering(&self, appointment: usize) -> Option<&StoredLease> {
        self.covering.get(&appointment).and_then(|at| self.leases.get(*at))
    }

    /// Live leases that cover nothing.
    pub(super) fn idle(&self) -> impl Iterator<Item = &StoredLease> {
        let used = |at: &usize| self.covering.values().any(|used| used == at);
        self.leases
            .iter()
            .enumerate()
            .filter(move |(at, lease)| lease.is_live() && !used(at))
            .map(|(_, lease)| lease)
    }

    /// What is said when places could not be had: where one of them was promised on a lease that no
    /// longer stood, a person has to look (rule 5).
    pub(super) fn lost(&self, lost: Vec<LostSpan>) -> Outcome {
        let promised = |lost: &LostSpan| {
            let of = |lease: &StoredLease| self.promised.contains(&lease.id) && lease.stands_for(&lost.span);
            self.leases.iter().any(of)
        };
        if self.unknown || lost.iter().any(promised) {
            Outcome::NeedsOperator {
                reason: OperatorReason::GuaranteeLapsed,
            }
        } else {
            Outcome::Conflict { lost }
        }
    }
}

/// Live leases of a desk that stand for places of a placement which does not name
/// them: the desk did not hear of the grant yet. Nobody was promised anything on them, and they are no obstacle to it.
pub(super) async fn unnamed<B: Books>(
    books: &B,
    desk: DeskId,
    placement: &Placement,
) -> Result<Vec<LeaseId>, LedgerError> {
    let mut own = books.leases(desk, false).await?;
    own.retain(|lease| {
        lease.is_live()
            && !placement.leases.contains(&lease.id)
            && placement
                .appointments
                .iter()
                .any(|appointment| lease.stands_for(&appointment.span))
    });
    Ok(own.into_iter().map(|lease| lease.id).collect())
}

/// Turns a lease into the place of a booking.
pub(super) async fn consume<B: Books>(
    books: &B,
    lease: &StoredLease,
    booking: i64,
    placement: &Placement,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<ClaimedSpan, LedgerError> {
    let span = lease.lease.span;
    let class = judge::class(placement).map(quota::class_number);
    // A ticket of another class may be given back.
    touched.sessions.extend(books.ticketed(lease.owner()).await?);
    let cells = books.consume_lease(lease, booking, class, now).await?;
    if cells != span.cell_count() {
        return Err(LedgerError::Damaged { table: "claims" });
    }
    touched.span(&span);
    Ok(span)
}

/// Ends a live lease: its place is free, and so are its tickets.
pub(super) async fn end<B: Books>(
    books: &B,
    lease: &StoredLease,
    state: LeaseState,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<(), LedgerError> {
    touched.sessions.extend(books.ticketed(lease.owner()).await?);
    books.end_lease(lease, state, now).await?;
    touched.span(&lease.lease.span);
    Ok(())
}

/// Frees every lease of the desk that an operation named and that is still live: once named it never
/// returns to stock, whatever became of the operation (rules 3 and 20).
pub(super) async fn spend<B: Books>(
    books: &B,
    desk: &Desk,
    operation: &Operation,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<(), LedgerError> {
    let named = judge::named_leases(operation);
    if named.is_empty() {
        return Ok(());
    }
    let concern = Concern {
        leases: named,
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    for lease in books.leases_named(named).await? {
        if lease.is_live() && lease.lease.desk == desk.id {
            end(books, &lease, LeaseState::Spent, now, touched).await?;
        }
    }
    Ok(())
}

/// What is no longer as it was promised of a place that a lease-backed appointment has (rule 8).
pub(super) fn displacement(
    stored: Option<&StoredSchedule>,
    session: Option<&StoredSession>,
    appointment: &Appointment,
    placement: &Placement,
) -> Option<Displacement> {
    let Some(StoredSchedule { schedule, .. }) = stored.filter(|stored| stored.channels != Channels::default()) else {
        return Some(Displacement::Withdrawn);
    };
    let day = appointment.span.start.rome_date();
    if !schedule.open_on(day) {
        let suspended = schedule.suspension.as_ref().is_some_and(|it| it.covers(day));
        return Some(if suspended {
            Displacement::Suspended
        } else {
            Displacement::Withdrawn
        });
    }
    match session.map(|session| session.fit(&appointment.span, 0)) {
        Some(Ok(())) => {}
        Some(Err(ConflictReason::Closed)) => return Some(Displacement::Closed),
        Some(Err(_)) | None => return Some(Displacement::NoSuchSlot),
    }
    let admitted = judge::offers(schedule, appointment, placement)
        .and_then(|()| judge::receives(schedule, appointment, placement));
    admitted.is_err().then_some(Displacement::NotAdmitted)
}

/// Calls back the leases of sessions that are running dry, among those whose places a transaction
/// touched (rule 1). To be called after the claims.
pub(super) async fn recall<B: Books>(books: &B, touched: &Touched) -> Result<(), LedgerError> {
    if touched.spans.is_empty() && touched.schedules.is_empty() {
        return Ok(());
    }
    let near = books.near(touched).await?;
    if near.is_empty() {
        return Ok(());
    }
    let least = u64::from(policy(books).await?.recall_below);
    let mut around = books.around(touched).await?;
    around.extend(books.whole(&touched.schedules).await?);
    let mut dry: Vec<LeaseId> = Vec::new();
    for facts in &around {
        for session in &facts.sessions {
            if free_to_all(facts, session) < least {
                let here = near.iter().filter(|(_, span)| {
                    span.resource == facts.schedule.resource
                        && span.start < session.end()
                        && session.published.start < span.end()
                });
                dry.extend(here.map(|(id, _)| *id));
            }
        }
    }
    dry.sort_unstable();
    dry.dedup();
    books.recall(&dry).await
}

/// Free places as everybody is told them: holds pass.
fn free_to_all(facts: &ScheduleFacts, session: &StoredSession) -> u64 {
    let lasting = facts.claims_on(session).iter().filter(|claim| claim.kind != Kind::Hold);
    session.count(lasting.copied()).free
}

/// Ends leases of open channels whose time is over, at most `most` of them; which they were.
pub(super) async fn lapse<B: Books>(books: &B, now: DateTime<Utc>, most: u32) -> Result<Vec<LeaseId>, LedgerError> {
    // Nothing is over while nobody can send what was booked on it (rule 4).
    if !condition::condition(books).await?.is_sound() {
        return Ok(Vec::new());
    }
    let over = books.lapsed(now, most).await?;
    if over.is_empty() {
        return Ok(over);
    }
    let concern = Concern {
        leases: &over,
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    let mut touched = Touched::default();
    let mut lapsed = Vec::new();
    for lease in books.leases_named(&over).await? {
        // It may have been renewed or used while others were waited for.
        if lease.is_live() && lease.lease.terms.honour_until <= now {
            end(books, &lease, LeaseState::Lapsed, now, &mut touched).await?;
            lapsed.push(lease.id);
        }
    }
    if !lapsed.is_empty() {
        books.tell(&touched).await?;
    }
    Ok(lapsed)
}

/// Takes its token from a desk. Its leases stay until they are over, for bookings it made before;
/// only those of a stolen one are void at once (rule 9). How many were voided is the answer.
pub(crate) async fn revoke<B: Books>(
    books: &B,
    desk: DeskId,
    stolen: bool,
    now: DateTime<Utc>,
) -> Result<u32, LedgerError> {
    books.desk(desk).await?;
    books.set_revoked(desk, if stolen { 2 } else { 1 }).await?;
    // Nobody waits for it any more.
    condition::end_if_told(books, now).await?;
    if !stolen {
        return Ok(0);
    }
    let ids: Vec<LeaseId> = books.leases(desk, false).await?.iter().map(|lease| lease.id).collect();
    let concern = Concern {
        leases: &ids,
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    let mut touched = Touched::default();
    let mut voided = 0;
    for lease in books.leases(desk, true).await? {
        end(books, &lease, LeaseState::Voided, now, &mut touched).await?;
        voided += 1;
    }
    if voided > 0 {
        books.tell(&touched).await?;
    }
    Ok(voided)
}
