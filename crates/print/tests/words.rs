//! All catalogues of `ui/locales`, as they stand in the tree.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use fluent_bundle::FluentResource;
use lanterna_print::words::{Locale, Words};

/// File → its source.
fn catalogues(locale: Locale) -> BTreeMap<String, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../ui/locales")
        .join(locale.tag());
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "ftl"))
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read_to_string(&path).unwrap(),
            )
        })
        .collect()
}

/// Id → arguments, of one source. The arguments are found in the text: `$name`.
fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = None;
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(|first: char| first.is_ascii_alphabetic())
            && let Some((id, _)) = line.split_once('=')
        {
            let id = id.trim().to_owned();
            assert!(
                found.insert(id.clone(), BTreeSet::new()).is_none(),
                "{id} stands twice in one file"
            );
            current = Some(id);
        }
        if let Some(arguments) = current.as_ref().and_then(|id| found.get_mut(id)) {
            let names = line.split('$').skip(1).map(|rest| {
                rest.chars()
                    .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-' || *letter == '_')
                    .collect()
            });
            arguments.extend(names);
        }
    }
    found
}

#[test]
fn no_message_has_an_error() {
    for locale in Locale::ALL {
        for (file, source) in catalogues(locale) {
            if let Err((_, errors)) = FluentResource::try_new(source) {
                panic!("{}/{file}: {errors:?}", locale.tag());
            }
        }
    }
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_arguments() {
    let (it, en) = (catalogues(Locale::It), catalogues(Locale::En));
    assert_eq!(it.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>(), "files");
    for (file, source) in &it {
        assert_eq!(messages(source), messages(&en[file]), "{file}");
    }
}

#[test]
fn no_id_stands_in_two_files() {
    for locale in Locale::ALL {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for (file, source) in catalogues(locale) {
            for id in messages(&source).into_keys() {
                if let Some(other) = seen.insert(id.clone(), file.clone()) {
                    panic!("{id} stands in {other} and in {file}");
                }
            }
        }
    }
}

#[test]
fn every_message_is_built_in() {
    for locale in Locale::ALL {
        let words = Words::new(locale);
        for source in catalogues(locale).values() {
            for id in messages(source).into_keys() {
                assert!(words.has(&id), "{id}");
            }
        }
    }
}

#[test]
fn the_words_for_states_are_those_of_the_design() {
    let it = Words::new(Locale::It);
    let words = [
        ("state-queued", "In coda – non confermata"),
        ("state-guaranteed", "Garantita (da trasmettere)"),
        ("state-sending", "In invio"),
        ("state-confirmed", "Confermata"),
        ("state-conflict", "Da risolvere (posto occupato)"),
        ("state-needs-operator", "Da risolvere"),
        ("state-rejected", "Rifiutata"),
        ("state-cancelled", "Annullata"),
        ("slip-awaiting", "IN ATTESA DI CONFERMA"),
        ("slip-confirmed", "PRENOTAZIONE CONFERMATA"),
        ("slip-cancelled", "ANNULLATA"),
    ];
    for (id, text) in words {
        assert_eq!(it.get(id, &[]), text);
    }
}
