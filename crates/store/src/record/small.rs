//! Enrolment, settings, counters, patients, places kept by others.

use chrono::{DateTime, Utc};
use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::DeskId;
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientId;
use lanterna_model::schedule::SlotSpan;
use rusqlite::{OptionalExtension, params};

use super::Record;
use crate::error::{StoreError, json, parsed};
use crate::stock::REVOKED;

const RESCUE_KEY: &str = "rescue_key";
const PAPERS: &str = "papers";

/// Which desk this is, of which central.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Its number at the central.
    pub desk: DeskId,
    /// First characters of its booking numbers.
    pub code: DeskCode,
    /// The door its bookings come through.
    pub channel: Channel,
    /// What it shows to the central.
    pub token: String,
    /// Address of the central.
    pub central_url: String,
    /// Name of the central.
    pub central_name: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enrolment({}, {})", self.code, self.channel.name())
    }
}

impl Record<'_> {
    /// Which desk this is; `None` before it was enrolled.
    ///
    /// # Errors
    /// When the file fails.
    pub fn enrolment(&self) -> Result<Option<Enrolment>, StoreError> {
        let row = self
            .db
            .query_row(
                "SELECT desk, code, channel, token, central_url, central_name FROM enrolment",
                [],
                |row| {
                    Ok((
                        row.get(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, String>(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                    ))
                },
            )
            .optional()?;
        let Some((desk, code, channel, token, central_url, central_name)) = row else {
            return Ok(None);
        };
        let broken = StoreError::Row { table: "enrolment" };
        let (Ok(code), Some(channel)) = (code.parse(), Channel::from_name(&channel)) else {
            return Err(broken);
        };
        Ok(Some(Enrolment {
            desk: DeskId(desk),
            code,
            channel,
            token,
            central_url,
            central_name,
        }))
    }

    /// Notes which desk this is.
    ///
    /// # Errors
    /// When the file fails.
    pub fn enrol(&self, enrolment: &Enrolment, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.db.execute(
            "INSERT OR REPLACE INTO enrolment (one, desk, code, channel, token, central_url, central_name, enrolled_ms)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                enrolment.desk.0,
                enrolment.code.as_str(),
                enrolment.channel.name(),
                enrolment.token,
                enrolment.central_url,
                enrolment.central_name,
                now.timestamp_millis()
            ],
        )?;
        Ok(())
    }

    /// A setting.
    ///
    /// # Errors
    /// When the file fails.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .db
            .query_row("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0))
            .optional()?)
    }

    /// Changes a setting.
    ///
    /// # Errors
    /// When the file fails.
    pub fn set(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.db.execute(
            "INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)",
            [name, value],
        )?;
        Ok(())
    }

    /// Notes that the central does not know this desk any more, or that it does: a desk that is not
    /// known promises nothing (rule 9).
    ///
    /// # Errors
    /// When the file fails.
    pub fn set_revoked(&self, revoked: bool) -> Result<(), StoreError> {
        if revoked {
            self.set(REVOKED, "1")
        } else {
            self.db
                .prepare_cached("DELETE FROM settings WHERE name = ?1")?
                .execute([REVOKED])?;
            Ok(())
        }
    }

    /// Keeps the key to which a rescue file is encrypted: it is needed when the central is away.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_rescue_key(&self, key: &str) -> Result<(), StoreError> {
        if key.is_empty() || self.rescue_key()?.as_deref() == Some(key) {
            return Ok(());
        }
        self.set(RESCUE_KEY, key)
    }

    /// The key to which a rescue file is encrypted; none before the central was ever heard.
    ///
    /// # Errors
    /// When the file fails.
    pub fn rescue_key(&self) -> Result<Option<String>, StoreError> {
        self.setting(RESCUE_KEY)
    }

    /// Keeps the papers with which a ledger that has lost this desk takes it in again.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_papers(&self, papers: &str) -> Result<(), StoreError> {
        self.set(PAPERS, papers)
    }

    /// These papers; none where the central seals nothing.
    ///
    /// # Errors
    /// When the file fails.
    pub fn papers(&self) -> Result<Option<String>, StoreError> {
        Ok(self.setting(PAPERS)?.filter(|papers| !papers.is_empty()))
    }

    /// The next value of a counter, from 1.
    pub(crate) fn count(&self, name: &str) -> Result<i64, StoreError> {
        Ok(self
            .db
            .prepare_cached(
                "INSERT INTO counters (name, value) VALUES (?1, 1)
                 ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            )?
            .query_row([name], |row| row.get(0))?)
    }

    /// A patient seen here before.
    ///
    /// # Errors
    /// When the file fails.
    pub fn patient(&self, id: &PatientId) -> Result<Option<Patient>, StoreError> {
        let text: Option<String> = self
            .db
            .query_row("SELECT document FROM patients WHERE id = ?1", [id.as_str()], |row| {
                row.get(0)
            })
            .optional()?;
        text.map(|text| parsed("patients", &text)).transpose()
    }

    pub(crate) fn remember_patient(&self, patient: &Patient, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.db.execute(
            "INSERT OR REPLACE INTO patients (id, document, seen_ms) VALUES (?1, ?2, ?3)",
            params![patient.id.as_str(), json("patients", patient)?, now.timestamp_millis()],
        )?;
        Ok(())
    }

    /// Keeps places that somebody else has for the moment out of the offers until an instant.
    ///
    /// # Errors
    /// When the file fails.
    pub fn refuse(&self, spans: &[SlotSpan], until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.db
            .execute("DELETE FROM refused WHERE until_ms <= ?1", [now.timestamp_millis()])?;
        for span in spans {
            self.db.execute(
                "INSERT OR REPLACE INTO refused (schedule, start, place, minutes, until_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![span.schedule.0, span.start.0, span.place, span.minutes, until.timestamp_millis()],
            )?;
        }
        Ok(())
    }
}
