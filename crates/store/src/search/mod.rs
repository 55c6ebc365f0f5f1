//! Searching the region in memory: what is free of each schedule, followed by changes; a board for each service that
//! says on which days to look where; and the few places that are shown, merged by a heap.

mod bits;
mod board;
mod by_site;
mod calendar;
mod first;
mod hidden;
mod index;
mod leased;
mod page;
mod question;
mod several;
mod suggest;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use lanterna_model::access::{AccessType, Sex};
use lanterna_model::availability::ClassMask;
use lanterna_model::geo::Coordinates;
use lanterna_model::ids::{LocationId, OrganizationCode, ServiceCode};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::{Minute, Now};

use crate::store::Store;
use question::Question;

pub(crate) use index::Followed;
pub use index::Index;
pub use suggest::folded;

/// Order of the rows. Those inside the limit come before those beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Earliest first.
    Date,
    /// Nearest site first, its earliest places, a few of each site in turn; by date where there is no origin.
    Distance,
    /// By name of the site, its earliest places, a few of each site in turn.
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
        let asked = |service| Question::new(self, query, service, now);
        match query.services.as_slice() {
            [] => Found::default(),
            [service] => match (asked(service), query.order, query.origin) {
                (None, ..) => Found::default(),
                // Without an origin nothing is nearer than anything else.
                (Some(question), Order::Date, _) | (Some(question), Order::Distance, None) => first::search(&question),
                (Some(question), ..) => by_site::search(&question),
            },
            services => {
                // Where one of them is offered by nobody, there is no day for all of them.
                let questions: Option<Vec<Question<'_>>> = services.iter().map(asked).collect();
                several::search(&questions.unwrap_or_default())
            }
        }
    }

    /// Counts what exists inside the filters but cannot be offered.
    #[must_use]
    pub fn hidden(&self, query: &Query, now: Now) -> HiddenCounts {
        let service = query.services.first();
        let question = service.and_then(|service| Question::new(self, query, service, now));
        question.map(|question| question.hidden()).unwrap_or_default()
    }

    /// Free places of the first service by day.
    #[must_use]
    pub fn days(&self, query: &Query, now: Now) -> BTreeMap<NaiveDate, u32> {
        let service = query.services.first();
        let question = service.and_then(|service| Question::new(self, query, service, now));
        question.map(|question| question.days()).unwrap_or_default()
    }
}
