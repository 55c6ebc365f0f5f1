//! The search in memory, against going through every slot.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Timelike};
use lanterna_model::access::{AccessType, Sex};
use lanterna_model::age::AgeLimits;
use lanterna_model::availability::{ClassMask, FreeBits, ScheduleAvailability, SessionAvailability};
use lanterna_model::booking::Appointment;
use lanterna_model::geo::Coordinates;
use lanterna_model::ids::{LocationId, ScheduleId, ServiceCode};
use lanterna_model::schedule::{Schedule, SlotSpan, Suspension};
use lanterna_model::time::Minute;
use lanterna_store::Store;
use lanterna_store::search::{HiddenCounts, Order, Query};
use proptest::prelude::*;
use uuid::Uuid;

use crate::fixture::*;

const VISIT: &str = "89.7A.3";
const ECG: &str = "89.52";

/// A small region, its parts chosen by numbers.
#[derive(Clone, Debug)]
struct Region {
    schedules: Vec<Schedule>,
    rows: Vec<ScheduleAvailability>,
    queued: Vec<SlotSpan>,
}

fn day(offset: i64) -> NaiveDate {
    now().today() + chrono::Duration::days(offset)
}

prop_compose! {
    fn one_schedule()(
        location in 1u32..4, minutes in prop_oneof![Just(15u16), Just(20), Just(45)], also_ecg in any::<bool>(),
        horizon in prop_oneof![Just(10u16), Just(60), Just(400)], kind in 0u8..8,
        sessions in prop::collection::vec(
            (0i64..30, 6i32..17, prop_oneof![Just(10u16), Just(15), Just(20)], 1u16..9, 1u16..4,
             1u8..32, prop::collection::vec(any::<u8>(), 4)),
            0..9,
        )
    ) -> (Schedule, Vec<SessionAvailability>) {
        let mut services = vec![(VISIT, minutes)];
        if also_ecg {
            services.push((ECG, 10));
        }
        let mut it = schedule(1, location, &services);
        it.horizon_days = horizon;
        match kind {
            0 => it.sex = Some(Sex::F),
            1 => it.ages = AgeLimits { min: Some(47), max: None },
            2 => it.ages = AgeLimits { min: None, max: Some(14) },
            3 => it.exclusive = true,
            4 => it.suspension = Some(Suspension { from: day(5), to: Some(day(12)), reason: "prova".to_owned() }),
            5 => it.valid_to = Some(day(9)),
            6 => it.services[0].first = false,
            _ => {}
        }
        let mut found: BTreeMap<i64, SessionAvailability> = BTreeMap::new();
        for (offset, hour, step, slots, places, classes, bytes) in sessions {
            let midnight = Minute::rome_midnight(day(offset));
            // One session a day, so that none overlaps another.
            found.insert(offset, SessionAvailability {
                start: midnight.plus(hour * 60), step, slots, places, revision: 2, classes: ClassMask(classes),
                free: FreeBits::from_bytes(&bytes, usize::from(slots) * usize::from(places)),
            });
        }
        (it, found.into_values().collect())
    }
}

prop_compose! {
    fn region()(
        schedules in prop::collection::vec(one_schedule(), 1..7),
        queued in prop::collection::vec((any::<usize>(), any::<usize>(), any::<u16>()), 0..4)
    ) -> Region {
        let mut region = Region { schedules: Vec::new(), rows: Vec::new(), queued: Vec::new() };
        for (id, (mut it, sessions)) in (1u32..).zip(schedules) {
            it.id = ScheduleId(id);
            region.rows.push(ScheduleAvailability { schedule: it.id, sessions });
            region.schedules.push(it);
        }
        for (schedule, session, slot) in queued {
            let row = &region.rows[schedule % region.rows.len()];
            if row.sessions.is_empty() {
                continue;
            }
            let session = &row.sessions[session % row.sessions.len()];
            let slot = slot % session.slots;
            region.queued.push(SlotSpan {
                schedule: row.schedule, start: session.slot_start(slot), place: 0, minutes: session.step, revision: 2,
            });
        }
        region
    }
}

