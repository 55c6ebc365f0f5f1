//! One service, site after site: the earliest places of each, a few at a time, so that a page shows more than one
//! site; and then the next few of each, so that none is left out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use lanterna_model::availability::{FreeSlot, WindowFilter};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;

use super::board::{Board, BoardSite};
use super::leased::Leased;
use super::page::Page;
use super::question::{Question, Walk, span};
use super::{Found, Order};
use crate::record::LeasedPlace;

/// Rows of one site before the next site has its turn.
const ROWS_PER_TURN: usize = 5;

pub(super) fn search(question: &Question<'_>) -> Found {
    let mut page = Page::new(question);
    let leased = question.leased();
    let sites = ranked(question);
    let mut open: Vec<Option<Places<'_, '_>>> = sites.iter().map(|_| None).collect();
    // Those inside the limit first, of all sites; then the others.
    for beyond in [false, true] {
        let mut any = true;
        while any {
            any = false;
            for (site, places) in sites.iter().zip(&mut open) {
                let places = places.get_or_insert_with(|| Places::new(question, site, &leased));
                for _ in 0..ROWS_PER_TURN {
                    let Some((span, leased)) = places.next(beyond) else {
                        break;
                    };
                    any = true;
                    if !page.add(span, site.site, leased) {
                        return page.found;
                    }
                }
            }
        }
    }
    page.found
}

/// The sites where anybody comes into question, in the order asked for.
pub(super) fn ranked<'a>(question: &Question<'a>) -> Vec<&'a BoardSite> {
    let board: &'a Board = question.board;
    let wanted = |site: &&BoardSite| {
        let mut both = site.members.0.iter().zip(&question.mask.0);
        both.any(|(member, wanted)| member & wanted != 0)
    };
    let mut sites: Vec<&BoardSite> = board.sites.iter().filter(wanted).collect();
    sites.sort_by_key(|site| rank(question, site.site));
    sites
}

/// What sites are ordered by; those at the same distance, or of the same name, by their number.
pub(super) fn rank(question: &Question<'_>, site: u32) -> (u32, u32) {
    let there = &question.index.sites()[site as usize];
    match question.query.order {
        Order::Facility => (there.by_name, there.id.0),
        Order::Date | Order::Distance => (question.near(site), there.id.0),
    }
}

/// The places of one site by date.
struct Places<'q, 'a> {
    question: &'q Question<'a>,
    /// Start, not leased, position among the candidates or the leased places; place among the walks.
    heap: BinaryHeap<Reverse<(Minute, bool, usize, usize)>>,
    walks: Vec<(Walk<'a>, WindowFilter, FreeSlot)>,
    leased: &'q [Leased<'a>],
}

impl<'q, 'a> Places<'q, 'a> {
    fn new(question: &'q Question<'a>, site: &BoardSite, leased: &'q [Leased<'a>]) -> Self {
        let mut places = Self {
            question,
            heap: BinaryHeap::new(),
            walks: Vec::new(),
            leased,
        };
        for position in site.members.iter().filter(|at| question.mask.has(*at)) {
            let candidate = &question.board.candidates[position];
            let window = question.window(candidate);
            let dated = !question.admits_always(candidate);
            if let Some(mut walk) = question.walk(candidate, &window, dated)
                && let Some(slot) = question.next(&mut walk, &window)
            {
                places
                    .heap
                    .push(Reverse((slot.start, true, position, places.walks.len())));
                places.walks.push((walk, window, slot));
            }
        }
        for (at, it) in leased.iter().enumerate() {
            if it.candidate.site == site.site {
                places.heap.push(Reverse((it.place.span.start, false, it.position, at)));
            }
        }
        places
    }

    /// The next place inside the limit, or beyond it.
    fn next(&mut self, beyond: bool) -> Option<(SlotSpan, Option<&'a LeasedPlace>)> {
        let Reverse((start, free, position, at)) = *self.heap.peek()?;
        if !beyond && self.question.beyond(start) {
            return None;
        }
        self.heap.pop();
        if !free {
            let place = self.leased[at].place;
            return Some((place.span, Some(place)));
        }
        let (walk, window, slot) = &mut self.walks[at];
        let found = span(walk.candidate, slot);
        if let Some(next) = self.question.next(walk, window) {
            *slot = next;
            self.heap.push(Reverse((next.start, true, position, at)));
        }
        Some((found, None))
    }
}
