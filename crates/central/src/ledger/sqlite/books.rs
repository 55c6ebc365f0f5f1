//! One transaction of SQLite, as the acts of the ledger want it.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;

/// One transaction. Its methods have done their work when they are first polled.
pub(super) struct SqliteBooks<'t> {
    pub tx: &'t Connection,
    /// Names this life of the ledger.
    pub epoch: String,
}

/// What an act comes to. It is polled once: no step of it waits.
pub(super) fn at_once<T>(act: impl Future<Output = T>) -> T {
    match pin!(act).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("SQLite never waits"),
    }
}
