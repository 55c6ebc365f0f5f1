//! A PostgreSQL of one's own, for tests and benches: its files in a temporary folder, reached by a
//! socket there, and gone with all it held when it is dropped.
//!
//! A shell watches over the server and reads from this process: when that ends, however it ends,
//! the shell stops the server and removes the folder.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_postgres::NoTls;

use crate::ledger::{PostgresSettings, UrlError};

/// Who the server runs as, where root may not run it.
const UNPRIVILEGED: &str = "postgres";
/// Who owns its databases.
const OWNER: &str = "lanterna";
/// What the server says once it can be used.
const READY: &str = "database system is ready to accept connections";

/// Starts the server, waits for the end of its input, stops the server, removes the folder.
/// `$1` is the program, `$2` the folder, what follows goes to the server.
const WATCH: &str = r#"
trap '' INT TERM HUP
program=$1; folder=$2; shift 2
"$program" -D "$folder/data" -k "$folder" -c listen_addresses= "$@" < /dev/null &
server=$!
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$folder"
"#;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// PostgreSQL is not installed.
    #[error("PostgreSQL is not installed (Debian: postgresql)")]
    Absent,
    /// A program or file cannot be used.
    #[error("the server cannot be prepared")]
    Io(#[from] std::io::Error),
    /// The server did not start.
    #[error("the server did not start: {0}")]
    Refused(String),
    /// It does not answer as it should.
    #[error("the server does not answer")]
    Database(#[from] tokio_postgres::Error),
    /// See there.
    #[error(transparent)]
    Address(#[from] UrlError),
}

/// How careful the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// Nothing is waited for until it is on the disk: for tests.
    Hasty,
    /// As in production: for benches.
    Durable,
}

/// A server that runs.
pub struct Scratch {
    watch: Child,
    folder: PathBuf,
    databases: AtomicU32,
}

impl Scratch {
    /// Makes a cluster and starts a server on it; comes back once it can be used.
    ///
    /// # Errors
    /// [`ScratchError::Absent`] where there is no PostgreSQL.
    pub fn start(care: Care) -> Result<Self, ScratchError> {
        let programs = programs().ok_or(ScratchError::Absent)?;
        // Kept: the watching shell removes it. The way to a socket has room for a hundred letters.
        let folder = tempfile::Builder::new().prefix("pg-").tempdir()?.keep();
        let root = File::open("/proc/self")?.metadata()?.uid() == 0;
        if root {
            run(Command::new("chown").arg(UNPRIVILEGED).arg(&folder))?;
        }
        let made = run(as_unprivileged(root, &programs.join("initdb"))
            .current_dir(&folder)
            .args([
                "--auth=trust",
                "--no-sync",
                "--no-locale",
                "--encoding=UTF8",
                "--no-instructions",
                "-U",
                OWNER,
            ])
            .arg(folder.join("data")));
        if let Err(error) = made {
            std::fs::remove_dir_all(&folder)?;
            return Err(error);
        }
        let mut watch = as_unprivileged(root, Path::new("/bin/sh"));
        watch
            .current_dir(&folder)
            .args(["-c", WATCH, "sh"])
            .arg(programs.join("postgres"))
            .arg(&folder)
            .args([
                "-c",
                "max_connections=200",
                "-c",
                "shared_buffers=128MB",
                "-c",
                "logging_collector=off",
            ]);
        if care == Care::Hasty {
            watch.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        let mut watch = watch
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let said = watch.stderr.take();
        let scratch = Self {
            watch,
            folder,
            databases: AtomicU32::new(0),
        };
        let mut lines = BufReader::new(said.ok_or_else(|| ScratchError::Refused(String::new()))?);
        let mut log = String::new();
        loop {
            let before = log.len();
            if lines.read_line(&mut log)? == 0 {
                return Err(ScratchError::Refused(log));
            }
            if log[before..].contains(READY) {
                break;
            }
        }
        // What it says later nobody wants to know, but it must not wait for a reader.
        std::thread::spawn(move || drop(lines.read_to_end(&mut Vec::new())));
        Ok(scratch)
    }

    /// Makes an empty database; how it is reached. Time in it is what is told.
    ///
    /// # Errors
    /// [`ScratchError`] when the server refuses.
    pub async fn database(&self) -> Result<String, ScratchError> {
        let name = format!("cup{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.maintain(&format!("CREATE DATABASE {name}")).await?;
        Ok(self.address(&name))
    }

    /// Takes a database away, whoever still uses it.
    ///
    /// # Errors
    /// [`ScratchError`] when the server refuses.
    pub async fn remove(&self, address: &str) -> Result<(), ScratchError> {
        let name = address.rsplit('/').next().unwrap_or_default();
        self.maintain(&format!("DROP DATABASE {name} WITH (FORCE)")).await
    }

    fn address(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{OWNER}@{folder}/{database}")
    }

    async fn maintain(&self, sql: &str) -> Result<(), ScratchError> {
        let (client, connection) = tokio_postgres::connect(&self.address("postgres"), NoTls).await?;
        let carried = tokio::spawn(connection);
        let done = client.batch_execute(sql).await;
        drop(client);
        drop(carried.await);
        Ok(done?)
    }

    /// Runs pgbench with a script of statements on one of its databases; transactions in a second, by so
    /// many clients that do so many each.
    ///
    /// # Errors
    /// [`ScratchError`] when it cannot be run or a statement fails.
    pub fn pgbench(&self, address: &str, script: &str, clients: usize, each: usize) -> Result<f64, ScratchError> {
        let programs = programs().ok_or(ScratchError::Absent)?;
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(script.as_bytes())?;
        let name = address.rsplit('/').next().unwrap_or_default();
        let output = Command::new(programs.join("pgbench"))
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "-U", OWNER])
            .arg("-h")
            .arg(&self.folder)
            .arg(format!("--client={clients}"))
            .arg(format!("--transactions={each}"))
            .arg("--file")
            .arg(file.path())
            .arg(name)
            .stdin(Stdio::null())
            .output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let rate = told
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        let clean = told.contains("number of failed transactions: 0 ");
        rate.filter(|_| output.status.success() && clean)
            .ok_or_else(|| ScratchError::Refused(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    /// Settings for a ledger on one of its databases, with a time that is told.
    ///
    /// # Errors
    /// [`ScratchError::Address`] for an address of another kind.
    pub fn settings(address: &str) -> Result<PostgresSettings, ScratchError> {
        // A machine that is busy with other tests is slow, and that is not what is tried.
        let mut settings = PostgresSettings::parse(address)?.waiting(Duration::from_secs(60));
        settings.time = crate::ledger::Time::Told;
        Ok(settings)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        drop(self.watch.wait());
        // Where the server's own user may not remove it from the folder above.
        if self.folder.exists() {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

/// The folder of the newest server's programs: where Debian puts them, or where the search path
/// leads to.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort();
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let known = found.into_iter().rev().map(|(_, folder)| folder);
    known
        .chain(on_path.into_iter().flatten())
        .find(|folder| folder.join("postgres").is_file() && folder.join("initdb").is_file())
}

fn as_unprivileged(root: bool, program: &Path) -> Command {
    if root {
        let mut command = Command::new("runuser");
        command.args(["-u", UNPRIVILEGED, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) -> Result<(), ScratchError> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(ScratchError::Refused(said))
    }
}
