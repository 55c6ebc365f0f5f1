//! Numbering the feed in the order of commits (rule 22).
//!
//! A transaction leaves a note of what it touched (table `unnumbered`) and commits. Whoever comes
//! next locks out all others who number, takes one view of the whole, and in a single transaction
//! tells the touched sessions as they are in that view, numbers the rows behind the last there are,
//! and takes the notes away. So every number stands for a view that saw all with a lower number,
//! and a session is told as it was then: never as a transaction saw it that missed its neighbour.
//!
//! One numbering serves all who committed before it began, in this process and in others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{MutexGuard, PoisonError};

use futures_util::try_join;
use lanterna_wire::Cursor;
use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use super::PostgresLedger;
use super::books::{PostgresBooks, Purpose};
use super::error::again;
use crate::ledger::LedgerError;
use crate::ledger::acts::changes;
use crate::ledger::books::Feed;
use crate::ledger::feed::{StoredRow, chain, digest_text};

/// Name under which other processes hear that the head has moved.
pub(super) const CHANNEL: &str = "lanterna_feed";

/// How often a numbering that met another transaction's traces begins anew.
const TRIES: u32 = 5;

/// Who numbers in this process: one at a time, the others wait for what it brings.
#[derive(Default)]
pub(super) struct Sequencer {
    turn: Mutex<()>,
    begun: AtomicU64,
    ended: watch::Sender<u64>,
    /// Operations of this process that want to know their numbers.
    waiting: std::sync::Mutex<HashMap<Uuid, Option<u64>>>,
}

impl Sequencer {
    fn waiting(&self) -> MutexGuard<'_, HashMap<Uuid, Option<u64>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An operation that waits for its number; forgotten when it is dropped.
struct Waiting<'a> {
    sequencer: &'a Sequencer,
    operation: Uuid,
}

impl<'a> Waiting<'a> {
    fn line_up(sequencer: &'a Sequencer, operation: Uuid) -> Self {
        sequencer.waiting().insert(operation, None);
        Self { sequencer, operation }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.sequencer.waiting().remove(&self.operation);
    }
}

/// What a numbering did.
struct Numbered {
    /// The rows it appended.
    rows: Vec<StoredRow>,
    /// Where the feed ends now.
    head: Cursor,
    /// The history before them was cut.
    cut: bool,
    /// The operations that it gave the number of the head.
    operations: Vec<Uuid>,
}

/// A transaction that reads, and the one point in the ledger that all it sees belongs to.
pub(super) struct View {
    pub books: PostgresBooks,
    pub cursor: Cursor,
    /// Rows of the feed before the cursor that the view itself does not see.
    pub appended: Vec<StoredRow>,
}

/// Numbers all that a transaction sees.
async fn number_all(books: &PostgresBooks) -> Result<Numbered, LedgerError> {
    let (left, end) = try_join!(books.left(), books.feed_end())?;
    let told = changes::rows(books, &left.touched).await?;
    let rows = chain(end, told);
    let (seq, digest) = rows.last().map_or(end, |last| (last.seq, last.digest));
    if !left.rows.is_empty() {
        if !rows.is_empty() {
            books.write_feed(&rows).await?;
        }
        if left.touched.everything {
            books.cut_before(end.0 + 1).await?;
        }
        books.take_away(&left, seq).await?;
        books.script_later(&format!("NOTIFY {CHANNEL}")).await?;
    }
    Ok(Numbered {
        head: Cursor {
            epoch: books.epoch().to_owned(),
            seq,
            digest: digest_text(digest),
        },
        cut: left.touched.everything,
        rows,
        operations: left.operations,
    })
}

impl PostgresLedger {
    /// Sees to it that all that is committed now is numbered, and on the disk.
    pub(super) async fn number(&self) -> Result<(), LedgerError> {
        let sequencer = &self.sequencer;
        let wanted = sequencer.begun.load(Ordering::SeqCst) + 1;
        let mut ended = sequencer.ended.subscribe();
        // Whoever is served goes at once, and does not keep who comes next from its turn.
        let _turn = tokio::select! {
            biased;
            _ = ended.wait_for(|ended| *ended >= wanted) => return Ok(()),
            turn = sequencer.turn.lock() => turn,
        };
        let this = sequencer.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let mut tries = 1;
        loop {
            match self.number_once().await {
                Err(error) if again(&error) && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        sequencer.ended.send_replace(this);
        Ok(())
    }

    /// The same, and the number that a committed operation got, unless another process gave it.
    pub(super) async fn number_of(&self, operation: Uuid) -> Result<Option<u64>, LedgerError> {
        let waiting = Waiting::line_up(&self.sequencer, operation);
        self.number().await?;
        let number = self.sequencer.waiting().get(&operation).copied().flatten();
        drop(waiting);
        Ok(number)
    }

    async fn number_once(&self) -> Result<(), LedgerError> {
        let books = self.begin(Purpose::Number).await?;
        let numbered = number_all(&books).await?;
        books.commit().await?;
        self.tell(&numbered);
        Ok(())
    }

    /// Tells those who wait in this process, once it is committed.
    fn tell(&self, numbered: &Numbered) {
        let mut waiting = self.sequencer.waiting();
        for operation in &numbered.operations {
            if let Some(number) = waiting.get_mut(operation) {
                *number = Some(numbered.head.seq);
            }
        }
    }

    /// A view of the whole that belongs to one cursor exactly: what is committed in it is numbered
    /// in it. The view is taken by the transaction that numbers and handed to one that may take its
    /// time to read, so that nobody waits for the reader.
    pub(super) async fn view(&self) -> Result<View, LedgerError> {
        let mut tries = 1;
        loop {
            match self.view_once().await {
                Err(error) if again(&error) && tries < TRIES => tries += 1,
                // What was told before a cut is still in the view, though not in the feed.
                Ok((_, true)) if tries < TRIES => tries += 1,
                Ok((view, _)) => return Ok(view),
                Err(error) => return Err(error),
            }
        }
    }

    async fn view_once(&self) -> Result<(View, bool), LedgerError> {
        // Whoever wants two connections holds the turn: no two wait for each other's second.
        let _turn = self.sequencer.turn.lock().await;
        let reader = self.connection().await?;
        let books = self.begin(Purpose::Number).await?;
        let numbered = number_all(&books).await?;
        let row = books.one("SELECT pg_export_snapshot()", &[]).await?;
        let view: &str = row.try_get(0)?;
        let reading = PostgresBooks::begin_with_view(reader, view, self.epoch()).await?;
        books.commit().await?;
        self.tell(&numbered);
        let view = View {
            books: reading,
            cursor: numbered.head,
            appended: numbered.rows,
        };
        Ok((view, numbered.cut))
    }
}
