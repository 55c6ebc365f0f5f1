//! Which unit has its schedule where.

use std::collections::HashMap;

use lanterna_model::ids::{BranchCode, ResourceId};

use super::files::Files;
use super::seeded::{Purpose, Seeded};
use super::sites::{Site, sites};
use super::units::{Rhythm, Unit, units};

/// One schedule of the plan.
pub(super) struct Placed {
    pub(super) unit: Unit,
    /// Where, as an index into the files' locations.
    pub(super) location: usize,
    /// Which of the same unit at the same place, from 1.
    pub(super) number: u16,
    pub(super) resource: ResourceId,
    /// The second agenda of its resource.
    pub(super) second: bool,
    /// Its resource has two agendas.
    pub(super) paired: bool,
    /// The first of its unit: whatever happens to others, this one can be booked by everybody.
    pub(super) needed: bool,
}

/// First visits of which the same doctor keeps an agenda of follow-ups, out of a thousand.
const TWO_AGENDAS: usize = 150;

/// The plan of so many schedules: first every unit once, then every site that has none yet, then
/// whatever is common.
pub(super) fn plan(seed: u64, schedules: usize, files: &Files) -> Vec<Placed> {
    let units = units();
    let mut planner = Planner {
        files,
        sites: sites(files),
        draw: Seeded::new(seed, Purpose::Plan, 0),
        numbers: HashMap::new(),
        placed: Vec::with_capacity(schedules + 1),
    };
    for unit in &units {
        planner.anywhere(unit, true);
    }
    for site in 0..planner.sites.len() {
        planner.at_least_one(site, &units);
    }
    let weights: Vec<u32> = units.iter().map(|unit| unit.weight).collect();
    while planner.placed.len() < schedules {
        let Some(at) = planner.draw.weighted(&weights) else {
            break;
        };
        planner.anywhere(&units[at], false);
        if units[at].title == "Prime visite" && planner.draw.permille(TWO_AGENDAS) {
            let follow_up = units
                .iter()
                .find(|unit| unit.label == units[at].label && unit.title == "Controlli");
            if let Some(follow_up) = follow_up {
                planner.beside_last(follow_up);
            }
        }
    }
    planner.placed.truncate(schedules);
    planner.placed
}

struct Planner<'a> {
    files: &'a Files,
    sites: Vec<Site>,
    draw: Seeded,
    numbers: HashMap<(usize, &'static str, &'static str), u16>,
    placed: Vec<Placed>,
}

impl Planner<'_> {
    /// Places a unit at one of the sites that have what it needs.
    fn anywhere(&mut self, unit: &Unit, needed: bool) {
        let branch = self.branch(unit);
        let weights: Vec<u32> = self
            .sites
            .iter()
            .map(|site| site.weight(unit.level, branch, unit.for_children()))
            .collect();
        if let Some(site) = self.draw.weighted(&weights) {
            self.place(unit, site, needed);
        }
    }

    /// Places something at a site where nothing is yet.
    fn at_least_one(&mut self, site: usize, units: &[Unit]) {
        if self.placed.iter().any(|placed| placed.location == site) {
            return;
        }
        let weights: Vec<u32> = units
            .iter()
            .map(|unit| {
                let fits = self.sites[site].weight(unit.level, self.branch(unit), unit.for_children()) > 0;
                if fits && unit.rhythm != Rhythm::Urgent {
                    unit.weight
                } else {
                    0
                }
            })
            .collect();
        if let Some(at) = self.draw.weighted(&weights) {
            self.place(&units[at], site, false);
        }
    }

    /// Places a unit as the second agenda of whoever has the last one.
    fn beside_last(&mut self, unit: &Unit) {
        let Some(last) = self.placed.last_mut() else {
            return;
        };
        last.paired = true;
        let (site, resource) = (last.location, last.resource);
        self.place(unit, site, false);
        if let Some(placed) = self.placed.last_mut() {
            placed.resource = resource;
            placed.second = true;
            placed.paired = true;
        }
    }

    fn place(&mut self, unit: &Unit, site: usize, needed: bool) {
        let number = self.numbers.entry((site, unit.label, unit.title)).or_insert(0);
        *number = number.saturating_add(1);
        let resource = ResourceId(super::schedule_id(self.placed.len()).0);
        self.placed.push(Placed {
            unit: unit.clone(),
            location: site,
            number: *number,
            resource,
            second: false,
            paired: false,
            needed,
        });
    }

    fn branch(&self, unit: &Unit) -> BranchCode {
        unit.codes
            .first()
            .and_then(|code| self.files.service(code))
            .map_or(BranchCode(26), |service| service.branch)
    }
}
