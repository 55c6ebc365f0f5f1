//! Places set aside for this desk, as they come into question for a search.

use super::board::Candidate;
use super::question::Question;
use crate::record::LeasedPlace;

/// One of them, with the candidate whose it is.
pub(super) struct Leased<'a> {
    pub(super) position: usize,
    pub(super) candidate: &'a Candidate,
    pub(super) place: &'a LeasedPlace,
}

impl<'a> Question<'a> {
    /// Those that may be promised to this request inside the filters.
    pub(super) fn leased(&self) -> Vec<Leased<'a>> {
        let overlay = self.store.overlay();
        self.store
            .stock()
            .promised(self.now)
            .filter(|place| place.classes.admits(self.query.request) && !overlay.ours(&place.span))
            .filter_map(|place| {
                let start = place.span.start;
                let candidates = self.board.candidates.iter();
                let position = candidates
                    .zip(0..)
                    .find_map(|(candidate, at)| (candidate.id == place.span.schedule).then_some(at))?;
                let candidate = &self.board.candidates[position];
                let fits = self.mask.has(position)
                    && place.span.minutes >= candidate.minutes
                    && self.window(candidate).admits(start, start.rome_offset_minutes())
                    && self.lets_in(candidate, self.index.calendar().day(start));
                fits.then_some(Leased {
                    position,
                    candidate,
                    place,
                })
            })
            .collect()
    }
}
