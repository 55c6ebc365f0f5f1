//! Sets of small numbers, one bit each.

/// A set of the numbers below a bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(pub(super) Vec<u64>);

impl Bits {
    /// An empty set of numbers below a bound.
    pub(super) fn none(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)])
    }

    pub(super) fn put(&mut self, number: usize, there: bool) {
        put(&mut self.0, number, there);
    }

    pub(super) fn has(&self, number: usize) -> bool {
        self.0[number / 64] & (1 << (number % 64)) != 0
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Takes away what is in another set of the same bound.
    pub(super) fn without(&mut self, others: &Bits) {
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word &= !other;
        }
    }

    /// Keeps what is in another set of the same bound too.
    pub(super) fn keep(&mut self, others: &Bits) {
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word &= other;
        }
    }

    /// The numbers, rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| ones(at, *word))
    }
}

/// Puts a number into a set that is kept among others.
pub(super) fn put(words: &mut [u64], number: usize, there: bool) {
    let bit = 1 << (number % 64);
    if there {
        words[number / 64] |= bit;
    } else {
        words[number / 64] &= !bit;
    }
}

/// The numbers that the word at a place of a set stands for.
pub(super) fn ones(at: usize, mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let number = at * 64 + word.trailing_zeros() as usize;
        if word == 0 {
            return None;
        }
        word &= word - 1;
        Some(number)
    })
}
