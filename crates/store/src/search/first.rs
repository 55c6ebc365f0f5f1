//! One service: the first places of the region, by merging one cursor per schedule in a heap. The work
//! grows with the rows that are shown, not with the places there are.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use lanterna_model::availability::{FreeCursor, FreeSlot};
use lanterna_model::ids::LocationId;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;

use super::candidates::{Candidate, Context};
use super::{Found, Offer, Order};

/// Most rows of one site on a page sorted by site, so that the page shows more than one.
const ROWS_PER_SITE: u32 = 5;

/// Beyond the limit or not, rank of the site, start, not guaranteed, rank among equals, candidate.
type Key = Reverse<(bool, u32, Minute, bool, u32, usize)>;

pub(super) fn search(context: &Context<'_>) -> Found {
    let Some(service) = context.query.services.first() else {
        return Found::default();
    };
    let candidates = context.candidates(service);
    let ranks = ranks(context, &candidates);
    let near = near(&candidates);
    let mut cursors: Vec<FreeCursor> = candidates
        .iter()
        .map(|candidate| FreeCursor::new(candidate.packed, candidate.window.from))
        .collect();
    let mut heap: BinaryHeap<(Key, usize)> = BinaryHeap::with_capacity(candidates.len());
    let mut slots: Vec<Option<FreeSlot>> = vec![None; candidates.len()];
    let key = |at: usize, start: Minute, guaranteed: bool| {
        let beyond = context.query.deadline.is_some_and(|deadline| start > deadline);
        Reverse((beyond, ranks[at], start, !guaranteed, near[at], at))
    };
    for (at, candidate) in candidates.iter().enumerate() {
        slots[at] = context.next(candidate, &mut cursors[at]);
        if let Some(slot) = &slots[at] {
            heap.push((key(at, slot.start, false), at));
        }
    }
    // The places set aside for this desk: each one entry of the heap, behind the candidates.
    let leased = context.leased(&candidates);
    for (n, (at, place)) in leased.iter().enumerate() {
        heap.push((key(*at, place.span.start, true), candidates.len() + n));
    }
    let mut per_site: HashMap<LocationId, u32> = HashMap::new();
    let mut found = Found {
        schedules: candidates.len(),
        ..Found::default()
    };
    let mut skipped = 0;
    while let Some((_, at)) = heap.pop() {
        let guaranteed = at.checked_sub(candidates.len()).and_then(|n| leased.get(n));
        let candidate = &candidates[guaranteed.map_or(at, |(of, _)| *of)];
        let chosen = match guaranteed {
            Some((_, place)) => place.span,
            None => match &slots[at] {
                Some(slot) => span(candidate, slot),
                None => continue,
            },
        };
        if context.query.order != Order::Date {
            let rows = per_site.entry(candidate.location).or_default();
            *rows += 1;
            if *rows > ROWS_PER_SITE {
                continue;
            }
        }
        if found.offers.len() == context.query.limit {
            found.more = true;
            break;
        }
        if skipped < context.query.offset {
            skipped += 1;
        } else {
            found.offers.push(Offer {
                spans: vec![chosen],
                location: candidate.location,
                km: candidate.km,
                guaranteed_until: guaranteed.map(|(_, place)| place.term.book_until(context.now)),
            });
        }
        if guaranteed.is_some() {
            continue;
        }
        slots[at] = context.next(candidate, &mut cursors[at]);
        if let Some(slot) = &slots[at] {
            heap.push((key(at, slot.start, false), at));
        }
    }
    found
}

pub(super) fn span(candidate: &Candidate<'_>, slot: &FreeSlot) -> SlotSpan {
    SlotSpan {
        schedule: candidate.id,
        start: slot.start,
        place: slot.place,
        minutes: slot.minutes,
        revision: slot.revision,
    }
}

/// Rank of each candidate's site in the order asked for; all alike when sorted by date.
fn ranks(context: &Context<'_>, candidates: &[Candidate<'_>]) -> Vec<u32> {
    match context.query.order {
        Order::Date => vec![0; candidates.len()],
        Order::Distance => near(candidates),
        Order::Facility => {
            let catalogue = context.store.catalogue();
            let name = |candidate: &Candidate<'_>| {
                catalogue
                    .location(candidate.location)
                    .map(|location| location.name.as_str())
                    .unwrap_or_default()
            };
            let mut names: Vec<(&str, LocationId)> = candidates
                .iter()
                .map(|candidate| (name(candidate), candidate.location))
                .collect();
            names.sort_unstable();
            names.dedup();
            let rank: HashMap<LocationId, u32> = (0u32..).zip(&names).map(|(rank, (_, id))| (*id, rank)).collect();
            candidates
                .iter()
                .map(|candidate| rank.get(&candidate.location).copied().unwrap_or(0))
                .collect()
        }
    }
}

/// Distance in tenths of a kilometre; unknown distances come last.
fn near(candidates: &[Candidate<'_>]) -> Vec<u32> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // kilometres on earth
    candidates
        .iter()
        .map(|candidate| candidate.km.map_or(u32::MAX, |km| (km * 10.0) as u32))
        .collect()
}
