//! Ours and the controls book what they are told to, on both ledgers.
#![allow(clippy::unwrap_used)] // a test ends where its ground gives way

use lanterna_bench::bookings::{Effort, measure};

#[tokio::test(flavor = "multi_thread")]
async fn both_ledgers_and_their_controls_book_every_place() {
    let lines = measure(Effort::SMALL).await.unwrap();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.ratio().is_some()));
}
