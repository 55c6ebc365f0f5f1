//! The order of commits, as a reader sees it.

use std::collections::HashMap;
use std::sync::Arc;

use lanterna_model::access::Channel;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::Cursor;
use lanterna_wire::operation::Action;
use lanterna_wire::outcome::{Answer, Outcome};
use tokio::task::JoinSet;

use super::Place;
use crate::ledger::acts;
use crate::ledger::books::Done;
use crate::ledger::conformance::fixture::*;
use crate::ledger::postgres::Purpose;
use crate::ledger::postgres::operations::NOT_NUMBERED;
use crate::ledger::{Ledger, PostgresLedger, Retention};

const WRITERS: u16 = 8;
const ROUNDS: u32 = 15;
/// Wide enough for each writer to have a place of its own in every session.
const WIDE: u16 = WRITERS;

/// A place of the clinic, when it was taken and when it was given back.
struct Taken {
    span: SlotSpan,
    from: u64,
    to: u64,
}

/// Books and cancels places of its own, in sessions that all writers use: what is told of a session
/// depends on what every one of them has done.
async fn write(
    world: Arc<World<PostgresLedger>>,
    ledger: Arc<PostgresLedger>,
    desk: TestDesk,
    place: u16,
) -> Vec<Taken> {
    let mut taken = Vec::new();
    for round in 0..ROUNDS {
        let clock = ["08:00", "09:00", "10:00"][(round % 3) as usize];
        let wanted = span(CLINIC, clock, place, 20);
        let number = desk.number();
        let placement = world.placement(&[wanted]);
        let book = world.envelope(&desk, &number, None, Action::Book(Box::new(placement)));
        let booked = settled(ledger.execute(desk.desk.id, &book, world.now).await.expect("it works"));
        assert_eq!(booked.outcome, Outcome::Confirmed);
        let ending = world.envelope(&desk, &number, Some(book.id), cancel());
        let ended = settled(
            ledger
                .execute(desk.desk.id, &ending, world.now)
                .await
                .expect("it works"),
        );
        assert_eq!(ended.outcome, Outcome::Confirmed);
        taken.push(Taken {
            span: wanted,
            from: booked.seq,
            to: ended.seq,
        });
    }
    taken
}

/// Eight writers in four processes; what each of them had.
async fn busy(place: &Place, world: &Arc<World<PostgresLedger>>) -> JoinSet<Vec<Taken>> {
    world
        .ledger
        .publish(CLINIC, &four_hours(20, WIDE), world.now)
        .await
        .expect("it fits");
    let mut processes = Vec::new();
    for _ in 0..4 {
        processes.push(Arc::new(place.process().await));
    }
    let mut writing = JoinSet::new();
    for (seat, ledger) in (0..WRITERS).zip(processes.iter().cycle()) {
        let desk = world.mmg().await;
        writing.spawn(write(Arc::clone(world), Arc::clone(ledger), desk, seat));
    }
    writing
}

/// What a mirror shows of a place of the clinic.
fn free(mirror: &Mirror, span: &SlotSpan) -> bool {
    let (start, session) = mirror.sessions[&CLINIC]
        .range(..=span.start)
        .next_back()
        .expect("there is a session");
    let slot = (span.start.0 - start.0) / i32::from(session.step);
    let bit = usize::try_from(slot).expect("after the start") * usize::from(session.places) + usize::from(span.place);
    session
        .free
        .get(bit / 8)
        .is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
}

