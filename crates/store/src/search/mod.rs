//! Searching the region in memory: one packed schedule each, followed by changes, merged by a heap.

mod candidates;
mod first;
mod leased;
mod several;
mod suggest;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use lanterna_model::access::{AccessType, Sex};
use lanterna_model::availability::{ClassMask, PackedSchedule, ScheduleAvailability};
use lanterna_model::geo::Coordinates;
use lanterna_model::ids::{LocationId, OrganizationCode, ScheduleId, ServiceCode};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::{Minute, Now};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::store::Store;

pub use candidates::folded;

/// Availability of the whole region in memory.
#[derive(Debug, Default)]
pub struct Index {
    schedules: HashMap<ScheduleId, PackedSchedule>,
}

impl Index {
    pub(crate) fn load(db: &Connection) -> Result<Self, StoreError> {
        let mut select = db.prepare("SELECT schedule, row FROM availability")?;
        let mut rows = select.query([])?;
        let mut schedules = HashMap::new();
        while let Some(row) = rows.next()? {
            let schedule = ScheduleId(row.get(0)?);
            let bytes = row
                .get_ref(1)?
                .as_blob()
                .map_err(|_| StoreError::Row { table: "availability" })?;
            let packed = PackedSchedule::from_row(schedule, bytes);
            schedules.insert(schedule, packed.map_err(|_| StoreError::Row { table: "availability" })?);
        }
        Ok(Self { schedules })
    }

    pub(crate) fn follow(&mut self, rows: BTreeMap<ScheduleId, Option<PackedSchedule>>) {
        for (schedule, row) in rows {
            match row {
                Some(packed) => drop(self.schedules.insert(schedule, packed)),
                None => drop(self.schedules.remove(&schedule)),
            }
        }
    }

    /// One schedule.
    #[must_use]
    pub fn schedule(&self, id: ScheduleId) -> Option<&PackedSchedule> {
        self.schedules.get(&id)
    }

    /// One schedule in its plain form.
    #[must_use]
    pub fn plain(&self, id: ScheduleId) -> Option<ScheduleAvailability> {
        self.schedule(id).map(|packed| packed.to_plain(id))
    }

    /// Schedules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.schedules.len()
    }

    /// There is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.schedules.is_empty()
    }

    /// Slots of the region, free or not.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.schedules.values().map(PackedSchedule::capacity).sum()
    }

    /// Bytes it takes in memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.schedules.values().map(PackedSchedule::memory).sum()
    }
}

/// Order of the rows. Those inside the limit come before those beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Earliest first.
    Date,
    /// Nearest site first, its earliest places.
    Distance,
    /// By name of the site, its earliest places.
    Facility,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Query {
    /// 1 to 8 services.
    pub services: Vec<ServiceCode>,
    /// First access or follow-up.
    pub access: AccessType,
    /// Whose places may be claimed.
    pub request: ClassMask,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day.
    pub to: Option<NaiveDate>,
    /// Days of the week; bit 0 Monday.
    pub weekdays: u8,
    /// Earliest start, minutes after midnight.
    pub day_from: u16,
    /// Latest start, minutes after midnight.
    pub day_to: u16,
    /// Where distances are counted from.
    pub origin: Option<Coordinates>,
    /// As the crow flies.
    pub max_km: Option<f64>,
    /// Only this body.
    pub organization: Option<OrganizationCode>,
    /// Only this site.
    pub location: Option<LocationId>,
    /// For limits of age.
    pub birth_date: Option<NaiveDate>,
    /// For limits of sex.
    pub sex: Option<Sex>,
    /// Last instant inside the class's limit.
    pub deadline: Option<Minute>,
    /// Order of the rows.
    pub order: Order,
    /// Rows to skip.
    pub offset: usize,
    /// Most rows wanted.
    pub limit: usize,
}

/// One offer: a place for each service, in the order of the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The places.
    pub spans: Vec<SlotSpan>,
    /// Where.
    pub location: LocationId,
    /// Kilometres, where the origin is known.
    pub km: Option<f64>,
    /// Set aside for this desk: until when it may be promised.
    pub guaranteed_until: Option<DateTime<Utc>>,
}

/// Places that exist but cannot be offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HiddenCounts {
    /// Kept for other classes or access types.
    pub by_class: u32,
    /// Outside limits of age or sex.
    pub by_patient: u32,
    /// Taken by this desk's own doings.
    pub by_queue: u32,
    /// On suspended schedules.
    pub by_suspension: u32,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The offers.
    pub offers: Vec<Offer>,
    /// More follow.
    pub more: bool,
    /// Schedules looked at.
    pub schedules: usize,
}

impl Store {
    /// Looks for free places.
    #[must_use]
    pub fn search(&self, query: &Query, now: Now) -> Found {
        let context = candidates::Context {
            store: self,
            query,
            now,
        };
        if query.services.len() > 1 {
            several::search(&context)
        } else {
            first::search(&context)
        }
    }

    /// Counts what exists inside the filters but cannot be offered.
    #[must_use]
    pub fn hidden(&self, query: &Query, now: Now) -> HiddenCounts {
        candidates::Context {
            store: self,
            query,
            now,
        }
        .hidden()
    }

    /// Free places of the first service by day.
    #[must_use]
    pub fn days(&self, query: &Query, now: Now) -> BTreeMap<NaiveDate, u32> {
        candidates::Context {
            store: self,
            query,
            now,
        }
        .days()
    }
}
