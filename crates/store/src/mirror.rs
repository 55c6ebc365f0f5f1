//! The mirror: catalogue and availability as the central told them, with the cursor they belong to.

pub(crate) mod places;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lanterna_model::availability::PackedSchedule;
use lanterna_model::ids::ScheduleId;
use lanterna_wire::catalogue::Catalogue;
use lanterna_wire::changes::Page;
use lanterna_wire::snapshot::{Chunk, ChunkRef, Manifest};
use lanterna_wire::status::Status;
use lanterna_wire::{Cursor, limits};
use rusqlite::{Connection, OptionalExtension, params};

use crate::catalogue::CatalogueIndex;
use crate::error::{StoreError, json, parsed};
use crate::held::Held;
use crate::search::Followed;
use places::Places;

const CURSOR: &str = "cursor";
/// Bytes on the wire of the chunks of the snapshot in force.
const CHUNK_BYTES: &str = "chunk_bytes";
/// When the mirror last agreed with the central.
pub const AGREED_AT: &str = "agreed_at";
/// The last status the central told.
pub const STATUS: &str = "status";

/// What a transaction changed, for the structures in memory.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    pub(crate) catalogue: bool,
    /// A whole snapshot took the place of what was there.
    pub(crate) everything: Option<Places>,
    /// What changed since, or since the transaction began.
    pub(crate) rows: BTreeMap<ScheduleId, Followed>,
    /// Bytes of pages that were added.
    pub(crate) pages: usize,
}

/// A snapshot being fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staging {
    /// Bytes here.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Chunks here.
    pub done_chunks: u32,
    /// Chunks in all.
    pub total_chunks: u32,
}

/// The mirror inside a transaction.
pub struct Mirror<'a> {
    db: &'a Connection,
    held: &'a Held,
    changed: &'a mut Changed,
}

impl<'a> Mirror<'a> {
    pub(crate) fn new(db: &'a Connection, held: &'a Held, changed: &'a mut Changed) -> Self {
        Self { db, held, changed }
    }

