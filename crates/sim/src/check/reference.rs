//! What the feed said, up to every number of it: the one mirror that all others are compared with.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use lanterna_central::ledger::{CursorError, Ledger, Snapshot, SqliteLedger};
use lanterna_model::access::Channel;
use lanterna_model::availability::{ClassMask, FreeBits, PackedSchedule, ScheduleAvailability};
use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;
use lanterna_wire::changes::Change;
use lanterna_wire::{Cursor, limits};

use crate::region::CHANNELS;
use crate::violation::{Broken, Rule, Seen};
use crate::world::ready;

/// A schedule as it was from a number of the feed on; no digest: it was not there.
type Version = (u64, Option<u64>);

/// What one channel was told.
#[derive(Clone, Default)]
struct Followed {
    rows: BTreeMap<ScheduleId, ScheduleAvailability>,
    versions: BTreeMap<ScheduleId, Vec<Version>>,
}

/// What every channel was told, and every cursor there was, in one life of the ledger.
#[derive(Clone)]
pub(crate) struct Reference {
    cursor: Option<Cursor>,
    followed: BTreeMap<Channel, Followed>,
    /// Digests of the chain where a transaction ended, by number.
    digests: BTreeMap<u64, String>,
}

/// Digest of a schedule as search reads it.
pub(crate) fn digest(packed: &PackedSchedule) -> u64 {
    // The hasher of the standard library has fixed keys when made like this.
    let mut hasher = DefaultHasher::new();
    packed.hash(&mut hasher);
    hasher.finish()
}

impl Reference {
    pub(crate) fn new() -> Self {
        Self {
            cursor: None,
            followed: CHANNELS
                .into_iter()
                .map(|channel| (channel, Followed::default()))
                .collect(),
            digests: BTreeMap::new(),
        }
    }

    /// Where the ledger stands.
    pub(crate) fn head(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// Takes everything anew, after the history of changes was cut.
    pub(crate) fn load(&mut self, snapshot: &Snapshot) -> Seen {
        let seq = snapshot.cursor.seq;
        for (channel, followed) in &mut self.followed {
            let mut rows = BTreeMap::new();
            for packed in snapshot
                .schedules
                .iter()
                .filter(|packed| packed.channels.contains(*channel))
            {
                rows.insert(packed.schedule, decoded(packed.schedule, &packed.row)?);
            }
            followed.rows = rows;
            let known: Vec<ScheduleId> = followed.versions.keys().chain(followed.rows.keys()).copied().collect();
            for schedule in known {
                followed.note(schedule, seq);
            }
        }
        self.digests.insert(seq, snapshot.cursor.digest.clone());
        self.cursor = Some(snapshot.cursor.clone());
        Ok(())
    }

    /// Reads what the feed gained. The changes come once, as the channel that sees most is told them.
    pub(crate) fn follow(&mut self, ledger: &SqliteLedger) -> Seen<Vec<Change>> {
        let Some(mut since) = self.cursor.clone() else {
            return Ok(Vec::new());
        };
        let mut told = Vec::new();
        loop {
            let mut to = None;
            for (at, channel) in CHANNELS.into_iter().enumerate() {
                let page = match ready(ledger.changes(channel, &since, limits::PAGE_CHANGES)) {
                    Ok(page) => page,
                    Err(CursorError::Gone) => {
                        self.load(&ready(ledger.snapshot())?)?;
                        return Ok(told);
                    }
                    Err(CursorError::Ahead) => {
                        return Broken::new(Rule::Feed, "the feed went back");
                    }
                    Err(CursorError::Ledger(error)) => return Err(error.into()),
                };
                if let Some(followed) = self.followed.get_mut(&channel) {
                    followed.apply(&page.changes, page.to.seq)?;
                }
                if to.as_ref().is_some_and(|(other, _)| *other != page.to) {
                    return Broken::new(Rule::Feed, "two channels are told different cursors");
                }
                to = Some((page.to, page.more));
                if at == 0 {
                    told.extend(page.changes);
                }
            }
            let Some((to, more)) = to else { return Ok(told) };
            if to.seq < since.seq || (to.seq == since.seq && to != since) {
                return Broken::new(Rule::Feed, "the feed went back");
            }
            self.digests.insert(to.seq, to.digest.clone());
            self.cursor = Some(to.clone());
            since = to;
            if !more {
                return Ok(told);
            }
        }
    }

    /// Whether there ever was such a cursor.
    pub(crate) fn knows(&self, cursor: &Cursor) -> bool {
        self.cursor.as_ref().is_some_and(|head| head.epoch == cursor.epoch)
            && self.digests.get(&cursor.seq) == Some(&cursor.digest)
    }

    /// Digest of a schedule as a channel saw it at a number of the feed.
    pub(crate) fn at(&self, channel: Channel, seq: u64, schedule: ScheduleId) -> Option<u64> {
        let versions = self.followed.get(&channel)?.versions.get(&schedule)?;
        let after = versions.partition_point(|(from, _)| *from <= seq);
        versions.get(after.checked_sub(1)?)?.1
    }

    /// Schedules that a channel ever saw.
    pub(crate) fn schedules(&self, channel: Channel) -> impl Iterator<Item = ScheduleId> + '_ {
        let followed = self.followed.get(&channel);
        followed
            .into_iter()
            .flat_map(|followed| followed.versions.keys().copied())
    }

