//! Deliberate bugs: patches kept beside the simulator, each of which some seed has to catch. They are
//! applied to a copy of the sources, never to the sources.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::{build, program};
use crate::run::{Done, command, output, target, top};

const FOLDER: &str = "crates/sim/mutants";
/// Small worlds in which a bug has to show.
const SEEDS: &str = "200";

/// A deliberate bug.
struct Mutant {
    name: String,
    /// Below the top.
    patch: PathBuf,
    /// The rule that it leaves out, in the first line of the patch.
    title: String,
}

/// Builds and runs each mutant, all of them where none is named.
pub fn run(names: &[String]) -> Done {
    let mutants = all()?;
    if let Some(unknown) = names
        .iter()
        .find(|name| !mutants.iter().any(|mutant| mutant.name == **name))
    {
        return Err(format!("there is no {FOLDER}/{unknown}.patch"));
    }
    let folder = target().join("mutants");
    let copy = folder.join("source");
    let mut survivors = Vec::new();
    let mut told = Vec::new();
    for mutant in &mutants {
        if !names.is_empty() && !names.contains(&mutant.name) {
            continue;
        }
        copied(&copy)?;
        applied(mutant, &copy)?;
        build(&copy, &folder.join("built"), true)?;
        let seen = caught(&folder.join("built"))?;
        if seen.is_none() {
            survivors.push(mutant.name.as_str());
        }
        let line = seen.unwrap_or_else(|| format!("NOT CAUGHT by {SEEDS} seeds"));
        eprintln!("   {}: {line}", mutant.name);
        told.push((mutant, line));
    }
    for (mutant, line) in &told {
        println!("{:<32} {}\n{:<32} {line}", mutant.name, mutant.title, "");
    }
    println!("{} of {} mutants caught", told.len() - survivors.len(), told.len());
    if survivors.is_empty() {
        Ok(())
    } else {
        Err(format!("✗ mutants that no seed caught: {}", survivors.join(", ")))
    }
}

/// Tells which mutants fit the sources no longer.
pub fn check(findings: &mut Vec<String>) {
    let Ok(mutants) = all() else {
        findings.push(format!("{FOLDER} cannot be read"));
        return;
    };
    for mutant in mutants {
        let shown = mutant.patch.display().to_string();
        if output(&mut command("git", &["apply", "--check", &shown])).is_none() {
            findings.push(format!("{shown} does not fit the sources any more: make it anew"));
        }
        if mutant.title.is_empty() {
            findings.push(format!("{shown} does not say in its first line which bug it is"));
        }
    }
}

fn all() -> Done<Vec<Mutant>> {
    let entries = fs::read_dir(top().join(FOLDER)).map_err(|error| format!("{FOLDER}: {error}"))?;
    let mut names: Vec<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let mut mutants = Vec::new();
    for name in names {
        let patch = Path::new(FOLDER).join(&name);
        let text = fs::read_to_string(top().join(&patch)).map_err(|error| format!("{}: {error}", patch.display()))?;
        mutants.push(Mutant {
            name: name.to_string_lossy().trim_end_matches(".patch").to_owned(),
            title: text.lines().next().unwrap_or_default().to_owned(),
            patch,
        });
    }
    Ok(mutants)
}

/// Brings the copy to what the sources are. What is the same already is left alone, so that little has
/// to be built.
fn copied(copy: &Path) -> Done {
    let listed = output(&mut command(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    ));
    for file in listed.ok_or("git ls-files failed")?.lines() {
        let (from, to) = (top().join(file), copy.join(file));
        let Ok(bytes) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        let written = to
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&to, bytes));
        written.map_err(|error| format!("{}: {error}", to.display()))?;
    }
    Ok(())
}

fn applied(mutant: &Mutant, copy: &Path) -> Done {
    let patch = top().join(&mutant.patch).display().to_string();
    let mut apply = command("git", &["apply", "--whitespace=nowarn", &patch]);
    // The copy may lie inside the repository, below an ignored folder: it is not part of it.
    apply
        .current_dir(copy)
        .env("GIT_CEILING_DIRECTORIES", copy.parent().unwrap_or(copy));
    output(&mut apply)
        .map(drop)
        .ok_or_else(|| format!("{patch} does not apply"))
}

/// What the first seed that fails sees; nothing when none does.
fn caught(built: &Path) -> Done<Option<String>> {
    let words = ["--seeds", SEEDS, "--once", "--shrink", "0"];
    let mut run = command(program(built), &words);
    let done = run
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("the mutant cannot be started: {error}"))?;
    let text = String::from_utf8_lossy(&done.stdout);
    let seen = text.lines().find_map(|line| line.strip_prefix("seen"));
    match (done.status.success(), seen) {
        (true, _) => Ok(None),
        (false, Some(seen)) => Ok(Some(seen.trim().to_owned())),
        (false, None) => Err(format!("the mutant ended with {} and said nothing", done.status)),
    }
}
