//! What people and misfortune do, written down before the world begins: a list from which lines can be
//! taken away without changing the others.

mod faults;
mod work;

use lanterna_wire::status::ServiceState;

use crate::config::Config;
use crate::time::{MINUTE, Millis};

/// What an operator sits down to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Books for whoever comes next.
    Book,
    /// Books and sends the form twice.
    BookTwice,
    /// Cancels a booking.
    Cancel,
    /// Moves a booking.
    Move,
    /// Settles what waits for a decision.
    Settle,
    /// Looks and does nothing.
    Look,
    /// Presses *sync now*.
    Hurry,
}

/// What the owner of a schedule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Suspends it for some days.
    Suspend,
    /// Ends the suspension.
    Resume,
    /// Publishes its sessions in another shape.
    Reshape,
    /// Publishes its sessions as they were at first.
    Restore,
    /// Withdraws all its sessions.
    Withdraw,
    /// Takes the schedule out of the region, or puts it back in.
    Remove,
}

/// Where in a transaction a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before it began: the event is lost.
    Before,
    /// After the work, before the commit.
    Inside,
    /// After the commit, before anything was done about it.
    After,
}

/// How a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// As it should be.
    Good,
    /// Nothing goes through, and both ends know.
    Cut,
    /// Requests go nowhere, without a word.
    Deaf,
    /// Requests arrive and answers do not, without a word.
    Dumb,
    /// Everything takes seconds.
    Slow,
}

/// One line of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// An operator does something.
    Act { desk: usize, act: Act },
    /// Somebody else books or cancels.
    Others,
    /// The owner of a schedule does something.
    Owner { schedule: u32, deed: Deed },
    /// A channel may do something else, for a while.
    Service {
        channel: usize,
        state: ServiceState,
        lasts: Millis,
    },
    /// The link of a desk changes, for a while.
    Link {
        desk: usize,
        condition: Condition,
        lasts: Millis,
    },
    /// All links are cut, for a while.
    Outage { lasts: Millis },
    /// A desk's process ends in one of its next transactions.
    Crash {
        desk: usize,
        cut: Cut,
        /// Transactions until then.
        steps: u32,
        down: Millis,
        /// The whole machine is started anew.
        machine: bool,
    },
    /// The central ends after so many operations of the next batch.
    CentralCrash { operations: u32, down: Millis },
    /// A wall clock is set by so much.
    Jump { desk: usize, by_ms: i64 },
    /// A wall clock is set right.
    SetRight { desk: usize },
    /// A disk is full, for a while.
    FullDisk { desk: usize, lasts: Millis },
    /// A store fails in one of the next transactions.
    StoreFault { desk: usize, steps: u32 },
    /// A desk is suspended, for a while.
    Sleep { desk: usize, lasts: Millis },
    /// A desk that is switched off most of the time is switched on, for a while.
    Wake { desk: usize, lasts: Millis },
    /// The central hands out old manifests, for a while.
    Stale { lasts: Millis },
    /// A request that was answered long ago arrives once more.
    LateRepeat,
    /// An operation that was answered arrives with other bytes.
    OtherBytes,
    /// Another policy decides on leases.
    Policy,
    /// A desk is revoked.
    Revoke { desk: usize, stolen: bool },
    /// A copy of a desk's record exchanges stock.
    Copied { desk: usize },
    /// A machine has no power for a while, and its wall clock stands still.
    DeadBattery { desk: usize, down: Millis },
    /// A backup of the ledger is taken.
    BackUp,
    /// The central ends and comes back with an older ledger.
    PutBack(PutBack),
}

/// How the ledger is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PutBack {
    /// Backups that are younger than the one that is taken.
    pub(crate) younger: usize,
    /// How long the central is away.
    pub(crate) down: Millis,
    /// The witness outside of the database is there; else only a desk's cursor tells.
    pub(crate) witness: bool,
    /// How long it takes the administrator to act once the ledger has fenced itself.
    pub(crate) acts_after: Millis,
    /// How long he waits for desks.
    pub(crate) patience: Millis,
}

/// A line with its time and a seed of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) at: Millis,
    pub(crate) dice: u64,
    pub(crate) input: Input,
}

/// The lines of a world, by time. Those that were left out by the shrinker are not there.
pub(crate) fn write(config: &Config) -> Vec<Line> {
    let mut lines = Vec::new();
    work::write(config, &mut lines);
    faults::write(config, &mut lines);
    // Stable: lines of one instant stay in the order in which they were written.
    lines.sort_by_key(|line| line.at);
    match &config.keep {
        None => lines,
        Some(keep) => keep.iter().filter_map(|at| lines.get(*at as usize).cloned()).collect(),
    }
}

/// Lines there are before any is left out.
pub(crate) fn length(config: &Config) -> usize {
    let whole = Config {
        keep: None,
        ..config.clone()
    };
    write(&whole).len()
}

/// How long the world lasts before it becomes calm.
pub(crate) fn end(config: &Config) -> Millis {
    u64::from(config.minutes) * MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_follows_from_its_world_and_lines_can_be_left_out() {
        let config = Config::small(3);
        let all = write(&config);
        assert_eq!(all, write(&config));
        assert!(all.windows(2).all(|pair| pair[0].at <= pair[1].at));
        let some = Config {
            keep: Some(vec![0, 2]),
            ..config.clone()
        };
        assert_eq!(write(&some), vec![all[0].clone(), all[2].clone()]);
        assert_eq!(length(&some), all.len());
    }

    #[test]
    fn a_kind_that_is_switched_off_changes_no_line_of_another() {
        let config = Config {
            faults: crate::FaultKind::ALL.into_iter().collect(),
            ..Config::small(4)
        };
        let mut fewer = config.clone();
        fewer.faults.remove(&crate::FaultKind::DeskCrash);
        let without: Vec<Line> = write(&config)
            .into_iter()
            .filter(|line| !matches!(line.input, Input::Crash { .. }))
            .collect();
        assert_eq!(write(&fewer), without);
    }
}
