//! Packing into a row and back.

use super::{ClassMask, FreeBits, MAX_BITS, MAX_SESSIONS, MAX_STEP, ScheduleAvailability, SessionAvailability};
use crate::ids::ScheduleId;
use crate::time::{CELL_MINUTES, Minute};

const VERSION: u8 = 1;

/// Why a row cannot be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AvailabilityError {
    /// A version that this build does not read.
    #[error("rows of version {0} are not read here")]
    Version(u8),
    /// The bytes end too early.
    #[error("the row ends too early")]
    Truncated,
    /// A number beyond its bound, or padded.
    #[error("a number of the row is beyond its bound")]
    Bound,
    /// Sessions out of order or overlapping.
    #[error("the sessions of the row are out of order")]
    Order,
    /// Bytes follow the end, or bits beyond a session are set.
    #[error("bytes or bits follow the end of the row")]
    Trailing,
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// A column, as runs of equal values.
fn put_column(out: &mut Vec<u8>, column: impl IntoIterator<Item = u64>) {
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

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn varint(&mut self) -> Result<u64, AvailabilityError> {
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

    fn column(&mut self, count: usize) -> Result<Vec<u64>, AvailabilityError> {
        let mut values: Vec<u64> = Vec::with_capacity(count);
        while values.len() < count {
            let run = usize::try_from(self.varint()?).map_err(|_| AvailabilityError::Bound)?;
            let value = self.varint()?;
            // Canonical: no empty run, none that goes on where one ended, none beyond the end.
            if run == 0 || run > count - values.len() || values.last() == Some(&value) {
                return Err(AvailabilityError::Bound);
            }
            values.resize(values.len() + run, value);
        }
        Ok(values)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], AvailabilityError> {
        if count > self.0.len() {
            return Err(AvailabilityError::Truncated);
        }
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        Ok(taken)
    }
}

fn bounded<T: TryFrom<u64>>(value: u64) -> Result<T, AvailabilityError> {
    T::try_from(value).map_err(|_| AvailabilityError::Bound)
}

impl ScheduleAvailability {
    /// Appends the packed row. The same sessions give the same bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let cell = i64::from(CELL_MINUTES);
        out.push(VERSION);
        put(out, self.sessions.len() as u64);
        let mut last_start = 0i64;
        let mut last_delta = 0i64;
        let starts: Vec<u64> = self
            .sessions
            .iter()
            .map(|session| {
                let start = i64::from(session.start.0).div_euclid(cell);
                let delta = start - last_start;
                let coded = zigzag(delta - last_delta);
                (last_start, last_delta) = (start, delta);
                coded
            })
            .collect();
        put_column(out, starts);
        put_column(
            out,
            self.sessions
                .iter()
                .map(|session| u64::from(session.step / CELL_MINUTES)),
        );
        put_column(out, self.sessions.iter().map(|session| u64::from(session.slots)));
        put_column(out, self.sessions.iter().map(|session| u64::from(session.places)));
        put_column(out, self.sessions.iter().map(|session| u64::from(session.revision)));
        put_column(out, self.sessions.iter().map(|session| u64::from(session.classes.0)));
        for session in &self.sessions {
            out.extend_from_slice(session.free.as_bytes());
        }
    }

    /// The packed row.
    #[must_use]
    pub fn to_row(&self) -> Vec<u8> {
        let mut row = Vec::with_capacity(16 + self.sessions.len() * 4);
        self.encode(&mut row);
        row
    }

    /// Reads a packed row of a schedule.
    ///
    /// # Errors
    /// [`AvailabilityError`] when the bytes are not exactly what `encode` writes.
    pub fn decode(schedule: ScheduleId, row: &[u8]) -> Result<Self, AvailabilityError> {
        let (&version, rest) = row.split_first().ok_or(AvailabilityError::Truncated)?;
        if version != VERSION {
            return Err(AvailabilityError::Version(version));
        }
        let mut reader = Reader(rest);
        let count: usize = bounded(reader.varint()?)?;
        if count > MAX_SESSIONS {
            return Err(AvailabilityError::Bound);
        }
        let starts = reader.column(count)?;
        let columns = [(); 5].map(|()| reader.column(count));
        let [steps, slots, places, revisions, classes] = columns;
        let (steps, slots, places, revisions, classes) = (steps?, slots?, places?, revisions?, classes?);
        let mut sessions: Vec<SessionAvailability> = Vec::with_capacity(count);
        let (mut start, mut delta) = (0i64, 0i64);
        for at in 0..count {
            delta = delta
                .checked_add(unzigzag(starts[at]))
                .ok_or(AvailabilityError::Bound)?;
            start = start.checked_add(delta).ok_or(AvailabilityError::Bound)?;
            let minutes = start
                .checked_mul(i64::from(CELL_MINUTES))
                .ok_or(AvailabilityError::Bound)?;
            let step: u16 = bounded(steps[at])?;
            let step = step.checked_mul(CELL_MINUTES).ok_or(AvailabilityError::Bound)?;
            let (slots, places): (u16, u16) = (bounded(slots[at])?, bounded(places[at])?);
            let bits = usize::from(slots) * usize::from(places);
            if step == 0 || step > MAX_STEP || bits == 0 || bits > MAX_BITS {
                return Err(AvailabilityError::Bound);
            }
            let start = Minute(i32::try_from(minutes).map_err(|_| AvailabilityError::Bound)?);
            let length = i32::from(step) * i32::from(slots);
            start.0.checked_add(length).ok_or(AvailabilityError::Bound)?;
            if sessions.last().is_some_and(|before| before.end() > start) {
                return Err(AvailabilityError::Order);
            }
            sessions.push(SessionAvailability {
                start,
                step,
                slots,
                places,
                revision: bounded(revisions[at])?,
                classes: ClassMask(bounded::<u8>(classes[at])?),
                free: FreeBits::none(bits),
            });
        }
        for session in &mut sessions {
            let bytes = reader.take(session.free.as_bytes().len())?;
            let bits = FreeBits::from_bytes(bytes, session.free.len());
            if bits.as_bytes() != bytes {
                return Err(AvailabilityError::Trailing);
            }
            session.free = bits;
        }
        if reader.0.is_empty() {
            Ok(Self { schedule, sessions })
        } else {
            Err(AvailabilityError::Trailing)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn availability()(
            sessions in prop::collection::vec(
                (1i32..2_000, 1u16..13, 1u16..30, 1u16..4, 0u32..3, 0u8..32, prop::collection::vec(any::<u8>(), 16)),
                0..40,
            )
        ) -> ScheduleAvailability {
            let mut at = 357_000;
            let sessions = sessions
                .into_iter()
                .map(|(gap, step, slots, places, revision, classes, bytes)| {
                    let session = SessionAvailability {
                        start: Minute((at + gap) * 5),
                        step: step * 5,
                        slots,
                        places,
                        revision,
                        classes: ClassMask(classes),
                        free: FreeBits::from_bytes(&bytes, usize::from(slots) * usize::from(places)),
                    };
                    at += gap + i32::from(step * slots);
                    session
                })
                .collect();
            ScheduleAvailability { schedule: ScheduleId(7), sessions }
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read_back(it in availability()) {
            let row = it.to_row();
            prop_assert_eq!(ScheduleAvailability::decode(ScheduleId(7), &row).unwrap(), it);
        }

        #[test]
        fn only_what_encode_writes_is_read(it in availability(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut row = it.to_row();
            let at = at.index(row.len());
            row[at] = byte;
            // Damage is refused, or reads as other sessions that pack into just these bytes.
            if let Ok(read) = ScheduleAvailability::decode(ScheduleId(7), &row) {
                prop_assert_eq!(read.to_row(), row);
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = ScheduleAvailability::decode(ScheduleId(1), &bytes);
        }
    }

    #[test]
    fn a_regular_half_year_takes_few_bytes() {
        let sessions: Vec<_> = (0..62)
            .map(|at| SessionAvailability {
                start: Minute(29_600_000 + at * 3 * 1_440),
                step: 20,
                slots: 12,
                places: 1,
                revision: 1,
                classes: ClassMask::ALL,
                free: FreeBits::all(12),
            })
            .collect();
        let it = ScheduleAvailability {
            schedule: ScheduleId(1),
            sessions,
        };
        assert!(it.to_row().len() < 62 * 2 + 40, "{}", it.to_row().len());
    }
}
