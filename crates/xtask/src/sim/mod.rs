//! `cargo xtask sim`: seeded worlds of many desks and a central, and the deliberate bugs that must be caught.

mod mutants;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::install;
use crate::run::{Done, cargo, command, step, target, top};

pub use mutants::check as check_mutants;

const PROGRAM: &str = "lanterna-sim";
/// Our crates are optimised as libraries are: a world is a loop over them. Nothing else is built for it.
const OPTIMISED: (&str, &str) = ("CARGO_PROFILE_DEV_OPT_LEVEL", "2");
/// Worlds that once failed, run with every call and in the tests.
const BUGS: &str = "crates/sim/bugs.jsonl";

/// Runs worlds, or `--mutants [NAME …]`. Other words are the program's own; `--help` tells them.
pub fn sim(arguments: &[String]) -> Done {
    install::for_the_core()?;
    if let Some((first, names)) = arguments.split_first()
        && first == "--mutants"
    {
        return mutants::run(names);
    }
    build(&top(), &target(), false)?;
    let base = top().join(BUGS);
    let status = command(program(&target()), &[])
        .args(arguments)
        .arg("--bugs")
        .arg(base)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("the simulator cannot be started: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("✗ sim".to_owned())
    }
}

/// Builds the simulator of a workspace into a folder; `again`: little changes from build to build.
fn build(workspace: &Path, into: &Path, again: bool) -> Done {
    let mut build = cargo(&["build", "--quiet", "--package", PROGRAM]);
    build
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", into)
        .env(OPTIMISED.0, OPTIMISED.1)
        .env("CARGO_INCREMENTAL", if again { "1" } else { "0" });
    step("build", &mut build)
}

fn program(folder: &Path) -> PathBuf {
    folder
        .join("debug")
        .join(PROGRAM)
        .with_extension(std::env::consts::EXE_EXTENSION)
}
