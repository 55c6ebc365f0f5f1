//! `cargo xtask tidy`: the shape of the house.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::json::Json;
use crate::run::{Done, cargo, command, output, top};

/// Which crates of the workspace each may use (besides in tests).
const ALLOWED: [(&str, &[&str]); 11] = [
    ("lanterna-model", &[]),
    ("lanterna-wire", &["lanterna-model"]),
    ("lanterna-store", &["lanterna-model", "lanterna-wire"]),
    (
        "lanterna-sync",
        &["lanterna-model", "lanterna-wire", "lanterna-store"],
    ),
    ("lanterna-print", &[]),
    (
        "lanterna-desk",
        &[
            "lanterna-model",
            "lanterna-wire",
            "lanterna-store",
            "lanterna-sync",
            "lanterna-print",
        ],
    ),
    ("lanterna-central", &["lanterna-model", "lanterna-wire"]),
    (
        "lanterna-cli",
        &["lanterna-model", "lanterna-desk", "lanterna-central"],
    ),
    (
        "lanterna-desktop",
        &["lanterna-model", "lanterna-desk", "lanterna-central"],
    ),
    ("lanterna-tests", &["*"]),
    ("xtask", &[]),
];

/// Libraries that only some crates may use (besides in tests).
const GUARDED: [(&str, &[&str]); 5] = [
    ("tauri", &["lanterna-desktop"]),
    (
        "rusqlite",
        &["lanterna-store", "lanterna-central", "lanterna-tests"],
    ),
    ("reqwest", &["lanterna-desk", "lanterna-tests"]),
    ("axum", &["lanterna-central", "lanterna-cli"]),
    (
        "tokio",
        &[
            "lanterna-desk",
            "lanterna-central",
            "lanterna-cli",
            "lanterna-desktop",
            "lanterna-tests",
        ],
    ),
];

/// Endings of names that say nothing.
const BANNED_ENDINGS: [&str; 5] = ["Manager", "Helper", "Util", "Utils", "Processor"];
const MOST_RUST_LINES: usize = 800;
const MOST_SCREEN_LINES: usize = 600;
const STAMP: &str = "Digest of the wire's sources: ";

pub fn tidy() -> Done {
    let mut findings = Vec::new();
    dependencies(&mut findings)?;
    for file in tracked()? {
        source(&file, &mut findings);
    }
    locales(&mut findings);
    protocol(&mut findings);
    if findings.is_empty() {
        Ok(())
    } else {
        Err(format!("✗ tidy:\n  {}", findings.join("\n  ")))
    }
}

fn dependencies(findings: &mut Vec<String>) -> Done {
    let text = output(&mut cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
    ]))
    .ok_or("cargo metadata failed")?;
    let metadata = Json::parse(&text).ok_or("the answer of cargo metadata cannot be read")?;
    for package in metadata.get("packages").map(Json::list).unwrap_or_default() {
        let name = package.get("name").and_then(Json::text).unwrap_or_default();
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            findings.push(format!(
                "crate {name} has no place in the house: add it to ARCHITECTURE.md and tidy"
            ));
            continue;
        };
        for dependency in package
            .get("dependencies")
            .map(Json::list)
            .unwrap_or_default()
        {
            let on = dependency
                .get("name")
                .and_then(Json::text)
                .unwrap_or_default();
            if dependency.get("kind").and_then(Json::text) == Some("dev") {
                continue;
            }
            if on.starts_with("lanterna-") && !allowed.contains(&on) && !allowed.contains(&"*") {
                findings.push(format!("{name} may not depend on {on}"));
            }
            let guard = GUARDED.iter().find(|(library, _)| *library == on);
            if guard.is_some_and(|(_, users)| !users.contains(&name)) {
                findings.push(format!("{name} may not use {on}"));
            }
        }
    }
    Ok(())
}

fn tracked() -> Done<Vec<PathBuf>> {
    let listed = output(&mut command(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    ));
    let listed = listed.ok_or("git ls-files failed")?;
    Ok(listed
        .lines()
        .map(PathBuf::from)
        .filter(|file| top().join(file).is_file())
        .collect())
}

