//! PROTOCOL.md goes with `crates/wire`: its last line tells which sources it was read against.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Done, top};

const STAMP: &str = "Digest of the wire's sources: ";

/// Tells whether the messages changed since the document was last read against them.
pub fn check(findings: &mut Vec<String>) {
    let text = fs::read_to_string(document()).unwrap_or_default();
    if text.lines().last() != Some(&format!("{STAMP}{}", digest())) {
        findings.push(
            "crates/wire changed: read docs/PROTOCOL.md against it, mend what is no longer true, then `cargo xtask gen`"
                .to_owned(),
        );
    }
}

/// Notes in the document which sources it was read against.
pub fn stamp() -> Done {
    let text = fs::read_to_string(document()).map_err(|error| error.to_string())?;
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(STAMP)).collect();
    let text = format!("{}\n\n{STAMP}{}\n", kept.join("\n").trim_end(), digest());
    fs::write(document(), text).map_err(|error| error.to_string())
}

fn document() -> PathBuf {
    top().join("docs/PROTOCOL.md")
}

/// FNV-1a over the sources in the order of their names: enough to notice a change.
fn digest() -> String {
    let mut files = Vec::new();
    sources(&top().join("crates/wire/src"), &mut files);
    files.sort();
    let mut digest = 0xcbf2_9ce4_8422_2325u64;
    for file in files {
        let text = fs::read_to_string(file).unwrap_or_default();
        for byte in substance(&text).bytes() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{digest:016x}")
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// What is left when comments and layout are taken away: neither changes a message.
fn substance(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace() && *c != ',')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_comments_change_no_message() {
        let one = "/// A head.\npub struct Head {\n    seq: u64,\n}\n";
        assert_eq!(substance(one), substance("pub struct Head { seq: u64 }"));
        assert_ne!(substance(one), substance("pub struct Head { seq: u32 }"));
    }
}
