//! The store: both files, and what is kept in memory beside them.

use std::path::Path;
use std::sync::Arc;

use lanterna_model::time::Now;
use lanterna_wire::Cursor;
use rusqlite::{Connection, Transaction};

use crate::catalogue::CatalogueIndex;
use crate::error::StoreError;
use crate::key::RawKey;
use crate::mirror::{self, Mirror};
use crate::open::{self, OpenReport};
use crate::overlay::Overlay;
use crate::record::Record;
use crate::search::Index;

/// The desk's files, open.
pub struct Store {
    pub(crate) desk: Connection,
    pub(crate) mirror: Connection,
    index: Index,
    catalogue: Arc<CatalogueIndex>,
    overlay: Overlay,
    cursor: Option<Cursor>,
}

/// A transaction over both files. Neither needs the other to be understood: a power cut between
/// the two commits leaves the mirror behind, never ahead of what the record says of it.
pub struct StoreTx<'a> {
    desk: Transaction<'a>,
    mirror: Transaction<'a>,
    changed: mirror::Changed,
}

impl Store {
    /// Opens or creates the files in a folder.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`] when `desk.db` is from a later version: it is left untouched.
    pub fn open(dir: &Path, key: &RawKey, now: Now) -> Result<(Self, OpenReport), StoreError> {
        let (desk, mirror, report) = open::both(dir, key, now)?;
        Ok((Self::new(desk, mirror)?, report))
    }

    /// A store in memory, with the same SQL. For simulations.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        let (desk, mirror) = open::in_memory()?;
        Self::new(desk, mirror)
    }

    fn new(desk: Connection, mirror: Connection) -> Result<Self, StoreError> {
        let mut store = Self {
            desk,
            mirror,
            index: Index::default(),
            catalogue: Arc::new(CatalogueIndex::default()),
            overlay: Overlay::default(),
            cursor: None,
        };
        store.refresh(mirror::Changed {
            catalogue: true,
            everything: true,
            ..mirror::Changed::default()
        })?;
        Ok(store)
    }

    /// Does a piece of work in one transaction. When it fails nothing of it is kept.
    ///
    /// # Errors
    /// The work's own, or that of the commit.
    pub fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut StoreTx<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (done, changed) = {
            let mut tx = StoreTx {
                desk: self.desk.unchecked_transaction()?,
                mirror: self.mirror.unchecked_transaction()?,
                changed: mirror::Changed::default(),
            };
            let done = work(&mut tx)?;
            let StoreTx { desk, mirror, changed } = tx;
            desk.commit()?;
            mirror.commit()?;
            (done, changed)
        };
        self.refresh(changed)?;
        Ok(done)
    }

    /// The record, for reading.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        Record::new(&self.desk)
    }

    /// Availability in memory, in step with the mirror.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The catalogue of the mirror.
    #[must_use]
    pub fn catalogue(&self) -> &Arc<CatalogueIndex> {
        &self.catalogue
    }

    /// The places that this desk's own doings take away from the mirror.
    #[must_use]
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// Where the mirror stands.
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// A value the mirror remembers, such as the last status.
    ///
    /// # Errors
    /// When the file fails.
    pub fn remembered(&self, name: &str) -> Result<Option<String>, StoreError> {
        mirror::meta(&self.mirror, name)
    }

    /// Bytes of chunks kept for the snapshot in force.
    ///
    /// # Errors
    /// When the file fails.
    pub fn chunk_bytes(&self) -> Result<u64, StoreError> {
        Ok(self
            .mirror
            .query_row("SELECT coalesce(sum(length(bytes)), 0) FROM chunks", [], |row| {
                row.get(0)
            })?)
    }

    /// Limits the size of `desk.db`, as a full disk would. For tests.
    ///
    /// # Errors
    /// When the file fails.
    pub fn limit_pages(&self, most: u32) -> Result<(), StoreError> {
        let pages: u32 = self.desk.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        Ok(self
            .desk
            .query_row(&format!("PRAGMA max_page_count = {}", pages.max(most)), [], |_| Ok(()))?)
    }

    fn refresh(&mut self, changed: mirror::Changed) -> Result<(), StoreError> {
        self.cursor = mirror::cursor(&self.mirror)?;
        if changed.catalogue {
            self.catalogue = Arc::new(mirror::catalogue(&self.mirror)?);
        }
        if changed.everything {
            self.index = Index::load(&self.mirror)?;
        } else {
            self.index.follow(changed.rows);
        }
        self.overlay = Overlay::load(&self.desk, self.cursor.as_ref())?;
        Ok(())
    }
}

impl StoreTx<'_> {
    /// The record.
    pub fn desk(&mut self) -> Record<'_> {
        Record::new(&self.desk)
    }

    /// The mirror.
    pub fn mirror(&mut self) -> Mirror<'_> {
        Mirror::new(&self.mirror, &mut self.changed)
    }
}
