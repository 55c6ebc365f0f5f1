//! Exchanges of stock: a desk gives leases back, has the others renewed and gets new ones.

use chrono::{DateTime, Utc};
use lanterna_model::access::Channel;
use lanterna_model::ids::{DeskId, ScheduleId};
use lanterna_wire::limits;
use lanterna_wire::status::ServiceState;
use lanterna_wire::stock::{Lease, StockReply, StockRequest, Want};

use super::condition;
use super::grants::{self, Target};
use super::leases;
use crate::ledger::books::{Books, Concern, Done, Touched};
use crate::ledger::choice;
use crate::ledger::leases::{LeaseState, Leases, StoredLease, StoredStock};
use crate::ledger::policy::LeasePolicy;
use crate::ledger::ratchet::{Turn, turn};
use crate::ledger::recovery::Grant;
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::{StoredSchedule, document, text};
use crate::ledger::{Desk, LedgerError, quota};

/// What was decided on leases, or what goes where nothing was.
pub(crate) async fn policy<B: Leases>(books: &B) -> Result<LeasePolicy, LedgerError> {
    match books.lease_policy().await? {
        Some(json) => document("ledger", &json),
        None => Ok(LeasePolicy::default()),
    }
}

/// What one exchange is about.
pub(super) struct Asked<'a> {
    pub desk: &'a Desk,
    pub request: &'a StockRequest,
    pub policy: &'a LeasePolicy,
    /// Each once, with the places that are its share.
    pub wants: Vec<(&'a Want, usize)>,
    pub now: DateTime<Utc>,
}

pub(crate) async fn exchange<B: Books>(
    books: &B,
    desk: DeskId,
    request: &StockRequest,
    now: DateTime<Utc>,
) -> Result<Done<StockReply>, LedgerError> {
    let in_bounds = request.surrendered.len() <= limits::LEASES
        && request.wants.len() <= limits::WANTS
        && (1..i64::MAX.cast_unsigned()).contains(&request.number);
    if !in_bounds {
        return Err(LedgerError::Malformed);
    }
    // Nobody exchanges for the desk, nor revokes it, from here on.
    let known = books.stock(desk, request.incarnation).await?;
    let stored = books.desk(desk).await?;
    if stored.revoked {
        return Err(LedgerError::NoSuchDesk(desk));
    }
    // An exchange counts from what the desk has told: before that its number says nothing (rule 12).
    if !condition::condition(books).await?.is_sound() || stored.has_to_tell() {
        return Err(LedgerError::NotOpen(ServiceState::Frozen));
    }
    match turn(known.as_ref(), request) {
        Turn::Again(reply) => return Ok(Done::Drop(reply)),
        Turn::Superseded => return Ok(Done::Drop(StockReply::Superseded)),
        Turn::Fenced => return Ok(Done::Drop(StockReply::Fenced)),
        Turn::Fence => {
            note(books, desk, request, &StockReply::Fenced, true).await?;
            return Ok(Done::Keep(StockReply::Fenced));
        }
        Turn::First => books.fence_others(desk, request.incarnation).await?,
        Turn::Next => {}
    }
    let policy = policy(books).await?;
    let wants = choice::wants(&request.wants, &policy);
    let shares = choice::shares(usize::from(policy.per_desk), &wants);
    let asked = Asked {
        desk: &stored.desk,
        request,
        policy: &policy,
        wants: wants.into_iter().zip(shares).collect(),
        now,
    };
    let open = condition::service_of(books, &stored).await?.pushes();
    let grants = open && policy.channels.contains(&stored.desk.channel);
    let reply = restock(books, &asked, grants).await?;
    note(books, desk, request, &reply, false).await?;
    Ok(Done::Keep(reply))
}

/// Keeps the answer, to be given again.
async fn note<B: Books>(
    books: &B,
    desk: DeskId,
    request: &StockRequest,
    reply: &StockReply,
    fenced: bool,
) -> Result<(), LedgerError> {
    let stock = StoredStock {
        number: request.number,
        request: request.id,
        reply: reply.clone(),
        fenced,
    };
    books.put_stock(desk, request.incarnation, &stock).await
}

