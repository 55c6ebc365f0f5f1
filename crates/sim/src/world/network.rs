//! The network between desks and the central: it loses, doubles, delays, cuts and garbles.

use lanterna_central::ledger::Ledger;
use lanterna_sync::{Answer, Failure, Request, RequestId};
use lanterna_wire::hold::HoldRequest;

use super::desk::{Asked, Bell, Power};
use super::{Happening, News, Reply, World, ready};
use crate::config::FaultKind;
use crate::rng::Rng;
use crate::script::Condition;
use crate::time::{Millis, SECOND};
use crate::violation::{Broken, Rule, Seen};

/// How long a client waits, as `desk::link` does.
const SHORT: Millis = 8 * SECOND;
const LONG: Millis = 60 * SECOND;
/// After so much silence a doorbell stream is given up.
const SILENCE: Millis = 45 * SECOND;

/// What is asked of the central.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    Engine(Request),
    Hold(HoldRequest),
}

/// A message on its way to the central.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    desk: usize,
    call: u64,
    ask: Ask,
    /// The network made it out of another one.
    copy: bool,
    dice: Rng,
}

impl World {
    /// The engine of a desk asks.
    pub(super) fn send_request(&mut self, desk: usize, id: RequestId, request: Request) -> Seen {
        if let Request::Push(batch) = &request {
            let store = &self.desks[desk].store;
            let moment = self.desks[desk].moment(self.at);
            self.checker.sending(desk, store, batch, moment)?;
        }
        if let Request::Assert(assertion) = &request {
            self.checker.telling(desk, assertion)?;
            self.desks[desk].telling = Some(assertion.epoch.clone());
        }
        if let Request::Stock(request) = &request {
            self.checker
                .exchanging(desk, request, self.desks[desk].moment(self.at))?;
        }
        let patience = match request {
            Request::Status => SHORT,
            _ => LONG,
        };
        self.send(desk, Asked::Engine(id), Ask::Engine(request), patience);
        Ok(())
    }

    /// An operator asks for a hold.
    pub(super) fn send_hold(&mut self, desk: usize, request: HoldRequest) {
        self.send(desk, Asked::Hold, Ask::Hold(request), SHORT);
    }

    fn send(&mut self, desk: usize, asked: Asked, ask: Ask, patience: Millis) {
        self.calls += 1;
        let call = self.calls;
        let mut dice = self.desks[desk].dice();
        self.desks[desk].open.insert(call, asked);
        let gone = |world: &mut Self, after: Millis| world.fail(desk, call, Failure::Unreachable, after);
        match self.desks[desk].link {
            // Refused at once, or tried until the time for it is over.
            Condition::Cut => {
                let after = if dice.permille(500) { 20 } else { 5 * SECOND };
                return gone(self, after);
            }
            Condition::Deaf => return gone(self, patience),
            Condition::Good | Condition::Dumb | Condition::Slow => {}
        }
        gone(self, patience);
        if self.befalls(FaultKind::LostRequest, 15, &mut dice) {
            if dice.permille(500) {
                gone(self, dice.wait(300));
            }
            return;
        }
        let parcel = Parcel {
            desk,
            call,
            ask,
            copy: false,
            dice: dice.clone(),
        };
        if self.befalls(FaultKind::Duplicate, 20, &mut dice) {
            let copy = Parcel {
                copy: true,
                dice: dice.clone(),
                ..parcel.clone()
            };
            let late = *dice.pick(&[50, 5 * SECOND, 300 * SECOND]).unwrap_or(&50);
            let after = self.latency(desk, &mut dice) + dice.wait(late);
            self.agenda.put(self.at + after, Happening::Arrival(Box::new(copy)));
        }
        let after = self.latency(desk, &mut dice);
        self.agenda.put(self.at + after, Happening::Arrival(Box::new(parcel)));
    }

    fn fail(&mut self, desk: usize, call: u64, failure: Failure, after: Millis) {
        let reply = Box::new(Err(failure));
        self.agenda
            .put(self.at + after, Happening::Return { desk, call, reply });
    }

