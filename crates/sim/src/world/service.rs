//! What the central does with operations and with time.

use chrono::{DateTime, TimeDelta, Utc};
use lanterna_central::ledger::{Ledger, LedgerError};
use lanterna_central::service;
use lanterna_model::access::Channel;
use lanterna_wire::operation::{Batch, BatchReply, Envelope, OperationAnswer};
use lanterna_wire::outcome::Answer;
use lanterna_wire::status::ServiceState;

use super::{Happening, World, ready};
use crate::check::Novelty;
use crate::config::FaultKind;
use crate::region::CHANNELS;
use crate::report::Report;
use crate::rng::Rng;
use crate::time::{MINUTE, Millis, millis};
use crate::violation::{Broken, Rule, Seen};

/// A sweep that is never done would be one of its own faults.
const MOST_SWEEPS: u32 = 50;

impl World {
    /// Carries out a batch, each operation by itself, as the route does. Nothing when the central ended in
    /// the middle of it.
    pub(super) fn batch(&mut self, desk: usize, batch: &Batch) -> Seen<Option<BatchReply>> {
        self.acknowledge(desk, batch.acknowledged)?;
        let mut answers = Vec::with_capacity(batch.operations.len());
        for envelope in &batch.operations {
            if self.central.doom.is_some_and(|(left, _)| left == 0) {
                self.end_central();
                return Ok(None);
            }
            let answer = self.execute(desk, envelope)?;
            if let Some((left, _)) = &mut self.central.doom {
                *left = left.saturating_sub(1);
            }
            if matches!(answer, Answer::Outcome(_)) {
                self.central.remember(desk, batch.acknowledged, envelope);
            }
            answers.push(OperationAnswer {
                id: envelope.id,
                answer,
            });
        }
        Ok(Some(BatchReply { answers }))
    }

    fn acknowledge(&mut self, desk: usize, upto: u64) -> Seen {
        Ok(ready(
            self.central.ledger.acknowledge(self.desks[desk].enrolled.id, upto),
        )?)
    }

    pub(super) fn execute(&mut self, desk: usize, envelope: &Envelope) -> Seen<Answer> {
        let now = self.now();
        let central = &self.central;
        let id = self.desks[desk].enrolled.id;
        let answer = ready(service::execute(
            &central.ledger,
            Some(&central.seal),
            id,
            envelope,
            now,
        ))?;
        let open = self.gives(self.desks[desk].enrolled.channel);
        let novelty = self.checker.executed(desk, envelope, &answer, open, now)?;
        self.trace
            .note(self.at, format_args!("execute {desk} #{} {answer:?}", envelope.number));
        match novelty {
            Novelty::Settled(touched) => {
                if let Answer::Outcome(settled) = &answer {
                    Report::count(&mut self.report.ends, end_name(&settled.outcome));
                }
                self.ledger_moved(&touched)?;
                self.stands_at_head(&answer)?;
            }
            Novelty::Replay => {
                self.report.replays += 1;
                self.ledger_moved(&[])?;
            }
            Novelty::Nothing => self.ledger_moved(&[])?,
        }
        Ok(answer)
    }

    /// An outcome names the head of the feed after its changes, in the epoch that is.
    fn stands_at_head(&self, answer: &Answer) -> Seen {
        let (Answer::Outcome(settled), Some(head)) = (answer, self.checker.head()) else {
            return Ok(());
        };
        if (settled.epoch.as_str(), settled.seq) == (head.epoch.as_str(), head.seq) {
            Ok(())
        } else {
            Broken::new(
                Rule::Outcome,
                format!(
                    "an outcome names {} of the feed, whose head is {}",
                    settled.seq, head.seq
                ),
            )
        }
    }

    /// Something that was answered long ago comes again, as it was or with other bytes.
    pub(super) fn late(&mut self, rng: &mut Rng, other_bytes: bool) -> Seen {
        if !self.central.up || self.central.restoration.blind {
            return Ok(());
        }
        let at = rng.index(self.central.answered.len());
        let Some((desk, acknowledged, mut envelope)) = self.central.answered.get(at).cloned() else {
            return Ok(());
        };
        let known = self.checker.operations.get(&envelope.id);
        if other_bytes && known.is_none_or(|tracked| tracked.settled.is_none()) {
            // A ledger that lost it has nothing to compare it with.
            return Ok(());
        }
        if self.desks[desk].revoked.is_some() {
            // It is let in no more, and neither is what comes in its name.
            return Ok(());
        }
        self.report.fault(if other_bytes {
            FaultKind::OtherBytes
        } else {
            FaultKind::LateRepeat
        });
        if other_bytes {
            // Encoded anew: the same meaning, other bytes.
            envelope.body.push(' ');
        }
        self.acknowledge(desk, acknowledged)?;
        self.execute(desk, &envelope).map(|_| ())
    }

    /// The central ends; whatever it only remembered is gone.
    pub(super) fn end_central(&mut self) {
        if let Some((_, down)) = self.central.doom.take() {
            self.report.fault(FaultKind::CentralCrash);
            self.stop_central(down);
        }
    }

