//! What the central sets aside for desks, and who decides on that.

use std::collections::BTreeSet;

use lanterna_central::ledger::{LeasePolicy, Ledger, LedgerError};
use lanterna_central::service;
use lanterna_model::ids::ServiceCode;
use lanterna_model::priority::Priority;
use lanterna_sync::{Answer, Failure};
use lanterna_wire::operation::Batch;
use lanterna_wire::stock::{StockRequest, Want};

use super::{World, ready};
use crate::config::FaultKind;
use crate::region::{CHANNELS, EXAMINATION, LONG_VISIT, VISIT};
use crate::rng::Rng;
use crate::violation::Seen;

impl World {
    /// The policy with which the world begins.
    pub(super) fn first_policy(&mut self) -> Seen {
        let mut rng = Rng::keyed(self.config.seed, &[40]);
        let policy = if !self.config.leases {
            LeasePolicy {
                channels: Vec::new(),
                ..LeasePolicy::default()
            }
        } else if self.config.is_small() {
            small(&mut rng)
        } else {
            let default = LeasePolicy::default();
            // Where there are fewer schedules for each desk than in a region, more of each is set aside.
            let crowded = self.config.desks > 4 * self.config.schedules;
            LeasePolicy {
                channels: CHANNELS.to_vec(),
                starters: starters(),
                per_schedule: if crowded { 80 } else { default.per_schedule },
                share_percent: if crowded { 40 } else { default.share_percent },
                ..default
            }
        };
        self.decide(policy)
    }

    fn decide(&mut self, policy: LeasePolicy) -> Seen {
        ready(self.central.ledger.set_lease_policy(&policy))?;
        self.central.policy = policy;
        Ok(())
    }

    /// Somebody decides otherwise.
    pub(super) fn another_policy(&mut self, rng: &mut Rng) -> Seen {
        if !self.config.leases || !self.central.up {
            return Ok(());
        }
        self.report.fault(FaultKind::LeasePolicy);
        let mut policy = small(rng);
        if rng.permille(150) {
            policy.channels.clear();
        }
        self.decide(policy)
    }

    /// The central works on an exchange.
    pub(super) fn stock(&mut self, desk: usize, request: &StockRequest) -> Seen<Result<Answer, Failure>> {
        let now = self.now();
        let enrolled = &self.desks[desk].enrolled;
        let (id, channel) = (enrolled.id, enrolled.channel);
        let central = &self.central;
        let exchanged = ready(service::exchange(
            &central.ledger,
            Some(&central.seal),
            id,
            request,
            now,
        ));
        let reply = match exchanged {
            Err(LedgerError::NotOpen(_)) if self.checker.says_nothing(desk) => return Ok(Err(Failure::Fault)),
            exchanged => exchanged?,
        };
        self.trace
            .note(self.at, format_args!("exchange {desk} #{} {reply:?}", request.number));
        let policy = &self.central.policy;
        let grants = self.gives(channel) && policy.channels.contains(&channel);
        let touched = self.checker.exchanged(desk, request, &reply, policy, grants, now)?;
        self.report.exchanges += 1;
        self.ledger_moved(&touched)?;
        Ok(Ok(Answer::Stocked(Box::new(reply))))
    }

    /// A copy of a desk's record, on another machine, counts as the desk does and exchanges: before the desk,
    /// or after it.
    pub(super) fn copied(&mut self, desk: usize, rng: &mut Rng) -> Seen {
        let incarnation = self.desks[desk].store.record().incarnation()?;
        let Some(incarnation) = incarnation
            .filter(|_| self.central.up && !self.central.restoration.blind && self.desks[desk].revoked.is_none())
        else {
            return Ok(());
        };
        let Some(last) = self.checker.last_exchange(desk, incarnation) else {
            return Ok(());
        };
        self.report.fault(FaultKind::CopiedDesk);
        let request = StockRequest {
            id: rng.uuid(self.now().timestamp_millis()),
            incarnation,
            number: last + u64::from(rng.permille(700)),
            surrendered: Vec::new(),
            wants: starters(),
            near: None,
        };
        self.stock(desk, &request).map(|_| ())
    }

