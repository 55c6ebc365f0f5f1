//! Desks that end, sleep, wake up and start again.

use lanterna_sync::{Event, Failure};

use super::desk::{Doom, Power};
use super::{Happening, World};
use crate::check::Looked;
use crate::config::FaultKind;
use crate::time::{Millis, SECOND};
use crate::violation::Seen;

impl World {
    /// The process of a desk ends here and now.
    pub(super) fn crash(&mut self, desk: usize, doom: Option<Doom>) -> Seen {
        let Some(doom) = doom else { return Ok(()) };
        self.report.fault(FaultKind::DeskCrash);
        self.trace.note(self.at, format_args!("crash {desk} {:?}", doom.cut));
        let token = self.token();
        let this = &mut self.desks[desk];
        this.power = Power::Down;
        this.power_token = token;
        this.timers.clear();
        this.open.clear();
        this.bell = None;
        this.form = None;
        this.boots = doom.machine;
        this.stands_still = None;
        self.agenda
            .put(self.at + doom.down, Happening::PowerEnds { desk, token });
        Ok(())
    }

    /// A desk is suspended.
    pub(super) fn sleep(&mut self, desk: usize, lasts: Millis) {
        if self.desks[desk].power != Power::On {
            return;
        }
        let token = self.token();
        self.desks[desk].power = Power::Asleep;
        self.desks[desk].power_token = token;
        self.agenda.put(self.at + lasts, Happening::PowerEnds { desk, token });
    }

    /// A desk that was switched off most of the time is switched on.
    pub(super) fn wake(&mut self, desk: usize, lasts: Millis) -> Seen {
        let token = self.token();
        self.agenda.put(self.at + lasts, Happening::Off { desk, token });
        let was = self.desks[desk].power;
        if was == Power::Asleep {
            // The next sleep is that of the switch, not an earlier one's end. Before it gets up: it may crash over
            // that, and has to be started again.
            self.desks[desk].power_token = token;
            self.get_up(desk, was)?;
        }
        Ok(())
    }

    /// The switch of a desk is turned.
    pub(super) fn off(&mut self, desk: usize, _token: u64) {
        if self.desks[desk].power == Power::On && self.calm.is_none() {
            self.desks[desk].power = Power::Asleep;
        }
    }

    pub(super) fn power_ends(&mut self, desk: usize, token: u64) -> Seen {
        let was = self.desks[desk].power;
        if self.desks[desk].power_token != token || was == Power::On {
            return Ok(());
        }
        self.get_up(desk, was)
    }

    /// A desk is there again, whatever it was before.
    pub(super) fn get_up(&mut self, desk: usize, was: Power) -> Seen {
        self.trace.note(self.at, format_args!("up {desk} {was:?}"));
        self.desks[desk].power = Power::On;
        match was {
            Power::On => {}
            Power::Down => {
                if let Some(since) = self.desks[desk].stands_still.take() {
                    let at = self.at;
                    self.desks[desk].clock.stood_still(at, at.saturating_sub(since));
                }
                if std::mem::take(&mut self.desks[desk].boots) {
                    self.desks[desk].clock.boot(self.at);
                }
                let moment = self.desks[desk].moment(self.at);
                self.desks[desk].store.reopen()?;
                self.desks[desk].forget_engine();
                self.checker.desk_moved(desk, &self.desks[desk].store, &Looked::Whole)?;
                self.checker.whole_record(desk, &self.desks[desk].store, moment)?;
                self.start_engine(desk, SECOND);
            }
            Power::Asleep => {
                if self.desks[desk].timers.is_empty() && self.desks[desk].open.is_empty() {
                    // Never started, or in the middle of nothing.
                    self.start_engine(desk, SECOND);
                }
                self.timers_go_on(desk);
                // What was under way while it slept is broken.
                let mut dice = self.desks[desk].dice();
                let calls: Vec<u64> = self.desks[desk].open.keys().copied().collect();
                for call in calls {
                    let reply = Box::new(Err(Failure::Unreachable));
                    let after = dice.between(200, 3_000);
                    self.agenda
                        .put(self.at + after, Happening::Return { desk, call, reply });
                }
                self.cut_doorbell(desk, dice.permille(500));
                if dice.permille(500) {
                    // The system tells that there is a network.
                    return self.event(desk, Event::Hurry);
                }
            }
        }
        Ok(())
    }

    /// There is room on a disk again.
    pub(super) fn disk_freed(&mut self, desk: usize) -> Seen {
        self.desks[desk].full = false;
        Ok(self.desks[desk].store.limit_pages(u32::MAX)?)
    }
}
