//! What stands in the sources: length, names, things left undone, paths of one machine.

use std::fs;
use std::path::Path;

use crate::run::top;

/// Endings of names that say nothing.
const BANNED_ENDINGS: [&str; 6] = ["Manager", "Service", "Helper", "Util", "Utils", "Processor"];
/// A service here is what a patient is booked for.
const ALLOWED_NAMES: [&str; 2] = ["Service", "ScheduleService"];

const MOST_RUST_LINES: usize = 600;
const MOST_SCREEN_LINES: usize = 450;

/// Left undone, or left out of the tests.
const UNDONE: [&str; 5] = ["TODO", "FIXME", "todo!(", "unimplemented!(", "#[ignore"];
const UNDONE_IN_SCREENS: [&str; 6] = [
    "test.only",
    "it.only",
    "describe.only",
    "test.skip(",
    "it.skip(",
    "describe.skip(",
];

const ONE_MACHINE: [&str; 5] = ["/home/", "/root/", "/Users/", "\"/tmp/", "\"/work/"];

/// Looks at one file, named below the top.
pub fn check(file: &Path, findings: &mut Vec<String>) {
    let shown = file.display().to_string();
    let extension = file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    let screen = matches!(extension, "ts" | "svelte" | "mjs" | "js");
    // This folder names what it looks for; generated files follow their sources.
    if !(screen || extension == "rs")
        || file.starts_with("ui/src/bindings")
        || file.starts_with("crates/xtask/src/tidy")
    {
        return;
    }
    let Ok(text) = fs::read_to_string(top().join(file)) else {
        return;
    };
    let most = if screen { MOST_SCREEN_LINES } else { MOST_RUST_LINES };
    let lines = text.lines().count();
    if lines > most {
        findings.push(format!("{shown} has {lines} lines, more than {most}: divide it"));
    }
    for (at, line) in text.lines().enumerate() {
        let place = format!("{shown}:{}", at + 1);
        let undone = UNDONE.iter().chain(if screen { &UNDONE_IN_SCREENS[..] } else { &[] });
        for word in undone.filter(|word| line.contains(**word)) {
            findings.push(format!("{place}: {word}"));
        }
        if ONE_MACHINE.iter().any(|path| line.contains(path)) {
            findings.push(format!("{place}: a path of one machine"));
        }
        if let Some(name) = declared(line).filter(|name| says_nothing(name)) {
            findings.push(format!("{place}: the name {name} says nothing"));
        }
    }
}

/// The name a line declares.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| {
        word.starts_with("pub")
            || matches!(
                *word,
                "export" | "default" | "abstract" | "unsafe" | "declare" | "async"
            )
    });
    let kind = words.next()?;
    if !matches!(
        kind,
        "struct" | "enum" | "trait" | "type" | "class" | "interface" | "mod"
    ) {
        return None;
    }
    words.next()?.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

fn says_nothing(name: &str) -> bool {
    if ALLOWED_NAMES.contains(&name) {
        return false;
    }
    BANNED_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || matches!(name, "util" | "utils" | "helper" | "helpers" | "common_utils" | "misc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_names_are_found_behind_their_modifiers() {
        assert_eq!(declared("pub(crate) struct SlotManager<T> {"), Some("SlotManager"));
        assert_eq!(declared("export interface Host {"), Some("Host"));
        assert_eq!(declared("    // a struct called Manager"), None);
        assert_eq!(declared("use tauri::{Emitter, Manager};"), None);
    }

    #[test]
    fn names_that_say_nothing_are_told_from_the_words_of_the_domain() {
        assert!(says_nothing("BookingService") && says_nothing("DateUtils") && says_nothing("utils"));
        assert!(!says_nothing("Service") && !says_nothing("ServiceState") && !says_nothing("Desk"));
    }
}
