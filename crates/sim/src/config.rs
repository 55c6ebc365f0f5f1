//! What a world is made of: everything that decides a run, and nothing else.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::rng::Rng;

/// Small worlds in a thousand whose central is put back from a backup.
const RESTORED: u32 = 400;

/// Kinds of faults, each of which can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A request does not arrive.
    LostRequest,
    /// A request is worked on and the answer does not arrive.
    LostAnswer,
    /// A request arrives twice, the second time soon after.
    Duplicate,
    /// A message takes long, and others overtake it.
    Delay,
    /// An answer arrives that cannot be read, whether or not the request was worked on.
    CorruptAnswer,
    /// The central has no room, before or after it worked on the request.
    Busy,
    /// A link is cut for a while.
    Partition,
    /// Requests go through and answers do not, or the other way round, and nobody notices.
    HalfOpen,
    /// A link is slow for a while.
    SlowLink,
    /// A desk's process ends before, inside or after a transaction and is started again.
    DeskCrash,
    /// The central ends, in the middle of a batch too, and is started again.
    CentralCrash,
    /// A wall clock is set forward or back.
    ClockJump,
    /// The clocks of desks run at different rates.
    ClockDrift,
    /// The disk of a desk is full for a while.
    DiskFull,
    /// A store fails once, after the work and before the commit.
    StoreFault,
    /// A desk is suspended and wakes up.
    Sleep,
    /// The central hands out old manifests as long as it may, and drops chunks early.
    StaleSnapshot,
    /// Schedules are suspended and opened again.
    Suspension,
    /// Sessions are published anew with other steps, places and closures.
    Republication,
    /// Sessions or whole schedules are taken away.
    Removal,
    /// Channels are read-only, frozen or closed for a while.
    ServiceState,
    /// A request that was answered long ago arrives once more.
    LateRepeat,
    /// Another policy decides on leases.
    LeasePolicy,
    /// A desk is revoked, or reported stolen.
    Revocation,
    /// An operation that was answered arrives with other bytes: a desk that breaks the protocol.
    OtherBytes,
    /// A machine without power for hours, whose wall clock stood still meanwhile.
    DeadBattery,
    /// A copy of a desk's record exchanges stock on another machine.
    CopiedDesk,
    /// The ledger of the central is put back from an older backup.
    RestoredCentral,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [FaultKind; 28] = [
        FaultKind::LostRequest,
        FaultKind::LostAnswer,
        FaultKind::Duplicate,
        FaultKind::Delay,
        FaultKind::CorruptAnswer,
        FaultKind::Busy,
        FaultKind::Partition,
        FaultKind::HalfOpen,
        FaultKind::SlowLink,
        FaultKind::DeskCrash,
        FaultKind::CentralCrash,
        FaultKind::ClockJump,
        FaultKind::ClockDrift,
        FaultKind::DiskFull,
        FaultKind::StoreFault,
        FaultKind::Sleep,
        FaultKind::StaleSnapshot,
        FaultKind::Suspension,
        FaultKind::Republication,
        FaultKind::Removal,
        FaultKind::ServiceState,
        FaultKind::LateRepeat,
        FaultKind::LeasePolicy,
        FaultKind::Revocation,
        FaultKind::OtherBytes,
        FaultKind::DeadBattery,
        FaultKind::CopiedDesk,
        FaultKind::RestoredCentral,
    ];

    /// Whether it breaks something that the protocol takes for granted.
    #[must_use]
    pub fn is_assumption(self) -> bool {
        matches!(
            self,
            FaultKind::OtherBytes | FaultKind::DeadBattery | FaultKind::CopiedDesk
        )
    }

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.as_str().map(|name| name.replace('_', " ")))
            .unwrap_or_default()
    }
}

/// When the world begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Season {
    /// The day before clocks are set forward.
    Spring,
    /// The day before clocks are set back.
    Autumn,
    /// A Monday in January.
    Winter,
}

