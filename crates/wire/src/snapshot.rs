//! `GET /v1/snapshot` (the manifest) and `GET /v1/chunks/{hash}`: all availability at one cursor.

use lanterna_model::ids::ScheduleId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::codec::{DecodeError, Reader, put_bytes, put_varint};
use crate::{Cursor, limits};

/// The chunks that together hold what a desk may see, at one cursor. Needs the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Manifest {
    /// The point in the ledger that the chunks show.
    pub cursor: Cursor,
    /// The chunks, in any order, without overlap.
    pub chunks: Vec<ChunkRef>,
    /// Schedules in all of them.
    pub schedules: u32,
    /// Slots in all of them, free or not, for the screen.
    pub slots: u64,
}

/// One chunk: immutable, named by the SHA-256 of its bytes on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChunkRef {
    /// 64 hexadecimal digits.
    pub hash: String,
    /// Bytes on the wire.
    pub bytes: u32,
}

const VERSION: u8 = 1;
/// A chunk is packed once and fetched by every desk.
const LEVEL: i32 = 9;

/// A chunk's content: packed availability rows by schedule, as `lanterna_model::availability`
/// encodes them. Layout: version byte, then zstd of `count, (id delta, length, row)*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// Rows in rising order of schedule.
    pub rows: Vec<(ScheduleId, Vec<u8>)>,
}

impl Chunk {
    /// The bytes on the wire. The same rows give the same bytes.
    ///
    /// # Errors
    /// [`DecodeError::Compression`] when the compressor fails (out of memory).
    pub fn encode(&self) -> Result<Vec<u8>, DecodeError> {
        let mut plain = Vec::new();
        put_varint(&mut plain, self.rows.len() as u64);
        let mut previous = 0;
        for (id, row) in &self.rows {
            put_varint(&mut plain, u64::from(id.0.wrapping_sub(previous)));
            put_bytes(&mut plain, row);
            previous = id.0;
        }
        let mut out = vec![VERSION];
        out.extend(zstd::bulk::compress(&plain, LEVEL).map_err(|_| DecodeError::Compression)?);
        Ok(out)
    }

    /// Reads a chunk after checking it against its name.
    ///
    /// # Errors
    /// [`DecodeError::Hash`] when it is not the chunk asked for, else what is wrong with it.
    pub fn decode(hash: &str, bytes: &[u8]) -> Result<Self, DecodeError> {
        if chunk_hash(bytes) != hash {
            return Err(DecodeError::Hash);
        }
        Self::decode_trusted(bytes)
    }

    /// Reads a chunk that was checked against its name when it came.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode_trusted(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (&version, packed) = bytes.split_first().ok_or(DecodeError::Truncated)?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let plain = zstd::bulk::decompress(packed, limits::CHUNK_BYTES).map_err(|_| DecodeError::Compression)?;
        let mut reader = Reader(&plain);
        let count: usize = reader.number()?;
        if count > plain.len() {
            return Err(DecodeError::Bound);
        }
        let mut rows = Vec::with_capacity(count);
        let mut id = 0u32;
        for _ in 0..count {
            let delta: u32 = reader.number()?;
            if delta == 0 {
                return Err(DecodeError::Bound);
            }
            id = id.checked_add(delta).ok_or(DecodeError::Bound)?;
            rows.push((ScheduleId(id), reader.bytes(limits::CHUNK_BYTES)?.to_vec()));
        }
        reader.finish()?;
        Ok(Self { rows })
    }
}

/// The name of a chunk: the SHA-256 of its bytes on the wire, in hexadecimal digits.
#[must_use]
pub fn chunk_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
            text
        })
}
