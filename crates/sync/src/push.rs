//! The lane that sends operations and brings their outcomes back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lanterna_model::booking_number::BookingNumber;
use lanterna_model::time::Now;
use lanterna_store::QueuedOperation;
use lanterna_wire::limits;
use lanterna_wire::operation::{Batch, BatchReply, Envelope};
use lanterna_wire::outcome::{Answer as OperationReply, NotYetReason};
use uuid::Uuid;

use crate::engine::{BATCH_BYTES, Engine, EngineError, LinkState, Work};
use crate::event::{Answer, Effect, Failure, Notice, Request, RequestId, Timer};

/// Waits after an operation alone made the central fail: doubling from the first to the last.
const POISON_FIRST: Duration = Duration::from_secs(2);
const POISON_MOST: Duration = Duration::from_secs(300);
/// Waits after any failing batch.
const FAILED_FIRST: Duration = Duration::from_millis(250);
const FAILED_MOST: Duration = Duration::from_secs(30);

/// What is under way, and what has to wait.
#[derive(Debug)]
pub(crate) struct Push {
    current: Option<(RequestId, Vec<QueuedOperation>)>,
    /// Operations that are not to be sent before an instant of the machine's run, with the number of waits so
    /// far. Waits are counted on the clock that nobody sets: a wall clock put back must not stop the queue.
    deferred: BTreeMap<Uuid, (Duration, u32)>,
    /// Operations in the next batch. Halved by a failing batch, so that a bad one ends up alone.
    batch: usize,
    /// After a failing batch nothing is sent before this instant.
    blocked_until: Option<Duration>,
    failures: u32,
}

impl Default for Push {
    fn default() -> Self {
        Self {
            current: None,
            deferred: BTreeMap::new(),
            batch: limits::BATCH_OPERATIONS,
            blocked_until: None,
            failures: 0,
        }
    }
}

impl Push {
    pub(crate) fn owns(&self, request: RequestId) -> bool {
        self.current.as_ref().is_some_and(|(id, _)| *id == request)
    }

    pub(crate) fn busy(&self) -> bool {
        self.current.is_some()
    }

    pub(crate) fn sending(&self) -> Vec<BookingNumber> {
        let numbers: BTreeSet<_> = self.in_flight().map(|operation| operation.booking.clone()).collect();
        numbers.into_iter().collect()
    }

    pub(crate) fn hush(&mut self) {
        self.current = None;
    }

    /// Everything may be tried again at once.
    pub(crate) fn hurry(&mut self) {
        self.blocked_until = None;
        for (until, _) in self.deferred.values_mut() {
            *until = Duration::ZERO;
        }
    }

    fn in_flight(&self) -> impl Iterator<Item = &QueuedOperation> {
        self.current.iter().flat_map(|(_, operations)| operations)
    }

    fn defer(&mut self, id: Uuid, now: Now, asked: Option<Duration>) {
        let (until, waits) = self.deferred.entry(id).or_insert((now.boot, 0));
        let wait = asked.unwrap_or_else(|| POISON_FIRST.saturating_mul(1 << (*waits).min(8)).min(POISON_MOST));
        *until = now.boot + wait;
        *waits += 1;
    }

    fn waiting(&self, now: Now) -> BTreeSet<Uuid> {
        self.deferred
            .iter()
            .filter(|(_, (until, _))| *until > now.boot)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Until the next thing that had to wait may go.
    fn next_wait(&self, now: Now) -> Option<Duration> {
        let deferred = self.deferred.values().map(|(until, _)| *until);
        let next = deferred
            .chain(self.blocked_until)
            .filter(|until| *until > now.boot)
            .min()?;
        Some(next.saturating_sub(now.boot))
    }
}

impl Engine {
    /// Sends the next batch, if nothing is under way.
    pub(crate) fn push_on(&mut self, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        if self.push.current.is_some() {
            return Ok(());
        }
        let blocked = self.push.blocked_until.is_some_and(|until| until > work.now.boot);
        let operations = if blocked {
            Vec::new()
        } else {
            let skip = self.push.waiting(work.now);
            work.tx.desk().next_batch(self.push.batch, BATCH_BYTES, &skip)?
        };
        if operations.is_empty() {
            if let Some(after) = self.push.next_wait(work.now) {
                work.effects.push(Effect::SetTimer {
                    timer: Timer::Push,
                    after,
                });
            }
            return Ok(());
        }
        // Durable before the first byte leaves: from here on only a chained cancel undoes it.
        let ids: Vec<Uuid> = operations.iter().map(|operation| operation.id).collect();
        work.tx.desk().mark_possibly_sent(&ids, work.now.wall)?;
        let batch = Batch {
            acknowledged: work.tx.desk().watermark()?,
            operations: operations
                .iter()
                .map(|operation| Envelope {
                    id: operation.id,
                    number: operation.number,
                    body: operation.body.clone(),
                })
                .collect(),
        };
        let id = self.send(Request::Push(batch), work);
        for number in operations
            .iter()
            .map(|operation| operation.booking.clone())
            .collect::<BTreeSet<_>>()
        {
            work.effects
                .push(Effect::Notice(Notice::Booking { number, urgent: false }));
        }
        work.effects.push(Effect::Notice(Notice::Status));
        self.push.current = Some((id, operations));
        Ok(())
    }