    pub(super) fn stop_central(&mut self, down: Millis) {
        self.trace.note(self.at, format_args!("the central ends"));
        self.central.up = false;
        self.central.forget();
        let now = self.now();
        for channel in CHANNELS {
            self.checker.ceased(channel, now);
        }
        for desk in 0..self.desks.len() {
            self.cut_doorbell(desk, true);
        }
        self.agenda.put(self.at + down, Happening::CentralUp);
    }

    /// The central serves again.
    pub(super) fn central_up(&mut self) -> Seen {
        if self.central.up {
            return Ok(());
        }
        // Before the first request: the witness is asked whether the ledger is the one it was.
        let lost = self.put_back()?;
        let now = self.now();
        ready(self.central.ledger.reopen(now))?;
        if lost {
            self.decide_again()?;
        }
        self.central.up = true;
        self.resumed();
        self.ledger_moved(&[])
    }

    /// Channels that are open give again: leases have the time back that was missed.
    pub(super) fn resumed(&mut self) {
        for channel in CHANNELS {
            if self.gives(channel) {
                self.checker.resumed(channel, self.drained());
            }
        }
    }

    /// Whether operations of a channel are carried out.
    pub(super) fn gives(&self, channel: Channel) -> bool {
        self.central.state(channel).pushes() && !self.checker.recovering
    }

    fn drained(&self) -> DateTime<Utc> {
        self.now() + TimeDelta::minutes(i64::from(self.central.policy.drain_minutes))
    }

    /// A channel takes operations.
    pub(super) fn open(&mut self, channel: Channel) -> Seen {
        let now = self.now();
        ready(self.central.ledger.set_service_state(channel, ServiceState::Open, now))?;
        if self.gives(channel) {
            let drained = self.drained();
            self.checker.resumed(channel, drained);
        }
        Ok(())
    }

    pub(super) fn change_service(&mut self, channel: Channel, state: ServiceState, lasts: Millis) -> Seen {
        if !self.central.up {
            return Ok(());
        }
        let token = self.token();
        self.central.states.insert(channel, (state, token));
        let now = self.now();
        ready(self.central.ledger.set_service_state(channel, state, now))?;
        self.checker.ceased(channel, now);
        self.agenda
            .put(self.at + lasts, Happening::ServiceEnds { channel, token });
        self.ledger_moved(&[])
    }

    pub(super) fn service_ends(&mut self, channel: Channel, token: u64) -> Seen {
        if self.central.states.get(&channel).is_none_or(|(_, last)| *last != token) {
            return Ok(());
        }
        if !self.central.up {
            let again = Happening::ServiceEnds { channel, token };
            self.agenda.put(self.at + MINUTE, again);
            return Ok(());
        }
        self.central.states.remove(&channel);
        self.open(channel)
    }

    pub(super) fn sweep(&mut self) -> Seen {
        let every = millis(self.central.settings.sweep_every);
        self.agenda.put(self.at + every, Happening::Sweep);
        if self.central.up { self.sweep_now() } else { Ok(()) }
    }

    pub(super) fn sweep_now(&mut self) -> Seen {
        let now = self.now();
        for _ in 0..MOST_SWEEPS {
            let swept = ready(self.central.ledger.sweep(&self.central.settings.retention, now))?;
            let touched = self.checker.lapsed(&swept.leases, now)?;
            if !swept.more {
                self.checker.expire(now);
            }
            self.ledger_moved(&touched)?;
            if !swept.more {
                return Ok(());
            }
        }
        Broken::new(Rule::Unexpected, "the ledger is never done with sweeping")
    }

    /// Somebody else books or cancels.
    pub(super) fn others(&mut self, rng: &mut Rng) -> Seen {
        if rng.permille(150)
            && let Some(booking) = rng.pick(&self.others).copied()
        {
            self.others.retain(|other| *other != booking);
            let now = self.now();
            if ready(self.central.ledger.foreign_cancellation(booking, now))? {
                let touched = self.checker.other_cancelled(booking);
                return self.ledger_moved(&touched);
            }
            return Ok(());
        }
        let Some((span, class)) = self.anywhere(rng) else {
            return Ok(());
        };
        let now = self.now();
        match ready(self.central.ledger.foreign_booking(&span, class, now)) {
            Ok(Ok(booking)) => {
                self.report.others += 1;
                self.others.push(booking);
                let touched = self.checker.other_booked(booking, &span, class)?;
                self.ledger_moved(&touched)
            }
            Ok(Err(_)) => self.ledger_moved(&[]),
            Err(LedgerError::NoSuchSchedule(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn end_name(outcome: &lanterna_wire::outcome::Outcome) -> &'static str {
    use lanterna_wire::outcome::{Outcome, RejectReason};
    match outcome {
        Outcome::Confirmed => "confirmed",
        Outcome::Conflict { .. } => "in conflict",
        Outcome::Rejected {
            reason: RejectReason::AlreadyBooked,
        } => "rejected as booked already",
        Outcome::Rejected {
            reason: RejectReason::InThePast,
        } => "rejected as over",
        Outcome::Rejected { .. } => "rejected by another rule",
        Outcome::NeedsOperator { .. } => "needing an operator",
    }
}
