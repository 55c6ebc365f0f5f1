//! A sample of every message, as it goes over the wire. `v1/` holds the bytes of version 1, one JSON
//! message a line, binary messages a file each. They are read and written again: a change that
//! breaks what other desks and centrals speak shows here, and someone who implements the protocol
//! has something to try it on.
//!
//! Samples are never written over: `LANTERNA_GEN` makes those that are missing, and a sample of a
//! released version stays as long as the version is spoken. `cargo xtask tidy` fails when a type
//! of the wire is named nowhere here.
#![allow(clippy::unwrap_used)] // helpers of tests

mod messages;
mod operations;
mod recovery;
mod stock;

use std::path::PathBuf;

use lanterna_wire::changes::Page;
use lanterna_wire::rescue::Rescue;
use lanterna_wire::snapshot::{Chunk, chunk_hash};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Every variant of an enumeration without fields; one that is left out does not compile.
macro_rules! every {
    ($kind:ident: $($variant:ident),+ $(,)?) => {{
        #[allow(dead_code)]
        fn complete(it: $kind) {
            match it {
                $($kind::$variant => {}),+
            }
        }
        [$($kind::$variant),+]
    }};
}
pub(crate) use every;

/// The bytes kept under a name; those made here where none are kept and they are to be made.
fn kept(name: &str, made: &[u8]) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/v1")
        .join(name);
    if std::env::var_os("LANTERNA_GEN").is_some() && !file.exists() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, made).unwrap();
    }
    std::fs::read(&file).unwrap_or_else(|_| panic!("no sample {name}: LANTERNA_GEN=1 makes it"))
}

/// Compares what is written for each value, and what is written for each one read, with the lines kept.
fn json<T: Serialize + DeserializeOwned>(name: &str, values: &[T]) {
    let text = |value: &T| serde_json::to_string(value).unwrap();
    let made: String = values.iter().map(|value| text(value) + "\n").collect();
    let kept = String::from_utf8(kept(&format!("{name}.jsonl"), made.as_bytes())).unwrap();
    assert_eq!(
        made.lines().collect::<Vec<_>>(),
        kept.lines().collect::<Vec<_>>(),
        "{name}"
    );
    for line in kept.lines() {
        let read: T = serde_json::from_str(line).unwrap();
        assert_eq!(text(&read), line, "{name}");
    }
}

#[test]
fn a_desk_and_a_central_introduce_themselves_in_the_bytes_that_are_kept() {
    json("enrolment", &messages::enrolments());
    json("enrolled", &messages::enrolled());
    json("status", &messages::statuses());
    json("problem", &messages::problems());
}

#[test]
fn what_can_be_booked_is_told_in_the_bytes_that_are_kept() {
    json("catalogue", &messages::catalogues());
    json("manifest", &[messages::manifest()]);
}

#[test]
fn chunks_are_packed_in_the_bytes_that_are_kept() {
    let chunk = messages::chunk();
    let bytes = kept("chunk.bin", &chunk.encode().unwrap());
    // Another compressor may pack the same rows in other bytes: then chunks get other names, and
    // nothing else changes. What is kept must be readable all the same.
    assert_eq!(Chunk::decode(&chunk_hash(&bytes), &bytes).unwrap(), chunk);
    assert_eq!(chunk.encode().unwrap(), bytes);
    assert_eq!(messages::manifest().chunks[0].hash, chunk_hash(&bytes));
}

#[test]
fn changes_are_told_in_the_bytes_that_are_kept() {
    for (name, page) in messages::pages() {
        let bytes = kept(&format!("{name}.bin"), &page.encode());
        assert_eq!(page.encode(), bytes, "{name}");
        let read = Page::decode(&bytes).unwrap();
        assert_eq!(read, page, "{name}");
        assert_eq!(read.encode(), bytes, "{name}");
    }
}

#[test]
fn holds_are_asked_for_and_answered_in_the_bytes_that_are_kept() {
    json("hold-request", &operations::hold_requests());
    json("hold-reply", &operations::hold_replies());
}

#[test]
fn operations_and_their_ends_are_told_in_the_bytes_that_are_kept() {
    json("operation", &operations::operations());
    json("batch", &[operations::batch()]);
    json("batch-reply", &[operations::batch_reply()]);
}

#[test]
fn places_are_set_aside_in_the_bytes_that_are_kept() {
    json("stock-request", &stock::requests());
    json("stock-reply", &stock::replies());
}

#[test]
fn what_is_carried_by_hand_is_sealed_in_the_bytes_that_are_kept() {
    json("rescue-reply", &stock::rescue_replies());
    let bytes = kept("rescue.bin", &stock::sealed());
    assert_eq!(stock::sealed(), bytes);
    let read = Rescue::open(&bytes, stock::SECRET).unwrap();
    let text = |rescue: &Rescue| serde_json::to_string(rescue).unwrap();
    assert_eq!(text(&read), text(&stock::rescue()));
}

#[test]
fn a_ledger_that_was_restored_is_told_in_the_bytes_that_are_kept() {
    json("interrupted-status", &recovery::statuses());
    json("sealed-batch-reply", &[recovery::batch_reply()]);
    json("sealed-stock-reply", &[recovery::stock_reply()]);
    json("assertion", &recovery::assertions());
    json("assertion-reply", &recovery::replies());
    json("sealed-enrolled", &[recovery::enrolled()]);
    json("readmission", &[recovery::readmission()]);
}
