//! A query about one service, made ready: who comes into question, when, and how far away.

use std::cell::Cell;

use chrono::{Datelike, NaiveDate};
use lanterna_model::availability::{FreeCursor, FreeSlot, PackedSchedule, WindowFilter};
use lanterna_model::geo::Direction;
use lanterna_model::ids::{LocationId, ServiceCode};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::{Minute, Now};

use super::Query;
use super::bits::{Bits, ones};
use super::board::{Board, Candidate};
use super::calendar::Row;
use super::index::Index;
use crate::store::Store;

/// Nearness of a site that was not measured yet; no site is as near as that.
const UNMEASURED: f64 = -1.0;

pub(super) struct Question<'a> {
    pub(super) store: &'a Store,
    pub(super) index: &'a Index,
    pub(super) query: &'a Query,
    pub(super) now: Now,
    pub(super) board: &'a Board,
    /// Inside the filters, for whatever patient.
    pub(super) offered: Bits,
    /// Those that may be offered to this patient.
    pub(super) mask: Bits,
    /// The earliest start.
    pub(super) from: Minute,
    /// Today and the last day that is wanted, as numbers.
    pub(super) today: i32,
    pub(super) last_day: i32,
    /// Days on which the patient is of the right age, for each of the limits on the board: the first, and the first
    /// no longer.
    ages: Vec<(i32, i32)>,
    kilometres: Kilometres,
}

/// Distances of sites, each measured once and only when asked for.
pub(super) struct Kilometres {
    origin: Option<Direction>,
    known: Vec<Cell<f64>>,
}

impl Kilometres {
    pub(super) fn new(query: &Query, index: &Index) -> Self {
        Self {
            origin: query.origin.map(|origin| origin.direction()),
            known: match query.origin {
                Some(_) => vec![Cell::new(UNMEASURED); index.sites().len()],
                None => Vec::new(),
            },
        }
    }

    /// Kilometres to a site, where both ends are known.
    pub(super) fn to(&self, index: &Index, site: u32) -> Option<f64> {
        let (origin, known) = (self.origin?, self.known.get(site as usize)?);
        if known.get() == UNMEASURED {
            let there = index.sites()[site as usize].direction;
            known.set(there.map_or(f64::INFINITY, |there| origin.km_to(&there)));
        }
        Some(known.get()).filter(|km| km.is_finite())
    }

    /// Tenths of a kilometre; unknown distances come last.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // kilometres on earth
    pub(super) fn near(&self, index: &Index, site: u32) -> u32 {
        self.to(index, site).map_or(u32::MAX, |km| (km * 10.0) as u32)
    }
}

fn number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

impl<'a> Question<'a> {
    /// `None` when nobody offers the service.
    pub(super) fn new(store: &'a Store, query: &'a Query, service: &ServiceCode, now: Now) -> Option<Self> {
        let index = store.index();
        let board = index.board(service)?;
        let calendar = index.calendar();
        let soonest = now.minute().plus(1);
        let today = calendar.day(now.minute());
        let from = match query.from.map(number) {
            Some(first) if first > today => calendar.midnight(first),
            _ => soonest,
        };
        let ages = match query.birth_date {
            Some(birth) => {
                let days = board.ages.iter().map(|(limits, _)| limits.days(birth));
                days.map(|days| (number(days.start), number(days.end))).collect()
            }
            None => vec![(i32::MIN, i32::MAX); board.ages.len()],
        };
        let mut question = Self {
            store,
            index,
            query,
            now,
            board,
            offered: board.accepting(query.access),
            mask: Bits::default(),
            from,
            today,
            last_day: query
                .to
                .map_or(i32::MAX, number)
                .min(today.saturating_add(i32::from(board.horizon))),
            ages,
            kilometres: Kilometres::new(query, index),
        };
        question.filter();
        Some(question)
    }

    /// Takes away what is outside the filters, then what is not for this patient.
    fn filter(&mut self) {
        let (query, board) = (self.query, self.board);
        if let Some(code) = &query.organization {
            self.offered.keep(&board.of_organization(code));
        }
        if query.location.is_some() || query.max_km.is_some() {
            for site in &board.sites {
                let id = self.index.sites()[site.site as usize].id;
                let elsewhere = query.location.is_some_and(|wanted| wanted != id);
                let far = || match (query.max_km, self.kilometres.to(self.index, site.site)) {
                    (Some(most), Some(km)) => km > most,
                    _ => false,
                };
                if elsewhere || far() {
                    self.offered.without(&site.members);
                }
            }
        }
        self.mask = self.offered.clone();
        if let Some(sex) = query.sex {
            self.mask.without(board.closed_to(sex));
        }
        let first_day = query.from.map_or(self.today, |from| number(from).max(self.today));
        for ((_, members), (from, until)) in board.ages.iter().zip(&self.ages) {
            if *until <= first_day || *from > self.last_day {
                self.mask.without(members);
            }
        }
        for at in board.suspended.iter() {
            let candidate = &board.candidates[at];
            let (from, to) = candidate.closed;
            if from <= first_day && self.last_day_of(candidate) <= to {
                self.mask.put(at, false);
            }
        }
    }

    /// The last day of a candidate that is wanted and may be booked.
    fn last_day_of(&self, candidate: &Candidate) -> i32 {
        self.last_day
            .min(self.today.saturating_add(i32::from(candidate.horizon)))
    }

