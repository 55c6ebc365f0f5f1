//! Real desks and a real central, killed with SIGKILL in the middle of whatever they do, thousands of times
//! over, behind lines that delay, cut and corrupt. Meanwhile clerks go on booking, moving and cancelling.
//! Then the faults stop, everything drains, and the records of the desks and the ledger of the central
//! have to tell the same: nothing accepted is lost, nothing is there twice.

mod audit;
mod claims;
mod clerk;
mod keeper;
mod meddler;
mod post;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use lanterna_central::clock::{Clock, SystemClock};
use lanterna_central::demo;
use lanterna_central::embedded::furnish;
use lanterna_central::enrolment::issue;
use lanterna_central::entropy::{Entropy, SystemEntropy};
use lanterna_central::ledger::SqliteLedger;
use lanterna_model::access::Channel;
use lanterna_model::time::rome_today;
use tokio::sync::watch;

use crate::chance::Chance;
use crate::desk_process::client;
use keeper::CentralProcess;
use post::Post;

/// Schedules of the region: few enough that desks meet, enough that they do not run out of places.
const SCHEDULES: usize = 80;
/// Those who work at one desk at the same time.
const CLERKS: u32 = 2;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Processes to be killed in all.
    pub kills: u32,
    /// Where chance starts from.
    pub seed: u64,
    /// Desks.
    pub desks: u32,
}

/// How it went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Desks that were killed.
    pub desks_killed: u32,
    /// Centrals that were killed.
    pub centrals_killed: u32,
    /// Faults of the lines.
    pub faults: u32,
    /// What is in the records.
    pub records: audit::Records,
    /// What was accepted and is nowhere, or otherwise than it was told.
    pub lost: Vec<String>,
    /// What is there more than once.
    pub doubled: Vec<String>,
    /// What else is not as it has to be.
    pub wrong: Vec<String>,
}

impl Report {
    /// Whether all is as it has to be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (desks, centrals) = (self.desks_killed, self.centrals_killed);
        writeln!(f, "kills: {} (desks {desks}, central {centrals})", desks + centrals)?;
        writeln!(f, "faults of the lines: {}", self.faults)?;
        writeln!(f, "operations: {}", self.records)?;
        writeln!(
            f,
            "schedules compared between mirrors and ledger: {}",
            self.records.mirrored
        )?;
        writeln!(f, "lost: {}", self.lost.len())?;
        writeln!(f, "doubled: {}", self.doubled.len())?;
        writeln!(f, "otherwise wrong: {}", self.wrong.len())?;
        for finding in self.lost.iter().chain(&self.doubled).chain(&self.wrong) {
            writeln!(f, "  {finding}")?;
        }
        Ok(())
    }
}

/// What all tasks of a run share.
struct Run {
    plan: Plan,
    desks: AtomicU32,
    centrals: AtomicU32,
    faults: AtomicU32,
    ending: watch::Sender<bool>,
}

impl Run {
    fn killed(&self, which: &AtomicU32) {
        which.fetch_add(1, Ordering::Relaxed);
        let kills = self.desks.load(Ordering::Relaxed) + self.centrals.load(Ordering::Relaxed);
        if kills >= self.plan.kills {
            self.ending.send_replace(true);
        }
    }

    fn is_ending(&self) -> bool {
        *self.ending.borrow()
    }

    /// Waits so long, or until the end is near.
    async fn pause(&self, time: std::time::Duration) {
        let mut ending = self.ending.subscribe();
        let _ = tokio::time::timeout(time, ending.wait_for(|ending| *ending)).await;
    }
}

/// Kills until the plan is carried out, lets everything drain, and compares. The folder keeps the files.
///
/// # Errors
/// When a program cannot be started at all, or does not drain.
pub async fn run(plan: Plan, folder: &Path) -> Result<Report> {
    let http = client();
    let ledger = folder.join("ledger.db");
    let codes = installed(&ledger, plan).await?;
    let central = CentralProcess::start(&ledger).await?;
    let run = Arc::new(Run {
        plan,
        desks: AtomicU32::new(0),
        centrals: AtomicU32::new(0),
        faults: AtomicU32::new(0),
        ending: watch::channel(false).0,
    });
    let mut posts = Vec::new();
    for (n, code) in (0u32..).zip(&codes) {
        posts.push(Post::enrolled(folder, n, central.addr, code, &http).await?);
    }
    let posts: Vec<Arc<Post>> = posts.into_iter().map(Arc::new).collect();

    let mut clerks = tokio::task::JoinSet::new();
    let mut meddlers = tokio::task::JoinSet::new();
    let mut desks = tokio::task::JoinSet::new();
    for (n, post) in (0u64..).zip(&posts) {
        for clerk in 0..u64::from(CLERKS) {
            let chance = Chance::new(plan.seed, 100 + n * 10 + clerk);
            clerks.spawn(clerk::work(run.clone(), post.clone(), chance));
        }
        meddlers.spawn(meddler::meddle(
            run.clone(),
            post.clone(),
            Chance::new(plan.seed, 200 + n),
        ));
        desks.spawn(keeper::desk(run.clone(), post.clone(), Chance::new(plan.seed, 300 + n)));
    }
    let keeping = keeper::central(
        run.clone(),
        central,
        ledger.clone(),
        posts.clone(),
        Chance::new(plan.seed, 400),
    );
    let central = tokio::spawn(keeping);
    while let Some(ended) = meddlers.join_next().await {
        ended?;
    }
    while let Some(ended) = clerks.join_next().await {
        ended?;
    }
    let central = central.await??;
    let mut running = Vec::new();
    while let Some(ended) = desks.join_next().await {
        running.push(ended??);
    }
    // Once to empty the queues, and once more: what the last one sent changed the head for the first.
    for post in posts.iter().chain(&posts) {
        post.drained().await.with_context(|| format!("desk {}", post.n))?;
    }
    drop(running);
    drop(central);
    let mut report = audit::audit(&ledger, &posts).await?;
    report.desks_killed = run.desks.load(Ordering::Relaxed);
    report.centrals_killed = run.centrals.load(Ordering::Relaxed);
    report.faults = run.faults.load(Ordering::Relaxed);
    Ok(report)
}

/// A ledger with a region and a code for each desk.
async fn installed(file: &Path, plan: Plan) -> Result<Vec<String>> {
    let ledger = SqliteLedger::open(file, &SystemEntropy.birth()?)?;
    let now = SystemClock.now();
    let region = demo::region(plan.seed, SCHEDULES, rome_today(now));
    furnish(&ledger, now, |_| region).await?;
    let mut codes = Vec::new();
    for _ in 0..plan.desks {
        codes.push(issue(&ledger, &SystemEntropy, Channel::Mmg, now).await?);
    }
    Ok(codes)
}
