//! One run over one region: everything measured, ours and the controls side by side.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_store::search::Query;

use crate::changes::Others;
use crate::clock::{quickest, timed};
use crate::control::{Access, Control};
use crate::figures::Times;
use crate::floor::Floor;
use crate::ours::{Ours, key};
use crate::questions::{Candidate, Kind, Questions, candidates, positions};
use crate::region::Region;
use crate::table::{Figure, Goal, Line};
use crate::wire;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Questions of each kind.
    pub questions: usize,
    /// Loads of ours, openings, pages of changes; at least two.
    pub rounds: usize,
    /// Changes in a page.
    pub changes: usize,
}

impl Effort {
    /// That of the published tables.
    pub const WHOLE: Effort = Effort {
        questions: 1_000,
        rounds: 9,
        changes: 1_000,
    };
    /// Enough to see that everything works.
    pub const SMALL: Effort = Effort {
        questions: 40,
        rounds: 2,
        changes: 50,
    };
}

/// How often a question is put; the quickest answer counts, on every side.
const REPEATS: usize = 3;
/// Questions for which the floor is prepared: that takes long.
const FLOORS: usize = 200;

/// What the search may take of memory for each slot of the region, free or not: 40 MB for the full one.
const BYTES_PER_SLOT: u64 = 7;

/// What a run found.
pub struct Findings {
    /// The lines of the table.
    pub lines: Vec<Line>,
    /// Bytes of the search's structures in memory.
    pub memory: usize,
    /// Schedules that came into question in the first kind of question, on average.
    pub candidates: usize,
}

/// A question with what the controls are given for nothing.
struct Asked<'a> {
    query: Query,
    candidates: Vec<Candidate<'a>>,
    positions: Vec<Option<usize>>,
}

/// Measures everything.
///
/// # Errors
/// When a file fails, or ours and the control disagree about what is free.
pub fn measure(region: &mut Region, effort: Effort) -> Result<Findings> {
    let folder = tempfile::tempdir()?;
    let mut lines = Vec::new();
    let (mut loads, mut size, mut last) = (Times::default(), 0, None);
    for round in 0..effort.rounds.max(2) {
        let mut ours = Ours::create(&folder.path().join(format!("ours-{round}")), region)?;
        let (done, time) = timed(|| ours.load(region));
        done?;
        loads.add(time);
        if let Some(before) = last.replace(ours) {
            size = before.close()?;
        }
    }
    let mut ours = last.context("nothing was loaded")?;
    let memory = ours.store.index().memory();

    let path = folder.path().join("control.db");
    let (control, load) = loaded(region, &path, memory)?;
    lines.push(
        Line::new("load into the encrypted mirror", Figure::Time(loads.quickest()))
            .beside(Figure::Time(load), "rows")
            .goal(Goal::Times(60.0)),
    );
    lines.push(
        Line::new("size on disk", Figure::bytes(size))
            .beside(Figure::bytes(fs::metadata(&path)?.len()), "rows")
            .goal(Goal::Times(20.0)),
    );
    lines.push(
        Line::new("on the wire, compressed", Figure::bytes(wire::ours(region)))
            .beside(Figure::bytes(wire::fhir(region)?.1), "FHIR NDJSON, zstd")
            .goal(Goal::AtMost(Figure::Bytes(1e6))),
    );
    let most = Figure::bytes(BYTES_PER_SLOT * region.manifest.slots);
    lines.push(
        Line::new("memory of the search, places included", Figure::bytes(memory as u64)).goal(Goal::AtMost(most)),
    );
    let candidates = searches(region, &ours, &control, effort, &mut lines)?;
    several(region, &ours, &control, effort, &mut lines)?;
    changes(region, &mut ours, &control, effort, &mut lines)?;
    drop(ours);
    opening(region, folder.path(), effort, &mut lines)?;
    Ok(Findings {
        lines,
        memory,
        candidates,
    })
}

