//! Random sequences of everything that can be done.

use chrono::Duration;
use lanterna_model::access::Channel;
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::ScheduleId;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_wire::hold::HoldRequest;
use lanterna_wire::operation::{Action, Placement};
use lanterna_wire::outcome::Answer;
use proptest::prelude::*;
use uuid::Uuid;

use super::fixture::*;
use crate::ledger::{Ledger, Retention};

/// One thing that happens. Numbers choose among what there is.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Book {
        desk: usize,
        spans: Vec<Pick>,
        class: Option<Priority>,
        with_hold: bool,
    },
    Move {
        booking: usize,
        span: Pick,
    },
    Cancel {
        booking: usize,
    },
    Hold {
        desk: usize,
        spans: Vec<Pick>,
        replace: bool,
    },
    Release {
        hold: usize,
    },
    Foreign {
        span: Pick,
        class: Option<Priority>,
    },
    ForeignCancel {
        booking: usize,
    },
    Publish {
        schedule: u8,
        step: u8,
        places: u16,
        closed: u8,
    },
    Pass {
        minutes: i64,
    },
    Acknowledge {
        desk: usize,
    },
}

/// A slot of a schedule, sometimes one that is not there.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    schedule: u8,
    offset: u8,
    place: u16,
    slots: u8,
}

const STEPS: [u16; 4] = [10, 15, 20, 30];

fn pick() -> impl Strategy<Value = Pick> {
    (0..4u8, 0..16u8, 0..2u16, 1..3u8).prop_map(|(schedule, offset, place, slots)| Pick {
        schedule,
        offset,
        place,
        slots,
    })
}

fn class() -> impl Strategy<Value = Option<Priority>> {
    prop_oneof![Just(None), prop::sample::select(&Priority::ALL).prop_map(Some)]
}

/// Sequences of up to `most` happenings.
pub(crate) fn sequences(most: usize) -> impl Strategy<Value = Vec<Happening>> {
    let spans = || prop::collection::vec(pick(), 1..3);
    let one = prop_oneof![
        6 => (0..3usize, spans(), class(), any::<bool>())
            .prop_map(|(desk, spans, class, with_hold)| Happening::Book { desk, spans, class, with_hold }),
        3 => (any::<usize>(), pick()).prop_map(|(booking, span)| Happening::Move { booking, span }),
        2 => any::<usize>().prop_map(|booking| Happening::Cancel { booking }),
        3 => (0..3usize, spans(), any::<bool>())
            .prop_map(|(desk, spans, replace)| Happening::Hold { desk, spans, replace }),
        1 => any::<usize>().prop_map(|hold| Happening::Release { hold }),
        2 => (pick(), class()).prop_map(|(span, class)| Happening::Foreign { span, class }),
        1 => any::<usize>().prop_map(|booking| Happening::ForeignCancel { booking }),
        1 => (0..4u8, 0..4u8, 1..3u16, any::<u8>())
            .prop_map(|(schedule, step, places, closed)| Happening::Publish { schedule, step, places, closed }),
        1 => (0..2_000i64).prop_map(|minutes| Happening::Pass { minutes }),
        1 => (0..3usize).prop_map(|desk| Happening::Acknowledge { desk }),
    ];
    prop::collection::vec(one, 1..most)
}

struct Run<'a, L> {
    world: &'a World<L>,
    now: chrono::DateTime<chrono::Utc>,
    desks: Vec<TestDesk>,
    /// Desk, number, last operation, and what was asked for last.
    bookings: Vec<(usize, BookingNumber, Uuid, Placement)>,
    holds: Vec<(usize, Uuid)>,
    foreign: Vec<crate::ledger::ForeignBooking>,
    steps: [u16; 4],
}

