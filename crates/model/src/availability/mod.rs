//! Availability: all sessions of a schedule in columns and bitmaps.
//!
//! [`ScheduleAvailability`] is the plain form; [`ScheduleAvailability::encode`] packs it into one row, which is
//! what the mirror stores and chunks carry. [`PackedSchedule`] is the compact form that search reads.
//!
//! # The packed row
//!
//! Version byte `2`, then the number of sessions, then columns in this order, each run-length coded
//! as pairs of varints `(repetitions, value)` until all sessions are covered: start delta to the previous start in units of
//! five minutes (zig-zag against the delta before), step in units of five minutes, slots, places, revision,
//! class bits. Then the bits of all sessions one after the other without gaps, filled up with zeros to whole bytes at the end:
//! of each session bit `slot * places + place`, least significant first, 1 is free. The same sessions give the same bytes.

mod bits;
mod codec;
mod columns;
mod count;
mod cursor;
mod packed;
mod window;

use crate::access::AccessType;
use crate::ids::ScheduleId;
use crate::priority::Priority;
use crate::time::Minute;

pub use bits::FreeBits;
pub use codec::AvailabilityError;
pub use cursor::{FreeCursor, FreeSlot};
pub use packed::{PackedSchedule, Stretch};
pub use window::WindowFilter;

/// Most sessions of one schedule.
pub const MAX_SESSIONS: usize = 4_096;
/// Most slots times places of one session.
pub const MAX_BITS: usize = 4_096;
/// Most minutes of one slot.
pub const MAX_STEP: u16 = 720;

/// For whom the free places of a session may be claimed now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassMask(pub u8);

impl ClassMask {
    /// Everybody.
    pub const ALL: ClassMask = ClassMask(0b1_1111);
    /// Nobody.
    pub const NONE: ClassMask = ClassMask(0);
    /// Follow-ups.
    pub const FOLLOW_UP: ClassMask = ClassMask(0b1_0000);
    /// First accesses of every class.
    pub const FIRST: ClassMask = ClassMask(0b0_1111);

    /// The one bit of a class.
    #[must_use]
    pub fn class(class: Priority) -> Self {
        Self(1 << class as u8)
    }

    /// The one bit of a request: its class, or follow-up. A first access without a class asks as P.
    #[must_use]
    pub fn request(access: AccessType, class: Option<Priority>) -> Self {
        match access {
            AccessType::FollowUp => Self::FOLLOW_UP,
            AccessType::First => Self::class(class.unwrap_or(Priority::P)),
        }
    }

    /// Whether any bit of the other is set.
    #[must_use]
    pub fn admits(self, request: ClassMask) -> bool {
        self.0 & request.0 != 0
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: ClassMask) -> Self {
        Self(self.0 | other.0)
    }

    /// Without the bits of the other.
    #[must_use]
    pub fn without(self, other: ClassMask) -> Self {
        Self(self.0 & !other.0)
    }
}

/// One session and what is free in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAvailability {
    /// When the first slot starts; on the five-minute grid.
    pub start: Minute,
    /// Minutes of a slot, a multiple of five.
    pub step: u16,
    /// Slots one after the other; zero stands for a session that is gone.
    pub slots: u16,
    /// Parallel places.
    pub places: u16,
    /// Rises when the owner publishes the session anew.
    pub revision: u32,
    /// For whom the free places may be claimed now.
    pub classes: ClassMask,
    /// Bit `slot * places + place`.
    pub free: FreeBits,
}

impl SessionAvailability {
    /// The instant after the last slot.
    #[must_use]
    pub fn end(&self) -> Minute {
        self.start.plus(i32::from(self.step) * i32::from(self.slots))
    }

    /// The slot that starts at an instant, exactly.
    #[must_use]
    pub fn slot_at(&self, start: Minute) -> Option<u16> {
        let offset = start.0.checked_sub(self.start.0)?;
        let step = i32::from(self.step);
        if offset < 0 || step == 0 || offset % step != 0 {
            return None;
        }
        u16::try_from(offset / step).ok().filter(|slot| *slot < self.slots)
    }

    /// When a slot starts.
    #[must_use]
    pub fn slot_start(&self, slot: u16) -> Minute {
        self.start.plus(i32::from(self.step) * i32::from(slot))
    }

    /// Slots that a service of so many minutes needs.
    #[must_use]
    pub fn run_of(&self, minutes: u16) -> u16 {
        if self.step == 0 {
            1
        } else {
            minutes.div_ceil(self.step).max(1)
        }
    }
}

/// A slot as [`ScheduleAvailability::slot`] finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotView {
    /// Nobody has it.
    pub free: bool,
    /// Revision of its session.
    pub revision: u32,
    /// Minutes of the slot.
    pub step: u16,
    /// For whom it may be claimed.
    pub classes: ClassMask,
    /// Slots from this one to the end of the session, this one included.
    pub remaining: u16,
}

/// All sessions of a schedule, by rising start, without overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleAvailability {
    /// The schedule; not part of the packed row.
    pub schedule: ScheduleId,
    /// Its sessions.
    pub sessions: Vec<SessionAvailability>,
}

impl ScheduleAvailability {
    /// Puts a session in the place of the one with the same start, or among the others. One without
    /// slots takes its namesake away.
    pub fn apply(&mut self, session: SessionAvailability) {
        match (
            self.sessions.binary_search_by_key(&session.start, |known| known.start),
            session.slots,
        ) {
            (Ok(at), 0) => drop(self.sessions.remove(at)),
            (Err(_), 0) => {}
            (Ok(at), _) => self.sessions[at] = session,
            (Err(at), _) => self.sessions.insert(at, session),
        }
    }

    /// The session with a start, exactly.
    #[must_use]
    pub fn session(&self, start: Minute) -> Option<&SessionAvailability> {
        self.sessions
            .binary_search_by_key(&start, |known| known.start)
            .ok()
            .map(|at| &self.sessions[at])
    }

    /// The same, to be changed.
    pub fn session_mut(&mut self, start: Minute) -> Option<&mut SessionAvailability> {
        let at = self.sessions.binary_search_by_key(&start, |known| known.start).ok()?;
        self.sessions.get_mut(at)
    }

    /// The slot that starts at an instant at a place, exactly: never the nearest.
    #[must_use]
    pub fn slot(&self, start: Minute, place: u16) -> Option<SlotView> {
        let after = self.sessions.partition_point(|session| session.start <= start);
        let session = self.sessions.get(after.checked_sub(1)?)?;
        let slot = session.slot_at(start)?;
        (place < session.places).then(|| SlotView {
            free: session
                .free
                .get(usize::from(slot) * usize::from(session.places) + usize::from(place)),
            revision: session.revision,
            step: session.step,
            classes: session.classes,
            remaining: session.slots - slot,
        })
    }

    /// Slots of all sessions, free or not.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.sessions
            .iter()
            .map(|session| usize::from(session.slots) * usize::from(session.places))
            .sum()
    }
}
