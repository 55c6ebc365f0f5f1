//! The TypeScript types of the screens are those of the table of requests.
#![allow(clippy::unwrap_used)] // helpers of a test

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lanterna_desk::rpc::{Event, Reply, Request, RpcError};
use ts_rs::{Config, TS};

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/bindings")
}

fn generate(folder: &Path) {
    let config = Config::new().with_large_int("number").with_out_dir(folder);
    Request::export_all(&config).unwrap();
    Reply::export_all(&config).unwrap();
    Event::export_all(&config).unwrap();
    RpcError::export_all(&config).unwrap();
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder)
        .map(|entries| entries.flatten().collect::<Vec<_>>())
        .unwrap_or_default();
    entries
        .into_iter()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "ts"))
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                fs::read_to_string(entry.path()).unwrap(),
            )
        })
        .collect()
}

/// With `LANTERNA_GEN=1` (`cargo xtask gen`) the committed files are written anew.
#[test]
fn the_committed_bindings_are_those_of_the_rust_types() {
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    if std::env::var_os("LANTERNA_GEN").is_some() {
        let _ = fs::remove_dir_all(committed());
        fs::create_dir_all(committed()).unwrap();
        for (name, text) in files(fresh.path()) {
            fs::write(committed().join(name), text).unwrap();
        }
    }
    let (fresh, committed) = (files(fresh.path()), files(&committed()));
    let stale: Vec<_> = fresh
        .iter()
        .filter(|(name, text)| committed.get(*name) != Some(text))
        .map(|(name, _)| name)
        .collect();
    let extra: Vec<_> = committed.keys().filter(|name| !fresh.contains_key(*name)).collect();
    assert!(
        stale.is_empty() && extra.is_empty(),
        "ui/src/bindings is out of date ({stale:?} differ, {extra:?} are no longer made): run `cargo xtask gen`"
    );
}
