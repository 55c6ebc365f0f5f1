//! The feed in SQLite: rows are numbered by counting, since one connection writes at a time.

use lanterna_model::access::Channels;
use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;
use rusqlite::{Connection, OptionalExtension, params};

use super::books::SqliteBooks;
use crate::ledger::LedgerError;
use crate::ledger::acts::changes;
use crate::ledger::books::{Feed, Touched};
use crate::ledger::feed::{ChainDigest, Row, RowKind, StoredRow, chain};

const DAMAGED: LedgerError = LedgerError::Damaged { table: "feed" };

pub(super) fn insert(tx: &Connection, stored: &StoredRow) -> Result<(), LedgerError> {
    let StoredRow {
        seq,
        tx: first,
        digest,
        row,
    } = stored;
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

impl SqliteBooks<'_> {
    /// Appends what the feed has to say of what was touched, and answers with the number of the
    /// last row there is.
    pub(super) async fn append(&self, touched: &Touched) -> Result<u64, LedgerError> {
        let end = self.feed_end().await?;
        let rows = chain(end, changes::rows(self, touched).await?);
        for row in &rows {
            insert(self.tx, row)?;
        }
        if touched.everything {
            self.cut_before(end.0 + 1).await?;
        }
        Ok(rows.last().map_or(end.0, |row| row.seq))
    }
}

impl Feed for SqliteBooks<'_> {
    fn epoch(&self) -> &str {
        &self.epoch
    }

    async fn feed_end(&self) -> Result<(u64, ChainDigest), LedgerError> {
        let last: Option<(i64, Vec<u8>)> = self
            .tx
            .prepare_cached("SELECT seq, digest FROM feed ORDER BY seq DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (seq, digest) = last.ok_or(DAMAGED)?;
        Ok((seq.cast_unsigned(), digest.try_into().map_err(|_| DAMAGED)?))
    }

    async fn feed_begin(&self) -> Result<u64, LedgerError> {
        let first: i64 = self
            .tx
            .prepare_cached("SELECT min(seq) FROM feed")?
            .query_row([], |row| row.get(0))?;
        Ok(first.cast_unsigned())
    }

    async fn digest_at(&self, seq: u64) -> Result<Option<ChainDigest>, LedgerError> {
        let digest: Option<Vec<u8>> = self
            .tx
            .prepare_cached("SELECT digest FROM feed WHERE seq = ?1")?
            .query_row([seq.cast_signed()], |row| row.get(0))
            .optional()?;
        digest.map(|digest| digest.try_into().map_err(|_| DAMAGED)).transpose()
    }

    async fn feed_after(&self, seq: u64, most: usize) -> Result<Vec<StoredRow>, LedgerError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT seq, tx, digest, channels, kind, schedule, start, payload FROM feed
             WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut found = statement.query(params![seq.cast_signed(), most])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let digest: Vec<u8> = row.get(2)?;
            rows.push(StoredRow {
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
            });
        }
        Ok(rows)
    }

    async fn tell(&self, touched: &Touched) -> Result<(), LedgerError> {
        self.append(touched).await.map(drop)
    }

    async fn cut_before(&self, seq: u64) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("DELETE FROM feed WHERE seq < ?1")?
            .execute([seq.cast_signed()])?;
        Ok(())
    }
}
