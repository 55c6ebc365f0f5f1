//! What is asked: by people of every age from every municipality, for services as often as they are offered.

use chrono::{Datelike, Days, NaiveDate};
use lanterna_model::access::{AccessType, Sex};
use lanterna_model::availability::{ClassMask, WindowFilter};
use lanterna_model::ids::{ScheduleId, ServiceCode};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::Schedule;
use lanterna_model::time::{Minute, Now};
use lanterna_store::search::{Order, Query};
use lanterna_wire::catalogue::Catalogue;

use crate::draw::Draw;

/// A kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first 20 places from now on.
    First,
    /// The same on one afternoon of the week.
    Window,
    /// The same within 15 km.
    WindowNear,
    /// Three services at one site on one day.
    Three,
}

/// Rows of a page.
pub const PAGE: usize = 20;

/// Makes questions about a catalogue.
pub struct Questions<'a> {
    catalogue: &'a Catalogue,
    now: Now,
    draw: Draw,
}

impl<'a> Questions<'a> {
    /// The questions of a seed.
    #[must_use]
    pub fn new(catalogue: &'a Catalogue, now: Now, seed: u64) -> Self {
        Self {
            catalogue,
            now,
            draw: Draw::new(seed),
        }
    }

    /// The next question; `None` of a catalogue without schedules.
    pub fn next(&mut self, kind: Kind) -> Option<Query> {
        // A schedule by chance, then one of its services: services come as often as they are offered.
        let schedule = self.draw.pick(&self.catalogue.schedules)?;
        let mut services = vec![self.draw.pick(&schedule.services)?.clone()];
        let access = match (services[0].first, services[0].follow_up) {
            (true, false) => AccessType::First,
            (false, true) => AccessType::FollowUp,
            _ if self.draw.below(3) > 0 => AccessType::First,
            _ => AccessType::FollowUp,
        };
        if kind == Kind::Three {
            services.extend(self.two_more(schedule, &services[0].code, access)?);
        }
        let class = *self.draw.pick(&Priority::ALL)?;
        let wait = [3, 10, 30, 120].get(class as usize).copied().unwrap_or(120);
        let deadline = self.now.today().checked_add_days(Days::new(wait))?;
        let windowed = matches!(kind, Kind::Window | Kind::WindowNear);
        let origin = self.draw.pick(&self.catalogue.municipalities)?.coordinates;
        Some(Query {
            services: services.into_iter().map(|service| service.code).collect(),
            access,
            request: ClassMask::request(access, Some(class)),
            from: None,
            to: None,
            weekdays: if windowed { 1 << self.draw.below(5) } else { 0 },
            day_from: if windowed { 14 * 60 } else { 0 },
            day_to: if windowed { 18 * 60 } else { 1_439 },
            origin: Some(origin),
            max_km: (kind == Kind::WindowNear).then_some(15.0),
            organization: None,
            location: None,
            birth_date: self.birth(),
            sex: Some(if self.draw.below(2) == 0 { Sex::F } else { Sex::M }),
            deadline: (access == AccessType::First).then(|| Minute::rome_midnight(deadline)),
            order: Order::Date,
            offset: 0,
            limit: PAGE,
        })
    }

    fn birth(&mut self) -> Option<NaiveDate> {
        let days = self.draw.below(95 * 365);
        self.now.today().checked_sub_days(Days::new(days as u64 + 1))
    }

    /// Two more services that the same site offers to the same access, on other schedules.
    fn two_more(
        &mut self,
        beside: &Schedule,
        first: &ServiceCode,
        access: AccessType,
    ) -> Option<Vec<lanterna_model::schedule::ScheduleService>> {
        let mut others: Vec<_> = self
            .catalogue
            .schedules
            .iter()
            .filter(|schedule| schedule.location == beside.location && schedule.id != beside.id)
            .flat_map(|schedule| &schedule.services)
            .filter(|service| service.accepts(access) && service.code != *first)
            .collect();
        others.sort_unstable_by_key(|service| &service.code);
        others.dedup_by_key(|service| &service.code);
        let one = others.swap_remove(self.draw.below(others.len()).min(others.len().checked_sub(1)?));
        let other = others.swap_remove(self.draw.below(others.len()).min(others.len().checked_sub(1)?));
        Some(vec![one.clone(), other.clone()])
    }
}

/// A schedule that comes into question, found by looking at all of them: what a control is given for nothing.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// The schedule.
    pub schedule: &'a Schedule,
    /// Minutes of the service there.
    pub minutes: u16,
    /// Tenths of a kilometre; the largest number where unknown.
    pub near: u32,
    /// What is looked at.
    pub window: WindowFilter,
    /// Whether each day has to be looked at: validity, suspension, the patient's age.
    pub dated: bool,
}