    /// The batch under way ended.
    pub(crate) fn pushed(
        &mut self,
        answer: Result<Answer, Failure>,
        work: &mut Work<'_, '_>,
    ) -> Result<(), EngineError> {
        let Some((_, operations)) = self.push.current.take() else {
            return Ok(());
        };
        match answer {
            Ok(Answer::Pushed(reply)) if answers_match(&operations, &reply) => {
                self.push.batch = (self.push.batch * 2).min(limits::BATCH_OPERATIONS);
                self.push.failures = 0;
                // Drawn once: what the central did not come to goes out together again.
                let spread = throttled(&reply).map_or(Duration::ZERO, |asked| self.backoff.spread(asked));
                for (operation, answered) in operations.iter().zip(&reply.answers) {
                    self.operation_answered(operation, &answered.answer, spread, work)?;
                }
                // The outcome's own change may be in the feed already.
                self.pull.want_changes();
                work.effects.push(Effect::Notice(Notice::Status));
            }
            Ok(_) => self.batch_failed(&operations, work),
            Err(Failure::Unreachable) => {
                self.push.batch = (self.push.batch / 2).max(1);
                self.lost(LinkState::Offline, None, work);
            }
            Err(Failure::Busy { retry_after }) => self.lost(LinkState::Failing, retry_after, work),
            Err(Failure::Unauthorized) => self.unauthorized(work)?,
            Err(_) => self.batch_failed(&operations, work),
        }
        for operation in &operations {
            work.effects.push(Effect::Notice(Notice::Booking {
                number: operation.booking.clone(),
                urgent: false,
            }));
        }
        Ok(())
    }

    fn operation_answered(
        &mut self,
        operation: &QueuedOperation,
        answer: &OperationReply,
        spread: Duration,
        work: &mut Work<'_, '_>,
    ) -> Result<(), EngineError> {
        match answer {
            OperationReply::NotYet {
                reason,
                retry_after_seconds,
            } => {
                let mut wait = asked(*retry_after_seconds);
                if *reason == NotYetReason::Throttled {
                    wait += spread;
                }
                self.push.defer(operation.id, work.now, Some(wait));
                if *reason == NotYetReason::NotOpen {
                    // The service state changed since the last status: ask again before pushing.
                    self.pull.want_status();
                }
            }
            settled => {
                self.push.deferred.remove(&operation.id);
                let urgent = work.tx.desk().record_answer(operation.id, settled, work.now.wall)?;
                if urgent {
                    let number = operation.booking.clone();
                    work.effects.push(Effect::Notice(Notice::Booking { number, urgent }));
                }
            }
        }
        Ok(())
    }

    /// The central could not answer the batch as such. It is halved until one operation is alone;
    /// that one waits, the others go on. None is ended: it may have been applied.
    fn batch_failed(&mut self, operations: &[QueuedOperation], work: &mut Work<'_, '_>) {
        let wait = FAILED_FIRST
            .saturating_mul(1 << self.push.failures.min(7))
            .min(FAILED_MOST);
        self.push.failures = self.push.failures.saturating_add(1);
        self.push.blocked_until = Some(work.now.boot + wait);
        if operations.len() > 1 {
            self.push.batch = (operations.len() / 2).max(1);
        } else if let Some(alone) = operations.first() {
            self.push.defer(alone.id, work.now, None);
        }
    }
}

/// What a central asks for, within bounds.
fn asked(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds.clamp(1, 600)))
}

/// The longest wait that operations were told because there is too much at once.
fn throttled(reply: &BatchReply) -> Option<Duration> {
    let waits = reply.answers.iter().filter_map(|answered| match answered.answer {
        OperationReply::NotYet {
            reason: NotYetReason::Throttled,
            retry_after_seconds,
        } => Some(asked(retry_after_seconds)),
        _ => None,
    });
    waits.max()
}

fn answers_match(operations: &[QueuedOperation], reply: &BatchReply) -> bool {
    operations.len() == reply.answers.len()
        && operations
            .iter()
            .zip(&reply.answers)
            .all(|(operation, answered)| operation.id == answered.id)
}
