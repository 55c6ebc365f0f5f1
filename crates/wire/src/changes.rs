//! `GET /v1/changes?epoch=…&seq=…&digest=…`: what changed since a cursor, in commit order.
//!
//! Changes are absolute: each carries the state of what it names, not a difference. One page never
//! splits a transaction. `GET /v1/doorbell` (server-sent events) only says that the head moved.

use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;

use crate::codec::{DecodeError, Reader, put_bytes, put_signed, put_varint};
use crate::{Cursor, limits};

const VERSION: u8 = 1;

/// A page of changes. To be applied only to a mirror whose cursor equals `from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The cursor that was asked about.
    pub from: Cursor,
    /// The cursor after the page; same epoch.
    pub to: Cursor,
    /// More is waiting behind it.
    pub more: bool,
    /// The changes, in commit order, those the channel may not see left out.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The free places of one session, as they are now.
    Session {
        /// The schedule.
        schedule: ScheduleId,
        /// Start of the session.
        start: Minute,
        /// For whom the free places may be claimed: the bits of `availability::ClassMask`.
        classes: u8,
        /// Bit `slot * places + place`, least significant first; 1 is free. Trailing zero bytes
        /// are left out.
        free: Vec<u8>,
    },
    /// All sessions of one schedule, as a packed row; an empty row removes the schedule.
    Schedule {
        /// The schedule.
        schedule: ScheduleId,
        /// The packed row of `lanterna_model::availability`.
        row: Vec<u8>,
    },
    /// The catalogue has another version now.
    Catalogue,
}

impl Page {
    /// The bytes on the wire. `Session` costs about ten bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put_bytes(&mut out, self.from.epoch.as_bytes());
        for cursor in [&self.from, &self.to] {
            put_varint(&mut out, cursor.seq);
            put_bytes(&mut out, cursor.digest.as_bytes());
        }
        out.push(u8::from(self.more));
        put_varint(&mut out, self.changes.len() as u64);
        let mut last_start = 0i64;
        let mut last_schedule = 0i64;
        for change in &self.changes {
            match change {
                Change::Session {
                    schedule,
                    start,
                    classes,
                    free,
                } => {
                    out.push(0);
                    put_signed(&mut out, i64::from(schedule.0) - last_schedule);
                    put_signed(&mut out, i64::from(start.0) - last_start);
                    out.push(*classes);
                    put_bytes(&mut out, trimmed(free));
                    last_schedule = i64::from(schedule.0);
                    last_start = i64::from(start.0);
                }
                Change::Schedule { schedule, row } => {
                    out.push(1);
                    put_signed(&mut out, i64::from(schedule.0) - last_schedule);
                    put_bytes(&mut out, row);
                    last_schedule = i64::from(schedule.0);
                }
                Change::Catalogue => out.push(2),
            }
        }
        out
    }

    /// Reads a page.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let epoch = text(reader.bytes(64)?)?;
        let mut cursor = || -> Result<Cursor, DecodeError> {
            let seq = reader.varint()?;
            Ok(Cursor {
                epoch: epoch.clone(),
                seq,
                digest: text(reader.bytes(64)?)?,
            })
        };
        let (from, to) = (cursor()?, cursor()?);
        let more = match reader.byte()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Bound),
        };
        let count: usize = reader.number()?;
        if count > limits::ANSWER_BYTES {
            return Err(DecodeError::Bound);
        }
        let mut changes = Vec::with_capacity(count.min(limits::PAGE_CHANGES));
        let mut last_start = 0i64;
        let mut last_schedule = 0i64;
        for _ in 0..count {
            let kind = reader.byte()?;
            if kind == 2 {
                changes.push(Change::Catalogue);
                continue;
            }
            last_schedule = last_schedule.checked_add(reader.signed()?).ok_or(DecodeError::Bound)?;
            let schedule = ScheduleId(u32::try_from(last_schedule).map_err(|_| DecodeError::Bound)?);
            match kind {
                0 => {
                    last_start = last_start.checked_add(reader.signed()?).ok_or(DecodeError::Bound)?;
                    let start = Minute(i32::try_from(last_start).map_err(|_| DecodeError::Bound)?);
                    let classes = reader.byte()?;
                    let free = reader.bytes(limits::CHUNK_BYTES)?.to_vec();
                    changes.push(Change::Session {
                        schedule,
                        start,
                        classes,
                        free,
                    });
                }
                1 => changes.push(Change::Schedule {
                    schedule,
                    row: reader.bytes(limits::CHUNK_BYTES)?.to_vec(),
                }),
                _ => return Err(DecodeError::Bound),
            }
        }
        reader.finish()?;
        Ok(Self {
            from,
            to,
            more,
            changes,
        })
    }
}

fn trimmed(bits: &[u8]) -> &[u8] {
    let used = bits.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    &bits[..used]
}

fn text(bytes: &[u8]) -> Result<String, DecodeError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| DecodeError::Text)
}
