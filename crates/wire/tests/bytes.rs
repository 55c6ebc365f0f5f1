//! Binary messages against bytes that nobody sent.
#![allow(clippy::unwrap_used)] // helpers of tests

use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;
use lanterna_wire::Cursor;
use lanterna_wire::catalogue::{pack, unpack};
use lanterna_wire::changes::{Change, Page};
use lanterna_wire::snapshot::{Chunk, chunk_hash};
use proptest::prelude::*;

fn cursor() -> impl Strategy<Value = Cursor> {
    ("[0-9a-f]{32}", any::<u64>(), "[0-9a-f]{16}").prop_map(|(epoch, seq, digest)| Cursor { epoch, seq, digest })
}

fn change() -> impl Strategy<Value = Change> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..12);
    prop_oneof![
        (any::<u32>(), any::<i32>(), any::<u8>(), bytes()).prop_map(|(schedule, start, classes, mut free)| {
            // Trailing zero bytes are left out: a page that carries some is not what `encode` writes.
            free.push(1);
            Change::Session {
                schedule: ScheduleId(schedule),
                start: Minute(start),
                classes,
                free,
            }
        }),
        (any::<u32>(), bytes()).prop_map(|(schedule, row)| Change::Schedule {
            schedule: ScheduleId(schedule),
            row,
        }),
        Just(Change::Catalogue),
    ]
}

fn page() -> impl Strategy<Value = Page> {
    (cursor(), cursor(), any::<bool>(), prop::collection::vec(change(), 0..8)).prop_map(|(from, to, more, changes)| {
        Page {
            to: Cursor {
                epoch: from.epoch.clone(),
                ..to
            },
            from,
            more,
            changes,
        }
    })
}

proptest! {
    #[test]
    fn a_page_is_read_as_it_was_written(page in page()) {
        prop_assert_eq!(Page::decode(&page.encode()).unwrap(), page);
    }

    #[test]
    fn a_page_that_was_cut_or_goes_on_is_refused(page in page(), at in any::<prop::sample::Index>()) {
        let mut bytes = page.encode();
        prop_assert!(Page::decode(&bytes[..at.index(bytes.len())]).is_err());
        bytes.push(0);
        prop_assert!(Page::decode(&bytes).is_err());
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Page::decode(&bytes);
        let _ = Chunk::decode_trusted(&bytes);
        let mut dressed = vec![1];
        dressed.extend(zstd::bulk::compress(&bytes, 1).unwrap());
        let _ = Chunk::decode_trusted(&dressed);
    }

    #[test]
    fn a_packed_catalogue_with_any_other_byte_is_refused(
        text in prop::collection::vec(any::<u8>(), 0..400), at in any::<prop::sample::Index>(), with in 1u8..,
    ) {
        let mut packed = pack(&text).unwrap();
        prop_assert_eq!(unpack(&packed).unwrap(), text.clone());
        let at = at.index(packed.len());
        packed[at] ^= with;
        prop_assert!(unpack(&packed).is_err() || unpack(&packed).unwrap() == text);
    }

    #[test]
    fn a_chunk_with_any_other_byte_is_not_the_one_that_was_asked_for(
        rows in prop::collection::btree_map(1u32.., prop::collection::vec(any::<u8>(), 0..20), 0..6),
        at in any::<prop::sample::Index>(), with in 1u8..,
    ) {
        let chunk = Chunk { rows: rows.into_iter().map(|(id, row)| (ScheduleId(id), row)).collect() };
        let mut bytes = chunk.encode().unwrap();
        let name = chunk_hash(&bytes);
        prop_assert_eq!(Chunk::decode(&name, &bytes).unwrap(), chunk);
        let at = at.index(bytes.len());
        bytes[at] ^= with;
        prop_assert!(Chunk::decode(&name, &bytes).is_err());
    }
}