impl<L: Ledger> Run<'_, L> {
    fn span(&self, pick: &Pick) -> SlotSpan {
        let step = self.steps[usize::from(pick.schedule)];
        SlotSpan {
            schedule: schedule_of(pick.schedule),
            start: Minute(minute("2026-03-10T08:00:00Z").0 + i32::from(pick.offset) * i32::from(step)),
            place: pick.place,
            minutes: step * u16::from(pick.slots),
            revision: 1,
        }
    }

    fn spans(&self, picks: &[Pick]) -> Vec<SlotSpan> {
        picks.iter().map(|pick| self.span(pick)).collect()
    }

    /// Sends an operation, and now and then the same again.
    async fn send(&self, desk: usize, booking: &BookingNumber, previous: Option<Uuid>, action: Action) -> Uuid {
        let envelope = self.world.envelope(&self.desks[desk], booking, previous, action);
        let answer = self.world.execute_at(&self.desks[desk], &envelope, self.now).await;
        assert!(
            matches!(answer, Answer::Outcome(_)),
            "an operation in order has an outcome: {answer:?}"
        );
        if envelope.number.is_multiple_of(3) {
            assert_eq!(
                self.world.execute_at(&self.desks[desk], &envelope, self.now).await,
                answer
            );
        }
        envelope.id
    }

    async fn happen(&mut self, happening: Happening) {
        let (world, ledger) = (self.world, &*self.world.ledger);
        match happening {
            Happening::Book {
                desk,
                spans,
                class,
                with_hold,
            } => {
                let mut placement = world.placement_of(VISIT, class, &self.spans(&spans));
                placement.hold = self.holds.last().filter(|_| with_hold).map(|(_, hold)| *hold);
                let number = self.desks[desk].number();
                let id = self
                    .send(desk, &number, None, Action::Book(Box::new(placement.clone())))
                    .await;
                self.bookings.push((desk, number, id, placement));
            }
            Happening::Move { booking, span } => {
                let Some(at) = booking.checked_rem(self.bookings.len()) else {
                    return;
                };
                let (desk, number, last, mut placement) = self.bookings[at].clone();
                placement.appointments[0].span = self.span(&span);
                let id = self
                    .send(desk, &number, Some(last), Action::Move(Box::new(placement)))
                    .await;
                self.bookings[at].2 = id;
            }
            Happening::Cancel { booking } => {
                let Some(at) = booking.checked_rem(self.bookings.len()) else {
                    return;
                };
                let (desk, number, last, _) = self.bookings[at].clone();
                self.bookings[at].2 = self.send(desk, &number, Some(last), cancel()).await;
            }
            Happening::Hold { desk, spans, replace } => {
                let replaces = self.holds.last().filter(|_| replace).map(|(_, hold)| *hold);
                let request = HoldRequest {
                    id: world.uuid(),
                    spans: self.spans(&spans),
                    priority: Some(Priority::B),
                    replaces,
                };
                world.hold_at(&self.desks[desk], &request, self.now).await;
                self.holds.push((desk, request.id));
            }
            Happening::Release { hold } => {
                let Some(at) = hold.checked_rem(self.holds.len()) else {
                    return;
                };
                let (desk, hold) = self.holds[at];
                ledger
                    .release_hold(self.desks[desk].desk.id, hold)
                    .await
                    .expect("the ledger works");
            }
            Happening::Foreign { span, class } => {
                let booked = ledger.foreign_booking(&self.span(&span), class, self.now).await;
                self.foreign.extend(booked.expect("the ledger works"));
            }
            Happening::ForeignCancel { booking } => {
                let Some(at) = booking.checked_rem(self.foreign.len()) else {
                    return;
                };
                ledger
                    .foreign_cancellation(self.foreign[at], self.now)
                    .await
                    .expect("the ledger works");
            }
            Happening::Publish {
                schedule,
                step,
                places,
                closed,
            } => {
                let step = STEPS[usize::from(step)];
                self.steps[usize::from(schedule)] = step;
                let mut sessions = four_hours(step, places);
                sessions[1].closed = vec![closed & 0b0001_0110];
                ledger
                    .publish(schedule_of(schedule), &sessions, self.now)
                    .await
                    .expect("it fits");
            }
            Happening::Pass { minutes } => {
                self.now += Duration::minutes(minutes);
                while ledger
                    .sweep(&Retention::default(), self.now)
                    .await
                    .expect("the ledger works")
                    .more
                {}
            }
            Happening::Acknowledge { desk } => {
                // One short of the end: the last answer may still be on its way.
                let upto = self.desks[desk].sent().saturating_sub(1);
                ledger
                    .acknowledge(self.desks[desk].desk.id, upto)
                    .await
                    .expect("the desk is there");
            }
        }
    }
}

fn schedule_of(n: u8) -> ScheduleId {
    [DOCTOR, SAME_DOCTOR, CLINIC, QUOTA][usize::from(n)]
}

/// Whatever happens: every invariant holds after each step, and a mirror that followed the feed
/// shows what the ledger shows.
pub(crate) async fn whatever_happens_the_ledger_stays_sound<L: Ledger>(world: &World<L>, all: Vec<Happening>) {
    let mut run = Run {
        world,
        now: world.now,
        desks: vec![world.mmg().await, world.mmg().await, world.desk(Channel::Web).await],
        bookings: Vec::new(),
        holds: Vec::new(),
        foreign: Vec::new(),
        steps: [20, 15, 20, 20],
    };
    let mut mirror = Mirror::default();
    mirror.load(&*world.ledger, Channel::Mmg).await;
    for happening in all {
        run.happen(happening).await;
        world.is_sound().await;
        mirror.follow(&*world.ledger, Channel::Mmg, 3).await;
    }
    let mut fresh = Mirror::default();
    fresh.load(&*world.ledger, Channel::Mmg).await;
    assert_eq!(mirror, fresh);
}
