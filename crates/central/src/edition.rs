//! All availability at one cursor, as immutable chunks: what the snapshot routes hand out. No HTTP here,
//! so that whoever simulates a central hands out the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use lanterna_model::access::{Channel, Channels};
use lanterna_wire::snapshot::{Chunk, ChunkRef, Manifest, chunk_hash};
use lanterna_wire::{Cursor, DecodeError, limits};
use sha2::{Digest, Sha256};

use crate::http::Settings;
use crate::ledger::{PackedSchedule, Snapshot};

/// Which chunk a schedule belongs to: one chunk never holds schedules that different channels see.
type Partition = (Channels, u32);

/// A chunk of an edition.
#[derive(Clone)]
struct Piece {
    /// Of the rows, to recognise a chunk that need not be encoded again.
    content: [u8; 32],
    hash: String,
    bytes: Bytes,
    schedules: u32,
    slots: u64,
}

/// All chunks at one cursor.
pub struct Edition {
    cursor: Cursor,
    made_at: DateTime<Utc>,
    /// When its chunks were kept for other processes last.
    pub(crate) kept_at: Mutex<Option<DateTime<Utc>>>,
    pieces: BTreeMap<Partition, Piece>,
    by_hash: HashMap<String, Bytes>,
}

impl Edition {
    /// Encodes a snapshot; what has not changed since the edition before is taken from it.
    ///
    /// # Errors
    /// [`DecodeError`] when a chunk cannot be encoded or breaks a bound.
    pub fn of(snapshot: &Snapshot, made_at: DateTime<Utc>, before: Option<&Edition>) -> Result<Self, DecodeError> {
        let mut parts: BTreeMap<Partition, Vec<&PackedSchedule>> = BTreeMap::new();
        for schedule in &snapshot.schedules {
            let group = schedule.schedule.0 / limits::CHUNK_SCHEDULES;
            parts.entry((schedule.channels, group)).or_default().push(schedule);
        }
        let mut pieces = BTreeMap::new();
        let mut by_hash = HashMap::new();
        for (partition, schedules) in parts {
            let content = content(&schedules);
            let kept = before
                .and_then(|edition| edition.pieces.get(&partition))
                .filter(|piece| piece.content == content)
                .cloned();
            let piece = match kept {
                Some(piece) => piece,
                None => Piece::of(&schedules, content)?,
            };
            by_hash.insert(piece.hash.clone(), piece.bytes.clone());
            pieces.insert(partition, piece);
        }
        Ok(Self {
            cursor: snapshot.cursor.clone(),
            made_at,
            kept_at: Mutex::default(),
            pieces,
            by_hash,
        })
    }

    /// The point in the ledger that all of it shows.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Chunks in it, those of every channel.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.pieces.len()
    }

    /// A chunk by its name.
    #[must_use]
    pub fn chunk(&self, hash: &str) -> Option<Bytes> {
        self.by_hash.get(hash).cloned()
    }

    /// All chunks with their names.
    pub(crate) fn every_chunk(&self) -> Vec<(String, Bytes)> {
        let all = self.by_hash.iter();
        all.map(|(hash, bytes)| (hash.clone(), bytes.clone())).collect()
    }

    /// The manifest of what a channel sees.
    #[must_use]
    pub fn manifest(&self, channel: Channel) -> Manifest {
        let mut manifest = Manifest {
            cursor: self.cursor.clone(),
            chunks: Vec::new(),
            schedules: 0,
            slots: 0,
        };
        for ((channels, _), piece) in &self.pieces {
            if channels.contains(channel) {
                let bytes = u32::try_from(piece.bytes.len()).unwrap_or(u32::MAX);
                manifest.chunks.push(ChunkRef {
                    hash: piece.hash.clone(),
                    bytes,
                });
                manifest.schedules += piece.schedules;
                manifest.slots += piece.slots;
            }
        }
        manifest
    }

    /// Whether it may be handed out while the ledger stands at `head`, as far as its age goes. A manifest
    /// must live shorter than the feed (rule 27), or a desk would go in circles: take it, be told that its
    /// cursor is gone, and take it again. So the caller asks the ledger for the changes since
    /// [`Edition::cursor`] besides, unless that is the head.
    #[must_use]
    pub fn is_near(&self, head: &Cursor, now: DateTime<Utc>, settings: &Settings) -> bool {
        if head.epoch != self.cursor.epoch || head.seq < self.cursor.seq {
            return false;
        }
        let moved = head.seq - self.cursor.seq;
        let young = (now - self.made_at)
            .to_std()
            .is_ok_and(|age| age < settings.manifest_age);
        (moved <= settings.manifest_rows || young) && moved <= settings.retention.feed_rows / 4
    }
}

impl Piece {
    fn of(schedules: &[&PackedSchedule], content: [u8; 32]) -> Result<Self, DecodeError> {
        let rows = schedules
            .iter()
            .map(|schedule| (schedule.schedule, schedule.row.clone()))
            .collect();
        let bytes = Chunk { rows }.encode()?;
        if bytes.len() > limits::CHUNK_WIRE_BYTES {
            return Err(DecodeError::Bound);
        }
        Ok(Self {
            content,
            hash: chunk_hash(&bytes),
            bytes: bytes.into(),
            schedules: u32::try_from(schedules.len()).unwrap_or(u32::MAX),
            slots: schedules.iter().map(|schedule| u64::from(schedule.slots)).sum(),
        })
    }
}

fn content(schedules: &[&PackedSchedule]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for schedule in schedules {
        hash.update(schedule.schedule.0.to_le_bytes());
        hash.update((schedule.row.len() as u64).to_le_bytes());
        hash.update(&schedule.row);
    }
    hash.finalize().into()
}
