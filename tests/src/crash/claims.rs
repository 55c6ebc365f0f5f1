//! The bookings of the ledger as its file holds them, beside those of a record.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use lanterna_model::booking::{Appointment, BookingState};
use lanterna_model::ids::ScheduleId;
use lanterna_model::schedule::SlotKey;
use lanterna_model::time::Minute;
use lanterna_store::{ChangeKind, OperationRow, Settlement, StoredBooking};
use lanterna_wire::outcome::Outcome;
use rusqlite::{Connection, OpenFlags};

use super::Report;

const LIVE: u8 = 1;
const CANCELLED: u8 = 2;

/// A booking of the ledger.
pub(super) struct Claimed {
    /// 0 without a place, [`LIVE`] or [`CANCELLED`].
    pub(super) state: u8,
    places: BTreeSet<(u8, SlotKey, u16)>,
}

/// The bookings of the ledger, read from its file.
pub(super) fn claimed(ledger: &Path) -> Result<BTreeMap<String, Claimed>> {
    let db = Connection::open_with_flags(ledger, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut all = BTreeMap::new();
    let mut ids = BTreeMap::new();
    let mut select = db.prepare("SELECT id, number, state FROM bookings WHERE number IS NOT NULL")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let number: String = row.get(1)?;
        ids.insert(row.get::<_, i64>(0)?, number.clone());
        let (state, places) = (row.get(2)?, BTreeSet::new());
        all.insert(number, Claimed { state, places });
    }
    let mut select = db.prepare("SELECT booking, line, schedule, start, place, minutes FROM appointments")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let number = ids.get(&row.get(0)?).context("appointments of no booking")?;
        let place = SlotKey {
            schedule: ScheduleId(row.get(2)?),
            start: Minute(row.get(3)?),
            place: row.get(4)?,
        };
        let claimed = all.get_mut(number).context("appointments of no booking")?;
        claimed.places.insert((row.get(1)?, place, row.get(5)?));
    }
    Ok(all)
}

/// What the record says of a booking and what the ledger says of it.
pub(super) fn against_ledger(booking: &StoredBooking, claimed: Option<&Claimed>, report: &mut Report) {
    let number = &booking.number;
    let place = |it: &Appointment| (it.line, it.span.key(), it.span.minutes);
    let places: BTreeSet<_> = booking.appointments().iter().map(place).collect();
    let cancelled = |it: &OperationRow| {
        it.kind == ChangeKind::Cancel && it.settlement == Some(Settlement::Central(Outcome::Confirmed))
    };
    let sent = booking.operations.iter().any(|it| it.possibly_sent_at.is_some());
    let (lost, doubled) = (&mut report.lost, &mut report.doubled);
    match (booking.derived().state, claimed) {
        (BookingState::Confirmed, Some(claimed)) if claimed.state == LIVE && claimed.places == places => {}
        (BookingState::Confirmed, _) => lost.push(format!("booking {number} is confirmed and not in the ledger so")),
        (BookingState::Cancelled, Some(claimed)) if claimed.state == CANCELLED => {}
        (BookingState::Cancelled, _) if booking.operations.iter().any(cancelled) => {
            lost.push(format!("booking {number} is cancelled and not in the ledger so"));
        }
        (_, Some(_)) if !sent => doubled.push(format!("booking {number} was never sent and is in the ledger")),
        (_, Some(claimed)) if claimed.state == LIVE => {
            doubled.push(format!(
                "booking {number} has a place in the ledger and none in the record"
            ));
        }
        _ => {}
    }
}
