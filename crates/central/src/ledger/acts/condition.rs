//! Whether the ledger is the one it was, and what follows for what it gives (rules 12 and 13).

use chrono::{DateTime, Utc};
use lanterna_model::access::Channel;
use lanterna_model::ids::{DeskId, LeaseId};
use lanterna_wire::snapshot::hex;
use lanterna_wire::status::ServiceState;
use lanterna_wire::stock::StockReply;
use uuid::Uuid;

use super::service;
use crate::ledger::books::{Books, Done, Touched};
use crate::ledger::leases::StoredStock;
use crate::ledger::recovery::{Condition, FenceReason, RecordLife, Recovery, Report};
use crate::ledger::stored::{StoredDesk, document, text};
use crate::ledger::{Desk, LedgerError, SecretHash};

const CONDITION: &str = "condition";
const GENERATION: &str = "generation";
/// Leases of one life of the ledger are numbered below those of the next, which no ledger that was lost
/// can have given out: two thousand million of them, and 4 million lives below 2^53.
const LEASE_BITS: u32 = 31;
/// A life is numbered by the time at which it begins, in steps of so many minutes: one backup may be put back
/// more than once, and knows nothing of the lives in between. They suffice until 2065.
const LIFE_MINUTES: i64 = 5;
/// Minutes from 1970 to 2026.
const FIRST_LIFE: i64 = 29_453_760;
const LAST_DESK: &str = "last_desk";
/// Numbers of desks left out when a ledger begins another life: desks that were enrolled after the backup
/// was taken have them, and the booking numbers made with their codes.
const DESKS_LEFT_OUT: u32 = 256;

pub(crate) async fn condition<B: Recovery>(books: &B) -> Result<Condition, LedgerError> {
    match books.note(CONDITION).await? {
        Some(json) => document("notes", &json),
        None => Ok(Condition::Sound),
    }
}

async fn set_condition<B: Recovery>(books: &B, condition: &Condition) -> Result<(), LedgerError> {
    if condition.is_sound() {
        return books.set_note(CONDITION, None).await;
    }
    books.set_note(CONDITION, Some(&text("notes", condition)?)).await
}

/// What a channel may do, as it is told: whatever was decided, nothing is pushed to a ledger that is not
/// sound.
pub(crate) fn effective(condition: &Condition, decided: ServiceState) -> ServiceState {
    if decided.pushes() && !condition.is_sound() {
        ServiceState::Frozen
    } else {
        decided
    }
}

/// What a channel may do now.
pub(crate) async fn service_state<B: Books>(books: &B, channel: Channel) -> Result<ServiceState, LedgerError> {
    let decided = books.service_state(channel).await?;
    Ok(effective(&condition(books).await?, decided))
}

/// What a desk's channel may do now.
pub(super) async fn service_of<B: Books>(books: &B, stored: &StoredDesk) -> Result<ServiceState, LedgerError> {
    Ok(effective(&condition(books).await?, stored.service))
}

/// Gives nothing any more, until an administrator has looked. `false` where that was so already.
pub(crate) async fn fence<B: Books>(
    books: &B,
    reason: &FenceReason,
    now: DateTime<Utc>,
) -> Result<Done<bool>, LedgerError> {
    // One in recovery may be put back as any other.
    let recovering = match condition(books).await? {
        Condition::Sound => None,
        Condition::Recovery { since } => Some(since),
        Condition::Fenced { .. } => return Ok(Done::Drop(false)),
    };
    service::cease(books, now).await?;
    let fenced = Condition::Fenced {
        reason: reason.clone(),
        at: now,
        recovering,
    };
    set_condition(books, &fenced).await?;
    Ok(Done::Keep(true))
}

/// Takes a fence away that was raised by a false alarm; `false` where there is none.
pub(crate) async fn lift<B: Books>(books: &B, now: DateTime<Utc>) -> Result<Done<bool>, LedgerError> {
    let Condition::Fenced { recovering, .. } = condition(books).await? else {
        return Ok(Done::Drop(false));
    };
    match recovering {
        Some(since) => {
            set_condition(books, &Condition::Recovery { since }).await?;
            end_if_told(books, now).await?;
        }
        None => {
            set_condition(books, &Condition::Sound).await?;
            service::reopen(books, now).await?;
        }
    }
    Ok(Done::Keep(true))
}

/// Begins another life of the ledger, in recovery.
pub(crate) async fn recover<B: Books>(books: &B, epoch: [u8; 16], now: DateTime<Utc>) -> Result<(), LedgerError> {
    let known = books.note(GENERATION).await?.and_then(|text| text.parse::<u64>().ok());
    let by_time = (now.timestamp() / 60 - FIRST_LIFE).max(0) / LIFE_MINUTES;
    let generation = (known.unwrap_or(0) + 1).max(by_time.unsigned_abs());
    books.set_note(GENERATION, Some(&generation.to_string())).await?;
    let last = books.last_desk().await?.max(last_desk_of_before(books).await?);
    let last = last.saturating_add(DESKS_LEFT_OUT);
    books.set_note(LAST_DESK, Some(&last.to_string())).await?;
    books
        .begin_epoch(&hex(&epoch), LeaseId(generation << LEASE_BITS))
        .await?;
    set_condition(books, &Condition::Recovery { since: now }).await?;
    // The first thing told in this life, so that every number of a change or an outcome is above 0.
    let everything = Touched {
        catalogue: true,
        everything: true,
        ..Touched::default()
    };
    books.tell(&everything).await?;
    end_if_told(books, now).await.map(drop)
}

