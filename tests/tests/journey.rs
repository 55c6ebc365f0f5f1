//! What `lanterna journey` prints, which is what `cargo xtask demo --headless` shows.
#![allow(clippy::unwrap_used)] // helpers of a test

use std::path::Path;
use std::process::{Command, Output};

use lanterna_tests::programs::command;

/// The journey in a folder of its own, where it leaves its slips.
fn journey(folder: &Path) -> Command {
    let mut journey = command("lanterna");
    journey.arg("journey").env("TMPDIR", folder);
    journey
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Words with a figure in them, those of the steps' numbers and of the last line left alone: figures of
/// the region may change with its seed, the steps may not.
fn masked(text: &str, folder: &Path) -> String {
    let text = text.replace(folder.to_str().unwrap(), "[cartella]");
    let mask = |facts: &str| {
        let mut out = String::new();
        for word in facts.split_inclusive(|c: char| !c.is_alphanumeric()) {
            let end = word.trim_end_matches(|c: char| !c.is_alphanumeric());
            let figures = end.contains(|c: char| c.is_ascii_digit());
            out.push_str(if figures { "#" } else { end });
            out.push_str(&word[end.len()..]);
        }
        out
    };
    let line = |line: &str| match line.split_once('✓') {
        Some((number, facts)) => format!("{number}✓{}\n", mask(facts)),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// The text without what differs from run to run: the folder with its process number, the seconds, and the
/// bytes, as the ids of a new central press to one byte more or less.
fn steady(text: &str, folder: &Path) -> Vec<String> {
    let text = text.replace(folder.to_str().unwrap(), "");
    let words = text.split_whitespace().collect::<Vec<_>>();
    let next = words.iter().skip(1).chain([&""]);
    let differs = |word: &str, next: &str| matches!(next, "s," | "byte") || word.contains("lanterna-percorso-");
    words
        .iter()
        .zip(next)
        .filter(|(word, next)| !differs(word, next))
        .map(|(word, _)| (*word).to_owned())
        .collect()
}

#[test]
fn it_prints_numbered_steps_with_their_facts_and_how_many_there_were() {
    let folder = tempfile::tempdir().unwrap();
    let output = journey(folder.path()).output().unwrap();
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    insta::assert_snapshot!(masked(&text, folder.path()));
    // The slips it names are there, and are documents.
    let named: Vec<&str> = text
        .split([' ', ',', '\n'])
        .filter(|word| word.ends_with(".pdf"))
        .collect();
    assert_eq!(named.len(), 3, "{text}");
    for path in named {
        assert!(std::fs::read(path).unwrap().starts_with(b"%PDF-"), "{path}");
    }
}

#[test]
fn it_is_the_same_on_every_run_but_for_how_long_it_took() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, other] = folders.each_ref().map(|folder| {
        let output = journey(folder.path()).output().unwrap();
        assert!(output.status.success());
        steady(&said(&output), folder.path())
    });
    assert_eq!(one, other);
}

#[test]
fn it_ends_at_the_first_step_that_fails_and_says_so_with_its_exit_code() {
    // A region of one schedule: there is nothing to choose from.
    let folder = tempfile::tempdir().unwrap();
    let output = journey(folder.path()).args(["--schedules", "1"]).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let steps: Vec<&str> = text.lines().collect();
    let (last, before) = steps.split_last().unwrap();
    assert!(last.starts_with(&format!("{:>2}. ✗ ", before.len() + 1)), "{text}");
    assert!(before.iter().all(|step| step.contains(". ✓ ")), "{text}");
    assert!(!text.contains("Percorso completo"));
    // A folder that cannot be made: the second step already.
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = journey(&file).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.lines().last().unwrap().starts_with(" 2. ✗ Postazione attivata: "),
        "{text}"
    );
}
