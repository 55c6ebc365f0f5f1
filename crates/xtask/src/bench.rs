//! `cargo xtask bench`: what the desk's mirror costs, beside what people would reach for instead; with `--window` what
//! whoever sits before the window waits for.

use std::process::Stdio;

use crate::install;
use crate::run::{Done, FEATURES, cargo, command, step, target};

const PROGRAM: &str = "lanterna-bench";
const WINDOW: &str = "lanterna-desktop";
const USAGE: &str = "cargo xtask bench [--full] [--check] [--schedules N], or bench --window [--check]";

/// The part that books at the central.
const BOOKINGS: &str = "bookings";

/// Builds what is measured as it would be shipped, and measures. The output is this program's.
pub fn bench(arguments: &[String]) -> Done {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--window"] => return window(false),
        ["--window", "--check"] | ["--check", "--window"] => return window(true),
        _ => {}
    }
    let mut left = words.iter();
    while let Some(word) = left.next() {
        let known = match *word {
            "--full" | "--check" => true,
            "--schedules" => left.next().is_some_and(|number| number.parse::<u32>().is_ok()),
            _ => false,
        };
        if !known {
            return Err(USAGE.to_owned());
        }
    }
    install::for_storms()?;
    build(PROGRAM)?;
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
    let status = command(built(name), arguments)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("the bench cannot be started: {error}"))?;
    Ok(status.success())
}

/// The window on a display of its own, driven as the tests drive it.
fn window(check: bool) -> Done {
    install::for_testing()?;
    install::screens()?;
    build(WINDOW)?;
    let mut measure = cargo(&["test", "--workspace", "--features", FEATURES, "--test", "window"]);
    measure
        .args(["--", "--nocapture", "speed"])
        .env("LANTERNA_SPEED", built(WINDOW))
        // The central stands in the test: unoptimised it takes longer over its first snapshot than a desk waits.
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "2");
    if check {
        measure.env("LANTERNA_CHECK", "1");
    }
    step("window", &mut measure)
}

fn build(program: &str) -> Done {
    step(
        "build (about ten minutes the first time)",
        &mut cargo(&["build", "--release", "--package", program]),
    )
}

fn built(program: &str) -> std::path::PathBuf {
    target()
        .join("release")
        .join(program)
        .with_extension(std::env::consts::EXE_EXTENSION)
}
