//! Makes a small case of a large failure: fewer kinds of faults, fewer desks, a shorter time, fewer lines.

use crate::config::Config;
use crate::run::{Failure, run};
use crate::script;

/// Shrinks a failure as long as the same promise is broken, within so many runs.
#[must_use]
pub fn shrink(failure: Failure, runs: u32) -> Failure {
    shrink_by(failure, runs, |config| run(config).err().map(|failure| *failure))
}

/// The same, with another way to find out whether a world fails.
fn shrink_by(failure: Failure, runs: u32, fails: impl FnMut(&Config) -> Option<Failure>) -> Failure {
    let mut shrinker = Shrinker {
        best: failure,
        runs,
        fails,
    };
    shrinker.time();
    shrinker.kinds();
    shrinker.size();
    shrinker.lines();
    // What is left may need fewer kinds now.
    shrinker.kinds();
    shrinker.best
}

struct Shrinker<F> {
    best: Failure,
    runs: u32,
    fails: F,
}

impl<F: FnMut(&Config) -> Option<Failure>> Shrinker<F> {
    /// Whether a smaller world breaks the same promise; then it is the best so far.
    fn tries(&mut self, config: Config) -> bool {
        if config == self.best.config || self.runs == 0 {
            return false;
        }
        self.runs -= 1;
        match (self.fails)(&config) {
            Some(failure) if failure.violation.rule == self.best.violation.rule => {
                self.best = failure;
                true
            }
            _ => false,
        }
    }

    fn with(&self, change: impl FnOnce(&mut Config)) -> Config {
        let mut config = self.best.config.clone();
        change(&mut config);
        config
    }

    /// Nothing that happens after the violation matters.
    fn time(&mut self) {
        let seen = u32::try_from(self.best.violation.minutes).unwrap_or(u32::MAX);
        for minutes in [seen + 1, seen / 2, seen / 4] {
            let shorter = minutes.clamp(1, self.best.config.minutes);
            self.tries(self.with(|config| config.minutes = shorter));
        }
    }

    fn kinds(&mut self) {
        for kind in self.best.config.faults.clone() {
            self.tries(self.with(|config| _ = config.faults.remove(&kind)));
        }
    }

    fn size(&mut self) {
        for others in [0, self.best.config.others_per_day / 4] {
            self.tries(self.with(|config| config.others_per_day = others));
        }
        for desks in [1, 2, self.best.config.desks / 4, self.best.config.desks / 2] {
            if desks > 0 && desks < self.best.config.desks && self.tries(self.with(|config| config.desks = desks)) {
                break;
            }
        }
        for schedules in [1, 2, self.best.config.schedules / 2] {
            let fewer = schedules > 0 && schedules < self.best.config.schedules;
            if fewer && self.tries(self.with(|config| config.schedules = schedules)) {
                break;
            }
        }
        self.time();
    }

    /// Leaves out lines of the script, in pieces that become smaller (ddmin).
    fn lines(&mut self) {
        let all = u32::try_from(script::length(&self.best.config)).unwrap_or(u32::MAX);
        let mut kept: Vec<u32> = self.best.config.keep.clone().unwrap_or_else(|| (0..all).collect());
        let mut piece = kept.len().div_ceil(2).max(1);
        while self.runs > 0 {
            let mut at = 0;
            while at < kept.len() && self.runs > 0 {
                let mut fewer = kept.clone();
                fewer.drain(at..(at + piece).min(kept.len()));
                if self.tries(self.with(|config| config.keep = Some(fewer.clone()))) {
                    kept = fewer;
                } else {
                    at += piece;
                }
            }
            if piece == 1 {
                break;
            }
            piece = piece.div_ceil(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FaultKind;
    use crate::violation::{Rule, Violation};

    #[test]
    fn what_a_failure_does_not_need_is_left_out() {
        let config = Config {
            desks: 5,
            faults: FaultKind::ALL.into_iter().collect(),
            ..Config::small(3)
        };
        let needed = 1;
        // It takes two desks, crashes, ten minutes and one line of the script.
        let fails = |config: &Config| {
            let line = config.keep.as_ref().is_none_or(|kept| kept.contains(&needed));
            let there = line && config.desks >= 2 && config.minutes >= 10 && config.has(FaultKind::DeskCrash);
            there.then(|| Failure {
                config: config.clone(),
                violation: Violation {
                    rule: Rule::Lost,
                    what: String::new(),
                    step: 1,
                    minutes: 10,
                },
                last: Vec::new(),
            })
        };
        let failure = fails(&config).unwrap();
        let smaller = shrink_by(failure, 10_000, fails).config;
        assert_eq!((smaller.desks, smaller.minutes), (2, 11));
        assert_eq!(smaller.faults.into_iter().collect::<Vec<_>>(), [FaultKind::DeskCrash]);
        assert_eq!(smaller.keep, Some(vec![needed]));
    }
}
