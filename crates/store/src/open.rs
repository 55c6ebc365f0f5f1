//! Opening the files: damaged ones are set aside, never deleted, and what can be read is saved.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use lanterna_model::time::Now;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite_migration::{M, Migrations};

use crate::error::StoreError;
use crate::key::RawKey;
use crate::salvage;

/// Name of the record in a desk's folder.
pub const DESK_FILE: &str = "desk.db";
const MIRROR_FILE: &str = "mirror.db";
/// Where a damaged record is saved to, until it takes the place of the damaged one.
const SALVAGE_FILE: &str = "desk.db.salvage";

/// Version of `migrations/mirror/schema.sql`.
const MIRROR_VERSION: i32 = 4;
const MIRROR_SCHEMA: &str = include_str!("../../../migrations/mirror/schema.sql");

static DESK: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::new(vec![
        M::up(include_str!("../../../migrations/desk/001-record.sql")),
        M::up(include_str!("../../../migrations/desk/002-overlay-index.sql")),
        M::up(include_str!("../../../migrations/desk/003-leases.sql")),
        M::up(include_str!("../../../migrations/desk/004-recovery.sql")),
    ])
});
/// Migrations there are.
const DESK_VERSION: i32 = 4;

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

/// The record, ready: the one that was there, or what could be saved of it.
pub(crate) fn record(dir: &Path, key: &RawKey, now: Now, report: &mut OpenReport) -> Result<Connection, StoreError> {
    fs::create_dir_all(dir)?;
    let (path, part) = (dir.join(DESK_FILE), dir.join(SALVAGE_FILE));
    if part.exists() && !path.exists() {
        // The power failed between the two renames below: the saved record is whole.
        fs::rename(&part, &path)?;
        let db = desk(&path, key)?;
        report.set_aside.push(SetAside {
            file: DESK_FILE,
            kept_as: last_kept(dir)?,
            salvaged: salvage::rows(&db)?,
        });
        return Ok(db);
    }
    match desk(&path, key) {
        Err(StoreError::Unreadable { .. }) => {}
        other => return other,
    }
    // An earlier attempt that was cut short. The damaged file is still in its place.
    remove(&part)?;
    let salvaged = {
        let mut to = desk(&part, key)?;
        let source = salvage::Source::new(|| keyed(&path, key, DESK_FILE));
        let salvaged = salvage::salvage(source, &mut to)?;
        // One file, without a log beside it, can be put in place by one rename.
        to.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        salvaged
    };
    let kept_as = set_aside(dir, DESK_FILE, now)?;
    fs::rename(&part, &path)?;
    report.set_aside.push(SetAside {
        file: DESK_FILE,
        kept_as,
        salvaged,
    });
    desk(&path, key)
}

/// The mirror, ready: the one that was there, or an empty one.
pub(crate) fn mirror(dir: &Path, key: &RawKey, now: Now, report: &mut OpenReport) -> Result<Connection, StoreError> {
    match mirror_at(&dir.join(MIRROR_FILE), key) {
        Err(StoreError::Unreadable { .. } | StoreError::NewerVersion { .. }) => empty_mirror(dir, key, now, report),
        other => other,
    }
}

/// An empty mirror in the place of one that cannot be used.
pub(crate) fn empty_mirror(
    dir: &Path,
    key: &RawKey,
    now: Now,
    report: &mut OpenReport,
) -> Result<Connection, StoreError> {
    let kept_as = set_aside(dir, MIRROR_FILE, now)?;
    report.set_aside.push(SetAside {
        file: MIRROR_FILE,
        kept_as,
        salvaged: 0,
    });
    mirror_at(&dir.join(MIRROR_FILE), key)
}

/// Statements kept ready: about as many as one event of the engine uses of each file.
const STATEMENTS: usize = 64;

