//! The feed: what is told of what was touched, and the pages in which it is read.

use std::collections::BTreeMap;

use lanterna_model::access::Channel;
use lanterna_wire::Cursor;
use lanterna_wire::changes::Page;

use crate::ledger::books::{Books, Facts, Feed, Touched};
use crate::ledger::feed::{PageBuilder, Row, digest_text};
use crate::ledger::{CursorError, LedgerError};

/// Rows read at once.
const STRETCH: usize = 2_000;

/// What the feed has to say of what was touched, as it is now: one row for each thing, the sessions
/// of a resource's other schedules included.
pub(crate) async fn rows<B: Facts>(books: &B, touched: &Touched) -> Result<Vec<Row>, LedgerError> {
    let mut rows = Vec::new();
    if touched.catalogue {
        rows.push(Row::catalogue());
    }
    if !touched.schedules.is_empty() {
        for facts in books.whole(&touched.schedules).await? {
            let packed = facts.packed();
            rows.push(Row::schedule(packed.channels, packed.schedule, packed.row));
        }
    }
    let mut sessions = BTreeMap::new();
    for facts in books.around(touched).await? {
        if touched.schedules.contains(&facts.schedule.id) {
            continue;
        }
        for session in &facts.sessions {
            sessions.insert((session.schedule, session.published.start), facts.told(session));
        }
    }
    rows.extend(sessions.into_values());
    Ok(rows)
}

/// The cursor at the end of the feed.
pub(crate) async fn head<B: Feed>(books: &B) -> Result<Cursor, LedgerError> {
    let (seq, digest) = books.feed_end().await?;
    Ok(Cursor {
        epoch: books.epoch().to_owned(),
        seq,
        digest: digest_text(digest),
    })
}

/// A page after a cursor.
pub(crate) async fn page<B: Books>(
    books: &B,
    channel: Channel,
    since: &Cursor,
    limit: usize,
) -> Result<Result<Page, CursorError>, LedgerError> {
    if since.epoch != books.epoch() {
        return Ok(Err(CursorError::Gone));
    }
    if since.seq > books.feed_end().await?.0 {
        return Ok(Err(CursorError::Ahead));
    }
    match books.digest_at(since.seq).await? {
        None => return Ok(Err(CursorError::Gone)),
        Some(digest) if digest_text(digest) != since.digest => return Ok(Err(CursorError::Ahead)),
        Some(_) => {}
    }
    let mut builder = PageBuilder::new(limit);
    let mut after = since.seq;
    // One more than the limit, so that the end of a transaction is seen.
    let stretch = limit.saturating_add(1).min(STRETCH);
    'reading: loop {
        let rows = books.feed_after(after, stretch).await?;
        let last = rows.len() < stretch;
        for row in rows {
            after = row.seq;
            if !builder.push(row) {
                break 'reading;
            }
        }
        if last {
            break;
        }
    }
    let cut = builder.finish(channel);
    let to = cut.to.map_or_else(
        || since.clone(),
        |(seq, digest)| Cursor {
            epoch: since.epoch.clone(),
            seq,
            digest: digest_text(digest),
        },
    );
    Ok(Ok(Page {
        from: since.clone(),
        to,
        more: cut.more,
        changes: cut.changes,
    }))
}
