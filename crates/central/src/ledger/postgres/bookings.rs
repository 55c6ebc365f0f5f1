//! Bookings and the places they have.

use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::DeskId;
use lanterna_model::time::Minute;
use lanterna_wire::operation::Placement;

use super::books::{PostgresBooks, owned};
use super::error::raced;
use super::int::{Int, int, maybe, number};
use super::rows::span;
use crate::ledger::LedgerError;
use crate::ledger::books::Bookings;
use crate::ledger::judge::{self, BookingStanding};
use crate::ledger::stored::{self, ClaimedSpan, StoredBooking};

impl Bookings for PostgresBooks {
    async fn booking(&self, booking: &BookingNumber) -> Result<Option<StoredBooking>, LedgerError> {
        let found = self
            .maybe(
                "SELECT id, desk, state, last FROM bookings WHERE number = $1 FOR UPDATE",
                &[&booking.as_str()],
            )
            .await?;
        found
            .map(|row| {
                Ok(StoredBooking {
                    id: row.try_get(0)?,
                    desk: DeskId(number(&row, 1)?),
                    standing: stored::standing(number(&row, 2)?)?,
                    last: row.try_get(3)?,
                })
            })
            .transpose()
    }

    async fn foreign_booking(&self, id: i64) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT id FROM bookings WHERE id = $1 AND number IS NULL AND state = 1 FOR UPDATE";
        let found = self.maybe(sql, &[&id]).await?;
        found.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    async fn last_start(&self, booking: i64) -> Result<Option<Minute>, LedgerError> {
        let sql = "SELECT max(start) FROM appointments WHERE booking = $1";
        let row = self.one(sql, &[&booking]).await?;
        Ok(maybe(&row, 0)?.map(Minute))
    }

    async fn create_booking(&self, booking: Option<&BookingNumber>, desk: DeskId) -> Result<i64, LedgerError> {
        let made = self
            .maybe(
                "INSERT INTO bookings (number, desk, state) VALUES ($1, $2, 0) ON CONFLICT (number) DO NOTHING RETURNING id",
                &[&booking.map(BookingNumber::as_str), &int(desk.0)],
            )
            .await?;
        // Another operation made it since it was looked for: it has to be judged again.
        Ok(made.ok_or_else(raced)?.try_get(0)?)
    }

    async fn set_standing(&self, booking: i64, standing: BookingStanding) -> Result<(), LedgerError> {
        let state = int(stored::standing_code(standing));
        self.run_later("UPDATE bookings SET state = $2 WHERE id = $1", owned![booking, state])
            .await
    }

    async fn set_placement(&self, booking: i64, placement: &Placement) -> Result<(), LedgerError> {
        self.run_later(
            "UPDATE bookings SET state = $2, nre = $3, placement = $4 WHERE id = $1",
            owned![
                booking,
                int(stored::standing_code(BookingStanding::Live)),
                judge::prescription_number(placement).to_owned(),
                stored::text("bookings", placement)?,
            ],
        )
        .await
    }

    async fn add_appointment(
        &self,
        booking: i64,
        line: u8,
        service: &str,
        span: &ClaimedSpan,
    ) -> Result<(), LedgerError> {
        self.run_later(
            "INSERT INTO appointments (booking, line, service, schedule, resource, start, place, minutes)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            owned![
                booking,
                int(line),
                service.to_owned(),
                int(span.schedule.0),
                int(span.resource.0),
                int(span.start.0),
                int(span.place),
                int(span.minutes),
            ],
        )
        .await
    }

    async fn strip(&self, booking: i64) -> Result<Vec<ClaimedSpan>, LedgerError> {
        let had = self
            .all(
                "WITH had AS (DELETE FROM appointments WHERE booking = $1
                     RETURNING schedule, resource, start, place, minutes),
                 cells AS (DELETE FROM claims c USING had h
                     WHERE c.resource = h.resource AND c.place = h.place AND c.kind = 3 AND c.owner = $1
                       AND c.cell >= h.start / 5 AND c.cell < (h.start + h.minutes + 4) / 5),
                 tickets AS (DELETE FROM quota_tickets WHERE owner = $1 AND kind = 3),
                 lines AS (DELETE FROM live_lines l USING bookings b
                     WHERE b.id = $1 AND l.nre = b.nre AND l.booking = $1),
                 bare AS (UPDATE bookings SET nre = NULL WHERE id = $1 AND nre IS NOT NULL)
                 SELECT schedule, resource, start, place, minutes FROM had",
                &[&booking],
            )
            .await?;
        had.iter().map(span).collect()
    }

    async fn booked_elsewhere(&self, booking: i64, placement: &Placement) -> Result<bool, LedgerError> {
        let (nre, lines) = (judge::prescription_number(placement), lines(placement));
        let sql = "SELECT 1 FROM live_lines WHERE nre = $1 AND line = ANY($2) AND booking <> $3 LIMIT 1";
        Ok(self.maybe(sql, &[&nre, &lines, &booking]).await?.is_some())
    }

    async fn take_lines(&self, booking: i64, placement: &Placement) -> Result<bool, LedgerError> {
        let (nre, lines) = (judge::prescription_number(placement), lines(placement));
        let sql = "INSERT INTO live_lines (nre, line, booking) SELECT $1, line, $3 FROM unnest($2::smallint[]) line
                   ON CONFLICT DO NOTHING";
        Ok(self.run(sql, &[&nre, &lines, &booking]).await? == lines.len() as u64)
    }
}

/// The lines of a placement, in the order in which all who want them wait for each other.
fn lines(placement: &Placement) -> Vec<Int> {
    let mut lines: Vec<u8> = placement.appointments.iter().map(|wanted| wanted.line).collect();
    lines.sort_unstable();
    lines.into_iter().map(int).collect()
}
