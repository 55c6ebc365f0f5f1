//! What owners of schedules do, and where other people want to go.

use lanterna_central::ledger::{Ledger, LedgerError};
use lanterna_model::ids::ScheduleId;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::{PublishedSession, SlotSpan, Suspension};
use lanterna_model::time::{Minute, rome_today};

use super::{World, ready};
use crate::config::FaultKind;
use crate::region::{Shape, sessions, shape};
use crate::rng::Rng;
use crate::script::Deed;
use crate::violation::Seen;

impl World {
    pub(super) fn owner(&mut self, schedule: u32, deed: Deed, rng: &mut Rng) -> Seen {
        let id = ScheduleId(schedule);
        let gone = self.removed.contains(&schedule);
        match deed {
            Deed::Remove => self.remove_or_return(schedule),
            _ if gone => Ok(()),
            Deed::Suspend => {
                self.report.fault(FaultKind::Suspension);
                let from = rome_today(self.now()) + chrono::Days::new(rng.below(3));
                let to = rng.permille(700).then(|| from + chrono::Days::new(rng.below(4)));
                self.suspend(
                    id,
                    Some(Suspension {
                        from,
                        to,
                        reason: "guasto".to_owned(),
                    }),
                )
            }
            Deed::Resume => self.suspend(id, None),
            Deed::Reshape => {
                self.report.fault(FaultKind::Republication);
                let first = shape(id);
                let other = Shape {
                    step: *rng.pick(&[10, 15, 20, 30]).unwrap_or(&20),
                    places: *rng.pick(&[1, 2, 3]).unwrap_or(&1),
                    closed: u8::try_from(rng.below(16)).unwrap_or(0),
                    slots: first.slots,
                    hour: first.hour,
                };
                self.publish(id, other, self.config.days)
            }
            Deed::Restore => {
                self.report.fault(FaultKind::Republication);
                self.publish(id, shape(id), self.config.days)
            }
            Deed::Withdraw => {
                self.report.fault(FaultKind::Removal);
                self.publish(id, shape(id), 0)
            }
        }
    }

    fn suspend(&mut self, id: ScheduleId, suspension: Option<Suspension>) -> Seen {
        match ready(self.central.ledger.suspend(id, suspension.as_ref())) {
            Ok(()) => {}
            Err(LedgerError::NoSuchSchedule(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let known = self.region.schedules.iter_mut().find(|known| known.schedule.id == id);
        if let Some(published) = known {
            published.schedule.suspension = suspension;
            self.checker.suspended(&published.schedule);
        }
        self.ledger_moved(&[])
    }

    fn publish(&mut self, id: ScheduleId, shape: Shape, days: u32) -> Seen {
        let now = self.now();
        let all = sessions(id, shape, rome_today(self.start), days);
        ready(self.central.ledger.publish(id, &all, now))?;
        let known = self.region.schedules.iter_mut().find(|known| known.schedule.id == id);
        if let Some(published) = known {
            self.checker.published(&published.schedule, &all);
            published.sessions = all;
        }
        self.ledger_moved(&[])
    }

    /// Installs the region without a schedule, or with it again.
    fn remove_or_return(&mut self, schedule: u32) -> Seen {
        self.report.fault(FaultKind::Removal);
        let id = ScheduleId(schedule);
        let back = self.removed.contains(&schedule);
        if back {
            self.removed.retain(|removed| *removed != schedule);
        } else {
            self.removed.push(schedule);
        }
        let mut region = self.region.clone();
        region
            .schedules
            .retain(|known| !self.removed.contains(&known.schedule.id.0));
        let now = self.now();
        ready(self.central.ledger.install(&region, now))?;
        if back {
            let known = region.schedules.iter().find(|known| known.schedule.id == id);
            if let Some(published) = known {
                self.checker.published(&published.schedule, &published.sessions);
            }
        } else {
            self.checker.removed(id);
        }
        self.ledger_moved(&[])
    }

    /// A place that somebody might want: anywhere, more often soon than late.
    pub(super) fn anywhere(&self, rng: &mut Rng) -> Option<(SlotSpan, Option<Priority>)> {
        let published = rng.pick(&self.region.schedules)?;
        let soon = Minute::containing(self.now()).plus(30);
        let first = published.sessions.partition_point(|session| session.start < soon);
        let ahead = published.sessions.get(first..)?;
        let near = rng.index(ahead.len()).min(rng.index(ahead.len()));
        let session: &PublishedSession = ahead.get(near)?;
        let offered = rng.pick(&published.schedule.services)?;
        let run = offered.minutes.div_ceil(session.step).max(1);
        let starts = u64::from(session.slots.checked_sub(run)?) + 1;
        let slot = i32::try_from(rng.below(starts)).ok()?;
        let class = (offered.first && rng.permille(700))
            .then(|| rng.pick(&Priority::ALL).copied())
            .flatten();
        let span = SlotSpan {
            schedule: published.schedule.id,
            start: session.start.plus(slot * i32::from(session.step)),
            place: u16::try_from(rng.below(u64::from(session.places))).ok()?,
            minutes: run * session.step,
            revision: 1,
        };
        Some((span, class))
    }
}
