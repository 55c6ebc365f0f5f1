//! Random sequences with desks that promise places off line: whatever happens, a booking made on a
//! live lease and received by honour-until is confirmed.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use lanterna_model::access::Channel;
use lanterna_model::ids::LeaseId;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::{SlotSpan, Suspension};
use lanterna_wire::operation::{Action, Envelope, Placement};
use lanterna_wire::outcome::{Answer, OperatorReason, Outcome};
use lanterna_wire::status::ServiceState;
use lanterna_wire::stock::{Lease, StockReply, StockRequest, Want};
use proptest::prelude::*;

use super::fixture::*;
use super::leasing::*;
use crate::ledger::{LeasePolicy, Ledger, Retention};

/// One thing that happens. Numbers choose among what there is.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A desk exchanges; the answer may be lost, and is asked for again then.
    Exchange { desk: usize, wants: usize, lost: bool },
    /// A desk gives a lease back at its next exchange.
    Renounce { desk: usize, lease: usize },
    /// A desk books on a lease, off line.
    Promise { desk: usize, lease: usize },
    /// A desk sends what it promised, perhaps twice.
    Push { desk: usize, promise: usize, twice: bool },
    /// A desk cancels something that was confirmed.
    Cancel { desk: usize, promise: usize },
    /// A desk's record begins another life.
    Restore { desk: usize },
    /// Somebody else tries for a place.
    Rival { schedule: u8, slot: u8, day: u8 },
    /// The owner publishes a schedule anew.
    Publish { schedule: u8, step: u8, closed: u8 },
    /// The owner suspends a schedule, or ends that.
    Suspend { schedule: u8, suspended: bool },
    /// Time passes while the central serves.
    Pass { minutes: i64 },
    /// The central is away and comes back.
    Outage { minutes: i64 },
    /// The family doctors' channel is frozen for a time.
    Frozen { minutes: i64 },
    /// Another policy.
    Decide { long: bool },
}

/// Sequences of up to `most` steps.
pub(crate) fn sequences(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let some = any::<usize>;
    let one = prop_oneof![
        8 => (0..2usize, 0..3usize, prop::bool::weighted(0.2))
            .prop_map(|(desk, wants, lost)| Step::Exchange { desk, wants, lost }),
        2 => (0..2usize, some()).prop_map(|(desk, lease)| Step::Renounce { desk, lease }),
        6 => (0..2usize, some()).prop_map(|(desk, lease)| Step::Promise { desk, lease }),
        5 => (0..2usize, some(), any::<bool>())
            .prop_map(|(desk, promise, twice)| Step::Push { desk, promise, twice }),
        1 => (0..2usize, some()).prop_map(|(desk, promise)| Step::Cancel { desk, promise }),
        1 => (0..2usize).prop_map(|desk| Step::Restore { desk }),
        6 => (0..4u8, 0..12u8, 0..3u8).prop_map(|(schedule, slot, day)| Step::Rival { schedule, slot, day }),
        1 => (0..4u8, 0..3u8, any::<u8>())
            .prop_map(|(schedule, step, closed)| Step::Publish { schedule, step, closed }),
        1 => (0..4u8, any::<bool>()).prop_map(|(schedule, suspended)| Step::Suspend { schedule, suspended }),
        4 => (0..900i64).prop_map(|minutes| Step::Pass { minutes }),
        1 => (0..9_000i64).prop_map(|minutes| Step::Outage { minutes }),
        1 => (0..3_000i64).prop_map(|minutes| Step::Frozen { minutes }),
        1 => any::<bool>().prop_map(|long| Step::Decide { long }),
    ];
    prop::collection::vec(one, 1..most)
}

const SCHEDULES: [lanterna_model::ids::ScheduleId; 4] = [DOCTOR, SAME_DOCTOR, CLINIC, QUOTA];
const DRAIN: i64 = 45;

