//! Connecting to a database.

use std::sync::{OnceLock, RwLock};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::NoTls;

use super::sequencer::Sequencer;
use super::{PostgresLedger, PostgresSettings, migration};
use crate::ledger::{Birth, LedgerError};

impl PostgresLedger {
    /// Connects to a database and brings it to this version; makes the ledger where there is none.
    /// Needs a tokio runtime with I/O and time for as long as it lives.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when the server cannot be reached, [`LedgerError::Storage`] when it
    /// refuses or a later version was there.
    pub async fn connect(settings: PostgresSettings, birth: &Birth) -> Result<Self, LedgerError> {
        let (mut client, connection) = settings.config.connect(NoTls).await?;
        let carrying = tokio::spawn(connection);
        let epoch = migration::prepare(&mut client, birth).await;
        drop(client);
        // The line is closed once nothing is left to be sent.
        drop(carrying.await);
        let epoch = epoch?;
        let method = RecyclingMethod::Fast;
        let manager = Manager::from_config(
            settings.config.clone(),
            NoTls,
            ManagerConfig {
                recycling_method: method,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(settings.connections.max(2))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(settings.wait))
            .create_timeout(Some(settings.wait))
            .build()
            .map_err(|fault| LedgerError::Storage(Box::new(fault)))?;
        Ok(Self {
            pool,
            settings,
            epoch: RwLock::new(epoch.into()),
            sequencer: Sequencer::default(),
            ear: OnceLock::new(),
        })
    }
}
