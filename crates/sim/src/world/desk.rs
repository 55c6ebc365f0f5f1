//! A desk of the world: the real store and engine, and what a driver keeps beside them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lanterna_central::ledger::Desk as Enrolled;
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Now;
use lanterna_store::{Enrolment, Store, StoreError};
use lanterna_sync::{Engine, RequestId, Timer};
use uuid::Uuid;

use super::operator::Form;
use crate::check::Moment;
use crate::rng::Rng;
use crate::script::{Condition, Cut};
use crate::time::{DeskClock, Millis};

/// Whether a desk does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    On,
    /// Suspended: nothing is lost, and nothing happens.
    Asleep,
    /// Its process has ended.
    Down,
}

/// A timer of the engine that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub(super) at: Millis,
    pub(super) token: u64,
    /// Starts the engine again, after the store failed under it.
    pub(super) restarts: bool,
}

/// What was asked and not answered yet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    Engine(RequestId),
    Hold,
}

/// The doorbell stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bell {
    pub(super) token: u64,
    pub(super) open: bool,
}

/// A process that is to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doom {
    pub(super) cut: Cut,
    pub(super) steps: u32,
    pub(super) down: Millis,
    pub(super) machine: bool,
}

/// One desk.
pub(super) struct Desk {
    pub(super) enrolled: Enrolled,
    pub(super) store: Store,
    pub(super) engine: Engine,
    pub(super) clock: DeskClock,
    pub(super) power: Power,
    pub(super) timers: BTreeMap<Timer, Running>,
    pub(super) open: BTreeMap<u64, Asked>,
    pub(super) bell: Option<Bell>,
    pub(super) link: Condition,
    /// Tells the last change of link or power from those before it.
    pub(super) link_token: u64,
    pub(super) power_token: u64,
    pub(super) doom: Option<Doom>,
    /// Transactions until the store fails once.
    pub(super) fault: Option<u32>,
    pub(super) full: bool,
    /// The central does not let it in any more; whether it was stolen.
    pub(super) revoked: Option<bool>,
    /// It heard of that.
    pub(super) refused_entry: bool,
    /// The life of the ledger that it told last what it has.
    pub(super) telling: Option<String>,
    /// How long its wall clock stands still while it is down.
    pub(super) stands_still: Option<Millis>,
    /// Its machine went down with it: it begins another run when it gets up.
    pub(super) boots: bool,
    /// What the operator is doing.
    pub(super) form: Option<Form>,
    /// Its bookings, oldest first.
    pub(super) numbers: Vec<BookingNumber>,
    /// Places that somebody else held when they were asked for, and until when they are not offered.
    pub(super) refused: Vec<(SlotSpan, DateTime<Utc>)>,
    /// Messages and engines so far, from which the numbers of the next follow.
    pub(super) messages: u64,
    engines: u64,
    seed: u64,
    at: u64,
}

impl Desk {
    /// A desk that was enrolled and never synchronised.
    pub(super) fn new(
        seed: u64,
        at: usize,
        enrolled: Enrolled,
        clock: DeskClock,
        power: Power,
    ) -> Result<Self, StoreError> {
        let mut store = Store::in_memory()?;
        let enrolment = Enrolment {
            desk: enrolled.id,
            code: enrolled.code.clone(),
            channel: enrolled.channel,
            token: String::new(),
            central_url: String::new(),
            central_name: String::new(),
        };
        let now = clock.now(0).wall;
        let incarnation = Rng::keyed(seed, &[12, at as u64]).uuid(now.timestamp_millis());
        store.transaction(|tx| {
            tx.desk().enrol(&enrolment, now)?;
            tx.desk().begin_incarnation(incarnation)
        })?;
        let mut desk = Self {
            enrolled,
            store,
            engine: Engine::new(0),
            clock,
            power,
            timers: BTreeMap::new(),
            open: BTreeMap::new(),
            bell: None,
            link: Condition::Good,
            link_token: 0,
            power_token: 0,
            doom: None,
            fault: None,
            full: false,
            revoked: None,
            refused_entry: false,
            telling: None,
            stands_still: None,
            boots: false,
            form: None,
            numbers: Vec::new(),
            refused: Vec::new(),
            messages: 0,
            engines: 0,
            seed,
            at: at as u64,
        };
        desk.forget_engine();
        Ok(desk)
    }

    /// What it believes, and what is true.
    pub(super) fn moment(&self, at: Millis) -> Moment {
        Moment {
            now: self.now(at),
            at,
            refused: self.refused_entry,
        }
    }

    /// What the desk believes.
    pub(super) fn now(&self, at: Millis) -> Now {
        self.clock.now(at)
    }

    /// Another engine, which knows nothing but what the store has.
    pub(super) fn forget_engine(&mut self) {
        self.engines += 1;
        let seed = Rng::keyed(self.seed, &[10, self.at, self.engines]).next();
        self.engine = Engine::new(seed);
    }

    /// Numbers for the next message.
    pub(super) fn dice(&mut self) -> Rng {
        self.messages += 1;
        Rng::keyed(self.seed, &[11, self.at, self.messages])
    }

    /// Where the next transaction is cut, if it is.
    pub(super) fn cut(&mut self) -> Option<Doom> {
        let doom = self.doom.as_mut()?;
        match doom.steps.checked_sub(1) {
            Some(left) => {
                doom.steps = left;
                None
            }
            None => self.doom.take(),
        }
    }

    /// Whether the store fails in the next transaction.
    pub(super) fn fails(&mut self) -> bool {
        match self.fault {
            None => false,
            Some(0) => {
                self.fault = None;
                true
            }
            Some(steps) => {
                self.fault = Some(steps - 1);
                false
            }
        }
    }

    /// What was under way is over.
    pub(super) fn hush(&mut self) {
        self.open.retain(|_, asked| !matches!(asked, Asked::Engine(_)));
        self.bell = None;
    }

    /// A new identifier, of the moment that the desk believes in.
    pub(super) fn uuid(&self, rng: &mut Rng, at: Millis) -> Uuid {
        rng.uuid(self.now(at).wall.timestamp_millis())
    }

    /// Places that are not offered because somebody else held them a moment ago.
    pub(super) fn refused_now(&self, at: Millis) -> Vec<SlotSpan> {
        let now = self.now(at).wall;
        let still = self.refused.iter().filter(|(_, until)| *until > now);
        still.map(|(span, _)| *span).collect()
    }
}
