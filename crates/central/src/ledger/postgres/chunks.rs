//! Chunks of snapshots, for a desk may ask one process for what another one named to it.

use bytes::Bytes;

use super::books::PostgresBooks;
use crate::ledger::LedgerError;

impl PostgresBooks {
    /// Keeps chunks, and lets those go that nobody kept for a while: a manifest is kept anew each
    /// time it is handed out after a pause, and a desk fetches what it names at once.
    pub(super) async fn keep_chunks(&self, chunks: &[(String, Bytes)]) -> Result<(), LedgerError> {
        // In one order, so that two who keep the same do not meet in a circle.
        let mut chunks: Vec<&(String, Bytes)> = chunks.iter().collect();
        chunks.sort_unstable_by_key(|(hash, _)| hash);
        let hashes: Vec<&str> = chunks.iter().map(|(hash, _)| hash.as_str()).collect();
        let bytes: Vec<&[u8]> = chunks.iter().map(|(_, bytes)| &**bytes).collect();
        self.run(
            "INSERT INTO chunks (hash, bytes) SELECT * FROM unnest($1::text[], $2::bytea[])
             ON CONFLICT (hash) DO UPDATE SET kept_at = now()",
            &[&hashes, &bytes],
        )
        .await?;
        self.run(
            "DELETE FROM chunks WHERE hash IN (SELECT hash FROM chunks WHERE kept_at < now() - interval '2 hours'
                 ORDER BY hash FOR UPDATE SKIP LOCKED)",
            &[],
        )
        .await
        .map(drop)
    }

    pub(super) async fn chunk(&self, hash: &str) -> Result<Option<Bytes>, LedgerError> {
        let found = self.maybe("SELECT bytes FROM chunks WHERE hash = $1", &[&hash]).await?;
        found
            .map(|row| Ok(Bytes::from(row.try_get::<_, Vec<u8>>(0)?)))
            .transpose()
    }
}
