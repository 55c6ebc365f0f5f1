//! Packing into a row and back.

use super::columns::{BitReader, BitWriter, Reader, put, put_column, unzigzag, zigzag};
use super::{ClassMask, FreeBits, MAX_BITS, MAX_SESSIONS, MAX_STEP, ScheduleAvailability, SessionAvailability};
use crate::ids::ScheduleId;
use crate::time::{CELL_MINUTES, Minute};

const VERSION: u8 = 2;

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

/// All of a row but the bits, which follow session by session. The one writer of the format.
pub(super) fn put_row(out: &mut Vec<u8>, heads: impl ExactSizeIterator<Item = Head> + Clone) {
    let cell = i64::from(CELL_MINUTES);
    out.push(VERSION);
    put(out, heads.len() as u64);
    let (mut last_start, mut last_delta) = (0i64, 0i64);
    let starts = heads.clone().map(|head| {
        let start = i64::from(head.start.0).div_euclid(cell);
        let delta = start - last_start;
        let coded = zigzag(delta - last_delta);
        (last_start, last_delta) = (start, delta);
        coded
    });
    put_column(out, starts);
    put_column(out, heads.clone().map(|head| u64::from(head.step / CELL_MINUTES)));
    put_column(out, heads.clone().map(|head| u64::from(head.slots)));
    put_column(out, heads.clone().map(|head| u64::from(head.places)));
    put_column(out, heads.clone().map(|head| u64::from(head.revision)));
    put_column(out, heads.map(|head| u64::from(head.classes.0)));
}

fn bounded<T: TryFrom<u64>>(value: u64) -> Result<T, AvailabilityError> {
    T::try_from(value).map_err(|_| AvailabilityError::Bound)
}

impl ScheduleAvailability {
    /// Appends the packed row. The same sessions give the same bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let heads = self.sessions.iter().map(|session| Head {
            start: session.start,
            step: session.step,
            slots: session.slots,
            places: session.places,
            revision: session.revision,
            classes: session.classes,
        });
        put_row(out, heads);
        let mut bits = BitWriter::new(out);
        for session in &self.sessions {
            bits.put(session.free.as_bytes(), session.free.len());
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
        let mut sessions = Vec::new();
        walk(row, |count, head, bytes| {
            if sessions.is_empty() {
                sessions.reserve_exact(count);
            }
            sessions.push(SessionAvailability {
                start: head.start,
                step: head.step,
                slots: head.slots,
                places: head.places,
                revision: head.revision,
                classes: head.classes,
                free: FreeBits::from_bytes(bytes, usize::from(head.slots) * usize::from(head.places)),
            });
        })?;
        Ok(Self { schedule, sessions })
    }
}

/// What the columns say of one session.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) start: Minute,
    pub(super) step: u16,
    pub(super) slots: u16,
    pub(super) places: u16,
    pub(super) revision: u32,
    pub(super) classes: ClassMask,
}

impl Head {
    fn end(&self) -> Option<Minute> {
        let length = i32::from(self.step) * i32::from(self.slots);
        self.start.0.checked_add(length).map(Minute)
    }
}

/// Goes through a packed row: `each` gets the number of sessions, one of them, and its bits, padded to whole bytes. The
/// one reader of the format.
pub(super) fn walk(row: &[u8], mut each: impl FnMut(usize, Head, &[u8])) -> Result<(), AvailabilityError> {
    let (&version, rest) = row.split_first().ok_or(AvailabilityError::Truncated)?;
    if version != VERSION {
        return Err(AvailabilityError::Version(version));
    }
    let mut reader = Reader(rest);
    let count: usize = bounded(reader.varint()?)?;
    if count > MAX_SESSIONS {
        return Err(AvailabilityError::Bound);
    }
    let mut starts = reader.column(count)?;
    let mut steps = reader.column(count)?;
    let mut slots = reader.column(count)?;
    let mut places = reader.column(count)?;
    let mut revisions = reader.column(count)?;
    let mut classes = reader.column(count)?;
    let mut free = BitReader::new(reader.0);
    let mut padded = [0u8; MAX_BITS / 8];
    let (mut start, mut delta, mut free_from) = (0i64, 0i64, Minute(i32::MIN));
    for _ in 0..count {
        delta = delta
            .checked_add(unzigzag(starts.next()?))
            .ok_or(AvailabilityError::Bound)?;
        start = start.checked_add(delta).ok_or(AvailabilityError::Bound)?;
        let minutes = start
            .checked_mul(i64::from(CELL_MINUTES))
            .ok_or(AvailabilityError::Bound)?;
        let step: u16 = bounded(steps.next()?)?;
        let head = Head {
            start: Minute(i32::try_from(minutes).map_err(|_| AvailabilityError::Bound)?),
            step: step.checked_mul(CELL_MINUTES).ok_or(AvailabilityError::Bound)?,
            slots: bounded(slots.next()?)?,
            places: bounded(places.next()?)?,
            revision: bounded(revisions.next()?)?,
            classes: ClassMask(bounded::<u8>(classes.next()?)?),
        };
        let bits = usize::from(head.slots) * usize::from(head.places);
        if head.step == 0 || head.step > MAX_STEP || bits == 0 || bits > MAX_BITS {
            return Err(AvailabilityError::Bound);
        }
        let end = head.end().ok_or(AvailabilityError::Bound)?;
        if free_from > head.start {
            return Err(AvailabilityError::Order);
        }
        free_from = end;
        let bytes = &mut padded[..bits.div_ceil(8)];
        free.take(bits, bytes)?;
        each(count, head, bytes);
    }
    free.finish()
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
        // A bit for each slot, and a few bytes for all the rest.
        assert!(it.to_row().len() < 62 * 12 / 8 + 40, "{}", it.to_row().len());
    }
}
