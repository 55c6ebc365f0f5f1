//! Desks and one-time codes; and what channels may do.

use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::DeskId;
use lanterna_wire::status::ServiceState;
use uuid::Uuid;

use super::books::PostgresBooks;
use super::int::{int, maybe, number};
use crate::ledger::books::Desks;
use crate::ledger::recovery::Report;
use crate::ledger::stored::{self, StoredCode, StoredDesk};
use crate::ledger::{Desk, LedgerError, SecretHash};

impl Desks for PostgresBooks {
    async fn add_code(&self, code: &SecretHash, channel: Channel, expires_ms: i64) -> Result<(), LedgerError> {
        self.run(
            "INSERT INTO enrolment_codes (code, channel, expires_ms) VALUES ($1, $2, $3)",
            &[&code.as_slice(), &channel.name(), &expires_ms],
        )
        .await
        .map(drop)
    }

    /// Enrolments come one after the other, for each gives out the next number.
    async fn code(&self, code: &SecretHash) -> Result<Option<StoredCode>, LedgerError> {
        self.script("SELECT pg_advisory_xact_lock(27001, 2)").await?;
        let sql = "SELECT channel, expires_ms, request, desk FROM enrolment_codes WHERE code = $1";
        let found = self.maybe(sql, &[&code.as_slice()]).await?;
        found
            .map(|row| {
                let request: Option<Vec<u8>> = row.try_get(2)?;
                Ok(StoredCode {
                    channel: stored::channel("enrolment_codes", row.try_get(0)?)?,
                    expires_ms: row.try_get(1)?,
                    used: request.zip(maybe(&row, 3)?.map(DeskId)),
                })
            })
            .transpose()
    }

    async fn use_code(&self, code: &SecretHash, request: Uuid, desk: DeskId) -> Result<(), LedgerError> {
        self.run(
            "UPDATE enrolment_codes SET request = $2, desk = $3 WHERE code = $1",
            &[&code.as_slice(), &request.as_bytes().as_slice(), &int(desk.0)],
        )
        .await
        .map(drop)
    }

    async fn last_desk(&self) -> Result<u32, LedgerError> {
        number(&self.one("SELECT coalesce(max(id), 0) FROM desks", &[]).await?, 0)
    }

    async fn add_desk(&self, desk: &Desk, token: &SecretHash) -> Result<(), LedgerError> {
        self.run(
            "INSERT INTO desks (id, code, channel, token) VALUES ($1, $2, $3, $4)",
            &[
                &int(desk.id.0),
                &desk.code.as_str(),
                &desk.channel.name(),
                &token.as_slice(),
            ],
        )
        .await
        .map(drop)
    }

    async fn desk(&self, id: DeskId) -> Result<StoredDesk, LedgerError> {
        let sql = "SELECT d.code, d.channel, d.acknowledged, s.state, d.revoked, d.report
                   FROM desks d LEFT JOIN service_states s ON s.channel = d.channel WHERE d.id = $1";
        let found = self.maybe(sql, &[&int(id.0)]).await?;
        let row = found.ok_or(LedgerError::NoSuchDesk(id))?;
        Ok(StoredDesk {
            desk: stored::desk(id, row.try_get(0)?, row.try_get(1)?)?,
            acknowledged: number(&row, 2)?,
            service: stored::service_state(row.try_get(3)?)?,
            revoked: number::<u8>(&row, 4)? != 0,
            told: Report::from_code(number(&row, 5)?)? == Report::Done,
        })
    }

    async fn desk_by_token(&self, token: &SecretHash) -> Result<Option<(Desk, u8)>, LedgerError> {
        let sql = "SELECT id, code, channel, revoked FROM desks WHERE token = $1";
        let found = self.maybe(sql, &[&token.as_slice()]).await?;
        found
            .map(|row| {
                let desk = stored::desk(DeskId(number(&row, 0)?), row.try_get(1)?, row.try_get(2)?)?;
                Ok((desk, number(&row, 3)?))
            })
            .transpose()
    }

    async fn desk_by_code(&self, code: &DeskCode) -> Result<Option<Desk>, LedgerError> {
        let sql = "SELECT id, channel FROM desks WHERE code = $1";
        let found = self.maybe(sql, &[&code.as_str()]).await?;
        found
            .map(|row| stored::desk(DeskId(number(&row, 0)?), code.as_str(), row.try_get(1)?))
            .transpose()
    }

    async fn set_acknowledged(&self, desk: DeskId, upto: u64) -> Result<(), LedgerError> {
        let sql = "UPDATE desks SET acknowledged = greatest(acknowledged, $2) WHERE id = $1";
        self.run(sql, &[&int(desk.0), &upto.cast_signed()]).await.map(drop)
    }

    async fn service_state(&self, channel: Channel) -> Result<ServiceState, LedgerError> {
        let sql = "SELECT state FROM service_states WHERE channel = $1";
        let found = self.maybe(sql, &[&channel.name()]).await?;
        stored::service_state(found.as_ref().map(|row| row.try_get(0)).transpose()?)
    }

    async fn set_service_state(&self, channel: Channel, state: ServiceState) -> Result<(), LedgerError> {
        self.run(
            "INSERT INTO service_states (channel, state) VALUES ($1, $2)
             ON CONFLICT (channel) DO UPDATE SET state = excluded.state",
            &[&channel.name(), &stored::service_state_name(state)],
        )
        .await
        .map(drop)
    }

    async fn token_secret(&self) -> Result<Vec<u8>, LedgerError> {
        Ok(self.one("SELECT secret FROM ledger", &[]).await?.try_get(0)?)
    }
}
