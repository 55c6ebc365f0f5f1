//! Which schedules come into question, and what is hidden on them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use lanterna_model::availability::{FreeCursor, FreeSlot, PackedSchedule, WindowFilter};
use lanterna_model::ids::{LocationId, ScheduleId, ServiceCode};
use lanterna_model::schedule::Schedule;
use lanterna_model::time::{Minute, Now};

use super::{HiddenCounts, Query};
use crate::store::Store;

/// A search and what it is made in.
pub(super) struct Context<'a> {
    pub(super) store: &'a Store,
    pub(super) query: &'a Query,
    pub(super) now: Now,
}

/// A schedule that comes into question for one service.
pub(super) struct Candidate<'a> {
    pub(super) id: ScheduleId,
    pub(super) packed: &'a PackedSchedule,
    pub(super) minutes: u16,
    pub(super) location: LocationId,
    pub(super) km: Option<f64>,
    pub(super) window: WindowFilter,
    schedule: &'a Schedule,
    /// How much of the window is open for bookings at all: validity, suspension.
    open: Days,
    /// How much of it lies within the patient's ages.
    fits: Days,
    touched: bool,
}

/// Days of a window for which something holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Days {
    All,
    None,
    /// Each day has to be looked at.
    Some,
}

/// A window with the days in Italy that it spans.
#[derive(Clone, Copy)]
struct Span {
    filter: WindowFilter,
    first: NaiveDate,
    last: NaiveDate,
}

impl Span {
    /// Looks at both ends of something that holds for one run of days at most, at least `shortest` long.
    fn days(&self, shortest: i64, holds: impl Fn(NaiveDate) -> bool) -> Days {
        match (holds(self.first), holds(self.last)) {
            (true, true) => Days::All,
            (false, false) if (self.last - self.first).num_days() < shortest => Days::None,
            _ => Days::Some,
        }
    }
}

/// Limits of age admit whole years.
const SHORTEST_AGE: i64 = 365;

impl<'a> Context<'a> {
    /// The window of the query: never the past, never beyond a schedule's horizon.
    fn window(&self, horizon_days: u16) -> Span {
        let today = self.now.today();
        let first = self.query.from.map_or(today, |from| from.max(today));
        let horizon = today
            .checked_add_days(chrono::Days::new(u64::from(horizon_days)))
            .unwrap_or(NaiveDate::MAX);
        let last = self.query.to.map_or(horizon, |to| to.min(horizon));
        let after = last.succ_opt().unwrap_or(last);
        let filter = WindowFilter {
            from: Minute::rome_midnight(first).max(self.now.minute().plus(1)),
            to: Minute::rome_midnight(after),
            weekdays: if self.query.weekdays & 0x7f == 0 {
                0x7f
            } else {
                self.query.weekdays
            },
            day_from: self.query.day_from,
            day_to: self.query.day_to,
        };
        Span { filter, first, last }
    }

    /// Calls `each` with every schedule inside the filters that offers a service for this access.
    fn each(&self, service: &ServiceCode, mut each: impl FnMut(Candidate<'a>)) {
        let catalogue = self.store.catalogue();
        // Looking up midnights in the time zone costs more than all else here, and horizons are few.
        let mut last_window: Option<(u16, Span)> = None;
        for id in catalogue.offering(service) {
            let (Some(schedule), Some(packed)) = (catalogue.schedule(*id), self.store.index().schedule(*id)) else {
                continue;
            };
            let Some(offered) = schedule.service(service) else {
                continue;
            };
            if !offered.accepts(self.query.access) || schedule.exclusive {
                continue;
            }
            if self
                .query
                .organization
                .as_ref()
                .is_some_and(|wanted| *wanted != schedule.organization)
                || self.query.location.is_some_and(|wanted| wanted != schedule.location)
            {
                continue;
            }
            let km = match (self.query.origin, catalogue.location(schedule.location)) {
                (Some(origin), Some(location)) => Some(origin.km_to(&location.coordinates)),
                _ => None,
            };
            if let (Some(km), Some(most)) = (km, self.query.max_km)
                && km > most
            {
                continue;
            }
            let span = match last_window {
                Some((horizon, span)) if horizon == schedule.horizon_days => span,
                _ => self.window(schedule.horizon_days),
            };
            last_window = Some((schedule.horizon_days, span));
            each(Candidate {
                id: *id,
                packed,
                minutes: offered.minutes,
                location: schedule.location,
                km,
                window: span.filter,
                schedule,
                open: open(schedule, &span),
                fits: self.fits(schedule, &span),
                touched: self.store.overlay().touches(*id),
            });
        }
    }

    /// The schedules that may be offered to this patient.
    pub(super) fn candidates(&self, service: &ServiceCode) -> Vec<Candidate<'a>> {
        let mut all = Vec::new();
        self.each(service, |candidate| {
            if candidate.fits != Days::None && candidate.open != Days::None {
                all.push(candidate);
            }
        });
        all
    }

