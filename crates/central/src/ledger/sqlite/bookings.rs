//! Bookings and the places they have.

use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::DeskId;
use lanterna_model::time::Minute;
use lanterna_wire::operation::Placement;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::books::SqliteBooks;
use super::rows::{SPAN, span};
use crate::ledger::LedgerError;
use crate::ledger::books::Bookings;
use crate::ledger::judge::{self, BookingStanding};
use crate::ledger::stored::{self, ClaimedSpan, Owner, StoredBooking};

const DAMAGED: LedgerError = LedgerError::Damaged { table: "bookings" };

impl Bookings for SqliteBooks<'_> {
    async fn booking(&self, number: &BookingNumber) -> Result<Option<StoredBooking>, LedgerError> {
        type BookingRow = (i64, u32, u8, Option<Vec<u8>>);
        let found: Option<BookingRow> = self
            .tx
            .prepare_cached("SELECT id, desk, state, last FROM bookings WHERE number = ?1")?
            .query_row([number.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        found
            .map(|(id, desk, state, last)| {
                let last = last.map(|bytes| Uuid::from_slice(&bytes)).transpose();
                Ok(StoredBooking {
                    id,
                    desk: DeskId(desk),
                    standing: stored::standing(state)?,
                    last: last.map_err(|_| DAMAGED)?,
                })
            })
            .transpose()
    }

    async fn foreign_booking(&self, id: i64) -> Result<Option<i64>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT id FROM bookings WHERE id = ?1 AND number IS NULL AND state = 1")?
            .query_row([id], |row| row.get(0))
            .optional()?)
    }

    async fn last_start(&self, booking: i64) -> Result<Option<Minute>, LedgerError> {
        let last: Option<i32> = self
            .tx
            .prepare_cached("SELECT max(start) FROM appointments WHERE booking = ?1")?
            .query_row([booking], |row| row.get(0))?;
        Ok(last.map(Minute))
    }

    async fn create_booking(&self, number: Option<&BookingNumber>, desk: DeskId) -> Result<i64, LedgerError> {
        self.tx
            .prepare_cached("INSERT INTO bookings (number, desk, state) VALUES (?1, ?2, 0)")?
            .execute(params![number.map(BookingNumber::as_str), desk.0])?;
        Ok(self.tx.last_insert_rowid())
    }

    async fn set_standing(&self, booking: i64, standing: BookingStanding) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("UPDATE bookings SET state = ?2 WHERE id = ?1")?
            .execute(params![booking, stored::standing_code(standing)])?;
        Ok(())
    }

    async fn set_placement(&self, booking: i64, placement: &Placement) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("UPDATE bookings SET state = ?2, nre = ?3, placement = ?4 WHERE id = ?1")?
            .execute(params![
                booking,
                stored::standing_code(BookingStanding::Live),
                judge::prescription_number(placement),
                stored::text("bookings", placement)?
            ])?;
        Ok(())
    }

    async fn add_appointment(
        &self,
        booking: i64,
        line: u8,
        service: &str,
        span: &ClaimedSpan,
    ) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached(
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

    async fn strip(&self, booking: i64) -> Result<Vec<ClaimedSpan>, LedgerError> {
        let owner = Owner::booking(booking);
        let spans: Vec<ClaimedSpan> = self
            .tx
            .prepare_cached(&format!("SELECT {SPAN} FROM appointments WHERE booking = ?1"))?
            .query_map([booking], span)?
            .collect::<Result<_, _>>()?;
        for span in &spans {
            self.release_cells(owner, span)?;
        }
        self.release_tickets(owner)?;
        for sql in [
            "DELETE FROM live_lines WHERE nre = (SELECT nre FROM bookings WHERE id = ?1) AND booking = ?1",
            "UPDATE bookings SET nre = NULL WHERE id = ?1",
            "DELETE FROM appointments WHERE booking = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([booking])?;
        }
        Ok(spans)
    }

    async fn booked_elsewhere(&self, booking: i64, placement: &Placement) -> Result<bool, LedgerError> {
        let mut live = self
            .tx
            .prepare_cached("SELECT 1 FROM live_lines WHERE nre = ?1 AND line = ?2 AND booking <> ?3")?;
        let nre = judge::prescription_number(placement);
        for appointment in &placement.appointments {
            if live.exists(params![nre, appointment.line, booking])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn take_lines(&self, booking: i64, placement: &Placement) -> Result<bool, LedgerError> {
        let mut insert = self
            .tx
            .prepare_cached("INSERT INTO live_lines (nre, line, booking) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
        let nre = judge::prescription_number(placement);
        for appointment in &placement.appointments {
            if insert.execute(params![nre, appointment.line, booking])? != 1 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