prop_compose! {
    fn query()(
        access in prop_oneof![3 => Just(AccessType::First), 1 => Just(AccessType::FollowUp)], class in 0u8..4,
        from in prop::option::of(-3i64..20), to in prop::option::of(0i64..40), weekdays in 0u8..128,
        hours in prop_oneof![Just((0u16, 1_439u16)), Just((480, 720)), Just((840, 1_080))],
        origin in any::<bool>(), max_km in prop::option::of(2.0f64..20.0),
        location in prop::option::weighted(0.2, 1u32..4),
        birth in prop::option::of(prop_oneof![Just("1980-01-01"), Just("2012-11-28"), Just("1979-12-05")]),
        sex in prop::option::of(prop_oneof![Just(Sex::M), Just(Sex::F)]),
        deadline in prop::option::of(0i64..30),
        order in prop_oneof![Just(Order::Date), Just(Order::Distance), Just(Order::Facility)],
        offset in 0usize..6, limit in 1usize..9
    ) -> Query {
        Query {
            services: vec![ServiceCode::parse(VISIT).unwrap()],
            access,
            request: match access {
                AccessType::FollowUp => ClassMask::FOLLOW_UP,
                AccessType::First => ClassMask(1 << class),
            },
            from: from.map(day), to: to.map(day), weekdays, day_from: hours.0, day_to: hours.1,
            origin: origin.then_some(Coordinates { lat: 44.4, lon: 8.9 }), max_km,
            organization: None, location: location.map(LocationId),
            birth_date: birth.map(|text| text.parse().unwrap()), sex,
            deadline: deadline.map(|days| Minute::rome_midnight(day(days))),
            order, offset, limit,
        }
    }
}

fn opened(region: &Region) -> Store {
    let mut store = Store::in_memory().unwrap();
    enrolled(&mut store);
    let services = vec![service(VISIT, "Visita cardiologica", ""), service(ECG, "ECG", "")];
    let known = catalogue(services, (1..4).map(location).collect(), region.schedules.clone());
    fetch(&mut store, &known, &region.rows, 5);
    for (at, span) in region.queued.iter().enumerate() {
        let seed = (at as u128 + 1) * 10_000;
        let mut new = booking(seed, &format!("0700A4{at:09}"), 0);
        new.appointments = vec![Appointment {
            line: 1,
            service: ServiceCode::parse(VISIT).unwrap(),
            span: *span,
        }];
        new.operation = Uuid::from_u128(seed + 1);
        store.transaction(|tx| tx.desk().add_booking(new, now().wall)).unwrap();
    }
    store
}

/// One slot after the other, with nothing clever about it.
struct Naive<'a> {
    region: &'a Region,
    query: &'a Query,
}

