//! `cargo xtask demo`: a demonstration region in the window, or its journey on the command line.

use std::process::Stdio;

use crate::install;
use crate::run::{Done, built, cargo, command, step};

/// Schedules of the region where nothing is said; 8000 are the full one.
const SCHEDULES: &str = "600";

/// Opens the window, or walks the journey with `--headless`.
pub fn demo(arguments: &[String]) -> Done {
    let (mut headless, mut schedules) = (false, SCHEDULES);
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--headless" => headless = true,
            "--schedules" => {
                schedules = words
                    .next()
                    .filter(|n| n.parse::<u32>().is_ok())
                    .ok_or("--schedules wants a number")?;
            }
            _ => return Err("cargo xtask demo [--headless] [--schedules N]".to_owned()),
        }
    }
    if headless {
        journey(schedules)
    } else {
        window(schedules)
    }
}

/// The journey's output is this program's, and so is its exit code.
fn journey(schedules: &str) -> Done {
    install::for_the_core()?;
    build("lanterna-cli", "demo,host")?;
    let status = command(built("lanterna"), &["journey", "--schedules", schedules])
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("the journey cannot be started: {error}"))?;
    std::process::exit(status.code().unwrap_or(1))
}

fn window(schedules: &str) -> Done {
    if !cfg!(any(windows, target_os = "macos"))
        && ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .all(|name| std::env::var_os(name).is_none_or(|value| value.is_empty()))
    {
        return Err(
            "There is no display. On a machine without one: `xvfb-run -a cargo xtask demo`, \
                    or `cargo xtask demo --headless` for the journey on the command line."
                .to_owned(),
        );
    }
    install::for_building()?;
    install::screens()?;
    build("lanterna-desktop", "demo")?;
    step(
        "window",
        &mut command(built("lanterna-desktop"), &["--demo", "--schedules", schedules]),
    )
}

fn build(package: &str, features: &str) -> Done {
    step(
        "build (about ten minutes the first time)",
        &mut cargo(&["build", "--package", package, "--features", features]),
    )
}