/// The last number that a desk may have got from an earlier life of the ledger.
pub(super) async fn last_desk_of_before<B: Recovery>(books: &B) -> Result<u32, LedgerError> {
    let known = books.note(LAST_DESK).await?;
    Ok(known.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Whether a lease was granted by an earlier life of the ledger.
pub(super) async fn is_of_before<B: Recovery>(books: &B, lease: LeaseId) -> Result<bool, LedgerError> {
    let known = books.note(GENERATION).await?.and_then(|text| text.parse::<u64>().ok());
    Ok(lease.0 >> LEASE_BITS < known.unwrap_or(0))
}

/// Where a desk is to begin to tell what it has, if it has not told all.
pub(crate) async fn assert_from<B: Books>(books: &B, desk: DeskId) -> Result<Option<u64>, LedgerError> {
    if matches!(condition(books).await?, Condition::Fenced { .. }) || books.report(desk).await? == Report::Done {
        return Ok(None);
    }
    Ok(Some(books.desk(desk).await?.acknowledged + 1))
}

/// Takes a desk in again that a lost ledger had enrolled.
pub(crate) async fn readmit<B: Books>(books: &B, desk: &Desk, token: &SecretHash) -> Result<Done<bool>, LedgerError> {
    let told = condition(books).await?;
    let lost = desk.id.0 <= last_desk_of_before(books).await?;
    let unknown = match books.desk(desk.id).await {
        Ok(_) => false,
        Err(LedgerError::NoSuchDesk(_)) => books.desk_by_code(&desk.code).await?.is_none(),
        Err(error) => return Err(error),
    };
    if !lost || !unknown || matches!(told, Condition::Fenced { .. }) {
        return Ok(Done::Drop(false));
    }
    books.add_desk(desk, token).await?;
    // While the recovery lasts it is waited for like any other.
    let report = if told.is_sound() {
        Report::WrittenOff
    } else {
        Report::Awaited
    };
    books.set_report(desk.id, report).await?;
    Ok(Done::Keep(true))
}

/// Notes how far a desk has come. Whether it has told all is the answer.
pub(crate) async fn told<B: Books>(
    books: &B,
    desk: DeskId,
    report: Report,
    life: RecordLife,
    now: DateTime<Utc>,
) -> Result<Done<()>, LedgerError> {
    let known = books.stock(desk, life.incarnation).await?;
    if books.report(desk).await? == Report::Done {
        return Ok(Done::Drop(()));
    }
    // Its exchanges of an earlier life of the ledger are not missing: it goes on with the next one. What
    // was fenced stays so (rule 11).
    if report == Report::Done && life.exchanges > 0 && !known.as_ref().is_some_and(|known| known.fenced) {
        books.fence_others(desk, life.incarnation).await?;
        let stock = StoredStock {
            number: known.map_or(0, |known| known.number).max(life.exchanges),
            request: Uuid::nil(),
            reply: StockReply::Superseded,
            fenced: false,
        };
        books.put_stock(desk, life.incarnation, &stock).await?;
    }
    books.set_report(desk, report).await?;
    end_if_told(books, now).await?;
    Ok(Done::Keep(()))
}

/// Goes on without a desk; `false` when it is not awaited.
pub(crate) async fn write_off<B: Books>(
    books: &B,
    desk: DeskId,
    now: DateTime<Utc>,
) -> Result<Done<bool>, LedgerError> {
    if !books.report(desk).await?.is_missing() {
        return Ok(Done::Drop(false));
    }
    books.set_report(desk, Report::WrittenOff).await?;
    end_if_told(books, now).await?;
    Ok(Done::Keep(true))
}

/// Whether every other desk was heard, or is not waited for: what is in the way of something now is not
/// the rest of what one of them has long given back.
pub(super) async fn others_were_heard<B: Recovery>(books: &B, desk: DeskId) -> Result<bool, LedgerError> {
    let awaited = books.awaited().await?;
    Ok(awaited
        .iter()
        .all(|it| it.desk.id == desk || it.report != Report::Awaited))
}

/// Ends the recovery once nobody is missing. Leases that were not over when the ledger was last there are
/// kept as after any outage (rule 4).
pub(super) async fn end_if_told<B: Books>(books: &B, now: DateTime<Utc>) -> Result<bool, LedgerError> {
    if !matches!(condition(books).await?, Condition::Recovery { .. })
        || books.awaited().await?.iter().any(|it| it.report.is_missing())
    {
        return Ok(false);
    }
    set_condition(books, &Condition::Sound).await?;
    service::reopen(books, now).await?;
    Ok(true)
}