impl Naive<'_> {
    fn km(&self, schedule: &Schedule) -> Option<f64> {
        let site = location(schedule.location.0);
        self.query.origin.map(|origin| origin.km_to(&site.coordinates))
    }

    fn inside_filters(&self, schedule: &Schedule, code: &ServiceCode) -> bool {
        let far = matches!((self.km(schedule), self.query.max_km), (Some(km), Some(most)) if km > most);
        let site = self.query.location.is_none_or(|wanted| wanted == schedule.location);
        let offered = schedule.service(code).is_some_and(|it| it.accepts(self.query.access));
        offered && site && !far && !schedule.exclusive
    }

    fn in_window(&self, schedule: &Schedule, start: Minute) -> bool {
        let wall = start.rome();
        let weekday = 1u8 << wall.weekday().num_days_from_monday();
        let minute = u16::try_from(wall.hour() * 60 + wall.minute()).unwrap();
        let q = self.query;
        start > now().minute()
            && q.from.is_none_or(|from| wall.date() >= from)
            && q.to.is_none_or(|to| wall.date() <= to)
            && wall.date() <= day(i64::from(schedule.horizon_days))
            && (q.weekdays & 0x7f == 0 || q.weekdays & weekday != 0)
            && (q.day_from..=q.day_to).contains(&minute)
    }

    fn admitted(&self, schedule: &Schedule, on: NaiveDate) -> bool {
        let age = self.query.birth_date.is_none_or(|birth| schedule.ages.admit(birth, on));
        age && !matches!((self.query.sex, schedule.sex), (Some(sex), Some(only)) if sex != only)
    }

    fn queued(&self, schedule: ScheduleId, start: Minute, place: u16, minutes: u16) -> bool {
        let wanted = SlotSpan {
            schedule,
            start,
            place,
            minutes,
            revision: 2,
        };
        self.region.queued.iter().any(|known| known.overlaps(&wanted))
    }

    fn free(session: &SessionAvailability, slot: u16, place: u16, run: u16) -> bool {
        slot + run <= session.slots
            && (slot..slot + run).all(|slot| {
                let bit = usize::from(slot) * usize::from(session.places) + usize::from(place);
                session.free.get(bit)
            })
    }

    fn sessions(&self) -> impl Iterator<Item = (&Schedule, &SessionAvailability)> {
        let both = self.region.schedules.iter().zip(&self.region.rows);
        both.flat_map(|(schedule, row)| row.sessions.iter().map(move |session| (schedule, session)))
    }

    fn offers(&self, code: &ServiceCode) -> Vec<(usize, SlotSpan)> {
        let mut found = Vec::new();
        for (schedule, session) in self.sessions() {
            if !self.inside_filters(schedule, code) || !session.classes.admits(self.query.request) {
                continue;
            }
            let run = session.run_of(schedule.service(code).unwrap().minutes);
            let minutes = run * session.step;
            for slot in 0..session.slots {
                let start = session.slot_start(slot);
                let on = start.rome_date();
                let open = schedule.open_on(on) && self.admitted(schedule, on);
                if !open || !self.in_window(schedule, start) {
                    continue;
                }
                let place = (0..session.places).find(|place| {
                    Self::free(session, slot, *place, run) && !self.queued(schedule.id, start, *place, minutes)
                });
                if let Some(place) = place {
                    found.push((
                        schedule.id.0 as usize,
                        SlotSpan {
                            schedule: schedule.id,
                            start,
                            place,
                            minutes,
                            revision: 2,
                        },
                    ));
                }
            }
        }
        found
    }

    fn site(&self, at: usize) -> LocationId {
        self.region.schedules[at - 1].location
    }

    /// The page that the query asks for, and whether more follows.
    fn page(&self) -> (Vec<SlotSpan>, bool) {
        let near = |at: usize| {
            self.km(&self.region.schedules[at - 1])
                .map_or(u32::MAX, |km| (km * 10.0) as u32)
        };
        let mut found = self.offers(&self.query.services[0]);
        found.sort_by_key(|(at, span)| (span.start, near(*at), *at));
        let by_site = match self.query.order {
            Order::Date => false,
            Order::Distance => self.query.origin.is_some(),
            Order::Facility => true,
        };
        if by_site {
            // Five of each site in turn, those inside the limit before the others.
            let mut rows: BTreeMap<(bool, LocationId), usize> = BTreeMap::new();
            let mut ranked: Vec<_> = found
                .into_iter()
                .map(|(at, span)| {
                    let beyond = self.query.deadline.is_some_and(|deadline| span.start > deadline);
                    let row = rows.entry((beyond, self.site(at))).or_default();
                    *row += 1;
                    let (by_km, by_name) = match self.query.order {
                        Order::Facility => (0, location(self.site(at).0).name),
                        _ => (near(at), String::new()),
                    };
                    ((beyond, (*row - 1) / 5, by_km, by_name, self.site(at)), (at, span))
                })
                .collect();
            ranked.sort_by(|(one, _), (other, _)| one.cmp(other));
            found = ranked.into_iter().map(|(_, offer)| offer).collect();
        }
        let more = found.len() > self.query.offset + self.query.limit;
        let page = found.into_iter().skip(self.query.offset).take(self.query.limit);
        (page.map(|(_, span)| span).collect(), more)
    }

    fn hidden(&self) -> HiddenCounts {
        let code = &self.query.services[0];
        let mut hidden = HiddenCounts::default();
        for (schedule, session) in self.sessions() {
            if !self.inside_filters(schedule, code) {
                continue;
            }
            for slot in 0..session.slots {
                let start = session.slot_start(slot);
                if !self.in_window(schedule, start) {
                    continue;
                }
                for place in 0..session.places {
                    if !Self::free(session, slot, place, 1) {
                        continue;
                    }
                    let on = start.rome_date();
                    if !schedule.open_on(on) {
                        hidden.by_suspension += 1;
                    } else if !self.admitted(schedule, on) {
                        hidden.by_patient += 1;
                    } else if !session.classes.admits(self.query.request) {
                        hidden.by_class += 1;
                    }
                }
            }
        }
        for span in &self.region.queued {
            let schedule = &self.region.schedules[span.schedule.0 as usize - 1];
            let free = self.sessions().any(|(it, session)| {
                it.id == span.schedule
                    && session
                        .slot_at(span.start)
                        .is_some_and(|slot| Self::free(session, slot, span.place, 1))
            });
            if self.inside_filters(schedule, code) && self.in_window(schedule, span.start) && free {
                hidden.by_queue += 1;
            }
        }
        hidden
    }

    fn days(&self) -> BTreeMap<NaiveDate, u32> {
        let code = &self.query.services[0];
        let mut days = BTreeMap::new();
        for (schedule, session) in self.sessions() {
            if !self.inside_filters(schedule, code) || !session.classes.admits(self.query.request) {
                continue;
            }
            for slot in 0..session.slots {
                let start = session.slot_start(slot);
                let on = start.rome_date();
                let open = schedule.open_on(on) && self.admitted(schedule, on);
                for place in 0..session.places {
                    let offered = open
                        && self.in_window(schedule, start)
                        && Self::free(session, slot, place, 1)
                        && !self.queued(schedule.id, start, place, session.step);
                    if offered {
                        *days.entry(on).or_default() += 1;
                    }
                }
            }
        }
        days
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn a_page_is_what_a_scan_of_every_slot_finds(region in region(), query in query()) {
        let store = opened(&region);
        let naive = Naive { region: &region, query: &query };
        let found = store.search(&query, now());
        let spans: Vec<SlotSpan> = found.offers.iter().map(|offer| offer.spans[0]).collect();
        let (page, more) = naive.page();
        prop_assert_eq!(spans, page);
        prop_assert_eq!(found.more, more);
        prop_assert_eq!(store.hidden(&query, now()), naive.hidden());
        prop_assert_eq!(store.days(&query, now()), naive.days());
    }

    #[test]
    fn several_services_are_one_after_the_other_and_end_as_early_as_they_can(region in region(), query in query()) {
        let query = Query {
            services: vec![ServiceCode::parse(VISIT).unwrap(), ServiceCode::parse(ECG).unwrap()],
            order: Order::Date, offset: 0, limit: 200, ..query
        };
        let store = opened(&region);
        let naive = Naive { region: &region, query: &query };
        // Every pair that does not overlap; the best of each site and day.
        let (visits, examinations) = (naive.offers(&query.services[0]), naive.offers(&query.services[1]));
        let mut best: BTreeMap<(LocationId, NaiveDate), Minute> = BTreeMap::new();
        for (at, visit) in &visits {
            for (other, examination) in &examinations {
                let on = visit.start.rome_date();
                let together = naive.site(*at) == naive.site(*other) && examination.start.rome_date() == on;
                if together && (visit.end() <= examination.start || examination.end() <= visit.start) {
                    let end = visit.end().max(examination.end());
                    let known = best.entry((naive.site(*at), on)).or_insert(end);
                    *known = end.min(*known);
                }
            }
        }
        let found = store.search(&query, now());
        prop_assert!(!found.more);
        let mut seen = BTreeMap::new();
        for offer in &found.offers {
            let [visit, examination] = offer.spans[..] else { panic!("one place for each service") };
            prop_assert!(visit.end() <= examination.start || examination.end() <= visit.start);
            prop_assert!(visits.iter().any(|(at, it)| *it == visit && naive.site(*at) == offer.location));
            prop_assert!(examinations.iter().any(|(at, it)| *it == examination && naive.site(*at) == offer.location));
            seen.insert((offer.location, visit.start.rome_date()), visit.end().max(examination.end()));
        }
        prop_assert_eq!(seen.len(), found.offers.len(), "one offer for each site and day");
        prop_assert_eq!(seen, best);
    }
}

