//! Saving what can be read of a damaged record, row by row, and mending what follows from other rows.

use std::collections::BTreeSet;

use lanterna_wire::operation::{Action, Operation};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use crate::error::StoreError;
use crate::record::Record;

/// Tables with their keys, in an order in which rows can be saved. `wanted` and `live_lines` follow from
/// the operations and are made anew.
const TABLES: [(&str, &str); 8] = [
    ("enrolment", "one"),
    ("settings", "name"),
    ("counters", "name"),
    ("patients", "id"),
    ("bookings", "number"),
    ("operations", "number"),
    ("refused", "schedule, start, place"),
    ("access_log", "seq"),
];

/// Numbers left out where a counter was lost: no number that was given out may be given out again.
const GAP: i64 = 1_000;
/// Most numbers that are looked for one by one.
const MOST_PROBES: i64 = 1_000_000;

/// A damaged file. After the first page that it cannot decrypt SQLCipher refuses everything on that
/// connection, so each failure asks for another one.
pub(crate) struct Source<F> {
    open: F,
    db: Option<Connection>,
}

impl<F: Fn() -> Result<Connection, StoreError>> Source<F> {
    pub(crate) fn new(open: F) -> Self {
        Self { open, db: None }
    }

    /// A connection that has not failed yet; none when the file cannot be opened at all.
    fn db(&mut self) -> Result<Option<&Connection>, StoreError> {
        if self.db.is_none() {
            self.db = match (self.open)() {
                Ok(db) => Some(db),
                Err(error) if error.is_damage() => return Ok(None),
                Err(error) => return Err(error),
            };
        }
        Ok(self.db.as_ref())
    }

    /// Copies the rows of a table that `which` names, as far as they can be read.
    fn copy(&mut self, to: &Connection, table: &str, which: &str, keys: &[Value]) -> Result<Reach, StoreError> {
        let reach = match self.db()? {
            Some(from) => copy(from, to, table, which, keys)?,
            None => Reach::Cut,
        };
        if reach == Reach::Cut {
            self.db = None;
        }
        Ok(reach)
    }
}

/// Copies what can be read and returns how many rows were saved.
///
/// A page that cannot be read hides the rows on it and, from one side, those behind it: tables are read
/// from both ends, and numbered rows in between are asked for one by one.
///
/// # Errors
/// When the new file cannot take the rows: then the damaged one must stay where it is.
pub(crate) fn salvage<F>(mut from: Source<F>, to: &mut Connection) -> Result<u32, StoreError>
where
    F: Fn() -> Result<Connection, StoreError>,
{
    if from.db()?.is_none() {
        return Ok(0);
    }
    // Rows may have lost those they refer to. The setting holds between transactions only.
    to.execute_batch("PRAGMA foreign_keys = OFF")?;
    let tx = to.transaction()?;
    for (table, key) in TABLES {
        if from.copy(&tx, table, &format!("ORDER BY {key}"), &[])? == Reach::End {
            continue;
        }
        let backwards = key.split(", ").collect::<Vec<_>>().join(" DESC, ");
        from.copy(&tx, table, &format!("ORDER BY {backwards} DESC"), &[])?;
        if matches!(table, "operations" | "access_log") {
            for number in missing(&tx, table, key)? {
                from.copy(&tx, table, &format!("WHERE {key} = ?"), &[Value::Integer(number)])?;
            }
        }
    }
    let bookings: Vec<String> = tx
        .prepare("SELECT DISTINCT booking FROM operations WHERE booking NOT IN (SELECT number FROM bookings)")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for number in bookings {
        from.copy(&tx, "bookings", "WHERE number = ?", &[Value::Text(number)])?;
    }
    // What is mended is not counted as saved.
    let saved = rows(&tx)?;
    mend(&tx)?;
    tx.commit()?;
    to.execute_batch("PRAGMA foreign_keys = ON")?;
    Ok(saved)
}

