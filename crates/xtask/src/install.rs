//! What the machine needs, installed where it is missing.

use std::path::Path;

use crate::run::{Done, command, output, step, top};

/// To build the window.
const BUILD: [&str; 9] = [
    "build-essential",
    "perl",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libsoup-3.0-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "libxdo-dev",
    "xdg-utils",
];

/// To test it.
const TEST: [&str; 8] = [
    "xvfb",
    "dbus-x11",
    "webkit2gtk-driver",
    "chromium",
    "poppler-utils",
    "zbar-tools",
    "imagemagick",
    "fonts-liberation",
];

/// Installs what building needs.
pub fn for_building() -> Done {
    packages(&BUILD)?;
    node()
}

/// Installs what testing needs.
pub fn for_testing() -> Done {
    let all: Vec<&str> = BUILD.iter().chain(&TEST).copied().collect();
    packages(&all)?;
    node()
}

fn packages(wanted: &[&str]) -> Done {
    if output(&mut command("dpkg-query", &["--version"])).is_none() {
        eprintln!(
            "   not a Debian machine: {} are expected to be there",
            wanted.join(", ")
        );
        return Ok(());
    }
    let missing: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|package| !installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!(
        "apt-get install -y --no-install-recommends {}",
        missing.join(" ")
    );
    if output(&mut command("id", &["-u"])).is_none_or(|id| id.trim() != "0") {
        return Err(format!(
            "Packages are missing. Run as root, then again:\n  apt-get update && {line}"
        ));
    }
    step(
        "apt-get update",
        command("apt-get", &["update", "-qq"]).env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(&missing);
    step(
        "apt-get install",
        command("apt-get", &arguments).env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

fn installed(package: &str) -> bool {
    output(&mut command(
        "dpkg-query",
        &["-W", "-f", "${Status}", package],
    ))
    .is_some_and(|status| status.contains("install ok installed"))
}

fn node() -> Done {
    let version = output(&mut command("node", &["--version"]))
        .ok_or("Node.js 20 or later is needed: https://nodejs.org or the package nodejs")?;
    let major: u32 = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    if major < 20 {
        return Err(format!(
            "Node.js 20 or later is needed, {} is here",
            version.trim()
        ));
    }
    Ok(())
}

/// Installs the packages of a folder from its lock file, unless that was done already.
pub fn npm(folder: &str) -> Done {
    let folder_path = top().join(folder);
    let mark = folder_path.join("node_modules/.package-lock.json");
    let lock = folder_path.join("package-lock.json");
    if newer(&mark, &lock) {
        return Ok(());
    }
    step(
        &format!("npm ci in {folder}"),
        command(
            "npm",
            &["ci", "--no-audit", "--no-fund", "--loglevel=error"],
        )
        .current_dir(folder_path)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
    )
}

fn newer(one: &Path, other: &Path) -> bool {
    let at = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    matches!((at(one), at(other)), (Some(one), Some(other)) if one >= other)
}

/// Builds the screens.
pub fn screens() -> Done {
    npm("ui")?;
    step(
        "screens",
        command("npm", &["run", "--silent", "build"]).current_dir(top().join("ui")),
    )
}
