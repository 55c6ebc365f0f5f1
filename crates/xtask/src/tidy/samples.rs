//! Every type of the wire stands in a golden sample.

use std::fs;
use std::path::Path;

use crate::run::top;

/// Tells which types of `crates/wire` no sample is made of.
pub fn check(findings: &mut Vec<String>) {
    let named = sources("crates/wire/tests/golden");
    for kind in messages(&sources("crates/wire/src")) {
        if !words(&named).any(|word| word == kind) {
            findings.push(format!(
                "crates/wire: {kind} is in no sample of crates/wire/tests/golden: put it into one"
            ));
        }
    }
}

/// All Rust of a folder, one file after the other.
fn sources(folder: &str) -> String {
    let mut files: Vec<_> = fs::read_dir(top().join(folder))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    files.iter().map(|path| read(path)).collect()
}

/// The public types of a source, but errors: those are never sent.
fn messages(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut error = false;
    for line in source.lines() {
        if line.starts_with("#[") {
            error |= line.contains("thiserror::Error");
            continue;
        }
        let declared = ["pub struct ", "pub enum "]
            .iter()
            .find_map(|start| line.strip_prefix(start));
        if let Some(rest) = declared
            && !error
        {
            found.extend(words(rest).next());
        }
        if !line.starts_with("///") {
            error = false;
        }
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_and_errors_left_out() {
        let source = "\
/// A head.
#[derive(Clone, Serialize)]
pub struct Head {
    seq: u64,
}
/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {}
pub(crate) struct Reader(u8);
#[derive(Clone)]
pub enum Change<'a> {}
";
        assert_eq!(messages(source), ["Head", "Change"]);
    }
}