impl Candidate<'_> {
    /// Whether a start lies in the window, on a day that the patient may be offered.
    #[must_use]
    pub fn starts_fit(&self, query: &Query, start: Minute) -> bool {
        let offset = if self.window.is_plain() {
            0
        } else {
            start.rome_offset_minutes()
        };
        self.window.admits(start, offset) && (!self.dated || self.admits(query, start.rome_date()))
    }

    fn admits(&self, query: &Query, day: NaiveDate) -> bool {
        let age = query
            .birth_date
            .is_none_or(|birth| self.schedule.ages.admit(birth, day));
        self.schedule.open_on(day) && age
    }
}

/// The candidates of the first service, in the order of the catalogue.
#[must_use]
pub fn candidates<'a>(catalogue: &'a Catalogue, query: &Query, now: Now) -> Vec<Candidate<'a>> {
    let today = now.today();
    let mut found = Vec::new();
    for schedule in &catalogue.schedules {
        let Some(service) = query.services.first().and_then(|code| schedule.service(code)) else {
            continue;
        };
        let site = catalogue.locations.iter().find(|site| site.id == schedule.location);
        let km = match (query.origin, site) {
            (Some(origin), Some(site)) => Some(origin.km_to(&site.coordinates)),
            _ => None,
        };
        let far = matches!((km, query.max_km), (Some(km), Some(most)) if km > most);
        let sex = matches!((query.sex, schedule.sex), (Some(sex), Some(only)) if sex != only);
        let elsewhere = query.location.is_some_and(|wanted| wanted != schedule.location)
            || query
                .organization
                .as_ref()
                .is_some_and(|wanted| *wanted != schedule.organization);
        if !service.accepts(query.access) || schedule.exclusive || far || sex || elsewhere {
            continue;
        }
        let horizon = today + Days::new(u64::from(schedule.horizon_days));
        let last = query.to.map_or(horizon, |to| to.min(horizon));
        let first = query.from.map_or(today, |from| from.max(today));
        let fits = |day| query.birth_date.is_none_or(|birth| schedule.ages.admit(birth, day));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // kilometres on earth
        found.push(Candidate {
            schedule,
            minutes: service.minutes,
            near: km.map_or(u32::MAX, |km| (km * 10.0) as u32),
            window: WindowFilter {
                from: Minute::rome_midnight(first).max(now.minute().plus(1)),
                to: Minute::rome_midnight(last + Days::new(1)),
                weekdays: if query.weekdays & 0x7f == 0 {
                    0x7f
                } else {
                    query.weekdays
                },
                day_from: query.day_from,
                day_to: query.day_to,
            },
            dated: schedule.suspension.is_some()
                || !schedule.open_on(first)
                || !schedule.open_on(last)
                || !fits(first)
                || !fits(last),
        });
    }
    found
}

/// Where each schedule of the candidates stands among them, by its number.
#[must_use]
pub fn positions(candidates: &[Candidate<'_>]) -> Vec<Option<usize>> {
    let most = candidates.iter().map(|it| it.schedule.id.0).max().unwrap_or(0);
    let mut positions = vec![None; most as usize + 1];
    for (at, candidate) in candidates.iter().enumerate() {
        positions[candidate.schedule.id.0 as usize] = Some(at);
    }
    positions
}

/// The position of a schedule among the candidates.
#[must_use]
pub fn position(positions: &[Option<usize>], schedule: ScheduleId) -> Option<usize> {
    positions.get(schedule.0 as usize).copied().flatten()
}

/// The stretches of time that a window consists of: one for each day whose weekday is wanted. Days on
/// which the clock changes come whole, as the hours of the wall do there.
#[must_use]
pub fn stretches(window: &WindowFilter) -> Vec<(Minute, Minute)> {
    if window.is_plain() {
        return vec![(window.from, window.to)];
    }
    let (first, last) = (window.from.rome_date(), window.to.rome_date());
    first
        .iter_days()
        .take_while(|day| *day <= last)
        .filter(|day| window.weekdays & (1 << day.weekday().num_days_from_monday()) != 0)
        .map(|day| {
            let midnight = Minute::rome_midnight(day);
            let next = Minute::rome_midnight(day + Days::new(1));
            let (from, to) = if next.0 - midnight.0 == 1_440 {
                (
                    midnight.plus(i32::from(window.day_from)),
                    midnight.plus(i32::from(window.day_to) + 1),
                )
            } else {
                (midnight, next)
            };
            (from.max(window.from), to.min(window.to))
        })
        .filter(|(from, to)| from < to)
        .collect()
}
