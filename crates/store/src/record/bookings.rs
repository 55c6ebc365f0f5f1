//! Bookings: made, changed, withdrawn, put away. Each with its operation in the same transaction.

use chrono::{DateTime, Utc};
use lanterna_model::booking::{Appointment, BookingState};
use lanterna_model::booking_number::{BookingNumber, CancellationCode};
use lanterna_model::ids::LeaseId;
use lanterna_model::patient::Patient;
use lanterna_model::prescription::Prescription;
use lanterna_model::time::{Minute, Now};
use lanterna_wire::operation::{Action, BODY_VERSION, Operation, Placement};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::state::{ChangeKind, Derived, OperationRow, derive};
use super::{Record, Settlement, instant, number};
use crate::error::{StoreError, json, parsed};

/// A booking to be made.
pub struct NewBooking {
    /// Made when the form was opened.
    pub draft: Uuid,
    /// Id of its first operation.
    pub operation: Uuid,
    /// For whom.
    pub patient: Patient,
    /// By which prescription.
    pub prescription: Prescription,
    /// What and where.
    pub appointments: Vec<Appointment>,
    /// When the patient asked.
    pub requested_at: DateTime<Utc>,
    /// Start of the first availability that was proposed.
    pub first_proposed: Option<Minute>,
    /// Random.
    pub cancellation_code: CancellationCode,
    /// The hold to be consumed.
    pub hold: Option<Uuid>,
    /// The leases to be consumed, as [`crate::Stock::covering`] found them.
    pub leases: Vec<LeaseId>,
}

/// A change of a booking.
pub enum Change {
    /// Other places.
    Move {
        /// What and where.
        appointments: Vec<Appointment>,
        /// The hold to be consumed.
        hold: Option<Uuid>,
        /// The leases to be consumed.
        leases: Vec<LeaseId>,
    },
    /// No places.
    Cancel {
        /// Why.
        reason: String,
    },
}

/// A booking with its operations.
#[derive(Clone, Debug)]
pub struct StoredBooking {
    /// Its number.
    pub number: BookingNumber,
    /// The first placement: patient, prescription, request.
    pub placement: Placement,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When the operator put it away.
    pub given_up_at: Option<DateTime<Utc>>,
    /// Rises with every change.
    pub version: u32,
    /// Since when it is in its part of the queue.
    pub since: DateTime<Utc>,
    /// Its operations, oldest first; never empty.
    pub operations: Vec<OperationRow>,
}

impl StoredBooking {
    /// What its operations come to.
    #[must_use]
    pub fn derived(&self) -> Derived {
        derive(&self.operations)
    }

    /// Whether it has, or may still get, the places of its prescription lines: as long as it does, no
    /// other booking of them is made here.
    #[must_use]
    pub fn is_live(&self) -> bool {
        match self.derived().state {
            BookingState::Cancelled | BookingState::Rejected => false,
            BookingState::Conflict | BookingState::NeedsOperator => self.given_up_at.is_none(),
            _ => true,
        }
    }

    /// Until when the places it waits for are surely kept for it, while they are. Not where an earlier
    /// operation may have been sent and was not answered: it may have got another place (rule 7).
    #[must_use]
    pub fn guaranteed_until(&self, now: Now) -> Option<DateTime<Utc>> {
        let derived = self.derived();
        if derived.state != BookingState::Queued {
            return None;
        }
        let (before, rest) = self.operations.split_at_checked(derived.current)?;
        let unknown = |row: &OperationRow| row.settlement.is_none() && row.possibly_sent_at.is_some();
        if before.iter().any(unknown) {
            return None;
        }
        rest.first()?.guaranteed_until(now)
    }

    /// The appointments it has or is after.
    #[must_use]
    pub fn appointments(&self) -> &[Appointment] {
        self.operations
            .get(self.derived().current)
            .map_or(&[], |operation| &operation.appointments)
    }
}

