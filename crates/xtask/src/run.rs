//! Running other programs.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Instant;

use crate::tally::Tally;

/// What a chore ends in; the reason is a sentence for whoever called it.
pub type Done<T = ()> = Result<T, String>;

/// Features of the one build that everything here uses, so that nothing is built twice.
pub const FEATURES: &str = "lanterna-cli/demo,lanterna-cli/host,lanterna-desktop/demo";

/// The top of the workspace.
pub fn top() -> PathBuf {
    // This crate stands in crates/xtask. Where it was built is asked last: what is built may be kept while
    // the workspace moves, as with one target folder for many clones.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    here.as_deref()
        .unwrap_or(Path::new(env!("CARGO_MANIFEST_DIR")))
        .ancestors()
        .nth(2)
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), |folder| top().join(folder))
}

/// A program built in the development profile.
pub fn built(name: &str) -> PathBuf {
    target()
        .join("debug")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION)
}

/// A command at the top of the workspace. What `cargo run` told this program about its own package is
/// taken away: it would reach the build scripts of others.
pub fn command(program: impl AsRef<Path>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program.as_ref());
    command.args(arguments).current_dir(top());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// The cargo that runs this.
pub fn cargo(arguments: &[&str]) -> Command {
    command(
        std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from),
        arguments,
    )
}

/// Does a step under its name and tells how long it took.
pub fn timed<T>(name: &str, work: impl FnOnce() -> Done<T>) -> Done<T> {
    eprintln!("── {name}");
    #[allow(clippy::disallowed_methods)] // told to whoever waits, decides nothing
    let started = Instant::now();
    let done = work();
    eprintln!("   {name}: {:.1} s", started.elapsed().as_secs_f64());
    done
}

/// Runs a command as a step.
pub fn step(name: &str, command: &mut Command) -> Done {
    timed(name, || ended(name, command.stdin(Stdio::null()).status(), command))
}

/// Runs a command as a step, lets its output through, and adds what it says of its tests to the tally.
pub fn counted(name: &str, command: &mut Command, tally: &mut Tally) -> Done {
    timed(name, || {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Colours would have to be read around.
        command
            .env("NO_COLOR", "1")
            .env("CARGO_TERM_COLOR", "never")
            .env_remove("FORCE_COLOR");
        let mut child = command.spawn().map_err(|error| cannot_start(name, command, &error))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let (told, cried) = thread::scope(|scope| {
            let told = scope.spawn(|| passed_on(out, std::io::stdout()));
            let cried = scope.spawn(|| passed_on(err, std::io::stderr()));
            (told.join().unwrap_or_default(), cried.join().unwrap_or_default())
        });
        tally.add(told);
        tally.add(cried);
        ended(name, child.wait(), command)
    })
}

fn passed_on(from: Option<impl Read>, mut to: impl Write) -> Tally {
    let mut tally = Tally::default();
    let Some(from) = from else { return tally };
    let mut line = Vec::new();
    let mut from = BufReader::new(from);
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        tally.hear(&String::from_utf8_lossy(&line));
        let _ = to.write_all(&line).and_then(|()| to.flush());
        line.clear();
    }
    tally
}

fn ended(name: &str, status: std::io::Result<ExitStatus>, command: &Command) -> Done {
    let status = status.map_err(|error| cannot_start(name, command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("✗ {name} failed ({status})"))
    }
}

fn cannot_start(name: &str, command: &Command, error: &std::io::Error) -> String {
    format!(
        "✗ {name}: {} cannot be started: {error}",
        command.get_program().to_string_lossy()
    )
}

/// What a command prints, if it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
