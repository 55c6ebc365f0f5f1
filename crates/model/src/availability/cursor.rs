//! Walking through the free places of a schedule.

use super::window::RomeOffset;
use super::{ClassMask, PackedSchedule, WindowFilter};
use crate::time::Minute;

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
