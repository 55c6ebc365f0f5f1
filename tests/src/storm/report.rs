//! What a storm came to.

use std::fmt;
use std::time::Duration;

use lanterna_wire::outcome::Outcome;

use super::{Kind, Plan};

/// What the cold start of all desks came to.
#[derive(Debug)]
pub struct Cold {
    pub(super) took: Duration,
    pub(super) chunks: usize,
    pub(super) bytes: u64,
    /// How often the centrals were asked for a chunk.
    pub(super) seen: u64,
    pub(super) refused: u64,
}

impl Cold {
    /// How often the centrals were asked for each chunk, on average, in hundredths.
    #[must_use]
    pub fn hundredths_per_chunk(&self) -> u64 {
        self.seen * 100 / self.chunks.max(1) as u64
    }
}

/// What a storm came to.
#[derive(Debug)]
pub struct Report {
    plan: Plan,
    /// The cold start, where there was one.
    pub cold: Option<Cold>,
    pub(super) took: Duration,
    /// Milliseconds to each outcome.
    pub(super) times: Vec<u64>,
    /// Operations that have an outcome.
    pub drained: u64,
    confirmed: u64,
    conflicts: u64,
    others: u64,
    pub(super) refused: u64,
    pub(super) in_part: u64,
    pub(super) unanswered: u64,
    pub(super) strange: u64,
    /// Outcomes that were told otherwise when they were asked for again.
    pub(super) changed: u64,
    /// Places that two bookings were confirmed on.
    pub(super) doubled: u64,
    /// Bookings that stand: in the ledger, and by what the desks were told.
    pub(super) live: (u64, u64),
    pub(super) stored: u64,
    pub(super) faults: usize,
    /// Operations that were answered when the process was killed.
    pub(super) killed: u64,
}

impl Report {
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            plan,
            cold: None,
            took: Duration::ZERO,
            times: Vec::new(),
            drained: 0,
            confirmed: 0,
            conflicts: 0,
            others: 0,
            refused: 0,
            in_part: 0,
            unanswered: 0,
            strange: 0,
            changed: 0,
            doubled: 0,
            live: (0, 0),
            stored: 0,
            faults: 0,
            killed: 0,
        }
    }

    pub(super) fn count(&mut self, outcome: Option<&Outcome>) {
        match outcome {
            Some(Outcome::Confirmed) => self.confirmed += 1,
            Some(Outcome::Conflict { .. }) => self.conflicts += 1,
            Some(_) => self.others += 1,
            None => {}
        }
    }

    fn wanted(&self) -> u64 {
        u64::from(self.plan.desks) * u64::from(self.plan.operations)
    }

    /// Operations without an outcome, outcomes that are no longer what was told, and bookings that a desk
    /// was told of and the ledger does not have.
    #[must_use]
    pub fn lost(&self) -> u64 {
        let (kept, told) = self.live;
        self.wanted().saturating_sub(self.drained.min(self.stored)) + self.changed + told.saturating_sub(kept)
    }

    /// Places confirmed twice, and bookings or operations that the ledger has beyond those that were told.
    #[must_use]
    pub fn doubled(&self) -> u64 {
        let (kept, told) = self.live;
        self.doubled + kept.saturating_sub(told) + self.stored.saturating_sub(self.wanted())
    }

    /// Whether all is as it must be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.drained == self.wanted() && (self.lost(), self.doubled(), self.strange, self.faults) == (0, 0, 0, 0)
    }

    fn permille(&self, permille: usize) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = (times.len() * permille / 1_000).min(times.len().saturating_sub(1));
        Duration::from_millis(times.get(at).copied().unwrap_or(0))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan {
            desks,
            operations,
            schedules,
            processes,
            ..
        } = &self.plan;
        let ledger = match self.plan.ledger {
            Kind::Sqlite => "SQLite",
            Kind::Postgres => "PostgreSQL",
        };
        writeln!(
            f,
            "{desks} desks with {operations} operations each, {schedules} schedules, {processes} central on {ledger} behind nginx"
        )?;
        if let Some(cold) = &self.cold {
            let each = cold.hundredths_per_chunk();
            writeln!(
                f,
                "cold start    {:.1} s for all; {} chunks, {} MB in all; the central saw each {}.{:02} times; {} told to come back",
                cold.took.as_secs_f64(),
                cold.chunks,
                cold.bytes / 1_000_000,
                each / 100,
                each % 100,
                cold.refused,
            )?;
        }
        if self.plan.kill {
            writeln!(f, "killed        one of {processes} after {} outcomes", self.killed)?;
        }
        let seconds = self.took.as_secs_f64();
        #[allow(clippy::cast_precision_loss)] // some ten thousands
        let rate = self.drained as f64 / seconds.max(0.001);
        writeln!(
            f,
            "drained       {} of {} in {seconds:.1} s ({rate:.0} a second)",
            self.drained,
            self.wanted()
        )?;
        writeln!(
            f,
            "outcomes      {} confirmed, {} in conflict, {} others",
            self.confirmed, self.conflicts, self.others
        )?;
        writeln!(f, "lost          {}", self.lost())?;
        writeln!(f, "doubled       {}", self.doubled())?;
        writeln!(
            f,
            "to outcome    p50 {:.1} s, p99 {:.1} s",
            self.permille(500).as_secs_f64(),
            self.permille(990).as_secs_f64()
        )?;
        writeln!(f, "refused       {} requests were told to come back", self.refused)?;
        writeln!(f, "in part       {} batches were answered in part", self.in_part)?;
        writeln!(f, "retried       {} without an answer", self.unanswered)?;
        writeln!(
            f,
            "the ledger    {} invariants broken, {} strange answers",
            self.faults, self.strange
        )
    }
}
