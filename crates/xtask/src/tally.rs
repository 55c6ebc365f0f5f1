//! Adding up what the test runners say at their ends.

/// Tests that were run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// That held.
    pub passed: u64,
    /// That did not.
    pub failed: u64,
}

impl Tally {
    /// Adds another's.
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Takes the figures of a line, if it is the last line of a runner: cargo test, nextest, vitest
    /// or Playwright.
    pub fn hear(&mut self, line: &str) {
        let line = line.trim();
        let figures = if let Some(rest) = line.strip_prefix("test result: ") {
            rest
        } else if let Some(rest) = line.strip_prefix("Summary [") {
            // `3 tests run: 2 passed, 1 failed`: what counts stands after the colon.
            rest.split_once(" run: ").map_or("", |(_, figures)| figures)
        } else if let Some(rest) = line.strip_prefix("Tests ") {
            rest
        } else if playwright(line) {
            line
        } else {
            return;
        };
        let words: Vec<&str> = figures
            .split([' ', ',', ';', '|'])
            .filter(|word| !word.is_empty())
            .collect();
        for pair in words.windows(2) {
            match (pair[0].parse::<u64>(), pair[1]) {
                (Ok(number), "passed") => self.passed += number,
                (Ok(number), "failed") => self.failed += number,
                _ => {}
            }
        }
    }
}

/// `12 passed (30.1s)`, or `1 failed` before the list of those that did.
fn playwright(line: &str) -> bool {
    let mut words = line.split(' ');
    let number = words.next().is_some_and(|word| word.parse::<u64>().is_ok());
    let verdict = words.next();
    let after = words.next();
    number
        && match verdict {
            Some("passed") => after.is_none_or(|after| after.starts_with('(')),
            Some("failed") => after.is_none(),
            _ => false,
        }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> (u64, u64) {
        let mut tally = Tally::default();
        for line in lines {
            tally.hear(line);
        }
        (tally.passed, tally.failed)
    }

    #[test]
    fn the_last_lines_of_every_runner_are_understood() {
        assert_eq!(
            of(&["test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out"]),
            (5, 2)
        );
        assert_eq!(
            of(&["     Summary [  71.2s] 30 tests run: 29 passed (2 slow), 1 failed, 4 skipped"]),
            (29, 1)
        );
        assert_eq!(
            of(&[
                " Test Files  1 failed | 2 passed (3)",
                "      Tests  1 failed | 11 passed (12)"
            ]),
            (11, 1)
        );
        assert_eq!(
            of(&[
                "  1 failed",
                "    [chromium] › a.spec.ts:3:1 › 2 failed",
                "  12 passed (30.1s)"
            ]),
            (12, 1)
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(
            of(&["test a::b ... ok", "7 passed tests are fine", "running 3 tests", ""]),
            (0, 0)
        );
    }
}
