//! Places: what the feed says is what the answers come to, and everything adds up.

use std::collections::BTreeSet;

use lanterna_central::ledger::{ForeignBooking, Ledger, Snapshot, SqliteLedger};
use lanterna_model::ids::ScheduleId;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::{PublishedSession, Schedule, SlotSpan};
use lanterna_model::time::Minute;
use lanterna_wire::Cursor;
use lanterna_wire::changes::Change;

use super::Checker;
use super::truth::{Owner, Placed};
use crate::violation::{Broken, Rule, Seen};
use crate::world::ready;

impl Checker {
    /// The central is there: everything is read for the first time.
    pub(crate) fn begin(&mut self, ledger: &SqliteLedger) -> Seen {
        self.reference.load(&ready(ledger.snapshot())?)?;
        self.every_session()
    }

    /// Where the ledger stands, as far as it was followed.
    pub(crate) fn head(&self) -> Option<&Cursor> {
        self.reference.head()
    }

    /// Somebody else booked.
    pub(crate) fn other_booked(
        &mut self,
        booking: ForeignBooking,
        span: &SlotSpan,
        class: Option<Priority>,
    ) -> Seen<Vec<SlotSpan>> {
        let placed = Placed {
            spans: vec![*span],
            class,
            ..Placed::default()
        };
        self.truth.place(Owner::Other(booking.0), placed)?;
        Ok(vec![*span])
    }

    /// Somebody else cancelled.
    pub(crate) fn other_cancelled(&mut self, booking: ForeignBooking) -> Vec<SlotSpan> {
        self.truth.let_go(&Owner::Other(booking.0))
    }

    /// An owner published sessions.
    pub(crate) fn published(&mut self, schedule: &Schedule, sessions: &[PublishedSession]) {
        self.truth.publish(schedule, sessions);
    }

    /// An owner suspended a schedule or opened it again.
    pub(crate) fn suspended(&mut self, schedule: &Schedule) {
        if let Some(known) = self.truth.schedule_mut(schedule.id) {
            known.suspension.clone_from(&schedule.suspension);
        }
    }

    /// A schedule was taken out of the region.
    pub(crate) fn removed(&mut self, schedule: ScheduleId) {
        self.truth.remove(schedule);
    }

    /// Something may have been written to the ledger: the feed is followed, and must say what these places
    /// have become, and nothing else than what is.
    pub(crate) fn ledger_moved(&mut self, ledger: &SqliteLedger, touched: &[SlotSpan]) -> Seen<bool> {
        self.checks += 1;
        let before = self.reference.head().cloned();
        let changes = self.reference.follow(ledger)?;
        let mut sessions: BTreeSet<(ScheduleId, Minute)> =
            touched.iter().flat_map(|span| self.truth.touched(span)).collect();
        for change in &changes {
            match change {
                Change::Session { schedule, start, .. } => _ = sessions.insert((*schedule, *start)),
                Change::Schedule { schedule, .. } => {
                    let of_schedule = self.truth.sessions().filter(|(id, _)| id == schedule);
                    sessions.extend(of_schedule.collect::<Vec<_>>());
                }
                Change::Catalogue => {}
            }
        }
        for (schedule, start) in sessions {
            self.session(schedule, start)?;
        }
        Ok(before.as_ref() != self.reference.head())
    }

    /// One session is in the feed as the answers say.
    fn session(&self, schedule: ScheduleId, start: Minute) -> Seen {
        let (Some(free), Some(published)) = (self.truth.free(schedule, start), self.truth.session(schedule, start))
        else {
            return Ok(());
        };
        if self.reference.free(schedule, start) != Some(free) {
            return Broken::new(
                Rule::Feed,
                format!("schedule {schedule}, session {start:?}: the feed does not say what is free"),
            );
        }
        let told = self.reference.now(schedule).and_then(|row| row.session(start));
        let shape = told.map(|told| (told.step, told.slots, told.places));
        if shape != Some((published.step, published.slots, published.places)) {
            return Broken::new(
                Rule::Feed,
                format!("schedule {schedule}, session {start:?}: the feed shows another shape"),
            );
        }
        Ok(())
    }

    pub(super) fn every_session(&mut self) -> Seen {
        let all: Vec<_> = self.truth.sessions().collect();
        self.checks += all.len() as u64;
        for schedule in self.truth.known() {
            let told = self.reference.now(schedule.id).map_or(0, |row| row.sessions.len());
            let published = all.iter().filter(|(id, _)| *id == schedule.id).count();
            if told != published {
                return Broken::new(
                    Rule::Feed,
                    format!(
                        "schedule {} has {told} sessions in the feed, not {published}",
                        schedule.id
                    ),
                );
            }
        }
        all.into_iter()
            .try_for_each(|(schedule, start)| self.session(schedule, start))
    }

    /// A snapshot was taken to be handed out.
    pub(crate) fn snapshot_taken(&mut self, snapshot: &Snapshot) -> Seen {
        self.checks += 1;
        self.reference.agrees(snapshot)
    }

    /// The whole ledger, after it was swept: it is sound, and has what the answers say.
    pub(crate) fn whole_ledger(&mut self, ledger: &SqliteLedger) -> Seen {
        let found = ready(ledger.verify())?;
        self.checks += found.sessions + found.live;
        if let Some(fault) = found.faults.first() {
            return Broken::new(Rule::Sum, fault.to_string());
        }
        if found.slots.sum() != found.capacity {
            return Broken::new(Rule::Sum, "the slots do not add up to the capacity");
        }
        let ours = |what: &str, theirs: u64, ours: u64| {
            if theirs == ours {
                Ok(())
            } else {
                Broken::new(
                    Rule::Sum,
                    format!("{what}: the ledger has {theirs}, the answers come to {ours}"),
                )
            }
        };
        ours("live bookings", found.live, self.truth.live() as u64)?;
        let sessions: Vec<_> = self.truth.sessions().collect();
        let (mut booked, mut leased) = (0, 0);
        for (schedule, start) in &sessions {
            let here = self.truth.counted(*schedule, *start);
            (booked, leased) = (booked + here.0, leased + here.1);
        }
        ours("booked slots", found.slots.booked, booked)?;
        ours("leased slots", found.slots.leased, leased)?;
        ours("live leases", found.leases, self.leases.live() as u64)?;
        ours("held slots", found.slots.held, self.truth.held_slots())?;
        self.displaced(ledger)?;
        self.every_session()
    }

    /// Holds whose time is over are none.
    pub(crate) fn expire(&mut self, now: chrono::DateTime<chrono::Utc>) {
        self.truth.holds.retain(|_, held| held.until > now);
    }
}
