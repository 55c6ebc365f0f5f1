//! All that is offered of one service: which schedules, to whom, and on which days anything is free.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use lanterna_model::access::{AccessType, Sex};
use lanterna_model::age::AgeLimits;
use lanterna_model::availability::ClassMask;
use lanterna_model::ids::{LocationId, OrganizationCode, ScheduleId};
use lanterna_model::schedule::{Schedule, ScheduleService};

use super::bits::{Bits, put};

/// Bits of a class mask.
pub(super) const CLASSES: usize = 5;

/// A schedule that offers the service.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) id: ScheduleId,
    /// Where its places are, in the index.
    pub(super) entry: u32,
    /// Minutes of the service there.
    pub(super) minutes: u16,
    /// Days ahead of today that may be booked.
    pub(super) horizon: u16,
    /// Its site, in the index.
    pub(super) site: u32,
    /// Its limits of age, in the board.
    pub(super) ages: u32,
    /// First and last day of validity, as numbers.
    pub(super) valid: (i32, i32),
    /// First and last day of a suspension; a first after the last where there is none.
    pub(super) closed: (i32, i32),
}

impl Candidate {
    /// Whether a day may be booked, as far as validity and suspension go.
    pub(super) fn open_on(&self, day: i32) -> bool {
        self.valid.0 <= day && day <= self.valid.1 && !(self.closed.0 <= day && day <= self.closed.1)
    }
}

/// A site with the candidates that are there.
#[derive(Clone, Debug)]
pub(super) struct BoardSite {
    /// Its place in the index.
    pub(super) site: u32,
    pub(super) members: Bits,
}

/// The board of a service. Positions are those of the candidates, in the order of the catalogue.
#[derive(Clone, Debug)]
pub(super) struct Board {
    pub(super) candidates: Vec<Candidate>,
    /// Those whose places are known.
    here: Bits,
    first: Bits,
    follow_up: Bits,
    women: Bits,
    men: Bits,
    /// Those that are suspended at some time.
    pub(super) suspended: Bits,
    /// The limits of age there are, and who has them.
    pub(super) ages: Vec<(AgeLimits, Bits)>,
    pub(super) sites: Vec<BoardSite>,
    /// The body each belongs to.
    organizations: Vec<OrganizationCode>,
    /// The longest horizon.
    pub(super) horizon: u16,
    /// Words of a set of candidates.
    pub(super) words: usize,
    /// For each class and row of the calendar the candidates on which something may be free for the class.
    free: [Vec<u64>; CLASSES],
}

/// What a board is made of.
pub(super) struct Offered<'a> {
    pub(super) schedule: &'a Schedule,
    pub(super) service: &'a ScheduleService,
    pub(super) entry: u32,
    pub(super) site: u32,
}

fn number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