/// The control with the region in it, and how long the quicker of two loads took.
fn loaded(region: &Region, path: &Path, memory: usize) -> Result<(Control, Duration)> {
    let beside = path.with_extension("first");
    let first = Control::create(&beside, &key())?;
    let (done, time) = timed(|| first.load(&region.rows, Access::ByDate));
    done?;
    drop(first);
    fs::remove_file(beside)?;
    let control = Control::create(path, &key())?;
    // As much memory for its pages as ours takes for its structures, the default at least.
    control.cache((memory / 1_024).max(2_000))?;
    let (done, again) = timed(|| control.load(&region.rows, Access::ByDate));
    done?;
    control.checkpoint()?;
    Ok((control, time.min(again)))
}

fn asked(region: &Region, kind: Kind, count: usize) -> Vec<Asked<'_>> {
    let mut questions = Questions::new(&region.catalogue, region.now, kind as u64 + 1);
    (0..count)
        .filter_map(|_| questions.next(kind))
        .map(|query| {
            let candidates = candidates(&region.catalogue, &query, region.now);
            Asked {
                positions: positions(&candidates),
                candidates,
                query,
            }
        })
        .collect()
}

/// The kinds of question about one service, with what each is called and the goal it has.
const SEARCHES: [(Kind, &str, f64); 3] = [
    (Kind::First, "first 20 places", 80.0),
    (Kind::Window, "first 20 on one afternoon a week", 30.0),
    (Kind::WindowNear, "the same within 15 km", 30.0),
];

fn searches(region: &Region, ours: &Ours, control: &Control, effort: Effort, lines: &mut Vec<Line>) -> Result<usize> {
    let asked = SEARCHES.map(|(kind, ..)| asked(region, kind, effort.questions));
    let mut answers: Vec<Vec<Vec<SlotSpan>>> = Vec::new();
    let mut times: Vec<[Times; 4]> = Vec::new();
    for questions in &asked {
        let mut own = Times::default();
        let found: Vec<_> = questions.iter().map(|it| ours.search(&it.query)).collect();
        for it in questions {
            own.add(quickest(REPEATS, || ours.ask(&it.query)));
        }
        let mut floor = Times::default();
        for it in questions.iter().take(FLOORS) {
            let prepared = Floor::prepare(&region.rows, &it.query, &it.candidates);
            let from = region.now.minute().plus(1);
            floor.add(quickest(REPEATS, || prepared.first(from, it.query.limit)));
        }
        answers.push(found);
        times.push([own, floor, Times::default(), Times::default()]);
    }
    for (which, access) in Access::ALL.into_iter().enumerate() {
        if which > 0 {
            control.index(access)?;
        }
        for (kind, questions) in asked.iter().enumerate() {
            for (it, ours) in questions.iter().zip(&answers[kind]) {
                let found = control.search(access, &it.query, &it.candidates, &it.positions)?;
                ensure!(found == *ours, "ours and the control do not find the same places");
            }
            for it in questions {
                let search = || control.search(access, &it.query, &it.candidates, &it.positions);
                times[kind][2 + which].add(quickest(REPEATS, search));
            }
        }
    }
    control.index(Access::ByDate)?;
    for ((_, what, goal), [own, floor, by_date, by_schedule]) in SEARCHES.into_iter().zip(times) {
        for (which, permille) in [("p50", 500), ("p99", 990)] {
            let (date, schedule) = (by_date.permille(permille), by_schedule.permille(permille));
            // The better control of the two counts.
            let (best, name) = if date <= schedule {
                (date, "rows by date")
            } else {
                (schedule, "rows by schedule")
            };
            lines.push(
                Line::new(format!("{what}, {which}"), Figure::Time(own.permille(permille)))
                    .beside(Figure::Time(best), name)
                    .above(Figure::Time(floor.permille(permille)))
                    .goal(Goal::Times(goal)),
            );
        }
    }
    let first = &asked[0];
    Ok(first.iter().map(|it| it.candidates.len()).sum::<usize>() / first.len().max(1))
}