impl Season {
    /// The first instant of the world.
    #[must_use]
    pub fn start(self) -> DateTime<Utc> {
        let text = match self {
            Season::Spring => "2026-03-28T05:00:00Z",
            Season::Autumn => "2026-10-24T04:00:00Z",
            Season::Winter => "2026-01-19T06:00:00Z",
        };
        text.parse().unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// Everything that decides a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// From which all numbers follow.
    pub seed: u64,
    /// Desks.
    pub desks: u32,
    /// Virtual minutes with faults.
    pub minutes: u32,
    /// Schedules of the region, at most 200.
    pub schedules: u32,
    /// Days ahead that are published.
    pub days: u32,
    /// What the operators of one desk do in a day.
    pub acts_per_day: u32,
    /// What other people do in a day, all together.
    pub others_per_day: u32,
    /// Minutes of a day for which a desk is switched on; 1440 is always.
    pub awake_minutes: u32,
    /// Mean minutes between two scripted faults of one desk.
    pub fault_minutes: u32,
    /// When it begins.
    pub season: Season,
    /// Rows of the feed that the central keeps.
    pub feed_rows: u64,
    /// Milliseconds for which the doorbell waits for more news before it rings.
    pub coalesce_ms: u32,
    /// The central sets places aside for desks.
    pub leases: bool,
    /// Times for which all links are cut: minute of the world, and how many minutes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outages: Vec<(u32, u32)>,
    /// Kinds of faults that happen.
    pub faults: BTreeSet<FaultKind>,
    /// Positions in the script that are carried out, all where absent. Written by the shrinker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Vec<u32>>,
}

impl Config {
    /// A small crowded world in which every step is checked in full. Each seed has its own mixture of sizes
    /// and faults, since some failures need calm around them.
    #[must_use]
    pub fn small(seed: u64) -> Self {
        let mut rng = Rng::keyed(seed, &[0x51_7a11]);
        let season = match rng.below(3) {
            0 => Season::Spring,
            1 => Season::Autumn,
            _ => Season::Winter,
        };
        let calm = rng.between(150, 800);
        let mut happens = |kind: &FaultKind| match kind {
            // Numbers of its own: it takes a good part of the time of a world in which it happens.
            FaultKind::RestoredCentral => Rng::keyed(seed, &[0x51_7a12]).permille(RESTORED),
            _ => rng.below(1_000) >= calm,
        };
        let faults = FaultKind::ALL.into_iter().filter(|kind| happens(kind)).collect();
        Self {
            seed,
            desks: u32::try_from(rng.between(2, 6)).unwrap_or(2),
            minutes: u32::try_from(rng.between(90, 900)).unwrap_or(90),
            schedules: u32::try_from(rng.between(2, 7)).unwrap_or(2),
            days: u32::try_from(rng.between(2, 6)).unwrap_or(2),
            acts_per_day: u32::try_from(rng.between(60, 400)).unwrap_or(60),
            others_per_day: u32::try_from(rng.between(0, 300)).unwrap_or(0),
            awake_minutes: 1_440,
            fault_minutes: u32::try_from(rng.between(20, 120)).unwrap_or(20),
            season,
            feed_rows: *rng.pick(&[40, 200, 2_000]).unwrap_or(&2_000),
            coalesce_ms: *rng.pick(&[50, 50, 2_000]).unwrap_or(&50),
            leases: rng.permille(850),
            outages: Vec::new(),
            faults,
            keep: None,
        }
    }

    /// A region with many desks that are switched on a few times a day, as in a practice.
    #[must_use]
    pub fn region(seed: u64, desks: u32, days: u32) -> Self {
        Self {
            seed,
            desks,
            minutes: days.saturating_mul(1_440),
            schedules: (desks / 40).clamp(6, 60),
            days: 45,
            acts_per_day: 8,
            others_per_day: desks.saturating_mul(2),
            awake_minutes: 60,
            fault_minutes: 480,
            season: Season::Autumn,
            feed_rows: 4_000,
            coalesce_ms: desks.saturating_mul(8).clamp(50, 15_000),
            leases: true,
            outages: Vec::new(),
            faults: FaultKind::ALL.into_iter().collect(),
            keep: None,
        }
    }

    /// A week of practices that are switched on all day and cut off now and then, beside everybody else who
    /// books the same places; in the middle of it the central is away for a day and a half.
    #[must_use]
    pub fn week(seed: u64, leases: bool) -> Self {
        Self {
            seed,
            desks: 60,
            minutes: 7 * 1_440,
            schedules: 150,
            days: 45,
            acts_per_day: 14,
            others_per_day: 900,
            awake_minutes: 480,
            fault_minutes: 600,
            season: Season::Winter,
            feed_rows: 20_000,
            coalesce_ms: 1_000,
            leases,
            outages: vec![(2 * 1_440 + 240, 2_160)],
            faults: [
                FaultKind::LostRequest,
                FaultKind::LostAnswer,
                FaultKind::Delay,
                FaultKind::Busy,
                FaultKind::Partition,
                FaultKind::SlowLink,
                FaultKind::DeskCrash,
                FaultKind::Sleep,
                FaultKind::Suspension,
                FaultKind::ServiceState,
            ]
            .into_iter()
            .collect(),
            keep: None,
        }
    }

    /// Whether a kind of fault happens.
    #[must_use]
    pub fn has(&self, kind: FaultKind) -> bool {
        self.faults.contains(&kind)
    }

    /// Whether the world is small enough to look at everything after every step.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.desks <= 32
    }

    /// Whether a run takes so long that whoever waits wants to hear how far it is.
    #[must_use]
    pub fn takes_minutes(&self) -> bool {
        self.desks > 500
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed_once_and_has_a_name() {
        let kinds: BTreeSet<FaultKind> = FaultKind::ALL.into_iter().collect();
        assert_eq!(kinds.len(), FaultKind::ALL.len());
        let names: BTreeSet<String> = kinds.iter().map(|kind| kind.name()).collect();
        assert!(names.len() == kinds.len() && !names.contains(""));
    }

    #[test]
    fn a_world_is_written_and_read_alike() {
        let config = Config {
            keep: Some(vec![1, 5]),
            ..Config::small(9)
        };
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
        assert_ne!(Config::small(9), Config::small(10));
    }
}
