//! The Monday morning after a switch: many desks come back at the same moment, each with a queue, to a
//! central of one or several processes behind nginx, one of which may be killed in the middle. Afterwards the
//! ledger is compared with what the desks were told: nothing lost, nothing doubled.
//!
//! The desks here speak the protocol and keep its rules for coming back (`Retry-After`, jitter, the same bytes
//! again); they have no mirror and no files, so that thousands of them fit into one process.

mod audit;
mod centrals;
mod desk;
mod report;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lanterna_central::clock::{Clock, SystemClock};
use lanterna_central::demo;
use lanterna_central::enrolment::issue;
use lanterna_central::entropy::{Entropy, SystemEntropy};
use lanterna_central::ledger::{Ledger, PostgresLedger, PostgresSettings, SqliteLedger, Verification};
use lanterna_central::scratch::{Care, Scratch};
use lanterna_model::access::Channel;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use self::audit::audit;
use self::centrals::Centrals;
use self::desk::{Desk, Told};
pub use self::report::Report;
use self::work::Work;
use crate::gateway::Gateway;

/// Where the ledger is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In a file of one process.
    Sqlite,
    /// On a PostgreSQL of its own, which several processes share.
    Postgres,
}

/// What is to be played.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program of the central.
    pub central: PathBuf,
    /// Desks that come back.
    pub desks: u32,
    /// Operations that each has in its queue.
    pub operations: u32,
    /// Schedules of the demonstration region; 8,000 are the full one.
    pub schedules: usize,
    /// Where the ledger is.
    pub ledger: Kind,
    /// Processes of the central; more than one on PostgreSQL alone.
    pub processes: u32,
    /// One of them is killed once a third of the operations are answered.
    pub kill: bool,
    /// Every desk first fetches the whole snapshot through nginx.
    pub cold: bool,
    /// Commits wait for the disk, as in production.
    pub durable: bool,
    /// What the queues hold follows from it.
    pub seed: u64,
}

/// Requests for enrolment at the same time.
const ENROLLING: usize = 32;

/// Plays a plan with its files in an empty folder.
///
/// # Errors
/// When something that stands around it fails: what the central does wrong is in the report.
pub async fn run(plan: Plan, folder: &Path) -> Result<Report> {
    ensure!(
        plan.processes == 1 || plan.ledger == Kind::Postgres,
        "several processes share a ledger on PostgreSQL only"
    );
    ensure!(plan.processes > 1 || !plan.kill, "of one process none can be killed");
    let birth = SystemEntropy.birth()?;
    match plan.ledger {
        Kind::Sqlite => {
            let file = folder.join("central.db");
            let ledger = SqliteLedger::open(&file, &birth)?;
            play(plan, folder, &file.display().to_string(), ledger).await
        }
        Kind::Postgres => {
            let care = if plan.durable { Care::Durable } else { Care::Hasty };
            let server = tokio::task::spawn_blocking(move || Scratch::start(care)).await??;
            let address = server.database().await?;
            let ledger = PostgresLedger::connect(PostgresSettings::parse(&address)?, &birth).await?;
            let report = play(plan, folder, &address, ledger).await;
            tokio::task::spawn_blocking(move || drop(server)).await?;
            report
        }
    }
}