    /// A schedule as it is now, whichever channel sees it.
    pub(crate) fn now(&self, schedule: ScheduleId) -> Option<&ScheduleAvailability> {
        self.followed.values().find_map(|followed| followed.rows.get(&schedule))
    }

    /// The free bits of a session as they are now, without trailing zero bytes.
    pub(crate) fn free(&self, schedule: ScheduleId, start: Minute) -> Option<Vec<u8>> {
        let session = self.now(schedule)?.session(start)?;
        Some(trimmed(session.free.as_bytes()).to_vec())
    }

    /// Whether a snapshot shows what the feed said.
    pub(crate) fn agrees(&self, snapshot: &Snapshot) -> Seen {
        if self.cursor.as_ref() != Some(&snapshot.cursor) {
            return Broken::new(Rule::Mirror, "a snapshot is not at the head of the feed");
        }
        for packed in &snapshot.schedules {
            let shown = decoded(packed.schedule, &packed.row)?;
            let seen = CHANNELS.into_iter().any(|channel| packed.channels.contains(channel));
            if seen && self.now(packed.schedule) != Some(&shown) {
                return Broken::new(
                    Rule::Mirror,
                    format!("the snapshot of schedule {} is not what the feed said", packed.schedule),
                );
            }
        }
        Ok(())
    }
}

impl Followed {
    fn apply(&mut self, changes: &[Change], seq: u64) -> Seen {
        for change in changes {
            match change {
                Change::Catalogue => {}
                Change::Schedule { schedule, row } => {
                    if row.is_empty() {
                        self.rows.remove(schedule);
                    } else {
                        self.rows.insert(*schedule, decoded(*schedule, row)?);
                    }
                    self.note(*schedule, seq);
                }
                Change::Session {
                    schedule,
                    start,
                    classes,
                    free,
                } => {
                    let session = self.rows.get_mut(schedule).and_then(|row| row.session_mut(*start));
                    let Some(session) = session else {
                        return Broken::new(
                            Rule::Feed,
                            format!("the feed tells of session {start:?} of schedule {schedule}, which is not there"),
                        );
                    };
                    session.classes = ClassMask(*classes);
                    session.free = FreeBits::from_bytes(free, session.free.len());
                    self.note(*schedule, seq);
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, schedule: ScheduleId, seq: u64) {
        let now = self.rows.get(&schedule).map(|row| digest(&PackedSchedule::new(row)));
        let versions = self.versions.entry(schedule).or_default();
        match versions.last_mut() {
            Some(last) if last.0 == seq => last.1 = now,
            Some(last) if last.1 == now => {}
            _ => versions.push((seq, now)),
        }
    }
}

pub(crate) fn trimmed(bits: &[u8]) -> &[u8] {
    let used = bits.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    &bits[..used]
}

fn decoded(schedule: ScheduleId, row: &[u8]) -> Seen<ScheduleAvailability> {
    ScheduleAvailability::decode(schedule, row)
        .or_else(|_| Broken::new(Rule::Feed, format!("a row of schedule {schedule} cannot be read")))
}
