//! Schedules and sessions.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, Timelike, Weekday};
use lanterna_model::access::Channel;
use lanterna_model::schedule::PublishedSession;
use lanterna_model::working_days::is_national_holiday;

use super::*;
use crate::demo::files::files;
use crate::import::{export, import};

fn slots(sessions: &[PublishedSession]) -> usize {
    sessions
        .iter()
        .map(|session| usize::from(session.slots) * usize::from(session.places))
        .sum()
}

fn taken(session: &PublishedSession) -> usize {
    session.closed.iter().map(|byte| byte.count_ones() as usize).sum()
}

#[test]
fn the_same_seed_gives_the_same_region_and_another_one_another() {
    let one = usual();
    assert_eq!(format!("{one:?}"), format!("{:?}", usual()));
    assert_ne!(one.schedules, region(SEED + 1, 600, monday()).schedules);
}

#[test]
fn a_region_fits_together_whatever_its_size_and_day() {
    for (schedules, today) in [
        (0, "2026-11-09"),
        (1, "2026-11-09"),
        (40, "2027-02-28"),
        (600, "2026-11-09"),
        (600, "2026-03-28"),
        (700, "2028-02-29"),
    ] {
        let region = region(SEED, schedules, today.parse().unwrap());
        assert_eq!(region.schedules.len(), schedules);
        region.check().unwrap();
    }
}

#[test]
fn a_region_comes_back_from_its_files_without_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let made = region(SEED, 200, monday());
    export(&made, folder.path()).unwrap();
    let read = import(folder.path(), &standard_rules()).unwrap();
    assert!(read.report.clean(), "{}", read.report);
    assert_eq!(read.region, made);
}

#[test]
fn the_usual_region_offers_every_service_to_family_doctors_and_uses_every_site() {
    let region = usual();
    for service in &region.services {
        let offered = region.schedules.iter().any(|published| {
            let schedule = &published.schedule;
            schedule.service(&service.code).is_some()
                && schedule.visible_to(Channel::Mmg)
                && !schedule.exclusive
                && schedule.suspension.is_none()
                && !published.sessions.is_empty()
        });
        assert!(offered, "{} {}", service.code, service.name);
    }
    let used: HashSet<_> = region.schedules.iter().map(|it| it.schedule.location).collect();
    assert_eq!(used.len(), files().locations.len());
}

#[test]
fn the_full_region_has_as_many_slots_as_it_is_planned_for() {
    let region = region(SEED, 8_000, monday());
    let sessions: usize = region.schedules.iter().map(|it| it.sessions.len()).sum();
    let slots: usize = region.schedules.iter().map(|it| slots(&it.sessions)).sum();
    println!("{sessions} sessions, {slots} slots");
    assert!((450_000..550_000).contains(&sessions), "{sessions} sessions");
    assert!((5_300_000..5_900_000).contains(&slots), "{slots} slots");
    region.check().unwrap();
}

#[test]
fn near_days_are_almost_full_and_the_sixth_month_is_not() {
    let mut by_week: HashMap<i64, (usize, usize)> = HashMap::new();
    let region = region(SEED, 2_000, monday());
    for session in region.schedules.iter().flat_map(|it| &it.sessions) {
        let week = (session.start.rome_date() - monday()).num_days() / 7;
        let sums = by_week.entry(week).or_default();
        sums.0 += taken(session);
        sums.1 += usize::from(session.slots) * usize::from(session.places);
    }
    let share = |week| {
        let (taken, all) = by_week[&week];
        taken * 100 / all
    };
    println!("{:?}", (0..25).map(share).collect::<Vec<_>>());
    assert!((95..=98).contains(&share(0)), "{} %", share(0));
    assert!((75..=85).contains(&share(4)), "{} %", share(4));
    assert!((20..=30).contains(&share(24)), "{} %", share(24));
}

#[test]
fn some_schedules_are_full_for_months_and_some_are_nearly_empty() {
    let region = usual();
    let near = |days: i64, most: usize| {
        region
            .schedules
            .iter()
            .filter(|it| {
                let near: Vec<_> = it
                    .sessions
                    .iter()
                    .filter(|one| (one.start.rome_date() - monday()).num_days() < days)
                    .collect();
                let all: usize = near.iter().map(|one| usize::from(one.slots * one.places)).sum();
                let taken: usize = near.iter().map(|one| taken(one)).sum();
                all >= 10 && taken * 100 <= all * most && (most < 100 || taken == all)
            })
            .count()
    };
    let (full, empty) = (near(40, 100), near(40, 30));
    assert!((20..120).contains(&full), "{full} full");
    assert!((2..40).contains(&empty), "{empty} empty");
}

