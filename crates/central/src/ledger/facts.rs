//! Sessions with all that lies on them: what feed, snapshot and check tell follows from these.

use lanterna_model::access::Channels;
use lanterna_model::availability::{ClassMask, FreeBits, ScheduleAvailability, SessionAvailability};
use lanterna_model::schedule::Schedule;

use super::PackedSchedule;
use super::feed::Row;
use super::quota;
use super::slots::{ClaimedCell, Kind, StoredSession, cell_after, cell_of};
use super::stored::Tickets;

/// A schedule with sessions of it, as they are at one instant of the ledger.
pub(crate) struct ScheduleFacts {
    pub schedule: Schedule,
    /// The channels that see it now.
    pub channels: Channels,
    /// In the order of time.
    pub sessions: Vec<StoredSession>,
    /// Of the schedule's resource, wherever these sessions are; in the order of cells.
    pub claims: Vec<ClaimedCell>,
    /// Of these sessions.
    pub tickets: Tickets,
}

impl ScheduleFacts {
    /// The claims on a session, holds included.
    pub(crate) fn claims_on(&self, session: &StoredSession) -> &[ClaimedCell] {
        let from = cell_of(session.published.start);
        let to = cell_after(session.end());
        let from = self.claims.partition_point(|claim| claim.cell < from);
        let to = self.claims.partition_point(|claim| claim.cell < to);
        self.claims.get(from..to).unwrap_or_default()
    }

    /// What every desk may know to be free: holds do not show (rule 24).
    fn free(&self, session: &StoredSession) -> Vec<u8> {
        let lasting = self.claims_on(session).iter().filter(|claim| claim.kind != Kind::Hold);
        session.free_bits(lasting.map(|claim| (claim.cell, claim.place)))
    }

    pub(crate) fn classes(&self, session: &StoredSession) -> ClassMask {
        let booked = self.tickets.get(&session.published.start).copied().unwrap_or_default();
        quota::classes(&self.schedule, session.released, booked)
    }

    /// What the feed says of a session.
    pub(crate) fn told(&self, session: &StoredSession) -> Row {
        Row::session(
            self.channels,
            session.schedule,
            session.published.start,
            self.classes(session).0,
            &self.free(session),
        )
    }

    /// All these sessions as one row.
    pub(crate) fn packed(&self) -> PackedSchedule {
        let mut slots = 0;
        let available = |stored: &StoredSession| {
            let published = &stored.published;
            slots += stored.capacity();
            SessionAvailability {
                start: published.start,
                step: published.step,
                slots: published.slots,
                places: published.places,
                revision: stored.revision,
                classes: self.classes(stored),
                free: FreeBits::from_bytes(&self.free(stored), stored.capacity() as usize),
            }
        };
        let sessions = self.sessions.iter().map(available).collect();
        let mut row = Vec::new();
        ScheduleAvailability {
            schedule: self.schedule.id,
            sessions,
        }
        .encode(&mut row);
        PackedSchedule {
            schedule: self.schedule.id,
            channels: self.channels,
            row,
            slots,
        }
    }
}
