//! `cargo xtask crash`: real desks and a real central, killed again and again. The program stands in
//! `tests/`; this builds it and what it kills.

use std::process::Stdio;

use crate::install;
use crate::run::{Done, built, cargo, command, step};

/// Kills, and compares the records with the ledger. The program's exit code is this one's.
pub fn crash(arguments: &[String]) -> Done {
    install::for_the_core()?;
    step(
        "build (about ten minutes the first time)",
        &mut cargo(&[
            "build",
            "--package=lanterna-tests",
            "--package=lanterna-cli",
            "--package=lanterna-central",
            "--features=lanterna-cli/demo,lanterna-cli/host",
        ]),
    )?;
    let status = command(built("crash"), &[])
        .args(arguments)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("the harness cannot be started: {error}"))?;
    std::process::exit(status.code().unwrap_or(1))
}
