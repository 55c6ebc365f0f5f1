//! The control: one row per slot, with the best partial index, in the same SQLCipher under the same key.

mod search;

use std::path::Path;

use anyhow::Result;
use lanterna_model::availability::ScheduleAvailability;
use lanterna_store::RawKey;
use lanterna_wire::snapshot::hex;
use rusqlite::{Connection, params};

use crate::changes::Booked;

/// The table, keyed as a slot is identified. Everything a search needs stands in the row.
const TABLE: &str = "
CREATE TABLE slot (
    schedule  INTEGER NOT NULL,
    start     INTEGER NOT NULL,
    place     INTEGER NOT NULL,
    minutes   INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    classes   INTEGER NOT NULL,
    revision  INTEGER NOT NULL,
    free      INTEGER NOT NULL,
    PRIMARY KEY (schedule, start, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// Which partial index it has. Each is the best for some questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// All free slots of the region by date: few rows are read where many schedules come into question.
    ByDate,
    /// The free slots of each schedule by date: few rows are read where few come into question.
    BySchedule,
}

impl Access {
    /// Both.
    pub const ALL: [Access; 2] = [Access::ByDate, Access::BySchedule];

    /// Covering: a search never goes to the table.
    fn index(self) -> &'static str {
        match self {
            Access::ByDate => {
                "CREATE INDEX slot_by_date ON slot (start, schedule, place, minutes, remaining, classes, revision) WHERE free = 1"
            }
            Access::BySchedule => {
                "CREATE INDEX slot_by_schedule ON slot (schedule, start, place, minutes, remaining, classes, revision) WHERE free = 1"
            }
        }
    }
}

/// A region in rows.
pub struct Control {
    db: Connection,
}

impl Control {
    /// An empty file, with the settings of our own mirror.
    ///
    /// # Errors
    /// When the file fails.
    pub fn create(path: &Path, key: &RawKey) -> Result<Self> {
        let db = Connection::open(path)?;
        db.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex(key.as_bytes())))?;
        db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY")?;
        db.execute_batch(TABLE)?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(Self { db })
    }

    /// Gives it so many KiB for pages in memory.
    ///
    /// # Errors
    /// When the file fails.
    pub fn cache(&self, kib: usize) -> Result<()> {
        Ok(self.db.pragma_update(None, "cache_size", -i64::try_from(kib)?)?)
    }

    /// Loads a region, in the order of the key, in one transaction with its index.
    ///
    /// # Errors
    /// When the file fails.
    pub fn load(&self, rows: &[ScheduleAvailability], access: Access) -> Result<()> {
        let tx = self.db.unchecked_transaction()?;
        {
            let mut insert = tx.prepare("INSERT INTO slot VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
            for row in rows {
                for session in &row.sessions {
                    for slot in 0..session.slots {
                        for place in 0..session.places {
                            let bit = usize::from(slot) * usize::from(session.places) + usize::from(place);
                            insert.execute(params![
                                row.schedule.0,
                                session.slot_start(slot).0,
                                place,
                                session.step,
                                session.slots - slot,
                                session.classes.0,
                                session.revision,
                                session.free.get(bit),
                            ])?;
                        }
                    }
                }
            }
        }
        tx.execute_batch(access.index())?;
        tx.execute("INSERT OR REPLACE INTO meta VALUES ('cursor', 'start')", [])?;
        Ok(tx.commit()?)
    }

    /// Takes the other index in the place of the one there is.
    ///
    /// # Errors
    /// When the file fails.
    pub fn index(&self, access: Access) -> Result<()> {
        self.db
            .execute_batch("DROP INDEX IF EXISTS slot_by_date; DROP INDEX IF EXISTS slot_by_schedule;")?;
        Ok(self.db.execute_batch(access.index())?)
    }

    /// Applies bookings of others and moves the cursor, in one transaction. Only the slots that changed.
    ///
    /// # Errors
    /// When the file fails.
    pub fn apply(&self, changes: &[Booked], cursor: &str) -> Result<()> {
        let tx = self.db.unchecked_transaction()?;
        {
            let mut update =
                tx.prepare_cached("UPDATE slot SET free = 0 WHERE schedule = ?1 AND start = ?2 AND place = ?3")?;
            for change in changes {
                for (start, place) in &change.taken {
                    update.execute(params![change.schedule.0, start.0, place])?;
                }
            }
            tx.prepare_cached("INSERT OR REPLACE INTO meta VALUES ('cursor', ?1)")?
                .execute([cursor])?;
        }
        Ok(tx.commit()?)
    }

    /// Writes everything into the one file, so that its size tells all.
    ///
    /// # Errors
    /// When the file fails.
    pub fn checkpoint(&self) -> Result<()> {
        Ok(self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}
