//! The programs as they were built, and those that run.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// A program of the workspace, built beside this one by `cargo xtask test`.
///
/// # Panics
/// When it is not built.
#[must_use]
pub fn built(name: &str) -> PathBuf {
    // target/debug/deps/race-… or target/debug/crash → target/debug/lanterna
    let this = std::env::current_exe().unwrap();
    let name = PathBuf::from(name).with_extension(std::env::consts::EXE_EXTENSION);
    let found = this
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file());
    found.unwrap_or_else(|| panic!("{} is not built: run `cargo xtask test`", name.display()))
}

/// A command that knows nothing of the data folders of whoever runs the tests.
#[must_use]
pub fn command(name: &str) -> Command {
    unaware(&built(name))
}

/// The same for a program that stands somewhere.
#[must_use]
pub fn unaware(program: &Path) -> Command {
    let mut command = Command::new(program);
    for variable in [
        "LANTERNA_DATA_DIR",
        "LANTERNA_CENTRAL_URL",
        "LANTERNA_PASSPHRASE_FILE",
        "LANTERNA_LOG",
    ] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null());
    command
}

/// A program that runs until its handle is dropped: then it is ended in the middle of whatever it does
/// (SIGKILL), and waited for.
pub struct Running(Child);

impl Running {
    /// Starts a program and waits for the one line with which it says where it is reached: what stands
    /// behind `before`.
    ///
    /// # Errors
    /// When it cannot be started, or ends without that line.
    pub fn start(command: &mut Command, before: &str) -> Result<(Self, String)> {
        let child = command.stdout(Stdio::piped()).spawn()?;
        let mut running = Self(child);
        let out = running.0.stdout.take().context("its output is not piped")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let told = line
            .trim()
            .strip_prefix(before)
            .with_context(|| format!("it does not begin with «{before}»"))?;
        let told = told.to_owned();
        Ok((running, told))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
