//! Several services: the same site, the same day, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use lanterna_model::availability::{FreeCursor, FreeSlot};
use lanterna_model::ids::LocationId;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;

use super::candidates::{Candidate, Context};
use super::first::span;
use super::{Found, Offer, Order};

/// Orders in which the services are tried: all of them up to this many services.
const ALL_ORDERS_UP_TO: usize = 4;

/// The free runs of each service at one site on one day.
type Day = Vec<Vec<SlotSpan>>;

pub(super) fn search(context: &Context<'_>) -> Found {
    let per_service: Vec<Vec<Candidate<'_>>> = context
        .query
        .services
        .iter()
        .map(|service| context.candidates(service))
        .collect();
    let mut found = Found {
        schedules: per_service.iter().map(Vec::len).sum(),
        ..Found::default()
    };
    let mut sites: BTreeSet<LocationId> = per_service[0].iter().map(|candidate| candidate.location).collect();
    for candidates in &per_service[1..] {
        let there: BTreeSet<LocationId> = candidates.iter().map(|candidate| candidate.location).collect();
        sites.retain(|site| there.contains(site));
    }
    let orders = orders(per_service.len());
    let mut offers: Vec<Offer> = Vec::new();
    for site in sites {
        let km = per_service[0]
            .iter()
            .find(|candidate| candidate.location == site)
            .and_then(|candidate| candidate.km);
        let wanted = context.query.offset + context.query.limit + 1;
        let mut here = 0;
        for day in days(context, &per_service, site).into_values() {
            if let Some(spans) = earliest(&day, &orders) {
                offers.push(Offer {
                    spans,
                    location: site,
                    km,
                    guaranteed_until: None,
                });
                here += 1;
                // Offers of a site come by date: no page needs more of them than it has rows.
                if here == wanted {
                    break;
                }
            }
        }
    }
    sort(context, &mut offers);
    found.more = offers.len() > context.query.offset + context.query.limit;
    found.offers = offers
        .into_iter()
        .skip(context.query.offset)
        .take(context.query.limit)
        .collect();
    found
}

fn days(context: &Context<'_>, per_service: &[Vec<Candidate<'_>>], site: LocationId) -> BTreeMap<NaiveDate, Day> {
    let mut days: BTreeMap<NaiveDate, Day> = BTreeMap::new();
    for (service, candidates) in per_service.iter().enumerate() {
        for candidate in candidates.iter().filter(|candidate| candidate.location == site) {
            let mut cursor = FreeCursor::new(candidate.packed, candidate.window.from);
            while let Some(slot) = context.next(candidate, &mut cursor) {
                let FreeSlot { start, .. } = slot;
                let day = days
                    .entry(start.rome_date())
                    .or_insert_with(|| vec![Vec::new(); per_service.len()]);
                day[service].push(span(candidate, &slot));
            }
        }
    }
    days.retain(|_, day| day.iter().all(|runs| !runs.is_empty()));
    for day in days.values_mut() {
        for runs in day {
            runs.sort_unstable_by_key(|run| (run.start, run.schedule));
        }
    }
    days
}

/// The combination that ends first: in each order of the services, each takes its earliest run
/// after the one before.
fn earliest(day: &Day, orders: &[Vec<usize>]) -> Option<Vec<SlotSpan>> {
    let mut best: Option<(Minute, Minute, Vec<SlotSpan>)> = None;
    for order in orders {
        let mut free_from = Minute(i32::MIN);
        let mut chosen: Vec<Option<SlotSpan>> = vec![None; day.len()];
        for service in order {
            let run = day[*service]
                .iter()
                .filter(|run| run.start >= free_from)
                .min_by_key(|run| run.end());
            let Some(run) = run else { break };
            free_from = run.end();
            chosen[*service] = Some(*run);
        }
        let Some(spans) = chosen.into_iter().collect::<Option<Vec<_>>>() else {
            continue;
        };
        let begin = spans.iter().map(|run| run.start).min().unwrap_or(Minute(0));
        if best
            .as_ref()
            .is_none_or(|(end, start, _)| (free_from, std::cmp::Reverse(begin)) < (*end, std::cmp::Reverse(*start)))
        {
            best = Some((free_from, begin, spans));
        }
    }
    best.map(|(_, _, spans)| spans)
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    if count > ALL_ORDERS_UP_TO {
        return vec![(0..count).collect(), (0..count).rev().collect()];
    }
    let mut orders = vec![Vec::new()];
    for _ in 0..count {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..count)
                    .filter(|next| !order.contains(next))
                    .map(|next| {
                        let mut longer = order.clone();
                        longer.push(next);
                        longer
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    orders
}

fn sort(context: &Context<'_>, offers: &mut [Offer]) {
    let catalogue = context.store.catalogue();
    let begin = |offer: &Offer| offer.spans.iter().map(|span| span.start).min();
    let beyond = |offer: &Offer| {
        let last = offer.spans.iter().map(|span| span.start).max();
        matches!((last, context.query.deadline), (Some(last), Some(deadline)) if last > deadline)
    };
    let km = |offer: &Offer| offer.km.unwrap_or(f64::MAX);
    offers.sort_by(|one, other| {
        let by_limit = beyond(one).cmp(&beyond(other));
        let by_date = begin(one).cmp(&begin(other));
        let by_km = km(one).total_cmp(&km(other));
        match context.query.order {
            Order::Date => by_limit.then(by_date).then(by_km),
            Order::Distance => by_limit.then(by_km).then(by_date),
            Order::Facility => {
                let name = |offer: &Offer| catalogue.location(offer.location).map(|location| location.name.clone());
                by_limit.then(name(one).cmp(&name(other))).then(by_date)
            }
        }
    });
}
