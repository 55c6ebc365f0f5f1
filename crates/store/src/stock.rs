//! The desk's stock in memory: which places may be promised now, and which booking may name which lease.

use lanterna_model::availability::ClassMask;
use lanterna_model::booking::Appointment;
use lanterna_model::ids::{LeaseId, ScheduleId};
use lanterna_model::lease::{Doubt, Reading};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Now;

use crate::error::StoreError;
use crate::record::{LeasedPlace, Record};

/// Setting that stands while the central does not know this desk any more.
pub(crate) const REVOKED: &str = "revoked";
/// Setting that stands while the central's ledger has not confirmed anew what an earlier life of it granted.
pub(crate) const ASSERTING: &str = "asserting";

/// The live leases of this desk, in step with its record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    places: Vec<LeasedPlace>,
    mark: Option<Reading>,
    revoked: bool,
    asserting: bool,
}

/// Why nothing is promised, though there may be leases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPromise {
    /// The clocks cannot be relied on.
    Clock(Doubt),
    /// The central does not know this desk any more.
    Revoked,
    /// The central goes on from a backup, and has not said yet what it keeps for this desk.
    Recovery,
}

impl Stock {
    pub(crate) fn load(record: &Record<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            places: record.live_leases()?,
            mark: record.clock_mark()?,
            revoked: record.setting(REVOKED)?.is_some(),
            asserting: record.setting(ASSERTING)?.is_some(),
        })
    }

    /// Why nothing is promised now.
    #[must_use]
    pub fn withheld(&self, now: Now) -> Option<NoPromise> {
        if self.revoked {
            return Some(NoPromise::Revoked);
        }
        if self.asserting {
            return Some(NoPromise::Recovery);
        }
        self.mark.and_then(|mark| mark.doubt(now)).map(NoPromise::Clock)
    }

    /// The places that may be promised now.
    pub fn promised(&self, now: Now) -> impl Iterator<Item = &LeasedPlace> {
        let mark = self.mark.filter(|_| !self.revoked && !self.asserting);
        self.places.iter().filter(move |place| {
            place.span.start > now.minute() && mark.is_some_and(|mark| place.term.promises(&mark, now))
        })
    }

    /// The place of a lease that may be promised now to a request, exactly as it was set aside.
    #[must_use]
    pub fn promise(&self, span: &SlotSpan, request: ClassMask, now: Now) -> Option<&LeasedPlace> {
        self.promised(now)
            .find(|place| same(&place.span, span) && place.classes.admits(request))
    }

    /// The leases that cover appointments: one for each of them that stands on one, none for the others.
    #[must_use]
    pub fn covering(&self, appointments: &[Appointment], request: ClassMask, now: Now) -> Vec<LeaseId> {
        appointments
            .iter()
            .filter_map(|appointment| self.promise(&appointment.span, request, now))
            .map(|place| place.id)
            .collect()
    }

    /// Whether anything of a schedule is set aside for this desk.
    #[must_use]
    pub fn touches(&self, schedule: ScheduleId) -> bool {
        self.places.iter().any(|place| place.span.schedule == schedule)
    }
}

/// Whether two spans are the same place and time, whatever publication they were read from.
fn same(one: &SlotSpan, other: &SlotSpan) -> bool {
    one.key() == other.key() && one.minutes == other.minutes
}
