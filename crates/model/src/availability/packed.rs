//! The compact form that search reads: a few bytes per session, one run of bits for all of them.

use super::codec::{Head, put_row, walk};
use super::columns::BitWriter;
use super::{AvailabilityError, ClassMask, FreeBits, ScheduleAvailability, SessionAvailability};
use crate::ids::ScheduleId;
use crate::time::Minute;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PackedSession {
    pub(super) start: Minute,
    /// First byte of its bits.
    offset: u32,
    pub(super) revision: u32,
    pub(super) slots: u16,
    pub(super) places: u16,
    pub(super) step: u16,
    pub(super) classes: ClassMask,
}

/// All sessions of a schedule, ready to be searched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PackedSchedule {
    pub(super) sessions: Vec<PackedSession>,
    bits: Vec<u8>,
    /// For whom the free places of every session may be claimed.
    pub(super) everywhere: ClassMask,
}

/// A session as a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// When its first slot starts.
    pub start: Minute,
    /// When its last slot starts.
    pub last: Minute,
    /// For whom anything is free in it.
    pub classes: ClassMask,
}

impl PackedSchedule {
    /// From the plain form.
    #[must_use]
    pub fn new(plain: &ScheduleAvailability) -> Self {
        let mut packed = Self {
            sessions: Vec::with_capacity(plain.sessions.len()),
            ..Self::default()
        };
        for session in &plain.sessions {
            packed.push(session);
        }
        packed.measure();
        packed
    }

    fn measure(&mut self) {
        let classes = self.sessions.iter().map(|session| session.classes.0);
        self.everywhere = ClassMask(classes.fold(u8::MAX, |all, one| all & one));
    }

    /// From a packed row, without the plain form in between.
    ///
    /// # Errors
    /// [`AvailabilityError`] when the row cannot be read.
    pub fn from_row(row: &[u8]) -> Result<Self, AvailabilityError> {
        let mut packed = Self::default();
        packed.bits.reserve(row.len());
        walk(row, |count, head, bytes| {
            if packed.sessions.is_empty() {
                packed.sessions.reserve_exact(count);
            }
            packed.sessions.push(PackedSession {
                start: head.start,
                // Bounded by the sessions of a schedule times the bits of a session.
                offset: u32::try_from(packed.bits.len()).unwrap_or(u32::MAX),
                revision: head.revision,
                slots: head.slots,
                places: head.places,
                step: head.step,
                classes: head.classes,
            });
            packed.bits.extend_from_slice(bytes);
        })?;
        packed.bits.shrink_to_fit();
        packed.measure();
        Ok(packed)
    }

    /// The free bits of one session and for whom they are, as a change tells them. `false` when no
    /// session starts there.
    pub fn update(&mut self, start: Minute, classes: ClassMask, free: &[u8]) -> bool {
        let Ok(at) = self.sessions.binary_search_by_key(&start, |session| session.start) else {
            return false;
        };
        let session = &mut self.sessions[at];
        let others = std::mem::replace(&mut session.classes, classes);
        let len = usize::from(session.slots) * usize::from(session.places);
        let bits = FreeBits::from_bytes(free, len);
        let offset = session.offset as usize;
        self.bits[offset..offset + bits.as_bytes().len()].copy_from_slice(bits.as_bytes());
        if others != classes {
            self.measure();
        }
        true
    }

    /// The packed row again.
    #[must_use]
    pub fn to_row(&self) -> Vec<u8> {
        let mut row = Vec::with_capacity(16 + self.sessions.len() * 4);
        let heads = self.sessions.iter().map(|session| Head {
            start: session.start,
            step: session.step,
            slots: session.slots,
            places: session.places,
            revision: session.revision,
            classes: session.classes,
        });
        put_row(&mut row, heads);
        let mut bits = BitWriter::new(&mut row);
        for session in &self.sessions {
            bits.put(
                self.bytes(session),
                usize::from(session.slots) * usize::from(session.places),
            );
        }
        row
    }

    /// The plain form again.
    #[must_use]
    pub fn to_plain(&self, schedule: ScheduleId) -> ScheduleAvailability {
        let sessions = self
            .sessions
            .iter()
            .map(|session| {
                let len = usize::from(session.slots) * usize::from(session.places);
                SessionAvailability {
                    start: session.start,
                    step: session.step,
                    slots: session.slots,
                    places: session.places,
                    revision: session.revision,
                    classes: session.classes,
                    free: FreeBits::from_bytes(&self.bits[session.offset as usize..], len),
                }
            })
            .collect();
        ScheduleAvailability { schedule, sessions }
    }

