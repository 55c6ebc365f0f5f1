//! How many places are set aside for desks, and for how long: what a region decides. The defaults
//! are those of a region that has decided nothing yet.

use chrono::{DateTime, Duration, Utc};
use lanterna_model::access::Channel;
use lanterna_model::lease::CLOCK_MARGIN;
use lanterna_model::time::Minute;
use lanterna_wire::limits;
use lanterna_wire::stock::Want;
use serde::{Deserialize, Serialize};

/// A month: no promise needs to be longer.
const MONTH: u32 = 31 * 24 * 60;
/// A week.
const WEEK: u32 = 7 * 24 * 60;

/// What decides on leases. In a file every part that is left out has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeasePolicy {
    /// Channels whose desks get leases. None: no desk gets any.
    pub channels: Vec<Channel>,
    /// Most live leases of one life of a desk's record, 0 to 500. Leases of its earlier lives, which
    /// nobody can give back any more, may be there besides, as many again at most.
    pub per_desk: u16,
    /// Of these, most on one schedule, 0 to 500.
    pub per_desk_schedule: u16,
    /// Most live leases on one schedule, whosever they are, 0 to 10,000.
    pub per_schedule: u16,
    /// Most leased places of a session, in hundredths of those that its owner opened, 0 to 100.
    pub share_percent: u8,
    /// Free places of a session that a grant leaves to everybody, 0 to 4,096.
    pub minimum_left: u16,
    /// With fewer free places in a session its leases are called back; at most `minimum_left`.
    pub recall_below: u16,
    /// How long a desk may promise a place, 1 minute to 31 days.
    pub book_minutes: u32,
    /// How long the central keeps it for a booking that comes late; at least `margin_minutes` longer
    /// than `book_minutes`, 31 days at most.
    pub honour_minutes: u32,
    /// Least time between the end of the promise and the end of the place: three times the margin by
    /// which a desk's clock may be wrong (rule 6), which is 30 minutes, or more; a week at most.
    pub margin_minutes: u32,
    /// A promise that would be shorter is not given, 1 to `book_minutes`.
    pub least_minutes: u32,
    /// A place is kept until so long before its start at most, 0 to a week.
    pub before_start_minutes: u32,
    /// Once a channel is open again its desks have so long to send what they booked (rule 4), 10
    /// minutes to a week.
    pub drain_minutes: u32,
    /// A silence of the central longer than this counts as an outage, 30 to 3,600 seconds.
    pub gap_seconds: u32,
    /// How far from where a desk's patients live, in kilometres as the crow flies, 1 to 1,000.
    pub reach_km: u16,
    /// After how long a desk does well to exchange again, 1 minute to a day.
    pub renew_minutes: u32,
    /// For desks that have booked nothing yet; at most [`limits::WANTS`].
    pub starters: Vec<Want>,
}

impl Default for LeasePolicy {
    fn default() -> Self {
        Self {
            channels: vec![Channel::Mmg],
            per_desk: 24,
            per_desk_schedule: 2,
            per_schedule: 4,
            share_percent: 15,
            minimum_left: 3,
            recall_below: 2,
            book_minutes: 72 * 60,
            honour_minutes: 96 * 60,
            margin_minutes: 30,
            least_minutes: 120,
            before_start_minutes: 60,
            drain_minutes: 240,
            gap_seconds: 60,
            reach_km: 40,
            renew_minutes: 15,
            starters: Vec::new(),
        }
    }
}

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// A number outside its bounds.
    #[error("{part} is outside {least} to {most}")]
    Bounds {
        /// Which part.
        part: &'static str,
        /// Smallest allowed.
        least: u32,
        /// Largest allowed.
        most: u32,
    },
    /// The place would be given up too soon after the promise.
    #[error("honour_minutes is not margin_minutes longer than book_minutes")]
    Margin,
    /// More starters than a desk may name.
    #[error("there are more than {most} starters")]
    Starters {
        /// Most allowed.
        most: usize,
    },
}

/// Until when a lease holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The desk may promise the place until then.
    pub book_until: DateTime<Utc>,
    /// The central keeps it until then; later than `book_until` by the margin at least.
    pub honour_until: DateTime<Utc>,
}

impl Terms {
    /// Both ends of two terms, each the later one: a term that was given is never made shorter.
    pub(crate) fn or_later(self, other: Self) -> Self {
        Self {
            book_until: self.book_until.max(other.book_until),
            honour_until: self.honour_until.max(other.honour_until),
        }
    }
}

