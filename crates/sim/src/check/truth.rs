//! Who has which place, kept a second time and in another way: from the answers of the ledger alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::{LeaseId, ResourceId, ScheduleId};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::{PublishedSession, Schedule, SlotSpan};
use lanterna_model::time::{CELL_MINUTES, Minute};
use uuid::Uuid;

use crate::violation::{Broken, Rule, Seen};

/// Whose a place is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// A booking of a desk.
    Booking(BookingNumber),
    /// Somebody else's, by the ledger's own number.
    Other(i64),
    /// Set aside for a desk.
    Lease(LeaseId),
}

/// What an owner has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placed {
    pub(crate) spans: Vec<SlotSpan>,
    /// Lines of a prescription.
    pub(crate) lines: Vec<(String, u8)>,
    pub(crate) class: Option<Priority>,
    /// Brought back to a ledger that had lost it: it may be one more than its class's quota.
    pub(crate) restored: bool,
}

/// A hold that was granted.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) desk: usize,
    pub(crate) spans: Vec<SlotSpan>,
    pub(crate) until: DateTime<Utc>,
}

/// A schedule and the sessions its owner published.
#[derive(Clone)]
struct Published {
    schedule: Schedule,
    /// Taken out of the region: known, and seen by nobody.
    removed: bool,
    sessions: BTreeMap<Minute, PublishedSession>,
}

/// A five-minute cell of a resource at a place.
type Cell = (ResourceId, i32, u16);

/// The places of the region and who has them.
#[derive(Clone, Default)]
pub(crate) struct Truth {
    schedules: BTreeMap<ScheduleId, Published>,
    claims: BTreeMap<Cell, Owner>,
    placed: BTreeMap<Owner, Placed>,
    lines: BTreeMap<(String, u8), BookingNumber>,
    pub(crate) holds: BTreeMap<Uuid, Held>,
}

fn cell(minute: Minute) -> i32 {
    minute.0.div_euclid(i32::from(CELL_MINUTES))
}

fn end(session: &PublishedSession) -> Minute {
    session.start.plus(i32::from(session.step) * i32::from(session.slots))
}

impl Truth {
    /// The owner publishes all sessions of a schedule.
    pub(crate) fn publish(&mut self, schedule: &Schedule, sessions: &[PublishedSession]) {
        let sessions = sessions
            .iter()
            .map(|session| (session.start, session.clone()))
            .collect();
        let published = Published {
            schedule: schedule.clone(),
            removed: false,
            sessions,
        };
        self.schedules.insert(schedule.id, published);
    }

    /// A schedule is taken out of the region.
    pub(crate) fn remove(&mut self, schedule: ScheduleId) {
        if let Some(published) = self.schedules.get_mut(&schedule) {
            published.removed = true;
            published.sessions.clear();
        }
    }

    pub(crate) fn schedule(&self, id: ScheduleId) -> Option<&Schedule> {
        self.schedules.get(&id).map(|published| &published.schedule)
    }

    pub(crate) fn schedule_mut(&mut self, id: ScheduleId) -> Option<&mut Schedule> {
        self.schedules.get_mut(&id).map(|published| &mut published.schedule)
    }

    pub(crate) fn session(&self, schedule: ScheduleId, start: Minute) -> Option<&PublishedSession> {
        self.schedules.get(&schedule)?.sessions.get(&start)
    }

    pub(crate) fn placed(&self, owner: &Owner) -> Option<&Placed> {
        self.placed.get(owner)
    }

    /// Bookings that have places.
    pub(crate) fn live(&self) -> usize {
        let owners = self.placed.keys();
        owners.filter(|owner| !matches!(owner, Owner::Lease(_))).count()
    }

    /// Whether another booking has a line of a prescription.
    pub(crate) fn line_of_another(&self, line: &(String, u8), booking: &BookingNumber) -> bool {
        self.lines.get(line).is_some_and(|other| other != booking)
    }

    /// Whether a span lies exactly on published slots, and whether the owner keeps one of them closed.
    pub(crate) fn fits(&self, span: &SlotSpan) -> (bool, bool) {
        let Some(published) = self.schedules.get(&span.schedule) else {
            return (false, false);
        };
        let Some((_, session)) = published.sessions.range(..=span.start).next_back() else {
            return (false, published.removed);
        };
        let (offset, step) = (span.start.0 - session.start.0, i32::from(session.step));
        let (minutes, slots) = (i32::from(span.minutes), i32::from(session.slots));
        let exact = offset % step == 0
            && minutes > 0
            && minutes % step == 0
            && (offset + minutes) / step <= slots
            && span.place < session.places;
        let shut = exact
            && (offset / step..(offset + minutes) / step)
                .filter_map(|slot| u16::try_from(slot).ok())
                .any(|slot| session.is_closed(slot, span.place));
        let open = published.schedule.open_on(span.start.rome_date());
        (exact, shut || !open || published.removed)
    }

