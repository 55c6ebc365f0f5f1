//! The calendar of one provider unit, and the places it publishes.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::access::{AccessType, Channel, Channels, Regime, Sex};
use crate::age::AgeLimits;
use crate::ids::{LocationId, OrganizationCode, ResourceId, ScheduleId, ServiceCode};
use crate::priority::Priority;
use crate::time::Minute;

/// An agenda: who offers what, where, for whom, through which channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The central's number for it; part of the identity of every slot.
    pub id: ScheduleId,
    /// The provider's own code for it.
    pub code: String,
    /// The name operators know.
    pub name: String,
    /// The professional, room or machine behind it.
    pub resource: ResourceId,
    /// Where it takes place.
    pub location: LocationId,
    /// The body that owns it.
    pub organization: OrganizationCode,
    /// Room; may be empty.
    pub room: String,
    /// Professional or team; may be empty.
    pub practitioner: String,
    /// What can be booked on it.
    pub services: Vec<ScheduleService>,
    /// Who pays.
    pub regime: Regime,
    /// The channels that see it.
    pub channels: Channels,
    /// Places kept for priority classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<ClassQuota>,
    /// Ages admitted, in whole years on the day.
    #[serde(default)]
    pub ages: AgeLimits,
    /// The only sex admitted, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Bookable by the facility that owns it alone.
    #[serde(default)]
    pub exclusive: bool,
    /// Days ahead of today that may be booked.
    pub horizon_days: u16,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Last day of validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// Set while it is suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
    /// What the patient must do, over and above what the service says; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preparation: String,
}

/// A service as one schedule offers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleService {
    /// National code.
    pub code: ServiceCode,
    /// Duration here, in minutes: a multiple of the slots it claims is rounded up to.
    pub minutes: u16,
    /// First accesses are accepted.
    pub first: bool,
    /// Follow-ups are accepted.
    pub follow_up: bool,
}

impl ScheduleService {
    /// Whether an access type is accepted.
    #[must_use]
    pub fn accepts(&self, access: AccessType) -> bool {
        match access {
            AccessType::First => self.first,
            AccessType::FollowUp => self.follow_up,
        }
    }
}

/// At most `per_session` places of each session go to a class, until the quota is released
/// and the remaining places are open to every class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassQuota {
    /// The class.
    pub class: Priority,
    /// Most places of one session.
    pub per_session: u16,
    /// Hours before the start of the session at which the quota falls away.
    pub release_hours: u16,
}

/// Why and when a schedule takes no bookings. A reason is required by law (L. 266/2005, c. 282).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// First day.
    pub from: NaiveDate,
    /// Last day; open-ended when absent.
    pub to: Option<NaiveDate>,
    /// The technical motive.
    pub reason: String,
}

impl Suspension {
    /// Whether a day falls into it.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|last| day <= last)
    }
}

impl Schedule {
    /// The service as offered here, if it is.
    #[must_use]
    pub fn service(&self, code: &ServiceCode) -> Option<&ScheduleService> {
        self.services.iter().find(|service| service.code == *code)
    }

    /// Whether the channel sees it at all.
    #[must_use]
    pub fn visible_to(&self, channel: Channel) -> bool {
        self.channels.contains(channel)
    }

    /// Whether a day may be booked, as far as validity and suspension go.
    #[must_use]
    pub fn open_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day
            && self.valid_to.is_none_or(|last| day <= last)
            && !self
                .suspension
                .as_ref()
                .is_some_and(|suspension| suspension.covers(day))
    }
}

/// The identity of a slot at one place: never an index, never a row number, never the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SlotKey {
    /// The schedule.
    pub schedule: ScheduleId,
    /// When it starts, in UTC.
    pub start: Minute,
    /// Which of the parallel places of the session, from 0.
    pub place: u16,
}

/// What a booking claims on one schedule: consecutive slots at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SlotSpan {
    /// The schedule.
    pub schedule: ScheduleId,
    /// When the first slot starts, in UTC.
    pub start: Minute,
    /// Which of the parallel places of the session, from 0.
    pub place: u16,
    /// Length of the whole span in minutes: whole slots.
    pub minutes: u16,
    /// Revision of the session it was chosen from; another revision with the same slot still
    /// matches, another length of slot does not.
    pub revision: u32,
}

impl SlotSpan {
    /// The identity of its first slot.
    #[must_use]
    pub fn key(&self) -> SlotKey {
        SlotKey {
            schedule: self.schedule,
            start: self.start,
            place: self.place,
        }
    }

    /// The instant after its last minute.
    #[must_use]
    pub fn end(&self) -> Minute {
        self.start.plus(i32::from(self.minutes))
    }

    /// Whether two spans want the same minutes of the same place of the same schedule.
    #[must_use]
    pub fn overlaps(&self, other: &SlotSpan) -> bool {
        self.schedule == other.schedule
            && self.place == other.place
            && self.start < other.end()
            && other.start < self.end()
    }
}

/// A run of equal slots as its owner publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedSession {
    /// When the first slot starts, in UTC; on the five-minute grid.
    pub start: Minute,
    /// Minutes of one slot, a multiple of five.
    pub step: u16,
    /// Slots one after the other, 1 to 288.
    pub slots: u16,
    /// Parallel places, 1 to 64.
    pub places: u16,
    /// Slots that the owner keeps closed: bit `slot * places + place`, least significant bit
    /// of the first byte first. Shorter than needed means the rest is open.
    pub closed: Vec<u8>,
}

impl PublishedSession {
    /// Whether a slot at a place is kept closed.
    #[must_use]
    pub fn is_closed(&self, slot: u16, place: u16) -> bool {
        let bit = usize::from(slot) * usize::from(self.places) + usize::from(place);
        self.closed
            .get(bit / 8)
            .is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
    }
}
