//! The engine: one lane that pulls, one that pushes, and the link they share.

use std::time::Duration;

use chrono::{DateTime, Utc};
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::time::Now;
use lanterna_store::{StoreError, StoreTx};
use lanterna_wire::status::{ServiceState, Status};
use lanterna_wire::{PROTOCOL, limits};

use crate::assert::Asserting;
use crate::backoff::Backoff;
use crate::event::{Answer, Effect, Event, Failure, Notice, Request, RequestId, Timer};
use crate::pull::Pull;
use crate::push::Push;
use crate::stock::Exchange;

/// How often the central is asked when the doorbell stands, and when it does not.
const POLL_WITH_DOORBELL: Duration = Duration::from_secs(30);
const POLL_WITHOUT: Duration = Duration::from_secs(3);
const POLL_AFTER_DOORBELL: Duration = Duration::from_millis(250);
/// How soon to ask again when nothing but time or an administrator can help.
const POLL_HOPELESS: Duration = Duration::from_secs(120);

/// A failure of the store while an event was worked on. Nothing was committed; the caller drops
/// this engine and starts another one from the store.
pub type EngineError = StoreError;

/// How the link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Not tried yet.
    Unknown,
    /// The central answers.
    Online,
    /// It cannot be reached.
    Offline,
    /// It answers with faults.
    Failing,
    /// It speaks no version in common.
    Protocol,
    /// It does not know this desk.
    Unauthorized,
}

/// A full download under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes here.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Chunks here.
    pub done_chunks: u32,
    /// Chunks in all.
    pub total_chunks: u32,
}

/// What the screens may know of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// How the link is.
    pub link: LinkState,
    /// A request for data or a push is under way.
    pub busy: bool,
    /// The last status the central told in this run.
    pub status: Option<Status>,
    /// When the engine tries again by itself, after a failure.
    pub retry_at: Option<DateTime<Utc>>,
    /// A full download under way.
    pub progress: Option<Progress>,
    /// The bookings whose operations are being sent right now.
    pub sending: Vec<BookingNumber>,
}

/// Keeps one desk in step with its central.
pub struct Engine {
    pub(crate) link: LinkState,
    pub(crate) status: Option<Status>,
    pub(crate) pull: Pull,
    pub(crate) push: Push,
    pub(crate) exchange: Exchange,
    pub(crate) asserting: Asserting,
    readmission: Option<RequestId>,
    pub(crate) backoff: Backoff,
    retry_at: Option<DateTime<Utc>>,
    doorbell: bool,
    next_request: u64,
}

/// One event's work: the store it writes to, the moment, and what is to be done afterwards.
pub(crate) struct Work<'a, 'tx> {
    pub(crate) now: Now,
    pub(crate) tx: &'a mut StoreTx<'tx>,
    pub(crate) effects: Vec<Effect>,
}

