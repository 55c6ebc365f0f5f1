//! Snapshots and changes: data and cursor together, and downloads that go on where they were cut.

use std::collections::BTreeMap;
use std::path::Path;

use lanterna_model::availability::{ClassMask, FreeBits, PackedSchedule, ScheduleAvailability, SessionAvailability};
use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;
use lanterna_store::{Store, StoreError};
use lanterna_wire::changes::{Change, Page};
use rusqlite::Connection;

use crate::fixture::*;

fn row(schedule: u32, slots: u16) -> ScheduleAvailability {
    ScheduleAvailability {
        schedule: ScheduleId(schedule),
        sessions: vec![SessionAvailability {
            start: Minute(29_700_000),
            step: 20,
            slots,
            places: 1,
            revision: 1,
            classes: ClassMask::ALL,
            free: FreeBits::all(usize::from(slots)),
        }],
    }
}

fn empty() -> lanterna_wire::catalogue::Catalogue {
    catalogue(Vec::new(), Vec::new(), Vec::new())
}

fn page(from: u64, to: u64, changes: Vec<Change>) -> Page {
    Page {
        from: cursor(from),
        to: cursor(to),
        more: false,
        changes,
    }
}

fn session(schedule: u32, free: u8) -> Change {
    Change::Session {
        schedule: ScheduleId(schedule),
        start: Minute(29_700_000),
        classes: ClassMask::ALL.0,
        free: vec![free],
    }
}

/// The file of the mirror beside the store.
fn sql(folder: &Path) -> Connection {
    let db = Connection::open(folder.join("mirror.db")).unwrap();
    let hex = "09".repeat(32);
    db.execute_batch(&format!("PRAGMA key = \"x'{hex}'\"")).unwrap();
    db
}

fn free(store: &Store, schedule: u32, slot: i32) -> bool {
    let start = Minute(29_700_000 + slot * 20);
    let packed = store.index().schedule(ScheduleId(schedule));
    packed.is_some_and(|packed| packed.is_free(start, 0, 20))
}

#[test]
fn a_download_goes_on_where_it_was_cut_and_shows_nothing_before_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<_> = (1..=10).map(|id| row(id, 4)).collect();
    let (manifest, chunks) = snapshot(&rows, 3, 5);
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    store
        .transaction(|tx| {
            tx.mirror().put_catalogue(&empty())?;
            tx.mirror().begin_snapshot(&manifest)?;
            // In any order.
            tx.mirror().put_chunk(&chunks[2].0, &chunks[2].1)?;
            tx.mirror().put_chunk(&chunks[0].0, &chunks[0].1)
        })
        .unwrap();
    assert!(store.index().is_empty());
    drop(store);
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    let missing = store.transaction(|tx| tx.mirror().missing_chunks()).unwrap();
    assert_eq!(missing, [manifest.chunks[1].clone(), manifest.chunks[3].clone()]);
    // Finishing too early changes nothing.
    store.transaction(|tx| tx.mirror().finish_snapshot()).unwrap();
    assert_eq!((store.index().len(), store.cursor()), (0, None));
    store
        .transaction(|tx| {
            for at in [1, 3] {
                tx.mirror().put_chunk(&chunks[at].0, &chunks[at].1)?;
            }
            tx.mirror().finish_snapshot()
        })
        .unwrap();
    assert_eq!((store.index().len(), store.cursor()), (10, Some(&cursor(5))));
    assert_eq!(store.transaction(|tx| tx.mirror().staging()).unwrap(), None);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn chunks_of_the_snapshot_before_are_not_fetched_again() {
    let mut store = Store::in_memory().unwrap();
    let mut rows: Vec<_> = (1..=8).map(|id| row(id, 4)).collect();
    fetch(&mut store, &empty(), &rows, 5);
    rows[7] = row(8, 9);
    rows.pop();
    let (manifest, chunks) = snapshot(&rows, 4, 9);
    let missing = store.transaction(|tx| {
        tx.mirror().begin_snapshot(&manifest)?;
        tx.mirror().missing_chunks()
    });
    assert_eq!(missing.unwrap(), [manifest.chunks[1].clone()]);
    let staging = store.transaction(|tx| tx.mirror().staging()).unwrap().unwrap();
    assert_eq!((staging.done_chunks, staging.total_chunks), (1, 2));
    let before = store.chunk_bytes().unwrap();
    store
        .transaction(|tx| tx.mirror().put_chunk(&chunks[1].0, &chunks[1].1))
        .unwrap();
    assert_eq!(
        store.chunk_bytes().unwrap(),
        before,
        "the snapshot in force is the one before"
    );
    store.transaction(|tx| tx.mirror().finish_snapshot()).unwrap();
    // The eighth schedule is in no chunk any more.
    assert_eq!(store.index().len(), 7);
    let bytes: u32 = manifest.chunks.iter().map(|chunk| chunk.bytes).sum();
    assert_eq!(store.chunk_bytes().unwrap(), u64::from(bytes), "old chunks are dropped");
}