async fn play<L: Ledger>(plan: Plan, folder: &Path, database: &str, ledger: L) -> Result<Report> {
    let now = SystemClock.now();
    let region = demo::region(plan.seed, plan.schedules, now.date_naive());
    ledger.install(&region, now).await?;
    let mut codes = Vec::new();
    for _ in 0..plan.desks {
        codes.push(issue(&ledger, &SystemEntropy, Channel::Mmg, now).await?);
    }
    let centrals = Centrals::start(&plan, database).await?;
    let edge = folder.join("nginx");
    std::fs::create_dir(&edge)?;
    open_to_all(folder)?;
    let addresses = centrals.addresses();
    let gateway = tokio::task::spawn_blocking(move || Gateway::start(&edge, &addresses)).await??;
    let http = client()?;
    let enrolled = enrol(&http, &gateway.url(), codes).await?;
    let mut work = Work::of(&region, now, plan.seed);
    let mut desks = Vec::new();
    for credentials in enrolled {
        let queue = work.queue(&credentials.code, plan.operations)?;
        desks.push(Desk::new(http.clone(), gateway.url(), credentials, queue, plan.seed));
    }
    drop(region);
    let mut report = Report::new(plan.clone());
    if plan.cold {
        report.cold = Some(cold_start(&centrals, &http, &desks).await?);
    }
    let centrals = storm(&plan, centrals, &mut desks, &mut report).await?;
    let verified = async || -> Result<Verification> { Ok(ledger.verify().await?) };
    audit(&desks, verified, &mut report).await?;
    tokio::task::spawn_blocking(move || drop((centrals, gateway))).await?;
    Ok(report)
}

/// nginx runs as somebody else and has its folder in this one.
fn open_to_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(
        folder,
        std::fs::Permissions::from_mode(0o711),
    )?)
}

fn client() -> Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60));
    Ok(http.build()?)
}

async fn enrol(http: &reqwest::Client, url: &str, codes: Vec<String>) -> Result<Vec<desk::Credentials>> {
    let mut waiting = codes.into_iter().enumerate();
    let mut going = JoinSet::new();
    let mut enrolled = Vec::new();
    loop {
        while going.len() < ENROLLING
            && let Some((at, code)) = waiting.next()
        {
            going.spawn(desk::enrol(http.clone(), url.to_owned(), code, at));
        }
        let Some(done) = going.join_next().await else { break };
        enrolled.push(done??);
    }
    enrolled.sort_by_key(|credentials| credentials.desk);
    Ok(enrolled)
}

/// Every desk fetches manifest and chunks at the same time.
async fn cold_start(centrals: &Centrals, http: &reqwest::Client, desks: &[Desk]) -> Result<report::Cold> {
    let before = centrals.chunk_requests(http).await?;
    let begun = beginning();
    let mut going = JoinSet::new();
    for desk in desks {
        let line = desk.line();
        going.spawn(async move { line.fetch_all().await });
    }
    let (mut chunks, mut bytes, mut refused) = (std::collections::HashSet::new(), 0, 0);
    while let Some(done) = going.join_next().await {
        let fetched = done??;
        bytes += fetched.bytes;
        refused += fetched.refused;
        chunks.extend(fetched.chunks);
    }
    let took = begun.elapsed();
    let seen = centrals.chunk_requests(http).await? - before;
    Ok(report::Cold {
        took,
        chunks: chunks.len(),
        bytes,
        seen,
        refused,
    })
}

/// All desks come back at once; ends when every queue is empty, or a desk gave up.
async fn storm(plan: &Plan, mut centrals: Centrals, desks: &mut Vec<Desk>, report: &mut Report) -> Result<Centrals> {
    let all = u64::from(plan.desks) * u64::from(plan.operations);
    let told = Arc::new(Told::new(beginning(), all / 3));
    let struck = Arc::new(Notify::new());
    let mut going = JoinSet::new();
    for mut desk in desks.drain(..) {
        let (told, struck) = (Arc::clone(&told), Arc::clone(&struck));
        going.spawn(async move {
            desk.drain(&told, &struck).await;
            desk
        });
    }
    if plan.kill {
        struck.notified().await;
        centrals = tokio::task::spawn_blocking(move || centrals.kill_one()).await?;
        report.killed = told.answered();
    }
    while let Some(done) = going.join_next().await {
        desks.push(done.context("a desk broke off")?);
    }
    report.took = told.since();
    report.times = told.times();
    for desk in desks.iter() {
        report.refused += desk.refused;
        report.in_part += desk.in_part;
        report.unanswered += desk.unanswered;
    }
    Ok(centrals)
}

/// What is told of a run is measured; it decides nothing.
#[allow(clippy::disallowed_methods)]
fn beginning() -> Instant {
    Instant::now()
}
