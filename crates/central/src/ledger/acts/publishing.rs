//! What owners publish: regions, sessions, suspensions.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use lanterna_model::ids::{ResourceId, ScheduleId};
use lanterna_model::schedule::{PublishedSession, Schedule, Suspension};
use lanterna_model::time::Minute;

use super::leases;
use crate::ledger::books::{Books, Concern, Touched};
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::{NewSession, StoredSchedule};
use crate::ledger::{LedgerError, PublishedSchedule, Region, RegionFault};

/// Schedules written at once.
const BUNDLE: usize = 256;

/// Puts a checked region in place.
pub(crate) async fn install<B: Books>(books: &B, region: &Region, now: DateTime<Utc>) -> Result<(), LedgerError> {
    books.put_catalogue(region).await?;
    let known = books.resources().await?;
    let moved = region.schedules.iter().find(|PublishedSchedule { schedule, .. }| {
        let before = known.get(&schedule.id);
        before.is_some_and(|resource| *resource != schedule.resource)
    });
    if let Some(moved) = moved {
        return Err(RegionFault::Resource(moved.schedule.id).into());
    }
    for bundle in region.schedules.chunks(BUNDLE) {
        let schedules: Vec<&Schedule> = bundle.iter().map(|published| &published.schedule).collect();
        books.put_schedules(&schedules).await?;
        replace_sessions(books, bundle.iter().map(|it| (&it.schedule, &*it.sessions)), now).await?;
    }
    let kept: HashSet<ScheduleId> = region.schedules.iter().map(|published| published.schedule.id).collect();
    let gone: Vec<ScheduleId> = known.into_keys().filter(|id| !kept.contains(id)).collect();
    books.withdraw(&gone).await?;
    books.next_catalogue().await?;
    // Telling everything as changes would be one endless page: cursors from before are gone instead.
    let touched = Touched {
        catalogue: true,
        everything: true,
        ..Touched::default()
    };
    books.tell(&touched).await
}

/// Writes the sessions of schedules in the place of those they had.
async fn replace_sessions<'a, B: Books>(
    books: &B,
    schedules: impl Iterator<Item = (&'a Schedule, &'a [PublishedSession])> + Clone,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let ids: Vec<ScheduleId> = schedules.clone().map(|(schedule, _)| schedule.id).collect();
    let before = books.sessions_of(&ids).await?;
    let mut written = Vec::with_capacity(ids.len());
    for (schedule, sessions) in schedules {
        let before: HashMap<Minute, &StoredSession> = before
            .get(&schedule.id)
            .into_iter()
            .flatten()
            .map(|stored| (stored.published.start, stored))
            .collect();
        let new = |published: &PublishedSession| {
            NewSession::after(before.get(&published.start).copied(), schedule, published, now)
        };
        written.push((schedule.id, sessions.iter().map(new).collect()));
    }
    books.replace_sessions(&written).await
}

/// Publishes the checked sessions of a schedule anew.
pub(crate) async fn publish<B: Books>(
    books: &B,
    id: ScheduleId,
    sessions: &[PublishedSession],
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let stored = secluded(books, id).await?;
    replace_sessions(books, std::iter::once((&stored.schedule, sessions)), now).await?;
    let mut touched = Touched::default();
    touched.schedules.insert(id);
    // The owner may have closed places, or published fewer of them.
    leases::recall(books, &touched).await?;
    books.tell(&touched).await
}

/// Suspends a schedule, or ends its suspension.
pub(crate) async fn suspend<B: Books>(
    books: &B,
    id: ScheduleId,
    suspension: Option<&Suspension>,
) -> Result<(), LedgerError> {
    let mut stored = secluded(books, id).await?;
    stored.schedule.suspension = suspension.cloned();
    // The channels of a schedule that was withdrawn stay away.
    stored.schedule.channels = stored.channels;
    books.put_schedules(&[&stored.schedule]).await?;
    books.next_catalogue().await?;
    let touched = Touched {
        catalogue: true,
        ..Touched::default()
    };
    books.tell(&touched).await
}

/// A schedule whose resource nobody else touches.
async fn secluded<B: Books>(books: &B, id: ScheduleId) -> Result<StoredSchedule, LedgerError> {
    let resource: ResourceId = one(books, id).await?.schedule.resource;
    let concern = Concern {
        resources: vec![resource],
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    // It may have changed while others were waited for.
    one(books, id).await
}

async fn one<B: Books>(books: &B, id: ScheduleId) -> Result<StoredSchedule, LedgerError> {
    let found = books.schedules(&[id]).await?.remove(&id);
    found.ok_or(LedgerError::NoSuchSchedule(id))
}
