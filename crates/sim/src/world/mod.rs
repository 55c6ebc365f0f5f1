//! The world: one agenda of everything that is to happen, carried out one by one.

mod calm;
mod central;
mod desk;
mod engine;
mod line;
mod network;
mod operator;
mod owner;
mod power;
mod restored;
mod service;
mod stock;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, Utc};
use lanterna_central::ledger::{ForeignBooking, Ledger};
use lanterna_model::access::Channel;
use lanterna_model::schedule::SlotSpan;
use lanterna_sync::{Answer, Failure, Timer};
use lanterna_wire::hold::HoldReply;
use uuid::Uuid;

use crate::agenda::Agenda;
use crate::check::Checker;
use crate::config::{Config, FaultKind};
use crate::people::People;
use crate::region::{CHANNELS, region};
use crate::report::Report;
use crate::rng::Rng;
use crate::script::{self, Line};
use crate::time::{DeskClock, HOUR, MINUTE, Millis, instant, millis};
use crate::trace::Trace;
use crate::violation::{Broken, Rule, Seen, Violation};

use central::Central;
use desk::{Desk, Power};
use network::Parcel;

/// The answer of something that never waits.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the embedded ledger is ready at the first poll"),
    }
}

/// What a desk gets back.
#[derive(Debug)]
pub(crate) enum Reply {
    Engine(Answer),
    Hold(HoldReply),
}

/// News of a doorbell stream.
#[derive(Clone, Copy, Debug)]
enum News {
    Opened,
    Rang,
    Closed,
}

/// Something that is to happen.
#[derive(Debug)]
enum Happening {
    /// A line of the script is due.
    Line(usize),
    /// A timer of an engine ran out.
    Timer { desk: usize, timer: Timer, token: u64 },
    /// A message reaches the central.
    Arrival(Box<Parcel>),
    /// An answer, or its failure, reaches a desk.
    Return {
        desk: usize,
        call: u64,
        reply: Box<Result<Reply, Failure>>,
    },
    /// News of a doorbell stream reach a desk.
    Bell { desk: usize, token: u64, news: News },
    /// The central rings.
    Ring,
    /// The central is there again.
    CentralUp,
    /// The central sweeps its ledger.
    Sweep,
    /// An operator has thought long enough.
    Confirm { desk: usize, token: Uuid },
    /// A link is good again.
    LinkEnds { desk: usize, token: u64 },
    /// A desk is there again, or wakes up.
    PowerEnds { desk: usize, token: u64 },
    /// A desk that was switched on for a while is switched off.
    Off { desk: usize, token: u64 },
    /// There is room on a disk again.
    DiskFreed { desk: usize },
    /// A channel is open again.
    ServiceEnds { channel: Channel, token: u64 },
    /// The administrator looks after a ledger that was put back.
    Attend { token: u64 },
    /// The central hands out fresh manifests again.
    StaleEnds { token: u64 },
    /// Everything is looked at.
    Hour,
    /// The faults end.
    Calm,
    /// Whether everything has settled.
    Settled,
}

/// The world.
pub(crate) struct World {
    config: Config,
    start: DateTime<Utc>,
    at: Millis,
    step: u64,
    agenda: Agenda<Happening>,
    lines: Vec<Line>,
    /// The faults have ended, when.
    calm: Option<Millis>,
    over: bool,
    central: Central,
    desks: Vec<Desk>,
    people: People,
    others: Vec<ForeignBooking>,
    removed: Vec<u32>,
    region: lanterna_central::ledger::Region,
    checker: Checker,
    trace: Trace,
    report: Report,
    calls: u64,
    tokens: u64,
    hours: u64,
}

impl World {
    /// Makes a world; nothing has happened in it yet. `told`: the last lines of its trace are kept.
    pub(crate) fn new(config: &Config, told: bool) -> Result<Self, Violation> {
        Self::made(config, told).map_err(|broken| broken.at(0, 0))
    }

    fn made(config: &Config, told: bool) -> Seen<Self> {
        let start = config.season.start();
        let region = region(config, start)?;
        let central = Central::new(config)?;
        ready(central.ledger.install(&region, start))?;
        let channels: Vec<Channel> = (0..config.desks as usize)
            .map(|desk| CHANNELS[usize::from(desk % 4 == 3)])
            .collect();
        let mut checker = Checker::new(&region, &channels);
        let mut desks = Vec::with_capacity(channels.len());
        for (at, channel) in channels.iter().enumerate() {
            desks.push(enrol(config, &central, at, *channel, start)?);
        }
        checker.begin(&central.ledger)?;
        let mut world = Self {
            config: config.clone(),
            start,
            at: 0,
            step: 0,
            agenda: Agenda::new(),
            lines: script::write(config),
            calm: None,
            over: false,
            central,
            desks,
            people: People::default(),
            others: Vec::new(),
            removed: Vec::new(),
            region,
            checker,
            trace: Trace::new(told),
            report: Report::default(),
            calls: 0,
            tokens: 0,
            hours: 0,
        };
        world.begin();
        world.first_policy()?;
        Ok(world)
    }

    fn begin(&mut self) {
        for at in 0..self.lines.len() {
            self.agenda.put(self.lines[at].at, Happening::Line(at));
        }
        self.agenda
            .put(millis(self.central.settings.sweep_every), Happening::Sweep);
        self.agenda.put(HOUR, Happening::Hour);
        self.agenda.put(script::end(&self.config), Happening::Calm);
        for desk in 0..self.desks.len() {
            if self.desks[desk].power == Power::On {
                self.start_engine(desk, 0);
            }
        }
    }