fn policy(long: bool) -> LeasePolicy {
    LeasePolicy {
        per_desk: 6,
        share_percent: 40,
        minimum_left: 2,
        // As long as a step of time here, so that an outage is only what is one.
        gap_seconds: 3_600,
        drain_minutes: 45,
        book_minutes: if long { 72 * 60 } else { 180 },
        honour_minutes: if long { 96 * 60 } else { 300 },
        ..LeasePolicy::default()
    }
}

/// What a desk holds for true: the place, and until when by the central's clock, counted from when
/// the exchange was first sent.
#[derive(Clone, Debug)]
struct Held {
    lease: Lease,
    book: DateTime<Utc>,
    honour: DateTime<Utc>,
}

/// A booking made off line on a lease.
#[derive(Clone, Debug)]
struct Promise {
    envelope: Envelope,
    honour: DateTime<Utc>,
    answered: Option<Outcome>,
    cancelled: bool,
}

struct Machine {
    desk: TestDesk,
    life: Life,
    /// Under way: its answer was lost.
    pending: Option<(StockRequest, DateTime<Utc>)>,
    live: BTreeMap<LeaseId, Held>,
    /// Renounced or named: never live again, whatever comes late.
    over: Vec<LeaseId>,
    to_surrender: Vec<LeaseId>,
    promises: Vec<Promise>,
}

struct Run<'a, L> {
    world: &'a World<L>,
    now: DateTime<Utc>,
    machines: Vec<Machine>,
    rival: TestDesk,
}

fn wants(which: usize) -> Vec<Want> {
    let visits = want(VISIT, Some(Priority::P), 6);
    let brief = want(VISIT, Some(Priority::B), 3);
    let examinations = want(EXAMINATION, Some(Priority::D), 2);
    let all = [
        vec![visits.clone()],
        vec![visits, brief.clone()],
        vec![examinations, brief],
    ];
    all[which].clone()
}

