//! The feed of changes: what a row is, how rows are chained, how a page is cut.

use std::collections::HashSet;

use lanterna_model::access::{Channel, Channels};
use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;
use lanterna_wire::changes::Change;
use lanterna_wire::snapshot::hex;
use sha2::{Digest, Sha256};

/// Digest of the chain up to a row.
pub(crate) type ChainDigest = [u8; 8];

/// Bytes of changes after which a page ends, far below the bound of an answer.
const PAGE_BYTES: usize = 2 * 1024 * 1024;

/// What a row says. The numbers are stored and hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKind {
    Session = 0,
    Schedule = 1,
    Catalogue = 2,
    /// The first row of an epoch, which says nothing.
    Birth = 3,
}

impl RowKind {
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        [Self::Session, Self::Schedule, Self::Catalogue, Self::Birth]
            .into_iter()
            .find(|kind| *kind as u8 == code)
    }
}

/// A row that is not numbered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Who may see it.
    pub channels: Channels,
    pub kind: RowKind,
    /// 0 where it concerns none.
    pub schedule: ScheduleId,
    /// 0 where it concerns none.
    pub start: Minute,
    /// Class bits and free bits, or a packed row.
    pub payload: Vec<u8>,
}

impl Row {
    pub(crate) fn session(channels: Channels, schedule: ScheduleId, start: Minute, classes: u8, free: &[u8]) -> Self {
        let mut payload = Vec::with_capacity(1 + free.len());
        payload.push(classes);
        payload.extend_from_slice(free);
        Self {
            channels,
            kind: RowKind::Session,
            schedule,
            start,
            payload,
        }
    }

    /// All sessions of a schedule; an empty row takes it away.
    pub(crate) fn schedule(channels: Channels, schedule: ScheduleId, packed: Vec<u8>) -> Self {
        Self {
            channels,
            kind: RowKind::Schedule,
            schedule,
            start: Minute(0),
            payload: packed,
        }
    }

    pub(crate) fn catalogue() -> Self {
        Self {
            channels: Channels::ALL,
            kind: RowKind::Catalogue,
            schedule: ScheduleId(0),
            start: Minute(0),
            payload: Vec::new(),
        }
    }

    pub(crate) fn birth() -> Self {
        Self {
            kind: RowKind::Birth,
            ..Self::catalogue()
        }
    }

    /// The digest of the chain once this row stands at its end: SHA-256 of the digest before, the
    /// number and the row, cut to eight bytes.
    pub(crate) fn chained(&self, previous: ChainDigest, seq: u64) -> ChainDigest {
        let digest = Sha256::new()
            .chain_update(previous)
            .chain_update(seq.to_le_bytes())
            .chain_update([self.channels.0, self.kind as u8])
            .chain_update(self.schedule.0.to_le_bytes())
            .chain_update(self.start.0.to_le_bytes())
            .chain_update(&self.payload)
            .finalize();
        let mut cut = [0; 8];
        cut.copy_from_slice(&digest[..8]);
        cut
    }

    fn change(self) -> Option<Change> {
        match self.kind {
            RowKind::Session => {
                let (&classes, free) = self.payload.split_first()?;
                Some(Change::Session {
                    schedule: self.schedule,
                    start: self.start,
                    classes,
                    free: free.to_vec(),
                })
            }
            RowKind::Schedule => Some(Change::Schedule {
                schedule: self.schedule,
                row: self.payload,
            }),
            RowKind::Catalogue => Some(Change::Catalogue),
            RowKind::Birth => None,
        }
    }
}

/// Where the chain of a new epoch begins.
fn origin(epoch: &str) -> ChainDigest {
    let digest = Sha256::digest(epoch.as_bytes());
    let mut cut = [0; 8];
    cut.copy_from_slice(&digest[..8]);
    cut
}

/// The first row of an epoch, number 0.
pub(crate) fn first_row(epoch: &str) -> StoredRow {
    StoredRow {
        seq: 0,
        tx: 0,
        digest: origin(epoch),
        row: Row::birth(),
    }
}

/// A digest as cursors carry it.
pub(crate) fn digest_text(digest: ChainDigest) -> String {
    hex(&digest)
}

/// A row as it stands in the feed.
#[derive(Clone, Debug)]
pub(crate) struct StoredRow {
    pub seq: u64,
    /// First row of the same transaction.
    pub tx: u64,
    pub digest: ChainDigest,
    pub row: Row,
}

/// Numbers the rows of one transaction behind the last row there is.
pub(crate) fn chain(end: (u64, ChainDigest), rows: Vec<Row>) -> Vec<StoredRow> {
    let (mut seq, mut digest) = end;
    let tx = seq + 1;
    let numbered = rows.into_iter().map(|row| {
        seq += 1;
        digest = row.chained(digest, seq);
        StoredRow { seq, tx, digest, row }
    });
    numbered.collect()
}

