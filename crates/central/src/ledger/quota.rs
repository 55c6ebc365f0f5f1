//! Places kept for priority classes, and when they are kept no longer.
//!
//! A quota is the most appointments of one class in one session. Each takes a ticket, a row under
//! the key (session, class, n), so that two transactions cannot both take the last (rule 25).
//! Releases are committed by the sweeper, or by whoever comes first after they are due; what the
//! feed says follows from what is committed, never from the clock (rule 24).

use lanterna_model::availability::ClassMask;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::Schedule;
use lanterna_model::time::Minute;

/// Number of a class: its bit in a mask and its key in the tickets.
pub(crate) fn class_number(class: Priority) -> u8 {
    class as u8
}

/// Most appointments of a class in a session; `None` where nothing limits it (any more).
pub(crate) fn limit(schedule: &Schedule, released: u8, class: Priority) -> Option<u16> {
    if released & (1 << class_number(class)) != 0 {
        return None;
    }
    schedule
        .quotas
        .iter()
        .filter(|quota| quota.class == class)
        .map(|quota| quota.per_session)
        .min()
}

/// The lowest ticket that is not among those taken, which are in rising order.
pub(crate) fn lowest_free(taken: &[u16], most: u16) -> Option<u16> {
    if taken.len() >= usize::from(most) {
        return None;
    }
    (1..=most).find(|number| taken.binary_search(number).is_err())
}

/// For whom the free places of a session may be claimed, given the tickets that bookings took.
pub(crate) fn classes(schedule: &Schedule, released: u8, booked: [u32; 4]) -> ClassMask {
    let mut mask = ClassMask::NONE;
    if schedule.services.iter().any(|service| service.first) {
        for class in Priority::ALL {
            let taken = booked[usize::from(class_number(class))];
            if limit(schedule, released, class).is_none_or(|most| taken < u32::from(most)) {
                mask = mask.with(ClassMask::class(class));
            }
        }
    }
    if schedule.services.iter().any(|service| service.follow_up) {
        mask = mask.with(ClassMask::FOLLOW_UP);
    }
    mask
}

/// The classes released by now, those of before included. A release is never taken back.
pub(crate) fn released_by(schedule: &Schedule, start: Minute, released: u8, now: Minute) -> u8 {
    schedule.quotas.iter().fold(released, |mask, quota| {
        if release_at(start, quota.release_hours) <= now {
            mask | 1 << class_number(quota.class)
        } else {
            mask
        }
    })
}

/// When the next quota of a session is released.
pub(crate) fn next_release(schedule: &Schedule, start: Minute, released: u8) -> Option<Minute> {
    schedule
        .quotas
        .iter()
        .filter(|quota| released & (1 << class_number(quota.class)) == 0)
        .map(|quota| release_at(start, quota.release_hours))
        .min()
}

fn release_at(start: Minute, hours: u16) -> Minute {
    start.plus(-60 * i32::from(hours))
}
