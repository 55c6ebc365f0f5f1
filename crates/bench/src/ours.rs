//! Ours: the mirror of a desk in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Now;
use lanterna_store::search::{Found, Query};
use lanterna_store::{RawKey, Store};
use lanterna_wire::changes::Page;
use lanterna_wire::snapshot::Chunk;

use crate::region::Region;

/// The key of both sides.
#[must_use]
pub fn key() -> RawKey {
    RawKey::from_bytes([42; 32])
}

/// A desk's files.
pub struct Ours {
    folder: PathBuf,
    /// The store itself.
    pub store: Store,
    now: Now,
}

impl Ours {
    /// A desk that knows the catalogue and has no places yet.
    ///
    /// # Errors
    /// When the files fail.
    pub fn create(folder: &Path, region: &Region) -> Result<Self> {
        let (mut store, _) = Store::open(folder, &key(), region.now)?;
        store.transaction(|tx| tx.mirror().put_catalogue(&region.catalogue))?;
        Ok(Self {
            folder: folder.to_owned(),
            store,
            now: region.now,
        })
    }

    /// Takes the chunks as they came over the wire: checked, unpacked, stored each by itself as it arrives, then
    /// made ready to be searched.
    ///
    /// # Errors
    /// When a chunk or the files fail.
    pub fn load(&mut self, region: &Region) -> Result<()> {
        self.store
            .transaction(|tx| tx.mirror().begin_snapshot(&region.manifest))?;
        for (hash, bytes) in &region.chunks {
            Chunk::decode(hash, bytes)?;
            self.store.transaction(|tx| tx.mirror().put_chunk(hash, bytes))?;
        }
        Ok(self.store.transaction(|tx| tx.mirror().finish_snapshot())?)
    }

    /// Opens the files anew.
    ///
    /// # Errors
    /// When the files fail.
    pub fn open(folder: &Path, now: Now) -> Result<Store> {
        Ok(Store::open(folder, &key(), now)?.0)
    }

    /// The answer to a question.
    #[must_use]
    pub fn ask(&self, query: &Query) -> Found {
        self.store.search(query, self.now)
    }

    /// The places of the answer.
    #[must_use]
    pub fn search(&self, query: &Query) -> Vec<SlotSpan> {
        self.ask(query)
            .offers
            .into_iter()
            .flat_map(|offer| offer.spans)
            .collect()
    }

    /// Applies a page as it came over the wire; the cursor moves with it.
    ///
    /// # Errors
    /// When the page does not follow, or the files fail.
    pub fn apply(&mut self, bytes: &[u8]) -> Result<()> {
        let page = Page::decode(bytes)?;
        Ok(self.store.transaction(|tx| tx.mirror().apply_page(&page))?)
    }

    /// Bytes of the mirror on disk once it is closed, catalogue and kept chunks included.
    ///
    /// # Errors
    /// When the file fails.
    pub fn close(self) -> Result<u64> {
        drop(self.store);
        Ok(fs::metadata(self.folder.join("mirror.db"))?.len())
    }
}
