//! Numbers that follow from a seed: the same everywhere, for ever.

use uuid::{Builder, Uuid};

/// A stream of numbers (splitmix64). Cheap to make, so that every message and every act has one of its own
/// and taking one away changes no other.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The stream of a seed and whatever tells it apart from others of the same seed.
    pub(crate) fn keyed(seed: u64, keys: &[u64]) -> Self {
        let mut rng = Self(seed);
        for key in keys {
            rng.0 = rng.next().wrapping_add(*key);
        }
        rng.next();
        rng
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when there is none.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least).saturating_add(1))
    }

    /// A signed number of at most this size.
    pub(crate) fn around(&mut self, most: i64) -> i64 {
        let width = 2 * most.unsigned_abs();
        self.between(0, width).cast_signed() - most
    }

    /// True so many times in a thousand.
    pub(crate) fn permille(&mut self, chance: u32) -> bool {
        self.below(1_000) < u64::from(chance)
    }

    /// A position in something of this length; 0 when it is empty.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// One of several, if there is any.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.index(all.len()))
    }

    /// One of several by weight.
    pub(crate) fn weighted<T: Copy>(&mut self, all: &[(u32, T)]) -> Option<T> {
        let sum: u64 = all.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut at = self.below(sum);
        for (weight, value) in all {
            match at.checked_sub(u64::from(*weight)) {
                Some(rest) => at = rest,
                None => return Some(*value),
            }
        }
        None
    }

    /// A waiting time around a mean: mostly shorter, now and then much longer.
    pub(crate) fn wait(&mut self, mean: u64) -> u64 {
        // The sum of a few geometric halvings stands in for an exponential, without floating point.
        let halvings = self.next().leading_ones().min(5);
        self.between(mean / 4, mean.saturating_mul(1 + u64::from(halvings)))
    }

    /// An identifier of version 7 at an instant in milliseconds since 1970.
    pub(crate) fn uuid(&mut self, ms: i64) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.next().to_le_bytes());
        random[8..].copy_from_slice(&self.next().to_le_bytes()[..2]);
        Builder::from_unix_timestamp_millis(u64::try_from(ms).unwrap_or(0), &random).into_uuid()
    }

    /// Five random bytes, for cancellation codes.
    pub(crate) fn five(&mut self) -> [u8; 5] {
        let mut five = [0; 5];
        five.copy_from_slice(&self.next().to_le_bytes()[..5]);
        five
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_keys_give_the_same_numbers_and_others_do_not() {
        let three = |keys: &[u64]| {
            let mut rng = Rng::keyed(7, keys);
            [rng.next(), rng.next(), rng.next()]
        };
        assert_eq!(three(&[1, 2]), three(&[1, 2]));
        assert_ne!(three(&[1, 2]), three(&[2, 1]));
        assert_ne!(three(&[1]), three(&[1, 0]));
    }

    #[test]
    fn bounds_are_kept() {
        let mut rng = Rng::keyed(1, &[]);
        for _ in 0..1_000 {
            assert!((3..=5).contains(&rng.between(3, 5)));
            assert!((-4..=4).contains(&rng.around(4)));
            assert!(rng.weighted(&[(0, 1), (5, 2)]) == Some(2));
        }
        assert_eq!((rng.below(0), rng.pick::<u8>(&[])), (0, None));
    }
}
