//! The misfortunes of a world, each kind with numbers of its own.

use lanterna_wire::status::ServiceState;

use super::{Condition, Cut, Deed, Input, Line, PutBack, end};
use crate::config::{Config, FaultKind};
use crate::region::CHANNELS;
use crate::rng::Rng;
use crate::time::{HOUR, MINUTE, Millis, SECOND};

pub(super) fn write(config: &Config, lines: &mut Vec<Line>) {
    for (from, lasts) in &config.outages {
        lines.push(Line {
            at: u64::from(*from) * MINUTE,
            dice: 0,
            input: Input::Outage {
                lasts: u64::from(*lasts) * MINUTE,
            },
        });
    }
    for kind in FaultKind::ALL.into_iter().filter(|kind| config.has(*kind)) {
        match kind {
            FaultKind::Partition
            | FaultKind::HalfOpen
            | FaultKind::SlowLink
            | FaultKind::DeskCrash
            | FaultKind::ClockJump
            | FaultKind::DiskFull
            | FaultKind::StoreFault
            | FaultKind::DeadBattery
            | FaultKind::Sleep => (0..config.desks as usize).for_each(|desk| of_desk(config, kind, desk, lines)),
            FaultKind::CentralCrash
            | FaultKind::StaleSnapshot
            | FaultKind::Suspension
            | FaultKind::Republication
            | FaultKind::Removal
            | FaultKind::ServiceState
            | FaultKind::LateRepeat
            | FaultKind::LeasePolicy
            | FaultKind::Revocation
            | FaultKind::CopiedDesk
            | FaultKind::RestoredCentral
            | FaultKind::OtherBytes => of_region(config, kind, lines),
            // These befall single messages, or are there from the start.
            FaultKind::LostRequest
            | FaultKind::LostAnswer
            | FaultKind::Duplicate
            | FaultKind::Delay
            | FaultKind::CorruptAnswer
            | FaultKind::Busy
            | FaultKind::ClockDrift => {}
        }
    }
}

/// Calls `each` at times that lie this far apart on average.
fn every(config: &Config, mean: Millis, rng: &mut Rng, mut each: impl FnMut(&mut Rng, Millis)) {
    let mut at = rng.wait(mean);
    while at < end(config) {
        each(rng, at);
        at += rng.wait(mean).max(SECOND);
    }
}

fn of_desk(config: &Config, kind: FaultKind, desk: usize, lines: &mut Vec<Line>) {
    let mut rng = Rng::keyed(config.seed, &[3, kind as u64, desk as u64]);
    let often = if kind == FaultKind::DeadBattery { 4 } else { 1 };
    let mean = often * u64::from(config.fault_minutes.max(1)) * MINUTE;
    every(config, mean, &mut rng, |rng, at| {
        let dice = rng.next();
        let mut line = |at, input| lines.push(Line { at, dice, input });
        match kind {
            FaultKind::DeadBattery => {
                let down = rng.wait(3 * HOUR);
                line(at, Input::DeadBattery { desk, down });
                // Nobody sets its clock right before it is used.
                line(at, link(desk, Condition::Cut, down + rng.wait(HOUR)));
            }
            FaultKind::Partition => {
                let lasts = long_at_times(rng, 15 * MINUTE, 3 * HOUR);
                line(at, link(desk, Condition::Cut, lasts));
            }
            FaultKind::HalfOpen => {
                let condition = if rng.permille(500) {
                    Condition::Deaf
                } else {
                    Condition::Dumb
                };
                line(at, link(desk, condition, rng.wait(4 * MINUTE)));
            }
            FaultKind::SlowLink => line(at, link(desk, Condition::Slow, rng.wait(20 * MINUTE))),
            FaultKind::DeskCrash => {
                let cut = *rng.pick(&[Cut::Before, Cut::Inside, Cut::After]).unwrap_or(&Cut::After);
                let steps = u32::try_from(rng.below(12)).unwrap_or(0);
                let (down, machine) = (rng.wait(3 * MINUTE), rng.permille(300));
                let input = Input::Crash {
                    desk,
                    cut,
                    steps,
                    down,
                    machine,
                };
                line(at, input);
            }
            FaultKind::ClockJump => {
                let most = *rng.pick(&[2 * MINUTE, 3 * HOUR, 26 * HOUR]).unwrap_or(&HOUR);
                line(
                    at,
                    Input::Jump {
                        desk,
                        by_ms: rng.around(most.cast_signed()),
                    },
                );
                if rng.permille(600) {
                    line(at + rng.wait(HOUR), Input::SetRight { desk });
                }
            }
            FaultKind::DiskFull => line(
                at,
                Input::FullDisk {
                    desk,
                    lasts: rng.wait(10 * MINUTE),
                },
            ),
            FaultKind::StoreFault => line(
                at,
                Input::StoreFault {
                    desk,
                    steps: u32::try_from(rng.below(20)).unwrap_or(0),
                },
            ),
            _ => line(
                at,
                Input::Sleep {
                    desk,
                    lasts: rng.wait(40 * MINUTE),
                },
            ),
        }
    });
}