    /// Whether the patient is of the right age for a candidate on a day.
    pub(super) fn lets_in(&self, candidate: &Candidate, day: i32) -> bool {
        let (from, until) = self.ages[candidate.ages as usize];
        from <= day && day < until
    }

    /// Whether a day of a candidate may be offered to the patient.
    pub(super) fn admits(&self, candidate: &Candidate, day: i32) -> bool {
        day <= self.last_day_of(candidate) && candidate.open_on(day) && self.lets_in(candidate, day)
    }

    /// Whether that is so on every day of the window.
    pub(super) fn admits_always(&self, candidate: &Candidate) -> bool {
        let (first, last) = (self.index.calendar().day(self.from), self.last_day_of(candidate));
        let (from, until) = self.ages[candidate.ages as usize];
        let closed =
            candidate.closed.0 <= candidate.closed.1 && candidate.closed.0 <= last && first <= candidate.closed.1;
        from <= first && last < until && candidate.valid.0 <= first && last <= candidate.valid.1 && !closed
    }

    /// The days of the week that are wanted.
    fn weekdays(&self) -> u8 {
        match self.query.weekdays & 0x7f {
            0 => 0x7f,
            some => some,
        }
    }

    /// The whole window of a candidate, for those who go through its places.
    pub(super) fn window(&self, candidate: &Candidate) -> WindowFilter {
        WindowFilter {
            from: self.from,
            to: self
                .index
                .calendar()
                .midnight(self.last_day_of(candidate).saturating_add(1)),
            weekdays: self.weekdays(),
            day_from: self.query.day_from,
            day_to: self.query.day_to,
        }
    }

    /// The part of a row that is wanted; `None` where nothing of it is.
    pub(super) fn window_in(&self, row: &Row) -> Option<WindowFilter> {
        let all_day = WindowFilter::since(Minute(0));
        let mut window = WindowFilter {
            from: row.from.max(self.from),
            to: row.to,
            weekdays: self.weekdays(),
            day_from: self.query.day_from,
            day_to: self.query.day_to,
        };
        if row.is_day() && window.weekdays & row.weekday() == 0 {
            return None;
        }
        if row.is_even() {
            window.from = window.from.max(row.from.plus(i32::from(window.day_from)));
            window.to = window.to.min(row.from.plus(i32::from(window.day_to) + 1));
            (window.weekdays, window.day_from, window.day_to) = (all_day.weekdays, all_day.day_from, all_day.day_to);
        }
        Some(window)
    }

    /// Calls `each` with the positions, among `wanted`, of candidates on which something may be free in a row, whose
    /// day the patient may be offered.
    pub(super) fn each_in(&self, at: usize, row: &Row, wanted: &Bits, mut each: impl FnMut(usize, &'a Candidate)) {
        for (word, wanted) in wanted.0.iter().enumerate() {
            for position in ones(word, self.board.free(self.query.request, at, word) & wanted) {
                let candidate = &self.board.candidates[position];
                if !row.is_day() || self.admits(candidate, row.day) {
                    each(position, candidate);
                }
            }
        }
    }

    /// A walk through the free places of a candidate in a window. Days are looked at one by one where `dated`.
    pub(super) fn walk(&self, candidate: &'a Candidate, window: &WindowFilter, dated: bool) -> Option<Walk<'a>> {
        let packed = self.index.packed(candidate.entry)?;
        Some(Walk {
            candidate,
            packed,
            cursor: FreeCursor::new(packed, window.from),
            touched: self.store.overlay().touches(candidate.id),
            dated,
        })
    }

    /// The next offer of a walk, the desk's own doings left out.
    pub(super) fn next(&self, walk: &mut Walk<'a>, window: &WindowFilter) -> Option<FreeSlot> {
        let Walk {
            candidate,
            packed,
            cursor,
            touched,
            dated,
        } = walk;
        let overlay = self.store.overlay();
        cursor.next(
            packed,
            candidate.minutes,
            self.query.request,
            window,
            |start, place, minutes| {
                (*touched && overlay.takes(candidate.id, start, place, minutes, self.now.wall))
                    || (*dated && !self.admits(candidate, self.index.calendar().day(start)))
            },
        )
    }

    pub(super) fn km(&self, site: u32) -> Option<f64> {
        self.kilometres.to(self.index, site)
    }

    pub(super) fn near(&self, site: u32) -> u32 {
        self.kilometres.near(self.index, site)
    }

    pub(super) fn location(&self, site: u32) -> LocationId {
        self.index.sites()[site as usize].id
    }

    pub(super) fn beyond(&self, start: Minute) -> bool {
        self.query.deadline.is_some_and(|deadline| start > deadline)
    }
}

/// Where a search stands in the places of a candidate.
pub(super) struct Walk<'a> {
    pub(super) candidate: &'a Candidate,
    pub(super) packed: &'a PackedSchedule,
    cursor: FreeCursor,
    touched: bool,
    dated: bool,
}

/// A free run as it is offered.
pub(super) fn span(candidate: &Candidate, slot: &FreeSlot) -> SlotSpan {
    SlotSpan {
        schedule: candidate.id,
        start: slot.start,
        place: slot.place,
        minutes: slot.minutes,
        revision: slot.revision,
    }
}
