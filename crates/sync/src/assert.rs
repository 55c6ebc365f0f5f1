//! The lane that tells a ledger restored from a backup what it knew before (PROTOCOL.md, *Recovery*).

use std::collections::BTreeSet;
use std::time::Duration;

use lanterna_wire::Cursor;
use lanterna_wire::outcome::Answer as OperationReply;
use lanterna_wire::recovery::{Assertion, AssertionReply};
use lanterna_wire::status::{Interruption, Status};
use uuid::Uuid;

use crate::engine::{Engine, EngineError, LinkState, Work};
use crate::event::{Answer, Effect, Failure, Notice, Request, RequestId, Timer};

/// After a failure that says nothing of the link, and when others have to be heard first.
const AGAIN: Duration = Duration::from_secs(60);

/// What is under way.
#[derive(Debug, Default)]
pub(crate) struct Asserting {
    /// The number from which the ledger wants operations, while it has not been told all.
    from: Option<u64>,
    current: Option<(RequestId, Assertion)>,
    /// Operations that were answered "not yet" in this round.
    waiting: BTreeSet<Uuid>,
    /// By the clock since the start of the machine: the other one may be set back.
    blocked_until: Option<Duration>,
}

impl Asserting {
    pub(crate) fn is_wanted(&self) -> bool {
        self.from.is_some()
    }

    pub(crate) fn busy(&self) -> bool {
        self.current.is_some()
    }

    pub(crate) fn owns(&self, request: RequestId) -> bool {
        self.current.as_ref().is_some_and(|(id, _)| *id == request)
    }

    pub(crate) fn hush(&mut self) {
        self.current = None;
    }

    fn again(&mut self, boot: Duration) {
        self.waiting.clear();
        self.blocked_until = Some(boot + AGAIN);
    }
}

impl Engine {
    /// The ledger lives another life than the one that some of what is kept here is of, or asks what it has
    /// lost: it is told. One that is fenced is not asked before somebody has looked.
    pub(crate) fn follow_epoch(&mut self, status: &Status, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        let other = work.tx.desk().is_of_another_epoch(&status.head.epoch)?;
        let fenced = status.interruption == Some(Interruption::Fenced);
        let wanted = status.assert_from.or(other.then_some(u64::MAX)).filter(|_| !fenced);
        work.tx.desk().set_asserting(other || wanted.is_some())?;
        if wanted.is_some() && self.asserting.from.is_none() {
            self.asserting = Asserting::default();
            work.effects.push(Effect::Notice(Notice::Availability));
        }
        self.asserting.from = wanted;
        Ok(())
    }

    /// A ledger that stands before the point at which the mirror does, or has something else there, is asked
    /// for changes all the same: it finds out by the cursor that it went back (rule 13).
    pub(crate) fn doubt(&mut self, head: &Cursor, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        let behind = |cursor: &Cursor| {
            cursor.epoch == head.epoch
                && (cursor.seq > head.seq || cursor.seq == head.seq && cursor.digest != head.digest)
        };
        if work.tx.mirror().cursor()?.as_ref().is_some_and(behind) {
            self.pull.want_changes();
        }
        Ok(())
    }

    /// Tells the next part, if none is under way.
    pub(crate) fn assert_on(&mut self, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        let Some((from, status)) = self.asserting.from.zip(self.status.as_ref()) else {
            return Ok(());
        };
        // What is under way is of before: its answer comes first.
        if self.asserting.current.is_some() || self.push.busy() || self.exchange.busy() {
            return Ok(());
        }
        if let Some(until) = self.asserting.blocked_until.filter(|until| *until > work.now.boot) {
            let (timer, after) = (Timer::Push, until - work.now.boot);
            work.effects.push(Effect::SetTimer { timer, after });
            return Ok(());
        }
        let epoch = status.head.epoch.clone();
        let assertion = work
            .tx
            .desk()
            .next_assertion(&epoch, from, &self.asserting.waiting, work.now)?;
        let id = self.send(Request::Assert(assertion.clone()), work);
        self.asserting.current = Some((id, assertion));
        Ok(())
    }

    /// The part under way ended.
    pub(crate) fn asserted(
        &mut self,
        answer: Result<Answer, Failure>,
        work: &mut Work<'_, '_>,
    ) -> Result<(), EngineError> {
        let Some((_, assertion)) = self.asserting.current.take() else {
            return Ok(());
        };
        match answer {
            Ok(Answer::Asserted(reply)) if answers_match(&assertion, &reply) => {
                self.was_told(&assertion, &reply, work)?;
            }
            Err(Failure::Unreachable) => self.lost(LinkState::Offline, None, work),
            Err(Failure::Busy { retry_after }) => self.lost(LinkState::Failing, retry_after, work),
            Err(Failure::Unauthorized) => self.unauthorized(work)?,
            // It lives another life already.
            Err(Failure::CursorGone) => self.pull.want_status(),
            // A central that seals nothing has nothing to hear: what an earlier life granted is promised no more.
            Err(Failure::Missing) => {
                let next = self.backoff.uuid();
                work.tx.desk().begin_incarnation(next)?;
                self.all_was_told(&assertion.epoch, &[], work)?;
            }
            Ok(_) | Err(_) => self.asserting.again(work.now.boot),
        }
        Ok(())
    }

    fn was_told(
        &mut self,
        assertion: &Assertion,
        reply: &AssertionReply,
        work: &mut Work<'_, '_>,
    ) -> Result<(), EngineError> {
        for answered in &reply.answers {
            if matches!(answered.answer, OperationReply::NotYet { .. }) {
                self.asserting.waiting.insert(answered.id);
                continue;
            }
            let (desk, at) = (work.tx.desk(), work.now.wall);
            if desk.record_asserted(answered.id, &assertion.epoch, &answered.answer, at)? {
                work.effects.push(Effect::Notice(Notice::Status));
            }
        }
        if reply.done {
            return self.all_was_told(&assertion.epoch, &reply.leases, work);
        }
        // All was told, and some of it has to wait for others: another round, later.
        if assertion.chains.is_empty() {
            self.asserting.again(work.now.boot);
        }
        Ok(())
    }

    fn all_was_told(
        &mut self,
        epoch: &str,
        kept: &[lanterna_model::ids::LeaseId],
        work: &mut Work<'_, '_>,
    ) -> Result<(), EngineError> {
        work.tx.desk().asserted(epoch, kept)?;
        self.asserting = Asserting::default();
        if let Some(status) = &mut self.status {
            status.assert_from = None;
        }
        self.exchange.want();
        // The recovery may be over with this.
        self.pull.want_status();
        work.effects
            .extend([Effect::Notice(Notice::Availability), Effect::Notice(Notice::Status)]);
        Ok(())
    }
}

fn answers_match(assertion: &Assertion, reply: &AssertionReply) -> bool {
    let asked: Vec<Uuid> = assertion.chains.iter().flatten().map(|asserted| asserted.id).collect();
    let answered: Vec<Uuid> = reply.answers.iter().map(|answered| answered.id).collect();
    asked == answered
}