impl Engine {
    /// An engine that has seen nothing yet. `seed` is random: it spreads the retries of many desks and
    /// names their exchanges.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            link: LinkState::Unknown,
            status: None,
            pull: Pull::default(),
            push: Push::default(),
            exchange: Exchange::default(),
            asserting: Asserting::default(),
            readmission: None,
            backoff: Backoff::new(seed),
            retry_at: None,
            doorbell: false,
            next_request: 0,
        }
    }

    /// What the screens may know.
    #[must_use]
    pub fn view(&self) -> View {
        View {
            link: self.link,
            busy: self.pull.busy() || self.push.busy() || self.asserting.busy(),
            status: self.status.clone(),
            retry_at: self.retry_at,
            progress: self.pull.progress(),
            sending: self.push.sending(),
        }
    }

    /// Works on one event. The effects are to be carried out after the transaction is committed,
    /// and only then: a request may rely on what was written.
    ///
    /// # Errors
    /// [`EngineError`]: the store failed. The transaction must not be committed.
    pub fn on(&mut self, event: Event, now: Now, tx: &mut StoreTx<'_>) -> Result<Vec<Effect>, EngineError> {
        let mut work = Work {
            now,
            tx,
            effects: Vec::new(),
        };
        work.tx.desk().keep_clock(now)?;
        match event {
            Event::Started => self.pull.want_status(),
            // What may be sent by now, `advance` sends.
            Event::Written | Event::Timer(Timer::Push) => {}
            Event::Hurry | Event::Timer(Timer::Retry) => {
                self.retry_at = None;
                self.pull.want_status();
                self.push.hurry();
                if self.link != LinkState::Online {
                    self.link = LinkState::Unknown;
                }
            }
            Event::Timer(Timer::Poll) => self.pull.want_status(),
            Event::DoorbellOpened => {
                self.doorbell = true;
                // Something may have moved between the last poll and the opening.
                self.pull.want_changes();
            }
            Event::DoorbellRang => self.pull.want_changes(),
            Event::DoorbellClosed => {
                // Soon, but never at once: a stream that is cut as often as it is opened must not
                // become a storm.
                self.doorbell = false;
                if self.retry_at.is_none() {
                    work.effects.push(Effect::SetTimer {
                        timer: Timer::Poll,
                        after: POLL_AFTER_DOORBELL,
                    });
                }
            }
            Event::Answered { request, answer } => self.answered(request, answer, &mut work)?,
        }
        self.advance(&mut work)?;
        Ok(work.effects)
    }

    fn answered(
        &mut self,
        request: RequestId,
        answer: Result<Answer, Failure>,
        work: &mut Work<'_, '_>,
    ) -> Result<(), EngineError> {
        if self.push.owns(request) {
            return self.pushed(answer, work);
        }
        if self.exchange.owns(request) {
            return self.exchanged(answer, work);
        }
        if self.asserting.owns(request) {
            return self.asserted(answer, work);
        }
        if self.readmission == Some(request) {
            self.readmission = None;
            if matches!(answer, Ok(Answer::Readmitted)) {
                self.retry_at = None;
                self.pull.want_status();
                self.link = LinkState::Unknown;
            }
            return Ok(());
        }
        if !self.pull.owns(request) {
            // From before a hush: the lanes have moved on.
            return Ok(());
        }
        match answer {
            Ok(answer) => self.pulled(request, answer, work),
            Err(failure) => {
                self.pull.settle(request);
                self.pull_failed(failure, work)
            }
        }
    }

    /// A status came: the link stands, and what the central says is obeyed.
    pub(crate) fn heard(&mut self, status: Status, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        if status.protocol.common(PROTOCOL).is_none() {
            self.lost(LinkState::Protocol, Some(POLL_HOPELESS), work);
            return Ok(());
        }
        self.backoff.succeeded();
        self.retry_at = None;
        let news =
            self.link != LinkState::Online || self.status.as_ref().map(|known| known.service) != Some(status.service);
        self.link = LinkState::Online;
        if news {
            self.push.hurry();
            self.exchange.want();
        }
        work.tx.desk().set_revoked(false)?;
        work.tx.desk().keep_rescue_key(&status.rescue_key)?;
        self.follow_epoch(&status, work)?;
        self.doubt(&status.head, work)?;
        work.tx.mirror().remember_status(&status, work.now.wall)?;
        self.status = Some(status);
        work.effects.push(Effect::Notice(Notice::Status));
        Ok(())
    }

    /// Every request failed at once: the link is gone, or the central is. A central that answers, though
    /// with a fault, may still answer the batch that is under way: were it dropped, data that cannot be
    /// had would hold up the queue for ever.
    pub(crate) fn lost(&mut self, link: LinkState, wait: Option<Duration>, work: &mut Work<'_, '_>) {
        self.link = link;
        self.pull.hush();
        if link != LinkState::Failing || !self.push.busy() {
            self.doorbell = false;
            self.push.hush();
            self.exchange.hush();
            self.asserting.hush();
            work.effects.push(Effect::Hush);
        }
        let wait = match wait {
            Some(hopeless) if hopeless >= POLL_HOPELESS => hopeless,
            asked => self.backoff.failed(asked),
        };
        self.retry_at = Some(work.now.wall + wait);
        work.effects.extend([
            Effect::StopTimer(Timer::Poll),
            Effect::SetTimer {
                timer: Timer::Retry,
                after: wait,
            },
            Effect::Notice(Notice::Status),
        ]);
    }

    /// The central does not know this desk any more: nothing is promised until it does again (rule 9).
    pub(crate) fn unauthorized(&mut self, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        work.tx.desk().set_revoked(true)?;
        self.lost(LinkState::Unauthorized, Some(POLL_HOPELESS), work);
        // Unless it is its ledger that was lost: then its papers are good.
        if let Some(papers) = work.tx.desk().papers()? {
            self.readmission = Some(self.send(Request::Readmit(papers), work));
        }
        Ok(())
    }

    fn pull_failed(&mut self, failure: Failure, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        match failure {
            Failure::Unreachable => self.lost(LinkState::Offline, None, work),
            Failure::Busy { retry_after } => self.lost(LinkState::Failing, retry_after, work),
            Failure::Protocol => self.lost(LinkState::Protocol, Some(POLL_HOPELESS), work),
            Failure::Unauthorized => self.unauthorized(work)?,
            // The mirror is disposable: a cursor the central does not accept is left behind. Why it does not
            // may be another life of it, or a fence: the status says.
            Failure::CursorGone | Failure::CursorAhead => {
                self.pull.want_snapshot();
                self.pull.want_status();
            }
            Failure::Missing => {
                // The manifest is older than the chunks that are kept.
                self.pull.want_snapshot();
                self.lost(LinkState::Failing, None, work);
            }
            Failure::Fault | Failure::Refused => self.lost(LinkState::Failing, None, work),
        }
        Ok(())
    }

    /// Starts whatever can be started now.
    fn advance(&mut self, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        let waiting = self.retry_at.is_some();
        if !waiting {
            self.pull_on(work)?;
        }
        if self.link != LinkState::Online || waiting {
            return Ok(());
        }
        // A ledger that went back is told what it knew before anything new.
        if self.asserting.is_wanted() {
            return self.assert_on(work);
        }
        let open = |status: &Status| status.service == ServiceState::Open;
        if self.status.as_ref().is_some_and(open) {
            self.push_on(work)?;
            self.exchange_on(work)?;
        }
        Ok(())
    }

    /// The mirror agrees with the central: nothing to do until the doorbell or the timer.
    pub(crate) fn up_to_date(&mut self, work: &mut Work<'_, '_>) {
        if !self.doorbell {
            work.effects.push(Effect::OpenDoorbell);
        }
        let after = if self.doorbell {
            POLL_WITH_DOORBELL
        } else {
            POLL_WITHOUT
        };
        work.effects.push(Effect::SetTimer {
            timer: Timer::Poll,
            after,
        });
    }

    pub(crate) fn send(&mut self, request: Request, work: &mut Work<'_, '_>) -> RequestId {
        self.next_request += 1;
        let id = RequestId(self.next_request);
        work.effects.push(Effect::Send { id, request });
        id
    }
}

/// Room kept in a batch for what surrounds the bodies.
pub(crate) const BATCH_BYTES: usize = limits::REQUEST_BYTES / 4;
