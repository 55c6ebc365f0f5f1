//! How long to wait before trying again: doubling, with jitter, within bounds.

use std::time::Duration;

use uuid::Uuid;

const FIRST: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(30);

/// Grows with each failure and falls back with a success. Jitter comes from a seed, so that 2,500
/// desks do not come back together and a simulated one always comes back alike.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    failures: u32,
    state: u64,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            failures: 0,
            state: seed,
        }
    }

    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Between half and the whole of the doubled step, at least what the central asked for.
    pub(crate) fn failed(&mut self, asked: Option<Duration>) -> Duration {
        let step = FIRST.saturating_mul(1 << self.failures.min(6)).min(MOST);
        self.failures = self.failures.saturating_add(1);
        let jittered = step / 2 + step.mul_f64(self.fraction() / 2.0);
        match asked {
            Some(asked) => asked + jittered.min(asked.max(FIRST)),
            None => jittered,
        }
    }

    /// What is added to a wait that many desks may have been told at the same moment: up to as long again.
    pub(crate) fn spread(&mut self, asked: Duration) -> Duration {
        asked.mul_f64(self.fraction())
    }

    /// An identifier that another machine with the same record does not make.
    pub(crate) fn uuid(&mut self) -> Uuid {
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }

    fn fraction(&mut self) -> f64 {
        // 32 bits are exact in a float.
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    // splitmix64: enough to spread desks out, and the same everywhere.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_a_success_resets_them() {
        let mut backoff = Backoff::new(7);
        let waits: Vec<_> = (0..12).map(|_| backoff.failed(None)).collect();
        assert!(waits[0] <= FIRST && waits[0] >= FIRST / 2);
        assert!(waits.iter().all(|wait| *wait <= MOST));
        assert!(waits[11] >= MOST / 2);
        backoff.succeeded();
        assert!(backoff.failed(None) <= FIRST);
    }

    #[test]
    fn what_the_central_asks_for_is_never_undercut() {
        let mut backoff = Backoff::new(7);
        assert!(backoff.failed(Some(Duration::from_secs(40))) >= Duration::from_secs(40));
    }

    #[test]
    fn two_desks_do_not_come_back_together() {
        assert_ne!(Backoff::new(1).failed(None), Backoff::new(2).failed(None));
    }
}