#[test]
fn nobody_works_on_sundays_holidays_or_out_of_hours_and_few_on_saturdays() {
    // Both changes of the clock, Easter and the patron of the country lie in these days.
    let region = region(SEED, 600, "2026-09-28".parse().unwrap());
    let (mut saturdays, mut all) = (0, 0);
    for session in region.schedules.iter().flat_map(|it| &it.sessions) {
        let start = session.start.rome();
        let end = session.start.plus(i32::from(session.step * session.slots)).rome();
        assert!(!is_national_holiday(start.date()), "{start}");
        assert_ne!(start.weekday(), Weekday::Sun, "{start}");
        let minutes = |at: chrono::NaiveDateTime| at.hour() * 60 + at.minute();
        let (from, to) = (minutes(start), minutes(end));
        let morning = from >= 8 * 60 && to <= 13 * 60;
        let afternoon = from >= 14 * 60 && to <= 18 * 60;
        assert!(morning || afternoon, "{start} to {end}");
        all += 1;
        saturdays += usize::from(start.weekday() == Weekday::Sat);
    }
    assert!(saturdays > 0 && saturdays * 20 < all, "{saturdays} of {all}");
    let eight = |day: &str| {
        let day: NaiveDate = day.parse().unwrap();
        region
            .schedules
            .iter()
            .flat_map(|it| &it.sessions)
            .map(|session| session.start)
            .filter(|start| start.rome_date() == day)
            .min()
            .unwrap()
            .utc()
            .hour()
    };
    assert_eq!((eight("2026-10-23"), eight("2026-10-26")), (6, 7));
}

#[test]
fn schedules_of_one_resource_never_meet() {
    let region = usual();
    let mut by_resource: HashMap<_, Vec<_>> = HashMap::new();
    for it in &region.schedules {
        by_resource.entry(it.schedule.resource).or_default().push(it);
    }
    let shared: Vec<_> = by_resource.values().filter(|list| list.len() > 1).collect();
    assert!(shared.len() >= 5, "{} doctors with two agendas", shared.len());
    for list in shared {
        let places: HashSet<_> = list.iter().map(|it| it.schedule.location).collect();
        assert_eq!(places.len(), 1);
        let mut spans: Vec<_> = list
            .iter()
            .flat_map(|it| &it.sessions)
            .map(|one| (one.start, one.start.plus(i32::from(one.step * one.slots))))
            .collect();
        spans.sort_unstable();
        assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0));
    }
}

#[test]
fn every_peculiarity_of_schedules_is_met_in_the_usual_region() {
    let region = usual();
    let count = |what: &str, least: usize, is: &dyn Fn(&PublishedSchedule) -> bool| {
        let found = region.schedules.iter().filter(|it| is(it)).count();
        assert!(found >= least, "{found} {what}");
    };
    count("with two places", 10, &|it| {
        it.sessions.iter().any(|one| one.places == 2)
    });
    count("with services of different minutes", 20, &|it| {
        let services = &it.schedule.services;
        services.iter().any(|one| one.minutes != services[0].minutes)
    });
    count("with services longer than a slot", 20, &|it| {
        let step = it.sessions.first().map_or(0, |one| one.step);
        it.schedule.services.iter().any(|one| one.minutes > step)
    });
    count("with quotas", 20, &|it| !it.schedule.quotas.is_empty());
    count("for children", 5, &|it| it.schedule.ages.max == Some(14));
    count("for adults", 20, &|it| it.schedule.ages.min.is_some());
    count("for women", 15, &|it| it.schedule.sex.is_some());
    count("for follow-ups alone", 20, &|it| {
        it.schedule.services.iter().all(|one| !one.first)
    });
    count("hidden from family doctors", 10, &|it| {
        !it.schedule.visible_to(Channel::Mmg)
    });
    count("exclusive", 2, &|it| it.schedule.exclusive);
    count("suspended", 2, &|it| {
        it.schedule.suspension.as_ref().is_some_and(|it| !it.reason.is_empty())
    });
}

#[test]
fn populous_places_have_more() {
    let region = usual();
    let of = |place: &str| {
        region
            .schedules
            .iter()
            .filter(|it| {
                let location = files()
                    .locations
                    .iter()
                    .find(|location| location.id == it.schedule.location);
                location.is_some_and(|location| location.municipality_name == place)
            })
            .count()
    };
    let (genoa, savona, levanto) = (of("Genova"), of("Savona"), of("Levanto"));
    assert!(
        genoa > 3 * savona && savona > 3 * levanto,
        "{genoa}, {savona}, {levanto}"
    );
    assert!(genoa < 400, "{genoa}");
}
