//! Ours and the controls find the same places, whatever is asked; and the program itself runs.
#![allow(clippy::unwrap_used)] // helpers of a test

use std::process::Command;
use std::sync::LazyLock;

use lanterna_bench::changes::Others;
use lanterna_bench::control::{Access, Control};
use lanterna_bench::floor::Floor;
use lanterna_bench::ours::{Ours, key};
use lanterna_bench::questions::{Kind, Questions, candidates, positions};
use lanterna_bench::region::Region;
use lanterna_model::availability::ScheduleAvailability;
use lanterna_model::time::Minute;
use lanterna_store::search::Query;
use proptest::prelude::*;

/// Enough that every service is offered, some by several schedules.
const SCHEDULES: usize = 240;

/// Ours and the controls with the same region in them, to which others have booked all along.
struct Sides {
    region: Region,
    rows: Vec<ScheduleAvailability>,
    ours: Ours,
    controls: [(Access, Control); 2],
    _folder: tempfile::TempDir,
}

fn sides() -> Sides {
    let region = Region::make(SCHEDULES).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut ours = Ours::create(&folder.path().join("ours"), &region).unwrap();
    ours.load(&region).unwrap();
    let controls = Access::ALL.map(|access| {
        let control = Control::create(&folder.path().join(format!("{access:?}.db")), &key()).unwrap();
        control.load(&region.rows, access).unwrap();
        (access, control)
    });
    let mut rows = region.rows.clone();
    let mut others = Others::new(region.cursor(), 77);
    for _ in 0..20 {
        let (booked, page) = others.book(&mut rows, 60);
        assert!(!booked.is_empty());
        ours.apply(&page.encode()).unwrap();
        for (_, control) in &controls {
            control.apply(&booked, &page.to.digest).unwrap();
        }
    }
    Sides {
        region,
        rows,
        ours,
        controls,
        _folder: folder,
    }
}

thread_local! {
    static SIDES: LazyLock<Sides> = const { LazyLock::new(sides) };
}

fn agree(sides: &Sides, query: &Query) -> Result<usize, TestCaseError> {
    let known = candidates(&sides.region.catalogue, query, sides.region.now);
    let at = positions(&known);
    let found = sides.ours.search(query);
    let floor = Floor::prepare(&sides.rows, query, &known).first(Minute(0), query.limit);
    prop_assert_eq!(&found, &floor);
    for (access, control) in &sides.controls {
        let rows = control.search(*access, query, &known, &at).unwrap();
        prop_assert_eq!(&found, &rows, "{:?}", access);
    }
    Ok(found.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn rows_and_columns_find_the_same_places(
        seed in any::<u64>(), kind in prop_oneof![Just(Kind::First), Just(Kind::Window), Just(Kind::WindowNear)],
        days in prop::option::of((0i64..200, 0i64..60)), limit in 1usize..60,
    ) {
        SIDES.with(|sides| {
            let mut questions = Questions::new(&sides.region.catalogue, sides.region.now, seed);
            let mut query = questions.next(kind).unwrap();
            let day = |ahead| sides.region.now.today() + chrono::Duration::days(ahead);
            query.from = days.map(|(from, _)| day(from));
            query.to = days.map(|(from, length)| day(from + length));
            query.limit = limit;
            agree(sides, &query).map(drop)
        })?;
    }
}

#[test]
fn most_questions_have_an_answer_to_compare() {
    SIDES.with(|sides| {
        let mut questions = Questions::new(&sides.region.catalogue, sides.region.now, 3);
        let full = (0..100)
            .filter(|_| agree(sides, &questions.next(Kind::First).unwrap()).unwrap() == 20)
            .count();
        assert!(full > 60, "{full} of 100 questions have a page of answers");
    });
}

#[test]
fn the_program_measures_a_tiny_region_and_prints_every_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_lanterna-bench"))
        .args(["--schedules", "120", "--small"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for line in [
        "load into the encrypted mirror",
        "size on disk",
        "on the wire",
        "first 20 places, p50",
        "first 20 places, p99",
        "one afternoon a week",
        "three services",
        "changes applied",
        "opening",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    let wrong = Command::new(env!("CARGO_BIN_EXE_lanterna-bench"))
        .arg("--nonsense")
        .output()
        .unwrap();
    assert!(!wrong.status.success());
}