impl Record<'_> {
    /// Writes a booking and its operation. The same draft again gives the number it has already.
    ///
    /// # Errors
    /// [`StoreError::AlreadyBooked`] when a line of the prescription has a live booking here;
    /// [`StoreError::NotEnrolled`]; [`StoreError::DiskFull`]: then nothing was written.
    pub fn add_booking(&self, new: NewBooking, now: DateTime<Utc>) -> Result<BookingNumber, StoreError> {
        if let Some(known) = self.booking_of_draft(new.draft)? {
            return Ok(known);
        }
        let enrolment = self.enrolment()?.ok_or(StoreError::NotEnrolled)?;
        let nre = new.prescription.nre.as_str().to_owned();
        for appointment in &new.appointments {
            if let Some(number) = self.live_line(&nre, appointment.line)? {
                return Err(StoreError::AlreadyBooked { number });
            }
        }
        let counter = u32::try_from(self.count("booking")?).unwrap_or(BookingNumber::MOST);
        let booking = BookingNumber::new(&enrolment.code, counter);
        let placement = Placement {
            patient: new.patient,
            prescription: new.prescription,
            appointments: new.appointments,
            requested_at: new.requested_at,
            first_proposed: new.first_proposed,
            cancellation_code: new.cancellation_code,
            hold: new.hold,
            leases: new.leases,
        };
        self.db.execute(
            "INSERT INTO bookings (number, draft, created_ms, placement, part, since_ms) VALUES (?1, ?2, ?3, ?4, 1, ?3)",
            params![booking.as_str(), new.draft.to_string(), now.timestamp_millis(), json("bookings", &placement)?],
        )?;
        for appointment in &placement.appointments {
            self.db.execute(
                "INSERT INTO live_lines (nre, line, booking) VALUES (?1, ?2, ?3)",
                params![nre, appointment.line, booking.as_str()],
            )?;
        }
        self.remember_patient(&placement.patient, now)?;
        let appointments = placement.appointments.clone();
        self.add_operation(
            &booking,
            new.operation,
            None,
            ChangeKind::Book,
            &appointments,
            Action::Book(Box::new(placement)),
            now,
        )?;
        Ok(booking)
    }

    /// Writes a change of a booking, behind all its other operations. `version` is that of the row
    /// the operator looked at.
    ///
    /// # Errors
    /// [`StoreError::UnknownBooking`], [`StoreError::Stale`], [`StoreError::WrongState`].
    pub fn add_change(
        &self,
        booking: &BookingNumber,
        version: u32,
        operation: Uuid,
        change: Change,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let stored = self.fresh(booking, version)?;
        let derived = stored.derived();
        let moving = matches!(change, Change::Move { .. });
        let stands = derived.state == BookingState::Confirmed;
        let settled = derived
            .pending
            .as_ref()
            .is_none_or(|pending| pending.state != BookingState::Queued);
        let allowed = match derived.state {
            // There is nothing to cancel.
            BookingState::Conflict | BookingState::Rejected => moving && settled,
            // The central may have given it a place: that is undone by a cancellation only.
            BookingState::NeedsOperator => settled && !stored.operations.is_empty(),
            BookingState::Cancelled => false,
            _ => settled,
        };
        if !allowed || (stored.given_up_at.is_some() && !stands) {
            return Err(StoreError::WrongState);
        }
        if stored.given_up_at.is_some() {
            // What was put away was an earlier change that failed; how this one ends is to be seen again.
            self.db.execute(
                "UPDATE bookings SET given_up_ms = NULL WHERE number = ?1",
                [booking.as_str()],
            )?;
        }
        let previous = stored
            .operations
            .iter()
            .rev()
            .find(|row| row.settlement != Some(Settlement::Withdrawn));
        let previous = previous.map(|row| row.id);
        match change {
            Change::Cancel { reason } => {
                self.add_operation(
                    booking,
                    operation,
                    previous,
                    ChangeKind::Cancel,
                    &[],
                    Action::Cancel { reason },
                    now,
                )?;
            }
            Change::Move {
                appointments,
                hold,
                leases,
            } => {
                // A rejected booking let its lines go: they are taken again.
                self.take_lines(&stored, booking)?;
                let placement = Placement {
                    appointments: appointments.clone(),
                    hold,
                    leases,
                    ..stored.placement
                };
                let action = Action::Move(Box::new(placement));
                self.add_operation(
                    booking,
                    operation,
                    previous,
                    ChangeKind::Move,
                    &appointments,
                    action,
                    now,
                )?;
            }
        }
        self.summarise(booking, now)
    }

    /// Takes back the operations of a booking that were never sent. `false` when one may have been:
    /// then only a chained cancellation undoes it (PROTOCOL.md, rule 17).
    ///
    /// # Errors
    /// [`StoreError::UnknownBooking`], [`StoreError::Stale`].
    pub fn withdraw(&self, booking: &BookingNumber, version: u32, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let stored = self.fresh(booking, version)?;
        let waiting: Vec<_> = stored
            .operations
            .iter()
            .filter(|row| row.settlement.is_none())
            .collect();
        if waiting.is_empty() || waiting.iter().any(|row| row.possibly_sent_at.is_some()) {
            return Ok(false);
        }
        self.db.execute(
            "UPDATE operations SET outcome = ?2, settled_ms = ?3 WHERE booking = ?1 AND outcome IS NULL",
            params![
                booking.as_str(),
                json("operations", &Settlement::Withdrawn)?,
                now.timestamp_millis()
            ],
        )?;
        for operation in waiting {
            self.renounce_named(i64::try_from(operation.number).unwrap_or(i64::MAX))?;
        }
        self.summarise(booking, now)?;
        Ok(true)
    }

    /// Puts away what needs a decision: a booking that has no place and shall get none, or the failed
    /// change of one that stands, which goes on standing.
    ///
    /// # Errors
    /// [`StoreError::UnknownBooking`], [`StoreError::Stale`], [`StoreError::WrongState`].
    pub fn give_up(&self, booking: &BookingNumber, version: u32, now: DateTime<Utc>) -> Result<(), StoreError> {
        let stored = self.fresh(booking, version)?;
        let derived = stored.derived();
        let lost = stored.operations.is_empty();
        if derived.waiting || (derived.trouble.is_none() && !lost) || stored.given_up_at.is_some() {
            return Err(StoreError::WrongState);
        }
        self.db.execute(
            "UPDATE bookings SET given_up_ms = ?2 WHERE number = ?1",
            params![booking.as_str(), now.timestamp_millis()],
        )?;
        self.summarise(booking, now)
    }

    /// A booking with its operations.
    ///
    /// # Errors
    /// When the file fails.
    pub fn booking(&self, booking: &BookingNumber) -> Result<Option<StoredBooking>, StoreError> {
        let row = self
            .db
            .prepare_cached(
                "SELECT placement, created_ms, given_up_ms, version, since_ms FROM bookings WHERE number = ?1",
            )?
            .query_row([booking.as_str()], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get(1)?,
                    row.get::<_, Option<i64>>(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            })
            .optional()?;
        let Some((placement, created, given_up, version, since)) = row else {
            return Ok(None);
        };
        Ok(Some(StoredBooking {
            number: booking.clone(),
            placement: parsed("bookings", &placement)?,
            created_at: instant(created),
            given_up_at: given_up.map(instant),
            version,
            since: instant(since),
            operations: self.operations(booking)?,
        }))
    }

    fn fresh(&self, booking: &BookingNumber, version: u32) -> Result<StoredBooking, StoreError> {
        let stored = self.booking(booking)?.ok_or(StoreError::UnknownBooking)?;
        if stored.version == version {
            Ok(stored)
        } else {
            Err(StoreError::Stale)
        }
    }

    /// The booking that came of a form, if one did.
    ///
    /// # Errors
    /// When the file fails.
    pub fn booking_of_draft(&self, draft: Uuid) -> Result<Option<BookingNumber>, StoreError> {
        let known: Option<String> = self
            .db
            .query_row(
                "SELECT number FROM bookings WHERE draft = ?1",
                [draft.to_string()],
                |row| row.get(0),
            )
            .optional()?;
        known.as_deref().map(number).transpose()
    }

    fn live_line(&self, nre: &str, line: u8) -> Result<Option<BookingNumber>, StoreError> {
        let known: Option<String> = self
            .db
            .query_row(
                "SELECT booking FROM live_lines WHERE nre = ?1 AND line = ?2",
                params![nre, line],
                |row| row.get(0),
            )
            .optional()?;
        known.as_deref().map(number).transpose()
    }

    fn take_lines(&self, stored: &StoredBooking, booking: &BookingNumber) -> Result<(), StoreError> {
        let nre = stored.placement.prescription.nre.as_str();
        for appointment in &stored.placement.appointments {
            match self.live_line(nre, appointment.line)? {
                Some(other) if other != *booking => {
                    return Err(StoreError::AlreadyBooked { number: other });
                }
                Some(_) => {}
                None => {
                    self.db.execute(
                        "INSERT INTO live_lines (nre, line, booking) VALUES (?1, ?2, ?3)",
                        params![nre, appointment.line, booking.as_str()],
                    )?;
                }
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)] // the columns of one row
    fn add_operation(
        &self,
        booking: &BookingNumber,
        id: Uuid,
        previous: Option<Uuid>,
        kind: ChangeKind,
        appointments: &[Appointment],
        action: Action,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let number = self.count("operation")?;
        let operation = Operation {
            version: BODY_VERSION,
            id,
            booking: booking.clone(),
            previous,
            created_at: now,
            action,
        };
        self.db.execute(
            "INSERT INTO operations (number, id, booking, previous, kind, body, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                number,
                id.to_string(),
                booking.as_str(),
                previous.map(|id| id.to_string()),
                kind.name(),
                json("operations", &operation)?,
                now.timestamp_millis()
            ],
        )?;
        if let Action::Book(placement) | Action::Move(placement) = &operation.action {
            self.name_leases(&placement.leases, number)?;
        }
        self.want(number, appointments)
    }

    /// Notes the places that an operation is after.
    pub(crate) fn want(&self, operation: i64, appointments: &[Appointment]) -> Result<(), StoreError> {
        let mut insert = self.db.prepare_cached(
            "INSERT OR IGNORE INTO wanted (operation, schedule, start, place, minutes) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for Appointment { span, .. } in appointments {
            insert.execute(params![
                operation,
                span.schedule.0,
                span.start.0,
                span.place,
                span.minutes
            ])?;
        }
        Ok(())
    }

    fn operations(&self, booking: &BookingNumber) -> Result<Vec<OperationRow>, StoreError> {
        let broken = || StoreError::Row { table: "operations" };
        let mut select = self.db.prepare_cached(
            "SELECT number, id, kind, body, created_ms, possibly_sent_ms, outcome, settled_ms FROM operations
             WHERE booking = ?1 ORDER BY number",
        )?;
        let mut rows = select.query([booking.as_str()])?;
        let mut operations = Vec::new();
        while let Some(row) = rows.next()? {
            let kind = ChangeKind::from_name(&row.get::<_, String>(2)?).ok_or_else(broken)?;
            let appointments = if kind == ChangeKind::Cancel {
                Vec::new()
            } else {
                match parsed::<Operation>("operations", &row.get::<_, String>(3)?)?.action {
                    Action::Book(placement) | Action::Move(placement) => placement.appointments,
                    Action::Cancel { .. } => Vec::new(),
                }
            };
            let outcome: Option<String> = row.get(6)?;
            let number: u64 = row.get(0)?;
            let terms = if outcome.is_none() {
                self.guarantee(number.cast_signed(), &appointments)?
            } else {
                Vec::new()
            };
            operations.push(OperationRow {
                number,
                id: row.get::<_, String>(1)?.parse().map_err(|_| broken())?,
                kind,
                appointments,
                created_at: instant(row.get(4)?),
                possibly_sent_at: row.get::<_, Option<i64>>(5)?.map(instant),
                settlement: outcome.map(|text| parsed("operations", &text)).transpose()?,
                settled_at: row.get::<_, Option<i64>>(7)?.map(instant),
                terms,
            });
        }
        Ok(operations)
    }

    /// Writes what follows from the operations: the part of the queue, and which lines are live.
    pub(crate) fn summarise(&self, booking: &BookingNumber, now: DateTime<Utc>) -> Result<(), StoreError> {
        let stored = self.booking(booking)?.ok_or(StoreError::UnknownBooking)?;
        let part = super::queue::part_of(&stored);
        self.db.execute(
            "UPDATE bookings SET version = version + 1, part = ?2,
                    since_ms = CASE WHEN part = ?2 AND ?2 <> 2 THEN since_ms ELSE ?3 END WHERE number = ?1",
            params![booking.as_str(), part as i64, now.timestamp_millis()],
        )?;
        if !stored.is_live() {
            self.drop_lines(booking)?;
        }
        Ok(())
    }

    /// Writes anew what follows from the operations of a booking that was saved from a damaged file.
    pub(crate) fn restate(&self, booking: &BookingNumber) -> Result<(), StoreError> {
        let stored = self.booking(booking)?.ok_or(StoreError::UnknownBooking)?;
        self.db.execute(
            "UPDATE bookings SET part = ?2 WHERE number = ?1",
            params![booking.as_str(), super::queue::part_of(&stored) as i64],
        )?;
        if stored.is_live() {
            match self.take_lines(&stored, booking) {
                // Two live bookings of one line: the older has it, and `verify` names the other.
                Ok(()) | Err(StoreError::AlreadyBooked { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        } else {
            self.drop_lines(booking)
        }
    }

    fn drop_lines(&self, booking: &BookingNumber) -> Result<(), StoreError> {
        self.db
            .execute("DELETE FROM live_lines WHERE booking = ?1", [booking.as_str()])?;
        Ok(())
    }
}
