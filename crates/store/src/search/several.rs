//! Several services: the same site, the same day, one after the other.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;

use super::bits::Bits;
use super::by_site::rank;
use super::calendar::Row;
use super::question::{Question, span};
use super::{Found, Offer, Order};

/// Orders in which the services are tried: all of them up to this many services.
const ALL_ORDERS_UP_TO: usize = 4;

/// The free runs of each service at one site on one day.
type Day = Vec<Vec<SlotSpan>>;

/// Questions about each of the services, which have all but the service in common.
struct Search<'q, 'a> {
    questions: &'q [Question<'a>],
    orders: Vec<Vec<usize>>,
    /// Sites that have them all.
    sites: Bits,
}

pub(super) fn search(questions: &[Question<'_>]) -> Found {
    let Some(first) = questions.first() else {
        return Found::default();
    };
    let mut sites = Bits::none(first.index.sites().len());
    for (nth, question) in questions.iter().enumerate() {
        let mut there = Bits::none(first.index.sites().len());
        for position in question.mask.iter() {
            there.put(question.board.candidates[position].site as usize, true);
        }
        if nth == 0 {
            sites = there;
        } else {
            sites.keep(&there);
        }
    }
    let search = Search {
        questions,
        orders: orders(questions.len()),
        sites,
    };
    let wanted = first.query.offset + first.query.limit + 1;
    let mut offers = match (first.query.order, first.query.origin) {
        (Order::Date, _) | (Order::Distance, None) => search.by_date(wanted),
        (Order::Distance | Order::Facility, _) => search.by_site(wanted),
    };
    Found {
        schedules: questions.iter().map(|question| question.mask.count()).sum(),
        more: offers.len() == wanted,
        offers: {
            offers.truncate(wanted - 1);
            offers.drain(..first.query.offset.min(offers.len()));
            offers
        },
    }
}

impl Search<'_, '_> {
    fn first(&self) -> &Question<'_> {
        &self.questions[0]
    }

    /// Day after day, until the page is full.
    fn by_date(&self, wanted: usize) -> Vec<Offer> {
        let first = self.first();
        let mut offers: Vec<Offer> = Vec::new();
        self.each_row(|at, row| {
            let here = self.common(at, row, &self.sites);
            let known = offers.len();
            for site in here.iter() {
                offers.extend(self.offers(at, row, site));
            }
            offers[known..].sort_by(|one, other| {
                let by_limit = beyond(first, one).cmp(&beyond(first, other));
                let km = |offer: &Offer| offer.km.unwrap_or(f64::MAX);
                by_limit
                    .then_with(|| begin(one).cmp(&begin(other)))
                    .then_with(|| km(one).total_cmp(&km(other)))
                    .then_with(|| one.location.cmp(&other.location))
            });
            offers.len() < wanted
        });
        offers.truncate(wanted);
        offers
    }

    /// Site after site; those inside the limit first.
    fn by_site(&self, wanted: usize) -> Vec<Offer> {
        let first = self.first();
        let mut sites: Vec<usize> = self.sites.iter().collect();
        sites.sort_by_key(|site| rank(first, u32::try_from(*site).unwrap_or(u32::MAX)));
        let mut offers: Vec<Offer> = Vec::new();
        for late in [false, true] {
            for site in &sites {
                let mut only = Bits::none(first.index.sites().len());
                only.put(*site, true);
                self.each_row(|at, row| {
                    let ahead = first.query.deadline.is_some_and(|deadline| row.from > deadline);
                    if ahead && !late {
                        return false;
                    }
                    if !self.common(at, row, &only).is_empty() {
                        let found = self.offers(at, row, *site);
                        offers.extend(found.into_iter().filter(|offer| beyond(first, offer) == late));
                    }
                    offers.len() < wanted
                });
                if offers.len() >= wanted {
                    offers.truncate(wanted);
                    return offers;
                }
            }
        }
        offers
    }

    /// Calls `each` with the rows of the window until it has enough.
    fn each_row(&self, mut each: impl FnMut(usize, &Row) -> bool) {
        let first = self.first();
        let calendar = first.index.calendar();
        let last = self.questions.iter().map(|question| question.last_day).min();
        for (at, row) in calendar.rows().iter().enumerate().skip(calendar.first(first.from)) {
            if (row.is_day() && Some(row.day) > last) || !each(at, row) {
                return;
            }
        }
    }

    /// Those of some sites where something may be free of each service in a row.
    fn common(&self, at: usize, row: &Row, sites: &Bits) -> Bits {
        let mut common = sites.clone();
        if self.first().window_in(row).is_none() {
            common.0.fill(0);
        }
        let mut there = Bits::none(self.first().index.sites().len());
        for question in self.questions {
            if common.is_empty() {
                break;
            }
            there.0.fill(0);
            question.each_in(at, row, &question.mask, |_, candidate| {
                there.put(candidate.site as usize, true);
            });
            common.keep(&there);
        }
        common
    }

    /// The best offer of a site for each day of a row.
    fn offers(&self, at: usize, row: &Row, site: usize) -> Vec<Offer> {
        let first = self.first();
        let Some(window) = first.window_in(row) else {
            return Vec::new();
        };
        let mut days: BTreeMap<i32, Day> = BTreeMap::new();
        for (service, question) in self.questions.iter().enumerate() {
            let sites = &question.board.sites;
            let Ok(there) = sites.binary_search_by_key(&site, |it| it.site as usize) else {
                return Vec::new();
            };
            let mut wanted = question.mask.clone();
            wanted.keep(&sites[there].members);
            question.each_in(at, row, &wanted, |_, candidate| {
                let Some(mut walk) = question.walk(candidate, &window, !row.is_day()) else {
                    return;
                };
                while let Some(slot) = question.next(&mut walk, &window) {
                    let day = if row.is_day() {
                        row.day
                    } else {
                        first.index.calendar().day(slot.start)
                    };
                    let runs = days
                        .entry(day)
                        .or_insert_with(|| vec![Vec::new(); self.questions.len()]);
                    runs[service].push(span(candidate, &slot));
                }
            });
        }
        let small = u32::try_from(site).unwrap_or(u32::MAX);
        days.into_values()
            .filter_map(|mut day| {
                for runs in &mut day {
                    runs.sort_unstable_by_key(|run| (run.start, run.schedule));
                }
                Some(Offer {
                    spans: earliest(&day, &self.orders)?,
                    location: first.location(small),
                    km: first.km(small),
                    guaranteed_until: None,
                })
            })
            .collect()
    }
}

fn begin(offer: &Offer) -> Option<Minute> {
    offer.spans.iter().map(|span| span.start).min()
}

fn beyond(question: &Question<'_>, offer: &Offer) -> bool {
    let last = offer.spans.iter().map(|span| span.start).max();
    last.is_some_and(|last| question.beyond(last))
}

/// The combination that ends first: in each order of the services, each takes its earliest run
/// after the one before.
fn earliest(day: &Day, orders: &[Vec<usize>]) -> Option<Vec<SlotSpan>> {
    let mut best: Option<(Minute, Reverse<Minute>, Vec<SlotSpan>)> = None;
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
        let begin = Reverse(spans.iter().map(|run| run.start).min().unwrap_or(Minute(0)));
        if best
            .as_ref()
            .is_none_or(|(end, start, _)| (free_from, begin) < (*end, *start))
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
