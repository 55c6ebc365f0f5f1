//! The compact form that search reads: a few bytes per session, one run of bits for all of them.

use chrono::NaiveDate;

use super::window::RomeOffset;
use super::{AvailabilityError, ClassMask, FreeBits, ScheduleAvailability, SessionAvailability, WindowFilter};
use crate::ids::ScheduleId;
use crate::time::Minute;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PackedSession {
    start: Minute,
    /// First byte of its bits.
    offset: u32,
    revision: u32,
    slots: u16,
    places: u16,
    step: u16,
    classes: ClassMask,
}

/// All sessions of a schedule, ready to be searched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PackedSchedule {
    sessions: Vec<PackedSession>,
    bits: Vec<u8>,
}

/// A free run of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeSlot {
    /// When it starts.
    pub start: Minute,
    /// At which place: the lowest that is free.
    pub place: u16,
    /// Minutes of the whole run.
    pub minutes: u16,
    /// Revision of its session.
    pub revision: u32,
}

/// Where a search stands in a schedule: eight bytes, no allocation.
#[derive(Clone, Copy, Debug)]
pub struct FreeCursor {
    session: u32,
    slot: u16,
}

impl PackedSchedule {
    /// From the plain form.
    #[must_use]
    pub fn new(plain: &ScheduleAvailability) -> Self {
        let mut packed = Self {
            sessions: Vec::with_capacity(plain.sessions.len()),
            bits: Vec::new(),
        };
        for session in &plain.sessions {
            packed.push(session);
        }
        packed
    }

    /// From a packed row.
    ///
    /// # Errors
    /// [`AvailabilityError`] when the row cannot be read.
    pub fn from_row(schedule: ScheduleId, row: &[u8]) -> Result<Self, AvailabilityError> {
        Ok(Self::new(&ScheduleAvailability::decode(schedule, row)?))
    }

