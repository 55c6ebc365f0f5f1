//! The access log: who did what, each row chained to all before it.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::Record;
use crate::error::StoreError;

impl Record<'_> {
    /// Writes a row. `subject` is a booking number or empty, never a name or code of a patient.
    ///
    /// # Errors
    /// When the file fails.
    pub fn log(&self, what: &str, subject: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let last: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT digest FROM access_log ORDER BY seq DESC LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let digest = chained(&last.unwrap_or_default(), at.timestamp_millis(), what, subject);
        self.db
            .prepare_cached("INSERT INTO access_log (at_ms, what, subject, digest) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![at.timestamp_millis(), what, subject, digest])?;
        Ok(())
    }

    /// The first row that does not fit the chain.
    pub(crate) fn broken_log(&self) -> Result<Option<i64>, StoreError> {
        let mut rows = self
            .db
            .prepare("SELECT seq, at_ms, what, subject, digest FROM access_log ORDER BY seq")?;
        let mut rows = rows.query([])?;
        let mut last = Vec::new();
        while let Some(row) = rows.next()? {
            let digest: Vec<u8> = row.get(4)?;
            if chained(&last, row.get(1)?, &row.get::<_, String>(2)?, &row.get::<_, String>(3)?) != digest {
                return Ok(Some(row.get(0)?));
            }
            last = digest;
        }
        Ok(None)
    }
}

fn chained(last: &[u8], at_ms: i64, what: &str, subject: &str) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(last);
    hasher.update(at_ms.to_le_bytes());
    for text in [what, subject] {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    hasher.finalize().to_vec()
}
