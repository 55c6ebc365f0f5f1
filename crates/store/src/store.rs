//! The store: both files, and what is kept in memory beside them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lanterna_model::time::Now;
use lanterna_wire::Cursor;
use rusqlite::{Connection, Transaction};

use crate::catalogue::CatalogueIndex;
use crate::error::StoreError;
use crate::held::{Held, Loaded, Loader};
use crate::key::RawKey;
use crate::mirror::{self, Mirror};
use crate::open::{self, OpenReport, SetAside};
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
    /// Where the files are; nowhere in memory.
    files: Option<Files>,
    set_aside: Vec<SetAside>,
}

struct Files {
    folder: PathBuf,
    key: RawKey,
    /// When they were opened: part of the name of a file that is set aside.
    opened: Now,
}

/// A transaction over both files. Neither needs the other to be understood: a power cut between
/// the two commits leaves the mirror behind, never ahead of what the record says of it.
pub struct StoreTx<'a> {
    desk: Transaction<'a>,
    mirror: Transaction<'a>,
    held: &'a Held,
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
        let held = match Held::new(&mirror) {
            // Whole pages, but rows that make no sense: all of it can be fetched again.
            Err(error) if error.is_damage() => {
                drop(mirror);
                mirror = open::empty_mirror(dir, key, now, &mut report)?;
                Held::new(&mirror)?
            }
            other => other?,
        };
        let mut store = Self::new(desk, mirror, held)?;
        store.files = Some(Files {
            folder: dir.to_owned(),
            key: key.clone(),
            opened: now,
        });
        store.set_aside.clone_from(&report.set_aside);
        Ok((store, report))
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
        self.held = Held::new(&self.mirror)?;
        self.held.index(&self.mirror)?;
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
            files: None,
            set_aside: Vec::new(),
        })
    }

    /// What reads the mirror in the background, as long as that was not done. Until then whoever searches waits for it.
    #[must_use]
    pub fn loader(&self) -> Option<Loader> {
        let files = self.files.as_ref().filter(|_| !self.held.is_complete())?;
        Some(self.held.loader(files.folder.clone(), files.key.clone()))
    }

    /// Takes what a [`Loader`] read. `false` when the mirror changed meanwhile: make another one. A mirror that makes no
    /// sense is set aside and replaced by an empty one, which is another one too.
    ///
    /// # Errors
    /// When the mirror can neither be read nor replaced.
    pub fn adopt(&mut self, loaded: Loaded) -> Result<bool, StoreError> {
        match self.held.adopt(loaded) {
            // What took its place is read too: it is empty.
            Err(error) if error.is_damage() => self.replace_mirror().map(|()| false),
            other => other,
        }
    }

    /// Reads the mirror now. For those who can wait.
    ///
    /// # Errors
    /// When the mirror can neither be read nor replaced.
    pub fn complete(&mut self) -> Result<(), StoreError> {
        while let Some(loader) = self.loader() {
            if self.adopt(loader.load())? {
                break;
            }
        }
        Ok(())
    }

    /// Files that were damaged and replaced since the store was opened.
    #[must_use]
    pub fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    fn replace_mirror(&mut self) -> Result<(), StoreError> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let mut report = OpenReport::default();
        // The connection is closed before the file gets its other name.
        self.mirror = Connection::open_in_memory()?;
        self.mirror = open::empty_mirror(&files.folder, &files.key, files.opened, &mut report)?;
        self.set_aside.extend(report.set_aside);
        self.held = self.held.replaced();
        self.lay_over()
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
        if self.held.is_damaged() {
            self.replace_mirror()?;
        }
        let (done, mirrored, changed) = {
            let mut tx = StoreTx {
                desk: self.desk.unchecked_transaction()?,
                mirror: self.mirror.unchecked_transaction()?,
                held: &self.held,
                changed: mirror::Changed::default(),
            };
            let done = work(&mut tx)?;
            let StoreTx {
                desk, mirror, changed, ..
            } = tx;
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

    /// Availability in memory, in step with the mirror. Read now if it was not before.
    #[must_use]
    pub fn index(&self) -> &Index {
        self.held.shown(&self.mirror)
    }

    /// The catalogue of the mirror. Read now if it was not before.
    #[must_use]
    pub fn catalogue(&self) -> &Arc<CatalogueIndex> {
        self.held.catalogue(&self.mirror)
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

    /// Bytes of the snapshot in force as it came over the wire.
    ///
    /// # Errors
    /// When the file fails.
    pub fn chunk_bytes(&self) -> Result<u64, StoreError> {
        mirror::chunk_bytes(&self.mirror)
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
        self.held.follow(&self.mirror, changed)?;
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
        Mirror::new(&self.mirror, self.held, &mut self.changed)
    }
}
