//! Numbers that follow from a seed: SplitMix64 (Steele, Lea and Flood, 2014). Not for secrets.

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(super) struct Seeded(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a stream is for. Streams of one seed with different purposes have nothing to do with each
/// other, so that drawing once more in one place changes nothing elsewhere.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(super) enum Purpose {
    Plan = 1,
    Week = 2,
    Schedule = 3,
    Occupancy = 4,
    Person = 5,
    Background = 6,
}

impl Seeded {
    /// The stream of a seed for one thing of a kind.
    pub(super) fn new(seed: u64, purpose: Purpose, which: usize) -> Self {
        let mut stream = Self(seed ^ mix((purpose as u64) << 56 | which as u64));
        stream.next();
        stream
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `bound`; 0 when there is none.
    #[allow(clippy::cast_possible_truncation)] // below a usize
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u16, high: u16) -> u16 {
        let span = usize::from(high.saturating_sub(low)) + 1;
        low + u16::try_from(self.below(span)).unwrap_or(0)
    }

    /// True so many times out of a thousand.
    pub(super) fn permille(&mut self, times: usize) -> bool {
        self.below(1_000) < times
    }

    /// One of a list that is not empty.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// The place of one of some weights, each as likely as it is heavy; `None` where all are zero.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> Option<usize> {
        let total: usize = weights.iter().map(|weight| *weight as usize).sum();
        let mut left = self.below(total);
        weights.iter().position(|weight| {
            let found = left < *weight as usize;
            left = left.saturating_sub(*weight as usize);
            found
        })
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_those_of_the_published_generator() {
        // Reference values of SplitMix64 for the seed 1234567.
        let mut stream = Seeded(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| stream.next()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn weights_of_zero_are_never_chosen() {
        let mut stream = Seeded::new(7, Purpose::Plan, 0);
        for _ in 0..1_000 {
            assert!(matches!(stream.weighted(&[0, 3, 0, 1]), Some(1 | 3)));
        }
        assert_eq!(stream.weighted(&[0, 0]), None);
        assert_eq!(stream.weighted(&[]), None);
    }
}