    fn latency(&mut self, desk: usize, dice: &mut Rng) -> Millis {
        let slow = self.desks[desk].link == Condition::Slow;
        let delayed = self.befalls(FaultKind::Delay, 20, dice);
        let way = if slow {
            dice.between(1_000, 6_000)
        } else {
            dice.between(8, 60)
        };
        way + if delayed { dice.wait(10 * SECOND) } else { 0 }
    }

    /// A message reaches the central.
    pub(super) fn arrived(&mut self, parcel: Parcel) -> Seen {
        let Parcel {
            desk,
            call,
            ask,
            copy,
            mut dice,
        } = parcel;
        if !self.central.up {
            self.fail(desk, call, Failure::Unreachable, 30);
            return Ok(());
        }
        let early = dice.permille(500);
        if early && self.befalls(FaultKind::Busy, 12, &mut dice) {
            let retry_after = dice
                .permille(700)
                .then(|| std::time::Duration::from_secs(dice.between(1, 40)));
            self.fail(desk, call, Failure::Busy { retry_after }, 30);
            return Ok(());
        }
        if self.desks[desk].revoked.is_some() {
            self.fail(desk, call, Failure::Unauthorized, 30);
            return Ok(());
        }
        let pushes = matches!(ask, Ask::Engine(Request::Push(_)));
        let worked = self.worked_on(desk, ask)?;
        let Some(reply) = worked else {
            // The central ended over it.
            self.fail(desk, call, Failure::Unreachable, 30);
            return Ok(());
        };
        if copy && !pushes {
            return Ok(());
        }
        if self.befalls(FaultKind::LostAnswer, 20, &mut dice) {
            if dice.permille(500) {
                self.fail(desk, call, Failure::Unreachable, dice.wait(500));
            }
            return Ok(());
        }
        if self.befalls(FaultKind::CorruptAnswer, 10, &mut dice) {
            self.fail(desk, call, Failure::Fault, 50);
            return Ok(());
        }
        if !early && self.befalls(FaultKind::Busy, 12, &mut dice) {
            self.fail(desk, call, Failure::Busy { retry_after: None }, 50);
            return Ok(());
        }
        if matches!(self.desks[desk].link, Condition::Cut | Condition::Dumb) {
            return Ok(());
        }
        let after = self.latency(desk, &mut dice);
        let reply = Box::new(reply);
        self.agenda
            .put(self.at + after, Happening::Return { desk, call, reply });
        Ok(())
    }

    /// The central works on a message; nothing when it ended over it.
    fn worked_on(&mut self, desk: usize, ask: Ask) -> Seen<Option<Result<Reply, Failure>>> {
        let channel = self.desks[desk].enrolled.channel;
        let now = self.now();
        let request = match ask {
            // What a ledger that went back gives before anybody found out makes two histories of one life:
            // beyond the protocol, which finds it out by the first cursor that comes.
            Ask::Hold(_) | Ask::Engine(Request::Push(_) | Request::Stock(_) | Request::Assert(_))
                if self.central.restoration.blind =>
            {
                return Ok(Some(Err(Failure::Busy { retry_after: None })));
            }
            Ask::Hold(request) => return self.hold(desk, &request).map(Some),
            Ask::Engine(request) => request,
        };
        let answer = match request {
            Request::Status => self.central.status(self.desks[desk].enrolled.id, channel, now),
            Request::Catalogue { known } => self.central.catalogue(channel, known.as_deref()),
            Request::Manifest => self.central.manifest(channel, now),
            Request::Chunk { hash, .. } => self.central.chunk(&hash),
            Request::Changes { from } => self.changes(desk, &from)?,
            Request::Stock(request) => match self.stock(desk, &request)? {
                Ok(answer) => Ok(answer),
                failed => return Ok(Some(failed.map(Reply::Engine))),
            },
            Request::Assert(assertion) => self.assertion(desk, &assertion)?,
            // Every desk was enrolled before the first backup: none of them is ever unknown to its ledger.
            Request::Readmit(_) => Err(Failure::Missing),
            Request::Push(batch) => match self.batch(desk, &batch)? {
                Some(reply) => Ok(Answer::Pushed(reply)),
                None => return Ok(None),
            },
        };
        for snapshot in std::mem::take(&mut self.central.taken) {
            self.checker.snapshot_taken(&snapshot)?;
        }
        match &answer {
            Err(Failure::Fault) => Broken::new(Rule::Unexpected, "the central met a fault"),
            _ => Ok(Some(answer.map(Reply::Engine))),
        }
    }

