//! What is free, as the mirror keeps it: one packed row per schedule, and the pages of changes that came since the rows
//! were written. A page is written as it came, whatever number of schedules it is about; when there are many, they are
//! folded into the rows, a share with each page that comes, so that none takes long.

use std::collections::{BTreeMap, BTreeSet};

use lanterna_model::availability::{ClassMask, PackedSchedule};
use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;
use lanterna_wire::changes::{Change, Page};
use rusqlite::{Connection, params};

use crate::error::StoreError;
use crate::search::{Followed, Index};

/// Bytes of pages that are kept before they are folded into the rows: about 25,000 bookings.
const FOLD_BYTES: usize = 256 * 1024;
/// Rows that are written beside a page, at least.
const FOLD_ROWS: usize = 512;

/// Pages that were not folded into the rows yet.
#[derive(Debug, Default)]
pub(crate) struct Unfolded {
    bytes: usize,
    schedules: BTreeSet<ScheduleId>,
    under_way: Option<Fold>,
}

/// A fold that was begun.
#[derive(Debug)]
struct Fold {
    /// The last page it is about.
    until: u64,
    /// Whose rows are still to be written.
    left: BTreeSet<ScheduleId>,
}

impl Unfolded {
    pub(crate) fn add<'a>(&mut self, bytes: usize, schedules: impl IntoIterator<Item = &'a ScheduleId>) {
        self.bytes += bytes;
        self.schedules.extend(schedules);
    }

    /// Writes a share of the rows, as they are in memory where the mirror stands at `seq`; with the last of them the
    /// pages go. The share grows with the `changed` schedules, so that the pages cannot outrun it.
    ///
    /// # Errors
    /// When the file fails. Everything is then as it was, and goes on with the next page.
    pub(crate) fn fold(&mut self, db: &Connection, index: &Index, seq: u64, changed: usize) -> Result<(), StoreError> {
        if self.under_way.is_none() && self.bytes > FOLD_BYTES {
            self.bytes = 0;
            self.under_way = Some(Fold {
                until: seq,
                left: std::mem::take(&mut self.schedules),
            });
        }
        let Some(fold) = &mut self.under_way else {
            return Ok(());
        };
        let share: Vec<ScheduleId> = fold.left.iter().copied().take(changed.max(FOLD_ROWS)).collect();
        let is_last = share.len() == fold.left.len();
        let tx = db.unchecked_transaction()?;
        for schedule in &share {
            match index.schedule(*schedule) {
                Some(packed) => put_row(&tx, *schedule, seq, &packed.to_row())?,
                None => drop(
                    tx.prepare_cached("DELETE FROM availability WHERE schedule = ?1")?
                        .execute([schedule.0])?,
                ),
            }
        }
        if is_last {
            tx.execute("DELETE FROM pages WHERE seq <= ?1", [fold.until])?;
        }
        tx.commit()?;
        for schedule in &share {
            fold.left.remove(schedule);
            // What the pages since then said of it is in the row as well.
            self.schedules.remove(schedule);
        }
        if is_last {
            self.under_way = None;
        }
        Ok(())
    }
}

/// Writes a row, true where the mirror stands at `seq`.
pub(crate) fn put_row(db: &Connection, schedule: ScheduleId, seq: u64, row: &[u8]) -> Result<(), StoreError> {
    db.prepare_cached("INSERT OR REPLACE INTO availability (schedule, seq, row) VALUES (?1, ?2, ?3)")?
        .execute(params![schedule.0, seq, row])?;
    Ok(())
}

/// Places by schedule, as the file has them.
pub(crate) type Places = BTreeMap<ScheduleId, PackedSchedule>;

