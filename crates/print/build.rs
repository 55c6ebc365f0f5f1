//! Lists the Fluent catalogues of `ui/locales`, so that a new one needs no change here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts"));
    let locales = manifest.join("../../ui/locales").canonicalize()?;
    let mut list = String::new();
    for locale in ["it", "en"] {
        let folder = locales.join(locale);
        println!("cargo::rerun-if-changed={}", folder.display());
        writeln!(list, "const {}: &[&str] = &[", locale.to_uppercase()).expect("a string takes any text");
        for file in catalogues(&folder)? {
            writeln!(list, "    include_str!({:?}),", file.display().to_string()).expect("a string takes any text");
        }
        list.push_str("];\n");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it for build scripts"));
    fs::write(out.join("catalogues.rs"), list)
}

/// The catalogues of a folder, by name.
fn catalogues(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "ftl") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
