//! What happened, as a digest: two runs of one world must have the same.

use std::collections::VecDeque;
use std::fmt::{self, Arguments, Write};

use crate::time::Millis;

/// Lines kept for whoever reads a failure.
const KEPT: usize = 40;

/// The logical trace. Bytes of databases have no place in it: they are random.
#[derive(Debug)]
pub(crate) struct Trace {
    digest: u64,
    last: Option<VecDeque<String>>,
}

struct Fnv(u64);

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}

impl Trace {
    /// A trace; `told`: its last lines are kept as text too.
    pub(crate) fn new(told: bool) -> Self {
        Self {
            digest: 0xcbf2_9ce4_8422_2325,
            last: told.then(VecDeque::new),
        }
    }

    pub(crate) fn note(&mut self, at: Millis, what: Arguments<'_>) {
        let mut fnv = Fnv(self.digest);
        // Writing to a number cannot fail.
        let _ = writeln!(fnv, "{at} {what}");
        self.digest = fnv.0;
        if let Some(last) = &mut self.last {
            if last.len() == KEPT {
                last.pop_front();
            }
            let seconds = at / 1_000;
            last.push_back(format!(
                "{:02}:{:02}:{:02}.{:03} {what}",
                seconds / 3_600,
                seconds / 60 % 60,
                seconds % 60,
                at % 1_000
            ));
        }
    }

    /// Digest of all lines so far.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    /// The last lines, where they are kept.
    pub(crate) fn last(&self) -> Vec<String> {
        self.last.iter().flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_line_or_another_time_gives_another_digest() {
        let digest = |lines: &[(u64, &str)]| {
            let mut trace = Trace::new(true);
            lines
                .iter()
                .for_each(|(at, what)| trace.note(*at, format_args!("{what}")));
            assert_eq!(trace.last().len(), lines.len());
            trace.digest()
        };
        assert_eq!(digest(&[(1, "a"), (2, "b")]), digest(&[(1, "a"), (2, "b")]));
        assert_ne!(digest(&[(1, "a"), (2, "b")]), digest(&[(1, "a"), (3, "b")]));
        assert_ne!(digest(&[(1, "a"), (2, "b")]), digest(&[(1, "a")]));
    }
}
