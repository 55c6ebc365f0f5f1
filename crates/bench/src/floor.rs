//! The floor of a search: everything a question could be answered with, sorted in memory beforehand. It
//! answers one question only, knows no changes and costs more memory than all else: nothing is faster.

use lanterna_model::availability::ScheduleAvailability;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_store::search::Query;

use crate::questions::Candidate;

/// All offers of a question about one service, by start, distance and candidate.
pub struct Floor {
    offers: Vec<(Minute, u32, u32, SlotSpan)>,
}

impl Floor {
    /// Prepares a question: goes through every slot, with nothing clever about it.
    #[must_use]
    pub fn prepare(rows: &[ScheduleAvailability], query: &Query, candidates: &[Candidate<'_>]) -> Self {
        let mut offers = Vec::new();
        for (at, candidate) in (0u32..).zip(candidates) {
            let found = rows.binary_search_by_key(&candidate.schedule.id, |row| row.schedule);
            let sessions = found.map(|at| rows[at].sessions.as_slice()).unwrap_or_default();
            for session in sessions.iter().filter(|it| it.classes.admits(query.request)) {
                let run = session.run_of(candidate.minutes);
                for slot in 0..session.slots {
                    let start = session.slot_start(slot);
                    if slot + run > session.slots || !candidate.starts_fit(query, start) {
                        continue;
                    }
                    let places = usize::from(session.places);
                    let free = |place: u16| {
                        (slot..slot + run).all(|slot| session.free.get(usize::from(slot) * places + usize::from(place)))
                    };
                    if let Some(place) = (0..session.places).find(|place| free(*place)) {
                        let span = SlotSpan {
                            schedule: candidate.schedule.id,
                            start,
                            place,
                            minutes: run * session.step,
                            revision: session.revision,
                        };
                        offers.push((start, candidate.near, at, span));
                    }
                }
            }
        }
        offers.sort_unstable();
        Self { offers }
    }

    /// The first places from an instant on.
    #[must_use]
    pub fn first(&self, from: Minute, limit: usize) -> Vec<SlotSpan> {
        let after = self.offers.partition_point(|offer| offer.0 < from);
        let wanted = self.offers[after..].iter().take(limit);
        wanted.map(|(.., span)| *span).collect()
    }
}
