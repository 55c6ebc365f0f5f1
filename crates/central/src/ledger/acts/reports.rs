//! What leases come to, for an administrator. Reads much of the ledger.

use chrono::{DateTime, Days as ChronoDays, Utc};
use lanterna_model::access::Channels;
use lanterna_model::ids::{DeskId, ScheduleId};
use lanterna_model::priority::Priority;
use lanterna_model::time::{Minute, rome_today};

use crate::ledger::books::Books;
use crate::ledger::choice::FOLLOW_UP;
use crate::ledger::leases::LeaseState;
use crate::ledger::stored::millis;
use crate::ledger::{ClassLeases, Days, DeskLeases, Impact, LeaseReport, LedgerError, quota};

/// Schedules read at once.
const STRETCH: usize = 256;

const BY_DESK: &str = "SELECT desk, count(*), CAST(sum(recalled) AS BIGINT) FROM leases
    WHERE state = 1 GROUP BY desk ORDER BY desk";

/// Leases by class and state, with the milliseconds for which those were kept that are over; of live
/// ones it is the sum of when they were granted, with the sign turned.
const BY_CLASS: &str = "SELECT wanted, state, count(*), CAST(sum(coalesce(ended_ms, 0) - granted_ms) AS BIGINT)
    FROM leases GROUP BY wanted, state ORDER BY wanted, state";

pub(crate) async fn leases<B: Books>(books: &B, now: DateTime<Utc>) -> Result<LeaseReport, LedgerError> {
    let mut report = LeaseReport::default();
    for row in books.numbers(BY_DESK).await? {
        let [desk, live, recalled] = columns(&row)?;
        let desk = books.desk(DeskId(whole(desk))).await?.desk;
        report.desks.push(DeskLeases {
            desk: desk.id,
            code: desk.code,
            channel: desk.channel,
            live: whole(live),
            recalled: whole(recalled),
        });
    }
    for row in books.numbers(BY_CLASS).await? {
        let [wanted, state, count, kept_ms] = columns(&row)?;
        let class = class(wanted)?;
        if report.classes.last().is_none_or(|last| last.class != class) {
            report.classes.push(ClassLeases {
                class,
                ..ClassLeases::default()
            });
        }
        let state = u8::try_from(state).map_err(|_| DAMAGED)?;
        if let Some(of_class) = report.classes.last_mut() {
            note(of_class, LeaseState::from_code(state)?, count, kept_ms, millis(now));
        }
    }
    (report.opened, report.leased) = share(books, now).await?;
    Ok(report)
}

fn note(of_class: &mut ClassLeases, state: LeaseState, count: i64, kept_ms: i64, now_ms: i64) {
    let leases = count.cast_unsigned();
    of_class.granted += leases;
    let unused_ms = match state {
        LeaseState::Consumed => 0,
        LeaseState::Live => count.saturating_mul(now_ms).saturating_add(kept_ms),
        _ => kept_ms,
    };
    of_class.unused_minutes += u64::try_from(unused_ms / 60_000).unwrap_or(0);
    *match state {
        LeaseState::Live => &mut of_class.live,
        LeaseState::Consumed => &mut of_class.consumed,
        LeaseState::Surrendered => &mut of_class.surrendered,
        LeaseState::Lapsed => &mut of_class.lapsed,
        LeaseState::Voided => &mut of_class.voided,
        LeaseState::Spent => &mut of_class.spent,
    } += leases;
}

/// Slots of the next days that their owners opened, and how many of them are set aside.
async fn share<B: Books>(books: &B, now: DateTime<Utc>) -> Result<(u64, u64), LedgerError> {
    let until = rome_today(now) + ChronoDays::new(u64::from(LeaseReport::DAYS));
    let (from, before) = (Minute::containing(now), Minute::rome_midnight(until));
    let (mut opened, mut leased) = (0, 0);
    let mut after = None;
    loop {
        let stretch = books.schedules_after(after, STRETCH).await?;
        let Some(last) = stretch.last() else {
            return Ok((opened, leased));
        };
        after = Some(last.schedule.id);
        for facts in stretch.iter().filter(|facts| facts.channels != Channels::default()) {
            for session in &facts.sessions {
                if session.end() > from && session.published.start < before {
                    let counts = session.count(facts.claims_on(session).iter().copied());
                    opened += counts.sum() - counts.closed;
                    leased += counts.leased;
                }
            }
        }
    }
}

/// What stands on some days of a schedule.
pub(crate) async fn impact<B: Books>(books: &B, id: ScheduleId, days: Days) -> Result<Impact, LedgerError> {
    let facts = books.whole(&[id].into()).await?;
    let facts = facts.first().ok_or(LedgerError::NoSuchSchedule(id))?;
    let end = days.to.and_then(|last| last.succ_opt());
    let from = Minute::rome_midnight(days.from);
    let before = end.map_or(Minute(i32::MAX), Minute::rome_midnight);
    let (bookings, leases) = books.taken_within(id, from, before).await?;
    let free = facts
        .sessions
        .iter()
        .filter(|session| (from..before).contains(&session.published.start))
        .map(|session| session.count(facts.claims_on(session).iter().copied()).free)
        .sum();
    Ok(Impact { bookings, leases, free })
}

fn class(wanted: i64) -> Result<Option<Priority>, LedgerError> {
    if wanted == i64::from(FOLLOW_UP) {
        return Ok(None);
    }
    let found = Priority::ALL
        .into_iter()
        .find(|class| i64::from(quota::class_number(*class)) == wanted);
    found.map(Some).ok_or(DAMAGED)
}

const DAMAGED: LedgerError = LedgerError::Damaged { table: "leases" };

fn columns<const N: usize>(row: &[i64]) -> Result<[i64; N], LedgerError> {
    row.try_into().map_err(|_| DAMAGED)
}

fn whole(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
