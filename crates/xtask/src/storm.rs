//! `cargo xtask storm`: many desks come back at once. The program stands in `tests/`; this builds it and the
//! central, both optimised, for they share the machine, and starts it.

use std::process::Stdio;

use crate::install;
use crate::run::{Done, cargo, command, step, target};

/// Plays the storm. The program's exit code is this one's.
pub fn storm(arguments: &[String]) -> Done {
    install::for_storms()?;
    let programs = ["--bin=storm", "--bin=lanterna-central"];
    let mut build = cargo(&[
        "build",
        "--release",
        "--package=lanterna-tests",
        "--package=lanterna-central",
    ]);
    step(
        "build desks and central, optimised (about ten minutes the first time)",
        build.args(programs),
    )?;
    let program = target()
        .join("release/storm")
        .with_extension(std::env::consts::EXE_EXTENSION);
    // It finds the central beside it.
    let status = command(program, &[])
        .args(arguments)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("the harness cannot be started: {error}"))?;
    std::process::exit(status.code().unwrap_or(1))
}
