//! The feed, and what is left for its numbering.

use lanterna_model::access::Channels;
use lanterna_model::ids::{ResourceId, ScheduleId};
use lanterna_model::time::Minute;
use uuid::Uuid;

use super::books::{PostgresBooks, owned};
use super::int::{Int, int, minute, number};
use crate::ledger::LedgerError;
use crate::ledger::books::{Feed, Touched};
use crate::ledger::feed::{ChainDigest, Row, RowKind, StoredRow};

const DAMAGED: LedgerError = LedgerError::Damaged { table: "feed" };
const UNREADABLE: LedgerError = LedgerError::Damaged { table: "unnumbered" };

/// What committed transactions left for the sequencer.
#[derive(Default)]
pub(super) struct Left {
    /// Rows of the table.
    pub rows: Vec<i64>,
    /// What all of them touched.
    pub touched: Touched,
    /// Operations that wait for their numbers.
    pub operations: Vec<Uuid>,
}

/// Columns of rows to be left, one entry of each for each row.
#[derive(Default)]
struct Leaving {
    kinds: Vec<Int>,
    subjects: Vec<Option<Int>>,
    starts: Vec<Option<Int>>,
    stops: Vec<Option<Int>>,
    operations: Vec<Option<Uuid>>,
}

impl Leaving {
    fn add(&mut self, kind: u8, subject: Option<u32>, start: Option<Minute>, stop: Option<Minute>, of: Option<Uuid>) {
        self.kinds.push(int(kind));
        self.subjects.push(subject.map(int));
        self.starts.push(start.map(|start| int(start.0)));
        self.stops.push(stop.map(|stop| int(stop.0)));
        self.operations.push(of);
    }
}

impl PostgresBooks {
    /// Leaves for the sequencer what a transaction touched, and the operation that wants to know
    /// the number it gets.
    pub(super) async fn leave_for_numbering(
        &self,
        touched: &Touched,
        operation: Option<Uuid>,
    ) -> Result<(), LedgerError> {
        let mut leaving = Leaving::default();
        for (resource, start, end) in &touched.spans {
            leaving.add(0, Some(resource.0), Some(*start), Some(*end), None);
        }
        for (schedule, start) in &touched.sessions {
            leaving.add(1, Some(schedule.0), Some(*start), None, None);
        }
        for schedule in &touched.schedules {
            leaving.add(2, Some(schedule.0), None, None, None);
        }
        if touched.catalogue {
            leaving.add(if touched.everything { 4 } else { 3 }, None, None, None, None);
        }
        if operation.is_some() {
            leaving.add(5, None, None, None, operation);
        }
        self.note_told();
        self.run_later(
            "INSERT INTO unnumbered (kind, subject, start, stop, operation)
             SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::integer[], $4::integer[], $5::uuid[])",
            owned![
                leaving.kinds,
                leaving.subjects,
                leaving.starts,
                leaving.stops,
                leaving.operations,
            ],
        )
        .await
    }

    /// What was left by transactions that this one sees.
    pub(super) async fn left(&self) -> Result<Left, LedgerError> {
        let mut left = Left::default();
        let sql = "SELECT id, kind, subject, start, stop, operation FROM unnumbered ORDER BY id";
        for row in self.all(sql, &[]).await? {
            left.rows.push(row.try_get(0)?);
            let touched = &mut left.touched;
            match number::<u8>(&row, 1)? {
                0 => {
                    let resource = ResourceId(number(&row, 2)?);
                    touched.spans.push((resource, minute(&row, 3)?, minute(&row, 4)?));
                }
                1 => {
                    _ = touched
                        .sessions
                        .insert((ScheduleId(number(&row, 2)?), minute(&row, 3)?))
                }
                2 => _ = touched.schedules.insert(ScheduleId(number(&row, 2)?)),
                3 => touched.catalogue = true,
                4 => (touched.catalogue, touched.everything) = (true, true),
                5 => left.operations.push(row.try_get(5)?),
                _ => return Err(UNREADABLE),
            }
        }
        Ok(left)
    }

    /// Takes away what was left, its operations told the number they waited for.
    pub(super) async fn take_away(&self, left: &Left, seq: u64) -> Result<(), LedgerError> {
        self.run_later(
            "WITH told AS (UPDATE operations SET seq = $1 WHERE id = ANY($2))
             DELETE FROM unnumbered WHERE id = ANY($3)",
            owned![seq.cast_signed(), left.operations.clone(), left.rows.clone()],
        )
        .await
    }

    /// Writes rows that are numbered.
    pub(super) async fn write_feed(&self, rows: &[StoredRow]) -> Result<(), LedgerError> {
        let column = |of: fn(&StoredRow) -> i64| -> Vec<Int> { rows.iter().map(|row| Int(of(row))).collect() };
        let digests: Vec<Vec<u8>> = rows.iter().map(|row| row.digest.to_vec()).collect();
        let payloads: Vec<Vec<u8>> = rows.iter().map(|row| row.row.payload.clone()).collect();
        self.run_later(
            "INSERT INTO feed (seq, tx, digest, channels, kind, schedule, start, payload)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::smallint[], $5::smallint[],
                 $6::bigint[], $7::integer[], $8::bytea[])",
            owned![
                column(|row| row.seq.cast_signed()),
                column(|row| row.tx.cast_signed()),
                digests,
                column(|row| row.row.channels.0.into()),
                column(|row| (row.row.kind as u8).into()),
                column(|row| row.row.schedule.0.into()),
                column(|row| row.row.start.0.into()),
                payloads,
            ],
        )
        .await
    }
}

