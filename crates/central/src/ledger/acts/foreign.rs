//! Other people's bookings, for the demonstration.

use chrono::{DateTime, Utc};
use lanterna_model::ids::DeskId;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::hold::ConflictReason;

use super::claims::{Wanted, claim};
use super::leases;
use super::operations::let_go;
use crate::ledger::books::{Books, Concern, Done, Touched};
use crate::ledger::judge::BookingStanding;
use crate::ledger::stored::Owner;
use crate::ledger::{ForeignBooking, LedgerError};

/// Enrolled desks count from 1.
const NOBODY: DeskId = DeskId(0);

pub(crate) async fn book<B: Books>(
    books: &B,
    span: &SlotSpan,
    class: Option<Priority>,
    now: DateTime<Utc>,
) -> Result<Done<Result<ForeignBooking, ConflictReason>>, LedgerError> {
    let schedules = books.schedules(&[span.schedule]).await?;
    let Some(stored) = schedules.get(&span.schedule) else {
        return Ok(Done::Drop(Err(ConflictReason::NoSuchSlot)));
    };
    let concern = Concern {
        resources: vec![stored.schedule.resource],
        over_by: Some(now),
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    let booking = books.create_booking(None, NOBODY).await?;
    let mut touched = Touched::default();
    let wanted = Wanted {
        span,
        schedule: &stored.schedule,
        minutes: 0,
        class,
    };
    let claimed = match claim(books, Owner::booking(booking), NOBODY, &wanted, now, &mut touched).await? {
        Ok(claimed) => claimed,
        Err(reason) => return Ok(Done::Drop(Err(reason))),
    };
    books.add_appointment(booking, 1, "", &claimed).await?;
    books.set_standing(booking, BookingStanding::Live).await?;
    leases::recall(books, &touched).await?;
    books.tell(&touched).await?;
    Ok(Done::Keep(Ok(ForeignBooking(booking))))
}

pub(crate) async fn cancel<B: Books>(books: &B, booking: ForeignBooking) -> Result<Done<bool>, LedgerError> {
    let Some(id) = books.foreign_booking(booking.0).await? else {
        return Ok(Done::Drop(false));
    };
    let concern = Concern {
        booking: Some(id),
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    let mut touched = Touched::default();
    let_go(books, id, &mut touched).await?;
    books.set_standing(id, BookingStanding::Cancelled).await?;
    books.tell(&touched).await?;
    Ok(Done::Keep(true))
}
