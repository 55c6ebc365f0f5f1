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
use crate::stock::Stock;

/// The desk's files, open.
pub struct Store {
    pub(crate) desk: Connection,
    pub(crate) mirror: Connection,
    held: Held,
    overlay: Overlay,
    stock: Stock,
}

/// What is kept in memory of the mirror.
#[derive(Default)]
struct Held {
    index: Index,
    catalogue: Arc<CatalogueIndex>,
    cursor: Option<Cursor>,
}

impl Held {
    fn load(mirror: &Connection) -> Result<Self, StoreError> {
        Ok(Self {
            index: Index::load(mirror)?,
            catalogue: Arc::new(mirror::catalogue(mirror)?),
            cursor: mirror::cursor(mirror)?,
        })
    }
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
        let mut report = OpenReport::default();
        let desk = open::record(dir, key, now, &mut report)?;
        let mut mirror = open::mirror(dir, key, now, &mut report)?;
        let held = match Held::load(&mirror) {
            // Whole pages, but rows that make no sense: all of it can be fetched again.
            Err(error) if error.is_damage() => {
                drop(mirror);
                mirror = open::empty_mirror(dir, key, now, &mut report)?;
                Held::load(&mirror)?
            }
            other => other?,
        };
        Ok((Self::new(desk, mirror, held)?, report))
    }

    /// A store in memory, with the same SQL. For simulations.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        let (desk, mirror) = open::in_memory()?;
        Self::new(desk, mirror, Held::default())
    }

    /// Reads anew all that is kept in memory of the files, as after the program ended and was started
    /// again. For simulations, whose files live in memory.
    ///
    /// # Errors
    /// When a file fails or makes no sense.
    pub fn reopen(&mut self) -> Result<(), StoreError> {
        self.held = Held::load(&self.mirror)?;
        self.lay_over()
    }

    fn new(desk: Connection, mirror: Connection, held: Held) -> Result<Self, StoreError> {
        let overlay = Overlay::load(&desk, held.cursor.as_ref())?;
        let stock = Stock::load(&Record::new(&desk))?;
        Ok(Self {
            desk,
            mirror,
            held,
            overlay,
            stock,
        })
    }

    /// Does a piece of work in one transaction. When the work fails, or the record cannot be written,
    /// nothing of it is kept, on disk or in memory.
    ///
    /// # Errors
    /// The work's own, or that of a commit. Should only the mirror's commit fail, the record is kept
    /// and the mirror stays behind it, as after a power cut between the two: never ahead of it.
    pub fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut StoreTx<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (done, mirrored, changed) = {
            let mut tx = StoreTx {
                desk: self.desk.unchecked_transaction()?,
                mirror: self.mirror.unchecked_transaction()?,
                changed: mirror::Changed::default(),
            };
            let done = work(&mut tx)?;
            let StoreTx { desk, mirror, changed } = tx;
            desk.commit()?;
            (done, mirror.commit(), changed)
        };
        // What the record says is laid over the mirror in any case: a place just asked for must not be
        // offered again because the mirror could not be written.
        match mirrored {
            Ok(()) => self.follow(changed)?,
            Err(error) => {
                self.lay_over()?;
                return Err(error.into());
            }
        }
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
        &self.held.index
    }

    /// The catalogue of the mirror.
    #[must_use]
    pub fn catalogue(&self) -> &Arc<CatalogueIndex> {
        &self.held.catalogue
    }

    /// The places that this desk's own doings take away from the mirror.
    #[must_use]
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// The places set aside for this desk.
    #[must_use]
    pub fn stock(&self) -> &Stock {
        &self.stock
    }

    /// Where the mirror stands.
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        self.held.cursor.as_ref()
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

    fn follow(&mut self, changed: mirror::Changed) -> Result<(), StoreError> {
        let held = &mut self.held;
        held.cursor = mirror::cursor(&self.mirror)?;
        if changed.catalogue {
            held.catalogue = Arc::new(mirror::catalogue(&self.mirror)?);
        }
        if changed.everything {
            held.index = Index::load(&self.mirror)?;
        } else {
            held.index.follow(changed.rows);
        }
        self.lay_over()
    }

    /// What is kept in memory of the record.
    fn lay_over(&mut self) -> Result<(), StoreError> {
        self.overlay = Overlay::load(&self.desk, self.held.cursor.as_ref())?;
        self.stock = Stock::load(&Record::new(&self.desk))?;
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
