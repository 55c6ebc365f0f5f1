//! The demonstration region: Liguria's municipalities and facilities, and everything else made up
//! from a seed. The same seed, number of schedules and day give the same region, byte for byte.
//!
//! Nothing here reads a clock or an entropy source. Every schedule draws from a stream of its own,
//! so that a larger region begins with the schedules of a smaller one, the two suspended ones aside.

mod background;
mod files;
mod occupancy;
mod people;
mod plan;
mod prescriptions;
mod publish;
mod seeded;
mod sites;
mod stock;
mod units;
mod week;

#[cfg(test)]
mod tests;

use chrono::{Days, NaiveDate};
use lanterna_model::ids::ScheduleId;
use lanterna_model::schedule::Suspension;

pub use background::{Background, Deed};
pub use prescriptions::{DemoPrescription, Expectation, prescriptions};
pub use stock::lease_policy;

use crate::import::standard_rules;
use crate::ledger::{PublishedSchedule, Region};

/// Days for which sessions are published, today included.
pub const DAYS: u16 = 180;

/// Telephone on the slips; nobody answers.
const CONTACT: &str = "010 000 0000";

/// The region on a day, with so many schedules: 600 have every service at least once, 8,000 are the
/// full region of some half million sessions.
#[must_use]
pub fn region(seed: u64, schedules: usize, today: NaiveDate) -> Region {
    let files = files::files();
    let plan = plan::plan(seed, schedules, files);
    let calendar = week::Calendar::new(today, DAYS);
    let mut published: Vec<PublishedSchedule> = plan
        .iter()
        .enumerate()
        .map(|(at, placed)| publish::publish(seed, at, placed, &calendar, files, today))
        .collect();
    suspend(&mut published, &plan, today);
    let mut rules = standard_rules();
    CONTACT.clone_into(&mut rules.contact);
    Region {
        services: files.services.clone(),
        organizations: files.organizations.clone(),
        locations: files.locations.clone(),
        municipalities: files.municipalities.clone(),
        exemptions: files.exemptions.clone(),
        rules,
        schedules: published,
    }
}

/// Other people's bookings in a region made from the same seed.
#[must_use]
pub fn background(seed: u64, region: &Region) -> Background {
    Background::new(seed, &region.schedules)
}

/// Suspends two schedules that are not the only ones to offer their services. A suspension has a
/// technical motive by law (L. 266/2005, c. 282).
fn suspend(published: &mut [PublishedSchedule], plan: &[plan::Placed], today: NaiveDate) {
    let spare: Vec<usize> = (0..plan.len())
        .filter(|at| !plan[*at].needed && !plan[*at].paired)
        .collect();
    let motives = [
        (Some(24), "Guasto dell'apparecchiatura: in attesa del ricambio"),
        (None, "Lavori di adeguamento dei locali: riapertura da comunicare"),
    ];
    for (nth, (days, reason)) in motives.into_iter().enumerate() {
        let Some(at) = spare.get((nth + 1) * spare.len() / 3) else {
            continue;
        };
        let from = today.checked_sub_days(Days::new(3)).unwrap_or(today);
        published[*at].schedule.suspension = Some(Suspension {
            from,
            to: days.and_then(|days| today.checked_add_days(Days::new(days))),
            reason: reason.to_owned(),
        });
    }
}

/// The number of the schedule at a place in the plan: they count from 1.
fn schedule_id(at: usize) -> ScheduleId {
    ScheduleId(u32::try_from(at).map_or(u32::MAX, |at| at.saturating_add(1)))
}
