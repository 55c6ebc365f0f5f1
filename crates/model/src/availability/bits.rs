//! A run of bits, as many bytes as it needs.

/// Bits, least significant of the first byte first. 1 is free.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FreeBits {
    bytes: Vec<u8>,
    len: usize,
}

impl FreeBits {
    /// So many bits, none set.
    #[must_use]
    pub fn none(len: usize) -> Self {
        Self {
            bytes: vec![0; len.div_ceil(8)],
            len,
        }
    }

    /// So many bits, all set.
    #[must_use]
    pub fn all(len: usize) -> Self {
        let mut bits = Self {
            bytes: vec![0xff; len.div_ceil(8)],
            len,
        };
        bits.clear_padding();
        bits
    }

    /// Bits out of bytes; missing bytes are zero, bytes and bits beyond the length are dropped.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], len: usize) -> Self {
        let mut kept = vec![0; len.div_ceil(8)];
        for (to, from) in kept.iter_mut().zip(bytes) {
            *to = *from;
        }
        let mut bits = Self { bytes: kept, len };
        bits.clear_padding();
        bits
    }

    /// How many there are, set or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// There are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether a bit is set; bits beyond the length are not.
    #[must_use]
    pub fn get(&self, at: usize) -> bool {
        at < self.len && self.bytes[at / 8] & (1 << (at % 8)) != 0
    }

    /// Sets or clears a bit; bits beyond the length stay as they are.
    pub fn set(&mut self, at: usize, value: bool) {
        if at >= self.len {
            return;
        }
        let bit = 1 << (at % 8);
        if value {
            self.bytes[at / 8] |= bit
        } else {
            self.bytes[at / 8] &= !bit
        }
    }

    /// How many are set.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.bytes.iter().map(|byte| byte.count_ones()).sum()
    }

    /// The bytes; bits beyond the length are zero.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn clear_padding(&mut self) {
        if !self.len.is_multiple_of(8)
            && let Some(last) = self.bytes.last_mut()
        {
            *last &= (1 << (self.len % 8)) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_beyond_the_length_do_not_exist() {
        let mut bits = FreeBits::all(10);
        assert_eq!(bits.count(), 10);
        bits.set(10, true);
        assert!(!bits.get(10) && bits.get(9));
        assert_eq!(FreeBits::from_bytes(&[0xff, 0xff, 0xff], 10), FreeBits::all(10));
        assert_eq!(FreeBits::from_bytes(&[], 10), FreeBits::none(10));
    }
}
