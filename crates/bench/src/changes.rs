//! Changes as the feed brings them: somebody else books, and the session comes with what is left.

use lanterna_model::availability::ScheduleAvailability;
use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;
use lanterna_wire::Cursor;
use lanterna_wire::changes::{Change, Page};

use crate::draw::Draw;

/// A booking of somebody else.
#[derive(Clone, Debug)]
pub struct Booked {
    /// On which schedule.
    pub schedule: ScheduleId,
    /// Slots that are free no longer: start and place.
    pub taken: Vec<(Minute, u16)>,
    /// What the feed says.
    pub change: Change,
}

/// Goes on booking in a region, which it changes.
pub struct Others {
    draw: Draw,
    cursor: Cursor,
}

impl Others {
    /// From a cursor on.
    #[must_use]
    pub fn new(cursor: &Cursor, seed: u64) -> Self {
        Self {
            draw: Draw::new(seed),
            cursor: cursor.clone(),
        }
    }

    /// So many bookings all over the region, and the page that tells them. Fewer where nothing is free.
    pub fn book(&mut self, rows: &mut [ScheduleAvailability], count: usize) -> (Vec<Booked>, Page) {
        let mut booked = Vec::with_capacity(count);
        for _ in 0..count * 64 {
            if booked.len() == count || rows.is_empty() {
                break;
            }
            let row = self.draw.below(rows.len());
            booked.extend(self.one(&mut rows[row]));
        }
        let from = self.cursor.clone();
        self.cursor.seq += booked.len() as u64;
        self.cursor.digest = format!("{:016x}", self.draw.number());
        let page = Page {
            from,
            to: self.cursor.clone(),
            more: false,
            changes: booked.iter().map(|it| it.change.clone()).collect(),
        };
        (booked, page)
    }

    /// One or two slots of a session in which something is free.
    fn one(&mut self, row: &mut ScheduleAvailability) -> Option<Booked> {
        let at = self.draw.below(row.sessions.len());
        let session = row.sessions.get_mut(at)?;
        let bits = session.free.len();
        let first = (0..bits).find(|bit| session.free.get(*bit))?;
        let places = usize::from(session.places);
        let wanted = 1 + self.draw.below(2);
        let mut taken = Vec::new();
        for bit in (first..bits).step_by(places).take(wanted) {
            if session.free.get(bit) {
                session.free.set(bit, false);
                let slot = u16::try_from(bit / places).ok()?;
                taken.push((session.slot_start(slot), u16::try_from(bit % places).ok()?));
            }
        }
        Some(Booked {
            schedule: row.schedule,
            taken,
            change: Change::Session {
                schedule: row.schedule,
                start: session.start,
                classes: session.classes.0,
                free: session.free.as_bytes().to_vec(),
            },
        })
    }
}