    /// The free bits of one session and for whom they are, as a change tells them. `false` when no
    /// session starts there.
    pub fn update(&mut self, start: Minute, classes: ClassMask, free: &[u8]) -> bool {
        let Ok(at) = self.sessions.binary_search_by_key(&start, |session| session.start) else {
            return false;
        };
        let session = &mut self.sessions[at];
        session.classes = classes;
        let len = usize::from(session.slots) * usize::from(session.places);
        let bits = FreeBits::from_bytes(free, len);
        let offset = session.offset as usize;
        self.bits[offset..offset + bits.as_bytes().len()].copy_from_slice(bits.as_bytes());
        true
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

    /// For whom the session around an instant may be claimed.
    #[must_use]
    pub fn classes_at(&self, start: Minute) -> Option<ClassMask> {
        let after = self.sessions.partition_point(|session| session.start <= start);
        self.sessions.get(after.checked_sub(1)?).map(|session| session.classes)
    }

    /// Calls `each` with the day in Italy and the free slots of every session in the window: first
    /// those the request may claim, then those kept for others. Runs are not looked for: each free
    /// slot counts as one.
    pub fn count_free(&self, window: &WindowFilter, request: ClassMask, mut each: impl FnMut(NaiveDate, u32, u32)) {
        let mut rome = RomeOffset::new();
        let first = self.first_session(window.from);
        for session in &self.sessions[first..] {
            if session.start >= window.to {
                break;
            }
            let mut free = 0;
            for slot in 0..session.slots {
                let start = session.slot_start(slot);
                if window.admits(start, rome.at(start)) {
                    let places = (0..session.places)
                        .filter(|place| self.bit(session, slot, *place))
                        .count();
                    free += u32::try_from(places).unwrap_or(u32::MAX);
                }
            }
            if free > 0 {
                let day = session.start.rome_date();
                if session.classes.admits(request) {
                    each(day, free, 0)
                } else {
                    each(day, 0, free)
                }
            }
        }
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
    fn first_session(&self, from: Minute) -> usize {
        self.sessions.partition_point(|session| session.end() <= from)
    }

    fn bit(&self, session: &PackedSession, slot: u16, place: u16) -> bool {
        let at = usize::from(slot) * usize::from(session.places) + usize::from(place);
        self.bits[session.offset as usize + at / 8] & (1 << (at % 8)) != 0
    }

    fn run_free(&self, session: &PackedSession, slot: u16, place: u16, run: u16) -> bool {
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
    fn next_with_free(&self, session: &PackedSession, slot: u16) -> Option<u16> {
        let len = usize::from(session.slots) * usize::from(session.places);
        let bytes = &self.bits[session.offset as usize..session.offset as usize + len.div_ceil(8)];
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
    fn end(&self) -> Minute {
        self.start.plus(i32::from(self.step) * i32::from(self.slots))
    }

    fn slot_start(&self, slot: u16) -> Minute {
        self.start.plus(i32::from(self.step) * i32::from(slot))
    }
}

impl FreeCursor {
    /// At the first session that is not over at an instant.
    #[must_use]
    pub fn new(schedule: &PackedSchedule, from: Minute) -> Self {
        Self {
            session: u32::try_from(schedule.first_session(from)).unwrap_or(u32::MAX),
            slot: 0,
        }
    }

    /// The next free run in the window that `request` may claim, and moves behind its start: one
    /// per start, at the lowest place that is free and not `taken`. `taken` is asked with start,
    /// place and minutes.
    pub fn next(
        &mut self,
        schedule: &PackedSchedule,
        service_minutes: u16,
        request: ClassMask,
        window: &WindowFilter,
        mut taken: impl FnMut(Minute, u16, u16) -> bool,
    ) -> Option<FreeSlot> {
        let mut rome = RomeOffset::new();
        while let Some(session) = schedule.sessions.get(self.session as usize) {
            if session.start >= window.to {
                self.session = u32::MAX;
                return None;
            }
            let run = service_minutes.div_ceil(session.step).max(1);
            if session.classes.admits(request) {
                while let Some(slot) = schedule.next_with_free(session, self.slot) {
                    self.slot = slot + 1;
                    let start = session.slot_start(slot);
                    if run > session.slots - slot {
                        break;
                    }
                    if !window.admits(start, if window.is_plain() { 0 } else { rome.at(start) }) {
                        continue;
                    }
                    let minutes = run * session.step;
                    let place = (0..session.places)
                        .find(|place| schedule.run_free(session, slot, *place, run) && !taken(start, *place, minutes));
                    if let Some(place) = place {
                        return Some(FreeSlot {
                            start,
                            place,
                            minutes,
                            revision: session.revision,
                        });
                    }
                }
            }
            self.session += 1;
            self.slot = 0;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn schedule()(
            sessions in prop::collection::vec(
                (1i32..400, 1u16..7, 1u16..20, 1u16..4, 0u8..32, prop::collection::vec(any::<u8>(), 8)), 0..25,
            )
        ) -> ScheduleAvailability {
            // Around the October change of the clock.
            let mut at = Minute::containing("2026-10-23T00:00:00Z".parse().unwrap()).0 / 5;
            let sessions = sessions.into_iter().map(|(gap, step, slots, places, classes, bytes)| {
                let session = SessionAvailability {
                    start: Minute((at + gap) * 5), step: step * 5, slots, places, revision: 3,
                    classes: ClassMask(classes),
                    free: FreeBits::from_bytes(&bytes, usize::from(slots) * usize::from(places)),
                };
                at += gap + i32::from(step * slots);
                session
            }).collect();
            ScheduleAvailability { schedule: ScheduleId(1), sessions }
        }
    }

    prop_compose! {
        fn window()(from in 0i32..40_000, length in 0i32..60_000, weekdays in 1u8..128, day_from in 0u16..1_440, hours in 0u16..1_440)
            -> WindowFilter {
            let start = Minute::containing("2026-10-22T00:00:00Z".parse().unwrap());
            WindowFilter {
                from: start.plus(from), to: start.plus(from + length), weekdays, day_from,
                day_to: (day_from + hours).min(1_439),
            }
        }
    }

    fn naive(it: &ScheduleAvailability, minutes: u16, request: ClassMask, window: &WindowFilter) -> Vec<FreeSlot> {
        let mut found = Vec::new();
        for session in it.sessions.iter().filter(|session| session.classes.admits(request)) {
            let run = session.run_of(minutes);
            for slot in 0..session.slots {
                let start = session.slot_start(slot);
                if slot + run > session.slots || !window.admits(start, start.rome_offset_minutes()) {
                    continue;
                }
                let free = |place: u16| {
                    (slot..slot + run).all(|slot| {
                        session
                            .free
                            .get(usize::from(slot) * usize::from(session.places) + usize::from(place))
                    })
                };
                if let Some(place) = (0..session.places).find(|place| free(*place)) {
                    found.push(FreeSlot {
                        start,
                        place,
                        minutes: run * session.step,
                        revision: 3,
                    });
                }
            }
        }
        found
    }

    proptest! {
        #[test]
        fn the_cursor_finds_just_what_a_scan_finds(
            it in schedule(), minutes in 5u16..90, class in 0u8..5, window in window()
        ) {
            let packed = PackedSchedule::new(&it);
            let request = ClassMask(1 << class);
            let mut cursor = FreeCursor::new(&packed, window.from);
            let mut found = Vec::new();
            while let Some(slot) = cursor.next(&packed, minutes, request, &window, |_, _, _| false) {
                prop_assert!(packed.is_free(slot.start, slot.place, slot.minutes));
                found.push(slot);
            }
            prop_assert_eq!(found, naive(&it, minutes, request, &window));
        }

        #[test]
        fn the_compact_form_loses_nothing(it in schedule()) {
            prop_assert_eq!(PackedSchedule::new(&it).to_plain(ScheduleId(1)), it);
        }

        #[test]
        fn counting_agrees_with_a_scan(it in schedule(), class in 0u8..5, window in window()) {
            let packed = PackedSchedule::new(&it);
            let request = ClassMask(1 << class);
            let (mut offered, mut kept) = (0, 0);
            packed.count_free(&window, request, |_, free, other| { offered += free; kept += other; });
            let count = |admitted: bool| -> u32 {
                it.sessions.iter().filter(|session| session.classes.admits(request) == admitted).map(|session| {
                    (0..session.slots).filter(|slot| {
                        let start = session.slot_start(*slot);
                        window.admits(start, start.rome_offset_minutes())
                    }).map(|slot| (0..session.places).filter(|place| {
                        session.free.get(usize::from(slot) * usize::from(session.places) + usize::from(*place))
                    }).count()).sum::<usize>()
                }).sum::<usize>().try_into().unwrap()
            };
            prop_assert_eq!((offered, kept), (count(true), count(false)));
        }
    }

    #[test]
    fn a_taken_place_gives_way_to_the_next_one() {
        let it = ScheduleAvailability {
            schedule: ScheduleId(1),
            sessions: vec![SessionAvailability {
                start: Minute(29_000_000),
                step: 10,
                slots: 3,
                places: 2,
                revision: 1,
                classes: ClassMask::ALL,
                free: FreeBits::all(6),
            }],
        };
        let packed = PackedSchedule::new(&it);
        let window = WindowFilter::since(Minute(0));
        let mut cursor = FreeCursor::new(&packed, window.from);
        let first = cursor
            .next(&packed, 10, ClassMask::FOLLOW_UP, &window, |_, place, _| place == 0)
            .unwrap();
        assert_eq!((first.start, first.place), (Minute(29_000_000), 1));
    }
}
