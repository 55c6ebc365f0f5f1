//! Which schedules come into question, and what is hidden on them.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
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
    /// Whether days have to be looked at one by one: suspension, validity.
    dated: bool,
    touched: bool,
}

impl<'a> Context<'a> {
    /// The window of the query on a schedule: never the past, never beyond its horizon.
    fn window(&self, schedule: &Schedule) -> WindowFilter {
        let today = self.now.today();
        let from_day = self.query.from.map_or(today, |from| from.max(today));
        let horizon = today
            .checked_add_days(Days::new(u64::from(schedule.horizon_days)))
            .unwrap_or(NaiveDate::MAX);
        let last_day = self.query.to.map_or(horizon, |to| to.min(horizon));
        let after = last_day.succ_opt().unwrap_or(last_day);
        WindowFilter {
            from: Minute::rome_midnight(from_day).max(self.now.minute().plus(1)),
            to: Minute::rome_midnight(after),
            weekdays: if self.query.weekdays & 0x7f == 0 {
                0x7f
            } else {
                self.query.weekdays
            },
            day_from: self.query.day_from,
            day_to: self.query.day_to,
        }
    }

    /// Calls `each` with every schedule inside the filters that offers a service for this access.
    fn each(&self, service: &ServiceCode, mut each: impl FnMut(Candidate<'a>)) {
        let catalogue = self.store.catalogue();
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
            each(Candidate {
                id: *id,
                packed,
                minutes: offered.minutes,
                location: schedule.location,
                km,
                window: self.window(schedule),
                schedule,
                dated: schedule.suspension.is_some()
                    || schedule.valid_to.is_some()
                    || schedule.valid_from > self.now.today(),
                touched: self.store.overlay().touches(*id),
            });
        }
    }

    /// The schedules that may be offered to this patient.
    pub(super) fn candidates(&self, service: &ServiceCode) -> Vec<Candidate<'a>> {
        let mut all = Vec::new();
        self.each(service, |candidate| {
            if self.admits(candidate.schedule) {
                all.push(candidate);
            }
        });
        all
    }

    /// Whether the schedule's limits let the patient in, as far as they are known. Ages are those of
    /// today: who comes of age before the appointment is judged by the central.
    fn admits(&self, schedule: &Schedule) -> bool {
        let today = self.now.today();
        self.query
            .birth_date
            .is_none_or(|birth| schedule.ages.admit(birth, today))
            && match (self.query.sex, schedule.sex) {
                (Some(sex), Some(only)) => sex == only,
                _ => true,
            }
    }

    /// The next offer of a cursor, the desk's own doings left out.
    pub(super) fn next(&self, candidate: &Candidate<'a>, cursor: &mut FreeCursor) -> Option<FreeSlot> {
        let overlay = self.store.overlay();
        cursor.next(
            candidate.packed,
            candidate.minutes,
            self.query.request,
            &candidate.window,
            |start, place, minutes| {
                (candidate.touched && overlay.takes(candidate.id, start, place, minutes, self.now.wall))
                    || (candidate.dated && !candidate.schedule.open_on(start.rome_date()))
            },
        )
    }

    pub(super) fn hidden(&self) -> HiddenCounts {
        let mut hidden = HiddenCounts::default();
        let Some(service) = self.query.services.first() else {
            return hidden;
        };
        self.each(service, |candidate| {
            let admitted = self.admits(candidate.schedule);
            candidate
                .packed
                .count_free(&candidate.window, self.query.request, |day, free, kept| {
                    if candidate.dated && !candidate.schedule.open_on(day) {
                        hidden.by_suspension += free + kept;
                    } else if admitted {
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
            candidate
                .packed
                .count_free(&candidate.window, self.query.request, |day, free, _| {
                    if free > 0 && (!candidate.dated || candidate.schedule.open_on(day)) {
                        *days.entry(day).or_default() += free;
                    }
                });
        }
        days
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
            other => other,
        })
        .collect()
}
