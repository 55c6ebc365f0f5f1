//! Counting the free places of a schedule.

use chrono::NaiveDate;

use super::packed::PackedSession;
use super::window::RomeOffset;
use super::{ClassMask, PackedSchedule, WindowFilter};

impl PackedSchedule {
    /// Calls `each` with the day in Italy and the free slots of every session in the window: first
    /// those the request may claim, then those kept for others. Runs are not looked for: each free
    /// slot counts as one.
    pub fn count_free(&self, window: &WindowFilter, request: ClassMask, mut each: impl FnMut(NaiveDate, u32, u32)) {
        self.count(
            window,
            |_| true,
            |session, free| {
                let day = session.start.rome_date();
                if session.classes.admits(request) {
                    each(day, free, 0)
                } else {
                    each(day, 0, free)
                }
            },
        );
    }

    /// How many slots in the window are free and kept for others than the request.
    #[must_use]
    pub fn count_kept(&self, window: &WindowFilter, request: ClassMask) -> u32 {
        let mut kept = 0;
        if !self.everywhere.admits(request) {
            let others = |session: &PackedSession| !session.classes.admits(request);
            self.count(window, others, |_, free| kept += free);
        }
        kept
    }

    /// Calls `each` with the sessions that are wanted and have anything free in the window, and how much.
    fn count(
        &self,
        window: &WindowFilter,
        wanted: impl Fn(&PackedSession) -> bool,
        mut each: impl FnMut(&PackedSession, u32),
    ) {
        let mut rome = RomeOffset::new();
        let plain = window.is_plain();
        for session in &self.sessions[self.first_session(window.from)..] {
            if session.start >= window.to {
                break;
            }
            if !wanted(session) {
                continue;
            }
            let free = if plain && session.start >= window.from && session.end() <= window.to {
                self.bytes(session).iter().map(|byte| byte.count_ones()).sum()
            } else {
                self.count_in(session, window, &mut rome)
            };
            if free > 0 {
                each(session, free);
            }
        }
    }

    fn count_in(&self, session: &PackedSession, window: &WindowFilter, rome: &mut RomeOffset) -> u32 {
        let mut free = 0;
        for slot in 0..session.slots {
            let start = session.slot_start(slot);
            if window.admits(start, rome.at(start)) {
                let places = (0..session.places).filter(|place| self.bit(session, slot, *place));
                free += u32::try_from(places.count()).unwrap_or(u32::MAX);
            }
        }
        free
    }
}
