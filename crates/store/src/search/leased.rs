//! Places set aside for this desk, as they come into question for a search.

use super::candidates::{Candidate, Context};
use crate::record::LeasedPlace;

impl<'a> Context<'a> {
    /// Those that may be promised to this request inside the filters, each with its candidate.
    pub(super) fn leased(&self, candidates: &[Candidate<'a>]) -> Vec<(usize, &'a LeasedPlace)> {
        let overlay = self.store.overlay();
        self.store
            .stock()
            .promised(self.now)
            .filter(|place| place.classes.admits(self.query.request) && !overlay.ours(&place.span))
            .filter_map(|place| {
                let start = place.span.start;
                let at = candidates
                    .iter()
                    .position(|candidate| candidate.id == place.span.schedule)?;
                let candidate = &candidates[at];
                let fits = place.span.minutes >= candidate.minutes
                    && candidate.window.admits(start, start.rome_offset_minutes())
                    && self.lets_in(candidate, start.rome_date());
                fits.then_some((at, place))
            })
            .collect()
    }
}
