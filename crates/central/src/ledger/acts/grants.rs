//! Setting places aside: where is planned first, from what can be read without keeping anybody off;
//! what was planned is then granted, each place looked at anew on resources that were secluded.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use lanterna_model::geo::{Coordinates, Municipality};
use lanterna_model::ids::{LocationId, ResourceId, ScheduleId};
use lanterna_model::location::Location;
use lanterna_model::priority::Priority;
use lanterna_model::service::Service;
use lanterna_model::time::Minute;
use lanterna_wire::catalogue::Rules;
use lanterna_wire::stock::Want;

use super::claims::take_ticket;
use super::reading;
use super::stock::{Asked, is_for};
use crate::ledger::books::{Books, Shelf, Touched};
use crate::ledger::facts::ScheduleFacts;
use crate::ledger::leases::{NewLease, StoredLease};
use crate::ledger::policy::LeasePolicy;
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::{ClaimedSpan, Owner, document};
use crate::ledger::{LedgerError, choice, judge, quota};

/// Sessions of one schedule that are read for one want.
const OF_ONE_SCHEDULE: u32 = 32;
/// Sessions whose claims are looked at for one want: those where the owner opened enough.
const SESSIONS: usize = 48;
/// Sessions read at once.
const STRETCH: usize = 8;
/// A session that began so many minutes ago may still have a late place.
const LONG_SESSION: i32 = 12 * 60;

/// A session in which a place is to be set aside.
pub(super) struct Target<'a> {
    want: &'a Want,
    pub schedule: ScheduleId,
    pub resource: ResourceId,
    start: Minute,
    end: Minute,
    not_before: Minute,
    deadline: DateTime<Utc>,
}

impl Target<'_> {
    fn overlaps(&self, other: &Self) -> bool {
        self.resource == other.resource && self.start < other.end && other.start < self.end
    }

    fn meets(&self, span: &ClaimedSpan) -> bool {
        self.resource == span.resource && self.start < span.end() && span.start < self.end
    }
}

/// Whether the desk may have one more lease, on a schedule: by what it has, and by what its earlier
/// lives left behind.
pub(super) fn has_room(policy: &LeasePolicy, own: &[StoredLease], elsewhere: usize, schedule: ScheduleId) -> bool {
    let per_desk = usize::from(policy.per_desk);
    let there = own.iter().filter(|lease| lease.lease.span.schedule == schedule).count();
    own.len() < per_desk && own.len() + elsewhere < 2 * per_desk && there < usize::from(policy.per_desk_schedule)
}

/// Where places could be set aside for what the desk still lacks.
pub(super) async fn plan<'a, B: Books>(books: &B, asked: &Asked<'a>) -> Result<Vec<Target<'a>>, LedgerError> {
    let of_desk = books.leases(asked.desk.id, false).await?;
    let own: Vec<&StoredLease> = of_desk
        .iter()
        .filter(|lease| lease.lease.incarnation == asked.request.incarnation)
        .filter(|lease| !asked.request.surrendered.contains(&lease.id))
        .collect();
    let mut targets: Vec<Target<'a>> = Vec::new();
    let mut map: Option<Map> = None;
    for (want, share) in &asked.wants {
        let has = own.iter().filter(|lease| is_for(lease, want)).count();
        let missing = share.saturating_sub(has);
        if missing == 0 {
            continue;
        }
        let map = match &map {
            Some(map) => map,
            None => map.insert(Map::read(books, asked).await?),
        };
        let found = look(books, asked, map, want, missing, &own, &targets).await?;
        targets.extend(found);
    }
    Ok(targets)
}

/// What the whole plan needs of the region.
struct Map {
    rules: Rules,
    near: Option<Coordinates>,
    locations: HashMap<LocationId, Coordinates>,
}

impl Map {
    async fn read<B: Books>(books: &B, asked: &Asked<'_>) -> Result<Self, LedgerError> {
        let near = match &asked.request.near {
            None => None,
            Some(code) => {
                let municipalities: Vec<Municipality> =
                    document("ledger", &books.region_texts().await?.municipalities)?;
                let found = municipalities
                    .into_iter()
                    .find(|municipality| municipality.code == *code);
                found.map(|municipality| municipality.coordinates)
            }
        };
        let mut locations = HashMap::new();
        for json in books.shelf(Shelf::Locations).await? {
            let location: Location = document("locations", &json)?;
            locations.insert(location.id, location.coordinates);
        }
        Ok(Self {
            rules: reading::region_rules(books).await?,
            near,
            locations,
        })
    }
}

