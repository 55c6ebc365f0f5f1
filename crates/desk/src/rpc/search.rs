//! Looking for free places.

use chrono::{DateTime, NaiveDate, Utc};
use lanterna_model::access::{AccessType, Sex};
use lanterna_model::ids::{LocationId, MunicipalityCode, OrganizationCode, ServiceCode};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is looked for.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct SearchQuery {
    /// 1 to 8 services; several are looked for at the same site on the same day, one after the
    /// other.
    pub services: Vec<ServiceCode>,
    /// Class; none for a follow-up.
    pub priority: Option<Priority>,
    /// First access or follow-up.
    pub access: AccessType,
    /// When the patient asked; now where absent.
    pub requested_at: Option<DateTime<Utc>>,
    /// First day in Italy; today where absent or past.
    pub from: Option<NaiveDate>,
    /// Last day in Italy.
    pub to: Option<NaiveDate>,
    /// Days of the week: bit 0 Monday … bit 6 Sunday; 0 and 127 mean any.
    pub weekdays: u8,
    /// Earliest wall time, minutes after midnight.
    pub from_minute: Option<u16>,
    /// Latest wall time at which the appointment may start, minutes after midnight.
    pub to_minute: Option<u16>,
    /// Where distances are counted from.
    pub origin: Option<MunicipalityCode>,
    /// As the crow flies.
    pub max_km: Option<u16>,
    /// Only this body.
    pub organization: Option<OrganizationCode>,
    /// Only this site.
    pub location: Option<LocationId>,
    /// Birth date, for age limits.
    pub birth_date: Option<NaiveDate>,
    /// For limits of sex.
    pub sex: Option<Sex>,
    /// Order of the rows.
    pub sort: Sort,
    /// Rows to skip.
    pub offset: u32,
    /// Most rows wanted, 1 to 200.
    pub limit: u32,
}

impl SearchQuery {
    /// Anywhere in the region and at any time from now on, for whoever it may be: the first 20 by date.
    #[must_use]
    pub fn of(services: Vec<ServiceCode>, priority: Option<Priority>, access: AccessType) -> Self {
        Self {
            services,
            priority,
            access,
            requested_at: None,
            from: None,
            to: None,
            weekdays: 0,
            from_minute: None,
            to_minute: None,
            origin: None,
            max_km: None,
            organization: None,
            location: None,
            birth_date: None,
            sex: None,
            sort: Sort::Date,
            offset: 0,
            limit: 20,
        }
    }
}

/// Order of the rows. Rows inside the class's limit always come before those beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Earliest first.
    Date,
    /// Nearest site first, its earliest places.
    Distance,
    /// By name of the site, its earliest places.
    Facility,
}

/// Free places.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct Found {
    /// In the order asked for.
    pub rows: Vec<FoundRow>,
    /// More follow.
    pub more: bool,
    /// Last instant inside the class's limit.
    pub deadline: Option<DateTime<Utc>>,
    /// Places that exist but cannot be offered, by reason.
    pub hidden: Hidden,
    /// First place beyond the filters of area and time, when nothing is inside the limit.
    pub first_anywhere: Option<FoundRow>,
    /// Schedules looked at.
    pub schedules: u32,
    /// How long it took, in microseconds, by the adapter's clock.
    pub micros: u32,
}

/// One offer: a place for each service asked for.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct FoundRow {
    /// One for each service, in the order of the query.
    pub spans: Vec<SlotSpan>,
    /// Wall time in Italy of the first of them, `YYYY-MM-DDTHH:MM`.
    pub wall: String,
    /// Name of the site.
    pub location: String,
    /// Its number.
    pub location_id: LocationId,
    /// Its municipality.
    pub municipality: String,
    /// Its street; may be empty.
    pub address: String,
    /// Name of the body.
    pub organization: String,
    /// Name of the schedule.
    pub schedule: String,
    /// Kilometres as the crow flies, where the origin is known.
    pub km: Option<f64>,
    /// Whole days from the request.
    pub days: u16,
    /// Inside the class's limit; `None` where there is no class.
    pub in_time: Option<bool>,
    /// Set aside for this desk: until when it may be promised. No hold is needed for it.
    pub guaranteed_until: Option<DateTime<Utc>>,
}

/// Places that exist but cannot be offered to this patient here, counted inside the same filters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hidden {
    /// Kept for other classes or access types.
    pub by_class: u32,
    /// Outside the schedule's limits of age or sex.
    pub by_patient: u32,
    /// Taken by this desk's own bookings that the central has not seen.
    pub by_queue: u32,
    /// On schedules that are suspended.
    pub by_suspension: u32,
}

/// Free places of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DayCount {
    /// The day in Italy.
    pub day: NaiveDate,
    /// Free places of the first service asked for.
    pub free: u32,
    /// Inside the class's limit.
    pub in_time: bool,
}
