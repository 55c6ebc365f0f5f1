//! The synchronisation engine: `Engine::on(event, now, transaction) → effects`.
//!
//! Architecture invariant: no HTTP client, no tokio, no clock and no randomness live here. What the
//! engine learns it writes into the transaction it is given; what it wants done it returns as data.
//! The desk and the simulator run the same code.

mod assert;
mod backoff;
mod engine;
mod event;
mod pull;
mod push;
mod stock;

pub use engine::{Engine, EngineError, LinkState, Progress, View};
pub use event::{Answer, Effect, Event, Failure, Notice, Request, RequestId, Timer};
