//! `cargo xtask tidy`: the shape of the house.

mod dependencies;
mod protocol;
mod samples;
mod sources;
mod words;

use std::fs;
use std::path::PathBuf;

use crate::run::{Done, command, output, top};
use crate::sim;

pub use protocol::stamp as stamp_protocol;

/// Looks at everything and tells all that is wrong at once.
pub fn tidy() -> Done {
    let mut findings = Vec::new();
    dependencies::check(&mut findings)?;
    let files = tracked()?;
    for file in &files {
        sources::check(file, &mut findings);
    }
    migrations(&files, &mut findings);
    words::check(&mut findings);
    protocol::check(&mut findings);
    samples::check(&mut findings);
    sim::check_mutants(&mut findings);
    if findings.is_empty() {
        Ok(())
    } else {
        Err(format!("✗ tidy:\n  {}", findings.join("\n  ")))
    }
}

/// The files of the product, below the top; ignored ones are not.
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

/// A migration that no source names is never run.
fn migrations(files: &[PathBuf], findings: &mut Vec<String>) {
    let sources: String = files
        .iter()
        .filter(|file| file.starts_with("crates") && file.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|file| fs::read_to_string(top().join(file)).ok())
        .collect();
    for file in files.iter().filter(|file| file.starts_with("migrations")) {
        let shown = file.display().to_string();
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if !sources.contains(&shown) {
            findings.push(format!("{shown}: no source includes it"));
        }
        let numbered = name
            .split_once('-')
            .is_some_and(|(number, _)| number.len() == 3 && number.parse::<u16>().is_ok());
        if !numbered && name != "schema.sql" {
            findings.push(format!(
                "{shown}: a migration is named by number and what it does, such as 002-leases.sql"
            ));
        }
    }
}
