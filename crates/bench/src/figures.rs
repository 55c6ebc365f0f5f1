//! Figures out of many measurements.

use std::time::Duration;

/// Durations of one thing done many times.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The one that so many out of a thousand do not exceed (nearest rank); zero when there is none.
    #[must_use]
    pub fn permille(&self, permille: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * permille).div_ceil(1_000).max(1) - 1;
        sorted.get(rank).copied().unwrap_or_default()
    }

    /// The shortest.
    #[must_use]
    pub fn quickest(&self) -> Duration {
        self.permille(0)
    }

    /// The middle one.
    #[must_use]
    pub fn p50(&self) -> Duration {
        self.permille(500)
    }

    /// The one that only one in a hundred exceeds.
    #[must_use]
    pub fn p99(&self) -> Duration {
        self.permille(990)
    }

    /// The longest.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.permille(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measurements_that_were_made() {
        let mut times = Times::default();
        assert_eq!(times.p50(), Duration::ZERO);
        for ms in (1..=200).rev() {
            times.add(Duration::from_millis(ms));
        }
        assert_eq!(times.p50(), Duration::from_millis(100));
        assert_eq!(times.p99(), Duration::from_millis(198));
        assert_eq!(times.longest(), Duration::from_millis(200));
    }
}
