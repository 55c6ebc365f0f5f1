//! `cargo xtask bench`: what the desk's mirror costs, beside what people would reach for instead.

use std::process::Stdio;

use crate::install;
use crate::run::{Done, cargo, command, step, target};

const PROGRAM: &str = "lanterna-bench";

/// The part that books at the central.
const BOOKINGS: &str = "bookings";

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
    install::for_storms()?;
    step(
        "build (about ten minutes the first time)",
        &mut cargo(&["build", "--release", "--package", PROGRAM]),
    )?;
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let checked: &[&str] = if words.contains(&"--check") { &["--check"] } else { &[] };
    // Both are run, whatever the first one says.
    let (mirror, bookings) = (run(PROGRAM, &words)?, run(BOOKINGS, checked)?);
    if mirror && bookings {
        Ok(())
    } else {
        Err("✗ bench".to_owned())
    }
}

/// Whether a program that was built ends well.
fn run(name: &str, arguments: &[&str]) -> Done<bool> {
    let program = target()
        .join("release")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    let status = command(program, arguments)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("the bench cannot be started: {error}"))?;
    Ok(status.success())
}
