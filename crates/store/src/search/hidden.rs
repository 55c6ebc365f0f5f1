//! What exists inside the filters: hidden from this request, or free by day.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::HiddenCounts;
use super::board::Candidate;
use super::question::Question;

impl Question<'_> {
    pub(super) fn hidden(&self) -> HiddenCounts {
        let mut hidden = HiddenCounts::default();
        for position in self.offered.iter() {
            let candidate = &self.board.candidates[position];
            let Some(packed) = self.index.packed(candidate.entry) else {
                continue;
            };
            let window = self.window(candidate);
            let wrong_sex = self.wrong_sex(position);
            if !wrong_sex && self.admits_always(candidate) {
                hidden.by_class += packed.count_kept(&window, self.query.request);
            } else {
                packed.count_free(&window, self.query.request, |day, free, kept| {
                    let day = day.num_days_from_ce();
                    if !candidate.open_on(day) {
                        hidden.by_suspension += free + kept;
                    } else if !wrong_sex && self.lets_in(candidate, day) {
                        hidden.by_class += kept;
                    } else {
                        hidden.by_patient += free + kept;
                    }
                });
            }
            let overlay = self.store.overlay();
            if overlay.touches(candidate.id) {
                let own = overlay.own(candidate.id).filter(|(start, place, minutes)| {
                    window.admits(*start, start.rome_offset_minutes()) && packed.is_free(*start, *place, *minutes)
                });
                hidden.by_queue += u32::try_from(own.count()).unwrap_or(u32::MAX);
            }
        }
        hidden
    }

    pub(super) fn days(&self) -> BTreeMap<NaiveDate, u32> {
        let mut days: BTreeMap<NaiveDate, u32> = BTreeMap::new();
        for position in self.mask.iter() {
            let candidate = &self.board.candidates[position];
            let always = self.admits_always(candidate);
            let mut count = |day: NaiveDate, free| {
                if free > 0 && (always || self.admits(candidate, day.num_days_from_ce())) {
                    *days.entry(day).or_default() += free;
                }
            };
            if self.store.overlay().touches(candidate.id) {
                self.count_beside_overlay(candidate, count);
            } else if let Some(packed) = self.index.packed(candidate.entry) {
                let window = self.window(candidate);
                packed.count_free(&window, self.query.request, |day, free, _| count(day, free));
            }
        }
        days
    }

    fn wrong_sex(&self, position: usize) -> bool {
        self.query
            .sex
            .is_some_and(|sex| self.board.closed_to(sex).has(position))
    }

    /// Free slots by session, as [`lanterna_model::availability::PackedSchedule::count_free`] counts them, without
    /// those the desk's own doings take away. Slower, and for the few schedules that need it.
    fn count_beside_overlay(&self, candidate: &Candidate, mut each: impl FnMut(NaiveDate, u32)) {
        let overlay = self.store.overlay();
        let Some(packed) = self.index.packed(candidate.entry) else {
            return;
        };
        let window = self.window(candidate);
        for session in &packed.to_plain(candidate.id).sessions {
            if !session.classes.admits(self.query.request) {
                continue;
            }
            let mut free = 0;
            for slot in 0..session.slots {
                let start = session.slot_start(slot);
                if !window.admits(start, start.rome_offset_minutes()) {
                    continue;
                }
                for place in 0..session.places {
                    let bit = usize::from(slot) * usize::from(session.places) + usize::from(place);
                    let taken = || overlay.takes(candidate.id, start, place, session.step, self.now.wall);
                    free += u32::from(session.free.get(bit) && !taken());
                }
            }
            each(session.start.rome_date(), free);
        }
    }
}
