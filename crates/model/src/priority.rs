//! Priority classes and the waiting times they allow (Piano nazionale di governo delle liste di
//! attesa). The clock starts at the booking request. Limits are configuration: regions differ.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::time::{Minute, rome_today};

/// The class of a first access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Priority {
    /// Urgent: 72 hours.
    U,
    /// Brief: 10 days.
    B,
    /// Deferrable: 30 days for visits, 60 for instrumental services.
    D,
    /// Programmable: 120 days.
    P,
}

impl Priority {
    /// All classes, the most urgent first.
    pub const ALL: [Priority; 4] = [Priority::U, Priority::B, Priority::D, Priority::P];

    /// Its letter.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Priority::U => 'U',
            Priority::B => 'B',
            Priority::D => 'D',
            Priority::P => 'P',
        }
    }

    /// The class of a letter, if there is one.
    #[must_use]
    pub fn from_letter(letter: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|class| letter.trim().eq_ignore_ascii_case(&class.letter().to_string()))
    }

    /// Whether somebody has to be called when a place of this class is lost.
    #[must_use]
    pub fn is_urgent(self) -> bool {
        matches!(self, Priority::U | Priority::B)
    }
}

/// Visit or instrumental: the limit of class D depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// A visit.
    Visit,
    /// An examination with an instrument.
    Instrumental,
}

/// The limits in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitLimits {
    /// Hours of class U.
    pub u_hours: u16,
    /// Days of class B.
    pub b_days: u16,
    /// Days of class D for visits.
    pub d_visit_days: u16,
    /// Days of class D for instrumental services.
    pub d_instrumental_days: u16,
    /// Days of class P.
    pub p_days: u16,
}

impl Default for WaitLimits {
    fn default() -> Self {
        Self {
            u_hours: 72,
            b_days: 10,
            d_visit_days: 30,
            d_instrumental_days: 60,
            p_days: 120,
        }
    }
}

impl WaitLimits {
    /// Last instant inside the limit. Hours are exact; days end with the day in Italy.
    #[must_use]
    pub fn deadline(&self, class: Priority, kind: ServiceKind, requested_at: DateTime<Utc>) -> DateTime<Utc> {
        let days = match (class, kind) {
            (Priority::U, _) => return requested_at + Duration::hours(i64::from(self.u_hours)),
            (Priority::B, _) => self.b_days,
            (Priority::D, ServiceKind::Visit) => self.d_visit_days,
            (Priority::D, ServiceKind::Instrumental) => self.d_instrumental_days,
            (Priority::P, _) => self.p_days,
        };
        let after = rome_today(requested_at) + Duration::days(i64::from(days) + 1);
        Minute::rome_midnight(after).utc() - Duration::seconds(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn urgent_is_counted_in_hours_and_the_rest_in_days() {
        let limits = WaitLimits::default();
        let asked = at("2026-11-23T10:30:00Z");
        assert_eq!(
            limits.deadline(Priority::U, ServiceKind::Visit, asked),
            at("2026-11-26T10:30:00Z")
        );
        assert_eq!(
            limits.deadline(Priority::B, ServiceKind::Visit, asked),
            at("2026-12-03T22:59:59Z")
        );
        assert_eq!(
            limits.deadline(Priority::D, ServiceKind::Visit, asked),
            at("2026-12-23T22:59:59Z")
        );
        assert_eq!(
            limits.deadline(Priority::D, ServiceKind::Instrumental, asked),
            at("2027-01-22T22:59:59Z")
        );
    }

    #[test]
    fn a_day_that_is_longer_by_an_hour_still_ends_at_midnight() {
        let limits = WaitLimits {
            b_days: 1,
            ..WaitLimits::default()
        };
        let deadline = limits.deadline(Priority::B, ServiceKind::Visit, at("2026-10-24T08:00:00Z"));
        assert_eq!(deadline, at("2026-10-25T22:59:59Z"));
    }
}
