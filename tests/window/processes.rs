//! What a program and those it started take of the machine, read from `/proc`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A program that runs, with all it started: the web view's processes are its children.
pub struct Family(BTreeSet<u32>);

impl Family {
    /// Those of the program with a word on its command line; nobody where it does not run.
    pub fn of(program: &Path, word: &str) -> Self {
        let mut parents: BTreeMap<u32, u32> = BTreeMap::new();
        let mut family = BTreeSet::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            parents.extend(parent(&entry.path()).map(|parent| (id, parent)));
            let said = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let mut words = said.split(|byte| *byte == 0);
            let is = fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == program);
            if is && words.any(|it| it == word.as_bytes()) {
                family.insert(id);
            }
        }
        loop {
            let more: Vec<u32> = parents
                .iter()
                .filter(|(id, parent)| family.contains(parent) && !family.contains(id))
                .map(|(id, _)| *id)
                .collect();
            if more.is_empty() {
                return Self(family);
            }
            family.extend(more);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes of memory: what each has for itself, and its share of what it has together with others (PSS).
    pub fn memory(&self) -> u64 {
        self.0.iter().map(|id| memory(*id)).sum()
    }
}

fn parent(process: &Path) -> Option<u32> {
    let text = fs::read_to_string(process.join("stat")).ok()?;
    // The name may hold anything, brackets too; state and parent follow the last one.
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn memory(id: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0) * 1024
}