impl<L: Ledger> Run<'_, L> {
    async fn step(&mut self, step: Step) {
        match step {
            Step::Exchange {
                desk,
                wants: which,
                lost,
            } => self.exchange(desk, &wants(which), lost).await,
            Step::Renounce { desk, lease } => {
                let machine = &mut self.machines[desk];
                if let Some(id) = nth(&machine.live, lease) {
                    machine.live.remove(&id);
                    machine.over.push(id);
                    machine.to_surrender.push(id);
                }
            }
            Step::Promise { desk, lease } => self.promise(desk, lease),
            Step::Push { desk, promise, twice } => {
                if let Some(at) = promise.checked_rem(self.machines[desk].promises.len()) {
                    self.push(desk, at).await;
                    if twice {
                        self.push(desk, at).await;
                    }
                }
            }
            Step::Cancel { desk, promise } => self.cancel(desk, promise).await,
            Step::Restore { desk } => {
                let world = self.world;
                let machine = &mut self.machines[desk];
                machine.life = Life::new(world);
                machine.pending = None;
                machine.live.clear();
                machine.to_surrender.clear();
            }
            Step::Rival { schedule, slot, day } => self.try_for(schedule, slot, day).await,
            Step::Publish { schedule, step, closed } => {
                let id = SCHEDULES[usize::from(schedule)];
                let step = [10, 15, 20][usize::from(step)];
                let mut sessions = four_hours(step, if id == CLINIC { 3 } else { 1 });
                sessions[1].closed = vec![closed];
                self.world
                    .ledger
                    .publish(id, &sessions, self.now)
                    .await
                    .expect("it fits");
            }
            Step::Suspend { schedule, suspended } => {
                let suspension = suspended.then(|| Suspension {
                    from: self.now.date_naive(),
                    to: None,
                    reason: "guasto".to_owned(),
                });
                let id = SCHEDULES[usize::from(schedule)];
                self.world
                    .ledger
                    .suspend(id, suspension.as_ref())
                    .await
                    .expect("it is there");
            }
            Step::Pass { minutes } => self.pass(minutes).await,
            Step::Outage { minutes } => {
                // What is over is over: the central looked once more before it went.
                self.sweep().await;
                let away = self.now;
                self.now += Duration::minutes(minutes);
                self.world.ledger.reopen(self.now).await.expect("the ledger works");
                self.drain(away);
            }
            Step::Frozen { minutes } => {
                self.sweep().await;
                let away = self.now;
                self.state(ServiceState::Frozen).await;
                self.pass(minutes).await;
                self.state(ServiceState::Open).await;
                self.drain(away);
            }
            Step::Decide { long } => self.world.decide_on_leases(&policy(long)).await,
        }
    }

    async fn state(&self, state: ServiceState) {
        let set = self.world.ledger.set_service_state(Channel::Mmg, state, self.now);
        set.await.expect("the ledger works");
    }

    async fn sweep(&self) {
        while self
            .world
            .ledger
            .sweep(&Retention::default(), self.now)
            .await
            .expect("the ledger works")
            .more
        {}
    }

    async fn pass(&mut self, minutes: i64) {
        let until = self.now + Duration::minutes(minutes);
        while self.now < until {
            self.now = (self.now + Duration::minutes(50)).min(until);
            self.sweep().await;
        }
    }

    /// What was not over when the central ceased to accept has some time more (rule 4).
    fn drain(&mut self, away: DateTime<Utc>) {
        let until = self.now + Duration::minutes(DRAIN);
        for machine in &mut self.machines {
            let live = machine.live.values_mut().map(|held| &mut held.honour);
            let promised = machine.promises.iter_mut().map(|promise| &mut promise.honour);
            for honour in live.chain(promised).filter(|honour| **honour > away) {
                *honour = (*honour).max(until);
            }
        }
    }

    async fn exchange(&mut self, desk: usize, wants: &[Want], lost: bool) {
        let machine = &mut self.machines[desk];
        let (request, sent) = match machine.pending.take() {
            Some(pending) => pending,
            None => (machine.life.next(self.world, &machine.to_surrender, wants), self.now),
        };
        let reply = self.world.exchange_at(&machine.desk, &request, self.now).await;
        if lost {
            machine.pending = Some((request, sent));
            return;
        }
        let StockReply::Stock { leases, recalled, .. } = reply else {
            panic!("no copy of this record is about: {reply:?}");
        };
        machine.to_surrender.retain(|id| !request.surrendered.contains(id));
        assert!(leases.len() + recalled.len() <= 6);
        assert!(
            request
                .surrendered
                .iter()
                .all(|id| leases.iter().all(|lease| lease.id != *id))
        );
        let listed: Vec<LeaseId> = leases.iter().map(|lease| lease.id).collect();
        for lease in leases {
            if machine.over.contains(&lease.id) {
                continue;
            }
            let after = |seconds: u32| sent + Duration::seconds(i64::from(seconds));
            let (book, honour) = (after(lease.book_for_seconds), after(lease.honour_for_seconds));
            machine.live.insert(lease.id, Held { book, honour, lease });
        }
        for id in recalled {
            if machine.live.remove(&id).is_some() {
                machine.over.push(id);
                machine.to_surrender.push(id);
            }
        }
        machine.live.retain(|id, _| listed.contains(id));
    }

    fn promise(&mut self, desk: usize, lease: usize) {
        let (world, now) = (self.world, self.now);
        let machine = &mut self.machines[desk];
        let Some(id) = nth(&machine.live, lease) else { return };
        let held = machine.live[&id].clone();
        if held.book <= now || held.lease.span.start.utc() <= now {
            return;
        }
        machine.live.remove(&id);
        machine.over.push(id);
        let class = Priority::ALL
            .into_iter()
            .rev()
            .find(|class| held.lease.classes & (1 << *class as u8) != 0);
        let mut placement: Placement = world.placement_of(held.lease.service.as_str(), class, &[held.lease.span]);
        placement.leases = vec![id];
        let number = machine.desk.number();
        let envelope = world.envelope(&machine.desk, &number, None, Action::Book(Box::new(placement)));
        machine.promises.push(Promise {
            envelope,
            honour: held.honour,
            answered: None,
            cancelled: false,
        });
    }

    async fn push(&mut self, desk: usize, at: usize) {
        let machine = &self.machines[desk];
        let promise = &machine.promises[at];
        let answer = self.world.execute_at(&machine.desk, &promise.envelope, self.now).await;
        let Answer::Outcome(settled) = answer else {
            panic!("the channel is open: {answer:?}");
        };
        match &promise.answered {
            Some(before) => assert_eq!(*before, settled.outcome),
            // The promise itself.
            None if self.now <= promise.honour => assert_eq!(settled.outcome, Outcome::Confirmed),
            None => {
                let reason = OperatorReason::GuaranteeLapsed;
                assert!(
                    [Outcome::Confirmed, Outcome::NeedsOperator { reason }].contains(&settled.outcome)
                    // A slot that has begun is no place any more, once its time is over.
                    || matches!(settled.outcome, Outcome::Rejected { .. })
                );
            }
        }
        self.machines[desk].promises[at].answered = Some(settled.outcome);
    }

    async fn cancel(&mut self, desk: usize, promise: usize) {
        let machine = &mut self.machines[desk];
        let Some(at) = promise.checked_rem(machine.promises.len()) else {
            return;
        };
        let promise = &mut machine.promises[at];
        if promise.answered != Some(Outcome::Confirmed) || promise.cancelled {
            return;
        }
        let operation: lanterna_wire::operation::Operation =
            serde_json::from_str(&promise.envelope.body).expect("it was written here");
        let envelope = self
            .world
            .envelope(&machine.desk, &operation.booking, Some(promise.envelope.id), cancel());
        promise.cancelled = true;
        self.world.execute_at(&machine.desk, &envelope, self.now).await;
    }

    async fn try_for(&mut self, schedule: u8, slot: u8, day: u8) {
        let mut wanted: SlotSpan = span(SCHEDULES[usize::from(schedule)], "08:00", 0, 20);
        wanted.start = minute(&format!("{}T08:00:00Z", DAYS[usize::from(day)])).plus(20 * i32::from(slot));
        let placement = self.world.placement(&[wanted]);
        self.world.book_at(&self.rival, placement, self.now).await;
    }
}