    /// Where the mirror stands; `None` before the first snapshot and after one was given up.
    ///
    /// # Errors
    /// When the file fails.
    pub fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        cursor(self.db)
    }

    /// Version of the catalogue, if there is one.
    ///
    /// # Errors
    /// When the file fails.
    pub fn catalogue_version(&self) -> Result<Option<String>, StoreError> {
        Ok(self
            .db
            .prepare_cached("SELECT version FROM catalogue")?
            .query_row([], |row| row.get(0))
            .optional()?)
    }

    /// Takes a catalogue in the place of the one there was.
    ///
    /// # Errors
    /// When the file fails.
    pub fn put_catalogue(&mut self, catalogue: &Catalogue) -> Result<(), StoreError> {
        let text = json("catalogue", catalogue)?;
        let packed = zstd::bulk::compress(text.as_bytes(), 3)?;
        self.db.execute(
            "INSERT INTO catalogue (one, version, packed) VALUES (1, ?1, ?2)
             ON CONFLICT (one) DO UPDATE SET version = excluded.version, packed = excluded.packed",
            params![catalogue.version, packed],
        )?;
        self.changed.catalogue = true;
        Ok(())
    }

    /// Notes that the catalogue in the mirror is that of another version too.
    ///
    /// # Errors
    /// When the file fails.
    pub fn confirm_catalogue(&mut self, version: &str) -> Result<(), StoreError> {
        self.db.execute("UPDATE catalogue SET version = ?1", [version])?;
        Ok(())
    }

    /// Remembers what the central said of itself.
    ///
    /// # Errors
    /// When the file fails.
    pub fn remember_status(&mut self, status: &Status, _at: DateTime<Utc>) -> Result<(), StoreError> {
        put_meta(self.db, STATUS, &json("meta", status)?)
    }

    /// Notes that the mirror agrees with the central now.
    ///
    /// # Errors
    /// When the file fails.
    pub fn agreed_at(&mut self, at: DateTime<Utc>) -> Result<(), StoreError> {
        put_meta(self.db, AGREED_AT, &at.to_rfc3339())
    }

    /// Leaves behind where the mirror stands: everything is asked for anew, and only chunks known by their
    /// hash are not fetched again. For a desk that is enrolled anew, perhaps on another channel.
    ///
    /// # Errors
    /// When the file fails.
    pub fn forget(&mut self) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM meta", [])?;
        Ok(())
    }

    /// Begins to fetch a snapshot; chunks known by their hash are not fetched again.
    ///
    /// # Errors
    /// When the file fails.
    pub fn begin_snapshot(&mut self, manifest: &Manifest) -> Result<(), StoreError> {
        self.db.execute(
            "INSERT INTO staging (one, manifest) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET manifest = excluded.manifest",
            [json("staging", manifest)?],
        )?;
        Ok(())
    }

    /// How far the snapshot being fetched is.
    ///
    /// # Errors
    /// When the file fails.
    pub fn staging(&self) -> Result<Option<Staging>, StoreError> {
        let Some(manifest) = self.manifest()? else {
            return Ok(None);
        };
        let missing = self.missing(&manifest)?;
        let bytes = |chunks: &[ChunkRef]| chunks.iter().map(|chunk| u64::from(chunk.bytes)).sum::<u64>();
        let count = |chunks: &[ChunkRef]| u32::try_from(chunks.len()).unwrap_or(u32::MAX);
        let total_bytes = bytes(&manifest.chunks);
        Ok(Some(Staging {
            done_bytes: total_bytes - bytes(&missing),
            total_bytes,
            done_chunks: count(&manifest.chunks) - count(&missing),
            total_chunks: count(&manifest.chunks),
        }))
    }

    /// The chunks still to be fetched.
    ///
    /// # Errors
    /// When the file fails.
    pub fn missing_chunks(&self) -> Result<Vec<ChunkRef>, StoreError> {
        match self.manifest()? {
            Some(manifest) => self.missing(&manifest),
            None => Ok(Vec::new()),
        }
    }

    /// Keeps a chunk as it came over the wire, checked against its hash. It shows only when the snapshot is finished.
    ///
    /// # Errors
    /// When the file fails.
    pub fn put_chunk(&mut self, hash: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO chunks (hash, bytes) VALUES (?1, ?2)")?
            .execute(params![hash, bytes])?;
        Ok(())
    }

    /// Puts the whole snapshot in the place of what was there, with its cursor. A chunk that is not here,
    /// or that cannot be read any more, is missing again and everything stays as it was: ask
    /// [`Mirror::missing_chunks`] and finish later.
    ///
    /// # Errors
    /// When the file fails.
    pub fn finish_snapshot(&mut self) -> Result<(), StoreError> {
        let Some(manifest) = self.manifest()? else {
            return Ok(());
        };
        let Some(chunks) = self.chunks(&manifest)? else {
            return Ok(());
        };
        self.db.execute_batch("DELETE FROM availability; DELETE FROM pages;")?;
        let mut everything = Places::new();
        // Chunks are divided by who sees them: in the order of their key, rows are only appended.
        let mut rows: Vec<&(ScheduleId, Vec<u8>)> = chunks.iter().flat_map(|chunk| &chunk.rows).collect();
        rows.sort_by_key(|(schedule, _)| *schedule);
        for (schedule, row) in rows {
            // A row that cannot be read is no row: better no places than wrong ones.
            if let Ok(packed) = PackedSchedule::from_row(row) {
                places::put_row(self.db, *schedule, manifest.cursor.seq, row)?;
                everything.insert(*schedule, packed);
            }
        }
        let names: Vec<&str> = manifest.chunks.iter().map(|chunk| chunk.hash.as_str()).collect();
        self.db.execute(
            "DELETE FROM chunks WHERE hash NOT IN (SELECT value FROM json_each(?1))",
            [json("chunks", &names)?],
        )?;
        let bytes: u64 = manifest.chunks.iter().map(|chunk| u64::from(chunk.bytes)).sum();
        put_meta(self.db, CHUNK_BYTES, &bytes.to_string())?;
        self.db.execute("DELETE FROM staging", [])?;
        put_cursor(self.db, &manifest.cursor)?;
        self.changed.everything = Some(everything);
        self.changed.rows.clear();
        self.changed.pages = 0;
        Ok(())
    }

    /// All chunks of a manifest, or none when one has to be fetched (again).
    fn chunks(&self, manifest: &Manifest) -> Result<Option<Vec<Chunk>>, StoreError> {
        let mut find = self.db.prepare_cached("SELECT bytes FROM chunks WHERE hash = ?1")?;
        let (mut chunks, mut whole) = (Vec::with_capacity(manifest.chunks.len()), true);
        for known in &manifest.chunks {
            let bytes: Option<Vec<u8>> = find.query_row([&known.hash], |row| row.get(0)).optional()?;
            match bytes.map(|bytes| Chunk::decode_trusted(&bytes)) {
                Some(Ok(chunk)) => chunks.push(chunk),
                Some(Err(_)) => {
                    self.db.execute("DELETE FROM chunks WHERE hash = ?1", [&known.hash])?;
                    whole = false;
                }
                None => whole = false,
            }
        }
        Ok(whole.then_some(chunks))
    }

    /// Applies a page of changes and moves the cursor, together.
    ///
    /// # Errors
    /// [`StoreError::CursorMismatch`] when the page does not start where the mirror stands.
    pub fn apply_page(&mut self, page: &Page) -> Result<(), StoreError> {
        if self.cursor()?.as_ref() != Some(&page.from) {
            return Err(StoreError::CursorMismatch);
        }
        // What earlier pages of the transaction changed, else the snapshot it brought, else what is in memory.
        let (rows, everything) = (&self.changed.rows, &self.changed.everything);
        let index = match everything {
            Some(_) => None,
            None => Some(self.held.index(self.db)?),
        };
        let known = |schedule: ScheduleId| match (rows.get(&schedule), everything, index) {
            (Some(changed), ..) => changed.packed(),
            (None, Some(everything), _) => everything.get(&schedule),
            (None, None, Some(index)) => index.schedule(schedule),
            (None, None, None) => None,
        };
        let Some(changed) = places::follow(page, known)? else {
            // The mirror and the feed do not fit together: take a new snapshot.
            return forget_cursor(self.db);
        };
        self.changed.pages += places::keep(self.db, page)?;
        for (schedule, changed) in changed {
            let before = self.changed.rows.remove(&schedule);
            self.changed.rows.insert(schedule, changed.after(before));
        }
        put_cursor(self.db, &page.to)
    }

    fn manifest(&self) -> Result<Option<Manifest>, StoreError> {
        let text: Option<String> = self
            .db
            .prepare_cached("SELECT manifest FROM staging")?
            .query_row([], |row| row.get(0))
            .optional()?;
        text.map(|text| parsed("staging", &text)).transpose()
    }

    fn missing(&self, manifest: &Manifest) -> Result<Vec<ChunkRef>, StoreError> {
        let mut known = self.db.prepare_cached("SELECT 1 FROM chunks WHERE hash = ?1")?;
        let mut missing = Vec::new();
        for chunk in &manifest.chunks {
            if !known.exists([&chunk.hash])? {
                missing.push(chunk.clone());
            }
        }
        Ok(missing)
    }
}

