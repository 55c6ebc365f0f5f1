//! What the desk's driver does: events go into the engine inside a transaction, effects come out after the
//! commit. It follows `desk::driver`.

use std::collections::BTreeSet;
use std::io;

use lanterna_store::StoreError;
use lanterna_sync::{Answer, Effect, Event, Failure, Timer};
use lanterna_wire::changes::{Change, Page};
use lanterna_wire::status::Interruption;
use uuid::Uuid;

use super::desk::{Asked, Power, Running};
use super::{Happening, News, Reply, World};
use crate::check::Looked;
use crate::config::FaultKind;
use crate::script::Cut;
use crate::time::{Millis, SECOND, millis};
use crate::violation::Seen;

/// How soon the engine is started again after the store failed under it.
const AFTER_STORE_FAILURE: Millis = 5 * SECOND;

/// The failure of a store that is made up here.
pub(super) fn made_up() -> StoreError {
    StoreError::Io(io::Error::other("made up"))
}

fn is_made_up(error: &StoreError) -> bool {
    matches!(error, StoreError::Io(_))
}

/// What an event brings that the checkers want to look at afterwards.
fn brought(event: &Event) -> Looked {
    match event {
        Event::Answered {
            answer: Ok(Answer::Changes(page)),
            ..
        } => Looked::At(schedules(page)),
        Event::Answered {
            answer: Ok(Answer::Chunk { .. } | Answer::Manifest(_)),
            ..
        } => Looked::Whole,
        _ => Looked::Nothing,
    }
}

fn schedules(page: &Page) -> BTreeSet<lanterna_model::ids::ScheduleId> {
    let of = |change: &Change| match change {
        Change::Session { schedule, .. } | Change::Schedule { schedule, .. } => Some(*schedule),
        Change::Catalogue => None,
    };
    page.changes.iter().filter_map(of).collect()
}

impl World {
    /// Hands an event to the engine of a desk.
    pub(super) fn event(&mut self, desk: usize, event: Event) -> Seen {
        if self.desks[desk].power != Power::On {
            return Ok(());
        }
        let doom = self.desks[desk].cut();
        if doom.is_some_and(|doom| doom.cut == Cut::Before) {
            return self.crash(desk, doom);
        }
        let (answers, told) = match &event {
            Event::Answered {
                answer: Ok(Answer::Pushed(reply)),
                ..
            } => (reply.answers.clone(), None),
            Event::Answered {
                answer: Ok(Answer::Asserted(reply)),
                ..
            } => (reply.answers.clone(), Some((**reply).clone())),
            _ => (Vec::new(), None),
        };
        let pushed: Vec<Uuid> = answers.iter().map(|answered| answered.id).collect();
        let looked = brought(&event);
        let entry = match &event {
            Event::Answered {
                answer: Err(Failure::Unauthorized),
                ..
            } => Some(true),
            Event::Answered {
                answer: Ok(Answer::Status(_)),
                ..
            } => Some(false),
            _ => None,
        };
        let asked = match &event {
            Event::Answered {
                answer: Ok(Answer::Status(status)),
                ..
            } => Some(status.assert_from.is_some() && status.interruption != Some(Interruption::Fenced)),
            _ => None,
        };
        let inside = doom.is_some_and(|doom| doom.cut == Cut::Inside);
        let fails = self.desks[desk].fails();
        if fails {
            self.report.fault(FaultKind::StoreFault);
        }
        let at = self.at;
        let this = &mut self.desks[desk];
        let now = this.clock.now(at);
        let engine = &mut this.engine;
        let done = this.store.transaction(|tx| {
            let effects = engine.on(event, now, tx)?;
            if inside || fails { Err(made_up()) } else { Ok(effects) }
        });
        match done {
            Ok(effects) => {
                let this = &mut self.desks[desk];
                this.refused_entry = entry.unwrap_or(this.refused_entry);
                if let Some(asked) = asked {
                    self.checker.was_asked(desk, asked);
                }
                self.checker.desk_moved(desk, &self.desks[desk].store, &looked)?;
                match (&told, self.desks[desk].telling.clone()) {
                    (Some(reply), Some(epoch)) => self.checker.was_heard(desk, &epoch, reply),
                    _ => self.checker.operations.hears(&answers),
                }
                if !pushed.is_empty() {
                    let moment = self.desks[desk].moment(at);
                    self.checker.answered(desk, &self.desks[desk].store, &pushed, moment)?;
                }
                if doom.is_some() {
                    return self.crash(desk, doom);
                }
                effects.into_iter().try_for_each(|effect| self.carry_out(desk, effect))
            }
            Err(_) if inside => self.crash(desk, doom),
            Err(error) => {
                let explained = is_made_up(&error) || (self.desks[desk].full && matches!(error, StoreError::DiskFull));
                if !explained {
                    return Err(error.into());
                }
                self.checker
                    .desk_moved(desk, &self.desks[desk].store, &Looked::Nothing)?;
                let this = &mut self.desks[desk];
                this.forget_engine();
                this.hush();
                self.later(desk, Timer::Retry, AFTER_STORE_FAILURE, true);
                Ok(())
            }
        }
    }

