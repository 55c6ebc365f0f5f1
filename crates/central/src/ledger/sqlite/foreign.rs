//! Other people's bookings, for the demonstration.

use chrono::{DateTime, Utc};
use lanterna_model::ids::DeskId;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::hold::ConflictReason;
use rusqlite::{Connection, OptionalExtension};

use super::bookings;
use super::claims::{Owner, Touched, Wanted, claim, delete_expired};
use super::{Done, changes, rows};
use crate::ledger::judge::BookingStanding;
use crate::ledger::slots::Kind;
use crate::ledger::{ForeignBooking, LedgerError};

/// Enrolled desks count from 1.
const NOBODY: DeskId = DeskId(0);

pub(super) fn book(
    tx: &Connection,
    span: &SlotSpan,
    class: Option<Priority>,
    now: DateTime<Utc>,
) -> Result<Done<Result<ForeignBooking, ConflictReason>>, LedgerError> {
    let Some(stored) = rows::schedule(tx, span.schedule)? else {
        return Ok(Done::Drop(Err(ConflictReason::NoSuchSlot)));
    };
    delete_expired(tx, now, u32::MAX)?;
    let booking = bookings::create(tx, None, NOBODY)?;
    let mut touched = Touched::default();
    let wanted = Wanted {
        span,
        schedule: &stored.schedule,
        minutes: 0,
        class,
    };
    let owner = Owner {
        kind: Kind::Booking,
        id: booking,
    };
    let claimed = match claim(tx, owner, NOBODY, &wanted, now, &mut touched)? {
        Ok(claimed) => claimed,
        Err(reason) => return Ok(Done::Drop(Err(reason))),
    };
    bookings::add_appointment(tx, booking, 1, "", &claimed)?;
    bookings::set_standing(tx, booking, BookingStanding::Live)?;
    let rows = touched.rows(tx)?;
    changes::append(tx, &rows)?;
    Ok(Done::Keep(Ok(ForeignBooking(booking))))
}

pub(super) fn cancel(tx: &Connection, booking: ForeignBooking, _now: DateTime<Utc>) -> Result<bool, LedgerError> {
    let live: Option<i64> = tx
        .prepare_cached("SELECT id FROM bookings WHERE id = ?1 AND number IS NULL AND state = 1")?
        .query_row([booking.0], |row| row.get(0))
        .optional()?;
    let Some(id) = live else { return Ok(false) };
    let mut touched = Touched::default();
    bookings::let_go(tx, id, &mut touched)?;
    bookings::set_standing(tx, id, BookingStanding::Cancelled)?;
    let rows = touched.rows(tx)?;
    changes::append(tx, &rows)?;
    Ok(true)
}