/// Collects the rows of a page and cuts them where a transaction ends.
pub(crate) struct PageBuilder {
    limit: usize,
    bytes: usize,
    rows: Vec<StoredRow>,
    /// Rows up to here are whole transactions.
    whole: usize,
    full: bool,
}

/// The rows of one page, already cut.
pub(crate) struct CutPage {
    /// Number and digest of the last row; `None` when nothing happened.
    pub to: Option<(u64, ChainDigest)>,
    pub more: bool,
    pub changes: Vec<Change>,
}

impl PageBuilder {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            bytes: 0,
            rows: Vec::new(),
            whole: 0,
            full: false,
        }
    }

    /// Takes the next row; `false` when the page is full and no more rows are wanted.
    pub(crate) fn push(&mut self, stored: StoredRow) -> bool {
        if self.rows.last().is_some_and(|last| last.tx != stored.tx) {
            self.whole = self.rows.len();
            if self.rows.len() >= self.limit || self.bytes >= PAGE_BYTES {
                self.full = true;
                return false;
            }
        }
        // Beyond the limit inside a later transaction: that one goes to the next page. The first
        // transaction is taken whole, however long it is.
        if self.whole > 0 && (self.rows.len() >= self.limit || self.bytes >= PAGE_BYTES) {
            self.full = true;
            return false;
        }
        self.bytes += stored.row.payload.len() + 16;
        self.rows.push(stored);
        true
    }

    /// The page for one channel. Of several changes of one thing the last one stays.
    pub(crate) fn finish(mut self, channel: Channel) -> CutPage {
        if self.full {
            self.rows.truncate(self.whole);
        }
        let to = self.rows.last().map(|last| (last.seq, last.digest));
        let mut schedules = HashSet::new();
        let mut sessions = HashSet::new();
        let mut catalogue = false;
        let mut changes = Vec::new();
        for StoredRow { row, .. } in self.rows.into_iter().rev() {
            if !row.channels.contains(channel) {
                continue;
            }
            let news = match row.kind {
                RowKind::Session => !schedules.contains(&row.schedule) && sessions.insert((row.schedule, row.start)),
                RowKind::Schedule => schedules.insert(row.schedule),
                RowKind::Catalogue => !std::mem::replace(&mut catalogue, true),
                RowKind::Birth => false,
            };
            if news {
                changes.extend(row.change());
            }
        }
        changes.reverse();
        CutPage {
            to,
            more: self.full,
            changes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: u64, tx: u64, schedule: u32, start: i32, free: u8) -> StoredRow {
        let channels = Channels::default().with(Channel::Mmg);
        let row = Row::session(channels, ScheduleId(schedule), Minute(start), 31, &[free]);
        StoredRow {
            seq,
            tx,
            digest: [0; 8],
            row,
        }
    }

    fn page(limit: usize, rows: &[StoredRow], channel: Channel) -> CutPage {
        let mut builder = PageBuilder::new(limit);
        for row in rows {
            if !builder.push(row.clone()) {
                break;
            }
        }
        builder.finish(channel)
    }

    #[test]
    fn a_page_never_splits_a_transaction() {
        let rows = [
            row(1, 1, 1, 0, 1),
            row(2, 2, 1, 5, 1),
            row(3, 2, 1, 10, 1),
            row(4, 4, 1, 15, 1),
        ];
        for (limit, to, more) in [(1, 1, true), (2, 1, true), (3, 3, true), (4, 4, false), (9, 4, false)] {
            let cut = page(limit, &rows, Channel::Mmg);
            assert_eq!(
                (cut.to.map(|(seq, _)| seq), cut.more),
                (Some(to), more),
                "limit {limit}"
            );
        }
        let cut = page(1, &rows[1..], Channel::Mmg);
        assert_eq!((cut.to.map(|(seq, _)| seq), cut.changes.len()), (Some(3), 2));
    }

    #[test]
    fn the_last_change_of_a_session_stays_and_others_keep_their_order() {
        let rows = [row(1, 1, 1, 0, 1), row(2, 2, 2, 0, 1), row(3, 3, 1, 0, 3)];
        let cut = page(9, &rows, Channel::Mmg);
        let kept: Vec<_> = cut
            .changes
            .iter()
            .map(|change| match change {
                Change::Session { schedule, free, .. } => (schedule.0, free[0]),
                _ => (0, 0),
            })
            .collect();
        assert_eq!(kept, vec![(2, 1), (1, 3)]);
    }

    #[test]
    fn a_channel_that_sees_nothing_still_moves_on() {
        let rows = [row(1, 1, 1, 0, 1), row(2, 2, 1, 5, 1)];
        let cut = page(9, &rows, Channel::Web);
        assert_eq!((cut.to.map(|(seq, _)| seq), cut.changes.len()), (Some(2), 0));
    }
}