    fn carry_out(&mut self, desk: usize, effect: Effect) -> Seen {
        match effect {
            Effect::Send { id, request } => self.send_request(desk, id, request)?,
            Effect::SetTimer { timer, after } => self.later(desk, timer, millis(after), false),
            Effect::StopTimer(timer) => _ = self.desks[desk].timers.remove(&timer),
            Effect::OpenDoorbell => self.open_doorbell(desk),
            Effect::Hush => self.desks[desk].hush(),
            Effect::Notice(_) => {}
        }
        Ok(())
    }

    fn later(&mut self, desk: usize, timer: Timer, after: Millis, restarts: bool) {
        let (at, token) = (self.at + after, self.token());
        self.desks[desk].timers.insert(timer, Running { at, token, restarts });
        self.agenda.put(at, Happening::Timer { desk, timer, token });
    }

    /// Puts every timer of a desk down anew, none before a moment from now: it was asleep.
    pub(super) fn timers_go_on(&mut self, desk: usize) {
        let timers: Vec<_> = self.desks[desk]
            .timers
            .iter()
            .map(|(timer, running)| (*timer, *running))
            .collect();
        for (timer, Running { at, token, .. }) in timers {
            let at = at.max(self.at + SECOND);
            self.agenda.put(at, Happening::Timer { desk, timer, token });
        }
    }

    pub(super) fn start_engine(&mut self, desk: usize, after: Millis) {
        self.later(desk, Timer::Retry, after, true);
    }

    pub(super) fn timer_ran_out(&mut self, desk: usize, timer: Timer, token: u64) -> Seen {
        if self.desks[desk].power != Power::On {
            return Ok(());
        }
        let Some(Running { restarts, .. }) = self.desks[desk].timers.get(&timer).filter(|it| it.token == token) else {
            return Ok(());
        };
        let event = if *restarts { Event::Started } else { Event::Timer(timer) };
        self.desks[desk].timers.remove(&timer);
        self.trace.note(self.at, format_args!("timer {desk} {event:?}"));
        self.event(desk, event)
    }

    /// An answer reaches a desk, or the news that there is none.
    pub(super) fn returned(&mut self, desk: usize, call: u64, reply: Result<Reply, Failure>) -> Seen {
        if self.desks[desk].power != Power::On {
            return Ok(());
        }
        // The first to come counts: an answer, its copy, or the end of patience.
        match (self.desks[desk].open.remove(&call), reply) {
            (None, _) => Ok(()),
            (Some(Asked::Engine(request)), reply) => {
                let answer = match reply {
                    Ok(Reply::Engine(answer)) => Ok(answer),
                    Ok(Reply::Hold(_)) => Err(Failure::Fault),
                    Err(failure) => Err(failure),
                };
                self.trace
                    .note(self.at, format_args!("answer {desk} {request:?} {}", said(&answer)));
                self.event(desk, Event::Answered { request, answer })
            }
            (Some(Asked::Hold), Ok(Reply::Hold(reply))) => self.hold_answered(desk, Some(reply)),
            (Some(Asked::Hold), _) => self.hold_answered(desk, None),
        }
    }

    pub(super) fn bell(&mut self, desk: usize, token: u64, news: News) -> Seen {
        if self.desks[desk].power != Power::On {
            return Ok(());
        }
        let Some(bell) = self.desks[desk].bell.as_mut().filter(|bell| bell.token == token) else {
            return Ok(());
        };
        let event = match news {
            News::Opened => {
                bell.open = true;
                Event::DoorbellOpened
            }
            News::Rang => Event::DoorbellRang,
            News::Closed => {
                self.desks[desk].bell = None;
                Event::DoorbellClosed
            }
        };
        self.trace.note(self.at, format_args!("bell {desk} {news:?}"));
        self.event(desk, event)
    }
}

/// An answer in a few words, for the trace.
fn said(answer: &Result<Answer, Failure>) -> String {
    match answer {
        Ok(Answer::Status(status)) => format!("status {} {:?}", status.head.seq, status.service),
        Ok(Answer::Catalogue(catalogue)) => format!("catalogue {}", catalogue.is_some()),
        Ok(Answer::Manifest(manifest)) => format!("manifest {} of {}", manifest.cursor.seq, manifest.chunks.len()),
        Ok(Answer::Chunk { bytes, .. }) => format!("chunk of {}", bytes.len()),
        Ok(Answer::Changes(page)) => format!("changes {} to {}", page.from.seq, page.to.seq),
        Ok(Answer::Pushed(reply)) => {
            let answers: Vec<_> = reply.answers.iter().map(|answered| &answered.answer).collect();
            format!("pushed {answers:?}")
        }
        Ok(Answer::Stocked(reply)) => format!("stocked {reply:?}"),
        Ok(Answer::Asserted(reply)) => format!("asserted {reply:?}"),
        Ok(Answer::Readmitted) => "readmitted".to_owned(),
        Err(failure) => format!("{failure:?}"),
    }
}
