//! What is kept in memory of the mirror. It is read when it is first needed, or before that by a [`Loader`] that keeps
//! nobody waiting: how long the desk takes to open does not depend on the size of the region.

use std::cell::{Cell, OnceCell};
use std::path::PathBuf;
use std::sync::Arc;

use lanterna_wire::Cursor;
use rusqlite::Connection;

use crate::catalogue::CatalogueIndex;
use crate::error::StoreError;
use crate::key::RawKey;
use crate::mirror::places::{self, Unfolded};
use crate::mirror::{self, Changed};
use crate::open;
use crate::search::Index;

/// What is kept in memory of the mirror.
#[derive(Default)]
pub(crate) struct Held {
    catalogue: OnceCell<Arc<CatalogueIndex>>,
    places: OnceCell<Known>,
    pub(crate) cursor: Option<Cursor>,
    /// The file turned out to make no sense when it was read.
    damaged: Cell<bool>,
    /// Rises whenever the mirror changes.
    generation: u64,
}

/// The search's structures, with the pages that are not in the rows yet.
#[derive(Default)]
struct Known {
    index: Index,
    unfolded: Unfolded,
}

impl Held {
    /// Nothing but where the mirror stands.
    pub(crate) fn new(db: &Connection) -> Result<Self, StoreError> {
        Ok(Self {
            cursor: mirror::cursor(db)?,
            ..Self::default()
        })
    }

    /// The catalogue, read now if it was not before.
    pub(crate) fn catalogue(&self, db: &Connection) -> &Arc<CatalogueIndex> {
        self.catalogue
            .get_or_init(|| self.or_damaged(mirror::catalogue(db).map(Arc::new)))
    }

    /// The search's structures, read now if they were not before. Empty when they cannot be read: the mirror is then
    /// replaced as soon as it may be.
    pub(crate) fn shown(&self, db: &Connection) -> &Index {
        let known = self.places.get_or_init(|| {
            let loaded = places::load(db).map(|(places, unfolded)| Known {
                index: Index::new(places, self.catalogue(db)),
                unfolded,
            });
            self.or_damaged(loaded)
        });
        &known.index
    }

    /// The same, for those who are about to change them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn index(&self, db: &Connection) -> Result<&Index, StoreError> {
        let index = self.shown(db);
        if self.damaged.get() {
            return Err(StoreError::Row { table: "availability" });
        }
        Ok(index)
    }

    fn or_damaged<T: Default>(&self, read: Result<T, StoreError>) -> T {
        read.unwrap_or_else(|_| {
            self.damaged.set(true);
            T::default()
        })
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.get()
    }

    /// Follows what a transaction changed, once it is committed.
    ///
    /// # Errors
    /// When the file fails.
    pub(crate) fn follow(&mut self, db: &Connection, changed: Changed) -> Result<(), StoreError> {
        self.cursor = mirror::cursor(db)?;
        if changed.catalogue || changed.everything.is_some() || !changed.rows.is_empty() {
            self.generation += 1;
        }
        if changed.catalogue {
            let catalogue = Arc::new(mirror::catalogue(db)?);
            if let Some(known) = self.places.get_mut() {
                known.index.set_up(&catalogue);
            }
            self.catalogue = OnceCell::from(catalogue);
        }
        if let Some(everything) = changed.everything {
            let index = Index::new(everything, self.catalogue(db));
            self.places = OnceCell::from(Known {
                index,
                unfolded: Unfolded::default(),
            });
        }
        if let Some(known) = self.places.get_mut() {
            let count = changed.rows.len();
            known.unfolded.add(changed.pages, changed.rows.keys());
            known.index.follow(changed.rows);
            if let Some(cursor) = self.cursor.as_ref().filter(|_| count > 0) {
                // Should the disk be full, the pages stay where they are and are folded another time.
                let _ = known.unfolded.fold(db, &known.index, cursor.seq, count);
            }
        }
        Ok(())
    }

    /// Whether everything is in memory.
    pub(crate) fn is_complete(&self) -> bool {
        self.catalogue.get().is_some() && self.places.get().is_some()
    }

    /// What reads everything in the background, from the file in a folder.
    pub(crate) fn loader(&self, folder: PathBuf, key: RawKey) -> Loader {
        Loader {
            folder,
            key,
            generation: self.generation,
        }
    }

    /// Takes what a loader read, unless the mirror changed meanwhile. Whether everything is in memory now.
    ///
    /// # Errors
    /// Those of the loader.
    pub(crate) fn adopt(&mut self, loaded: Loaded) -> Result<bool, StoreError> {
        if !self.is_complete() && loaded.generation == self.generation {
            let (catalogue, known) = loaded.found?;
            self.catalogue = OnceCell::from(catalogue);
            self.places = OnceCell::from(known);
        }
        Ok(self.is_complete())
    }

    /// Nothing, of an empty mirror in the place of this one: what a loader reads of this one is not taken any more.
    pub(crate) fn replaced(&self) -> Self {
        Self {
            generation: self.generation + 1,
            ..Self::default()
        }
    }
}

/// Reads the mirror on a connection of its own, while the desk is used already.
pub struct Loader {
    folder: PathBuf,
    key: RawKey,
    generation: u64,
}

/// What a [`Loader`] read.
pub struct Loaded {
    found: Result<(Arc<CatalogueIndex>, Known), StoreError>,
    generation: u64,
}

impl Loader {
    /// Checks the file and reads all of it, to be handed to [`crate::Store::adopt`]. For another thread.
    #[must_use]
    pub fn load(self) -> Loaded {
        Loaded {
            found: self.read(),
            generation: self.generation,
        }
    }

    fn read(&self) -> Result<(Arc<CatalogueIndex>, Known), StoreError> {
        let db = open::mirror_again(&self.folder, &self.key)?;
        // One consistent read, whatever is written meanwhile.
        let tx = db.unchecked_transaction()?;
        let catalogue = Arc::new(mirror::catalogue(&tx)?);
        let (places, unfolded) = places::load(&tx)?;
        let known = Known {
            index: Index::new(places, &catalogue),
            unfolded,
        };
        Ok((catalogue, known))
    }
}