/// Reads rows and pages.
///
/// # Errors
/// [`StoreError::Row`] when one of them makes no sense.
pub(crate) fn load(db: &Connection) -> Result<(Places, Unfolded), StoreError> {
    let damaged = || StoreError::Row { table: "availability" };
    let (mut places, mut written) = (Places::new(), BTreeMap::new());
    let mut select = db.prepare("SELECT schedule, seq, row FROM availability ORDER BY schedule")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(2)?.as_blob().map_err(|_| damaged())?;
        let packed = PackedSchedule::from_row(bytes).map_err(|_| damaged())?;
        let schedule = ScheduleId(row.get(0)?);
        places.insert(schedule, packed);
        written.insert(schedule, row.get::<_, u64>(1)?);
    }
    let mut unfolded = Unfolded::default();
    let mut select = db.prepare("SELECT bytes FROM pages ORDER BY seq")?;
    let mut pages = select.query([])?;
    while let Some(row) = pages.next()? {
        let bytes = row.get_ref(0)?.as_blob().map_err(|_| damaged())?;
        let mut page = Page::decode(bytes).map_err(|_| StoreError::Row { table: "pages" })?;
        let seq = page.to.seq;
        let is_new = |schedule: &ScheduleId| written.get(schedule).is_none_or(|written| *written < seq);
        page.changes.retain(|change| match change {
            Change::Catalogue => false,
            Change::Schedule { schedule, .. } | Change::Session { schedule, .. } => is_new(schedule),
        });
        let Some(changed) = follow(&page, |schedule| places.get(&schedule))? else {
            return Err(StoreError::Row { table: "pages" });
        };
        unfolded.add(bytes.len(), changed.keys());
        for (schedule, followed) in changed {
            match followed {
                Followed::Gone => drop(places.remove(&schedule)),
                Followed::Whole(packed) | Followed::Sessions(packed, _) => drop(places.insert(schedule, packed)),
            }
        }
    }
    Ok((places, unfolded))
}

/// What a page makes of the places there are; `None` when it does not fit them.
///
/// # Errors
/// [`StoreError::Row`] when a row in it makes no sense.
pub(crate) fn follow<'a>(
    page: &Page,
    known: impl Fn(ScheduleId) -> Option<&'a PackedSchedule>,
) -> Result<Option<BTreeMap<ScheduleId, Followed>>, StoreError> {
    if page.to.seq <= page.from.seq && !page.changes.is_empty() {
        // Changes that lead nowhere could not be told from those before them.
        return Ok(None);
    }
    let mut changed: BTreeMap<ScheduleId, Followed> = BTreeMap::new();
    for change in &page.changes {
        match change {
            Change::Catalogue => {}
            Change::Schedule { schedule, row } if row.is_empty() => drop(changed.insert(*schedule, Followed::Gone)),
            Change::Schedule { schedule, row } => {
                let packed = PackedSchedule::from_row(row).map_err(|_| StoreError::Row { table: "availability" })?;
                changed.insert(*schedule, Followed::Whole(packed));
            }
            Change::Session {
                schedule,
                start,
                classes,
                free,
            } => {
                if !changed.contains_key(schedule)
                    && let Some(packed) = known(*schedule)
                {
                    changed.insert(*schedule, Followed::Sessions(packed.clone(), Vec::new()));
                }
                // A schedule that this desk does not see changes nothing here.
                let fits = changed
                    .get_mut(schedule)
                    .is_none_or(|it| it.update(*start, ClassMask(*classes), free));
                if !fits {
                    return Ok(None);
                }
            }
        }
    }
    Ok(Some(changed))
}

impl Followed {
    /// Takes over a change of one session; `false` when no session starts there.
    fn update(&mut self, start: Minute, classes: ClassMask, free: &[u8]) -> bool {
        match self {
            Followed::Gone => true,
            Followed::Whole(packed) => packed.update(start, classes, free),
            Followed::Sessions(packed, starts) => {
                starts.push(start);
                packed.update(start, classes, free)
            }
        }
    }

    /// What became of it in all, when it changed before in the same transaction.
    pub(crate) fn after(self, before: Option<Followed>) -> Followed {
        match (self, before) {
            (Followed::Sessions(packed, _), Some(Followed::Gone | Followed::Whole(_))) => Followed::Whole(packed),
            (Followed::Sessions(packed, mut starts), Some(Followed::Sessions(_, earlier))) => {
                starts.extend(earlier);
                Followed::Sessions(packed, starts)
            }
            (changed, _) => changed,
        }
    }

    pub(crate) fn packed(&self) -> Option<&PackedSchedule> {
        match self {
            Followed::Gone => None,
            Followed::Whole(packed) | Followed::Sessions(packed, _) => Some(packed),
        }
    }
}

/// Keeps a page, which was found to fit. How many bytes that took.
pub(crate) fn keep(db: &Connection, page: &Page) -> Result<usize, StoreError> {
    if page.changes.is_empty() {
        return Ok(0);
    }
    let bytes = page.encode();
    db.prepare_cached("INSERT INTO pages (seq, bytes) VALUES (?1, ?2)")?
        .execute(params![page.to.seq, bytes])?;
    Ok(bytes.len())
}
