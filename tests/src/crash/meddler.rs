//! Whoever meddles with a desk's line.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lanterna_central::proxy::Fault;

use super::{Post, Run};
use crate::chance::Chance;

/// Paths whose faults are worth having alone.
const PATHS: [&str; 4] = ["/v1/operations", "/v1/changes", "/v1/status", "/v1/holds"];

/// Breaks and mends the line of a desk until the end is near; leaves it mended.
pub(super) async fn meddle(run: Arc<Run>, post: Arc<Post>, mut chance: Chance) {
    while !run.is_ending() {
        let fault = fault(&mut chance);
        if fault != Fault::None {
            run.faults.fetch_add(1, Ordering::Relaxed);
        }
        match chance.pick(&PATHS) {
            Some(path) if chance.one_in(2) => post.proxy.set_on(path, fault),
            _ => post.proxy.set(fault),
        }
        // Mended for longer than broken, or nothing would ever be done.
        let time = match fault {
            Fault::None => chance.millis(150, 900),
            _ => chance.millis(30, 300),
        };
        run.pause(time).await;
    }
    post.proxy.restore();
}

fn fault(chance: &mut Chance) -> Fault {
    match chance.below(20) {
        0..=8 => Fault::None,
        9 => Fault::Cut,
        10 | 11 => Fault::Delay(chance.millis(5, 150)),
        12 => Fault::Hang,
        13 => Fault::ServerError,
        14 => Fault::Html,
        15 => Fault::Truncate(chance.below(400)),
        16 | 17 => Fault::Corrupt(chance.below(400)),
        _ => Fault::LoseResponse,
    }
}