/// Frees what is given back and, where the desk may have any, renews what is left and sets more aside.
async fn restock<B: Books>(books: &B, asked: &Asked<'_>, grants: bool) -> Result<StockReply, LedgerError> {
    let targets = if grants {
        grants::plan(books, asked).await?
    } else {
        Vec::new()
    };
    let concern = Concern {
        resources: targets.iter().map(|target| target.resource).collect(),
        leases: &asked.request.surrendered,
        over_by: Some(asked.now),
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    // What others did meanwhile is seen from here on, and nothing is done to them any more.
    let of_desk = books.leases(asked.desk.id, true).await?;
    let mut touched = Touched::default();
    let mut own = Vec::new();
    let mut elsewhere = 0;
    for lease in of_desk {
        if lease.lease.incarnation != asked.request.incarnation {
            elsewhere += 1;
        } else if asked.request.surrendered.contains(&lease.id) {
            leases::end(books, &lease, LeaseState::Surrendered, asked.now, &mut touched).await?;
        } else {
            own.push(lease);
        }
    }
    if grants {
        renew(books, asked, &mut own).await?;
        set_aside(books, asked, &targets, &mut own, elsewhere, &mut touched).await?;
    }
    if !touched.is_empty() {
        books.tell(&touched).await?;
    }
    let told = |lease: &StoredLease| {
        let grant = text("desk_stock", &Grant::of(lease, books.epoch()))?;
        Ok::<_, LedgerError>(Lease {
            grant,
            ..lease.told(asked.now)
        })
    };
    Ok(StockReply::Stock {
        leases: own
            .iter()
            .filter(|lease| !lease.recalled)
            .map(told)
            .collect::<Result<_, _>>()?,
        recalled: own
            .iter()
            .filter(|lease| lease.recalled)
            .map(|lease| lease.id)
            .collect(),
        renew_in_seconds: asked.policy.renew_minutes.saturating_mul(60),
    })
}

/// Gives new terms to those leases that the desk would still get; terms never become shorter. Those
/// whose place is no longer offered are called back instead: the desk shall promise it to nobody.
async fn renew<B: Books>(books: &B, asked: &Asked<'_>, own: &mut [StoredLease]) -> Result<(), LedgerError> {
    let ids: Vec<ScheduleId> = own.iter().map(|lease| lease.lease.span.schedule).collect();
    let schedules = books.schedules(&ids).await?;
    let mut recalled = Vec::new();
    let mut renewed = 0;
    for lease in own.iter_mut().filter(|lease| !lease.recalled) {
        let span = lease.lease.span;
        let session = books.session_before(span.schedule, span.start).await?;
        let offered = schedules
            .get(&span.schedule)
            .zip(session.as_ref())
            .filter(|(stored, session)| is_offered(stored, session, lease, asked.desk.channel));
        let Some((StoredSchedule { schedule, .. }, session)) = offered else {
            lease.recalled = true;
            recalled.push(lease.id);
            continue;
        };
        let wanted = asked.wants.iter().any(|(want, _)| is_for(lease, want));
        if !wanted || renewed == usize::from(asked.policy.per_desk) {
            continue;
        }
        renewed += 1;
        let release = quota::next_release(schedule, session.published.start, session.released);
        let Some(terms) = asked.policy.terms(asked.now, span.start, release) else {
            continue;
        };
        let later = lease.lease.terms.or_later(terms);
        if later != lease.lease.terms {
            books.set_terms(lease.id, later).await?;
            lease.lease.terms = later;
        }
    }
    books.recall(&recalled).await
}

/// Whether the place of a lease is one that its desk could book now, were it free.
fn is_offered(stored: &StoredSchedule, session: &StoredSession, lease: &StoredLease, channel: Channel) -> bool {
    let span = lease.told(DateTime::UNIX_EPOCH).span;
    stored.channels.contains(channel)
        && !stored.schedule.exclusive
        && stored.schedule.open_on(span.start.rome_date())
        && session.fit(&span, 0).is_ok()
}

/// Whether a lease was set aside for a want.
pub(super) fn is_for(lease: &StoredLease, want: &Want) -> bool {
    lease.lease.service == want.service && lease.lease.wanted == choice::number(want.class)
}

/// Sets places aside where it was planned, as far as the ceilings of the desk go. Where somebody was
/// quicker the desk gets less; it asks again soon.
async fn set_aside<B: Books>(
    books: &B,
    asked: &Asked<'_>,
    targets: &[Target<'_>],
    own: &mut Vec<StoredLease>,
    elsewhere: usize,
    touched: &mut Touched,
) -> Result<(), LedgerError> {
    for target in targets {
        if !grants::has_room(asked.policy, own, elsewhere, target.schedule) {
            continue;
        }
        if let Some(lease) = grants::grant(books, asked, target).await? {
            touched.span(&lease.lease.span);
            own.push(lease);
        }
    }
    Ok(())
}
