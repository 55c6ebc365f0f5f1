//! `cargo xtask demo`: a demonstration region in the window, or its journey on the command line.

use crate::install;
use crate::run::{Done, built, cargo, command, step};

pub fn demo(arguments: &[String]) -> Done {
    let headless = arguments.iter().any(|argument| argument == "--headless");
    let schedules = match arguments
        .iter()
        .position(|argument| argument == "--schedules")
    {
        Some(at) => arguments
            .get(at + 1)
            .ok_or("--schedules wants a number")?
            .as_str(),
        None => "600",
    };
    if headless {
        step(
            "build",
            &mut cargo(&[
                "build",
                "--quiet",
                "-p",
                "lanterna-cli",
                "--features",
                "demo,host",
            ]),
        )?;
        let status = command(
            &built("lanterna").to_string_lossy(),
            &["journey", "--schedules", schedules],
        )
        .status()
        .map_err(|error| error.to_string())?;
        return if status.success() {
            Ok(())
        } else {
            Err("the journey failed".to_owned())
        };
    }
    install::for_building()?;
    install::screens()?;
    step(
        "build",
        &mut cargo(&[
            "build",
            "--quiet",
            "-p",
            "lanterna-desktop",
            "--features",
            "demo",
        ]),
    )?;
    if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
        return Err(
            "There is no display. On a machine without one: `xvfb-run cargo xtask demo`, \
                    or `cargo xtask demo --headless` for the journey on the command line."
                .to_owned(),
        );
    }
    step(
        "window",
        &mut command(
            &built("lanterna-desktop").to_string_lossy(),
            &["--demo", "--schedules", schedules],
        ),
    )
}