pub(crate) fn meta(db: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    Ok(db
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

fn put_meta(db: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute([name, value])?;
    Ok(())
}

/// Bytes on the wire of the snapshot in force; none when there is none.
pub(crate) fn chunk_bytes(db: &Connection) -> Result<u64, StoreError> {
    let text = meta(db, CHUNK_BYTES)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

pub(crate) fn cursor(db: &Connection) -> Result<Option<Cursor>, StoreError> {
    meta(db, CURSOR)?.map(|text| parsed("meta", &text)).transpose()
}

fn put_cursor(db: &Connection, cursor: &Cursor) -> Result<(), StoreError> {
    put_meta(db, CURSOR, &json("meta", cursor)?)
}

fn forget_cursor(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM meta WHERE name = ?1", [CURSOR])?;
    Ok(())
}

pub(crate) fn catalogue(db: &Connection) -> Result<CatalogueIndex, StoreError> {
    let packed: Option<Vec<u8>> = db
        .query_row("SELECT packed FROM catalogue", [], |row| row.get(0))
        .optional()?;
    let Some(packed) = packed else {
        return Ok(CatalogueIndex::default());
    };
    let text =
        zstd::bulk::decompress(&packed, limits::CATALOGUE_BYTES).map_err(|_| StoreError::Row { table: "catalogue" })?;
    let catalogue: Catalogue = serde_json::from_slice(&text).map_err(|_| StoreError::Row { table: "catalogue" })?;
    Ok(CatalogueIndex::new(catalogue))
}
