//! One service by date: day after day, the candidates that have anything free that day merged in a heap. The
//! work grows with the rows that are shown, not with the schedules or the places there are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use lanterna_model::availability::FreeSlot;
use lanterna_model::time::Minute;

use super::Found;
use super::leased::Leased;
use super::page::Page;
use super::question::{Question, Walk, span};

/// Start, distance, position among the candidates; place among the walks of the day.
type Key = Reverse<(Minute, u32, u32, u32)>;

pub(super) fn search(question: &Question<'_>) -> Found {
    let mut page = Page::new(question);
    let mut leased = question.leased();
    // In the end the last of them is the first to come.
    leased.sort_unstable_by_key(|it| Reverse((it.place.span.start, question.near(it.candidate.site), it.position)));
    let calendar = question.index.calendar();
    let mut heap: BinaryHeap<Key> = BinaryHeap::new();
    let mut walks: Vec<(Walk<'_>, FreeSlot)> = Vec::new();
    for (at, row) in calendar.rows().iter().enumerate().skip(calendar.first(question.from)) {
        if row.is_day() && row.day > question.last_day {
            break;
        }
        let Some(window) = question.window_in(row) else {
            continue;
        };
        walks.clear();
        question.each_in(at, row, &question.mask, |position, candidate| {
            if let Some(mut walk) = question.walk(candidate, &window, !row.is_day())
                && let Some(slot) = question.next(&mut walk, &window)
            {
                heap.push(key(question, &slot, candidate.site, position, walks.len()));
                walks.push((walk, slot));
            }
        });
        while let Some(Reverse((start, near, position, at))) = heap.pop() {
            let (walk, slot) = &mut walks[at as usize];
            // What is set aside for this desk comes before what is not, at the same time.
            if !before(&mut leased, &mut page, Some(start)) {
                return page.found;
            }
            if !page.add(span(walk.candidate, slot), walk.candidate.site, None) {
                return page.found;
            }
            if let Some(next) = question.next(walk, &window) {
                *slot = next;
                heap.push(Reverse((next.start, near, position, at)));
            }
        }
    }
    before(&mut leased, &mut page, None);
    page.found
}

fn key(question: &Question<'_>, slot: &FreeSlot, site: u32, position: usize, walk: usize) -> Key {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Reverse((slot.start, question.near(site), small(position), small(walk)))
}

/// Adds the leased places up to a start, or all that are left; `false` when the page is full.
fn before(leased: &mut Vec<Leased<'_>>, page: &mut Page<'_, '_>, start: Option<Minute>) -> bool {
    while let Some(next) = leased.last() {
        if start.is_some_and(|start| next.place.span.start > start) {
            break;
        }
        if !page.add(next.place.span, next.candidate.site, Some(next.place)) {
            return false;
        }
        leased.pop();
    }
    true
}
