//! Little numbers in few bytes, shared by the binary messages.

/// Why bytes could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("the message ends too early")]
    Truncated,
    /// A version this build does not read.
    #[error("version {0} is not spoken here")]
    Version(u8),
    /// A number beyond its bound.
    #[error("a number is beyond its bound")]
    Bound,
    /// Bytes follow the end.
    #[error("bytes follow the end of the message")]
    Trailing,
    /// Text that is not UTF-8, or a code that is none.
    #[error("a text cannot be read")]
    Text,
    /// The compression is damaged.
    #[error("the compressed bytes are damaged")]
    Compression,
    /// The bytes do not match the hash that names them.
    #[error("the bytes do not match their name")]
    Hash,
    /// The availability of a schedule cannot be read.
    #[error("the availability of schedule {0} cannot be read")]
    Availability(u32),
}

pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

pub(crate) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_varint(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        let (&first, rest) = self.0.split_first().ok_or(DecodeError::Truncated)?;
        self.0 = rest;
        Ok(first)
    }

    pub(crate) fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(DecodeError::Bound);
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                // One value has one encoding: no padding with empty groups.
                return if byte == 0 && shift > 0 {
                    Err(DecodeError::Bound)
                } else {
                    Ok(value)
                };
            }
        }
        Err(DecodeError::Bound)
    }

    pub(crate) fn number<T: TryFrom<u64>>(&mut self) -> Result<T, DecodeError> {
        T::try_from(self.varint()?).map_err(|_| DecodeError::Bound)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, DecodeError> {
        let raw = self.varint()?;
        Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        if count > self.0.len() {
            return Err(DecodeError::Truncated);
        }
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn bytes(&mut self, most: usize) -> Result<&'a [u8], DecodeError> {
        let count: usize = self.number()?;
        if count > most {
            return Err(DecodeError::Bound);
        }
        self.take(count)
    }

    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::Trailing)
        }
    }
}
