//! The parts of a packed row: little numbers in few bytes, columns of them, and runs of bits without gaps.

use super::AvailabilityError;

pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// A column, as runs of equal values.
pub(super) fn put_column(out: &mut Vec<u8>, column: impl IntoIterator<Item = u64>) {
    let mut run: Option<(u64, u64)> = None;
    for value in column {
        match &mut run {
            Some((count, same)) if *same == value => *count += 1,
            _ => {
                if let Some((count, value)) = run {
                    put(out, count);
                    put(out, value);
                }
                run = Some((1, value));
            }
        }
    }
    if let Some((count, value)) = run {
        put(out, count);
        put(out, value);
    }
}

/// Reads what was put.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn varint(&mut self) -> Result<u64, AvailabilityError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(AvailabilityError::Truncated)?;
            self.0 = rest;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(AvailabilityError::Bound);
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 {
                    Err(AvailabilityError::Bound)
                } else {
                    Ok(value)
                };
            }
        }
        Err(AvailabilityError::Bound)
    }

    /// Checks a column and moves behind it: what is returned reads its values.
    pub(super) fn column(&mut self, count: usize) -> Result<Column<'a>, AvailabilityError> {
        let column = Column {
            pairs: Reader(self.0),
            run: 0,
            value: 0,
        };
        let (mut left, mut last) = (count, None);
        while left > 0 {
            let run = usize::try_from(self.varint()?).map_err(|_| AvailabilityError::Bound)?;
            let value = self.varint()?;
            // Canonical: no empty run, none that goes on where one ended, none beyond the end.
            if run == 0 || run > left || last == Some(value) {
                return Err(AvailabilityError::Bound);
            }
            (left, last) = (left - run, Some(value));
        }
        Ok(column)
    }
}

/// The values of a column that was checked, one after the other.
pub(super) struct Column<'a> {
    pairs: Reader<'a>,
    run: u64,
    value: u64,
}

impl Column<'_> {
    pub(super) fn next(&mut self) -> Result<u64, AvailabilityError> {
        if self.run == 0 {
            self.run = self.pairs.varint()?;
            self.value = self.pairs.varint()?;
        }
        self.run -= 1;
        Ok(self.value)
    }
}

/// Puts runs of bits one after the other, each as bytes whose bits beyond the run are zero.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Bits used of the last byte; none of it where zero.
    used: usize,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, used: 0 }
    }

    pub(super) fn put(&mut self, bytes: &[u8], bits: usize) {
        if self.used == 0 {
            self.out.extend_from_slice(bytes);
        } else {
            for byte in bytes {
                if let Some(last) = self.out.last_mut() {
                    *last |= byte << self.used;
                }
                self.out.push(byte >> (8 - self.used));
            }
            // The last byte may hold nothing of the run any more.
            let whole = self.used + bits;
            if bytes.len() + 1 > whole.div_ceil(8) {
                self.out.pop();
            }
        }
        self.used = (self.used + bits) % 8;
    }
}

/// Reads runs of bits that lie one after the other.
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next run, into as many bytes as it needs; the bits beyond it are zero.
    pub(super) fn take(&mut self, bits: usize, into: &mut [u8]) -> Result<(), AvailabilityError> {
        if self.at + bits > self.bytes.len() * 8 {
            return Err(AvailabilityError::Truncated);
        }
        let (first, shift) = (self.at / 8, self.at % 8);
        for (at, byte) in into.iter_mut().enumerate() {
            let next = self.bytes.get(first + at + 1).copied().unwrap_or(0);
            let both = u16::from_le_bytes([self.bytes.get(first + at).copied().unwrap_or(0), next]);
            *byte = (both >> shift).to_le_bytes()[0];
        }
        if !bits.is_multiple_of(8)
            && let Some(last) = into.last_mut()
        {
            *last &= (1 << (bits % 8)) - 1;
        }
        self.at += bits;
        Ok(())
    }

    /// Nothing but the zeros that fill the last byte may be left.
    pub(super) fn finish(self) -> Result<(), AvailabilityError> {
        let (used, rest) = (self.at.div_ceil(8), self.at % 8);
        let filled = rest == 0 || self.bytes.get(used - 1).is_none_or(|last| last >> rest == 0);
        if used == self.bytes.len() && filled {
            Ok(())
        } else {
            Err(AvailabilityError::Trailing)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_of_bits_are_read_back_and_take_no_more_than_they_need(
            runs in prop::collection::vec(prop::collection::vec(any::<bool>(), 1..40), 0..20)
        ) {
            let bytes = |run: &[bool]| -> Vec<u8> {
                run.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
            };
            let mut out = vec![0xff];
            let mut writer = BitWriter::new(&mut out);
            for run in &runs {
                writer.put(&bytes(run), run.len());
            }
            let bits: usize = runs.iter().map(Vec::len).sum();
            prop_assert_eq!(out.len(), 1 + bits.div_ceil(8));
            prop_assert_eq!(out[0], 0xff);
            let mut reader = BitReader::new(&out[1..]);
            for run in &runs {
                let mut read = vec![0; run.len().div_ceil(8)];
                reader.take(run.len(), &mut read).unwrap();
                prop_assert_eq!(read, bytes(run));
            }
            prop_assert!(reader.take(9, &mut [0, 0]).is_err());
            prop_assert!(reader.finish().is_ok());
        }
    }
}
