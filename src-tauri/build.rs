//! Checks that the screens are built before the window is.

use std::path::Path;
use std::process::exit;

fn main() {
    println!("cargo::rerun-if-changed=../ui/dist");
    if !Path::new("../ui/dist/index.html").is_file() {
        println!(
            "cargo::error=the screens are not built: `cargo xtask demo` or `cargo xtask test` builds them, \
             as does `npm ci && npm run build` in ui/"
        );
        exit(1);
    }
    tauri_build::build();
}
