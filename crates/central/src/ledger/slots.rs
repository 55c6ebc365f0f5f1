//! A session and what its bits follow from. Nothing here is stored: free is what the owner did not
//! close and nobody claimed.

use lanterna_model::ids::ScheduleId;
use lanterna_model::schedule::{PublishedSession, SlotSpan};
use lanterna_model::time::{CELL_MINUTES, Minute};
use lanterna_wire::hold::ConflictReason;

/// What lies on a cell of a place. A higher kind outranks a lower one (rule 28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Kept while an operator confirms; never shown in the feed.
    Hold = 1,
    /// Set aside for a desk.
    Lease = 2,
    /// Booked.
    Booking = 3,
}

impl Kind {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        [Self::Hold, Self::Lease, Self::Booking]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// A claimed cell of five minutes at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaimedCell {
    /// Five-minute cells since 1970.
    pub cell: i32,
    pub place: u16,
    pub kind: Kind,
}

/// The cell in which a minute lies.
pub(crate) fn cell_of(minute: Minute) -> i32 {
    minute.0.div_euclid(i32::from(CELL_MINUTES))
}

/// The first cell that a span of time ending here does not touch.
pub(crate) fn cell_after(end: Minute) -> i32 {
    cell_of(end.plus(i32::from(CELL_MINUTES) - 1))
}

/// A session as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredSession {
    pub schedule: ScheduleId,
    pub published: PublishedSession,
    pub revision: u32,
    /// Classes whose quota has been released, one bit each.
    pub released: u8,
}

/// Slots of a session by what they are, each counted once by the highest claim on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotCounts {
    /// Open and unclaimed.
    pub free: u64,
    /// Kept for a moment.
    pub held: u64,
    /// Set aside for a desk.
    pub leased: u64,
    /// Booked.
    pub booked: u64,
    /// Closed by the owner and unclaimed.
    pub closed: u64,
}

impl SlotCounts {
    /// All of them: the capacity.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.free + self.held + self.leased + self.booked + self.closed
    }
}

impl std::ops::AddAssign for SlotCounts {
    fn add_assign(&mut self, more: Self) {
        self.free += more.free;
        self.held += more.held;
        self.leased += more.leased;
        self.booked += more.booked;
        self.closed += more.closed;
    }
}

impl StoredSession {
    pub(crate) fn end(&self) -> Minute {
        self.published
            .start
            .plus(i32::from(self.published.step) * i32::from(self.published.slots))
    }

    pub(crate) fn capacity(&self) -> u32 {
        u32::from(self.published.slots) * u32::from(self.published.places)
    }

    /// Whether a span lies exactly on open slots of this session and is long enough. Another
    /// revision does not matter; another start, length or place does (rule 26).
    pub(crate) fn fit(&self, span: &SlotSpan, at_least_minutes: u16) -> Result<(), ConflictReason> {
        let PublishedSession {
            start,
            step,
            slots,
            places,
            ..
        } = self.published;
        let offset = i64::from(span.start.0) - i64::from(start.0);
        let step_minutes = i64::from(step);
        let minutes = i64::from(span.minutes);
        let exact = offset >= 0
            && offset % step_minutes == 0
            && minutes > 0
            && minutes % step_minutes == 0
            && minutes >= i64::from(at_least_minutes)
            && offset + minutes <= step_minutes * i64::from(slots)
            && span.place < places;
        if !exact {
            return Err(ConflictReason::NoSuchSlot);
        }
        let first = offset / step_minutes;
        let last = first + minutes / step_minutes;
        let closed = (first..last)
            .filter_map(|slot| u16::try_from(slot).ok())
            .any(|slot| self.published.is_closed(slot, span.place));
        if closed { Err(ConflictReason::Closed) } else { Ok(()) }
    }

