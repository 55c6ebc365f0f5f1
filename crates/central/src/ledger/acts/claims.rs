//! Claiming time for somebody, with a ticket of its class's quota where there is one.

use chrono::{DateTime, Utc};
use lanterna_model::ids::DeskId;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::{Schedule, SlotSpan};
use lanterna_model::time::Minute;
use lanterna_wire::hold::ConflictReason;

use crate::ledger::books::{Books, Touched};
use crate::ledger::slots::Kind;
use crate::ledger::stored::{ClaimedSpan, Owner};
use crate::ledger::{LedgerError, quota};

/// A span that somebody wants.
pub(super) struct Wanted<'a> {
    pub span: &'a SlotSpan,
    pub schedule: &'a Schedule,
    /// Duration of the service; 0 where none is known.
    pub minutes: u16,
    /// Class under which it counts, if it carries one.
    pub class: Option<Priority>,
}

/// Claims a span on resources that were secluded before.
///
/// When it cannot be had some of its cells may be claimed all the same: the caller undoes them,
/// with all else that belongs to the same request. Holds of `desk` itself are no obstacle: those
/// in the way are released.
pub(super) async fn claim<B: Books>(
    books: &B,
    owner: Owner,
    desk: DeskId,
    wanted: &Wanted<'_>,
    now: DateTime<Utc>,
    touched: &mut Touched,
) -> Result<Result<ClaimedSpan, ConflictReason>, LedgerError> {
    let Wanted {
        span,
        schedule,
        minutes,
        class,
    } = *wanted;
    let Some(stored) = books.session_before(span.schedule, span.start).await? else {
        return Ok(Err(ConflictReason::NoSuchSlot));
    };
    if let Err(reason) = stored.fit(span, minutes) {
        return Ok(Err(reason));
    }
    if !schedule.open_on(span.start.rome_date()) {
        return Ok(Err(ConflictReason::Closed));
    }
    let claimed = ClaimedSpan {
        schedule: span.schedule,
        resource: schedule.resource,
        start: span.start,
        place: span.place,
        minutes: span.minutes,
    };
    if !take_cells(books, owner, desk, &claimed).await? {
        return Ok(Err(ConflictReason::Taken));
    }
    let session = stored.published.start;
    let released = quota::released_by(schedule, session, stored.released, Minute::containing(now));
    if owner.kind == Kind::Booking {
        touched.span(&claimed);
        if released != stored.released {
            // Due but not swept yet: committed with this booking, which depends on it.
            let next = quota::next_release(schedule, session, released);
            books.release_quota(span.schedule, session, released, next).await?;
        }
    }
    if let Some(class) = class
        && let Some(most) = quota::limit(schedule, released, class)
        && !take_ticket(books, owner, &claimed, session, class, most).await?
    {
        return Ok(Err(ConflictReason::ClassQuota));
    }
    Ok(Ok(claimed))
}

/// Claims the cells of a span; `false` when somebody else has one of them.
async fn take_cells<B: Books>(books: &B, owner: Owner, desk: DeskId, span: &ClaimedSpan) -> Result<bool, LedgerError> {
    let claimed = books.claim_cells(owner, span).await?;
    if claimed == span.cell_count() {
        return Ok(true);
    }
    let own = books.holds_on(span, desk, owner).await?;
    if own.is_empty() {
        return Ok(false);
    }
    for hold in own {
        books.delete_hold(hold).await?;
    }
    Ok(claimed + books.claim_cells(owner, span).await? == span.cell_count())
}

/// Takes the lowest ticket that is free; `false` when all are taken. Where two transactions race
/// for one, its key lets one of them pass.
pub(super) async fn take_ticket<B: Books>(
    books: &B,
    owner: Owner,
    span: &ClaimedSpan,
    session: Minute,
    class: Priority,
    most: u16,
) -> Result<bool, LedgerError> {
    let class = quota::class_number(class);
    let taken = books.tickets(span.schedule, session, class).await?;
    match quota::lowest_free(&taken, most) {
        Some(number) => books.take_ticket(owner, span.schedule, session, class, number).await,
        None => Ok(false),
    }
}
