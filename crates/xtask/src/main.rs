//! The chores of the workspace: `cargo xtask demo | test | bench | crash | sim | storm | gen | tidy`.
//!
//! Depends on no crate of the workspace and on no system library, so that it runs on a machine that
//! has nothing but Rust; what is missing it installs.

mod bench;
mod crash;
mod demo;
mod generate;
mod install;
mod json;
mod run;
mod sim;
mod storm;
mod tally;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask demo [--headless] [--schedules N]   open the window on a demonstration region
cargo xtask test [--fast]                       everything that must hold (--fast: without browser, window, audit)
cargo xtask bench [--full] [--check]             what the mirror costs, beside the controls
cargo xtask bench --window [--check]             what whoever sits before the window waits for
cargo xtask crash [--kills N] [--seed S]         kill real desks and a real central, then compare what they know
cargo xtask sim [--seeds N | --desks N --days N | --mutants | --week]   look for a run that breaks a promise
cargo xtask storm [--desks N] [--ledger sqlite|postgres] [--processes N] [--kill] [--cold]
                                                 many desks come back at once, to one central or several
cargo xtask gen                                 write generated files anew
cargo xtask tidy                                check the shape of the house";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("", &[] as &[String]),
    };
    let done = match command {
        "demo" => demo::demo(rest),
        "test" => test::test(rest),
        "bench" => bench::bench(rest),
        "crash" => crash::crash(rest),
        "sim" => sim::sim(rest),
        "storm" => storm::storm(rest),
        "gen" => generate::generate(),
        "tidy" => tidy::tidy(),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
