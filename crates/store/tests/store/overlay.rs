//! What is laid over the mirror, against a list that is gone through from its beginning.

use chrono::Duration;
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::{ScheduleId, ServiceCode};
use lanterna_model::time::Minute;
use lanterna_store::{Change, Store, StoreError};
use lanterna_wire::Cursor;
use lanterna_wire::outcome::{Answer, Outcome, RejectReason, Settled};
use lanterna_wire::snapshot::Manifest;
use proptest::prelude::*;
use uuid::Uuid;

use crate::fixture::*;

/// Starts of the region's only session, and its places.
const SLOTS: i32 = 8;
const BOOKINGS: usize = 3;

#[derive(Clone, Debug)]
enum Act {
    Book(usize, i32),
    Move(usize, i32),
    Cancel(usize),
    Withdraw(usize),
    Sent,
    Answer(usize, u8),
    MirrorAt(u64),
    NewEpoch,
    Refused(i32, i64),
}

fn act() -> impl Strategy<Value = Act> {
    let booking = 0..BOOKINGS;
    prop_oneof![
        4 => (booking.clone(), 0..SLOTS).prop_map(|(at, slot)| Act::Book(at, slot)),
        3 => (booking.clone(), 0..SLOTS).prop_map(|(at, slot)| Act::Move(at, slot)),
        2 => booking.clone().prop_map(Act::Cancel),
        1 => booking.prop_map(Act::Withdraw),
        1 => Just(Act::Sent),
        6 => (any::<usize>(), 0u8..4).prop_map(|(at, end)| Act::Answer(at, end)),
        4 => (0u64..30).prop_map(Act::MirrorAt),
        1 => Just(Act::NewEpoch),
        1 => (0..SLOTS, -5i64..6).prop_map(|(slot, minutes)| Act::Refused(slot, minutes)),
    ]
}

/// An operation as the list keeps it.
struct Done {
    booking: usize,
    id: Uuid,
    slot: Option<i32>,
    end: Option<End>,
}

enum End {
    Withdrawn,
    /// Told with an epoch and a number; rejected ones take nothing away.
    Told {
        rejected: bool,
        epoch: u64,
        seq: u64,
    },
    /// Told without either.
    Lost,
}

struct World {
    store: Store,
    numbers: [Option<BookingNumber>; BOOKINGS],
    done: Vec<Done>,
    refused: Vec<(i32, i64)>,
    head: u64,
    epoch: u64,
    mirror: Option<(u64, u64)>,
    ids: u128,
}

fn slot_start(slot: i32) -> i32 {
    100 + slot * 20
}

impl World {
    fn new() -> Self {
        let mut store = Store::in_memory().unwrap();
        enrolled(&mut store);
        Self {
            store,
            numbers: [None, None, None],
            done: Vec::new(),
            refused: Vec::new(),
            head: 0,
            epoch: 0,
            mirror: None,
            ids: 1,
        }
    }

    fn wrote(&mut self, booking: usize, id: Uuid, slot: Option<i32>) {
        self.done.push(Done {
            booking,
            id,
            slot,
            end: None,
        });
    }

