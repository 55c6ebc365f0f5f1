//! One transaction of PostgreSQL, as the acts of the ledger want it.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use chrono::{DateTime, Utc};
use deadpool_postgres::Object;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt, poll};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

use crate::ledger::LedgerError;

/// Parameters of a statement.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];
/// A parameter of a statement whose answer is not waited for.
pub(super) type Owned = Box<dyn ToSql + Sync + Send>;
/// The answer to such a statement, which was sent.
type Owed = BoxFuture<'static, Result<(), Error>>;

/// Parameters of a statement whose answer is not waited for.
macro_rules! owned {
    ($($parameter:expr),* $(,)?) => {
        vec![$(Box::new($parameter) as $crate::ledger::postgres::books::Owned),*]
    };
}
pub(super) use owned;

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

    /// Whether nothing is written before something was read, so that what begins need not be waited for: a
    /// statement that went out behind a beginning that failed would be a transaction of its own.
    fn reads_first(self) -> bool {
        matches!(self, Self::Read | Self::Number)
    }
}

/// One transaction on a connection of its own.
///
/// Statements reach the server in the order in which they are asked for, also those that are asked
/// for at the same time: they go out one behind the other and their answers come on one way. Some are not
/// waited for at all: what they came to is known with the next answer, and before the commit at the latest.
pub(super) struct PostgresBooks {
    /// Gone once the transaction has ended.
    client: Option<Arc<Object>>,
    epoch: Arc<str>,
    /// Something was left for the sequencer.
    told: AtomicBool,
    /// Whoever has it sends next.
    sending: tokio::sync::Mutex<()>,
    owed: Mutex<Vec<Owed>>,
}

impl PostgresBooks {
    pub(super) async fn begin(client: Object, purpose: Purpose, epoch: Arc<str>) -> Result<Self, LedgerError> {
        let books = Self::on(client, epoch);
        if purpose.reads_first() {
            books.script_later(purpose.opening()).await?;
        } else {
            books.script(purpose.opening()).await?;
        }
        Ok(books)
    }

    fn on(client: Object, epoch: Arc<str>) -> Self {
        Self {
            client: Some(Arc::new(client)),
            epoch,
            told: AtomicBool::new(false),
            sending: tokio::sync::Mutex::new(()),
            owed: Mutex::default(),
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
        books.script_later(purpose.opening()).await?;
        let row = books.one("SELECT transaction_timestamp()", &[]).await?;
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

    /// Takes back what nobody needs, after work that went well. It is not waited for: whatever is asked for on
    /// the same connection comes after it.
    pub(super) async fn leave(mut self) -> Result<(), LedgerError> {
        drop(self.client()?.simple_query_raw("ROLLBACK").await?);
        self.owed().clear();
        drop(self.client.take());
        Ok(())
    }

    pub(super) fn epoch_name(&self) -> &str {
        &self.epoch
    }

    pub(super) fn note_told(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    fn client(&self) -> Result<&Arc<Object>, LedgerError> {
        self.client.as_ref().ok_or(LedgerError::Damaged {
            table: "an ended transaction",
        })
    }

    fn owed(&self) -> std::sync::MutexGuard<'_, Vec<Owed>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the answers to what was sent before and not waited for.
    async fn hear(&self, owed: Vec<Owed>) -> Result<(), LedgerError> {
        for answer in owed {
            answer.await?;
        }
        Ok(())
    }

    /// Prepares a statement, once for each connection. Where an earlier one failed, and this is refused for
    /// that, the earlier one's fault is told.
    async fn prepared(&self, sql: &str) -> Result<Statement, LedgerError> {
        match self.client()?.prepare_cached(sql).await {
            Ok(statement) => Ok(statement),
            Err(fault) => {
                let owed = std::mem::take(&mut *self.owed());
                self.hear(owed).await?;
                Err(fault.into())
            }
        }
    }

    /// Sends with a first poll, in its turn, and waits for the answer, after those that are owed.
    async fn in_turn<T>(
        &self,
        turn: tokio::sync::MutexGuard<'_, ()>,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, LedgerError> {
        let mut asked = pin!(asked);
        let answer = poll!(asked.as_mut());
        let owed = std::mem::take(&mut *self.owed());
        drop(turn);
        self.hear(owed).await?;
        Ok(match answer {
            Poll::Ready(answer) => answer?,
            Poll::Pending => asked.await?,
        })
    }

    /// Sends with a first poll, in its turn; whoever asks next waits for the answer too.
    async fn and_later(&self, turn: tokio::sync::MutexGuard<'_, ()>, mut asked: Owed) -> Result<(), LedgerError> {
        let answer = poll!(asked.as_mut());
        drop(turn);
        match answer {
            Poll::Ready(answer) => Ok(answer?),
            Poll::Pending => {
                self.owed().push(asked);
                Ok(())
            }
        }
    }

    /// Runs statements without parameters, in one way.
    pub(super) async fn script(&self, sql: &str) -> Result<(), LedgerError> {
        let turn = self.sending.lock().await;
        self.in_turn(turn, self.client()?.batch_execute(sql)).await
    }

    /// The same without waiting for the answer.
    pub(super) async fn script_later(&self, sql: &str) -> Result<(), LedgerError> {
        let turn = self.sending.lock().await;
        let answer = self.client()?.simple_query_raw(sql).await?;
        let asked = async move { answer.try_for_each(async |_| Ok(())).await };
        self.and_later(turn, asked.boxed()).await
    }

    pub(super) async fn all(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, LedgerError> {
        let turn = self.sending.lock().await;
        let statement = self.prepared(sql).await?;
        self.in_turn(turn, self.client()?.query(&statement, parameters)).await
    }

    pub(super) async fn maybe(&self, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>, LedgerError> {
        let turn = self.sending.lock().await;
        let statement = self.prepared(sql).await?;
        self.in_turn(turn, self.client()?.query_opt(&statement, parameters))
            .await
    }

    pub(super) async fn one(&self, sql: &str, parameters: Parameters<'_>) -> Result<Row, LedgerError> {
        let turn = self.sending.lock().await;
        let statement = self.prepared(sql).await?;
        self.in_turn(turn, self.client()?.query_one(&statement, parameters))
            .await
    }

    /// Runs a statement that answers with no rows; how many it touched.
    pub(super) async fn run(&self, sql: &str, parameters: Parameters<'_>) -> Result<u64, LedgerError> {
        let turn = self.sending.lock().await;
        let statement = self.prepared(sql).await?;
        self.in_turn(turn, self.client()?.execute(&statement, parameters)).await
    }

    /// The same without waiting for the answer.
    pub(super) async fn run_later(&self, sql: &str, parameters: Vec<Owned>) -> Result<(), LedgerError> {
        let turn = self.sending.lock().await;
        let statement = self.prepared(sql).await?;
        let client = Arc::clone(self.client()?);
        let asked = async move { client.execute_raw(&statement, parameters).await.map(drop) };
        self.and_later(turn, asked.boxed()).await
    }

    /// Asks without keeping the statement prepared.
    pub(super) async fn all_once(&self, sql: &str) -> Result<Vec<Row>, LedgerError> {
        let turn = self.sending.lock().await;
        self.in_turn(turn, self.client()?.query(sql, &[])).await
    }
}

impl Drop for PostgresBooks {
    fn drop(&mut self) {
        // A transaction that was left in its middle, by a fault or because nobody waits for it any
        // more, ends with its connection.
        self.owed().clear();
        if let Some(client) = self.client.take().and_then(Arc::into_inner) {
            drop(Object::take(client));
        }
    }
}
