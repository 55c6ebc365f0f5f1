//! nginx with the configuration of the central, in a folder of its own, stopped when its handle is dropped.
//!
//! A shell watches over it and reads from this process: when that ends, however it ends, nginx does too.

use std::fmt::Write as _;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// The configuration of the product.
const CONFIGURATION: &str = include_str!("../../crates/central/nginx.conf");

/// Who it runs as, where this is root.
const UNPRIVILEGED: &str = "nobody";

/// `$1` is its folder.
const WATCH: &str = r#"
trap '' INT TERM HUP
PATH="$PATH:/usr/sbin"
nginx -e stderr -p "$1" -c nginx.conf < /dev/null &
server=$!
read -r _
kill -TERM "$server"
wait "$server"
"#;

/// Looks for it to listen, and pauses between two.
const LOOKS: u32 = 500;
const PAUSE: Duration = Duration::from_millis(20);

/// A running nginx.
pub struct Gateway {
    watch: Child,
    addr: SocketAddr,
}

impl Gateway {
    /// Starts it in an empty folder, before some processes of the central.
    ///
    /// # Errors
    /// When it is not installed or does not begin to listen.
    pub fn start(folder: &Path, centrals: &[SocketAddr]) -> Result<Self> {
        // Free a moment ago; nobody else asks the system for this one.
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        std::fs::write(folder.join("nginx.conf"), CONFIGURATION)?;
        std::fs::write(folder.join("listen.conf"), format!("listen {addr} backlog=4096;\n"))?;
        let mut servers = String::new();
        for central in centrals {
            writeln!(servers, "server {central};")?;
        }
        std::fs::write(folder.join("central.conf"), servers)?;
        let root = File::open("/proc/self")?.metadata()?.uid() == 0;
        let mut watch = if root {
            let owned = Command::new("chown").args(["-R", UNPRIVILEGED]).arg(folder).status()?;
            ensure!(owned.success(), "the folder cannot be given to {UNPRIVILEGED}");
            let mut watch = Command::new("runuser");
            watch.args(["-u", UNPRIVILEGED, "--", "/bin/sh"]);
            watch
        } else {
            Command::new("/bin/sh")
        };
        let watch = watch
            .args(["-c", WATCH, "sh"])
            .arg(folder)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("nginx cannot be started (Debian: nginx-light)")?;
        let mut gateway = Self { watch, addr };
        gateway.wait_until_it_listens()?;
        Ok(gateway)
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        for _ in 0..LOOKS {
            if TcpStream::connect(self.addr).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.watch.try_wait()? {
                bail!("nginx did not start ({status}; Debian: nginx-light)");
            }
            std::thread::sleep(PAUSE);
        }
        bail!("nginx does not listen (Debian: nginx-light)")
    }

    /// Its address as a base for requests.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}
