//! Desks: one-time codes, enrolment, tokens, acknowledgements; and what their channels may do.

use chrono::{DateTime, Utc};
use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::DeskId;
use lanterna_wire::status::ServiceState;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::Done;
use super::rows::{self, millis};
use crate::ledger::{Desk, LedgerError, SecretHash, TokenSecret};

/// Desks that can be told apart by the four characters of their codes.
const MOST_DESKS: u32 = 1 << 20;

const DAMAGED: LedgerError = LedgerError::Damaged { table: "desks" };

pub(super) fn build(id: DeskId, code: &str, channel: &str) -> Result<Desk, LedgerError> {
    let code = DeskCode::parse(code).map_err(|_| DAMAGED)?;
    Ok(Desk {
        id,
        code,
        channel: rows::channel("desks", channel)?,
    })
}

pub(super) fn add_code(
    tx: &Connection,
    code: &SecretHash,
    channel: Channel,
    expires: DateTime<Utc>,
) -> Result<(), LedgerError> {
    tx.prepare_cached("INSERT INTO enrolment_codes (code, channel, expires_ms) VALUES (?1, ?2, ?3)")?
        .execute(params![code.as_slice(), channel.name(), millis(expires)])?;
    Ok(())
}

pub(super) fn token_secret(tx: &Connection) -> Result<TokenSecret, LedgerError> {
    let secret: Vec<u8> = tx
        .prepare_cached("SELECT secret FROM ledger")?
        .query_row([], |row| row.get(0))?;
    Ok(TokenSecret(
        secret
            .try_into()
            .map_err(|_| LedgerError::Damaged { table: "ledger" })?,
    ))
}

/// Makes the desk of a code, or finds the one that the same request made.
pub(super) fn enrol(
    tx: &Connection,
    code: &SecretHash,
    request: Uuid,
    token: &SecretHash,
    now: DateTime<Utc>,
) -> Result<Done<Option<Desk>>, LedgerError> {
    type CodeRow = (String, i64, Option<Vec<u8>>, Option<u32>);
    let found: Option<CodeRow> = tx
        .prepare_cached("SELECT channel, expires_ms, request, desk FROM enrolment_codes WHERE code = ?1")?
        .query_row([code.as_slice()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((channel, expires, used_by, desk)) = found else {
        return Ok(Done::Drop(None));
    };
    if let Some(desk) = desk {
        let same = used_by.as_deref() == Some(request.as_bytes().as_slice());
        // The token follows from code and request, so that a repeated request brings the same.
        let known = by_token(tx, token)?.filter(|known| same && known.id == DeskId(desk));
        return Ok(Done::Drop(known));
    }
    if expires <= millis(now) {
        return Ok(Done::Drop(None));
    }
    let id: u32 = tx
        .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM desks")?
        .query_row([], |row| row.get(0))?;
    if id >= MOST_DESKS {
        return Ok(Done::Drop(None));
    }
    let desk = DeskCode::of(id);
    tx.prepare_cached("INSERT INTO desks (id, code, channel, token) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id, desk.as_str(), channel, token.as_slice()])?;
    tx.prepare_cached("UPDATE enrolment_codes SET request = ?2, desk = ?3 WHERE code = ?1")?
        .execute(params![code.as_slice(), request.as_bytes().as_slice(), id])?;
    Ok(Done::Keep(Some(build(DeskId(id), desk.as_str(), &channel)?)))
}

pub(super) fn by_token(tx: &Connection, token: &SecretHash) -> Result<Option<Desk>, LedgerError> {
    let found: Option<(u32, String, String)> = tx
        .prepare_cached("SELECT id, code, channel FROM desks WHERE token = ?1")?
        .query_row([token.as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    found
        .map(|(id, code, channel)| build(DeskId(id), &code, &channel))
        .transpose()
}

pub(super) fn acknowledge(tx: &Connection, desk: DeskId, upto: u64) -> Result<Done<()>, LedgerError> {
    let (_, known) = rows::desk(tx, desk)?;
    let upto = upto.min(i64::MAX.cast_unsigned());
    if upto <= known {
        return Ok(Done::Drop(()));
    }
    tx.prepare_cached("UPDATE desks SET acknowledged = ?2 WHERE id = ?1")?
        .execute(params![desk.0, upto.cast_signed()])?;
    Ok(Done::Keep(()))
}

const STATES: [(&str, ServiceState); 4] = [
    ("open", ServiceState::Open),
    ("read_only", ServiceState::ReadOnly),
    ("frozen", ServiceState::Frozen),
    ("closed", ServiceState::Closed),
];

/// What a channel may do: everything, until something else is said.
pub(super) fn service_state(tx: &Connection, channel: Channel) -> Result<ServiceState, LedgerError> {
    let name: Option<String> = tx
        .prepare_cached("SELECT state FROM service_states WHERE channel = ?1")?
        .query_row([channel.name()], |row| row.get(0))
        .optional()?;
    let Some(name) = name else {
        return Ok(ServiceState::Open);
    };
    let found = STATES.iter().find(|(known, _)| *known == name);
    found.map(|(_, state)| *state).ok_or(LedgerError::Damaged {
        table: "service_states",
    })
}

pub(super) fn set_service_state(tx: &Connection, channel: Channel, state: ServiceState) -> Result<(), LedgerError> {
    let name = STATES
        .iter()
        .find(|(_, known)| *known == state)
        .map_or("open", |(name, _)| *name);
    tx.prepare_cached(
        "INSERT INTO service_states (channel, state) VALUES (?1, ?2)
         ON CONFLICT (channel) DO UPDATE SET state = excluded.state",
    )?
    .execute([channel.name(), name])?;
    Ok(())
}
