//! Desks and one-time codes; and what channels may do.

use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::DeskId;
use lanterna_wire::status::ServiceState;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::books::SqliteBooks;
use crate::ledger::books::Desks;
use crate::ledger::recovery::Report;
use crate::ledger::stored::{self, StoredCode, StoredDesk};
use crate::ledger::{Desk, LedgerError, SecretHash};

impl Desks for SqliteBooks<'_> {
    async fn add_code(&self, code: &SecretHash, channel: Channel, expires_ms: i64) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("INSERT INTO enrolment_codes (code, channel, expires_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![code.as_slice(), channel.name(), expires_ms])?;
        Ok(())
    }

    async fn code(&self, code: &SecretHash) -> Result<Option<StoredCode>, LedgerError> {
        type CodeRow = (String, i64, Option<Vec<u8>>, Option<u32>);
        let found: Option<CodeRow> = self
            .tx
            .prepare_cached("SELECT channel, expires_ms, request, desk FROM enrolment_codes WHERE code = ?1")?
            .query_row([code.as_slice()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        found
            .map(|(channel, expires_ms, request, desk)| {
                Ok(StoredCode {
                    channel: stored::channel("enrolment_codes", &channel)?,
                    expires_ms,
                    used: request.zip(desk.map(DeskId)),
                })
            })
            .transpose()
    }

    async fn use_code(&self, code: &SecretHash, request: Uuid, desk: DeskId) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("UPDATE enrolment_codes SET request = ?2, desk = ?3 WHERE code = ?1")?
            .execute(params![code.as_slice(), request.as_bytes().as_slice(), desk.0])?;
        Ok(())
    }

    async fn last_desk(&self) -> Result<u32, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT coalesce(max(id), 0) FROM desks")?
            .query_row([], |row| row.get(0))?)
    }

    async fn add_desk(&self, desk: &Desk, token: &SecretHash) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("INSERT INTO desks (id, code, channel, token) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                desk.id.0,
                desk.code.as_str(),
                desk.channel.name(),
                token.as_slice()
            ])?;
        Ok(())
    }

    async fn desk(&self, id: DeskId) -> Result<StoredDesk, LedgerError> {
        let found: Option<(String, String, i64, u8, u8)> = self
            .tx
            .prepare_cached("SELECT code, channel, acknowledged, revoked, report FROM desks WHERE id = ?1")?
            .query_row([id.0], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .optional()?;
        let (code, channel, acknowledged, revoked, report) = found.ok_or(LedgerError::NoSuchDesk(id))?;
        let desk = stored::desk(id, &code, &channel)?;
        Ok(StoredDesk {
            service: self.service_state(desk.channel).await?,
            acknowledged: acknowledged.cast_unsigned(),
            revoked: revoked != 0,
            told: Report::from_code(report)? == Report::Done,
            desk,
        })
    }

    async fn desk_by_token(&self, token: &SecretHash) -> Result<Option<(Desk, u8)>, LedgerError> {
        let found: Option<(u32, String, String, u8)> = self
            .tx
            .prepare_cached("SELECT id, code, channel, revoked FROM desks WHERE token = ?1")?
            .query_row([token.as_slice()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        found
            .map(|(id, code, channel, revoked)| Ok((stored::desk(DeskId(id), &code, &channel)?, revoked)))
            .transpose()
    }

    async fn desk_by_code(&self, code: &DeskCode) -> Result<Option<Desk>, LedgerError> {
        let found: Option<(u32, String)> = self
            .tx
            .prepare_cached("SELECT id, channel FROM desks WHERE code = ?1")?
            .query_row([code.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found
            .map(|(id, channel)| stored::desk(DeskId(id), code.as_str(), &channel))
            .transpose()
    }

    async fn set_acknowledged(&self, desk: DeskId, upto: u64) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached("UPDATE desks SET acknowledged = ?2 WHERE id = ?1")?
            .execute(params![desk.0, upto.cast_signed()])?;
        Ok(())
    }

    async fn service_state(&self, channel: Channel) -> Result<ServiceState, LedgerError> {
        let name: Option<String> = self
            .tx
            .prepare_cached("SELECT state FROM service_states WHERE channel = ?1")?
            .query_row([channel.name()], |row| row.get(0))
            .optional()?;
        stored::service_state(name.as_deref())
    }

    async fn set_service_state(&self, channel: Channel, state: ServiceState) -> Result<(), LedgerError> {
        self.tx
            .prepare_cached(
                "INSERT INTO service_states (channel, state) VALUES (?1, ?2)
                 ON CONFLICT (channel) DO UPDATE SET state = excluded.state",
            )?
            .execute([channel.name(), stored::service_state_name(state)])?;
        Ok(())
    }

    async fn token_secret(&self) -> Result<Vec<u8>, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT secret FROM ledger")?
            .query_row([], |row| row.get(0))?)
    }
}
