//! The stock as the screens show it.

use std::collections::BTreeMap;

use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Now;
use lanterna_store::{LeasedPlace, NoPromise, QueuePart, Store, StoreError};

use crate::rpc::{StockLine, StockView, StockWithheld};

/// Waiting bookings looked at for the first guarantee that ends.
const WAITING: u32 = 200;

/// What is in stock, and what was promised of it.
pub(crate) fn view(store: &Store, now: Now) -> Result<StockView, StoreError> {
    let places: Vec<&LeasedPlace> = store.stock().promised(now).collect();
    let mut by_service: BTreeMap<_, Vec<&LeasedPlace>> = BTreeMap::new();
    for place in &places {
        by_service.entry(&place.service).or_default().push(place);
    }
    let until = |places: &[&LeasedPlace]| places.iter().map(|place| place.term.book_until(now)).min();
    let mut services: Vec<StockLine> = by_service
        .into_iter()
        .map(|(service, places)| StockLine {
            service: service.clone(),
            name: store
                .catalogue()
                .service(service)
                .map_or_else(|| service.to_string(), |known| known.name.clone()),
            places: count(places.len()),
            until: until(&places),
        })
        .collect();
    services.sort_by_key(|line| std::cmp::Reverse(line.places));
    let waiting = store.record().queue_page(QueuePart::Waiting, 0, WAITING)?;
    let guarantees: Vec<_> = waiting
        .iter()
        .filter_map(|stored| stored.guaranteed_until(now))
        .collect();
    Ok(StockView {
        places: count(places.len()),
        until: until(&places),
        services,
        withheld: store.stock().withheld(now).map(|why| match why {
            NoPromise::Clock(_) => StockWithheld::Clock,
            NoPromise::Revoked => StockWithheld::Revoked,
            NoPromise::Recovery => StockWithheld::Recovery,
        }),
        promised: count(guarantees.len()),
        promised_until: guarantees.into_iter().min(),
        copied_at: store.record().fenced_at()?,
    })
}

/// Whether every one of these places may be promised: then no hold is needed.
pub(crate) fn all_promised(store: &Store, spans: &[SlotSpan], now: Now) -> bool {
    let promised: Vec<SlotSpan> = store.stock().promised(now).map(|place| place.span).collect();
    spans.iter().all(|span| {
        promised
            .iter()
            .any(|place| place.key() == span.key() && place.minutes == span.minutes)
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
