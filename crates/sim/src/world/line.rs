//! Lines of the script, carried out.

use super::desk::{Doom, Power};
use super::{Happening, World};
use crate::config::FaultKind;
use crate::region::CHANNELS;
use crate::rng::Rng;
use crate::script::{Condition, Cut, Input};
use crate::violation::Seen;

impl World {
    pub(super) fn line(&mut self, at: usize) -> Seen {
        if self.calm.is_some() {
            return Ok(());
        }
        let line = self.lines[at].clone();
        let mut rng = Rng::keyed(line.dice, &[]);
        self.trace.note(self.at, format_args!("line {:?}", line.input));
        match line.input {
            Input::Act { desk, act } => self.act(desk, act, &mut rng),
            Input::Others => self.others(&mut rng),
            Input::Owner { schedule, deed } => self.owner(schedule, deed, &mut rng),
            Input::Service { channel, state, lasts } => {
                self.report.fault(FaultKind::ServiceState);
                self.change_service(CHANNELS[channel % CHANNELS.len()], state, lasts)
            }
            Input::Link { desk, condition, lasts } => {
                self.report.fault(match condition {
                    Condition::Deaf | Condition::Dumb => FaultKind::HalfOpen,
                    Condition::Slow => FaultKind::SlowLink,
                    Condition::Cut | Condition::Good => FaultKind::Partition,
                });
                self.change_link(desk, condition, lasts);
                Ok(())
            }
            Input::Outage { lasts } => {
                self.report.fault(FaultKind::Partition);
                for desk in 0..self.desks.len() {
                    self.change_link(desk, Condition::Cut, lasts);
                }
                Ok(())
            }
            Input::Crash {
                desk,
                cut,
                steps,
                down,
                machine,
            } => {
                self.desks[desk].doom = Some(Doom {
                    cut,
                    steps,
                    down,
                    machine,
                });
                Ok(())
            }
            Input::CentralCrash { operations, down } => {
                self.central.doom = Some((operations, down));
                if operations == 0 {
                    self.end_central();
                }
                Ok(())
            }
            Input::Jump { desk, by_ms } => {
                self.report.fault(FaultKind::ClockJump);
                self.desks[desk].clock.jump(self.at, by_ms);
                Ok(())
            }
            Input::SetRight { desk } => {
                self.desks[desk].clock.set_right(self.at);
                Ok(())
            }
            Input::FullDisk { desk, lasts } => {
                self.report.fault(FaultKind::DiskFull);
                self.desks[desk].full = true;
                self.desks[desk].store.limit_pages(0)?;
                self.agenda.put(self.at + lasts, Happening::DiskFreed { desk });
                Ok(())
            }
            Input::StoreFault { desk, steps } => {
                self.desks[desk].fault = Some(steps);
                Ok(())
            }
            Input::Sleep { desk, lasts } => {
                if self.desks[desk].power == Power::On {
                    self.report.fault(FaultKind::Sleep);
                    self.sleep(desk, lasts);
                }
                Ok(())
            }
            Input::Wake { desk, lasts } => self.wake(desk, lasts),
            Input::Stale { lasts } => {
                self.report.fault(FaultKind::StaleSnapshot);
                let token = self.token();
                (self.central.stale, self.central.stale_token) = (true, token);
                self.agenda.put(self.at + lasts, Happening::StaleEnds { token });
                Ok(())
            }
            Input::LateRepeat => self.late(&mut rng, false),
            Input::OtherBytes => self.late(&mut rng, true),
            Input::Copied { desk } => self.copied(desk, &mut rng),
            Input::Policy => self.another_policy(&mut rng),
            Input::Revoke { desk, stolen } => self.revoke(desk, stolen),
            Input::BackUp => self.back_up(),
            Input::PutBack(plan) => {
                self.lose(plan);
                Ok(())
            }
            Input::DeadBattery { desk, down } => {
                if self.desks[desk].power == Power::On {
                    self.report.fault(FaultKind::DeadBattery);
                    let doom = Doom {
                        cut: Cut::Before,
                        steps: 0,
                        down,
                        machine: true,
                    };
                    self.crash(desk, Some(doom))?;
                    self.desks[desk].stands_still = Some(self.at);
                }
                Ok(())
            }
        }
    }
}
