//! The search's structures in memory: places by schedule, boards by service, and how they follow changes.

use std::collections::HashMap;

use lanterna_model::availability::{PackedSchedule, ScheduleAvailability};
use lanterna_model::ids::{LocationId, ScheduleId, ServiceCode};
use lanterna_model::location::Location;
use lanterna_model::time::Minute;

use super::board::{Board, Offered, Site};
use super::calendar::Calendar;
use crate::catalogue::CatalogueIndex;

/// Availability of the whole region in memory.
#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
    numbers: HashMap<ScheduleId, u32>,
    calendar: Calendar,
    boards: Vec<Board>,
    services: HashMap<ServiceCode, u32>,
    sites: Vec<Site>,
}

/// A schedule.
#[derive(Debug)]
struct Entry {
    /// Its places, if they are known.
    packed: Option<PackedSchedule>,
    /// The boards it is on, and its position there.
    on: Vec<(u32, u32)>,
}

/// What became of a schedule.
#[derive(Debug)]
pub(crate) enum Followed {
    /// It is gone.
    Gone,
    /// All of it may be new.
    Whole(PackedSchedule),
    /// The sessions with these starts changed.
    Sessions(PackedSchedule, Vec<Minute>),
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Index {
    /// The structures of a region.
    pub(crate) fn new(
        rows: impl IntoIterator<Item = (ScheduleId, PackedSchedule)>,
        catalogue: &CatalogueIndex,
    ) -> Self {
        let mut index = Self::default();
        for (schedule, packed) in rows {
            let entry = index.entry(schedule);
            index.entries[entry].packed = Some(packed);
        }
        index.set_up(catalogue);
        index
    }

    /// Takes another catalogue.
    pub(crate) fn set_up(&mut self, catalogue: &CatalogueIndex) {
        for entry in &mut self.entries {
            entry.on.clear();
        }
        (self.boards, self.services, self.sites) = Default::default();
        let Some(known) = catalogue.catalogue() else {
            return;
        };
        self.sites = sites(&known.locations);
        let mut site_numbers: HashMap<LocationId, u32> =
            (0u32..).zip(&self.sites).map(|(at, site)| (site.id, at)).collect();
        for (code, schedules) in catalogue.offered() {
            let mut offered = Vec::with_capacity(schedules.len());
            for id in schedules {
                let Some((schedule, service)) = catalogue
                    .schedule(*id)
                    .and_then(|schedule| Some((schedule, schedule.service(code)?)))
                else {
                    continue;
                };
                let site = *site_numbers.entry(schedule.location).or_insert_with(|| {
                    self.sites.push(Site {
                        id: schedule.location,
                        direction: None,
                        by_name: 0,
                    });
                    small(self.sites.len() - 1)
                });
                offered.push(Offered {
                    schedule,
                    service,
                    entry: small(self.entry(*id)),
                    site,
                });
            }
            let board = small(self.boards.len());
            for (position, one) in offered.iter().enumerate() {
                self.entries[one.entry as usize].on.push((board, small(position)));
            }
            self.services.insert(code.clone(), board);
            self.boards.push(Board::new(&offered, 0));
        }
        self.lay_out();
    }

    /// Puts the days on which anything is free on the boards, all of them.
    fn lay_out(&mut self) {
        let known = self.entries.iter().filter_map(|entry| entry.packed.as_ref());
        self.calendar = Calendar::new(known.flat_map(|packed| packed.stretches().map(|it| (it.start, it.last))));
        let rows = self.calendar.rows().len();
        for board in &mut self.boards {
            board.clear(rows);
        }
        for entry in 0..self.entries.len() {
            self.show(entry);
        }
    }

    /// Puts a schedule of which nothing is free on its boards yet.
    fn show(&mut self, entry: usize) {
        let Entry { packed, on } = &self.entries[entry];
        for (board, position) in on {
            self.boards[*board as usize].set_here(*position as usize, packed.is_some());
        }
        let Some(packed) = packed else { return };
        // Sessions come by rising start, and so do the rows they are in.
        let rows = self.calendar.rows();
        let mut at = 0;
        for stretch in packed.stretches().filter(|it| it.classes.0 != 0) {
            while rows.get(at).is_some_and(|row| row.to <= stretch.start) {
                at += 1;
            }
            let reached = rows[at..].iter().take_while(|row| row.from <= stretch.last).count();
            for row in at..at + reached {
                for (board, position) in on {
                    self.boards[*board as usize].add_free(row, *position as usize, stretch.classes);
                }
            }
        }
    }

    /// Takes a schedule off its boards.
    fn hide(&mut self, entry: usize) {
        for (board, position) in &self.entries[entry].on {
            let board = &mut self.boards[*board as usize];
            board.set_here(*position as usize, false);
            for row in 0..self.calendar.rows().len() {
                board.set_free(row, *position as usize, lanterna_model::availability::ClassMask::NONE);
            }
        }
    }

    /// Follows what a transaction changed. The work grows with the changes, not with the region.
    pub(crate) fn follow(&mut self, changes: impl IntoIterator<Item = (ScheduleId, Followed)>) {
        let mut anew = false;
        for (schedule, change) in changes {
            let entry = self.entry(schedule);
            match change {
                Followed::Gone => {
                    self.entries[entry].packed = None;
                    self.hide(entry);
                }
                Followed::Whole(packed) => {
                    anew |= !self.has_rows_for(&packed);
                    self.entries[entry].packed = Some(packed);
                    self.hide(entry);
                    self.show(entry);
                }
                Followed::Sessions(packed, starts) => {
                    for start in starts {
                        self.touch(entry, &packed, start);
                    }
                    self.entries[entry].packed = Some(packed);
                }
            }
        }
        if anew {
            self.lay_out();
        }
    }

    /// One session changed: only the days it is on are looked at.
    fn touch(&mut self, entry: usize, packed: &PackedSchedule, start: Minute) {
        let Some(last) = packed.last_slot(start) else { return };
        for at in self.calendar.first(start)..self.calendar.rows().len() {
            let row = self.calendar.rows()[at];
            if row.from > last {
                break;
            }
            let classes = packed.offers_between(row.from, row.to);
            for (board, position) in &self.entries[entry].on {
                self.boards[*board as usize].set_free(at, *position as usize, classes);
            }
        }
    }

    /// Sees to it that every session has its rows; `false` when they have to be laid out anew.
    fn has_rows_for(&mut self, packed: &PackedSchedule) -> bool {
        for stretch in packed.stretches() {
            for at in [stretch.start, stretch.last] {
                if self.calendar.at(at).is_some() {
                    continue;
                }
                let Some(row) = self.calendar.insert(at) else {
                    return false;
                };
                for board in &mut self.boards {
                    board.insert_row(row);
                }
            }
        }
        true
    }

    fn entry(&mut self, schedule: ScheduleId) -> usize {
        let next = small(self.entries.len());
        let number = *self.numbers.entry(schedule).or_insert(next);
        if number == next {
            self.entries.push(Entry {
                packed: None,
                on: Vec::new(),
            });
        }
        number as usize
    }

    pub(super) fn board(&self, service: &ServiceCode) -> Option<&Board> {
        self.boards.get(*self.services.get(service)? as usize)
    }

    pub(super) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    pub(super) fn sites(&self) -> &[Site] {
        &self.sites
    }

    pub(super) fn packed(&self, entry: u32) -> Option<&PackedSchedule> {
        self.entries[entry as usize].packed.as_ref()
    }

    fn known(&self) -> impl Iterator<Item = &PackedSchedule> {
        self.entries.iter().filter_map(|entry| entry.packed.as_ref())
    }

    /// One schedule.
    #[must_use]
    pub fn schedule(&self, id: ScheduleId) -> Option<&PackedSchedule> {
        self.packed(*self.numbers.get(&id)?)
    }

    /// One schedule in its plain form.
    #[must_use]
    pub fn plain(&self, id: ScheduleId) -> Option<ScheduleAvailability> {
        self.schedule(id).map(|packed| packed.to_plain(id))
    }

    /// Schedules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known().count()
    }

    /// There is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known().next().is_none()
    }

    /// Slots of the region, free or not.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.known().map(PackedSchedule::capacity).sum()
    }

    /// Bytes it takes in memory, boards included.
    #[must_use]
    pub fn memory(&self) -> usize {
        let entries: usize = self
            .entries
            .iter()
            .map(|entry| size_of::<Entry>() + entry.on.capacity() * 8)
            .sum();
        let places: usize = self.known().map(PackedSchedule::memory).sum();
        entries + places + self.boards.iter().map(Board::memory).sum::<usize>()
    }
}

/// The sites of a catalogue, with their ranks by name.
fn sites(locations: &[Location]) -> Vec<Site> {
    let mut order: Vec<usize> = (0..locations.len()).collect();
    order.sort_by_key(|at| (&locations[*at].name, locations[*at].id));
    let mut sites: Vec<Site> = locations
        .iter()
        .map(|location| Site {
            id: location.id,
            direction: Some(location.coordinates.direction()),
            by_name: 0,
        })
        .collect();
    // Sites that the catalogue does not name come first.
    for (rank, at) in (1u32..).zip(order) {
        sites[at].by_name = rank;
    }
    sites
}
