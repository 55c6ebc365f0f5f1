//! What happens because time passes, committed as such (rule 24).

use chrono::{DateTime, Utc};
use lanterna_model::time::Minute;

use super::{leases, service};
use crate::ledger::books::{Books, Done, Touched};
use crate::ledger::{LedgerError, Retention, Swept, quota};

/// Of each kind, in one sweep: a sweep is one transaction, and one transaction is one page.
const BOUND: u32 = 500;
/// Rows of the feed dropped in one sweep.
const FEED_BOUND: u64 = 5_000;

pub(crate) async fn sweep<B: Books>(
    books: &B,
    retention: &Retention,
    now: DateTime<Utc>,
) -> Result<Done<Swept>, LedgerError> {
    // Before anything is over: what was away is told from what is late (rule 4).
    let watched = service::watch(books, now).await?;
    let leases = leases::lapse(books, now, BOUND).await?;
    if !leases.is_empty() {
        // The rest in a sweep of its own: one transaction keeps others off what it needs, all at once.
        return Ok(Done::Keep(Swept {
            leases,
            more: true,
            ..Swept::default()
        }));
    }
    let holds = books.delete_expired(now, BOUND).await?;
    let released = release_due(books, now).await?;
    let (answers, desks) = books.drop_answers(BOUND).await?;
    let dropped = drop_feed(books, retention).await?;
    let swept = Swept {
        leases,
        holds,
        released,
        answers,
        more: holds == BOUND || released == BOUND || desks == BOUND || dropped == FEED_BOUND,
    };
    let idle = !watched && (holds, released, answers, desks, dropped) == (0, 0, 0, 0, 0);
    Ok(if idle { Done::Drop(swept) } else { Done::Keep(swept) })
}

/// Commits the releases of quotas that are due. Only where a class gets its bit back does the feed
/// hear of it.
async fn release_due<B: Books>(books: &B, now: DateTime<Utc>) -> Result<u32, LedgerError> {
    let minute = Minute::containing(now);
    let due = books.due_releases(minute, BOUND).await?;
    let mut touched = Touched::default();
    for (stored, schedule) in &due {
        let start = stored.published.start;
        let released = quota::released_by(schedule, start, stored.released, minute);
        let next = quota::next_release(schedule, start, released);
        books.release_quota(stored.schedule, start, released, next).await?;
        let booked = books.booked_tickets(stored.schedule, start).await?;
        if quota::classes(schedule, released, booked) != quota::classes(schedule, stored.released, booked) {
            touched.sessions.insert((stored.schedule, start));
        }
    }
    if !touched.sessions.is_empty() {
        books.tell(&touched).await?;
    }
    Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
}

/// Drops the oldest rows of the feed beyond those that are kept.
async fn drop_feed<B: Books>(books: &B, retention: &Retention) -> Result<u64, LedgerError> {
    let (first, (last, _)) = (books.feed_begin().await?, books.feed_end().await?);
    // The last row always stays: the chain goes on from it.
    let kept = retention.feed_rows.max(1);
    let surplus = (last.saturating_sub(first).saturating_add(1))
        .saturating_sub(kept)
        .min(FEED_BOUND);
    if surplus > 0 {
        books.cut_before(first + surplus).await?;
    }
    Ok(surplus)
}
