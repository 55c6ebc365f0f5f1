//! The feed in SQLite: rows are numbered by counting, since one connection writes at a time.

use lanterna_model::access::{Channel, Channels};
use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;
use lanterna_wire::Cursor;
use lanterna_wire::changes::Page;
use rusqlite::{Connection, OptionalExtension, params};

use crate::ledger::feed::{ChainDigest, PageBuilder, Row, RowKind, StoredRow, digest_text};
use crate::ledger::{CursorError, LedgerError};

const DAMAGED: LedgerError = LedgerError::Damaged { table: "feed" };

/// Number and digest of the last row.
fn end(tx: &Connection) -> Result<(u64, ChainDigest), LedgerError> {
    let last: Option<(i64, Vec<u8>)> = tx
        .prepare_cached("SELECT seq, digest FROM feed ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, digest) = last.ok_or(DAMAGED)?;
    Ok((seq.cast_unsigned(), digest.try_into().map_err(|_| DAMAGED)?))
}

/// Writes the first row of an epoch, number 0.
pub(super) fn bear(tx: &Connection, origin: ChainDigest) -> Result<(), LedgerError> {
    insert(tx, 0, 0, origin, &Row::birth())
}

/// The cursor at the end of the feed.
pub(super) fn head(tx: &Connection, epoch: &str) -> Result<Cursor, LedgerError> {
    let (seq, digest) = end(tx)?;
    Ok(Cursor {
        epoch: epoch.to_owned(),
        seq,
        digest: digest_text(digest),
    })
}

/// Appends the rows of one transaction and answers with the number of the last row there is.
/// To be called after the claims (rule 22), once in a transaction.
pub(super) fn append(tx: &Connection, rows: &[Row]) -> Result<u64, LedgerError> {
    let (mut seq, mut digest) = end(tx)?;
    let first = seq + 1;
    for row in rows {
        seq += 1;
        digest = row.chained(digest, seq);
        insert(tx, seq, first, digest, row)?;
    }
    Ok(seq)
}

fn insert(tx: &Connection, seq: u64, first: u64, digest: ChainDigest, row: &Row) -> Result<(), LedgerError> {
    tx.prepare_cached(
        "INSERT INTO feed (seq, tx, digest, channels, kind, schedule, start, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        seq.cast_signed(),
        first.cast_signed(),
        digest.as_slice(),
        row.channels.0,
        row.kind as u8,
        row.schedule.0,
        row.start.0,
        row.payload
    ])?;
    Ok(())
}

/// Drops every row before one, so that older cursors are gone.
pub(super) fn cut_before(tx: &Connection, seq: u64) -> Result<(), LedgerError> {
    tx.prepare_cached("DELETE FROM feed WHERE seq < ?1")?
        .execute([seq.cast_signed()])?;
    Ok(())
}

/// Reads rows after a number, in order, as long as they are wanted.
pub(super) fn each_after(
    tx: &Connection,
    seq: u64,
    mut wanted: impl FnMut(StoredRow) -> bool,
) -> Result<(), LedgerError> {
    let mut statement = tx.prepare_cached(
        "SELECT seq, tx, digest, channels, kind, schedule, start, payload FROM feed WHERE seq > ?1 ORDER BY seq",
    )?;
    let mut found = statement.query([seq.cast_signed()])?;
    while let Some(row) = found.next()? {
        let digest: Vec<u8> = row.get(2)?;
        let stored = StoredRow {
            seq: row.get::<_, i64>(0)?.cast_unsigned(),
            tx: row.get::<_, i64>(1)?.cast_unsigned(),
            digest: digest.try_into().map_err(|_| DAMAGED)?,
            row: Row {
                channels: Channels(row.get(3)?),
                kind: RowKind::from_code(row.get(4)?).ok_or(DAMAGED)?,
                schedule: ScheduleId(row.get(5)?),
                start: Minute(row.get(6)?),
                payload: row.get(7)?,
            },
        };
        if !wanted(stored) {
            break;
        }
    }
    Ok(())
}

/// The digest of a row that is still kept.
pub(super) fn digest_at(tx: &Connection, seq: u64) -> Result<Option<ChainDigest>, LedgerError> {
    let digest: Option<Vec<u8>> = tx
        .prepare_cached("SELECT digest FROM feed WHERE seq = ?1")?
        .query_row([seq.cast_signed()], |row| row.get(0))
        .optional()?;
    digest.map(|digest| digest.try_into().map_err(|_| DAMAGED)).transpose()
}

/// A page after a cursor of this epoch.
pub(super) fn page(
    tx: &Connection,
    channel: Channel,
    since: &Cursor,
    limit: usize,
) -> Result<Result<Page, CursorError>, LedgerError> {
    if since.seq > end(tx)?.0 {
        return Ok(Err(CursorError::Ahead));
    }
    match digest_at(tx, since.seq)? {
        None => return Ok(Err(CursorError::Gone)),
        Some(digest) if digest_text(digest) != since.digest => return Ok(Err(CursorError::Ahead)),
        Some(_) => {}
    }
    let mut builder = PageBuilder::new(limit);
    each_after(tx, since.seq, |row| builder.push(row))?;
    let cut = builder.finish(channel);
    let to = cut.to.map_or_else(
        || since.clone(),
        |(seq, digest)| Cursor {
            epoch: since.epoch.clone(),
            seq,
            digest: digest_text(digest),
        },
    );
    Ok(Ok(Page {
        from: since.clone(),
        to,
        more: cut.more,
        changes: cut.changes,
    }))
}
