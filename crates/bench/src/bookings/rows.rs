//! The control on SQLite: the statements that a booking comes to, on the tables of the ledger, in one
//! transaction each, committed to the disk.

use std::path::Path;

use anyhow::{Context, Result};
use lanterna_central::ledger::Region;
use rusqlite::{Connection, params};

/// Bytes of what is stored as text or opaque.
const PLACEMENT: usize = 700;
const SETTLED: usize = 120;
const CHANGE: usize = 24;

/// A ledger's file, opened without the ledger.
pub(super) struct Control {
    connection: Connection,
    schedules: usize,
    service: String,
}

impl Control {
    pub(super) fn open(file: &Path, region: &Region) -> Result<Self> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(64);
        let service = region.services.first().context("a region has services")?;
        Ok(Self {
            connection,
            schedules: region.schedules.len(),
            service: service.code.as_str().to_owned(),
        })
    }

    /// Books so many places after the first ones.
    pub(super) fn book(&self, first: usize, count: usize) -> Result<()> {
        for at in first..first + count {
            self.one(at)?;
        }
        Ok(())
    }

    fn one(&self, at: usize) -> Result<()> {
        let (placement, settled) = ("x".repeat(PLACEMENT), "x".repeat(SETTLED));
        // Beyond all that was booked before, each a place of its own.
        let number = i64::try_from(at)? + 1_000_000_000;
        let schedule = i64::try_from(at % self.schedules)? + 1;
        let cell = 20_000_000 + 4 * i64::try_from(at)?;
        let (name, id) = (format!("X{number}"), u128::try_from(number)?.to_be_bytes());
        let tx = rusqlite::Transaction::new_unchecked(&self.connection, rusqlite::TransactionBehavior::Immediate)?;
        let run =
            |sql: &str, with: &[&dyn rusqlite::ToSql]| -> Result<usize> { Ok(tx.prepare_cached(sql)?.execute(with)?) };
        let read = |sql: &str, with: &[&dyn rusqlite::ToSql]| -> Result<usize> {
            let mut statement = tx.prepare_cached(sql)?;
            let (mut rows, mut count) = (statement.query(with)?, 0);
            while rows.next()?.is_some() {
                count += 1;
            }
            Ok(count)
        };
        run(
            "INSERT INTO operations (id, desk, number, hash) VALUES (?1, 1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
            params![id, number, [0u8; 32]],
        )?;
        read(
            "SELECT d.code, d.channel, d.acknowledged, s.state, d.revoked
             FROM desks d LEFT JOIN service_states s ON s.channel = d.channel WHERE d.id = 1",
            params![],
        )?;
        read(
            "SELECT id, desk, state, last FROM bookings WHERE number = ?1",
            params![name],
        )?;
        run(
            "INSERT INTO bookings (number, desk, state) VALUES (?1, 1, 0)",
            params![name],
        )?;
        let booking = tx.last_insert_rowid();
        read("SELECT rules FROM ledger", params![])?;
        read("SELECT branch FROM services WHERE code = ?1", params![self.service])?;
        read(
            "SELECT 1 FROM live_lines WHERE nre = ?1 AND line = 1 AND booking <> ?2",
            params![name, booking],
        )?;
        read(
            "SELECT channels, document FROM schedules WHERE id = ?1",
            params![schedule],
        )?;
        read(
            "SELECT id FROM leases WHERE desk = 1 AND state = 1 ORDER BY id",
            params![],
        )?;
        read("SELECT id FROM holds WHERE expires_ms <= 0", params![])?;
        tx.execute_batch("SAVEPOINT attempt")?;
        read(
            "SELECT schedule, start FROM quota_tickets WHERE owner = ?1 AND kind = 3",
            params![booking],
        )?;
        run(
            "DELETE FROM quota_tickets WHERE owner = ?1 AND kind = 3",
            params![booking],
        )?;
        run("DELETE FROM appointments WHERE booking = ?1", params![booking])?;
        read(
            "SELECT schedule, start, step, slots, places, revision, closed, released FROM sessions
             WHERE schedule = ?1 AND start <= 1000000000 ORDER BY start DESC LIMIT 1",
            params![schedule],
        )?;
        for own in cell..cell + 4 {
            run(
                "INSERT INTO claims (resource, cell, place, kind, owner) VALUES (?1, ?2, 0, 3, ?3) ON CONFLICT DO NOTHING",
                params![schedule, own, booking],
            )?;
        }
        run(
            "INSERT INTO appointments (booking, line, service, schedule, resource, start, place, minutes)
             VALUES (?1, 1, ?2, ?3, ?3, ?4, 0, 20)",
            params![booking, self.service, schedule, cell * 5],
        )?;
        run(
            "UPDATE bookings SET state = 1, nre = ?2, placement = ?3 WHERE id = ?1",
            params![booking, name, placement],
        )?;
        run(
            "INSERT INTO live_lines (nre, line, booking) VALUES (?1, 1, ?2) ON CONFLICT DO NOTHING",
            params![name, booking],
        )?;
        tx.execute_batch("RELEASE attempt")?;
        read(
            "SELECT id FROM leases WHERE resource = ?1 AND start > 0 AND start < 1000000000 AND state = 1 AND recalled = 0",
            params![schedule],
        )?;
        read("SELECT seq, digest FROM feed ORDER BY seq DESC LIMIT 1", params![])?;
        read(
            "SELECT cell, place, kind FROM claims WHERE resource = ?1 AND cell >= ?2 AND cell < ?3 ORDER BY cell, place",
            params![schedule, cell - 24, cell + 24],
        )?;
        run(
            "INSERT INTO feed (seq, tx, digest, channels, kind, schedule, start, payload)
             SELECT max(seq) + 1, max(seq) + 1, ?1, 1, 0, ?2, ?3, ?4 FROM feed",
            params![[0u8; 8], schedule, cell * 5, vec![0u8; CHANGE]],
        )?;
        run("UPDATE bookings SET last = ?2 WHERE id = ?1", params![booking, id])?;
        run(
            "UPDATE operations SET booking = ?2, settled = ?3 WHERE id = ?1",
            params![id, booking, settled],
        )?;
        Ok(tx.commit()?)
    }
}
