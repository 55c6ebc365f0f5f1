//! Running other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

pub type Done<T = ()> = Result<T, String>;

/// Features of the one build that everything here uses, so that nothing is built twice.
pub const FEATURES: &str = "lanterna-cli/demo,lanterna-cli/host,lanterna-desktop/demo";

/// The top of the workspace.
pub fn top() -> PathBuf {
    // This crate stands in crates/xtask.
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), PathBuf::from)
}

/// A built program.
pub fn built(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

/// A command at the top of the workspace.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(top());
    command
}

/// The cargo that runs this.
pub fn cargo(arguments: &[&str]) -> Command {
    command(
        &std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        arguments,
    )
}

/// Runs a step under its name and tells how long it took.
pub fn step(name: &str, command: &mut Command) -> Done {
    eprintln!("── {name}");
    #[allow(clippy::disallowed_methods)] // told to whoever waits, decides nothing
    let started = Instant::now();
    let status = command.stdin(Stdio::null()).status();
    let status = status.map_err(|error| {
        format!(
            "{name}: {:?} cannot be started: {error}",
            command.get_program()
        )
    })?;
    eprintln!("   {name}: {:.1} s", started.elapsed().as_secs_f64());
    if status.success() {
        Ok(())
    } else {
        Err(format!("✗ {name} failed ({status})"))
    }
}

/// What a command prints, if it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