#[test]
fn a_kept_chunk_that_went_bad_is_missing_again() {
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<_> = (1..=6).map(|id| row(id, 4)).collect();
    let (manifest, chunks) = snapshot(&rows, 3, 5);
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    store
        .transaction(|tx| {
            tx.mirror().begin_snapshot(&manifest)?;
            for (hash, bytes) in &chunks {
                tx.mirror().put_chunk(hash, bytes)?;
            }
            Ok(())
        })
        .unwrap();
    drop(store);
    let db = sql(dir.path());
    let bad = &manifest.chunks[1].hash;
    db.execute("UPDATE chunks SET bytes = x'0100' WHERE hash = ?1", [bad])
        .unwrap();
    drop(db);
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    store.transaction(|tx| tx.mirror().finish_snapshot()).unwrap();
    assert_eq!(store.cursor(), None);
    let missing = store.transaction(|tx| tx.mirror().missing_chunks()).unwrap();
    assert_eq!(missing, [manifest.chunks[1].clone()]);
}

#[test]
fn a_page_moves_data_and_cursor_together_and_only_from_where_the_mirror_stands() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    let rows: Vec<_> = (1..=3).map(|id| row(id, 4)).collect();
    fetch(&mut store, &empty(), &rows, 5);
    let changes = vec![
        session(1, 0b1110),
        session(1, 0b1100),
        Change::Schedule {
            schedule: ScheduleId(2),
            row: Vec::new(),
        },
        Change::Schedule {
            schedule: ScheduleId(9),
            row: row(9, 2).to_row(),
        },
        // A schedule this desk does not see.
        session(77, 0),
    ];
    let ahead = store.transaction(|tx| tx.mirror().apply_page(&page(6, 9, changes.clone())));
    assert!(matches!(ahead, Err(StoreError::CursorMismatch)));
    assert!(free(&store, 1, 0));
    store
        .transaction(|tx| tx.mirror().apply_page(&page(5, 9, changes.clone())))
        .unwrap();
    let after = |store: &Store| {
        assert_eq!(store.cursor(), Some(&cursor(9)));
        assert!(!free(store, 1, 0) && !free(store, 1, 1) && free(store, 1, 2));
        assert!(store.index().schedule(ScheduleId(2)).is_none());
        assert!(free(store, 9, 1) && free(store, 3, 0));
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    };
    after(&store);
    // The same page again does nothing.
    let again = store.transaction(|tx| tx.mirror().apply_page(&page(5, 9, changes)));
    assert!(matches!(again, Err(StoreError::CursorMismatch)));
    drop(store);
    let (store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    after(&store);
}

#[test]
fn a_change_that_does_not_fit_the_mirror_asks_for_a_new_snapshot() {
    let mut store = Store::in_memory().unwrap();
    fetch(&mut store, &empty(), &[row(1, 4)], 5);
    let stranger = Change::Session {
        schedule: ScheduleId(1),
        start: Minute(1_000),
        classes: 1,
        free: vec![1],
    };
    store
        .transaction(|tx| tx.mirror().apply_page(&page(5, 6, vec![stranger])))
        .unwrap();
    assert_eq!(store.cursor(), None);
    fetch(&mut store, &empty(), &[row(1, 4)], 6);
    store
        .transaction(|tx| tx.mirror().apply_page(&page(6, 6, vec![session(1, 0)])))
        .unwrap();
    assert_eq!((store.cursor(), free(&store, 1, 0)), (None, true));
    let unreadable = Change::Schedule {
        schedule: ScheduleId(1),
        row: vec![9, 9],
    };
    fetch(&mut store, &empty(), &[row(1, 4)], 7);
    let refused = store.transaction(|tx| tx.mirror().apply_page(&page(7, 8, vec![unreadable])));
    assert!(matches!(refused, Err(StoreError::Row { .. })));
    assert_eq!(store.cursor(), Some(&cursor(7)));
}

