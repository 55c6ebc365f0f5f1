//! `cargo xtask bench`: what the desk's mirror costs, beside what people would reach for instead.

use std::process::Stdio;

use crate::install;
use crate::run::{Done, cargo, command, step, target};

const PROGRAM: &str = "lanterna-bench";

/// Builds the measuring program as it would be shipped, and runs it. Its output is this program's.
pub fn bench(arguments: &[String]) -> Done {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let known = match word.as_str() {
            "--full" | "--check" => true,
            "--schedules" => words.next().is_some_and(|number| number.parse::<u32>().is_ok()),
            _ => false,
        };
        if !known {
            return Err("cargo xtask bench [--full] [--check] [--schedules N]".to_owned());
        }
    }
    install::for_the_core()?;
    step(
        "build (about ten minutes the first time)",
        &mut cargo(&["build", "--release", "--package", PROGRAM]),
    )?;
    let program = target()
        .join("release")
        .join(PROGRAM)
        .with_extension(std::env::consts::EXE_EXTENSION);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let status = command(program, &words)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("the bench cannot be started: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("✗ bench".to_owned())
    }
}
