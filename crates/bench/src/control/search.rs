//! The first places out of rows. The schedules that come into question are given to it; ours finds them itself.

use std::collections::BinaryHeap;

use anyhow::Result;
use lanterna_model::ids::ScheduleId;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_store::search::Query;
use rusqlite::{Row, params};

use super::{Access, Control};
use crate::questions::{Candidate, position, stretches};

/// A free slot as it is read.
struct Free {
    start: Minute,
    place: u16,
    minutes: u16,
    remaining: u16,
    revision: u32,
}

/// Start, distance, position among the candidates, and what is offered.
type Ranked = (Minute, u32, usize, SlotSpan);

impl Control {
    /// The first places for a question about one service, by date, then distance.
    ///
    /// # Errors
    /// When the file fails.
    pub fn search(
        &self,
        access: Access,
        query: &Query,
        candidates: &[Candidate<'_>],
        positions: &[Option<usize>],
    ) -> Result<Vec<SlotSpan>> {
        match access {
            Access::ByDate => self.by_date(query, candidates, positions),
            Access::BySchedule => self.by_schedule(query, candidates),
        }
    }

    fn by_date(
        &self,
        query: &Query,
        candidates: &[Candidate<'_>],
        positions: &[Option<usize>],
    ) -> Result<Vec<SlotSpan>> {
        // The longest window holds the shorter ones.
        let Some(widest) = candidates.iter().map(|it| it.window).max_by_key(|window| window.to) else {
            return Ok(Vec::new());
        };
        let mut found: Vec<Ranked> = Vec::with_capacity(query.limit + 8);
        let mut select = self.db.prepare_cached(
            "SELECT start, place, minutes, remaining, revision, schedule FROM slot INDEXED BY slot_by_date
             WHERE free = 1 AND start >= ?1 AND start < ?2 AND classes & ?3 <> 0 ORDER BY start, schedule, place",
        )?;
        'all: for (from, to) in stretches(&widest) {
            let mut rows = select.query(params![from.0, to.0, query.request.0])?;
            while let Some(row) = rows.next()? {
                let schedule = ScheduleId(row.get(5)?);
                let Some(at) = position(positions, schedule) else {
                    continue;
                };
                let free = free(row)?;
                if found.len() >= query.limit && found[query.limit - 1].0 < free.start {
                    break 'all;
                }
                // Of several places of one slot the first is offered.
                if found
                    .iter()
                    .rev()
                    .take_while(|it| it.0 == free.start)
                    .any(|it| it.2 == at)
                {
                    continue;
                }
                if let Some(span) = self.offer(query, &candidates[at], &free)? {
                    found.push((free.start, candidates[at].near, at, span));
                }
            }
        }
        found.sort_unstable();
        found.truncate(query.limit);
        Ok(found.into_iter().map(|(.., span)| span).collect())
    }

    fn by_schedule(&self, query: &Query, candidates: &[Candidate<'_>]) -> Result<Vec<SlotSpan>> {
        let mut best: BinaryHeap<Ranked> = BinaryHeap::with_capacity(query.limit + 1);
        let mut select = self.db.prepare_cached(
            "SELECT start, place, minutes, remaining, revision FROM slot INDEXED BY slot_by_schedule
             WHERE free = 1 AND schedule = ?4 AND start >= ?1 AND start < ?2 AND classes & ?3 <> 0
             ORDER BY start, place",
        )?;
        let mut last: Option<(lanterna_model::availability::WindowFilter, Vec<(Minute, Minute)>)> = None;
        for (at, candidate) in candidates.iter().enumerate() {
            if last.as_ref().is_none_or(|(window, _)| *window != candidate.window) {
                last = Some((candidate.window, stretches(&candidate.window)));
            }
            let stretches = last
                .as_ref()
                .map(|(_, stretches)| stretches.as_slice())
                .unwrap_or_default();
            'one: for (from, to) in stretches {
                let full = best.len() == query.limit;
                if full && best.peek().is_some_and(|worst| worst.0 < *from) {
                    break;
                }
                let mut rows = select.query(params![from.0, to.0, query.request.0, candidate.schedule.id.0])?;
                let mut offered = Minute(i32::MIN);
                while let Some(row) = rows.next()? {
                    let free = free(row)?;
                    let full = best.len() == query.limit;
                    if full && best.peek().is_some_and(|worst| worst.0 < free.start) {
                        break 'one;
                    }
                    if offered == free.start {
                        continue;
                    }
                    if let Some(span) = self.offer(query, candidate, &free)? {
                        offered = free.start;
                        best.push((free.start, candidate.near, at, span));
                        if best.len() > query.limit {
                            best.pop();
                        }
                    }
                }
            }
        }
        Ok(best.into_sorted_vec().into_iter().map(|(.., span)| span).collect())
    }

    /// What a free slot offers, if the rest of the run is free too.
    fn offer(&self, query: &Query, candidate: &Candidate<'_>, free: &Free) -> Result<Option<SlotSpan>> {
        let run = candidate.minutes.div_ceil(free.minutes).max(1);
        let minutes = run * free.minutes;
        if run > free.remaining
            || !candidate.starts_fit(query, free.start)
            || !self.rest_is_free(candidate.schedule.id, free, minutes)?
        {
            return Ok(None);
        }
        Ok(Some(SlotSpan {
            schedule: candidate.schedule.id,
            start: free.start,
            place: free.place,
            minutes,
            revision: free.revision,
        }))
    }

    fn rest_is_free(&self, schedule: ScheduleId, free: &Free, minutes: u16) -> Result<bool> {
        if minutes == free.minutes {
            return Ok(true);
        }
        let mut select = self.db.prepare_cached(
            "SELECT count(*) FROM slot WHERE schedule = ?1 AND start > ?2 AND start < ?3 AND place = ?4 AND free = 1",
        )?;
        let end = free.start.plus(i32::from(minutes));
        let others: u16 = select.query_row(params![schedule.0, free.start.0, end.0, free.place], |row| row.get(0))?;
        Ok(others + 1 == minutes / free.minutes)
    }

    /// Reads every free slot of the region up to a time that candidates of any of several services have: the
    /// least that a search for several services over rows has to do. How many there are.
    ///
    /// # Errors
    /// When the file fails.
    pub fn read_until(
        &self,
        query: &Query,
        from: Minute,
        to: Minute,
        positions: &[Vec<Option<usize>>],
    ) -> Result<usize> {
        let mut select = self.db.prepare_cached(
            "SELECT start, place, minutes, remaining, revision, schedule FROM slot INDEXED BY slot_by_date
             WHERE free = 1 AND start >= ?1 AND start < ?2 AND classes & ?3 <> 0 ORDER BY start, schedule, place",
        )?;
        let mut rows = select.query(params![from.0, to.0, query.request.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let schedule = ScheduleId(row.get(5)?);
            if positions.iter().any(|service| position(service, schedule).is_some()) {
                found.push((schedule, free(row)?.start));
            }
        }
        Ok(found.len())
    }
}

fn free(row: &Row<'_>) -> rusqlite::Result<Free> {
    Ok(Free {
        start: Minute(row.get(0)?),
        place: row.get(1)?,
        minutes: row.get(2)?,
        remaining: row.get(3)?,
        revision: row.get(4)?,
    })
}
