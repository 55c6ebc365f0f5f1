//! What a central counts of itself, in the text format of Prometheus. Routes, statuses and kinds of
//! answers alone: nothing of a request, a desk or a patient.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lanterna_wire::outcome::{Answer, Outcome};

use super::door::Away;
use crate::ledger::Swept;

/// Upper ends of the classes in which durations are counted, in microseconds, and as they are told.
const CLASSES: [(u128, &str); 12] = [
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (5_000_000, "5"),
    (30_000_000, "30"),
];

/// Durations of one route.
#[derive(Default)]
struct Durations {
    /// How many fell into each class, the one above the last included.
    classes: [u64; CLASSES.len() + 1],
    micros: u128,
}

#[derive(Default)]
struct Counts {
    requests: BTreeMap<(String, u16), u64>,
    durations: BTreeMap<String, Durations>,
    operations: BTreeMap<&'static str, u64>,
    away: BTreeMap<&'static str, u64>,
    /// The same since it was told last.
    away_since: BTreeMap<&'static str, u64>,
    swept: BTreeMap<&'static str, u64>,
}

/// Counts since the process began.
#[derive(Default)]
pub(super) struct Meter(Mutex<Counts>);

/// What is not counted but is so at the moment.
pub(super) struct Present {
    pub working: usize,
    pub waiting: usize,
    pub listeners: usize,
    /// The number of the last row of the feed that this process knows.
    pub head: u64,
}

impl Meter {
    /// A request was answered.
    pub(super) fn answered(&self, route: &str, status: u16, took: Duration) {
        let micros = took.as_micros();
        let class = CLASSES.iter().position(|(end, _)| micros <= *end);
        let mut counts = self.counts();
        *counts.requests.entry((route.to_owned(), status)).or_default() += 1;
        let durations = counts.durations.entry(route.to_owned()).or_default();
        durations.classes[class.unwrap_or(CLASSES.len())] += 1;
        durations.micros += micros;
    }

    /// An operation was answered, for the first time or again.
    pub(super) fn operation(&self, answer: &Answer) {
        let kind = match answer {
            Answer::Outcome(settled) => match settled.outcome {
                Outcome::Confirmed => "confirmed",
                Outcome::Conflict { .. } => "conflict",
                Outcome::Rejected { .. } => "rejected",
                Outcome::NeedsOperator { .. } => "needs_operator",
            },
            Answer::NotYet { .. } => "not_yet",
            Answer::AlreadyAnswered => "already_answered",
            Answer::Refused { .. } => "refused",
        };
        *self.counts().operations.entry(kind).or_default() += 1;
    }

    /// A request was turned away.
    pub(super) fn away(&self, why: Away) {
        let why = match why {
            Away::Full(_) => "full",
            Away::Crowding(_) => "crowding",
            Away::Hasty(_) => "hasty",
            Away::Late(_) => "late",
        };
        let mut counts = self.counts();
        *counts.away.entry(why).or_default() += 1;
        *counts.away_since.entry(why).or_default() += 1;
    }

    /// How many requests were turned away since this was asked last, by the reason; nothing where none was.
    pub(super) fn turned_away(&self) -> Option<String> {
        let away = std::mem::take(&mut self.counts().away_since);
        let each: Vec<String> = away.iter().map(|(why, count)| format!("{why} {count}")).collect();
        (!each.is_empty()).then(|| each.join(", "))
    }

    /// The ledger was swept.
    pub(super) fn swept(&self, swept: &Swept) {
        let mut counts = self.counts();
        for (what, count) in [
            ("leases", u32::try_from(swept.leases.len()).unwrap_or(u32::MAX)),
            ("holds", swept.holds),
            ("quotas", swept.released),
            ("answers", swept.answers),
        ] {
            *counts.swept.entry(what).or_default() += u64::from(count);
        }
    }

    /// Everything, as Prometheus reads it.
    pub(super) fn text(&self, present: &Present) -> String {
        let mut text = String::new();
        // A text takes whatever is written into it.
        let _ = self.write(&mut text, present);
        text
    }

