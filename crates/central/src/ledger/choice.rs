//! Which places a desk gets: how its stock is shared among the services it books, in which order
//! schedules are looked at, which place of a session is taken, and what has to be left to everybody.

use lanterna_model::access::{AccessType, Channel, Channels};
use lanterna_model::availability::ClassMask;
use lanterna_model::geo::Coordinates;
use lanterna_model::ids::{DeskId, LocationId, ScheduleId};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::Schedule;
use lanterna_model::time::Minute;
use lanterna_wire::stock::Want;

use super::facts::ScheduleFacts;
use super::policy::LeasePolicy;
use super::quota;
use super::slots::{ClaimedCell, Kind, SlotCounts, StoredSession};
use super::stored::ClaimedSpan;

/// Schedules nearer than the next so many kilometres are alike, and the sooner place counts.
const BAND_KM: f64 = 10.0;
/// Schedules looked at for one want, the nearest first.
const SCHEDULES: usize = 24;
/// Number of a want that is for a follow-up; classes have theirs.
pub(crate) const FOLLOW_UP: u8 = 4;

/// The bit of those a want is for.
pub(crate) fn bit(class: Option<Priority>) -> ClassMask {
    class.map_or(ClassMask::FOLLOW_UP, ClassMask::class)
}

/// What a want is counted under.
pub(crate) fn number(class: Option<Priority>) -> u8 {
    class.map_or(FOLLOW_UP, quota::class_number)
}

pub(crate) fn access(class: Option<Priority>) -> AccessType {
    if class.is_some() {
        AccessType::First
    } else {
        AccessType::FollowUp
    }
}

/// The wants of a desk, or those of the policy where it names none; each once.
pub(crate) fn wants<'a>(named: &'a [Want], policy: &'a LeasePolicy) -> Vec<&'a Want> {
    let mut wants: Vec<&Want> = Vec::new();
    for want in if named.is_empty() { &policy.starters } else { named } {
        let known = wants
            .iter()
            .any(|it| (&it.service, it.class) == (&want.service, want.class));
        if !known {
            wants.push(want);
        }
    }
    wants
}

/// How many of `most` places each want gets: in proportion to its bookings, and one at least as far
/// as they go. Earlier wants go first among equals.
pub(crate) fn shares(most: usize, wants: &[&Want]) -> Vec<usize> {
    let mut shares: Vec<usize> = (0..wants.len()).map(|at| usize::from(at < most)).collect();
    for _ in wants.len()..most {
        // The one whose bookings weigh most for each place it would have then.
        let mut best = None;
        for (at, want) in wants.iter().enumerate() {
            let weight = (u64::from(want.bookings.max(1)), shares[at] as u64 + 1);
            if best.is_none_or(|(_, (bookings, places))| weight.0 * places > bookings * weight.1) {
                best = Some((at, weight));
            }
        }
        if let Some((at, _)) = best {
            shares[at] += 1;
        }
    }
    shares
}

/// A schedule that offers a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub schedule: ScheduleId,
    pub location: LocationId,
    /// The channels that see it now.
    pub channels: Channels,
    /// Live leases on it, whosever they are.
    pub leased: u32,
}

/// The schedules in the order in which they are looked at: bands of distance where the desk says
/// where its patients live, all alike where it does not. `own` tells the desk's leases on one.
pub(crate) fn bands(
    offers: &[Offer],
    policy: &LeasePolicy,
    (desk, channel): (DeskId, Channel),
    near: Option<&Coordinates>,
    whereabouts: impl Fn(LocationId) -> Option<Coordinates>,
    own: impl Fn(ScheduleId) -> usize,
) -> Vec<Vec<ScheduleId>> {
    let mut reached: Vec<(f64, ScheduleId)> = offers
        .iter()
        .filter(|offer| {
            offer.channels.contains(channel)
                && offer.leased < u32::from(policy.per_schedule)
                && own(offer.schedule) < usize::from(policy.per_desk_schedule)
        })
        .filter_map(|offer| {
            let Some(near) = near else {
                return Some((0.0, offer.schedule));
            };
            let km = whereabouts(offer.location)?.km_to(near);
            (km <= f64::from(policy.reach_km)).then_some((km, offer.schedule))
        })
        .collect();
    if near.is_none() && !reached.is_empty() {
        // Desks that do not say where they are shall not all look at the same few.
        let first = desk.0 as usize % reached.len();
        reached.rotate_left(first);
    }
    reached.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    reached.truncate(SCHEDULES);
    let same_band = |one: &(f64, ScheduleId), other: &(f64, ScheduleId)| {
        (one.0 / BAND_KM)
            .floor()
            .total_cmp(&(other.0 / BAND_KM).floor())
            .is_eq()
    };
    reached
        .chunk_by(same_band)
        .map(|band| band.iter().map(|(_, schedule)| *schedule).collect())
        .collect()
}

