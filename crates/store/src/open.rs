//! Opening the files: damaged ones are set aside, never deleted, and what can be read is saved.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use lanterna_model::time::Now;
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::error::StoreError;
use crate::key::RawKey;

/// Version of `migrations/mirror/schema.sql`.
const MIRROR_VERSION: i32 = 1;
const MIRROR_SCHEMA: &str = include_str!("../../../migrations/mirror/schema.sql");

static DESK: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new(vec![M::up(include_str!("../../../migrations/desk/001-record.sql"))]));
/// Migrations there are.
const DESK_VERSION: i32 = 1;

/// Tables of the record, in an order in which rows can be saved.
const SALVAGED: [&str; 10] = [
    "enrolment",
    "settings",
    "counters",
    "patients",
    "bookings",
    "operations",
    "wanted",
    "live_lines",
    "refused",
    "access_log",
];

/// What happened while opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Files that were damaged and replaced.
    pub set_aside: Vec<SetAside>,
}

/// A damaged file that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// `desk.db` or `mirror.db`.
    pub file: &'static str,
    /// The name it was kept under, in the same folder.
    pub kept_as: String,
    /// Rows saved from it.
    pub salvaged: u32,
}

/// Both files, ready.
pub(crate) fn both(dir: &Path, key: &RawKey, now: Now) -> Result<(Connection, Connection, OpenReport), StoreError> {
    fs::create_dir_all(dir)?;
    let mut report = OpenReport::default();
    let desk = match desk(&dir.join("desk.db"), key) {
        Ok(desk) => desk,
        Err(StoreError::Unreadable { file }) => {
            let kept = set_aside(dir, file, now)?;
            let desk = desk(&dir.join(file), key)?;
            let salvaged = salvage(&desk, &dir.join(&kept), key);
            report.set_aside.push(SetAside {
                file,
                kept_as: kept,
                salvaged,
            });
            desk
        }
        Err(error) => return Err(error),
    };
    let mirror = match mirror(&dir.join("mirror.db"), key) {
        Ok(mirror) => mirror,
        Err(StoreError::Unreadable { file } | StoreError::NewerVersion { file }) => {
            let kept = set_aside(dir, file, now)?;
            report.set_aside.push(SetAside {
                file,
                kept_as: kept,
                salvaged: 0,
            });
            mirror(&dir.join(file), key)?
        }
        Err(error) => return Err(error),
    };
    Ok((desk, mirror, report))
}

/// Both files in memory, with the same SQL. For simulations.
pub(crate) fn in_memory() -> Result<(Connection, Connection), StoreError> {
    let mut desk = Connection::open_in_memory()?;
    migrate_desk(&mut desk)?;
    let mirror = Connection::open_in_memory()?;
    create_mirror(&mirror)?;
    Ok((desk, mirror))
}

fn keyed(path: &Path, key: &RawKey, file: &'static str) -> Result<Connection, StoreError> {
    let db = Connection::open(path)?;
    db.execute_batch(&key.pragma())?;
    // The first read tells whether the key opens the file.
    let readable = db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0));
    readable.map_err(|error| damaged(error, file))?;
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY")
        .map_err(|error| damaged(error, file))?;
    Ok(db)
}

fn damaged(error: rusqlite::Error, file: &'static str) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            StoreError::Unreadable { file }
        }
        _ => error.into(),
    }
}

fn desk(path: &Path, key: &RawKey) -> Result<Connection, StoreError> {
    const FILE: &str = "desk.db";
    let mut db = keyed(path, key, FILE)?;
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let version: i32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > DESK_VERSION {
        return Err(StoreError::NewerVersion { file: FILE });
    }
    migrate_desk(&mut db)?;
    whole(&db, FILE)?;
    Ok(db)
}

fn migrate_desk(db: &mut Connection) -> Result<(), StoreError> {
    DESK.to_latest(db).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => damaged(err, "desk.db"),
        _ => StoreError::Unreadable { file: "desk.db" },
    })
}

fn mirror(path: &Path, key: &RawKey) -> Result<Connection, StoreError> {
    const FILE: &str = "mirror.db";
    let db = keyed(path, key, FILE)?;
    db.execute_batch("PRAGMA synchronous = NORMAL")?;
    match db.query_row("PRAGMA user_version", [], |row| row.get(0))? {
        0 => create_mirror(&db)?,
        MIRROR_VERSION => {}
        _ => return Err(StoreError::NewerVersion { file: FILE }),
    }
    whole(&db, FILE)?;
    Ok(db)
}

fn create_mirror(db: &Connection) -> Result<(), StoreError> {
    let tx = db.unchecked_transaction()?;
    tx.execute_batch(MIRROR_SCHEMA)?;
    tx.pragma_update(None, "user_version", MIRROR_VERSION)?;
    Ok(tx.commit()?)
}

/// A damaged page shows when it is read: better now than with a patient waiting.
fn whole(db: &Connection, file: &'static str) -> Result<(), StoreError> {
    let verdict: String = db
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| damaged(error, file))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(StoreError::Unreadable { file })
    }
}

fn set_aside(dir: &Path, file: &'static str, now: Now) -> Result<String, StoreError> {
    let kept = format!("{file}.{}.damaged", now.wall.format("%Y%m%dT%H%M%S%3f"));
    fs::rename(dir.join(file), dir.join(&kept))?;
    for side in ["-wal", "-shm"] {
        let from: PathBuf = dir.join(format!("{file}{side}"));
        if from.exists() {
            fs::rename(from, dir.join(format!("{kept}{side}")))?;
        }
    }
    Ok(kept)
}

/// Copies row by row what can still be read. Returns how many rows were saved.
fn salvage(to: &Connection, from: &Path, key: &RawKey) -> u32 {
    let Ok(from) = keyed(from, key, "desk.db") else {
        return 0;
    };
    // Rows may have lost those they refer to.
    let _ = to.execute_batch("PRAGMA foreign_keys = OFF");
    let saved = SALVAGED.iter().map(|table| copy_table(&from, to, table)).sum();
    let _ = to.execute_batch("PRAGMA foreign_keys = ON");
    saved
}

fn copy_table(from: &Connection, to: &Connection, table: &str) -> u32 {
    let Ok(mut select) = from.prepare(&format!("SELECT * FROM {table}")) else {
        return 0;
    };
    let columns = select.column_count();
    let marks = vec!["?"; columns].join(", ");
    let Ok(mut insert) = to.prepare(&format!("INSERT OR IGNORE INTO {table} VALUES ({marks})")) else {
        return 0;
    };
    let Ok(mut rows) = select.query([]) else {
        return 0;
    };
    let mut saved = 0;
    // The first row that cannot be read ends the table: what is behind it is not reachable this way.
    while let Ok(Some(row)) = rows.next() {
        let values: Result<Vec<rusqlite::types::Value>, _> = (0..columns).map(|at| row.get(at)).collect();
        if let Ok(values) = values
            && insert
                .execute(rusqlite::params_from_iter(values))
                .is_ok_and(|inserted| inserted > 0)
        {
            saved += 1;
        }
    }
    saved
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_migrations_are_valid() {
        assert!(super::DESK.validate().is_ok());
    }
}