    fn write(&self, out: &mut String, present: &Present) -> fmt::Result {
        let counts = self.counts();
        kind(out, "requests_total", "counter", "Requests answered.")?;
        for ((route, status), count) in &counts.requests {
            writeln!(
                out,
                "lanterna_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}"
            )?;
        }
        kind(out, "request_seconds", "histogram", "Time until the answer began.")?;
        for (route, durations) in &counts.durations {
            let mut below = 0;
            for ((_, end), count) in CLASSES.iter().zip(durations.classes) {
                below += count;
                writeln!(
                    out,
                    "lanterna_request_seconds_bucket{{route=\"{route}\",le=\"{end}\"}} {below}"
                )?;
            }
            below += durations.classes[CLASSES.len()];
            let (seconds, micros) = (durations.micros / 1_000_000, durations.micros % 1_000_000);
            writeln!(
                out,
                "lanterna_request_seconds_bucket{{route=\"{route}\",le=\"+Inf\"}} {below}"
            )?;
            writeln!(
                out,
                "lanterna_request_seconds_sum{{route=\"{route}\"}} {seconds}.{micros:06}"
            )?;
            writeln!(out, "lanterna_request_seconds_count{{route=\"{route}\"}} {below}")?;
        }
        for (name, help, label, all) in [
            (
                "operations_total",
                "Operations answered, again included.",
                "answer",
                &counts.operations,
            ),
            ("turned_away_total", "Requests told to come back.", "why", &counts.away),
            (
                "swept_total",
                "What was over because time had passed.",
                "what",
                &counts.swept,
            ),
        ] {
            kind(out, name, "counter", help)?;
            for (value, count) in all {
                writeln!(out, "lanterna_{name}{{{label}=\"{value}\"}} {count}")?;
            }
        }
        for (name, help, value) in [
            (
                "requests_working",
                "Requests that are worked on.",
                present.working as u64,
            ),
            (
                "requests_waiting",
                "Requests that wait in line.",
                present.waiting as u64,
            ),
            (
                "doorbell_listeners",
                "Desks that listen at the doorbell.",
                present.listeners as u64,
            ),
            (
                "feed_head",
                "Number of the last change that this process knows.",
                present.head,
            ),
        ] {
            kind(out, name, "gauge", help)?;
            writeln!(out, "lanterna_{name} {value}")?;
        }
        Ok(())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kind(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP lanterna_{name} {help}\n# TYPE lanterna_{name} {kind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_told_once_and_counted_for_good() {
        let meter = Meter::default();
        assert_eq!(meter.turned_away(), None);
        for why in [Away::Full(2), Away::Late(2), Away::Full(3)] {
            meter.away(why);
        }
        assert_eq!(meter.turned_away().as_deref(), Some("full 2, late 1"));
        assert_eq!(meter.turned_away(), None);
        meter.away(Away::Hasty(1));
        assert_eq!(meter.turned_away().as_deref(), Some("hasty 1"));
        let text = meter.text(&Present {
            working: 0,
            waiting: 0,
            listeners: 0,
            head: 0,
        });
        assert!(text.contains("lanterna_turned_away_total{why=\"full\"} 2\n"), "{text}");
    }

    #[test]
    fn durations_are_counted_in_every_class_above_them() {
        let meter = Meter::default();
        meter.answered("/v1/status", 200, Duration::from_micros(900));
        meter.answered("/v1/status", 503, Duration::from_secs(40));
        let text = meter.text(&Present {
            working: 1,
            waiting: 2,
            listeners: 3,
            head: 4,
        });
        for line in [
            "lanterna_requests_total{route=\"/v1/status\",status=\"503\"} 1",
            "lanterna_request_seconds_bucket{route=\"/v1/status\",le=\"0.001\"} 1",
            "lanterna_request_seconds_bucket{route=\"/v1/status\",le=\"30\"} 1",
            "lanterna_request_seconds_bucket{route=\"/v1/status\",le=\"+Inf\"} 2",
            "lanterna_request_seconds_sum{route=\"/v1/status\"} 40.000900",
            "lanterna_requests_waiting 2",
            "lanterna_feed_head 4",
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\n{text}");
        }
    }
}