/// Pages are folded into the rows a share at a time. Whenever the desk is closed, it finds what it had.
fn folding(is_closed_between: bool) {
    const SCHEDULES: u32 = 2_000;
    const EACH: u32 = 200;
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), &key(), now()).unwrap();
    let rows: Vec<_> = (1..=SCHEDULES).map(|id| row(id, 64)).collect();
    fetch(&mut store, &empty(), &rows, 5);
    let is_as_wanted = |store: &Store, wanted: &BTreeMap<u32, PackedSchedule>, when: &str| {
        for id in 1..SCHEDULES + 100 {
            assert_eq!(store.index().schedule(ScheduleId(id)), wanted.get(&id), "{id} {when}");
        }
    };
    let packed = |row: &ScheduleAvailability| PackedSchedule::from_row(&row.to_row()).unwrap();
    let mut wanted: BTreeMap<u32, PackedSchedule> = rows.iter().map(|row| (row.schedule.0, packed(row))).collect();
    let (mut seq, mut longest, mut was_dropped) = (5, 0, false);
    for number in 0..24_u32 {
        let first = number * EACH % SCHEDULES + 1;
        let mut changes = Vec::new();
        // Enough for a fold within the first half; then pages so small that its shares are.
        let times = if number < 12 { 10 } else { 1 };
        for (schedule, time) in (first..first + EACH).flat_map(|schedule| (0..times).map(move |time| (schedule, time)))
        {
            let free = [schedule, number, time, 7, 7, 7, 7, 7].map(|number| u8::try_from(number % 251).unwrap());
            changes.push(Change::Session {
                schedule: ScheduleId(schedule),
                start: Minute(29_700_000),
                classes: ClassMask::ALL.0,
                free: free.to_vec(),
            });
            let known = wanted.get_mut(&schedule);
            assert!(known.is_none_or(|it| it.update(Minute(29_700_000), ClassMask::ALL, &free)));
        }
        // One goes, another comes, and one comes back with a session of another length.
        for (schedule, slots) in [
            (first, 0),
            (SCHEDULES + number, 8),
            (first.saturating_sub(EACH).max(1), 64),
        ] {
            let (schedule, new) = (ScheduleId(schedule), row(schedule, slots));
            let is_gone = slots == 0;
            changes.push(Change::Schedule {
                schedule,
                row: if is_gone { Vec::new() } else { new.to_row() },
            });
            match is_gone {
                true => drop(wanted.remove(&schedule.0)),
                false => drop(wanted.insert(schedule.0, packed(&new))),
            }
        }
        store
            .transaction(|tx| tx.mirror().apply_page(&page(seq, seq + 1, changes)))
            .unwrap();
        seq += 1;
        if is_closed_between {
            drop(store);
            store = Store::open(dir.path(), &key(), now()).unwrap().0;
        }
        is_as_wanted(&store, &wanted, &format!("after page {number}"));
        let kept: u32 = sql(dir.path())
            .query_row("SELECT count(*) FROM pages", [], |row| row.get(0))
            .unwrap();
        was_dropped |= kept < longest;
        longest = longest.max(kept);
        if was_dropped && !is_closed_between {
            // Pages that came while the fold was under way are still needed.
            let (opened, _) = Store::open(dir.path(), &key(), now()).unwrap();
            is_as_wanted(&opened, &wanted, &format!("in the file after page {number}"));
        }
    }
    assert!(longest > 10, "a fold is due at once");
    assert!(was_dropped, "no fold came to its end");
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn pages_are_folded_into_the_rows_a_share_at_a_time() {
    folding(false);
}

#[test]
fn a_fold_that_was_begun_goes_on_after_the_desk_was_closed() {
    folding(true);
}
