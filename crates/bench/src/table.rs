//! The table: ours, the control, the ratio, the floor, the goal, met or not.

use std::fmt;
use std::time::Duration;

/// Something measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// How long.
    Time(Duration),
    /// How much.
    Bytes(f64),
}

impl Figure {
    #[allow(clippy::cast_precision_loss)] // shown with three digits
    fn number(self) -> f64 {
        match self {
            Figure::Time(time) => time.as_nanos() as f64,
            Figure::Bytes(bytes) => bytes,
        }
    }

    /// Bytes out of a count.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // shown with three digits
    pub fn bytes(count: u64) -> Self {
        Figure::Bytes(count as f64)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TIME: [(f64, &str); 4] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
        const BYTES: [(f64, &str); 3] = [(1e6, "MB"), (1e3, "kB"), (1.0, "B")];
        let units: &[(f64, &str)] = match self {
            Figure::Time(_) => &TIME,
            Figure::Bytes(_) => &BYTES,
        };
        let number = self.number();
        let (unit, name) = units.iter().find(|(unit, _)| number >= *unit).unwrap_or(&(1.0, ""));
        let shown = number / unit;
        let digits = if shown >= 100.0 {
            0
        } else {
            usize::from(shown < 10.0) + 1
        };
        write!(f, "{shown:.digits$} {name}")
    }
}

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// The control costs at least so many times what ours does.
    Times(f64),
    /// Ours costs at most this.
    AtMost(Figure),
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Goal::Times(times) => write!(f, "≥ {times}×"),
            Goal::AtMost(most) => write!(f, "≤ {most}"),
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What was measured.
    pub what: String,
    /// What it costs us.
    pub ours: Figure,
    /// What it costs the control, and which one it is.
    pub control: Option<(Figure, &'static str)>,
    /// What it costs when nothing but the answer is looked at.
    pub floor: Option<Figure>,
    /// What is to be reached.
    pub goals: Vec<Goal>,
}

impl Line {
    /// A line without goals.
    #[must_use]
    pub fn new(what: impl Into<String>, ours: Figure) -> Self {
        Self {
            what: what.into(),
            ours,
            control: None,
            floor: None,
            goals: Vec::new(),
        }
    }

    /// Beside a control.
    #[must_use]
    pub fn beside(mut self, control: Figure, which: &'static str) -> Self {
        self.control = Some((control, which));
        self
    }

    /// Above a floor.
    #[must_use]
    pub fn above(mut self, floor: Figure) -> Self {
        self.floor = Some(floor);
        self
    }

    /// With one goal more.
    #[must_use]
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goals.push(goal);
        self
    }

    /// How many times the control costs what ours does.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        self.control
            .map(|(control, _)| control.number() / self.ours.number().max(f64::MIN_POSITIVE))
    }

    /// Whether all goals are reached.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.goals.iter().all(|goal| match goal {
            Goal::Times(times) => self.ratio().is_some_and(|ratio| ratio >= *times),
            Goal::AtMost(most) => self.ours.number() <= most.number(),
        })
    }
}

/// A table in Markdown, aligned for reading as it is.
pub struct Table<'a>(pub &'a [Line]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["what", "ours", "control", "ratio", "floor", "goal", "met"].map(str::to_owned);
        let mut rows = vec![head];
        for line in self.0 {
            let goals: Vec<String> = line.goals.iter().map(Goal::to_string).collect();
            let met = match (line.goals.is_empty(), line.is_met()) {
                (true, _) => "",
                (false, true) => "yes",
                (false, false) => "NO",
            };
            rows.push([
                line.what.clone(),
                line.ours.to_string(),
                line.control
                    .map(|(figure, which)| format!("{figure} ({which})"))
                    .unwrap_or_default(),
                line.ratio().map(|ratio| format!("{ratio:.1}×")).unwrap_or_default(),
                line.floor.map(|figure| figure.to_string()).unwrap_or_default(),
                goals.join(", "),
                met.to_owned(),
            ]);
        }
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..7).map(width).collect();
        for (at, row) in rows.iter().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                write!(f, "| {cell:width$} ")?;
            }
            writeln!(f, "|")?;
            if at == 0 {
                for width in &widths {
                    write!(f, "|{:-<1$}", "", width + 2)?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(micros: u64) -> Figure {
        Figure::Time(Duration::from_micros(micros))
    }

    #[test]
    fn a_goal_is_met_only_when_the_figures_say_so() {
        let line = Line::new("search", us(10)).beside(us(800), "rows");
        assert!(line.clone().goal(Goal::Times(80.0)).is_met());
        assert!(!line.clone().goal(Goal::Times(80.1)).is_met());
        assert!(!line.goal(Goal::AtMost(us(9))).is_met());
        // Without a control there is no ratio to reach.
        assert!(!Line::new("search", us(1)).goal(Goal::Times(2.0)).is_met());
    }

    #[test]
    fn figures_are_shown_with_units_a_reader_knows() {
        assert_eq!(us(1_234).to_string(), "1.23 ms");
        assert_eq!(us(45).to_string(), "45.0 µs");
        assert_eq!(Figure::bytes(160_000_000).to_string(), "160 MB");
        assert_eq!(Figure::bytes(12).to_string(), "12.0 B");
    }
}