    /// Lets everything happen.
    pub(crate) fn run(&mut self) -> Result<Report, Violation> {
        while !self.over {
            let Some((at, happening)) = self.agenda.next() else {
                break;
            };
            self.at = at;
            self.step += 1;
            self.happen(happening)
                .map_err(|broken| broken.at(self.step, self.at / MINUTE))?;
        }
        let mut report = self.report.clone();
        report.worlds = 1;
        report.steps = self.step;
        report.minutes = self.at / MINUTE;
        report.checks = self.checker.checks;
        report.trace = self.trace.digest();
        self.checker.told(&mut report);
        report.waits = self
            .checker
            .operations
            .all()
            .filter_map(|tracked| Some(tracked.end.as_ref()?.1 - tracked.written_at))
            .collect();
        report.waits.sort_unstable();
        Ok(report)
    }

    /// The last lines of the trace.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.trace.last()
    }

    fn happen(&mut self, happening: Happening) -> Seen {
        match happening {
            Happening::Line(at) => self.line(at),
            Happening::Timer { desk, timer, token } => self.timer_ran_out(desk, timer, token),
            Happening::Arrival(parcel) => self.arrived(*parcel),
            Happening::Return { desk, call, reply } => self.returned(desk, call, *reply),
            Happening::Bell { desk, token, news } => self.bell(desk, token, news),
            Happening::Ring => {
                self.ring();
                Ok(())
            }
            Happening::CentralUp => self.central_up(),
            Happening::Sweep => self.sweep(),
            Happening::Confirm { desk, token } => self.confirm(desk, token),
            Happening::LinkEnds { desk, token } => {
                self.link_ends(desk, token);
                Ok(())
            }
            Happening::PowerEnds { desk, token } => self.power_ends(desk, token),
            Happening::Off { desk, token } => {
                self.off(desk, token);
                Ok(())
            }
            Happening::DiskFreed { desk } => self.disk_freed(desk),
            Happening::ServiceEnds { channel, token } => self.service_ends(channel, token),
            Happening::Attend { token } => self.attend(token),
            Happening::StaleEnds { token } => {
                self.central.stale &= self.central.stale_token != token;
                Ok(())
            }
            Happening::Hour => self.hour(),
            Happening::Calm => self.become_calm(),
            Happening::Settled => self.settled(),
        }
    }

    /// The true instant, which the central's clock shows.
    fn now(&self) -> DateTime<Utc> {
        instant(self.start, self.at)
    }

    fn token(&mut self) -> u64 {
        self.tokens += 1;
        self.tokens
    }

    /// Whether a fault of single messages happens now.
    fn befalls(&mut self, kind: FaultKind, permille: u32, rng: &mut Rng) -> bool {
        let happens = rng.permille(permille) && self.calm.is_none() && self.config.has(kind);
        if happens {
            self.report.fault(kind);
        }
        happens
    }

    /// Something was written to the ledger, or may have been: the feed is looked at, and the doorbell rings
    /// for what is new.
    fn ledger_moved(&mut self, touched: &[SlotSpan]) -> Seen {
        if self.checker.ledger_moved(&self.central.ledger, touched)? && !self.central.ringing {
            self.central.ringing = true;
            let coalesce = u64::from(self.config.coalesce_ms);
            self.agenda.put(self.at + coalesce, Happening::Ring);
        }
        Ok(())
    }

    fn hour(&mut self) -> Seen {
        self.hours += 1;
        if self.config.takes_minutes() {
            let (hours, steps) = (self.hours, self.step);
            eprintln!("seed {}: {hours} virtual hours, {steps} events", self.config.seed);
        }
        // While the central is away nothing happens to its ledger, holds that are over included.
        if self.central.up {
            self.sweep_now()?;
            self.checker.whole_ledger(&self.central.ledger)?;
        }
        // In a large world the records take turns, so that all of them are looked at four times a day.
        let turns = if self.config.is_small() { 1 } else { 6 };
        let Self { checker, desks, .. } = self;
        for (at, desk) in desks.iter().enumerate() {
            if at as u64 % turns == self.hours % turns {
                checker.whole_record(at, &desk.store, desk.moment(self.at))?;
                checker.desk_moved(at, &desk.store, &crate::check::Looked::Whole)?;
            }
        }
        self.agenda.put(self.at + HOUR, Happening::Hour);
        Ok(())
    }
}

fn enrol(config: &Config, central: &Central, at: usize, channel: Channel, start: DateTime<Utc>) -> Seen<Desk> {
    let mut rng = Rng::keyed(config.seed, &[30, at as u64]);
    let mut code = [0; 32];
    code[..8].copy_from_slice(&(at as u64 + 1).to_le_bytes());
    ready(
        central
            .ledger
            .add_enrolment_code(&code, channel, start + chrono::TimeDelta::days(1)),
    )?;
    let request = rng.uuid(start.timestamp_millis());
    let enrolled = ready(central.ledger.enrol(&code, request, &code, start))
        .or_else(|error| Broken::new(Rule::Unexpected, format!("a desk could not be enrolled: {error}")))?;
    let drift = if config.has(FaultKind::ClockDrift) {
        rng.around(400)
    } else {
        0
    };
    let power = if config.awake_minutes < 1_440 {
        Power::Asleep
    } else {
        Power::On
    };
    Ok(Desk::new(
        config.seed,
        at,
        enrolled,
        DeskClock::new(start, drift),
        power,
    )?)
}
