//! What the machine needs, installed where it is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::run::{Done, cargo, command, output, step, target, top};

/// To build everything but the window.
const CORE: [&str; 3] = ["build-essential", "perl", "pkg-config"];

/// To build and run the window.
const WINDOW: [&str; 6] = [
    "libwebkit2gtk-4.1-dev",
    "libsoup-3.0-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "libxdo-dev",
    "xdg-utils",
];

/// To serve a region on PostgreSQL behind nginx.
const SERVERS: [&str; 2] = ["postgresql", "nginx-light"];

/// To test it all.
const TEST: [&str; 9] = [
    "xvfb",
    "dbus-x11",
    "webkit2gtk-driver",
    "chromium",
    "poppler-utils",
    "zbar-tools",
    "imagemagick",
    "fonts-liberation",
    "procps",
];

/// Where Debian's packages of PostgreSQL are told not to start a server of the machine's own.
const CLUSTERS: &str = "/etc/postgresql-common/createcluster.conf";

/// Installs what the command line needs.
pub fn for_the_core() -> Done {
    packages(&CORE)
}

/// Installs what building the window needs.
pub fn for_building() -> Done {
    packages(&[&CORE[..], &WINDOW].concat())?;
    node()
}

/// Installs what testing needs.
pub fn for_testing() -> Done {
    packages(&[&CORE[..], &WINDOW, &TEST].concat())?;
    servers()?;
    node()
}

/// Installs what storms need.
pub fn for_storms() -> Done {
    packages(&CORE)?;
    servers()
}

fn servers() -> Done {
    if !installed(SERVERS[0]) {
        without_a_cluster()?;
    }
    packages(&SERVERS)
}

/// Has the packages of PostgreSQL, before they come, leave the machine without a server: tests start
/// theirs themselves.
fn without_a_cluster() -> Done {
    packages(&["postgresql-common"])?;
    let Ok(said) = fs::read_to_string(CLUSTERS) else {
        return Ok(());
    };
    let kept = said
        .lines()
        .filter(|line| !line.trim_start().starts_with("create_main_cluster"));
    let text = kept
        .chain(["create_main_cluster = false"])
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(CLUSTERS, text + "\n").map_err(|error| format!("{CLUSTERS} cannot be written: {error}"))
}

fn packages(wanted: &[&str]) -> Done {
    if output(&mut command("dpkg-query", &["--version"])).is_none() {
        eprintln!(
            "   not a Debian machine: the like of {} is taken to be there",
            wanted.join(", ")
        );
        return Ok(());
    }
    let missing: Vec<&str> = wanted.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    if output(&mut command("id", &["-u"])).is_none_or(|id| id.trim() != "0") {
        return Err(format!(
            "Packages are missing. Run as root, then again:\n  apt-get update && {line}"
        ));
    }
    let apt = |name: &str, arguments: &[&str]| {
        step(
            name,
            command("apt-get", arguments).env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    let _quiet = Quiet::new();
    apt("apt-get update", &["update", "-qq"])?;
    apt(
        "apt-get install",
        &[&["install", "-y", "-qq", "--no-install-recommends"], &missing[..]].concat(),
    )
}

/// While it lives, packages that come start no services: what tests need of them they start themselves,
/// on ports of their own.
struct Quiet {
    ours: bool,
}

impl Quiet {
    /// Where Debian asks whether a service may be started.
    const POLICY: &str = "/usr/sbin/policy-rc.d";

    fn new() -> Self {
        let ours = !Path::new(Self::POLICY).exists()
            && fs::write(Self::POLICY, "#!/bin/sh\nexit 101\n").is_ok()
            && output(&mut command("chmod", &["755", Self::POLICY])).is_some();
        Self { ours }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs::remove_file(Self::POLICY);
        }
    }
}

fn installed(package: &str) -> bool {
    output(&mut command("dpkg-query", &["-W", "-f", "${Status}", package]))
        .is_some_and(|status| status.contains("install ok installed"))
}

fn node() -> Done {
    const WANTED: &str = "Node.js 20 or later with npm is needed (https://nodejs.org)";
    let version = output(&mut command("node", &["--version"])).ok_or(WANTED)?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|number| number.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        return Err(format!("{WANTED}; {} is here", version.trim()));
    }
    output(&mut command("npm", &["--version"]))
        .map(drop)
        .ok_or_else(|| WANTED.to_owned())
}

/// Installs the packages of a folder from its lock file, unless that was done already.
pub fn npm(folder: &str) -> Done {
    let folder_path = top().join(folder);
    let installed = changed(&folder_path.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= changed(&folder_path.join("package-lock.json")) {
        return Ok(());
    }
    step(
        &format!("npm ci in {folder}"),
        command("npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(folder_path)
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
    )
}

/// Builds the screens, unless nothing they are made of is newer than they are: a new file there has the
/// window built again.
pub fn screens() -> Done {
    npm("ui")?;
    let ui = top().join("ui");
    let built = changed(&ui.join("dist/index.html"));
    let sources = [
        "src",
        "locales",
        "index.html",
        "package-lock.json",
        "vite.config.ts",
        "svelte.config.js",
    ];
    if built.is_some() && sources.iter().all(|source| last_change(&ui.join(source)) <= built) {
        return Ok(());
    }
    step("screens", command("npm", &["run", "--silent", "build"]).current_dir(ui))
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

/// Of a file, or of a folder and everything in it: one taken away shows in its folder.
fn last_change(path: &Path) -> Option<SystemTime> {
    let below = fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| last_change(&entry.path()));
    below.chain([changed(path)]).max().flatten()
}

/// A tool of cargo: the one on the search path, or one kept beside what is built.
pub fn tool(name: &str, version: &str) -> Done<PathBuf> {
    if output(&mut command(name, &["--version"])).is_some() {
        return Ok(name.into());
    }
    let root = target().join("tools");
    let program = root
        .join("bin")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    if !program.is_file() {
        step(
            &format!("{name} {version}"),
            cargo(&["install", "--quiet", "--locked", "--debug", name, "--version", version])
                .arg("--root")
                .arg(&root)
                .env("CARGO_TARGET_DIR", root.join("build")),
        )?;
    }
    Ok(program)
}