/// How long something lasts that now and then lasts so long that promises lapse meanwhile.
fn long_at_times(rng: &mut Rng, mean: Millis, long: Millis) -> Millis {
    let mean = if rng.permille(150) { long } else { mean };
    rng.wait(mean)
}

fn link(desk: usize, condition: Condition, lasts: Millis) -> Input {
    Input::Link { desk, condition, lasts }
}

fn of_region(config: &Config, kind: FaultKind, lines: &mut Vec<Line>) {
    let mut rng = Rng::keyed(config.seed, &[4, kind as u64]);
    let fault = u64::from(config.fault_minutes.max(1)) * MINUTE;
    let mean = match kind {
        FaultKind::LateRepeat | FaultKind::OtherBytes => fault / 4,
        FaultKind::ServiceState | FaultKind::CentralCrash => 3 * fault,
        FaultKind::Revocation => 8 * fault,
        FaultKind::CopiedDesk | FaultKind::RestoredCentral => 4 * fault,
        _ => 2 * fault,
    };
    let schedule = |rng: &mut Rng| u32::try_from(rng.between(1, u64::from(config.schedules))).unwrap_or(1);
    every(config, mean, &mut rng, |rng, at| {
        let dice = rng.next();
        let mut line = |at, input| lines.push(Line { at, dice, input });
        match kind {
            FaultKind::CentralCrash => {
                let operations = u32::try_from(rng.below(4)).unwrap_or(0);
                let down = long_at_times(rng, 5 * MINUTE, 2 * HOUR);
                line(at, Input::CentralCrash { operations, down });
                if rng.permille(200) {
                    line(
                        at + rng.wait(HOUR),
                        Input::Outage {
                            lasts: rng.wait(20 * MINUTE),
                        },
                    );
                }
            }
            FaultKind::StaleSnapshot => line(
                at,
                Input::Stale {
                    lasts: rng.wait(30 * MINUTE),
                },
            ),
            FaultKind::Suspension => {
                let schedule = schedule(rng);
                line(
                    at,
                    Input::Owner {
                        schedule,
                        deed: Deed::Suspend,
                    },
                );
                let deed = Deed::Resume;
                line(at + rng.wait(HOUR), Input::Owner { schedule, deed });
            }
            FaultKind::Republication => {
                let schedule = schedule(rng);
                let deed = if rng.permille(700) {
                    Deed::Reshape
                } else {
                    Deed::Restore
                };
                line(at, Input::Owner { schedule, deed });
            }
            FaultKind::Removal => {
                let schedule = schedule(rng);
                let deed = if rng.permille(700) {
                    Deed::Withdraw
                } else {
                    Deed::Remove
                };
                line(at, Input::Owner { schedule, deed });
                let back = match deed {
                    Deed::Remove => Deed::Remove,
                    _ => Deed::Restore,
                };
                line(at + rng.wait(HOUR), Input::Owner { schedule, deed: back });
            }
            FaultKind::ServiceState => {
                let states = [ServiceState::ReadOnly, ServiceState::Frozen, ServiceState::Closed];
                line(
                    at,
                    Input::Service {
                        channel: rng.index(CHANNELS.len()),
                        state: *rng.pick(&states).unwrap_or(&ServiceState::Frozen),
                        lasts: rng.wait(25 * MINUTE),
                    },
                );
            }
            FaultKind::CopiedDesk => {
                let desk = rng.index(config.desks as usize);
                line(at, Input::Copied { desk });
            }
            FaultKind::RestoredCentral => {
                line(at, Input::BackUp);
                let lost = rng.wait(30 * MINUTE);
                let put_back = PutBack {
                    younger: rng.index(3).min(rng.index(3)),
                    down: long_at_times(rng, 4 * MINUTE, HOUR),
                    witness: rng.permille(700),
                    acts_after: rng.wait(3 * MINUTE),
                    patience: rng.wait(20 * MINUTE),
                };
                line(at + lost, Input::PutBack(put_back));
            }
            FaultKind::LeasePolicy => line(at, Input::Policy),
            FaultKind::Revocation => line(
                at,
                Input::Revoke {
                    desk: rng.index(config.desks as usize),
                    stolen: rng.permille(300),
                },
            ),
            FaultKind::LateRepeat => line(at, Input::LateRepeat),
            _ => line(at, Input::OtherBytes),
        }
    });
}