pub(super) async fn a_polling_reader_sees_every_commit_once_and_in_order(place: Place) {
    let world = Arc::new(place.world().await);
    let mut mirror = Mirror::default();
    let mut writing = busy(&place, &world).await;
    let reader = place.process().await;
    mirror.load(&reader, Channel::Mmg).await;
    let mut seen = vec![mirror.clone()];
    let mut taken = Vec::new();
    loop {
        let done = writing.is_empty();
        // A page a transaction: every state that the feed names is looked at.
        loop {
            let before = mirror.cursor.clone().expect("it was loaded");
            let page = reader.changes(Channel::Mmg, &before, 1).await.expect("it is kept");
            if page.to == before {
                break;
            }
            assert!(page.to.seq > before.seq);
            mirror.apply(page);
            seen.push(mirror.clone());
        }
        if done {
            break;
        }
        while let Some(one) = writing.try_join_next() {
            taken.extend(one.expect("no panic"));
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(taken.len(), usize::from(WRITERS) * ROUNDS as usize);
    // Each state is exactly what was taken and not given back by its number: nothing early, nothing
    // late, nothing forgotten.
    for mirror in &seen {
        let seq = mirror.cursor.as_ref().expect("it has one").seq;
        let mut booked: HashMap<(i32, u16), bool> = HashMap::new();
        for one in &taken {
            let now = one.from <= seq && seq < one.to;
            *booked.entry((one.span.start.0, one.span.place)).or_default() |= now;
        }
        for one in &taken {
            let expected = !booked[&(one.span.start.0, one.span.place)];
            assert_eq!(free(mirror, &one.span), expected, "place {} at {seq}", one.span.place);
        }
    }
    // The chain has no gap, and the claims are what it ends in.
    world.is_sound().await;
}

pub(super) async fn a_snapshot_is_what_the_feed_says_at_its_cursor(place: Place) {
    let world = Arc::new(place.world().await);
    let mut writing = busy(&place, &world).await;
    let mut followed = Mirror::default();
    followed.load(&*world.ledger, Channel::Mmg).await;
    let mut compared = 0;
    while !writing.is_empty() {
        let mut fresh = Mirror::default();
        fresh.load(&*world.ledger, Channel::Mmg).await;
        let target: Cursor = fresh.cursor.clone().expect("it was loaded");
        while followed.cursor.as_ref().is_some_and(|cursor| cursor.seq < target.seq) {
            let cursor = followed.cursor.clone().expect("it was loaded");
            let page = world
                .ledger
                .changes(Channel::Mmg, &cursor, 1)
                .await
                .expect("it is kept");
            followed.apply(page);
        }
        assert_eq!(followed, fresh);
        compared += 1;
        let found = world.ledger.verify().await.expect("it can be read");
        assert_eq!((found.faults, found.slots.sum()), (Vec::new(), found.capacity));
        while let Some(one) = writing.try_join_next() {
            one.expect("no panic");
        }
    }
    assert!(compared > 0);
}

pub(super) async fn a_release_and_a_booking_at_once_leave_the_feed_right(place: Place) {
    let world = Arc::new(place.world().await);
    let (sweeper, other) = (Arc::new(place.process().await), place.client().await);
    let desk = world.mmg().await;
    // On the 9th the releases of two sessions are due, that of the 10th and that of the 11th. The
    // sweeper has seen to the first, and found no ticket there, when it has to wait for the second.
    let last = minute("2026-03-11T08:00:00Z").0;
    other
        .batch_execute(&format!(
            "BEGIN; SELECT 1 FROM sessions WHERE schedule = {QUOTA} AND start = {last} FOR UPDATE"
        ))
        .await
        .expect("the row is free");
    let due = time("2026-03-09T08:00:00Z");
    let sweeping = tokio::spawn(async move { sweeper.sweep(&Retention::default(), due).await });
    // By another connection: within a transaction activity is told as it was when first asked for.
    let onlooker = place.client().await;
    let waiting = async || {
        let sql =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        onlooker.query_one(sql, &[]).await.expect("it works").get::<_, i64>(0)
    };
    while waiting().await < 1 {
        tokio::task::yield_now().await;
    }
    // Somebody takes the last ticket of the first: it must not be told behind the sweeper's back.
    let placement = world.placement_of(VISIT, Some(Priority::B), &[span(QUOTA, "08:00", 0, 20)]);
    let book = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
    let (ledger, id) = (Arc::clone(&world.ledger), desk.desk.id);
    let booking = tokio::spawn(async move { ledger.execute(id, &book, time("2026-03-08T07:59:00Z")).await });
    while waiting().await < 2 && !booking.is_finished() {
        tokio::task::yield_now().await;
    }
    other.batch_execute("ROLLBACK").await.expect("it works");
    let answer = booking.await.expect("no panic").expect("it works");
    assert_eq!(outcome(answer), Outcome::Confirmed);
    assert_eq!(sweeping.await.expect("no panic").expect("it works").released, 2);
    // Whether the last ticket matters any more, the feed says as the claims do.
    world.is_sound().await;
    assert_eq!(world.shown(&span(QUOTA, "08:20", 0, 20)).await.1, 0b1_1111);
}

pub(super) async fn what_a_lost_process_left_unnumbered_is_numbered_by_the_next(place: Place) {
    let world = place.world().await;
    let desk = world.mmg().await;
    let wanted = span(CLINIC, "08:00", 0, 20);
    let placement = world.placement(&[wanted]);
    let envelope = world.envelope(&desk, &desk.number(), None, Action::Book(Box::new(placement)));
    let before = world.head().await;
    // A process commits, and ends before it numbers.
    let lost = place.process().await;
    let books = lost.begin(Purpose::Write).await.expect("it works");
    let done = acts::operations::execute(&books, desk.desk.id, &envelope, world.now).await;
    let Ok(Done::Keep(Answer::Outcome(told))) = done else {
        panic!("the place is free");
    };
    assert_eq!(told.seq, NOT_NUMBERED);
    assert!(books.commit().await.expect("it works"));
    drop(lost);
    assert_eq!(world.head().await, before);
    // Whoever repeats the operation gets the outcome with its number, and the change is told.
    let settled = settled(world.execute(&desk, &envelope).await);
    assert_eq!((settled.outcome, settled.seq), (Outcome::Confirmed, before.seq + 1));
    assert_eq!(world.head().await.seq, before.seq + 1);
    assert!(!world.is_free(&wanted).await);
    world.is_sound().await;
}

pub(super) async fn another_process_hears_that_the_head_has_moved(place: Place) {
    let (world, other) = (place.world().await, place.process().await);
    let desk = world.mmg().await;
    // The first time is when it begins to listen.
    other.stirred().await;
    let before = other.head().await.expect("it works");
    world
        .book(&desk, world.placement(&[span(CLINIC, "08:00", 0, 20)]))
        .await;
    loop {
        other.stirred().await;
        if other.head().await.expect("it works").seq > before.seq {
            break;
        }
    }
}