    /// On how much of a window the schedule's limits let the patient in, as far as they are known. Ages
    /// count on the day of the appointment, as they do when it is booked.
    fn fits(&self, schedule: &Schedule, span: &Span) -> Days {
        match (self.query.sex, schedule.sex) {
            (Some(sex), Some(only)) if sex != only => Days::None,
            _ => span.days(SHORTEST_AGE, |day| self.age_fits(schedule, day)),
        }
    }

    fn age_fits(&self, schedule: &Schedule, day: NaiveDate) -> bool {
        self.query
            .birth_date
            .is_none_or(|birth| schedule.ages.admit(birth, day))
    }

    /// Whether the schedule may be offered to the patient on a day.
    fn admits(&self, candidate: &Candidate<'_>, day: NaiveDate) -> bool {
        (candidate.open == Days::All || candidate.schedule.open_on(day)) && self.lets_in(candidate, day)
    }

    pub(super) fn lets_in(&self, candidate: &Candidate<'_>, day: NaiveDate) -> bool {
        match candidate.fits {
            Days::All => true,
            Days::None => false,
            Days::Some => self.age_fits(candidate.schedule, day),
        }
    }

    /// The next offer of a cursor, the desk's own doings left out.
    pub(super) fn next(&self, candidate: &Candidate<'a>, cursor: &mut FreeCursor) -> Option<FreeSlot> {
        let overlay = self.store.overlay();
        let dated = candidate.open != Days::All || candidate.fits != Days::All;
        cursor.next(
            candidate.packed,
            candidate.minutes,
            self.query.request,
            &candidate.window,
            |start, place, minutes| {
                (candidate.touched && overlay.takes(candidate.id, start, place, minutes, self.now.wall))
                    || (dated && !self.admits(candidate, start.rome_date()))
            },
        )
    }

    pub(super) fn hidden(&self) -> HiddenCounts {
        let mut hidden = HiddenCounts::default();
        let Some(service) = self.query.services.first() else {
            return hidden;
        };
        self.each(service, |candidate| {
            candidate
                .packed
                .count_free(&candidate.window, self.query.request, |day, free, kept| {
                    if candidate.open != Days::All && !candidate.schedule.open_on(day) {
                        hidden.by_suspension += free + kept;
                    } else if self.lets_in(&candidate, day) {
                        hidden.by_class += kept;
                    } else {
                        hidden.by_patient += free + kept;
                    }
                });
            if candidate.touched {
                let own = self
                    .store
                    .overlay()
                    .own(candidate.id)
                    .filter(|(start, place, minutes)| {
                        candidate.window.admits(*start, start.rome_offset_minutes())
                            && candidate.packed.is_free(*start, *place, *minutes)
                    });
                hidden.by_queue += u32::try_from(own.count()).unwrap_or(u32::MAX);
            }
        });
        hidden
    }

    pub(super) fn days(&self) -> BTreeMap<NaiveDate, u32> {
        let mut days = BTreeMap::new();
        let Some(service) = self.query.services.first() else {
            return days;
        };
        for candidate in self.candidates(service) {
            let mut count = |day, free| {
                if free > 0 && self.admits(&candidate, day) {
                    *days.entry(day).or_default() += free;
                }
            };
            if candidate.touched {
                self.count_beside_overlay(&candidate, count);
            } else {
                candidate
                    .packed
                    .count_free(&candidate.window, self.query.request, |day, free, _| count(day, free));
            }
        }
        days
    }

    /// Free slots by session, as [`PackedSchedule::count_free`] counts them, without those the desk's own
    /// doings take away. Slower, and for the few schedules that need it.
    fn count_beside_overlay(&self, candidate: &Candidate<'_>, mut each: impl FnMut(NaiveDate, u32)) {
        let overlay = self.store.overlay();
        for session in &candidate.packed.to_plain(candidate.id).sessions {
            if !session.classes.admits(self.query.request) {
                continue;
            }
            let mut free = 0;
            for slot in 0..session.slots {
                let start = session.slot_start(slot);
                if !candidate.window.admits(start, start.rome_offset_minutes()) {
                    continue;
                }
                for place in 0..session.places {
                    let bit = usize::from(slot) * usize::from(session.places) + usize::from(place);
                    let taken = || overlay.takes(candidate.id, start, place, session.step, self.now.wall);
                    free += u32::from(session.free.get(bit) && !taken());
                }
            }
            each(session.start.rome_date(), free);
        }
    }
}

/// On how much of a window a schedule is open for bookings.
fn open(schedule: &Schedule, span: &Span) -> Days {
    let valid = schedule.valid_from <= span.first && schedule.valid_to.is_none_or(|last| span.last <= last);
    let Some(suspension) = &schedule.suspension else {
        return if valid { Days::All } else { Days::Some };
    };
    if suspension.covers(span.first) && suspension.covers(span.last) {
        Days::None
    } else if valid && (suspension.from > span.last || suspension.to.is_some_and(|to| to < span.first)) {
        Days::All
    } else {
        Days::Some
    }
}

/// Lower case without accents, for comparing words.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'á' | 'â' | 'ä' => 'a',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ò' | 'ó' | 'ô' | 'ö' => 'o',
            'ù' | 'ú' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            'ñ' => 'n',
            other => other,
        })
        // Accents written as characters of their own.
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .collect()
}
