//! Looking for places, and the alternatives of a booking.

use chrono::{DateTime, Utc};
use lanterna_model::access::AccessType;
use lanterna_model::availability::ClassMask;
use lanterna_model::organization;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::{Minute, Now};
use lanterna_store::search::{Offer, Order, Query};
use lanterna_store::{Store, StoredBooking};

use crate::catalogue;
use crate::fault::Answered;
use crate::rpc::{Alternative, DayCount, ErrorCode, Found, FoundRow, Hidden, RpcError, SearchQuery, Sort};

const MOST_ROWS: u32 = 200;

fn translated(store: &Store, query: &SearchQuery, now: Now) -> Answered<(Query, Option<DateTime<Utc>>)> {
    let known = store.catalogue();
    if query.services.is_empty() {
        return Err(RpcError::new(ErrorCode::NoServices).at("services"));
    }
    if query.services.len() > lanterna_model::prescription::MOST_LINES {
        return Err(RpcError::new(ErrorCode::TooManyServices).with("max", 8).at("services"));
    }
    for code in &query.services {
        if known.service(code).is_none() {
            return Err(RpcError::new(ErrorCode::UnknownService)
                .with("code", code)
                .at("services"));
        }
    }
    if query.to.is_some_and(|to| to < now.today()) {
        return Err(RpcError::new(ErrorCode::PastDate).at("to"));
    }
    if query.limit == 0 || query.limit > MOST_ROWS {
        return Err(RpcError::new(ErrorCode::OutOfBounds).at("limit"));
    }
    let requested_at = query.requested_at.unwrap_or(now.wall);
    let deadline = deadline(store, query, requested_at);
    let origin = query
        .origin
        .as_ref()
        .and_then(|code| known.municipality(code))
        .map(|place| place.coordinates);
    let inner = Query {
        services: query.services.clone(),
        access: query.access,
        request: ClassMask::request(query.access, query.priority),
        from: query.from,
        to: query.to,
        weekdays: query.weekdays,
        day_from: query.from_minute.unwrap_or(0),
        day_to: query.to_minute.unwrap_or(1_439),
        origin,
        max_km: query.max_km.map(f64::from),
        organization: query.organization.clone(),
        location: query.location,
        birth_date: query.birth_date,
        sex: query.sex,
        deadline: deadline.map(Minute::containing),
        order: match query.sort {
            Sort::Date => Order::Date,
            Sort::Distance => Order::Distance,
            Sort::Facility => Order::Facility,
        },
        offset: query.offset as usize,
        limit: query.limit as usize,
    };
    Ok((inner, deadline))
}

/// The earliest of the deadlines of the services asked for.
fn deadline(store: &Store, query: &SearchQuery, requested_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let class = query.priority.filter(|_| query.access == AccessType::First)?;
    let rules = catalogue::rules(store.catalogue());
    let kinds = query
        .services
        .iter()
        .filter_map(|code| store.catalogue().service(code))
        .map(|service| service.kind);
    kinds.map(|kind| rules.waits.deadline(class, kind, requested_at)).min()
}

/// Free places. `micros` is left for the caller, who has a clock.
pub(crate) fn search(store: &Store, query: &SearchQuery, now: Now) -> Answered<Found> {
    let (inner, deadline) = translated(store, query, now)?;
    let found = store.search(&inner, now);
    let hidden = store.hidden(&inner, now);
    let requested_at = query.requested_at.unwrap_or(now.wall);
    let row = |offer: &Offer| row(store, offer, requested_at, deadline, now);
    let in_time = found.offers.first().and_then(|offer| row(offer).in_time);
    // Nothing in time inside the filters: the first place anywhere is one of the ways out.
    let first_anywhere = if query.offset == 0 && in_time != Some(true) {
        let anywhere = Query {
            from: None,
            to: None,
            weekdays: 0,
            day_from: 0,
            day_to: 1_439,
            max_km: None,
            organization: None,
            location: None,
            order: Order::Date,
            limit: 1,
            ..inner
        };
        store.search(&anywhere, now).offers.first().map(row)
    } else {
        None
    };
    Ok(Found {
        rows: found.offers.iter().map(row).collect(),
        more: found.more,
        deadline,
        hidden: Hidden {
            by_class: hidden.by_class,
            by_patient: hidden.by_patient,
            by_queue: hidden.by_queue,
            by_suspension: hidden.by_suspension,
        },
        first_anywhere,
        schedules: u32::try_from(found.schedules).unwrap_or(u32::MAX),
        micros: 0,
    })
}

/// The first offer of a query, and nothing around it.
pub(crate) fn first(store: &Store, query: &SearchQuery, now: Now) -> Answered<Option<FoundRow>> {
    let (mut inner, deadline) = translated(store, query, now)?;
    (inner.offset, inner.limit) = (0, 1);
    let requested_at = query.requested_at.unwrap_or(now.wall);
    let found = store.search(&inner, now);
    Ok(found
        .offers
        .first()
        .map(|offer| row(store, offer, requested_at, deadline, now)))
}