/// Looks for sessions for one want: nearer bands first, and in a band the sooner first.
async fn look<'a, B: Books>(
    books: &B,
    asked: &Asked<'a>,
    map: &Map,
    want: &'a Want,
    missing: usize,
    own: &[&StoredLease],
    planned: &[Target<'a>],
) -> Result<Vec<Target<'a>>, LedgerError> {
    let Some(service) = books.service(&want.service).await? else {
        return Ok(Vec::new());
    };
    let service: Service = document("services", &service)?;
    // A follow-up has no limit: nothing further ahead than the last class may wait.
    let class = want.class.unwrap_or(Priority::P);
    let deadline = map.rules.waits.deadline(class, service.kind, asked.now);
    let not_before = soonest(asked.policy, asked.now);
    let offers = books.offers(&want.service).await?;
    let there = |schedule: ScheduleId| {
        own.iter().filter(|lease| lease.lease.span.schedule == schedule).count()
            + planned.iter().filter(|target| target.schedule == schedule).count()
    };
    let bands = choice::bands(
        &offers,
        asked.policy,
        (asked.desk.id, asked.desk.channel),
        map.near.as_ref(),
        |location| map.locations.get(&location).copied(),
        there,
    );
    let (from, before) = (not_before.plus(-LONG_SESSION), Minute::containing(deadline).plus(1));
    let mut found: Vec<Target<'a>> = Vec::new();
    let mut looked = 0;
    for band in bands {
        let mut sessions = books.sessions_within(&band, from, before, OF_ONE_SCHEDULE).await?;
        sessions.retain(|session| choice::opens_enough(asked.policy, session));
        sessions.sort_by_key(|session| (session.published.start, session.schedule));
        for stretch in sessions.chunks(STRETCH) {
            looked += stretch.len();
            let touched = Touched {
                sessions: stretch.iter().map(key).collect(),
                ..Touched::default()
            };
            let around = books.around(&touched).await?;
            for session in stretch {
                let Some(facts) = around.iter().find(|facts| facts.schedule.id == session.schedule) else {
                    continue;
                };
                let target = Target {
                    want,
                    schedule: session.schedule,
                    resource: facts.schedule.resource,
                    start: session.published.start,
                    end: session.end(),
                    not_before,
                    deadline,
                };
                // One place of a resource at a time is enough for one desk.
                let beside = own.iter().any(|lease| target.meets(&lease.lease.span))
                    || planned.iter().chain(&found).any(|other| target.overlaps(other));
                let more = there(session.schedule) + found.iter().filter(|it| it.schedule == session.schedule).count();
                if !beside
                    && more < usize::from(asked.policy.per_desk_schedule)
                    && pick(asked, &target, facts, session).is_some_and(|(span, _)| {
                        choice::leaves_enough(asked.policy, std::slice::from_ref(facts), &span)
                    })
                {
                    found.push(target);
                }
                if found.len() == missing {
                    return Ok(found);
                }
            }
            if looked >= SESSIONS {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// The first start for which a promise would be long enough.
fn soonest(policy: &LeasePolicy, now: DateTime<Utc>) -> Minute {
    let minutes = policy.before_start_minutes + policy.margin_minutes + policy.least_minutes;
    Minute::containing(now + Duration::minutes(i64::from(minutes)))
}

fn key(session: &StoredSession) -> (ScheduleId, Minute) {
    (session.schedule, session.published.start)
}

/// The place of a session that could be set aside, and until when.
fn pick(
    asked: &Asked<'_>,
    target: &Target<'_>,
    facts: &ScheduleFacts,
    session: &StoredSession,
) -> Option<(ClaimedSpan, NewLease)> {
    let Asked {
        desk,
        request,
        policy,
        now,
        ..
    } = *asked;
    let (want, schedule) = (target.want, &facts.schedule);
    if !choice::admits(facts, session, want) {
        return None;
    }
    let offered = schedule.service(&want.service)?;
    let span = choice::last_run(facts, session, offered.minutes, target.not_before)?;
    judge::holdable(schedule, facts.channels, desk.channel, span.start, now).ok()?;
    if span.start.utc() > target.deadline || !schedule.open_on(span.start.rome_date()) {
        return None;
    }
    let release = quota::next_release(schedule, session.published.start, session.released);
    let lease = NewLease {
        desk: desk.id,
        incarnation: request.incarnation,
        span,
        revision: session.revision,
        service: want.service.clone(),
        wanted: choice::number(want.class),
        classes: choice::admitted(schedule, session, want),
        terms: policy.terms(now, span.start, release)?,
    };
    Some((span, lease))
}

/// Sets one place aside where it was planned, if there is still one: with its cells and, where a
/// quota limits the class, a ticket of it (rule 10).
pub(super) async fn grant<B: Books>(
    books: &B,
    asked: &Asked<'_>,
    target: &Target<'_>,
) -> Result<Option<StoredLease>, LedgerError> {
    let touched = Touched {
        spans: vec![(target.resource, target.start, target.end)],
        ..Touched::default()
    };
    let around = books.around(&touched).await?;
    let own = around.iter().find(|facts| facts.schedule.id == target.schedule);
    let session = own.and_then(|facts| {
        facts
            .sessions
            .iter()
            .find(|session| session.published.start == target.start)
    });
    let Some((facts, session)) = own.zip(session) else {
        return Ok(None);
    };
    let Some((span, new)) = pick(asked, target, facts, session) else {
        return Ok(None);
    };
    let full = books.leased_on(target.schedule).await? >= u32::from(asked.policy.per_schedule);
    if full || !choice::leaves_enough(asked.policy, &around, &span) {
        return Ok(None);
    }
    books.attempt().await?;
    let id = books.create_lease(&new, asked.now).await?;
    let owner = Owner::lease(id);
    let mut taken = books.claim_cells(owner, &span).await? == span.cell_count();
    if let Some(class) = target.want.class
        && let Some(most) = quota::limit(&facts.schedule, session.released, class)
    {
        taken = taken && take_ticket(books, owner, &span, session.published.start, class, most).await?;
    }
    books.attempted(taken).await?;
    Ok(taken.then_some(StoredLease::new(id, new)))
}
