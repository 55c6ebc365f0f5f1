//! The Fluent catalogues: one set of messages in every language, and the words for states as agreed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::run::top;

/// The words for states, on screen and slip. They are agreed with those who use them and stand here
/// a second time so that no catalogue changes them by accident.
const STATES: [(&str, &str); 12] = [
    ("state-queued", "In coda – non confermata"),
    ("state-guaranteed", "Garantita (da trasmettere)"),
    ("state-sending", "In invio"),
    ("state-confirmed", "Confermata"),
    ("state-conflict", "Da risolvere (posto occupato)"),
    ("state-needs-operator", "Da risolvere"),
    ("state-rejected", "Rifiutata"),
    ("state-cancelled", "Annullata"),
    ("slip-awaiting", "IN ATTESA DI CONFERMA"),
    ("slip-guaranteed", "POSTO GARANTITO fino al { $until }"),
    ("slip-confirmed", "PRENOTAZIONE CONFERMATA"),
    ("slip-cancelled", "ANNULLATA"),
];

/// A message: the file it stands in and its text, variants and attributes included.
struct Message {
    file: String,
    text: String,
}

type Messages = BTreeMap<String, Message>;

/// Compares the languages with each other and the states with the agreed words.
pub fn check(findings: &mut Vec<String>) {
    let it = messages("it", findings);
    let en = messages("en", findings);
    for id in it.keys().chain(en.keys()).collect::<BTreeSet<_>>() {
        match (it.get(id), en.get(id)) {
            (Some(ours), Some(theirs)) => {
                if ours.file != theirs.file {
                    findings.push(format!(
                        "ui/locales: {id} is in it/{} and in en/{}",
                        ours.file, theirs.file
                    ));
                }
                if arguments(&ours.text) != arguments(&theirs.text) {
                    findings.push(format!(
                        "ui/locales/*/{}: {id} takes other arguments in Italian and English",
                        ours.file
                    ));
                }
            }
            (Some(only), None) => findings.push(format!("ui/locales/it/{}: {id} has no English", only.file)),
            (None, Some(only)) => findings.push(format!("ui/locales/en/{}: {id} has no Italian", only.file)),
            (None, None) => {}
        }
    }
    for (id, words) in STATES {
        if it.get(id).is_none_or(|message| message.text.trim() != words) {
            findings.push(format!("ui/locales/it: {id} is not «{words}»"));
        }
    }
}

fn messages(language: &str, findings: &mut Vec<String>) -> Messages {
    let folder = top().join("ui/locales").join(language);
    let mut all = Messages::new();
    let mut files: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for path in files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "ftl"))
    {
        let file = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        for (id, text) in read(path) {
            if let Some(earlier) = all.insert(
                id.clone(),
                Message {
                    file: file.clone(),
                    text,
                },
            ) {
                findings.push(format!(
                    "ui/locales/{language}: {id} is in {} and again in {file}",
                    earlier.file
                ));
            }
        }
    }
    all
}

/// Messages and terms of a catalogue; a line that is indented goes on with the one before.
fn read(path: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-') {
            if let Some((id, rest)) = line.split_once('=') {
                found.push((id.trim().to_owned(), rest.to_owned()));
            }
        } else if line.starts_with([' ', '}', '[', '*', '.'])
            && let Some((_, text)) = found.last_mut()
        {
            text.push('\n');
            text.push_str(line);
        }
    }
    found
}

/// The names after `$`.
fn arguments(text: &str) -> BTreeSet<&str> {
    text.split('$')
        .skip(1)
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
                .next()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_found_in_selectors_and_variants() {
        let text = "{ $count ->\n    [one] { $count } posto\n   *[other] { $count } posti entro { $km-max } km\n }";
        assert_eq!(arguments(text), BTreeSet::from(["count", "km-max"]));
    }
}