    /// Sessions.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Slots of all sessions, free or not.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.sessions
            .iter()
            .map(|session| usize::from(session.slots) * usize::from(session.places))
            .sum()
    }

    /// Bytes it takes in memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.sessions.capacity() * size_of::<PackedSession>() + self.bits.capacity()
    }

    /// Whether a run of slots is free, exactly as named.
    #[must_use]
    pub fn is_free(&self, start: Minute, place: u16, minutes: u16) -> bool {
        self.run_at(start, place, minutes)
            .is_some_and(|(session, slot, run)| self.run_free(&session, slot, place, run))
    }

    /// Whether a run of slots exists, free or not: starts on a slot, ends on one, inside one session.
    #[must_use]
    pub fn exists(&self, start: Minute, place: u16, minutes: u16) -> bool {
        self.run_at(start, place, minutes).is_some()
    }

    /// When the last slot of the session that starts at an instant starts.
    #[must_use]
    pub fn last_slot(&self, start: Minute) -> Option<Minute> {
        let at = self
            .sessions
            .binary_search_by_key(&start, |session| session.start)
            .ok()?;
        let session = &self.sessions[at];
        Some(session.slot_start(session.slots.saturating_sub(1)))
    }

    /// For whom the session around an instant may be claimed.
    #[must_use]
    pub fn classes_at(&self, start: Minute) -> Option<ClassMask> {
        let after = self.sessions.partition_point(|session| session.start <= start);
        self.sessions.get(after.checked_sub(1)?).map(|session| session.classes)
    }

    /// Every session as a stretch of time with what it has to offer, by rising start.
    pub fn stretches(&self) -> impl Iterator<Item = Stretch> + '_ {
        self.sessions.iter().map(|session| Stretch {
            start: session.start,
            last: session.slot_start(session.slots.saturating_sub(1)),
            classes: if self.any_free(session) {
                session.classes
            } else {
                ClassMask::NONE
            },
        })
    }

    /// For whom anything may be free in the sessions that reach into a stretch of time: never too few, too many
    /// where a session reaches beyond it.
    #[must_use]
    pub fn offers_between(&self, from: Minute, to: Minute) -> ClassMask {
        let mut classes = ClassMask::NONE;
        for session in &self.sessions[self.first_session(from)..] {
            if session.start >= to {
                break;
            }
            if self.any_free(session) {
                classes = classes.with(session.classes);
            }
        }
        classes
    }

    fn push(&mut self, session: &SessionAvailability) {
        self.sessions.push(PackedSession {
            start: session.start,
            offset: u32::try_from(self.bits.len()).unwrap_or(u32::MAX),
            revision: session.revision,
            slots: session.slots,
            places: session.places,
            step: session.step,
            classes: session.classes,
        });
        self.bits.extend_from_slice(session.free.as_bytes());
    }

    /// The first session that is not over at an instant.
    pub(super) fn first_session(&self, from: Minute) -> usize {
        self.sessions.partition_point(|session| session.end() <= from)
    }

    pub(super) fn bytes(&self, session: &PackedSession) -> &[u8] {
        let len = usize::from(session.slots) * usize::from(session.places);
        &self.bits[session.offset as usize..session.offset as usize + len.div_ceil(8)]
    }

    fn any_free(&self, session: &PackedSession) -> bool {
        self.bytes(session).iter().any(|byte| *byte != 0)
    }

    pub(super) fn bit(&self, session: &PackedSession, slot: u16, place: u16) -> bool {
        let at = usize::from(slot) * usize::from(session.places) + usize::from(place);
        self.bits[session.offset as usize + at / 8] & (1 << (at % 8)) != 0
    }

    pub(super) fn run_free(&self, session: &PackedSession, slot: u16, place: u16, run: u16) -> bool {
        slot + run <= session.slots && (slot..slot + run).all(|slot| self.bit(session, slot, place))
    }

    fn run_at(&self, start: Minute, place: u16, minutes: u16) -> Option<(PackedSession, u16, u16)> {
        let after = self.sessions.partition_point(|session| session.start <= start);
        let session = *self.sessions.get(after.checked_sub(1)?)?;
        let offset = start.0 - session.start.0;
        let step = i32::from(session.step);
        if offset % step != 0 || minutes == 0 || !minutes.is_multiple_of(session.step) || place >= session.places {
            return None;
        }
        let slot = u16::try_from(offset / step).ok()?;
        let run = minutes / session.step;
        (slot < session.slots && run <= session.slots - slot).then_some((session, slot, run))
    }

    /// The next slot, at or after one, in which any place is free.
    pub(super) fn next_with_free(&self, session: &PackedSession, slot: u16) -> Option<u16> {
        let bytes = self.bytes(session);
        let from = usize::from(slot) * usize::from(session.places);
        let mut at = from / 8;
        let mut byte = *bytes.get(at)? & (0xffu8 << (from % 8));
        while byte == 0 {
            at += 1;
            byte = *bytes.get(at)?;
        }
        let bit = at * 8 + byte.trailing_zeros() as usize;
        u16::try_from(bit / usize::from(session.places)).ok()
    }
}

impl PackedSession {
    pub(super) fn end(&self) -> Minute {
        self.start.plus(i32::from(self.step) * i32::from(self.slots))
    }

    pub(super) fn slot_start(&self, slot: u16) -> Minute {
        self.start.plus(i32::from(self.step) * i32::from(slot))
    }
}

#[cfg(test)]
mod tests;
