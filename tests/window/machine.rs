//! A machine for a window: a display, a session bus and WebKit's driver, all of them ended by their ids.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The longest a process may take to come up or to go.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Stands in for the system's viewer and notes what it is asked to show.
const VIEWER: &str = "#!/bin/sh\necho \"$1\" >> \"$LANTERNA_TEST_SHOWN\"\n";

/// The session of the window: what it tells the system's notices is written down, then the driver runs.
const SESSION: &str = "dbus-monitor --session \"interface='org.freedesktop.Notifications'\" \
    > \"$LANTERNA_TEST_NOTICES\" 2>/dev/null & exec WebKitWebDriver --host=127.0.0.1 --port=\"$1\"";

/// The processes of one test. Ended when it is dropped.
pub struct Machine {
    /// The driver's group goes first: it holds the window.
    driver: Group,
    _display: Group,
    display: String,
    port: u16,
    folder: tempfile::TempDir,
}

impl Machine {
    /// Starts a display, a bus and a driver.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (x, display) = x_server()?;
        let port = free_port()?;
        let path = viewer(folder.path())?;
        let mut command = Command::new("dbus-run-session");
        command
            .args(["--", "sh", "-c", SESSION, "session", &port.to_string()])
            .env("LANTERNA_TEST_NOTICES", folder.path().join("notices"))
            .env("DISPLAY", &display)
            .env("GDK_BACKEND", "x11")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1")
            // What tells the shell's web view to obey the driver.
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("XDG_CONFIG_HOME", folder.path().join("config"))
            .env("XDG_DATA_HOME", folder.path().join("share"))
            .env("LANTERNA_TEST_SHOWN", folder.path().join("shown"))
            .env("PATH", path)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("LANTERNA_DATA_DIR")
            .env_remove("LANTERNA_CENTRAL_URL");
        let driver = Group::start(&mut command).context("dbus-run-session and WebKitWebDriver")?;
        let machine = Self {
            driver,
            _display: x,
            display,
            port,
            folder,
        };
        machine.wait_for_driver()?;
        Ok(machine)
    }

    /// Where the driver listens.
    pub fn driver_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A folder for the desk's files.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("desk")
    }

    /// What the system's viewer was asked to show, in order.
    pub fn shown(&self) -> Vec<PathBuf> {
        let text = fs::read_to_string(self.folder.path().join("shown")).unwrap_or_default();
        text.lines().map(PathBuf::from).collect()
    }

    /// Waits until the system was asked to show a notice with these words, and returns all it was asked.
    pub fn notified(&self, words: &str) -> Result<String> {
        let read = || fs::read_to_string(self.folder.path().join("notices")).unwrap_or_default();
        within(|| Some(read()).filter(|text| text.contains(words)))
            .with_context(|| format!("no notice «{words}»: {}", read()))
    }

    /// Photographs the whole display.
    pub fn photograph(&self, file: &Path) -> Result<()> {
        let status = Command::new("import")
            .args(["-window", "root"])
            .arg(file)
            .env("DISPLAY", &self.display)
            .status()?;
        if status.success() {
            Ok(())
        } else {
            bail!("import ended with {status}")
        }
    }

    fn wait_for_driver(&self) -> Result<()> {
        within(|| {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
                .is_ok()
                .then_some(())
        })
        .with_context(|| format!("WebKitWebDriver (process {}) does not listen", self.driver.child.id()))
    }
}

/// A process and those it starts, in a group of their own.
struct Group {
    child: Child,
}

impl Group {
    fn start(command: &mut Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        Ok(Self { child })
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        // Fails where all of them are gone already.
        let _ = Command::new("kill")
            .args([signal, "--", &group])
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal("-TERM");
        let gone = within(|| self.child.try_wait().ok().flatten());
        // Whoever of the group did not hear it.
        self.signal("-KILL");
        if gone.is_none() {
            let _ = self.child.wait();
        }
    }
}

/// The server chooses a free display and writes its number.
fn x_server() -> Result<(Group, String)> {
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut group = Group::start(&mut command).context("Xvfb")?;
    let mut number = String::new();
    let out = group.child.stdout.take().context("Xvfb has no output")?;
    BufReader::new(out).read_line(&mut number)?;
    if number.trim().is_empty() {
        bail!("Xvfb found no free display");
    }
    Ok((group, format!(":{}", number.trim())))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Puts a viewer before the system's, and returns the search path.
fn viewer(folder: &Path) -> Result<String> {
    let programs = folder.join("programs");
    fs::create_dir(&programs)?;
    let script = programs.join("xdg-open");
    fs::write(&script, VIEWER)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(format!(
        "{}:{}",
        programs.display(),
        std::env::var("PATH").unwrap_or_default()
    ))
}

fn within<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..PATIENCE.as_millis() / LOOK_AGAIN.as_millis() {
        if let Some(found) = look() {
            return Some(found);
        }
        thread::sleep(LOOK_AGAIN);
    }
    None
}