/// Free places by day.
pub(crate) fn days(store: &Store, query: &SearchQuery, now: Now) -> Answered<Vec<DayCount>> {
    let (inner, deadline) = translated(store, query, now)?;
    let last = deadline.map(lanterna_model::time::rome_today);
    Ok(store
        .days(&inner, now)
        .into_iter()
        .map(|(day, free)| DayCount {
            day,
            free,
            in_time: last.is_none_or(|last| day <= last),
        })
        .collect())
}

/// Wall time in Italy as the screens get it.
pub(crate) fn wall(at: Minute) -> String {
    at.rome().format("%Y-%m-%dT%H:%M").to_string()
}

fn row(
    store: &Store,
    offer: &Offer,
    requested_at: DateTime<Utc>,
    deadline: Option<DateTime<Utc>>,
    now: Now,
) -> FoundRow {
    let known = store.catalogue();
    let begin = offer.spans.iter().map(|span| span.start).min().unwrap_or(Minute(0));
    let last = offer.spans.iter().map(|span| span.start).max().unwrap_or(Minute(0));
    let first = offer.spans.iter().min_by_key(|span| span.start);
    let schedule = first.and_then(|span| known.schedule(span.schedule));
    let location = known.location(offer.location);
    let organization = schedule.and_then(|schedule| {
        organization::resolve(&known.catalogue()?.organizations, &schedule.organization, now.today())
    });
    let days = (begin.rome_date() - lanterna_model::time::rome_today(requested_at)).num_days();
    FoundRow {
        spans: offer.spans.clone(),
        wall: wall(begin),
        location: location.map(|location| location.name.clone()).unwrap_or_default(),
        location_id: offer.location,
        municipality: location
            .map(|location| location.municipality_name.clone())
            .unwrap_or_default(),
        address: location.map(|location| location.address.clone()).unwrap_or_default(),
        organization: organization.map(|body| body.name.clone()).unwrap_or_default(),
        schedule: schedule.map(|schedule| schedule.name.clone()).unwrap_or_default(),
        km: offer.km,
        days: u16::try_from(days).unwrap_or(0),
        in_time: deadline.map(|deadline| last.utc() <= deadline),
        guaranteed_until: offer.guaranteed_until,
    }
}

/// The query that looks for what a booking is after, for the same patient.
pub(crate) fn query_of(stored: &StoredBooking) -> SearchQuery {
    let placement = &stored.placement;
    let services = placement.appointments.iter();
    SearchQuery {
        requested_at: Some(placement.requested_at),
        origin: placement.patient.municipality.clone(),
        birth_date: Some(placement.patient.birth_date),
        sex: Some(placement.patient.sex),
        limit: MOST_ROWS,
        ..SearchQuery::of(
            services.map(|appointment| appointment.service.clone()).collect(),
            placement.prescription.priority,
            placement.prescription.access,
        )
    }
}

/// Places that could replace those of a booking: inside the limit first, then by days apart, distance,
/// and the same site.
pub(crate) fn alternatives(store: &Store, stored: &StoredBooking, limit: u32, now: Now) -> Answered<Vec<Alternative>> {
    let spans: Vec<SlotSpan> = stored
        .appointments()
        .iter()
        .map(|appointment| appointment.span)
        .collect();
    let before = spans.iter().map(|span| span.start).min().unwrap_or(Minute(0));
    let known = store.catalogue();
    let site = spans
        .first()
        .and_then(|span| known.schedule(span.schedule))
        .map(|schedule| schedule.location);
    let mut query = query_of(stored);
    // From the day that was chosen on, and, should that give little, from today on.
    query.from = Some(before.rome_date());
    let mut offers = search(store, &query, now)?.rows;
    query.from = None;
    for row in search(store, &query, now)?.rows {
        if !offers.iter().any(|known| known.spans == row.spans) {
            offers.push(row);
        }
    }
    offers.retain(|row| row.spans != spans);
    let mut found: Vec<Alternative> = offers
        .into_iter()
        .map(|offer| {
            let start = offer.spans.iter().map(|span| span.start).min().unwrap_or(before);
            let days_apart = (start.rome_date() - before.rome_date()).num_days();
            Alternative {
                same_location: Some(offer.location_id) == site,
                days_apart: i32::try_from(days_apart).unwrap_or(i32::MAX),
                offer,
            }
        })
        .collect();
    found.sort_by(|one, other| {
        let rank = |it: &Alternative| {
            (
                it.offer.in_time == Some(false),
                it.days_apart.unsigned_abs(),
                !it.same_location,
            )
        };
        let km = |it: &Alternative| it.offer.km.unwrap_or(f64::MAX);
        rank(one)
            .cmp(&rank(other))
            .then(km(one).total_cmp(&km(other)))
            .then_with(|| one.offer.wall.cmp(&other.offer.wall))
    });
    found.truncate(limit.clamp(1, 20) as usize);
    Ok(found)
}
