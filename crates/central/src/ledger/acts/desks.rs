//! How a desk comes to be, and what it acknowledges.

use chrono::{DateTime, Utc};
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::DeskId;
use uuid::Uuid;

use super::condition;
use crate::ledger::books::{Books, Done};
use crate::ledger::recovery::Report;
use crate::ledger::stored::millis;
use crate::ledger::{Desk, LedgerError, SecretHash, TokenSecret};

/// Desks that can be told apart by the four characters of their codes.
const MOST_DESKS: u32 = 1 << 20;

/// Makes the desk of a code, or finds the one that the same request made.
pub(crate) async fn enrol<B: Books>(
    books: &B,
    code: &SecretHash,
    request: Uuid,
    token: &SecretHash,
    now: DateTime<Utc>,
) -> Result<Done<Option<Desk>>, LedgerError> {
    let Some(found) = books.code(code).await? else {
        return Ok(Done::Drop(None));
    };
    if let Some((used_by, desk)) = found.used {
        let same = used_by == request.as_bytes();
        // The token follows from code and request, so that a repeated request brings the same.
        let known = by_token(books, token).await?;
        return Ok(Done::Drop(known.filter(|known| same && known.id == desk)));
    }
    if found.expires_ms <= millis(now) {
        return Ok(Done::Drop(None));
    }
    let id = books
        .last_desk()
        .await?
        .max(condition::last_desk_of_before(books).await?)
        + 1;
    if id >= MOST_DESKS {
        return Ok(Done::Drop(None));
    }
    let desk = Desk {
        id: DeskId(id),
        code: DeskCode::of(id),
        channel: found.channel,
    };
    books.add_desk(&desk, token).await?;
    books.use_code(code, request, desk.id).await?;
    Ok(Done::Keep(Some(desk)))
}

/// The desk that a token lets in.
pub(crate) async fn by_token<B: Books>(books: &B, token: &SecretHash) -> Result<Option<Desk>, LedgerError> {
    let found = books.desk_by_token(token).await?;
    Ok(found.and_then(|(desk, revoked)| (revoked == 0).then_some(desk)))
}

/// The desk whose token a rescue file holds. What a revoked one did before enters this way (rule 9);
/// the word of a stolen one counts no more.
pub(crate) async fn of_rescue<B: Books>(books: &B, token: &SecretHash) -> Result<Option<Desk>, LedgerError> {
    let found = books.desk_by_token(token).await?;
    Ok(found.and_then(|(desk, revoked)| (revoked < 2).then_some(desk)))
}

pub(crate) async fn acknowledge<B: Books>(books: &B, desk: DeskId, upto: u64) -> Result<Done<()>, LedgerError> {
    // Until a desk has told all it has, what it acknowledged in an earlier life of the ledger is not to be
    // taken for answered in this one (rules 12 and 14); nor by a ledger that went back and is to begin another.
    if books.report(desk).await? != Report::Done || !condition::condition(books).await?.is_sound() {
        return Ok(Done::Drop(()));
    }
    let known = books.desk(desk).await?.acknowledged;
    let upto = upto.min(i64::MAX.cast_unsigned());
    if upto <= known {
        return Ok(Done::Drop(()));
    }
    books.set_acknowledged(desk, upto).await?;
    Ok(Done::Keep(()))
}

pub(crate) async fn token_secret<B: Books>(books: &B) -> Result<TokenSecret, LedgerError> {
    let secret = books.token_secret().await?;
    let secret = secret
        .try_into()
        .map_err(|_| LedgerError::Damaged { table: "ledger" })?;
    Ok(TokenSecret(secret))
}
