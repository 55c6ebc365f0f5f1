//! Which crate may use which.

use crate::json::Json;
use crate::run::{Done, cargo, output};

/// Which crates of the workspace each may use (besides in tests).
const ALLOWED: [(&str, &[&str]); 13] = [
    ("lanterna-model", &[]),
    ("lanterna-wire", &["lanterna-model"]),
    ("lanterna-store", &["lanterna-model", "lanterna-wire"]),
    ("lanterna-sync", &["lanterna-model", "lanterna-wire", "lanterna-store"]),
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
    ("lanterna-cli", &["lanterna-model", "lanterna-desk", "lanterna-central"]),
    (
        "lanterna-desktop",
        &["lanterna-model", "lanterna-desk", "lanterna-central"],
    ),
    (
        "lanterna-bench",
        &["lanterna-model", "lanterna-wire", "lanterna-store", "lanterna-central"],
    ),
    (
        "lanterna-sim",
        &[
            "lanterna-model",
            "lanterna-wire",
            "lanterna-store",
            "lanterna-sync",
            "lanterna-central",
        ],
    ),
    ("lanterna-tests", &["*"]),
    ("xtask", &[]),
];

/// Crates that may have the central only behind a feature: no shipped package holds it.
const CENTRAL_OPTIONAL: [&str; 2] = ["lanterna-cli", "lanterna-desktop"];

/// Libraries that only some crates may use (besides in tests).
const GUARDED: [(&str, &[&str]); 8] = [
    ("tauri", &["lanterna-desktop"]),
    (
        "rusqlite",
        &["lanterna-store", "lanterna-central", "lanterna-bench", "lanterna-tests"],
    ),
    ("tokio-postgres", &["lanterna-central"]),
    ("deadpool-postgres", &["lanterna-central"]),
    ("reqwest", &["lanterna-desk", "lanterna-tests"]),
    ("axum", &["lanterna-central", "lanterna-cli"]),
    ("keyring", &["lanterna-desk"]),
    (
        "tokio",
        &[
            "lanterna-desk",
            "lanterna-central",
            "lanterna-cli",
            "lanterna-desktop",
            "lanterna-bench",
            "lanterna-tests",
        ],
    ),
];

/// Crates without any library but those of the language.
const BARE: [&str; 1] = ["xtask"];

/// Asks cargo, and compares.
pub fn check(findings: &mut Vec<String>) -> Done {
    let text = output(&mut cargo(&[
        "metadata",
        "--no-deps",
        "--offline",
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
        for dependency in package.get("dependencies").map(Json::list).unwrap_or_default() {
            if dependency.get("kind").and_then(Json::text) != Some("dev") {
                one(name, allowed, dependency, findings);
            }
        }
    }
    Ok(())
}

fn one(name: &str, allowed: &[&str], dependency: &Json, findings: &mut Vec<String>) {
    let on = dependency.get("name").and_then(Json::text).unwrap_or_default();
    if on.starts_with("lanterna-") && !allowed.contains(&on) && !allowed.contains(&"*") {
        findings.push(format!("{name} may not depend on {on}"));
    }
    if on == "lanterna-central"
        && CENTRAL_OPTIONAL.contains(&name)
        && dependency.get("optional") != Some(&Json::Bool(true))
    {
        findings.push(format!("{name} may have {on} only behind the feature demo"));
    }
    let guard = GUARDED.iter().find(|(library, _)| *library == on);
    if guard.is_some_and(|(_, users)| !users.contains(&name)) || BARE.contains(&name) {
        findings.push(format!("{name} may not use {on}"));
    }
}
