//! Offers: nothing that the desk knows to be gone, and nothing kept back that is there.

use chrono::Timelike;
use lanterna_model::availability::ScheduleAvailability;
use lanterna_model::schedule::{Schedule, SlotSpan};
use lanterna_model::time::{Minute, Now};
use lanterna_store::Store;
use lanterna_store::search::{Found, Query};

use super::{Checker, Moment};
use crate::violation::{Broken, Rule, Seen};

impl Checker {
    /// A desk looked for places of one service. `refused`: places that somebody else held a moment ago.
    pub(crate) fn offered(
        &mut self,
        desk: usize,
        store: &Store,
        query: &Query,
        found: &Found,
        refused: &[SlotSpan],
        moment: Moment,
    ) -> Seen {
        let now = moment.now;
        self.checks += 1 + found.offers.len() as u64;
        let over = self.operations.laid_over(desk, store.cursor());
        for span in found.offers.iter().flat_map(|offer| &offer.spans) {
            if over.iter().any(|own| own.overlaps(span)) {
                return Broken::new(
                    Rule::Offer,
                    format!("desk {desk} offers {span:?}, which it asked for itself"),
                );
            }
        }
        for offer in found.offers.iter().filter(|offer| offer.guaranteed_until.is_some()) {
            for span in &offer.spans {
                let request = query.request;
                match store.stock().promise(span, request, now) {
                    Some(place) => self.may_promise(desk, place, moment)?,
                    None => {
                        return Broken::new(
                            Rule::Guarantee,
                            format!("desk {desk} offers {span:?} as guaranteed, which is not set aside for it"),
                        );
                    }
                }
            }
        }
        // A place that was ever set aside for the desk may be kept back: as long as the central does not
        // know that it was given back it is offered as guaranteed or not at all.
        let own: Vec<SlotSpan> = self.leases.ever(desk).copied().collect();
        let [service] = query.services.as_slice() else {
            return Ok(());
        };
        // The first place that is there, found by looking at every one.
        let (mut first, mut soonest): (Option<Minute>, Option<Minute>) = (None, None);
        for id in store.catalogue().offering(service) {
            let (Some(schedule), Some(plain)) = (store.catalogue().schedule(*id), store.index().plain(*id)) else {
                continue;
            };
            let found = earliest(schedule, &plain, query, now, |span| {
                over.iter().chain(refused).chain(&own).any(|own| own.overlaps(span))
            });
            first = [first, found].into_iter().flatten().min();
            let found = earliest(schedule, &plain, query, now, |span| {
                over.iter().chain(refused).any(|own| own.overlaps(span))
            });
            soonest = [soonest, found].into_iter().flatten().min();
        }
        let offered = found
            .offers
            .iter()
            .flat_map(|offer| &offer.spans)
            .map(|span| span.start)
            .min();
        if first.is_some_and(|first| offered.is_none_or(|offered| offered > first)) {
            return Broken::new(
                Rule::Offer,
                format!("desk {desk} offers {offered:?} first, and {first:?} is the first there is"),
            );
        }
        let plain = found.offers.iter().filter(|offer| offer.guaranteed_until.is_none());
        let plain = plain.flat_map(|offer| &offer.spans).map(|span| span.start).min();
        if plain.is_some_and(|plain| soonest.is_none_or(|soonest| plain < soonest)) {
            return Broken::new(
                Rule::Offer,
                format!("desk {desk} offers {plain:?}, and {soonest:?} is the first there is"),
            );
        }
        let known = |offer: &lanterna_store::search::Offer| {
            offer.guaranteed_until.is_some()
                || offer.spans.iter().all(|span| {
                    let row = store.index().schedule(span.schedule);
                    row.is_some_and(|row| row.is_free(span.start, span.place, span.minutes))
                        && !refused.iter().any(|refused| refused.overlaps(span))
                })
        };
        match found.offers.iter().find(|offer| !known(offer)) {
            None => Ok(()),
            Some(offer) => Broken::new(
                Rule::Offer,
                format!("desk {desk} offers {:?}, which is not free in its mirror", offer.spans),
            ),
        }
    }
}

fn earliest(
    schedule: &Schedule,
    plain: &ScheduleAvailability,
    query: &Query,
    now: Now,
    taken: impl Fn(&SlotSpan) -> bool,
) -> Option<Minute> {
    let offered = schedule.service(query.services.first()?)?;
    if !offered.accepts(query.access) || schedule.exclusive {
        return None;
    }
    let horizon = now.today() + chrono::Days::new(u64::from(schedule.horizon_days));
    for session in &plain.sessions {
        if !session.classes.admits(query.request) {
            continue;
        }
        let run = offered.minutes.div_ceil(session.step).max(1);
        for slot in 0..session.slots.saturating_sub(run - 1) {
            let start = session.slot_start(slot);
            let (day, wall) = (start.rome_date(), start.rome());
            let minute = u16::try_from(wall.hour() * 60 + wall.minute()).unwrap_or(0);
            let admitted = start > now.minute()
                && query.from.is_none_or(|from| day >= from)
                && query.to.is_none_or(|to| day <= to)
                && (query.day_from..=query.day_to).contains(&minute)
                && day <= horizon
                && schedule.open_on(day)
                && query.birth_date.is_none_or(|birth| schedule.ages.admit(birth, day));
            if !admitted {
                continue;
            }
            for place in 0..session.places {
                let free = (slot..slot + run).all(|slot| {
                    session
                        .free
                        .get(usize::from(slot) * usize::from(session.places) + usize::from(place))
                });
                let span = SlotSpan {
                    schedule: schedule.id,
                    start,
                    place,
                    minutes: run * session.step,
                    revision: session.revision,
                };
                if free && !taken(&span) {
                    return Some(start);
                }
            }
        }
    }
    None
}
