//! Chance that follows from a seed (SplitMix64): what is done and when it is meant to be done is the same
//! for the same seed. How it falls between the processes is the machine's business.

use std::time::Duration;

use uuid::Uuid;

/// A stream of numbers.
#[derive(Clone)]
pub struct Chance(u64);

impl Chance {
    /// A stream of its own for each thing of a seed.
    #[must_use]
    pub fn new(seed: u64, which: u64) -> Self {
        let mut stream = Self(seed ^ which.wrapping_mul(0xd6e8_feb8_6659_fd93));
        stream.draw();
        stream
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when there is none.
    pub fn below(&mut self, bound: u64) -> u64 {
        let high = (u128::from(self.draw()) * u128::from(bound)) >> 64;
        u64::try_from(high).unwrap_or(0)
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// A time from `least` to `most` milliseconds, the last one left out.
    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least))
    }

    /// One of a list; `None` where it is empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = self.below(u64::try_from(list.len()).ok()?);
        list.get(usize::try_from(at).ok()?)
    }

    /// An identifier.
    pub fn uuid(&mut self) -> Uuid {
        let (high, low) = (self.draw(), self.draw());
        Uuid::from_u64_pair(high, low)
    }
}
