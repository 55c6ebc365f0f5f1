//! The feed: in the order of commits, absolute, chained.

use lanterna_model::access::Channel;
use lanterna_wire::Cursor;
use lanterna_wire::changes::Change;
use lanterna_wire::outcome::Outcome;

use super::fixture::*;
use crate::ledger::{CursorError, Ledger, Retention};

/// A dozen bookings, every third of them cancelled again.
async fn busy<L: Ledger>(world: &World<L>, desk: &TestDesk) {
    for (n, clock) in ["08:00", "08:20", "08:40", "09:00", "09:20", "09:40"]
        .into_iter()
        .enumerate()
    {
        for schedule in [DOCTOR, CLINIC] {
            let (number, id, outcome) = world.book(desk, world.placement(&[span(schedule, clock, 0, 20)])).await;
            assert_eq!(outcome, Outcome::Confirmed);
            if n % 3 == 0 {
                world.cancel(desk, &number, id).await;
            }
        }
    }
}

pub(crate) async fn a_mirror_fed_by_changes_equals_the_snapshot<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let mut mirror = Mirror::default();
    mirror.load(&*world.ledger, Channel::Mmg).await;
    busy(world, &desk).await;
    world
        .ledger
        .publish(CLINIC, &four_hours(15, 2), world.now)
        .await
        .expect("it fits");
    world
        .book(&desk, world.placement(&[span(CLINIC, "11:00", 1, 30)]))
        .await;
    for limit in [1, 3, 1000] {
        let mut followed = mirror.clone();
        followed.follow(&*world.ledger, Channel::Mmg, limit).await;
        let mut fresh = Mirror::default();
        fresh.load(&*world.ledger, Channel::Mmg).await;
        assert_eq!(followed, fresh);
    }
}

pub(crate) async fn cursors_are_gone_or_ahead<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    busy(world, &desk).await;
    let head = world.head().await;
    let ask = async |cursor: &Cursor| world.ledger.changes(Channel::Mmg, cursor, 10).await;
    let at_head = ask(&head).await.expect("the head is kept");
    assert_eq!(
        (at_head.from, at_head.to, at_head.more, at_head.changes.len()),
        (head.clone(), head.clone(), false, 0)
    );
    let other_epoch = Cursor {
        epoch: "0".repeat(32),
        ..head.clone()
    };
    assert!(matches!(ask(&other_epoch).await, Err(CursorError::Gone)));
    for seq in [head.seq + 1, u64::MAX] {
        assert!(matches!(
            ask(&Cursor { seq, ..head.clone() }).await,
            Err(CursorError::Ahead)
        ));
    }
    let other_history = Cursor {
        digest: "0123456789abcdef".to_owned(),
        ..head.clone()
    };
    assert!(matches!(ask(&other_history).await, Err(CursorError::Ahead)));
    // The installation cut what was before it.
    let birth = Cursor { seq: 0, ..head };
    assert!(matches!(ask(&birth).await, Err(CursorError::Gone)));
}

pub(crate) async fn pages_follow_each_other_without_gap<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let start = world.head().await;
    busy(world, &desk).await;
    let head = world.head().await;
    let mut cursor = start;
    let mut pages = 0;
    while cursor != head {
        let page = world
            .ledger
            .changes(Channel::Mmg, &cursor, 2)
            .await
            .expect("the cursor is kept");
        assert_eq!(page.from, cursor);
        assert!(page.to.seq > cursor.seq);
        // A booking of the doctor is two changes of one transaction: never cut in two.
        assert!(page.changes.len() <= 2);
        assert_eq!(page.more, page.to != head);
        assert_eq!(
            lanterna_wire::changes::Page::decode(&page.encode())
                .expect("a sound page")
                .to,
            page.to
        );
        cursor = page.to;
        pages += 1;
    }
    assert!(pages > 5);
}

pub(crate) async fn a_channel_hears_only_of_its_schedules<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let start = world.head().await;
    assert_eq!(
        world
            .book(&desk, world.placement(&[span(PICKY, "08:00", 0, 20)]))
            .await
            .2,
        Outcome::Confirmed
    );
    for (channel, heard) in [
        (Channel::Mmg, 1),
        (Channel::Web, 1),
        (Channel::Pharmacy, 0),
        (Channel::Desk, 0),
    ] {
        let page = world
            .ledger
            .changes(channel, &start, 10)
            .await
            .expect("the cursor is kept");
        assert_eq!((page.changes.len(), page.to.seq), (heard, start.seq + 1), "{channel:?}");
    }
    let mut pharmacy = Mirror::default();
    pharmacy.load(&*world.ledger, Channel::Pharmacy).await;
    assert!(!pharmacy.sessions.contains_key(&PICKY) && pharmacy.sessions.contains_key(&DOCTOR));
}

pub(crate) async fn the_other_agenda_of_the_resource_is_told<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let start = world.head().await;
    world
        .book(&desk, world.placement(&[span(DOCTOR, "08:20", 0, 20)]))
        .await;
    let page = world
        .ledger
        .changes(Channel::Mmg, &start, 10)
        .await
        .expect("the cursor is kept");
    let told: Vec<_> = page
        .changes
        .iter()
        .map(|change| match change {
            Change::Session { schedule, free, .. } => (*schedule, free[0]),
            other => panic!("only sessions changed: {other:?}"),
        })
        .collect();
    assert_eq!(told, [(DOCTOR, 0b1111_1101), (SAME_DOCTOR, 0b1111_1001)]);
}

pub(crate) async fn old_rows_are_dropped_and_their_cursors_gone<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let start = world.head().await;
    busy(world, &desk).await;
    let head = world.head().await;
    let short = Retention { feed_rows: 5 };
    while world
        .ledger
        .sweep(&short, world.now)
        .await
        .expect("the ledger works")
        .more
    {}
    let ask = async |cursor: &Cursor| world.ledger.changes(Channel::Mmg, cursor, 10).await;
    assert!(matches!(ask(&start).await, Err(CursorError::Gone)));
    assert!(ask(&head).await.is_ok());
    assert_eq!(
        world.ledger.verify().await.expect("the ledger can be read").feed_rows,
        5
    );
    assert_eq!(
        world
            .book(&desk, world.placement(&[span(CLINIC, "11:00", 2, 20)]))
            .await
            .2,
        Outcome::Confirmed
    );
    assert_eq!(ask(&head).await.expect("the cursor is kept").changes.len(), 1);
}

pub(crate) async fn an_outcome_names_the_change_that_shows_it<L: Ledger>(world: &World<L>) {
    let desk = world.mmg().await;
    let mut mirror = Mirror::default();
    mirror.load(&*world.ledger, Channel::Mmg).await;
    let placement = world.placement(&[span(CLINIC, "08:00", 0, 20)]);
    let action = lanterna_wire::operation::Action::Book(Box::new(placement));
    let envelope = world.envelope(&desk, &desk.number(), None, action);
    let settled = settled(world.execute(&desk, &envelope).await);
    mirror.follow(&*world.ledger, Channel::Mmg, 10).await;
    let cursor = mirror.cursor.expect("it was loaded");
    assert_eq!(
        (settled.epoch, settled.seq, settled.at),
        (cursor.epoch, cursor.seq, world.now)
    );
}
