//! Bringing a database to this version.

use tokio_postgres::Client;

use crate::ledger::feed::{StoredRow, first_row};
use crate::ledger::{Birth, LedgerError};
use lanterna_wire::snapshot::hex;

/// Append-only: one that was released is never changed.
const MIGRATIONS: [&str; 3] = [
    include_str!("../../../../../migrations/central/postgres/001-ledger.sql"),
    include_str!("../../../../../migrations/central/postgres/002-leases.sql"),
    include_str!("../../../../../migrations/central/postgres/003-recovery.sql"),
];

/// A later version of the central was here.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the database is at migration {found}, and this version knows only {known}")]
struct Newer {
    found: i32,
    known: i32,
}

/// Applies the migrations that are missing and gives the ledger an epoch if it has none, while
/// other processes wait. Answers with the epoch.
pub(super) async fn prepare(client: &mut Client, birth: &Birth) -> Result<String, LedgerError> {
    let tx = client.transaction().await?;
    tx.batch_execute(
        "SET LOCAL lock_timeout = 0;
         SELECT pg_advisory_xact_lock(27001, 4);
         SET LOCAL client_min_messages = warning;
         CREATE TABLE IF NOT EXISTS migrations (
             version    INTEGER     PRIMARY KEY,
             applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
         )",
    )
    .await?;
    let found: i32 = tx
        .query_one("SELECT coalesce(max(version), 0) FROM migrations", &[])
        .await?
        .try_get(0)?;
    let mut known = 0;
    for sql in MIGRATIONS {
        known += 1;
        if known > found {
            tx.batch_execute(sql).await?;
            tx.execute("INSERT INTO migrations (version) VALUES ($1)", &[&known])
                .await?;
        }
    }
    if found > known {
        return Err(LedgerError::Storage(Box::new(Newer { found, known })));
    }
    let born = tx.query_opt("SELECT epoch FROM ledger", &[]).await?;
    let epoch = match born {
        Some(row) => row.try_get(0)?,
        None => {
            let epoch = hex(&birth.epoch);
            let secret = birth.secret.0.as_slice();
            tx.execute(
                "INSERT INTO ledger (one, epoch, secret) VALUES (1, $1, $2)",
                &[&epoch, &secret],
            )
            .await?;
            bear(&tx, &first_row(&epoch)).await?;
            epoch
        }
    };
    tx.commit().await?;
    Ok(epoch)
}

async fn bear(tx: &tokio_postgres::Transaction<'_>, first: &StoredRow) -> Result<(), LedgerError> {
    tx.execute(
        "INSERT INTO feed (seq, tx, digest, channels, kind, schedule, start, payload) VALUES (0, 0, $1, $2, $3, 0, 0, '')",
        &[
            &first.digest.as_slice(),
            &i16::from(first.row.channels.0),
            &i16::from(first.row.kind as u8),
        ],
    )
    .await?;
    Ok(())
}