impl Feed for PostgresBooks {
    fn epoch(&self) -> &str {
        self.epoch_name()
    }

    async fn feed_end(&self) -> Result<(u64, ChainDigest), LedgerError> {
        let sql = "SELECT seq, digest FROM feed ORDER BY seq DESC LIMIT 1";
        let row = self.maybe(sql, &[]).await?.ok_or(DAMAGED)?;
        let digest: &[u8] = row.try_get(1)?;
        Ok((number(&row, 0)?, digest.try_into().map_err(|_| DAMAGED)?))
    }

    async fn feed_begin(&self) -> Result<u64, LedgerError> {
        number(&self.one("SELECT min(seq) FROM feed", &[]).await?, 0)
    }

    async fn digest_at(&self, seq: u64) -> Result<Option<ChainDigest>, LedgerError> {
        let sql = "SELECT digest FROM feed WHERE seq = $1";
        let found = self.maybe(sql, &[&seq.cast_signed()]).await?;
        found
            .map(|row| row.try_get::<_, &[u8]>(0)?.try_into().map_err(|_| DAMAGED))
            .transpose()
    }

    async fn feed_after(&self, seq: u64, most: usize) -> Result<Vec<StoredRow>, LedgerError> {
        let sql = "SELECT seq, tx, digest, channels, kind, schedule, start, payload FROM feed
                   WHERE seq > $1 ORDER BY seq LIMIT $2";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = self.all(sql, &[&seq.cast_signed(), &most]).await?;
        rows.iter()
            .map(|row| {
                let digest: &[u8] = row.try_get(2)?;
                Ok(StoredRow {
                    seq: number(row, 0)?,
                    tx: number(row, 1)?,
                    digest: digest.try_into().map_err(|_| DAMAGED)?,
                    row: Row {
                        channels: Channels(number(row, 3)?),
                        kind: RowKind::from_code(number(row, 4)?).ok_or(DAMAGED)?,
                        schedule: ScheduleId(number(row, 5)?),
                        start: minute(row, 6)?,
                        payload: row.try_get(7)?,
                    },
                })
            })
            .collect()
    }

    /// Tells it later: only who numbers the feed sees all that was committed before.
    async fn tell(&self, touched: &Touched) -> Result<(), LedgerError> {
        self.leave_for_numbering(touched, None).await
    }

    async fn cut_before(&self, seq: u64) -> Result<(), LedgerError> {
        self.run("DELETE FROM feed WHERE seq < $1", &[&seq.cast_signed()])
            .await
            .map(drop)
    }
}
