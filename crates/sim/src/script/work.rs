//! The work of operators and of everybody else.

use super::{Act, Input, Line, end};
use crate::config::Config;
use crate::rng::Rng;
use crate::time::{DAY, HOUR, MINUTE, Millis};

/// Times a desk that is not always on is switched on in a day.
const WINDOWS: u64 = 3;
/// Hours after the beginning of a world's day in which they lie.
const WORKING: (u64, u64) = (3, 14);

const ACTS: [(u32, Act); 7] = [
    (54, Act::Book),
    (4, Act::BookTwice),
    (9, Act::Cancel),
    (11, Act::Move),
    (14, Act::Settle),
    (6, Act::Look),
    (2, Act::Hurry),
];

pub(super) fn write(config: &Config, lines: &mut Vec<Line>) {
    for desk in 0..config.desks as usize {
        let mut rng = Rng::keyed(config.seed, &[1, desk as u64]);
        for (from, lasts) in windows(config, &mut rng) {
            if config.awake_minutes < 1_440 {
                lines.push(Line {
                    at: from,
                    dice: rng.next(),
                    input: Input::Wake { desk, lasts },
                });
            }
            acts(config, desk, from, lasts, &mut rng, lines);
        }
    }
    others(config, lines);
}

/// When a desk is on: from when, and for how long.
fn windows(config: &Config, rng: &mut Rng) -> Vec<(Millis, Millis)> {
    if config.awake_minutes >= 1_440 {
        return vec![(0, end(config))];
    }
    let lasts = u64::from(config.awake_minutes) * MINUTE / WINDOWS;
    let mut all = Vec::new();
    for day in 0..=end(config) / DAY {
        let mut at = day * DAY + WORKING.0 * HOUR;
        for left in (1..=WINDOWS).rev() {
            let until = day * DAY + WORKING.1 * HOUR;
            let room = until.saturating_sub(at + left * lasts) / left;
            at += rng.below(room.max(1));
            if at < end(config) {
                all.push((at, lasts.min(end(config) - at)));
            }
            at += lasts;
        }
    }
    all
}

fn acts(config: &Config, desk: usize, from: Millis, lasts: Millis, rng: &mut Rng, lines: &mut Vec<Line>) {
    let awake = u64::from(config.awake_minutes.clamp(1, 1_440)) * MINUTE;
    let every = awake / u64::from(config.acts_per_day.max(1));
    let mut at = from + rng.wait(every).min(every);
    while at < from + lasts {
        if let Some(act) = rng.weighted(&ACTS) {
            lines.push(Line {
                at,
                dice: rng.next(),
                input: Input::Act { desk, act },
            });
        }
        at += rng.wait(every).max(1);
    }
}

fn others(config: &Config, lines: &mut Vec<Line>) {
    let Some(every) = DAY.checked_div(u64::from(config.others_per_day)) else {
        return;
    };
    let mut rng = Rng::keyed(config.seed, &[2]);
    let mut at = rng.wait(every);
    while at < end(config) {
        lines.push(Line {
            at,
            dice: rng.next(),
            input: Input::Others,
        });
        at += rng.wait(every).max(1);
    }
}
