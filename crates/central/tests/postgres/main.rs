//! The ledger on PostgreSQL: the conformance suite, and what only several processes can get wrong.
//!
//! One server serves all of it, with a database for each trial, and ends with this program. Where
//! PostgreSQL is not installed the trials are skipped; with `CI=true` that is a failure.

#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod processes;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lanterna_central::ledger::PostgresLedger;
use lanterna_central::ledger::conformance::scenarios;
use lanterna_central::ledger::postgres::trials::{Place, Trial, trials};
use lanterna_central::scratch::{Care, Scratch, ScratchError};
use libtest_mimic::Arguments;

/// The longest a trial may take before it fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// Plays one trial on a database of its own, in a runtime of its own.
fn on_a_database<F: Future<Output = ()>>(server: Option<&Scratch>, play: impl FnOnce(Place) -> F) {
    let server = server.expect("a trial that is skipped is not played");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let address = server.database().await.expect("a database can be made");
        tokio::time::timeout(PATIENCE, play(Place(address.clone())))
            .await
            .expect("a trial comes to its end");
        server.remove(&address).await.expect("a database can be taken away");
    });
}

macro_rules! of_processes {
    ($($trial:ident),+ $(,)?) => {
        vec![$(Trial {
            name: concat!("processes::", stringify!($trial)),
            play: |place| Box::pin(processes::$trial(place)),
        }),+]
    };
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let server = if arguments.list {
        None
    } else {
        match Scratch::start(Care::Hasty) {
            Ok(server) => Some(server),
            Err(absent @ ScratchError::Absent) => {
                println!("skipped: {absent}");
                if std::env::var("CI").is_ok_and(|ci| ci == "true") {
                    return ExitCode::FAILURE;
                }
                None
            }
            Err(error) => {
                println!("{error}");
                return ExitCode::FAILURE;
            }
        }
    };
    let skipped = server.is_none();
    let server = Arc::new(server);
    let mut all = Vec::new();
    for scenario in scenarios::<PostgresLedger>() {
        let server = Arc::clone(&server);
        all.push(libtest_mimic::Trial::test(
            format!("suite::{}", scenario.name),
            move || {
                on_a_database((*server).as_ref(), async |place: Place| {
                    (scenario.play)(place.process().await).await
                });
                Ok(())
            },
        ));
    }
    let services = of_processes![
        a_chunk_that_one_process_named_is_had_from_another,
        the_doorbell_of_one_process_rings_for_the_bookings_of_another,
        what_one_process_changes_the_others_hand_out,
        an_administrator_keeps_a_ledger_on_a_database,
    ];
    for trial in trials().into_iter().chain(services) {
        let server = Arc::clone(&server);
        all.push(libtest_mimic::Trial::test(trial.name, move || {
            on_a_database((*server).as_ref(), trial.play);
            Ok(())
        }));
    }
    let all = all
        .into_iter()
        .map(|trial| trial.with_ignored_flag(skipped && !arguments.list));
    let conclusion = libtest_mimic::run(&arguments, all.collect());
    // The last to have it, since the trials are over: it stops here.
    drop(server);
    conclusion.exit_code()
}