impl Board {
    /// A board on which nothing is free yet.
    pub(super) fn new(offered: &[Offered<'_>], rows: usize) -> Self {
        let none = Bits::none(offered.len());
        let words = none.0.len();
        let mut board = Self {
            candidates: Vec::with_capacity(offered.len()),
            here: none.clone(),
            first: none.clone(),
            follow_up: none.clone(),
            women: none.clone(),
            men: none.clone(),
            suspended: none,
            ages: Vec::new(),
            sites: Vec::new(),
            organizations: Vec::with_capacity(offered.len()),
            horizon: 0,
            words,
            free: std::array::from_fn(|_| vec![0; words * rows]),
        };
        let mut sites: HashMap<u32, usize> = HashMap::new();
        for (at, one) in offered.iter().enumerate() {
            board.add(at, one, offered.len(), &mut sites);
        }
        board.sites.sort_by_key(|site| site.site);
        board
    }

    fn add(&mut self, at: usize, one: &Offered<'_>, bound: usize, sites: &mut HashMap<u32, usize>) {
        let schedule = one.schedule;
        let ages = match self.ages.iter().position(|(limits, _)| *limits == schedule.ages) {
            Some(known) => known,
            None => {
                self.ages.push((schedule.ages, Bits::none(bound)));
                self.ages.len() - 1
            }
        };
        self.ages[ages].1.put(at, true);
        if !schedule.exclusive {
            self.first.put(at, one.service.first);
            self.follow_up.put(at, one.service.follow_up);
        }
        self.women.put(at, schedule.sex == Some(Sex::F));
        self.men.put(at, schedule.sex == Some(Sex::M));
        self.suspended.put(at, schedule.suspension.is_some());
        let site = *sites.entry(one.site).or_insert_with(|| {
            self.sites.push(BoardSite {
                site: one.site,
                members: Bits::none(bound),
            });
            self.sites.len() - 1
        });
        self.sites[site].members.put(at, true);
        self.organizations.push(schedule.organization.clone());
        self.horizon = self.horizon.max(schedule.horizon_days);
        self.candidates.push(Candidate {
            id: schedule.id,
            entry: one.entry,
            minutes: one.service.minutes,
            horizon: schedule.horizon_days,
            site: one.site,
            ages: u32::try_from(ages).unwrap_or(0),
            valid: (number(schedule.valid_from), schedule.valid_to.map_or(i32::MAX, number)),
            closed: schedule.suspension.as_ref().map_or((1, 0), |suspension| {
                (number(suspension.from), suspension.to.map_or(i32::MAX, number))
            }),
        });
    }

    /// Notes whether the places of a candidate are known.
    pub(super) fn set_here(&mut self, candidate: usize, here: bool) {
        self.here.put(candidate, here);
    }

    /// Notes for whom something may be free on a candidate in a row.
    pub(super) fn set_free(&mut self, row: usize, candidate: usize, classes: ClassMask) {
        let words = row * self.words..(row + 1) * self.words;
        for (class, free) in self.free.iter_mut().enumerate() {
            put(&mut free[words.clone()], candidate, classes.0 & (1 << class) != 0);
        }
    }

    /// Adds those for whom something may be free on a candidate in a row.
    pub(super) fn add_free(&mut self, row: usize, candidate: usize, classes: ClassMask) {
        let (word, bit) = (row * self.words + candidate / 64, 1 << (candidate % 64));
        for (class, free) in self.free.iter_mut().enumerate() {
            if classes.0 & (1 << class) != 0 {
                free[word] |= bit;
            }
        }
    }

    /// Makes room for a row.
    pub(super) fn insert_row(&mut self, row: usize) {
        for free in &mut self.free {
            let at = row * self.words;
            free.splice(at..at, std::iter::repeat_n(0, self.words));
        }
    }

    /// Begins anew with so many rows.
    pub(super) fn clear(&mut self, rows: usize) {
        for free in &mut self.free {
            free.clear();
            free.resize(rows * self.words, 0);
        }
    }

    /// The word at a place of the set of candidates on which something may be free for a request in a row.
    pub(super) fn free(&self, request: ClassMask, row: usize, word: usize) -> u64 {
        let at = row * self.words + word;
        let (mut all, mut left) = (0, usize::from(request.0) & ((1 << CLASSES) - 1));
        while left != 0 {
            all |= self.free[left.trailing_zeros() as usize][at];
            left &= left - 1;
        }
        all
    }

    /// Those that offer the service to an access type, their places known, to whomsoever.
    pub(super) fn accepting(&self, access: AccessType) -> Bits {
        let mut all = match access {
            AccessType::First => self.first.clone(),
            AccessType::FollowUp => self.follow_up.clone(),
        };
        all.keep(&self.here);
        all
    }

    /// Those that are for the other sex alone.
    pub(super) fn closed_to(&self, sex: Sex) -> &Bits {
        match sex {
            Sex::F => &self.men,
            Sex::M => &self.women,
        }
    }

    /// Those of one body.
    pub(super) fn of_organization(&self, code: &OrganizationCode) -> Bits {
        let mut all = Bits::none(self.candidates.len());
        for (at, _) in self.organizations.iter().enumerate().filter(|(_, it)| *it == code) {
            all.put(at, true);
        }
        all
    }

    /// Bytes it takes in memory, the larger parts.
    pub(super) fn memory(&self) -> usize {
        let free: usize = self.free.iter().map(|free| free.capacity() * 8).sum();
        free + self.candidates.capacity() * size_of::<Candidate>()
            + self.sites.len() * (size_of::<BoardSite>() + self.words * 8)
            + self.organizations.capacity() * (size_of::<OrganizationCode>() + 8)
    }
}

/// A site as the search sees it.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) id: LocationId,
    /// Where it is, if that is known.
    pub(super) direction: Option<lanterna_model::geo::Direction>,
    /// Its place among all, by name.
    pub(super) by_name: u32,
}
