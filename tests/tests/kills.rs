//! A short run of what `cargo xtask crash` does for longer.
#![allow(clippy::unwrap_used)] // helpers of a test

use lanterna_tests::crash::{Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_what_desks_accepted_between_forty_kills_nothing_is_lost_and_nothing_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        kills: 40,
        seed: 7,
        desks: 2,
    };
    let report = run(plan, folder.path()).await.unwrap();
    println!("{report}");
    assert!(report.is_sound(), "{report}");
    assert!(report.desks_killed > 0 && report.centrals_killed > 0, "{report}");
    assert!(
        report.records.operations > 20 && report.records.mirrored > 40,
        "{report}"
    );
}
