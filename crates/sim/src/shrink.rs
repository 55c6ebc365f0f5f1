//! Makes a small case of a large failure: fewer kinds of faults, fewer desks, a shorter time, fewer lines.

use crate::config::Config;
use crate::run::{Failure, run};
use crate::script;

/// Shrinks a failure as long as the same promise is broken, within so many runs.
#[must_use]
pub fn shrink(failure: Failure, runs: u32) -> Failure {
    let mut shrinker = Shrinker { best: failure, runs };
    shrinker.time();
    shrinker.kinds();
    shrinker.size();
    shrinker.lines();
    // What is left may need fewer kinds now.
    shrinker.kinds();
    shrinker.best
}

struct Shrinker {
    best: Failure,
    runs: u32,
}

impl Shrinker {
    /// Whether a smaller world breaks the same promise; then it is the best so far.
    fn tries(&mut self, config: Config) -> bool {
        if config == self.best.config || self.runs == 0 {
            return false;
        }
        self.runs -= 1;
        match run(&config) {
            Err(failure) if failure.violation.rule == self.best.violation.rule => {
                self.best = *failure;
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