    fn cells(&self, span: &SlotSpan) -> Vec<Cell> {
        let Some(published) = self.schedules.get(&span.schedule) else {
            return Vec::new();
        };
        let resource = published.schedule.resource;
        (cell(span.start)..cell(span.end()))
            .map(|cell| (resource, cell, span.place))
            .collect()
    }

    /// Gives places to somebody.
    pub(crate) fn place(&mut self, owner: Owner, placed: Placed) -> Seen {
        for span in &placed.spans {
            for cell in self.cells(span) {
                if let Some(other) = self.claims.insert(cell, owner.clone()) {
                    return Broken::new(
                        Rule::Capacity,
                        format!("{owner:?} was given {span:?}, which {other:?} has"),
                    );
                }
            }
        }
        if let Owner::Booking(number) = &owner {
            for line in &placed.lines {
                if let Some(other) = self.lines.insert(line.clone(), number.clone())
                    && other != *number
                {
                    return Broken::new(
                        Rule::Line,
                        format!("{number} was confirmed for line {} that {other} has", line.1),
                    );
                }
            }
        }
        self.placed.insert(owner, placed);
        Ok(())
    }

    /// Takes everything from somebody; answers with the places.
    pub(crate) fn let_go(&mut self, owner: &Owner) -> Vec<SlotSpan> {
        let Some(placed) = self.placed.remove(owner) else {
            return Vec::new();
        };
        for span in &placed.spans {
            for cell in self.cells(span) {
                self.claims.remove(&cell);
            }
        }
        for line in &placed.lines {
            self.lines.remove(line);
        }
        placed.spans
    }

    /// Whether somebody but `booking` has a part of a span, a lease but those that pass lies on it, or another
    /// desk than `desk` holds one.
    pub(crate) fn blocked(
        &self,
        span: &SlotSpan,
        desk: Option<usize>,
        booking: Option<&BookingNumber>,
        passing: &[LeaseId],
        now: DateTime<Utc>,
    ) -> bool {
        let cells: BTreeSet<Cell> = self.cells(span).into_iter().collect();
        let other = |cell: &Cell| match self.claims.get(cell) {
            Some(Owner::Booking(number)) => Some(number) != booking,
            Some(Owner::Lease(lease)) => !passing.contains(lease),
            Some(Owner::Other(_)) => true,
            None => false,
        };
        let held = |held: &Held| {
            Some(held.desk) != desk
                && held.until > now
                && held
                    .spans
                    .iter()
                    .any(|span| self.cells(span).iter().any(|cell| cells.contains(cell)))
        };
        cells.iter().any(other) || self.holds.values().any(held)
    }

    /// Who has a part of a span, leases first.
    pub(crate) fn owners_on(&self, span: &SlotSpan) -> Vec<Owner> {
        let cells = self.cells(span);
        let owners: BTreeSet<&Owner> = cells.iter().filter_map(|cell| self.claims.get(cell)).collect();
        let (leases, others): (Vec<&Owner>, Vec<&Owner>) =
            owners.into_iter().partition(|owner| matches!(owner, Owner::Lease(_)));
        leases.into_iter().chain(others).cloned().collect()
    }

    /// Holds of anybody on a span go.
    pub(crate) fn drop_holds_on(&mut self, span: &SlotSpan) {
        let mut holds = std::mem::take(&mut self.holds);
        let wanted: BTreeSet<Cell> = self.cells(span).into_iter().collect();
        holds.retain(|_, held| {
            let mut cells = held.spans.iter().flat_map(|span| self.cells(span));
            !cells.any(|cell| wanted.contains(&cell))
        });
        self.holds = holds;
    }