    /// The central does not know a desk any more.
    pub(super) fn revoke(&mut self, desk: usize, stolen: bool) -> Seen {
        if !self.central.up || self.desks[desk].revoked.is_some() {
            return Ok(());
        }
        self.report.fault(FaultKind::Revocation);
        let now = self.now();
        ready(self.central.ledger.revoke(self.desks[desk].enrolled.id, stolen, now))?;
        self.desks[desk].revoked = Some(stolen);
        self.cut_doorbell(desk, true);
        self.checker.revoked(desk);
        let touched = if stolen { self.checker.stolen(desk) } else { Vec::new() };
        self.ledger_moved(&touched)?;
        self.condition_moved()
    }

    /// What revoked desks did before is carried to the central by hand, once it takes it.
    pub(super) fn carry_all(&mut self) -> Seen {
        for desk in 0..self.desks.len() {
            if self.desks[desk].revoked == Some(false) {
                self.carry(desk)?;
            }
        }
        Ok(())
    }

    /// What a revoked desk did before is carried to the central by hand.
    fn carry(&mut self, desk: usize) -> Seen {
        let now = self.desks[desk].now(self.at).wall;
        let store = &mut self.desks[desk].store;
        let operations = store.transaction(|tx| tx.desk().carry_out(now))?;
        let batch = Batch {
            acknowledged: 0,
            operations,
        };
        let moment = self.desks[desk].moment(self.at);
        self.checker.sending(desk, &self.desks[desk].store, &batch, moment)?;
        self.report.carried += batch.operations.len() as u64;
        let mut done = BTreeSet::new();
        for envelope in &batch.operations {
            if done.insert(envelope.id) {
                self.execute(desk, envelope)?;
            }
        }
        Ok(())
    }
}

/// A policy of a small world: short terms, so that they end while it lasts.
fn small(rng: &mut Rng) -> LeasePolicy {
    let mut number = |least: u64, most: u64| u32::try_from(rng.between(least, most)).unwrap_or(0);
    let minimum_left = number(0, 4);
    let book_minutes = number(20, 400);
    let margin_minutes = number(30, 60);
    LeasePolicy {
        channels: CHANNELS.to_vec(),
        per_desk: u16::try_from(number(1, 9)).unwrap_or(1),
        per_desk_schedule: u16::try_from(number(1, 4)).unwrap_or(1),
        per_schedule: u16::try_from(number(1, 8)).unwrap_or(1),
        share_percent: u8::try_from(number(10, 70)).unwrap_or(10),
        minimum_left: u16::try_from(minimum_left).unwrap_or(0),
        recall_below: u16::try_from(number(0, u64::from(minimum_left))).unwrap_or(0),
        book_minutes,
        honour_minutes: book_minutes + margin_minutes + number(0, 120),
        margin_minutes,
        least_minutes: number(5, 15),
        before_start_minutes: number(0, 90),
        drain_minutes: number(10, 120),
        gap_seconds: number(60, 300),
        reach_km: 40,
        renew_minutes: number(1, 20),
        starters: starters(),
    }
}

/// What desks that have booked nothing yet get.
fn starters() -> Vec<Want> {
    let want = |service: &str, class| {
        Some(Want {
            service: ServiceCode::parse(service).ok()?,
            class,
            bookings: 1,
        })
    };
    [
        want(VISIT, Some(Priority::D)),
        want(VISIT, Some(Priority::B)),
        want(LONG_VISIT, Some(Priority::P)),
        want(EXAMINATION, None),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_of_a_small_world_is_one_that_a_central_takes() {
        for seed in 0..500 {
            assert_eq!(small(&mut Rng::keyed(seed, &[])).check(), Ok(()));
        }
    }
}