/// Both files in memory, with the same SQL. For simulations.
pub(crate) fn in_memory() -> Result<(Connection, Connection), StoreError> {
    let mut desk = Connection::open_in_memory()?;
    migrate_desk(&mut desk)?;
    let mirror = Connection::open_in_memory()?;
    create_mirror(&mirror)?;
    for db in [&desk, &mirror] {
        db.execute_batch("PRAGMA foreign_keys = ON")?;
        keep_statements(db)?;
    }
    Ok((desk, mirror))
}

/// Keeps statements ready, with one plan for every value: one with a bound LIMIT would be compiled anew each
/// time it is run.
fn keep_statements(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

fn keyed(path: &Path, key: &RawKey, file: &'static str) -> Result<Connection, StoreError> {
    let db = Connection::open(path)?;
    // What is wrong with a file is told by the report, in our words, not on the standard error.
    db.execute_batch("PRAGMA cipher_log_level = NONE")?;
    db.execute_batch(&key.pragma())?;
    // The first read tells whether the key opens the file.
    let readable = db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0));
    readable.map_err(|error| damaged(error, file))?;
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY")
        .map_err(|error| damaged(error, file))?;
    keep_statements(&db)?;
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
    let mut db = keyed(path, key, DESK_FILE)?;
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let version: i32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > DESK_VERSION {
        return Err(StoreError::NewerVersion { file: DESK_FILE });
    }
    migrate_desk(&mut db)?;
    whole(&db, DESK_FILE)?;
    Ok(db)
}

fn migrate_desk(db: &mut Connection) -> Result<(), StoreError> {
    DESK.to_latest(db).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => damaged(err, DESK_FILE),
        _ => StoreError::Unreadable { file: DESK_FILE },
    })
}

fn mirror_at(path: &Path, key: &RawKey) -> Result<Connection, StoreError> {
    let db = keyed(path, key, MIRROR_FILE)?;
    db.execute_batch("PRAGMA synchronous = NORMAL")?;
    match db.query_row("PRAGMA user_version", [], |row| row.get(0))? {
        0 => create_mirror(&db)?,
        MIRROR_VERSION => {}
        _ => return Err(StoreError::NewerVersion { file: MIRROR_FILE }),
    }
    Ok(db)
}

/// The mirror on another connection, all of its pages looked at.
pub(crate) fn mirror_again(dir: &Path, key: &RawKey) -> Result<Connection, StoreError> {
    let db = mirror_at(&dir.join(MIRROR_FILE), key)?;
    whole(&db, MIRROR_FILE)?;
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

/// The files that SQLite keeps beside a database.
fn beside(path: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

fn set_aside(dir: &Path, file: &'static str, now: Now) -> Result<String, StoreError> {
    let stamp = now.wall.format("%Y%m%dT%H%M%S%3f");
    // A clock that stands still, as in a demonstration, must not put one file over another.
    let kept = (0u32..)
        .map(|more| match more {
            0 => format!("{file}.{stamp}.damaged"),
            _ => format!("{file}.{stamp}-{more}.damaged"),
        })
        .find(|name| !dir.join(name).exists())
        .unwrap_or_default();
    let (from, to) = (dir.join(file), dir.join(&kept));
    // The log goes first: left behind it would be replayed into the file that takes the place.
    for (from, to) in beside(&from).into_iter().zip(beside(&to)) {
        if from.exists() {
            fs::rename(from, to)?;
        }
    }
    fs::rename(from, to)?;
    Ok(kept)
}

/// The name under which the last damaged record was kept.
fn last_kept(dir: &Path) -> Result<String, StoreError> {
    let mut kept: Vec<String> = fs::read_dir(dir)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("desk.db.") && name.ends_with(".damaged"))
        .collect();
    kept.sort();
    Ok(kept.pop().unwrap_or_default())
}

fn remove(path: &Path) -> Result<(), StoreError> {
    let [log, index] = beside(path);
    for path in [path, &log, &index] {
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_migrations_are_valid_and_counted() {
        assert!(super::DESK.validate().is_ok());
        let (desk, _) = super::in_memory().unwrap();
        let version: i32 = desk.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, super::DESK_VERSION);
    }
}
