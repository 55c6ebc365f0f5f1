//! One transaction of PostgreSQL, as the acts of the ledger want it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use deadpool_postgres::Object;
use futures_util::try_join;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::ledger::LedgerError;

/// Parameters of a statement.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

// Advisory locks that the processes of the central agree on, each a pair of numbers:
// 27001, 1 a region: shared by all who write, exclusive to who installs one
// 27001, 2 an enrolment; 27001, 3 a sweep; 27001, 4 a migration
// 27002, n the resource n, taken in rising order before anything of it is claimed or given back

/// How a transaction begins.
const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock_shared(27001, 1)";
const INSTALL: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(27001, 1)";
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// `LOCK` takes no snapshot: what follows sees all that was committed while it was waited for.
const NUMBER: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE sequencer IN EXCLUSIVE MODE";

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To change something, beside others who do: every statement sees what is committed by then,
    /// and keys and locks say who waits for whom.
    Write,
    /// To change everything, while nobody else writes.
    Install,
    /// To read, from one view of the whole.
    Read,
    /// To number the feed, one after the other, from one view of the whole.
    Number,
}

impl Purpose {
    fn opening(self) -> &'static str {
        match self {
            Self::Write => WRITE,
            Self::Install => INSTALL,
            Self::Read => READ,
            Self::Number => NUMBER,
        }
    }
}

/// One transaction on a connection of its own.
pub(super) struct PostgresBooks {
    /// Gone once the transaction has ended.
    client: Option<Object>,
    epoch: Arc<str>,
    /// Something was left for the sequencer.
    told: AtomicBool,
}

impl PostgresBooks {
    pub(super) async fn begin(client: Object, purpose: Purpose, epoch: Arc<str>) -> Result<Self, LedgerError> {
        let books = Self::on(client, epoch);
        books.script(purpose.opening()).await?;
        Ok(books)
    }

    fn on(client: Object, epoch: Arc<str>) -> Self {
        Self {
            client: Some(client),
            epoch,
            told: AtomicBool::new(false),
        }
    }

    /// Begins to read what another transaction sees, which lasts and has exported its view.
    pub(super) async fn begin_with_view(client: Object, view: &str, epoch: Arc<str>) -> Result<Self, LedgerError> {
        let books = Self::on(client, epoch);
        // The name of a view is made of digits, letters and hyphens by the database itself.
        let sql = format!("{READ}; SET TRANSACTION SNAPSHOT '{view}'");
        books.script(&sql).await?;
        Ok(books)
    }

    /// Begins, and reads the database's time on the same way.
    pub(super) async fn begin_at(
        client: Object,
        purpose: Purpose,
        epoch: Arc<str>,
    ) -> Result<(Self, DateTime<Utc>), LedgerError> {
        let books = Self::on(client, epoch);
        let time = books.one("SELECT transaction_timestamp()", &[]);
        let (_, row) = try_join!(books.script(purpose.opening()), time)?;
        Ok((books, row.try_get(0)?))
    }

    /// Commits; whether the sequencer has something to do.
    pub(super) async fn commit(mut self) -> Result<bool, LedgerError> {
        let told = *self.told.get_mut();
        // What the sequencer tells is not answered before its own commit, and that takes all before
        // it to the disk as well.
        self.script(if told {
            "SET LOCAL synchronous_commit TO off; COMMIT"
        } else {
            "COMMIT"
        })
        .await?;
        drop(self.client.take());
        Ok(told)
    }

    pub(super) async fn roll_back(mut self) -> Result<(), LedgerError> {
        self.script("ROLLBACK").await?;
        drop(self.client.take());
        Ok(())
    }

    pub(super) fn epoch_name(&self) -> &str {
        &self.epoch
    }

    pub(super) fn note_told(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    fn client(&self) -> Result<&Object, LedgerError> {
        self.client.as_ref().ok_or(LedgerError::Damaged {
            table: "an ended transaction",
        })
    }

    /// Runs statements without parameters, in one way.
    pub(super) async fn script(&self, sql: &str) -> Result<(), LedgerError> {
        Ok(self.client()?.batch_execute(sql).await?)
    }

    pub(super) async fn all(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, LedgerError> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query(&statement, parameters).await?)
    }

    pub(super) async fn maybe(&self, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>, LedgerError> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query_opt(&statement, parameters).await?)
    }

    pub(super) async fn one(&self, sql: &str, parameters: Parameters<'_>) -> Result<Row, LedgerError> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query_one(&statement, parameters).await?)
    }

    /// Runs a statement that answers with no rows; how many it touched.
    pub(super) async fn run(&self, sql: &str, parameters: Parameters<'_>) -> Result<u64, LedgerError> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.execute(&statement, parameters).await?)
    }

    /// The same without keeping it prepared.
    pub(super) async fn all_once(&self, sql: &str) -> Result<Vec<Row>, LedgerError> {
        Ok(self.client()?.query(sql, &[]).await?)
    }
}

impl Drop for PostgresBooks {
    fn drop(&mut self) {
        // A transaction that was left in its middle, by a fault or because nobody waits for it any
        // more, ends with its connection.
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}