fn names(text: &str) -> Vec<String> {
    let mut store = Store::in_memory().unwrap();
    let services = vec![
        service("89.01.3", "Visita cardiologica di controllo", "cardiologo, cuore"),
        service("89.7A.3", "Visita cardiologica", "cardiologo, cuore"),
        service("89.7B.8", "Prima visita di cardiochirurgia", ""),
        service(
            "88.72.2",
            "Ecocolordoppler cardiaco",
            "ecocardiogramma, ecografia al cuore",
        ),
        service("89.13", "Visita neurologica", "perché no"),
    ];
    let schedules = vec![schedule(1, 1, &[("89.7A.3", 30)])];
    fetch(&mut store, &catalogue(services, vec![location(1)], schedules), &[], 5);
    let known = store.catalogue().clone();
    known
        .suggest_services(text, 10)
        .into_iter()
        .map(|it| it.code.as_str().to_owned())
        .collect()
}

#[test]
fn typed_words_find_the_common_visit_first() {
    assert_eq!(names("visita card")[..2], ["89.7A.3", "89.01.3"]);
    assert_eq!(names("  VISITA   Card ")[..2], ["89.7A.3", "89.01.3"]);
    // Out of order, by the other name, with or without accents, by code.
    assert_eq!(names("card visita")[0], "89.7A.3");
    assert_eq!(names("cuore")[0], "89.7A.3");
    assert_eq!(names("perche"), ["89.13"]);
    assert_eq!(names("perche\u{301}"), ["89.13"]);
    assert_eq!(names("88.7"), ["88.72.2"]);
    assert_eq!(names("89.7a"), ["89.7A.3"]);
    assert_eq!(names("visita dent"), Vec::<String>::new());
    assert_eq!(names("   "), Vec::<String>::new());
}