fn several(region: &Region, ours: &Ours, control: &Control, effort: Effort, lines: &mut Vec<Line>) -> Result<()> {
    let mut questions = Questions::new(&region.catalogue, region.now, 9);
    let (mut own, mut rows) = (Times::default(), Times::default());
    for _ in 0..effort.questions {
        let Some(query) = questions.next(Kind::Three) else {
            continue;
        };
        let found = ours.search(&query);
        own.add(quickest(REPEATS, || ours.ask(&query)));
        let Some(last) = found.iter().map(|span| span.start).max() else {
            continue;
        };
        let positions: Vec<_> = (0..query.services.len())
            .map(|at| {
                let mut one = query.clone();
                one.services = vec![query.services[at].clone()];
                positions(&candidates(&region.catalogue, &one, region.now))
            })
            .collect();
        let from = region.now.minute().plus(1);
        control.read_until(&query, from, last.plus(1), &positions)?;
        rows.add(quickest(REPEATS, || {
            control.read_until(&query, from, last.plus(1), &positions)
        }));
    }
    for (which, permille) in [("p50", 500), ("p99", 990)] {
        lines.push(
            Line::new(
                format!("three services, one site, one day, {which}"),
                Figure::Time(own.permille(permille)),
            )
            .beside(Figure::Time(rows.permille(permille)), "rows, only read"),
        );
    }
    Ok(())
}

fn changes(
    region: &mut Region,
    ours: &mut Ours,
    control: &Control,
    effort: Effort,
    lines: &mut Vec<Line>,
) -> Result<()> {
    let mut others = Others::new(region.cursor(), 5);
    let (mut own, mut rows, mut wire) = (Times::default(), Times::default(), 0.0);
    for _ in 0..effort.rounds * 4 {
        let (booked, page) = others.book(&mut region.rows, effort.changes);
        let bytes = page.encode();
        #[allow(clippy::cast_precision_loss)] // a few thousand
        {
            wire = bytes.len() as f64 / page.changes.len().max(1) as f64;
        }
        let (done, time) = timed(|| ours.apply(&bytes));
        done?;
        own.add(time);
        let (done, time) = timed(|| control.apply(&booked, &page.to.digest));
        done?;
        rows.add(time);
    }
    let count = effort.changes;
    lines.push(
        Line::new(format!("{count} changes applied, p50"), Figure::Time(own.p50()))
            .beside(Figure::Time(rows.p50()), "rows")
            .goal(Goal::AtMost(Figure::Time(Duration::from_millis(10)))),
    );
    lines.push(
        Line::new(format!("{count} changes applied, longest"), Figure::Time(own.longest()))
            .beside(Figure::Time(rows.longest()), "rows"),
    );
    lines.push(Line::new("a change on the wire", Figure::Bytes(wire)).goal(Goal::AtMost(Figure::Bytes(16.0))));
    // What was kept up to date is what would be found in everything anew.
    for it in asked(region, Kind::First, effort.questions.min(200)) {
        let floor = Floor::prepare(&region.rows, &it.query, &it.candidates);
        let wanted = floor.first(Minute(0), it.query.limit);
        ensure!(
            ours.search(&it.query) == wanted,
            "after the changes other places are found"
        );
    }
    Ok(())
}

fn opening(region: &Region, folder: &Path, effort: Effort, lines: &mut Vec<Line>) -> Result<()> {
    let last = folder.join(format!("ours-{}", effort.rounds.max(2) - 1));
    let (mut full, mut empty, mut read) = (Times::default(), Times::default(), Times::default());
    for round in 0..effort.rounds {
        let (opened, time) = timed(|| Ours::open(&last, region.now));
        let mut opened = opened?;
        full.add(time);
        let (done, time) = timed(|| opened.complete());
        done?;
        read.add(time);
        drop(opened);
        let fresh = folder.join(format!("empty-{round}"));
        drop(Ours::open(&fresh, region.now)?);
        let (opened, time) = timed(|| Ours::open(&fresh, region.now));
        drop(opened?);
        empty.add(time);
    }
    lines.push(
        Line::new("opening, until the desk can be used", Figure::Time(full.p50()))
            .beside(Figure::Time(empty.p50()), "an empty desk"),
    );
    lines.push(Line::new(
        "reading the region behind it, checked",
        Figure::Time(read.p50()),
    ));
    Ok(())
}
