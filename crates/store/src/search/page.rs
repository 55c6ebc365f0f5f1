//! The page that was asked for, filled row by row.

use super::question::Question;
use super::{Found, Offer};
use crate::record::LeasedPlace;
use lanterna_model::schedule::SlotSpan;

/// A page, and how many rows before it were passed over.
pub(super) struct Page<'q, 'a> {
    question: &'q Question<'a>,
    skipped: usize,
    pub(super) found: Found,
}

impl<'q, 'a> Page<'q, 'a> {
    pub(super) fn new(question: &'q Question<'a>) -> Self {
        Self {
            question,
            skipped: 0,
            found: Found {
                schedules: question.mask.count(),
                ..Found::default()
            },
        }
    }

    /// Adds the next row; `false` when the page was full already.
    pub(super) fn add(&mut self, span: SlotSpan, site: u32, leased: Option<&LeasedPlace>) -> bool {
        let query = self.question.query;
        if self.found.offers.len() == query.limit {
            self.found.more = true;
            return false;
        }
        if self.skipped < query.offset {
            self.skipped += 1;
        } else {
            if self.found.offers.is_empty() {
                self.found.offers.reserve(query.limit.min(200));
            }
            self.found.offers.push(Offer {
                spans: vec![span],
                location: self.question.location(site),
                km: self.question.km(site),
                guaranteed_until: leased.map(|place| place.term.book_until(self.question.now)),
            });
        }
        true
    }
}
