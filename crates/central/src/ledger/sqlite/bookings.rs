//! Bookings and the places they have.

use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::DeskId;
use lanterna_model::time::Minute;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::claims::{Owner, Touched, claimed_span, release_cells, release_tickets};
use super::rows::ClaimedSpan;
use crate::ledger::LedgerError;
use crate::ledger::judge::{BookingStanding, KnownBooking};
use crate::ledger::slots::Kind;

/// A booking as it is stored, without what is in it.
pub(super) struct StoredBooking {
    pub id: i64,
    pub desk: DeskId,
    pub standing: BookingStanding,
    pub last: Option<Uuid>,
}

impl StoredBooking {
    /// What the rules want to know of it.
    pub(super) fn known(&self, tx: &Connection, asking: DeskId) -> Result<KnownBooking, LedgerError> {
        let last_start: Option<i32> = tx
            .prepare_cached("SELECT max(start) FROM appointments WHERE booking = ?1")?
            .query_row([self.id], |row| row.get(0))?;
        Ok(KnownBooking {
            of_this_desk: self.desk == asking,
            standing: self.standing,
            last_start: last_start.map(Minute),
        })
    }
}

pub(super) fn code(standing: BookingStanding) -> u8 {
    match standing {
        BookingStanding::Unplaced => 0,
        BookingStanding::Live => 1,
        BookingStanding::Cancelled => 2,
    }
}

fn standing(code: u8) -> Result<BookingStanding, LedgerError> {
    match code {
        0 => Ok(BookingStanding::Unplaced),
        1 => Ok(BookingStanding::Live),
        2 => Ok(BookingStanding::Cancelled),
        _ => Err(LedgerError::Damaged { table: "bookings" }),
    }
}

pub(super) fn find(tx: &Connection, number: &BookingNumber) -> Result<Option<StoredBooking>, LedgerError> {
    type BookingRow = (i64, u32, u8, Option<Vec<u8>>);
    let found: Option<BookingRow> = tx
        .prepare_cached("SELECT id, desk, state, last FROM bookings WHERE number = ?1")?
        .query_row([number.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    found
        .map(|(id, desk, state, last)| {
            let last = last.map(|bytes| Uuid::from_slice(&bytes)).transpose();
            let last = last.map_err(|_| LedgerError::Damaged { table: "bookings" })?;
            Ok(StoredBooking {
                id,
                desk: DeskId(desk),
                standing: standing(state)?,
                last,
            })
        })
        .transpose()
}

/// A new booking without a place.
pub(super) fn create(tx: &Connection, number: Option<&BookingNumber>, desk: DeskId) -> Result<i64, LedgerError> {
    tx.prepare_cached("INSERT INTO bookings (number, desk, state) VALUES (?1, ?2, 0)")?
        .execute(params![number.map(BookingNumber::as_str), desk.0])?;
    Ok(tx.last_insert_rowid())
}

pub(super) fn set_standing(tx: &Connection, booking: i64, standing: BookingStanding) -> Result<(), LedgerError> {
    tx.prepare_cached("UPDATE bookings SET state = ?2 WHERE id = ?1")?
        .execute(params![booking, code(standing)])?;
    Ok(())
}

/// Writes down which place an appointment has.
pub(super) fn add_appointment(
    tx: &Connection,
    booking: i64,
    line: u8,
    service: &str,
    span: &ClaimedSpan,
) -> Result<(), LedgerError> {
    tx.prepare_cached(
        "INSERT INTO appointments (booking, line, service, schedule, resource, start, place, minutes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        booking,
        line,
        service,
        span.schedule.0,
        span.resource.0,
        span.start.0,
        span.place,
        span.minutes
    ])?;
    Ok(())
}

/// Gives back all that a booking has: places, tickets and lines of the prescription.
pub(super) fn let_go(tx: &Connection, booking: i64, touched: &mut Touched) -> Result<(), LedgerError> {
    let owner = Owner {
        kind: Kind::Booking,
        id: booking,
    };
    let spans: Vec<ClaimedSpan> = tx
        .prepare_cached("SELECT schedule, resource, start, place, minutes FROM appointments WHERE booking = ?1")?
        .query_map([booking], claimed_span)?
        .collect::<Result<_, _>>()?;
    for span in &spans {
        release_cells(tx, owner, span)?;
        touched.span(span);
    }
    release_tickets(tx, owner)?;
    tx.prepare_cached("DELETE FROM live_lines WHERE nre = (SELECT nre FROM bookings WHERE id = ?1) AND booking = ?1")?
        .execute([booking])?;
    tx.prepare_cached("UPDATE bookings SET nre = NULL WHERE id = ?1")?
        .execute([booking])?;
    tx.prepare_cached("DELETE FROM appointments WHERE booking = ?1")?
        .execute([booking])?;
    Ok(())
}