/// Whether a want may be met on a session at all, as far as its schedule and its quotas go.
pub(crate) fn admits(facts: &ScheduleFacts, session: &StoredSession, want: &Want) -> bool {
    let offered = facts.schedule.service(&want.service);
    offered.is_some_and(|offered| offered.accepts(access(want.class)))
        && facts.schedule.open_on(session.published.start.rome_date())
        && facts.classes(session).admits(bit(want.class))
}

/// For whom a place may be booked that is set aside for a want: for what was wanted, and for
/// everybody whom no quota limits in this session.
pub(crate) fn admitted(schedule: &Schedule, session: &StoredSession, want: &Want) -> ClassMask {
    let mut classes = bit(want.class);
    let Some(offered) = schedule.service(&want.service) else {
        return classes;
    };
    if offered.first {
        for class in Priority::ALL {
            if quota::limit(schedule, session.released, class).is_none() {
                classes = classes.with(ClassMask::class(class));
            }
        }
    }
    if offered.follow_up {
        classes = classes.with(ClassMask::FOLLOW_UP);
    }
    classes
}

/// The last free run of slots of a session that is long enough for so many minutes: the earliest
/// places stay with everybody. Nothing may lie on it, not even a hold of the same desk.
pub(crate) fn last_run(
    facts: &ScheduleFacts,
    session: &StoredSession,
    minutes: u16,
    not_before: Minute,
) -> Option<ClaimedSpan> {
    let published = &session.published;
    let run = minutes.div_ceil(published.step).max(1);
    let free = session.free_bits(facts.claims_on(session).iter().map(|claim| (claim.cell, claim.place)));
    let is_free = |slot: u16, place: u16| {
        let bit = usize::from(slot) * usize::from(published.places) + usize::from(place);
        free.get(bit / 8).is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
    };
    let last = published.slots.checked_sub(run)?;
    (0..=last)
        .rev()
        .flat_map(|first| (0..published.places).rev().map(move |place| (first, place)))
        .find(|(first, place)| (*first..first + run).all(|slot| is_free(slot, *place)))
        .map(|(first, place)| ClaimedSpan {
            schedule: session.schedule,
            resource: facts.schedule.resource,
            start: published.start.plus(i32::from(published.step) * i32::from(first)),
            place,
            minutes: published.step * run,
        })
        .filter(|span| span.start >= not_before)
}

/// Whether enough is left to everybody once a span is set aside: of its own session, whose leases
/// have a ceiling besides, and of those of the resource's other schedules that lose places by it.
/// `around` are the sessions that the span touches.
pub(crate) fn leaves_enough(policy: &LeasePolicy, around: &[ScheduleFacts], span: &ClaimedSpan) -> bool {
    let (first, end) = span.cells();
    around.iter().all(|facts| {
        facts.sessions.iter().all(|session| {
            let claims = facts.claims_on(session);
            let before = session.count(claims.iter().copied());
            let more = (first..end).map(|cell| ClaimedCell {
                cell,
                place: span.place,
                kind: Kind::Lease,
            });
            let after = session.count(claims.iter().copied().chain(more));
            let own =
                session.schedule == span.schedule && (session.published.start..session.end()).contains(&span.start);
            (after.free == before.free || after.free >= u64::from(policy.minimum_left))
                && (!own || within_share(policy, session, &after))
        })
    })
}

/// Whether a session could have a leased place at all, were nothing of it claimed.
pub(crate) fn opens_enough(policy: &LeasePolicy, session: &StoredSession) -> bool {
    let opened = session.count([]).free;
    opened > u64::from(policy.minimum_left) && opened * u64::from(policy.share_percent) >= 100
}

/// Whether the leased places of a session are within their share of those that its owner opened.
fn within_share(policy: &LeasePolicy, session: &StoredSession, counts: &SlotCounts) -> bool {
    let opened = session.count([]).free;
    counts.leased * 100 <= opened * u64::from(policy.share_percent)
}

#[cfg(test)]
mod tests;