/// Rows of all tables that are saved.
pub(crate) fn rows(db: &Connection) -> Result<u32, StoreError> {
    let mut all = 0;
    for (table, _) in TABLES {
        all += db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, u32>(0))?;
    }
    Ok(all)
}

/// How far a table could be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    End,
    Cut,
}

fn copy(from: &Connection, to: &Connection, table: &str, which: &str, keys: &[Value]) -> Result<Reach, StoreError> {
    let Ok(mut select) = from.prepare_cached(&format!("SELECT * FROM {table} {which}")) else {
        return Ok(Reach::Cut);
    };
    // By name: a record of an older version may have fewer columns.
    let columns = select.column_names().join(", ");
    let count = select.column_count();
    let marks = vec!["?"; count].join(", ");
    let mut insert = to.prepare_cached(&format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"))?;
    let Ok(mut rows) = select.query(params_from_iter(keys)) else {
        return Ok(Reach::Cut);
    };
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(Reach::End),
            Err(_) => return Ok(Reach::Cut),
        };
        let Ok(values) = (0..count).map(|at| row.get(at)).collect::<Result<Vec<Value>, _>>() else {
            continue;
        };
        match insert.execute(params_from_iter(values)) {
            Ok(_) => {}
            // Damage that reads like a row: not one of ours.
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The numbers that are missing between the first and the last.
fn missing(db: &Connection, table: &str, key: &str) -> Result<Vec<i64>, StoreError> {
    let last = last_number(db, table, key)?.min(MOST_PROBES);
    let known: BTreeSet<i64> = db
        .prepare(&format!("SELECT {key} FROM {table}"))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok((1..last).filter(|number| !known.contains(number)).collect())
}

fn last_number(db: &Connection, table: &str, key: &str) -> Result<i64, StoreError> {
    let sql = format!("SELECT coalesce(max({key}), 0) FROM {table}");
    Ok(db.query_row(&sql, [], |row| row.get(0))?)
}

/// Makes anew what follows from the rows that were saved.
fn mend(to: &Connection) -> Result<(), StoreError> {
    let last = last_number(to, "operations", "number")?;
    counter(to, "operation", last)?;
    // Each booking has an operation: their numbers cannot have come further.
    counter(to, "booking", last)?;
    let bodies: Vec<(i64, String, i64, String)> = to
        .prepare("SELECT number, booking, created_ms, body FROM operations ORDER BY number")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let record = Record::new(to);
    for (number, booking, created_ms, body) in bodies {
        let Ok(operation) = serde_json::from_str::<Operation>(&body) else {
            continue;
        };
        let (Action::Book(placement) | Action::Move(placement)) = operation.action else {
            continue;
        };
        // The operation carries everything of its booking but the draft, for which its id stands in.
        to.execute(
            "INSERT OR IGNORE INTO bookings (number, draft, created_ms, placement, part, since_ms) VALUES (?1, ?2, ?3, ?4, 1, ?3)",
            params![booking, operation.id.to_string(), created_ms, crate::error::json("bookings", &placement)?],
        )?;
        record.want(number, &placement.appointments)?;
    }
    let numbers: Vec<String> = to
        .prepare("SELECT number FROM bookings ORDER BY created_ms, number")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for text in numbers {
        // A row whose document cannot be read stays as it is, and `verify` names it.
        if let Ok(number) = crate::record::number(&text) {
            match record.restate(&number) {
                Ok(()) | Err(StoreError::Row { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn counter(to: &Connection, name: &str, at_least: i64) -> Result<(), StoreError> {
    let known: Option<i64> = to
        .query_row("SELECT value FROM counters WHERE name = ?1", [name], |row| row.get(0))
        .optional()?;
    let value = match known {
        // The counter of bookings lies below that of operations, and is right if it was saved.
        Some(value) if name == "booking" => value,
        Some(value) => value.max(at_least),
        None if at_least == 0 => return Ok(()),
        None => at_least + GAP,
    };
    to.execute(
        "INSERT INTO counters (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}
