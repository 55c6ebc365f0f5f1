//! Holds: places kept while an operator confirms.

use std::time::Duration;

use chrono::{DateTime, Utc};
use lanterna_model::ids::{DeskId, ScheduleId};
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest, LostSpan};
use lanterna_wire::limits;
use uuid::Uuid;

use super::claims::{Wanted, claim};
use super::condition;
use crate::ledger::books::{Books, Concern, Done, Touched};
use crate::ledger::stored::{ClaimedSpan, Owner, StoredSchedule, millis};
use crate::ledger::{Desk, LedgerError, judge};

/// The row of a desk's own hold.
pub(super) async fn own<B: Books>(books: &B, desk: DeskId, request: Uuid) -> Result<Option<i64>, LedgerError> {
    let found = books.hold(request).await?;
    Ok(found.filter(|hold| hold.desk == desk).map(|hold| hold.id))
}

pub(crate) async fn hold<B: Books>(
    books: &B,
    desk: DeskId,
    request: &HoldRequest,
    ttl: Duration,
    now: DateTime<Utc>,
) -> Result<Done<HoldReply>, LedgerError> {
    if !(1..=limits::APPOINTMENTS).contains(&request.spans.len()) {
        return Err(LedgerError::Malformed);
    }
    let stored = books.desk(desk).await?;
    if stored.revoked {
        return Err(LedgerError::NoSuchDesk(desk));
    }
    let wanted: Vec<ScheduleId> = request.spans.iter().map(|span| span.schedule).collect();
    let schedules = books.schedules(&wanted).await?;
    let mut named = vec![request.id];
    named.extend(request.replaces);
    let concern = Concern {
        resources: schedules.values().map(|stored| stored.schedule.resource).collect(),
        holds: &named,
        over_by: Some(now),
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    if let Some(known) = books.hold(request.id).await? {
        if known.desk != desk || !same_spans(&books.hold_spans(known.id).await?, &request.spans) {
            return Err(LedgerError::Malformed);
        }
        return Ok(Done::Drop(held(known.expires_ms - millis(now))));
    }
    let service = condition::service_of(books, &stored).await?;
    if !service.pushes() {
        return Err(LedgerError::NotOpen(service));
    }
    if let Some(replaced) = request.replaces
        && let Some(id) = own(books, desk, replaced).await?
    {
        books.delete_hold(id).await?;
    }
    let lasts = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 2);
    let id = books
        .create_hold(request.id, desk, millis(now).saturating_add(lasts))
        .await?;
    let mut lost = Vec::new();
    for (n, span) in (0..).zip(&request.spans) {
        let kept = keep(
            books,
            &stored.desk,
            id,
            span,
            schedules.get(&span.schedule),
            request,
            now,
        );
        match kept.await? {
            Ok(kept) => books.add_hold_span(id, n, &kept).await?,
            Err(reason) => lost.push(LostSpan { span: *span, reason }),
        }
    }
    if lost.is_empty() {
        Ok(Done::Keep(held(lasts)))
    } else {
        Ok(Done::Drop(HoldReply::Refused { lost }))
    }
}

fn held(milliseconds: i64) -> HoldReply {
    let seconds = u32::try_from(milliseconds / 1000).unwrap_or(if milliseconds < 0 { 0 } else { u32::MAX });
    HoldReply::Held {
        expires_in_seconds: seconds,
    }
}

fn same_spans(kept: &[ClaimedSpan], asked: &[SlotSpan]) -> bool {
    kept.len() == asked.len()
        && kept.iter().zip(asked).all(|(kept, asked)| {
            (kept.schedule, kept.start, kept.place, kept.minutes)
                == (asked.schedule, asked.start, asked.place, asked.minutes)
        })
}

async fn keep<B: Books>(
    books: &B,
    desk: &Desk,
    hold: i64,
    span: &SlotSpan,
    stored: Option<&StoredSchedule>,
    request: &HoldRequest,
    now: DateTime<Utc>,
) -> Result<Result<ClaimedSpan, ConflictReason>, LedgerError> {
    let Some(stored) = stored else {
        return Ok(Err(ConflictReason::NoSuchSlot));
    };
    if let Err(reason) = judge::holdable(&stored.schedule, stored.channels, desk.channel, span.start, now) {
        return Ok(Err(reason));
    }
    // The service is not told: any length of whole slots may be kept.
    let wanted = Wanted {
        span,
        schedule: &stored.schedule,
        minutes: 0,
        class: request.priority,
    };
    claim(books, Owner::hold(hold), desk.id, &wanted, now, &mut Touched::default()).await
}

pub(crate) async fn release<B: Books>(books: &B, desk: DeskId, request: Uuid) -> Result<Done<bool>, LedgerError> {
    let concern = Concern {
        holds: &[request],
        ..Concern::default()
    };
    books.seclude(&concern).await?;
    match own(books, desk, request).await? {
        Some(id) => books.delete_hold(id).await.map(|()| Done::Keep(true)),
        None => Ok(Done::Drop(false)),
    }
}