impl LeasePolicy {
    /// Checks bounds and relations.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<(), PolicyFault> {
        let clock = u32::try_from(3 * CLOCK_MARGIN.as_secs() / 60).unwrap_or(u32::MAX);
        let most_leases = u32::try_from(limits::LEASES).unwrap_or(u32::MAX);
        let minimum_left = u32::from(self.minimum_left);
        for (part, number, least, most) in [
            ("per_desk", u32::from(self.per_desk), 0, most_leases),
            ("per_desk_schedule", u32::from(self.per_desk_schedule), 0, most_leases),
            ("per_schedule", u32::from(self.per_schedule), 0, 10_000),
            ("share_percent", u32::from(self.share_percent), 0, 100),
            ("minimum_left", minimum_left, 0, 4_096),
            ("recall_below", u32::from(self.recall_below), 0, minimum_left),
            ("book_minutes", self.book_minutes, 1, MONTH),
            ("honour_minutes", self.honour_minutes, 1, MONTH),
            ("margin_minutes", self.margin_minutes, clock, WEEK),
            ("least_minutes", self.least_minutes, 1, self.book_minutes),
            ("before_start_minutes", self.before_start_minutes, 0, WEEK),
            ("drain_minutes", self.drain_minutes, 10, WEEK),
            ("gap_seconds", self.gap_seconds, 30, 3_600),
            ("reach_km", u32::from(self.reach_km), 1, 1_000),
            ("renew_minutes", self.renew_minutes, 1, 24 * 60),
        ] {
            if !(least..=most).contains(&number) {
                return Err(PolicyFault::Bounds { part, least, most });
            }
        }
        if self.honour_minutes < self.book_minutes + self.margin_minutes {
            return Err(PolicyFault::Margin);
        }
        if self.starters.len() > limits::WANTS {
            return Err(PolicyFault::Starters { most: limits::WANTS });
        }
        Ok(())
    }

    /// The terms that a lease of a place would get now, whose quotas are released next at `release`
    /// (rule 10: the place is kept until before that at most). None where the promise would be too
    /// short to be of use.
    pub(crate) fn terms(&self, now: DateTime<Utc>, start: Minute, release: Option<Minute>) -> Option<Terms> {
        let minutes = |minutes: u32| Duration::minutes(i64::from(minutes));
        let mut honour_until =
            (now + minutes(self.honour_minutes)).min(start.utc() - minutes(self.before_start_minutes));
        if let Some(release) = release {
            honour_until = honour_until.min(release.utc());
        }
        let book_until = (now + minutes(self.book_minutes)).min(honour_until - minutes(self.margin_minutes));
        (book_until >= now + minutes(self.least_minutes)).then_some(Terms {
            book_until,
            honour_until,
        })
    }

    /// When what was booked during an outage has to have come.
    pub(crate) fn drained(&self, reopened: DateTime<Utc>) -> DateTime<Utc> {
        reopened + Duration::minutes(i64::from(self.drain_minutes))
    }

    /// Whether a silence of the central was an outage.
    pub(crate) fn is_outage(&self, silence: Duration) -> bool {
        silence > Duration::seconds(i64::from(self.gap_seconds))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-02T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_defaults_keep_their_own_bounds() {
        assert_eq!(LeasePolicy::default().check(), Ok(()));
        assert_eq!(LeasePolicy::default().margin_minutes, 30);
    }

    #[test]
    fn a_policy_outside_its_bounds_is_refused_with_the_part_named() {
        let parts = |policy: LeasePolicy| match policy.check() {
            Err(PolicyFault::Bounds { part, .. }) => part,
            other => panic!("{other:?}"),
        };
        let policy = LeasePolicy::default();
        assert_eq!(
            parts(LeasePolicy {
                margin_minutes: 29,
                ..policy.clone()
            }),
            "margin_minutes"
        );
        assert_eq!(
            parts(LeasePolicy {
                recall_below: 4,
                ..policy.clone()
            }),
            "recall_below"
        );
        assert_eq!(
            parts(LeasePolicy {
                share_percent: 101,
                ..policy.clone()
            }),
            "share_percent"
        );
        let short = LeasePolicy {
            honour_minutes: 72 * 60 + 29,
            ..policy
        };
        assert_eq!(short.check(), Err(PolicyFault::Margin));
    }

    #[test]
    fn a_file_may_say_a_part_and_nothing_that_is_unknown() {
        let part: LeasePolicy = serde_json::from_str(r#"{"per_desk": 8, "channels": ["mmg", "pharmacy"]}"#).unwrap();
        assert_eq!((part.per_desk, part.per_schedule, part.channels.len()), (8, 4, 2));
        assert!(serde_json::from_str::<LeasePolicy>(r#"{"per_dask": 8}"#).is_err());
    }

    #[test]
    fn a_place_is_kept_until_before_its_start_and_its_next_release() {
        let policy = LeasePolicy::default();
        let far = Minute::containing(now() + Duration::days(20));
        let full = policy.terms(now(), far, None).unwrap();
        assert_eq!(full.book_until, now() + Duration::hours(72));
        assert_eq!(full.honour_until, now() + Duration::hours(96));
        let soon = Minute::containing(now() + Duration::hours(10));
        let short = policy.terms(now(), soon, None).unwrap();
        assert_eq!(short.honour_until, now() + Duration::hours(9));
        assert_eq!(short.book_until, now() + Duration::minutes(510));
        let released = policy.terms(now(), far, Some(soon)).unwrap();
        assert_eq!(released.honour_until, soon.utc());
        // 60 minutes before the start, a margin of 30, and a promise of 119.
        let too_soon = Minute::containing(now() + Duration::minutes(209));
        assert_eq!(policy.terms(now(), too_soon, None), None);
    }

    proptest! {
        #[test]
        fn no_term_breaks_the_margin_or_outlives_its_place(
            ahead in 0i64..40_000, release in prop::option::of(0i64..40_000), before in 0u32..600, margin in 30u32..600,
        ) {
            let policy = LeasePolicy { before_start_minutes: before, margin_minutes: margin, honour_minutes: 6_000, ..LeasePolicy::default() };
            let start = Minute::containing(now() + Duration::minutes(ahead));
            let release = release.map(|at| Minute::containing(now() + Duration::minutes(at)));
            if let Some(terms) = policy.terms(now(), start, release) {
                prop_assert!(terms.honour_until - terms.book_until >= Duration::minutes(i64::from(margin)));
                prop_assert!(terms.honour_until <= start.utc() - Duration::minutes(i64::from(before)));
                prop_assert!(release.is_none_or(|at| terms.honour_until <= at.utc()));
                prop_assert!(terms.book_until - now() >= Duration::minutes(120));
            }
        }
    }
}