    fn hold(&mut self, desk: usize, request: &HoldRequest) -> Seen<Result<Reply, Failure>> {
        let now = self.now();
        let lasts = self.central.settings.hold_time;
        let held = ready(
            self.central
                .ledger
                .hold(self.desks[desk].enrolled.id, request, lasts, now),
        );
        let reply = match held {
            Ok(reply) => reply,
            Err(lanterna_central::ledger::LedgerError::NotOpen(_)) => {
                return Ok(Err(Failure::Busy { retry_after: None }));
            }
            Err(error) => return Err(error.into()),
        };
        self.trace.note(self.at, format_args!("hold {desk} {reply:?}"));
        self.checker.held(desk, request, &reply, now + lasts, now)?;
        self.ledger_moved(&[])?;
        match reply {
            lanterna_wire::hold::HoldReply::Held { .. } => self.report.holds.0 += 1,
            lanterna_wire::hold::HoldReply::Refused { .. } => self.report.holds.1 += 1,
        }
        Ok(Ok(Reply::Hold(reply)))
    }

    /// A desk wants to listen.
    pub(super) fn open_doorbell(&mut self, desk: usize) {
        if self.desks[desk].bell.is_some() {
            return;
        }
        let token = self.token();
        self.desks[desk].bell = Some(Bell { token, open: false });
        let mut dice = self.desks[desk].dice();
        let (news, after) = match self.desks[desk].link {
            _ if !self.central.up || self.desks[desk].revoked.is_some() => (News::Closed, 30),
            Condition::Cut => (News::Closed, 5 * SECOND),
            Condition::Deaf | Condition::Dumb => (News::Closed, SHORT),
            Condition::Good | Condition::Slow => (News::Opened, 2 * self.latency(desk, &mut dice)),
        };
        self.agenda.put(self.at + after, Happening::Bell { desk, token, news });
    }

    /// The central rings at every door that stands.
    pub(super) fn ring(&mut self) {
        self.central.ringing = false;
        if !self.central.up {
            return;
        }
        for desk in 0..self.desks.len() {
            let Some(Bell { token, open: true }) = self.desks[desk].bell else {
                continue;
            };
            if self.desks[desk].power != Power::On || matches!(self.desks[desk].link, Condition::Cut | Condition::Dumb)
            {
                continue;
            }
            let mut dice = self.desks[desk].dice();
            let after = self.latency(desk, &mut dice);
            let news = News::Rang;
            self.agenda.put(self.at + after, Happening::Bell { desk, token, news });
        }
    }

    /// The doorbell stream of a desk ends; it is noticed after a while.
    pub(super) fn cut_doorbell(&mut self, desk: usize, at_once: bool) {
        if let Some(Bell { token, .. }) = self.desks[desk].bell {
            let after = if at_once { 50 } else { SILENCE };
            let news = News::Closed;
            self.agenda.put(self.at + after, Happening::Bell { desk, token, news });
        }
    }

    /// A link becomes something else, for a while.
    pub(super) fn change_link(&mut self, desk: usize, condition: Condition, lasts: Millis) {
        let token = self.token();
        self.desks[desk].link = condition;
        self.desks[desk].link_token = token;
        match condition {
            Condition::Cut => {
                let noticed = self.desks[desk].dice().permille(500);
                self.cut_doorbell(desk, noticed);
            }
            Condition::Dumb => self.cut_doorbell(desk, false),
            Condition::Good | Condition::Deaf | Condition::Slow => {}
        }
        self.agenda.put(self.at + lasts, Happening::LinkEnds { desk, token });
    }

    pub(super) fn link_ends(&mut self, desk: usize, token: u64) {
        if self.desks[desk].link_token == token {
            self.desks[desk].link = Condition::Good;
        }
    }
}
