//! The only place here that reads a clock. What it tells is printed and compared as a ratio of two
//! things done in the same run; it decides nothing else.

use std::time::{Duration, Instant};

/// Does a piece of work and tells how long it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    #[allow(clippy::disallowed_methods)] // measuring is what this program is for
    let started = Instant::now();
    let done = work();
    (done, started.elapsed())
}

/// Waits for something and tells how long it took.
pub async fn timed_async<T>(work: impl Future<Output = T>) -> (T, Duration) {
    #[allow(clippy::disallowed_methods)] // measuring is what this program is for
    let started = Instant::now();
    let done = work.await;
    (done, started.elapsed())
}

/// Does the same several times and tells how long the quickest took: what else the machine does then is not
/// counted, and what a first time brings into its caches is not either.
pub fn quickest<T>(times: usize, mut work: impl FnMut() -> T) -> Duration {
    (0..times).map(|_| timed(&mut work).1).min().unwrap_or_default()
}
