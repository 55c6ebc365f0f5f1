//! The lane that exchanges stock: asks for places to be set aside, renews them and gives them back
//! (PROTOCOL.md, *Leases*).

use std::time::Duration;

use lanterna_store::Exchanged;
use lanterna_wire::stock::StockReply;

use crate::engine::{Engine, EngineError, LinkState, Work};
use crate::event::{Answer, Effect, Failure, Notice, Request, RequestId};

/// After a failure that says nothing of the link, and with a central that sets nothing aside.
const AGAIN: Duration = Duration::from_secs(60);

/// What is under way.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    current: Option<(RequestId, u64)>,
    /// The number of the exchange that was composed last, and up to which operation everything had its end
    /// by then. Not known of one that was composed before the desk was started.
    composed: Option<(u64, u64)>,
    wanted: bool,
    /// On the clock that nobody sets.
    blocked_until: Option<Duration>,
}

impl Exchange {
    pub(crate) fn want(&mut self) {
        self.wanted = true;
        self.blocked_until = None;
    }

    pub(crate) fn owns(&self, request: RequestId) -> bool {
        self.current.is_some_and(|(id, _)| id == request)
    }

    pub(crate) fn busy(&self) -> bool {
        self.current.is_some()
    }

    pub(crate) fn hush(&mut self) {
        self.current = None;
    }
}

impl Engine {
    /// Begins an exchange, if one is due and none is under way.
    pub(crate) fn exchange_on(&mut self, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        if self.exchange.current.is_some() || self.exchange.blocked_until.is_some_and(|until| until > work.now.boot) {
            return Ok(());
        }
        let recalled = self.status.as_ref().is_some_and(|status| status.recalled > 0);
        if !self.exchange.wanted && !recalled && !work.tx.desk().stock_due(work.now)? {
            return Ok(());
        }
        self.exchange.wanted = false;
        let id = self.backoff.uuid();
        let Some(request) = work.tx.desk().next_exchange(id, work.now)? else {
            return Ok(());
        };
        let number = request.number;
        if request.id == id {
            self.exchange.composed = Some((number, work.tx.desk().watermark()?));
        }
        let id = self.send(Request::Stock(request), work);
        self.exchange.current = Some((id, number));
        Ok(())
    }

    /// The exchange under way ended.
    pub(crate) fn exchanged(
        &mut self,
        answer: Result<Answer, Failure>,
        work: &mut Work<'_, '_>,
    ) -> Result<(), EngineError> {
        let Some((_, number)) = self.exchange.current.take() else {
            return Ok(());
        };
        match answer {
            Ok(Answer::Stocked(reply)) => self.stocked(number, &reply, work)?,
            Err(Failure::Unreachable) => self.lost(LinkState::Offline, None, work),
            Err(Failure::Busy { retry_after }) => self.lost(LinkState::Failing, retry_after, work),
            Err(Failure::Unauthorized) => self.unauthorized(work)?,
            // The same exchange again later; everything else goes on.
            Ok(_) | Err(_) => self.exchange.blocked_until = Some(work.now.boot + AGAIN),
        }
        Ok(())
    }

    fn stocked(&mut self, number: u64, reply: &StockReply, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        let epoch = self.status.as_ref().map_or("", |status| status.head.epoch.as_str());
        let next = self.backoff.uuid();
        let composed = self.exchange.composed.filter(|(composed, _)| *composed == number);
        let settled = composed.map_or(0, |(_, settled)| settled);
        let done = work
            .tx
            .desk()
            .exchanged(number, reply, settled, epoch, next, work.now)?;
        match done {
            // What was called back is given back at once: somebody waits for it.
            Exchanged::Stocked { recalled: true } => self.exchange.want(),
            Exchanged::Stocked { recalled: false } | Exchanged::Ignored => {
                if let Some(status) = &mut self.status {
                    status.recalled = 0;
                }
            }
            Exchanged::Fenced => {
                self.exchange.blocked_until = Some(work.now.boot + AGAIN);
            }
        }
        work.effects
            .extend([Effect::Notice(Notice::Availability), Effect::Notice(Notice::Status)]);
        Ok(())
    }
}