fn source(file: &Path, findings: &mut Vec<String>) {
    let extension = file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    let shown = file.display().to_string();
    if !matches!(extension, "rs" | "ts" | "svelte" | "mjs")
        || shown.contains("/bindings/")
        || shown.contains("crates/xtask/src/tidy")
    {
        return;
    }
    let Ok(text) = fs::read_to_string(top().join(file)) else {
        return;
    };
    let most = if extension == "rs" {
        MOST_RUST_LINES
    } else {
        MOST_SCREEN_LINES
    };
    let lines = text.lines().count();
    if lines > most {
        findings.push(format!(
            "{shown} has {lines} lines, more than {most}: divide it"
        ));
    }
    for (at, line) in text.lines().enumerate() {
        let place = format!("{shown}:{}", at + 1);
        for word in [
            "TODO",
            "FIXME",
            "todo!(",
            "unimplemented!(",
            "#[ignore",
            "test.only",
            ".skip(",
        ] {
            if line.contains(word) {
                findings.push(format!("{place}: {word}"));
            }
        }
        if line.contains("/home/") || line.contains("/root/") {
            findings.push(format!("{place}: a path of one machine"));
        }
        let declared = ["struct ", "enum ", "trait ", "class "]
            .iter()
            .find_map(|word| {
                let rest = line.split_once(word)?.1;
                Some(
                    rest.chars()
                        .take_while(|c| c.is_alphanumeric())
                        .collect::<String>(),
                )
            });
        if let Some(name) = declared
            && line
                .trim_start()
                .starts_with(|c: char| c.is_ascii_lowercase())
            && BANNED_ENDINGS.iter().any(|ending| name.ends_with(ending))
        {
            findings.push(format!("{place}: the name {name} says nothing"));
        }
    }
}

fn messages(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let entries = fs::read_dir(folder)
        .map(|entries| entries.flatten().collect::<Vec<_>>())
        .unwrap_or_default();
    entries
        .into_iter()
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "ftl")
        })
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            let ids = text
                .lines()
                .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
                .filter_map(|line| line.split_once('=').map(|(id, _)| id.trim().to_owned()))
                .collect();
            (entry.file_name().to_string_lossy().into_owned(), ids)
        })
        .collect()
}

fn locales(findings: &mut Vec<String>) {
    let (it, en) = (
        messages(&top().join("ui/locales/it")),
        messages(&top().join("ui/locales/en")),
    );
    for file in it.keys().chain(en.keys()).collect::<BTreeSet<_>>() {
        let (ours, theirs) = (
            it.get(file).cloned().unwrap_or_default(),
            en.get(file).cloned().unwrap_or_default(),
        );
        for id in ours.symmetric_difference(&theirs) {
            findings.push(format!(
                "ui/locales: {id} of {file} is in one language only"
            ));
        }
    }
}

/// FNV-1a over the sources of the messages: enough to notice a change.
fn wire_digest() -> String {
    let folder = top().join("crates/wire/src");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.sort();
    let mut digest = 0xcbf2_9ce4_8422_2325u64;
    for file in files {
        for byte in fs::read(file).unwrap_or_default() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{digest:016x}")
}

fn protocol_document() -> PathBuf {
    top().join("docs/PROTOCOL.md")
}

fn protocol(findings: &mut Vec<String>) {
    let text = fs::read_to_string(protocol_document()).unwrap_or_default();
    if !text
        .trim_end()
        .ends_with(&format!("{STAMP}{}", wire_digest()))
    {
        findings.push(
            "crates/wire changed: read docs/PROTOCOL.md against it, mend what is no longer true, then `cargo xtask gen`"
                .to_owned(),
        );
    }
}

/// Notes in PROTOCOL.md which sources it was read against.
pub fn stamp_protocol() -> Done {
    let text = fs::read_to_string(protocol_document()).map_err(|error| error.to_string())?;
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with(STAMP))
        .collect();
    let text = format!(
        "{}\n\n{STAMP}{}\n",
        kept.join("\n").trim_end(),
        wire_digest()
    );
    fs::write(protocol_document(), text).map_err(|error| error.to_string())
}