    fn change(&mut self, at: usize, change: Change, slot: Option<i32>) {
        let Some(number) = self.numbers[at].clone() else { return };
        self.ids += 1;
        let id = Uuid::from_u128(self.ids);
        let version = self.store.record().booking(&number).unwrap().unwrap().version;
        let wrote = self
            .store
            .transaction(|tx| tx.desk().add_change(&number, version, id, change, now().wall));
        match wrote {
            Ok(()) => self.wrote(at, id, slot),
            Err(StoreError::WrongState | StoreError::AlreadyBooked { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Book(at, slot) => {
                if self.numbers[at].is_none() {
                    self.ids += 10_000;
                    let nre = format!("0700A4{at:09}");
                    let new = booking(self.ids, &nre, slot_start(slot));
                    let id = new.operation;
                    let number = self.store.transaction(|tx| tx.desk().add_booking(new, now().wall));
                    self.numbers[at] = Some(number.unwrap());
                    self.wrote(at, id, Some(slot));
                }
            }
            Act::Move(at, slot) => {
                let appointments = vec![lanterna_model::booking::Appointment {
                    line: 1,
                    service: ServiceCode::parse("89.7A.3").unwrap(),
                    span: span(slot_start(slot)),
                }];
                let hold = None;
                let change = Change::Move {
                    appointments,
                    hold,
                    leases: Vec::new(),
                };
                self.change(at, change, Some(slot));
            }
            Act::Cancel(at) => {
                let reason = "prova".to_owned();
                self.change(at, Change::Cancel { reason }, None);
            }
            Act::Withdraw(at) => {
                let Some(number) = self.numbers[at].clone() else { return };
                let version = self.store.record().booking(&number).unwrap().unwrap().version;
                let taken_back = self
                    .store
                    .transaction(|tx| tx.desk().withdraw(&number, version, now().wall));
                if taken_back.unwrap() {
                    let waiting = self.done.iter_mut().filter(|it| it.booking == at && it.end.is_none());
                    waiting.for_each(|it| it.end = Some(End::Withdrawn));
                }
            }
            Act::Sent => {
                let ids: Vec<Uuid> = self.done.iter().filter(|it| it.end.is_none()).map(|it| it.id).collect();
                self.store
                    .transaction(|tx| tx.desk().mark_possibly_sent(&ids, now().wall))
                    .unwrap();
            }
            Act::Answer(at, end) => self.answer(at, end),
            Act::MirrorAt(seq) => self.mirror_at(seq.min(self.head)),
            Act::NewEpoch => {
                self.epoch += 1;
                self.head = 0;
            }
            Act::Refused(slot, minutes) => {
                let until = now().wall + Duration::minutes(minutes);
                self.store
                    .transaction(|tx| tx.desk().refuse(&[span(slot_start(slot))], until, now().wall))
                    .unwrap();
                self.refused.retain(|(known, _)| *known != slot);
                self.refused.push((slot, minutes));
            }
        }
    }

    /// The central answers in order inside one booking.
    fn answer(&mut self, at: usize, end: u8) {
        let waiting: Vec<usize> = (0..BOOKINGS)
            .filter_map(|booking| {
                self.done
                    .iter()
                    .position(|it| it.booking == booking && it.end.is_none())
            })
            .collect();
        if waiting.is_empty() {
            return;
        }
        let at = waiting[at % waiting.len()];
        self.head += 1;
        let outcome = match end {
            0 => Outcome::Confirmed,
            1 => Outcome::Conflict { lost: Vec::new() },
            2 => Outcome::Rejected {
                reason: RejectReason::InThePast,
            },
            _ => {
                self.told(at, Answer::AlreadyAnswered, End::Lost);
                return;
            }
        };
        let answer = Answer::Outcome(Settled {
            outcome,
            epoch: format!("e{}", self.epoch),
            seq: self.head,
            at: now().wall,
            receipt: String::new(),
        });
        let end = End::Told {
            rejected: end == 2,
            epoch: self.epoch,
            seq: self.head,
        };
        self.told(at, answer, end);
    }

    fn told(&mut self, at: usize, answer: Answer, end: End) {
        let id = self.done[at].id;
        self.store
            .transaction(|tx| tx.desk().record_answer(id, &answer, now().wall))
            .unwrap();
        self.done[at].end = Some(end);
    }

    fn mirror_at(&mut self, seq: u64) {
        let manifest = Manifest {
            cursor: Cursor {
                epoch: format!("e{}", self.epoch),
                seq,
                digest: "d".to_owned(),
            },
            chunks: Vec::new(),
            schedules: 0,
            slots: 0,
        };
        self.store
            .transaction(|tx| {
                tx.mirror().begin_snapshot(&manifest)?;
                tx.mirror().finish_snapshot()
            })
            .unwrap();
        self.mirror = Some((self.epoch, seq));
    }

    fn taken(&self, slot: i32) -> bool {
        let by_operation = self.done.iter().any(|it| {
            it.slot == Some(slot)
                && match it.end {
                    None => true,
                    Some(End::Told {
                        rejected: false,
                        epoch,
                        seq,
                    }) => self.mirror.is_none_or(|(at, head)| at != epoch || head < seq),
                    Some(_) => false,
                }
        });
        by_operation
            || self
                .refused
                .iter()
                .any(|(known, minutes)| *known == slot && *minutes > 0)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_overlay_is_the_union_of_what_waits_and_what_the_mirror_has_not_seen(
        acts in prop::collection::vec(act(), 1..40)
    ) {
        let mut world = World::new();
        for act in acts {
            world.act(act.clone());
            for slot in 0..SLOTS {
                let start = Minute(slot_start(slot));
                prop_assert_eq!(
                    world.store.overlay().takes(ScheduleId(1), start, 0, 20, now().wall),
                    world.taken(slot),
                    "slot {} after {:?}", slot, act
                );
                // Never another place, never another schedule.
                prop_assert!(!world.store.overlay().takes(ScheduleId(1), start, 1, 20, now().wall));
                prop_assert!(!world.store.overlay().takes(ScheduleId(2), start, 0, 20, now().wall));
            }
        }
    }
}
