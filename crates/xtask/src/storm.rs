//! `cargo xtask storm`: many desks come back at once. The program stands in `tests/`; this builds it, and the
//! central optimised, and starts it.

use std::process::Stdio;

use crate::install;
use crate::run::{Done, built, cargo, command, step, target};

/// Plays the storm. The program's exit code is this one's.
pub fn storm(arguments: &[String]) -> Done {
    install::for_storms()?;
    step(
        "build the desks",
        &mut cargo(&["build", "--package=lanterna-tests", "--bin=storm"]),
    )?;
    step(
        "build the central, optimised (about ten minutes the first time)",
        &mut cargo(&["build", "--release", "--package=lanterna-central"]),
    )?;
    let central = target()
        .join("release/lanterna-central")
        .with_extension(std::env::consts::EXE_EXTENSION);
    let status = command(built("storm"), &[])
        .arg("--central")
        .arg(central)
        .args(arguments)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("the harness cannot be started: {error}"))?;
    std::process::exit(status.code().unwrap_or(1))
}
