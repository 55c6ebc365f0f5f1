//! What channels may do, and the time for which they could not: what was promised meanwhile is kept
//! for longer (rule 4).

use chrono::{DateTime, Duration, Utc};
use lanterna_model::access::Channel;
use lanterna_wire::status::ServiceState;

use super::condition;
use super::stock::policy;
use crate::ledger::LedgerError;
use crate::ledger::books::Books;
use crate::ledger::stored::millis;

/// That a channel accepts is written down no more often than this, in milliseconds.
const NOTE_EVERY_MS: i64 = 15_000;

/// Says what a channel may do. When it begins to accept operations again, every lease that was not
/// over when it ceased is kept for as long as it takes to send them.
pub(crate) async fn set_state<B: Books>(
    books: &B,
    channel: Channel,
    state: ServiceState,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let told = condition::condition(books).await?;
    let before = condition::effective(&told, books.service_state(channel).await?);
    match (before.pushes(), condition::effective(&told, state).pushes()) {
        (true, false) => note(books, channel, now).await?,
        (false, true) => resume(books, channel, now).await?,
        _ => {}
    }
    books.set_service_state(channel, state).await
}

/// The central serves again after it did not, for however long.
pub(crate) async fn reopen<B: Books>(books: &B, now: DateTime<Utc>) -> Result<(), LedgerError> {
    for channel in Channel::ALL {
        if condition::service_state(books, channel).await?.pushes() {
            resume(books, channel, now).await?;
        }
    }
    Ok(())
}

/// Nothing is accepted from now on, by whichever channel. One that was away until now did not accept
/// meanwhile either: what it missed counts from when it was last there.
pub(super) async fn cease<B: Books>(books: &B, now: DateTime<Utc>) -> Result<(), LedgerError> {
    for channel in Channel::ALL {
        let silence = books.accepting(channel).await?.map(|at| millis(now) - at);
        let away = match silence.map(Duration::milliseconds) {
            Some(silence) => policy(books).await?.is_outage(silence),
            None => false,
        };
        if !away && condition::service_state(books, channel).await?.pushes() {
            note(books, channel, now).await?;
        }
    }
    Ok(())
}

/// Notes that open channels accept. One that was not heard of for too long did not: it was away.
/// Whether anything was written is the answer.
pub(crate) async fn watch<B: Books>(books: &B, now: DateTime<Utc>) -> Result<bool, LedgerError> {
    let mut written = false;
    for channel in Channel::ALL {
        let last = books.accepting(channel).await?;
        let silence = last.map(|at| millis(now) - at);
        let recent = silence.is_some_and(|silence| silence < NOTE_EVERY_MS);
        if recent || !condition::service_state(books, channel).await?.pushes() {
            continue;
        }
        written = true;
        let silence = silence.map(Duration::milliseconds);
        match silence {
            Some(silence) if policy(books).await?.is_outage(silence) => resume(books, channel, now).await?,
            _ => note(books, channel, now).await?,
        }
    }
    Ok(written)
}

/// A channel accepts again.
async fn resume<B: Books>(books: &B, channel: Channel, now: DateTime<Utc>) -> Result<(), LedgerError> {
    // Where it is not known when it ceased, no lease was over by then.
    let at = books.accepting(channel).await?.unwrap_or(i64::MIN);
    let until = policy(books).await?.drained(now);
    books.extend(channel, at, until).await?;
    note(books, channel, now).await
}

async fn note<B: Books>(books: &B, channel: Channel, now: DateTime<Utc>) -> Result<(), LedgerError> {
    books.set_accepting(channel, millis(now)).await
}
