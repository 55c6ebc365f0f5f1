//! A whole region as it is installed, and the checks it has to pass.

use std::collections::HashSet;

use lanterna_model::availability::{MAX_BITS, MAX_SESSIONS, MAX_STEP};
use lanterna_model::geo::Municipality;
use lanterna_model::ids::ScheduleId;
use lanterna_model::location::Location;
use lanterna_model::organization::Organization;
use lanterna_model::schedule::{PublishedSession, Schedule};
use lanterna_model::service::Service;
use lanterna_model::time::CELL_MINUTES;
use lanterna_wire::catalogue::{Exemption, Rules};

use super::RegionFault;

/// Longest session: a day of 25 hours, as there is one every October.
pub const MAX_SESSION_MINUTES: u32 = 25 * 60;

/// Most slots of a session one after the other.
const MAX_SLOTS: u16 = 288;
/// Most parallel places of a session.
const MAX_PLACES: u16 = 64;

/// Everything a central publishes.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Services of the catalogue.
    pub services: Vec<Service>,
    /// Bodies, with those no longer in force.
    pub organizations: Vec<Organization>,
    /// Sites.
    pub locations: Vec<Location>,
    /// Municipalities, for distances and places of birth.
    pub municipalities: Vec<Municipality>,
    /// Exemptions from the ticket.
    pub exemptions: Vec<Exemption>,
    /// Rules that differ between regions.
    pub rules: Rules,
    /// Schedules and their sessions.
    pub schedules: Vec<PublishedSchedule>,
}

/// A schedule with all its sessions.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedSchedule {
    /// The schedule.
    pub schedule: Schedule,
    /// Its sessions, in any order; no two may overlap.
    pub sessions: Vec<PublishedSession>,
}

impl Region {
    /// Checks that everything named is there and that every session keeps its bounds.
    ///
    /// # Errors
    /// The first fault, in the order of the schedules.
    pub fn check(&self) -> Result<(), RegionFault> {
        let services: HashSet<_> = self.services.iter().map(|service| &service.code).collect();
        let locations: HashSet<_> = self.locations.iter().map(|location| location.id).collect();
        let organizations: HashSet<_> = self.organizations.iter().map(|body| &body.code).collect();
        let mut seen = HashSet::new();
        for PublishedSchedule { schedule, sessions } in &self.schedules {
            if !seen.insert(schedule.id) {
                return Err(RegionFault::ScheduleTwice(schedule.id));
            }
            if !locations.contains(&schedule.location) {
                return Err(RegionFault::Location {
                    schedule: schedule.id,
                    location: schedule.location,
                });
            }
            if !organizations.contains(&schedule.organization) {
                let organization = schedule.organization.clone();
                return Err(RegionFault::Organization {
                    schedule: schedule.id,
                    organization,
                });
            }
            if let Some(unknown) = schedule
                .services
                .iter()
                .find(|offered| !services.contains(&offered.code))
            {
                return Err(RegionFault::Service {
                    schedule: schedule.id,
                    service: unknown.code.clone(),
                });
            }
            check_sessions(schedule.id, sessions)?;
        }
        Ok(())
    }
}

/// Checks the sessions of one schedule: on the grid, within bounds, without overlap.
///
/// # Errors
/// The first fault, in the order of time.
pub fn check_sessions(schedule: ScheduleId, sessions: &[PublishedSession]) -> Result<(), RegionFault> {
    if sessions.len() > MAX_SESSIONS {
        return Err(RegionFault::TooManySessions(schedule));
    }
    let mut spans = Vec::with_capacity(sessions.len());
    for session in sessions {
        let minutes = u32::from(session.step) * u32::from(session.slots);
        let bits = usize::from(session.slots) * usize::from(session.places);
        let sound = session.start.on_grid()
            && session.step > 0
            && session.step.is_multiple_of(CELL_MINUTES)
            && (1..=MAX_SLOTS).contains(&session.slots)
            && (1..=MAX_PLACES).contains(&session.places)
            && session.step <= MAX_STEP
            && bits <= MAX_BITS
            && minutes <= MAX_SESSION_MINUTES
            && session.closed.len() <= bits.div_ceil(8);
        if !sound {
            return Err(RegionFault::Session {
                schedule,
                start: session.start,
            });
        }
        spans.push((session.start, session.start.plus(minutes.cast_signed())));
    }
    spans.sort_unstable();
    match spans.windows(2).find(|pair| pair[1].0 < pair[0].1) {
        Some(pair) => Err(RegionFault::Overlap {
            schedule,
            start: pair[1].0,
        }),
        None => Ok(()),
    }
}