    /// Holds of a desk that are in the way of its own claim go.
    pub(crate) fn drop_own_holds(&mut self, desk: usize, spans: &[SlotSpan], except: Option<Uuid>) {
        let wanted: BTreeSet<Cell> = spans.iter().flat_map(|span| self.cells(span)).collect();
        let gone: Vec<Uuid> = self
            .holds
            .iter()
            .filter(|(id, held)| {
                held.desk == desk
                    && Some(**id) != except
                    && held
                        .spans
                        .iter()
                        .any(|span| self.cells(span).iter().any(|cell| wanted.contains(cell)))
            })
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            self.holds.remove(&id);
        }
    }

    /// The sessions that a span touches, those of the resource's other schedules included.
    pub(crate) fn touched(&self, span: &SlotSpan) -> Vec<(ScheduleId, Minute)> {
        let Some(published) = self.schedules.get(&span.schedule) else {
            return Vec::new();
        };
        let resource = published.schedule.resource;
        let alike = self
            .schedules
            .iter()
            .filter(|(_, other)| other.schedule.resource == resource);
        alike
            .flat_map(|(id, other)| {
                let before = other.sessions.range(..span.end());
                before
                    .rev()
                    .take(3)
                    .filter(|(_, session)| end(session) > span.start)
                    .map(|(start, _)| (*id, *start))
            })
            .collect()
    }

    /// All published sessions.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = (ScheduleId, Minute)> + '_ {
        self.schedules
            .iter()
            .flat_map(|(id, published)| published.sessions.keys().map(|start| (*id, *start)))
    }

    /// Schedules that are in the region.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Schedule> + '_ {
        self.schedules
            .values()
            .filter(|published| !published.removed)
            .map(|published| &published.schedule)
    }

    /// The slots of a session that somebody has, as positions of bits.
    pub(crate) fn taken(&self, schedule: ScheduleId, start: Minute) -> BTreeSet<usize> {
        let mut taken = BTreeSet::new();
        let Some(published) = self.schedules.get(&schedule) else {
            return taken;
        };
        let Some(session) = published.sessions.get(&start) else {
            return taken;
        };
        let resource = published.schedule.resource;
        let range = (resource, cell(session.start), 0)..(resource, cell(end(session)), 0);
        for ((_, cell, place), _) in self.claims.range(range) {
            let slot = (cell * i32::from(CELL_MINUTES) - session.start.0).div_euclid(i32::from(session.step));
            if *place < session.places
                && let Ok(slot) = usize::try_from(slot)
            {
                taken.insert(slot * usize::from(session.places) + usize::from(*place));
            }
        }
        taken
    }

    /// Slots of a session that bookings have, and those that are set aside and not booked.
    pub(crate) fn counted(&self, schedule: ScheduleId, start: Minute) -> (u64, u64) {
        let Some(published) = self.schedules.get(&schedule) else {
            return (0, 0);
        };
        let Some(session) = published.sessions.get(&start) else {
            return (0, 0);
        };
        let resource = published.schedule.resource;
        let range = (resource, cell(session.start), 0)..(resource, cell(end(session)), 0);
        let mut slots: BTreeMap<(i32, u16), bool> = BTreeMap::new();
        for ((_, cell, place), owner) in self.claims.range(range) {
            if *place < session.places {
                let slot = (cell * i32::from(CELL_MINUTES) - session.start.0).div_euclid(i32::from(session.step));
                let booked = slots.entry((slot, *place)).or_default();
                *booked |= !matches!(owner, Owner::Lease(_));
            }
        }
        let booked = slots.values().filter(|booked| **booked).count() as u64;
        (booked, slots.len() as u64 - booked)
    }

    /// The free bits that the feed has to tell of a session, without trailing zero bytes.
    pub(crate) fn free(&self, schedule: ScheduleId, start: Minute) -> Option<Vec<u8>> {
        let session = self.session(schedule, start)?;
        let taken = self.taken(schedule, start);
        let bits = usize::from(session.slots) * usize::from(session.places);
        let mut free = vec![0u8; bits.div_ceil(8)];
        for bit in 0..bits {
            let closed = session
                .closed
                .get(bit / 8)
                .is_some_and(|byte| byte & (1 << (bit % 8)) != 0);
            if !closed && !taken.contains(&bit) {
                free[bit / 8] |= 1 << (bit % 8);
            }
        }
        free.truncate(free.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1));
        Some(free)
    }

    /// Slots with a hold and nothing else on them, of all sessions.
    pub(crate) fn held_slots(&self) -> u64 {
        let mut slots = BTreeSet::new();
        for held in self.holds.values() {
            for span in &held.spans {
                let cells: BTreeSet<Cell> = self.cells(span).into_iter().collect();
                for (schedule, start) in self.touched(span) {
                    let taken = self.taken(schedule, start);
                    let Some(session) = self.session(schedule, start) else {
                        continue;
                    };
                    for (_, cell, place) in &cells {
                        let offset = cell * i32::from(CELL_MINUTES) - start.0;
                        let slot = offset.div_euclid(i32::from(session.step));
                        let inside = (0..i32::from(session.slots)).contains(&slot) && *place < session.places;
                        if let (true, Ok(slot)) = (inside, usize::try_from(slot)) {
                            let bit = slot * usize::from(session.places) + usize::from(*place);
                            if !taken.contains(&bit) {
                                slots.insert((schedule, start, bit));
                            }
                        }
                    }
                }
            }
        }
        slots.len() as u64
    }

    /// Appointments of a class in a session.
    pub(crate) fn of_class(&self, schedule: ScheduleId, start: Minute, class: Priority) -> usize {
        let Some(session) = self.session(schedule, start) else {
            return 0;
        };
        self.placed
            .values()
            // One that was restored may be one too many: the ledger gives it its place all the same.
            .filter(|placed| placed.class == Some(class) && !placed.restored)
            .flat_map(|placed| &placed.spans)
            .filter(|span| span.schedule == schedule && span.start >= start && span.start < end(session))
            .count()
    }
}
