//! What a run came to, in figures.

use std::collections::BTreeMap;
use std::fmt;

use crate::config::FaultKind;

/// The figures of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Worlds that were run.
    pub worlds: u64,
    /// Events of the world.
    pub steps: u64,
    /// Virtual minutes, the calm at the end included.
    pub minutes: u64,
    /// Virtual seconds from the end of the faults until everything had settled.
    pub settled_after: u64,
    /// Checks that were made.
    pub checks: u64,
    /// Operations that desks wrote, by kind.
    pub operations: BTreeMap<&'static str, u64>,
    /// How they ended.
    pub ends: BTreeMap<&'static str, u64>,
    /// Answers that had been given before.
    pub replays: u64,
    /// Holds granted and refused.
    pub holds: (u64, u64),
    /// Exchanges of stock that the central answered.
    pub exchanges: u64,
    /// Operations that were carried by hand, of desks that were revoked.
    pub carried: u64,
    /// Operations that were shown as guaranteed when they were written, by what became of them.
    pub promises: BTreeMap<&'static str, u64>,
    /// Bookings written while nothing could be sent, not guaranteed and guaranteed, by their ends: confirmed, in
    /// conflict, rejected, needing an operator.
    pub off_line: [[u64; 4]; 2],
    /// Promises given by a clock that was further wrong than the protocol assumes.
    pub beyond: u64,
    /// Operations and leases that desks brought back to a ledger that had lost them.
    pub restored: (u64, u64),
    /// Desks that a recovery went on without.
    pub written_off: u64,
    /// Bookings of other people.
    pub others: u64,
    /// Faults that happened.
    pub faults: BTreeMap<FaultKind, u64>,
    /// Milliseconds from the writing of an operation to its end at its desk, in rising order.
    pub waits: Vec<u64>,
    /// Digest of the logical trace.
    pub trace: u64,
}

impl Report {
    pub(crate) fn count(map: &mut BTreeMap<&'static str, u64>, name: &'static str) {
        *map.entry(name).or_default() += 1;
    }

    pub(crate) fn fault(&mut self, kind: FaultKind) {
        *self.faults.entry(kind).or_default() += 1;
    }

    /// Adds another run's figures.
    pub fn add(&mut self, other: &Report) {
        self.worlds += other.worlds;
        self.steps += other.steps;
        self.minutes += other.minutes;
        self.settled_after = self.settled_after.max(other.settled_after);
        self.checks += other.checks;
        self.replays += other.replays;
        self.holds.0 += other.holds.0;
        self.holds.1 += other.holds.1;
        self.others += other.others;
        self.exchanges += other.exchanges;
        self.carried += other.carried;
        self.restored.0 += other.restored.0;
        self.restored.1 += other.restored.1;
        self.written_off += other.written_off;
        self.beyond += other.beyond;
        for (mine, theirs) in self.off_line.iter_mut().flatten().zip(other.off_line.iter().flatten()) {
            *mine += theirs;
        }
        for (mine, theirs) in [
            (&mut self.operations, &other.operations),
            (&mut self.ends, &other.ends),
            (&mut self.promises, &other.promises),
        ] {
            theirs
                .iter()
                .for_each(|(name, count)| *mine.entry(name).or_default() += count);
        }
        for (kind, count) in &other.faults {
            *self.faults.entry(*kind).or_default() += count;
        }
        self.waits.extend(&other.waits);
        self.waits.sort_unstable();
    }

    /// The wait that so many in a thousand do not exceed, in milliseconds.
    #[must_use]
    pub fn wait(&self, permille: usize) -> u64 {
        let at = (self.waits.len() * permille / 1_000).min(self.waits.len().saturating_sub(1));
        self.waits.get(at).copied().unwrap_or(0)
    }
}

fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{}.{} h", ms / 3_600_000, ms % 3_600_000 / 360_000),
    }
}

fn listed<K: fmt::Display>(map: impl Iterator<Item = (K, u64)>) -> String {
    let all: Vec<String> = map.map(|(name, count)| format!("{count} {name}")).collect();
    all.join(", ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum: u64 = self.operations.values().sum();
        writeln!(
            f,
            "worlds      {}: {} virtual hours, {} events; settled {} s after the faults ended",
            self.worlds,
            self.minutes / 60,
            self.steps,
            self.settled_after
        )?;
        let operations = listed(self.operations.iter().map(|(name, count)| (name, *count)));
        writeln!(f, "operations  {sum}: {operations}")?;
        writeln!(
            f,
            "ends        {}; {} answers replayed",
            listed(self.ends.iter().map(|(name, count)| (name, *count))),
            self.replays
        )?;
        writeln!(
            f,
            "guaranteed  {}: {}; {} by a clock beyond the assumed error",
            self.promises.values().sum::<u64>(),
            listed(self.promises.iter().map(|(name, count)| (name, *count))),
            self.beyond
        )?;
        writeln!(
            f,
            "stock       {} exchanges; {} operations carried by hand",
            self.exchanges, self.carried
        )?;
        writeln!(
            f,
            "recovery    {} operations and {} leases brought back; {} times a desk was written off",
            self.restored.0, self.restored.1, self.written_off
        )?;
        writeln!(
            f,
            "others      {} bookings; holds {} granted, {} refused",
            self.others, self.holds.0, self.holds.1
        )?;
        let faults: u64 = self.faults.values().sum();
        writeln!(f, "faults      {faults}")?;
        for (kind, count) in &self.faults {
            writeln!(f, "            {count:>8} {}", kind.name())?;
        }
        writeln!(
            f,
            "outcome in  p50 {}, p90 {}, p99 {}, p99.9 {}, most {}",
            duration(self.wait(500)),
            duration(self.wait(900)),
            duration(self.wait(990)),
            duration(self.wait(999)),
            duration(self.waits.last().copied().unwrap_or(0))
        )?;
        write!(f, "checks      {}", self.checks)
    }
}
