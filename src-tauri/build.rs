//! Checks that the screens are built before the window is.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=../ui/dist");
    if !Path::new("../ui/dist/index.html").is_file() {
        println!("cargo:warning=the screens are not built: run `npm ci && npm run build` in ui/, or `cargo xtask demo`");
    }
    tauri_build::build();
}