fn nth(live: &BTreeMap<LeaseId, Held>, which: usize) -> Option<LeaseId> {
    let at = which.checked_rem(live.len())?;
    live.keys().nth(at).copied()
}

/// Whatever happens: promises are kept, every invariant holds after each step, and a mirror that
/// followed the feed shows what the ledger shows. At the end nothing stays set aside.
pub(crate) async fn whatever_happens_promises_are_kept<L: Ledger>(world: &World<L>, steps: Vec<Step>) {
    world.decide_on_leases(&policy(true)).await;
    let mut machines = Vec::new();
    for _ in 0..2 {
        machines.push(Machine {
            desk: world.mmg().await,
            life: Life::new(world),
            pending: None,
            live: BTreeMap::new(),
            over: Vec::new(),
            to_surrender: Vec::new(),
            promises: Vec::new(),
        });
    }
    let mut run = Run {
        world,
        now: world.now,
        machines,
        rival: world.desk(Channel::Web).await,
    };
    let mut mirror = Mirror::default();
    mirror.load(&*world.ledger, Channel::Mmg).await;
    for step in steps {
        run.step(step).await;
        world.is_sound().await;
        mirror.follow(&*world.ledger, Channel::Mmg, 3).await;
    }
    let mut fresh = Mirror::default();
    fresh.load(&*world.ledger, Channel::Mmg).await;
    assert_eq!(mirror, fresh);
    for desk in 0..run.machines.len() {
        for promise in 0..run.machines[desk].promises.len() {
            run.push(desk, promise).await;
        }
    }
    run.pass(5 * 24 * 60).await;
    let found = world.ledger.verify().await.expect("it can be read");
    assert_eq!((found.faults, found.leases, found.slots.leased), (Vec::new(), 0, 0));
}
