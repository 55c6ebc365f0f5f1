//! A small storm: three processes of the central on one PostgreSQL behind nginx, one of them killed while
//! desks drain their queues.
#![allow(clippy::unwrap_used)] // a test ends where its ground gives way

use lanterna_tests::programs::built;
use lanterna_tests::storm::{Kind, Plan, run};

fn plan() -> Plan {
    Plan {
        central: built("lanterna-central"),
        desks: 24,
        operations: 14,
        schedules: 60,
        ledger: Kind::Postgres,
        processes: 3,
        kill: true,
        cold: true,
        durable: false,
        seed: 1,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_under_load_loses_nothing_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let report = run(plan(), folder.path()).await.unwrap();
    assert!(report.is_sound(), "{report}");
    // Every desk fetched every chunk, and nginx asked a central for each of them about once.
    let each = report.cold.as_ref().unwrap().hundredths_per_chunk();
    assert!((100..=200).contains(&each), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_central_on_a_file_answers_all_who_come_back_together() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        ledger: Kind::Sqlite,
        processes: 1,
        kill: false,
        cold: false,
        ..plan()
    };
    let report = run(plan, folder.path()).await.unwrap();
    assert!(report.is_sound(), "{report}");
}