    /// The free bits that every desk may know: bit `slot * places + place`, least significant
    /// first, trailing zero bytes left out. Claims that are outside the session are skipped; the
    /// caller leaves holds out (rule 24).
    pub(crate) fn free_bits(&self, claims: impl IntoIterator<Item = (i32, u16)>) -> Vec<u8> {
        let bits = self.capacity() as usize;
        let mut free = vec![0xff_u8; bits.div_ceil(8)];
        if !bits.is_multiple_of(8)
            && let Some(last) = free.last_mut()
        {
            *last = 0xff >> (8 - bits % 8);
        }
        for (byte, closed) in free.iter_mut().zip(&self.published.closed) {
            *byte &= !closed;
        }
        for (cell, place) in claims {
            if let Some(bit) = self.bit_of(cell, place) {
                free[bit / 8] &= !(1 << (bit % 8));
            }
        }
        free.truncate(free.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1));
        free
    }

    /// Counts the slots by the highest claim on each.
    pub(crate) fn count(&self, claims: impl IntoIterator<Item = ClaimedCell>) -> SlotCounts {
        let mut top: Vec<Option<Kind>> = vec![None; self.capacity() as usize];
        for claim in claims {
            if let Some(bit) = self.bit_of(claim.cell, claim.place) {
                top[bit] = top[bit].max(Some(claim.kind));
            }
        }
        let mut counts = SlotCounts::default();
        for (bit, kind) in top.into_iter().enumerate() {
            let closed = self
                .published
                .closed
                .get(bit / 8)
                .is_some_and(|byte| byte & (1 << (bit % 8)) != 0);
            // Booked > leased > held > closed > free.
            *match kind {
                Some(Kind::Booking) => &mut counts.booked,
                Some(Kind::Lease) => &mut counts.leased,
                Some(Kind::Hold) => &mut counts.held,
                None if closed => &mut counts.closed,
                None => &mut counts.free,
            } += 1;
        }
        counts
    }

    fn bit_of(&self, cell: i32, place: u16) -> Option<usize> {
        let PublishedSession {
            start,
            step,
            slots,
            places,
            ..
        } = self.published;
        let minute = i64::from(cell) * i64::from(CELL_MINUTES) - i64::from(start.0);
        let slot = usize::try_from(minute.div_euclid(i64::from(step))).ok()?;
        (slot < usize::from(slots) && place < places).then(|| slot * usize::from(places) + usize::from(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> StoredSession {
        let published = PublishedSession {
            start: Minute(6000),
            step: 15,
            slots: 3,
            places: 3,
            closed: vec![0b0000_0010],
        };
        StoredSession {
            schedule: ScheduleId(1),
            published,
            revision: 1,
            released: 0,
        }
    }

    fn span(start: i32, place: u16, minutes: u16) -> SlotSpan {
        SlotSpan {
            schedule: ScheduleId(1),
            start: Minute(start),
            place,
            minutes,
            revision: 1,
        }
    }

    #[test]
    fn only_an_exact_match_is_a_match() {
        let session = session();
        assert_eq!(session.fit(&span(6015, 0, 15), 10), Ok(()));
        assert_eq!(session.fit(&span(6015, 2, 30), 20), Ok(()));
        for (start, place, minutes, least) in [
            (6010, 0, 15, 10),
            (6015, 3, 15, 10),
            (6015, 0, 20, 10),
            (6015, 0, 15, 16),
            (6030, 0, 30, 10),
            (5985, 0, 15, 10),
            (6015, 0, 0, 0),
        ] {
            assert_eq!(
                session.fit(&span(start, place, minutes), least),
                Err(ConflictReason::NoSuchSlot)
            );
        }
        assert_eq!(session.fit(&span(6000, 1, 15), 10), Err(ConflictReason::Closed));
    }

    #[test]
    fn a_claimed_cell_takes_its_whole_slot_and_foreign_places_take_none() {
        let session = session();
        // Nine slots, the second closed; a cell in the middle of the second row takes bit 4.
        let free = session.free_bits([(6020 / 5, 1), (6020 / 5, 7), (9000 / 5, 0)]);
        assert_eq!(free, vec![0b1110_1101, 0b1]);
        let counts = session.count([
            ClaimedCell {
                cell: 6020 / 5,
                place: 1,
                kind: Kind::Booking,
            },
            ClaimedCell {
                cell: 6025 / 5,
                place: 1,
                kind: Kind::Hold,
            },
            ClaimedCell {
                cell: 6000 / 5,
                place: 1,
                kind: Kind::Hold,
            },
        ]);
        assert_eq!(
            counts,
            SlotCounts {
                free: 7,
                held: 1,
                leased: 0,
                booked: 1,
                closed: 0
            }
        );
    }
}
