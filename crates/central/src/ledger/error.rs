//! What can go wrong in the ledger. Nothing of a patient stands in any of it.

use lanterna_model::ids::{DeskId, LocationId, OrganizationCode, ScheduleId, ServiceCode};
use lanterna_model::time::Minute;
use lanterna_wire::status::ServiceState;

use super::PolicyFault;

/// Why a transaction was not done. Nothing of it remains.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The storage refused: full, damaged, locked too long.
    #[error("the ledger's storage failed")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The storage cannot do it at the moment: others hold what it needs, or the way to it is
    /// broken. Whoever asks again later may have better luck.
    #[error("the ledger is busy")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stored document cannot be read back.
    #[error("the ledger's table {table} holds what cannot be read")]
    Damaged {
        /// The table.
        table: &'static str,
    },
    /// No such desk, or it was revoked.
    #[error("no desk {0}")]
    NoSuchDesk(DeskId),
    /// No such schedule.
    #[error("no schedule {0}")]
    NoSuchSchedule(ScheduleId),
    /// No region has been installed yet.
    #[error("no region is installed")]
    NotInstalled,
    /// The channel takes no operations now.
    #[error("the channel is {0:?}")]
    NotOpen(ServiceState),
    /// The request breaks a bound or contradicts an earlier one.
    #[error("the request breaks a bound")]
    Malformed,
    /// What was to be published does not fit together.
    #[error(transparent)]
    Region(#[from] RegionFault),
    /// The policy of leases breaks a bound.
    #[error(transparent)]
    Policy(#[from] PolicyFault),
}

/// Why a desk was not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The code is wrong, used or expired.
    #[error("the enrolment code is wrong, used or expired")]
    Refused,
    /// See there.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Why no changes can be told from a cursor.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// Older than what is kept, or of another life of the ledger: take a new snapshot.
    #[error("the cursor is older than what is kept, or of another epoch")]
    Gone,
    /// Beyond the head, or of another history under the same epoch (rule 13): the central must
    /// fence itself.
    #[error("the cursor is ahead of the ledger")]
    Ahead,
    /// See there.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What does not fit together in something to be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionFault {
    /// A schedule comes twice.
    #[error("schedule {0} comes twice")]
    ScheduleTwice(ScheduleId),
    /// A schedule names a location that is not there.
    #[error("schedule {schedule} names the unknown location {location}")]
    Location {
        /// The schedule.
        schedule: ScheduleId,
        /// The location.
        location: LocationId,
    },
    /// A schedule names an organization that is not there.
    #[error("schedule {schedule} names the unknown organization {organization}")]
    Organization {
        /// The schedule.
        schedule: ScheduleId,
        /// The organization.
        organization: OrganizationCode,
    },
    /// A schedule offers a service that is not in the catalogue.
    #[error("schedule {schedule} offers the unknown service {service}")]
    Service {
        /// The schedule.
        schedule: ScheduleId,
        /// The service.
        service: ServiceCode,
    },
    /// A schedule has gone to another resource, though claims are kept by resource.
    #[error("schedule {0} cannot change its resource")]
    Resource(ScheduleId),
    /// A schedule has more sessions than a packed row holds.
    #[error("schedule {0} has too many sessions")]
    TooManySessions(ScheduleId),
    /// A session is off the grid, empty, too long or too wide.
    #[error("schedule {schedule}: the session at {start:?} breaks a bound")]
    Session {
        /// The schedule.
        schedule: ScheduleId,
        /// The session.
        start: Minute,
    },
    /// Two sessions of one schedule overlap.
    #[error("schedule {schedule}: the session at {start:?} begins before the one before it ends")]
    Overlap {
        /// The schedule.
        schedule: ScheduleId,
        /// The later session.
        start: Minute,
    },
}
