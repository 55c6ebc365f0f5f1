//! Other people's bookings: which place is taken next, and when somebody cancels. Pure: whoever
//! runs it says what time it is and carries the deeds out.

use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;

use super::seeded::{Purpose, Seeded};
use crate::ledger::PublishedSchedule;

/// Draws after which a turn is given up, when hardly anything is free.
const PATIENCE: usize = 64;
/// Cancellations out of a hundred deeds, once there is something to cancel.
const CANCELLATIONS: usize = 12;
/// Days ahead within which most people are looking.
const NEAR_DAYS: usize = 40;

/// What somebody else does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Books a place that was free in the region as it was made. Others may have it by now: then
    /// the refusal is all that happens.
    Book {
        /// The place.
        span: SlotSpan,
        /// The class of a first access; `None` for a follow-up.
        class: Option<Priority>,
    },
    /// Cancels one of the bookings that are still live: which, counted from 0.
    Cancel {
        /// Its place in the caller's list.
        which: usize,
    },
}

/// The bookings of others, one after the other. The same seed and region, asked at the same times,
/// give the same deeds.
#[derive(Clone, Debug)]
pub struct Background {
    draw: Seeded,
    schedules: Vec<PublishedSchedule>,
}

impl Background {
    pub(super) fn new(seed: u64, schedules: &[PublishedSchedule]) -> Self {
        Self {
            draw: Seeded::new(seed, Purpose::Background, 0),
            schedules: schedules.to_vec(),
        }
    }

    /// What happens next, at a time, when so many bookings of others are live. `None` when nothing
    /// free was met in a bounded number of draws.
    pub fn next(&mut self, now: Minute, live: usize) -> Option<Deed> {
        if live > 0 && self.draw.below(100) < CANCELLATIONS {
            return Some(Deed::Cancel {
                which: self.draw.below(live),
            });
        }
        (0..PATIENCE).find_map(|_| self.booking(now))
    }

    fn booking(&mut self, now: Minute) -> Option<Deed> {
        let at = self.draw.below(self.schedules.len());
        // The nearer of two days, most of the time: few look for a place in three months.
        let days = self.draw.below(NEAR_DAYS).min(self.draw.below(2 * NEAR_DAYS));
        let from = now.plus(i32::try_from(days * 24 * 60).unwrap_or(0) + 30);
        let PublishedSchedule { schedule, sessions } = self.schedules.get_mut(at)?;
        let offered = &schedule.services[self.draw.below(schedule.services.len())];
        let class = if offered.first && (!offered.follow_up || self.draw.permille(600)) {
            let class = *self.draw.pick(&Priority::ALL);
            let shut = schedule
                .quotas
                .iter()
                .any(|quota| quota.class == class && quota.per_session == 0);
            if shut {
                return None;
            }
            Some(class)
        } else {
            None
        };
        let first = sessions.partition_point(|session| session.start < from);
        let session = sessions.get_mut(first)?;
        if !schedule.open_on(session.start.rome_date()) {
            return None;
        }
        let needed = offered.minutes.div_ceil(session.step);
        let place = u16::try_from(self.draw.below(usize::from(session.places))).ok()?;
        let starts: Vec<u16> = (0..(session.slots + 1).saturating_sub(needed))
            .filter(|slot| (*slot..slot + needed).all(|slot| !session.is_closed(slot, place)))
            .collect();
        let slot = *starts.get(self.draw.below(starts.len()))?;
        for slot in slot..slot + needed {
            let bit = usize::from(slot) * usize::from(session.places) + usize::from(place);
            *session.closed.get_mut(bit / 8)? |= 1 << (bit % 8);
        }
        let span = SlotSpan {
            schedule: schedule.id,
            start: session.start.plus(i32::from(slot) * i32::from(session.step)),
            place,
            minutes: needed * session.step,
            revision: 1,
        };
        Some(Deed::Book { span, class })
    }
}
