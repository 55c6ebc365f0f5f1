//! Those who kill processes and start them again.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;

use super::{Post, Run};
use crate::chance::Chance;
use crate::desk_process::{DeskProcess, PASSPHRASE};
use crate::programs::{Running, command};

/// Attempts to start a process before the run is given up.
const ATTEMPTS: u32 = 5;

/// A running central.
pub(super) struct CentralProcess {
    _running: Running,
    pub(super) addr: SocketAddr,
}

impl CentralProcess {
    /// Serves a ledger on a port that the system chooses.
    pub(super) async fn start(ledger: &Path) -> Result<Self> {
        let ledger = ledger.to_owned();
        let started = tokio::task::spawn_blocking(move || {
            let mut serve = command("lanterna-central");
            serve.args(["serve", "--database"]).arg(&ledger);
            Running::start(&mut serve, "listening on http://")
        });
        let (running, addr) = started.await??;
        Ok(Self {
            _running: running,
            addr: addr.parse()?,
        })
    }
}

/// Kills the central again and again, and leads the desks' lines to the next one. Hands back the last.
pub(super) async fn central(
    run: Arc<Run>,
    mut central: CentralProcess,
    ledger: PathBuf,
    posts: Vec<Arc<Post>>,
    mut chance: Chance,
) -> Result<CentralProcess> {
    loop {
        run.pause(chance.millis(50, 1_500)).await;
        if run.is_ending() {
            return Ok(central);
        }
        tokio::task::spawn_blocking(move || drop(central)).await?;
        run.killed(&run.centrals);
        // Sometimes the desks have the time to notice.
        if chance.one_in(3) {
            run.pause(chance.millis(10, 600)).await;
        }
        central = started(|| CentralProcess::start(&ledger))
            .await
            .context("the central")?;
        for post in &posts {
            post.proxy.lead_to(central.addr);
        }
    }
}

/// Kills a desk again and again. Hands back the last, which runs and is unlocked.
pub(super) async fn desk(run: Arc<Run>, post: Arc<Post>, mut chance: Chance) -> Result<DeskProcess> {
    loop {
        let desk = started(|| post.start()).await.context("a desk")?;
        let unlock = json!({ "kind": "unlock", "passphrase": PASSPHRASE });
        if chance.one_in(8) && !run.is_ending() {
            // In the middle of opening its files.
            let opening = desk.line().clone();
            let opened = tokio::spawn(async move { opening.ask(&unlock).await });
            run.pause(chance.millis(1, 120)).await;
            kill(desk).await?;
            let _ = opened.await;
            run.killed(&run.desks);
            continue;
        }
        let stage = desk.line().must(&unlock).await?;
        if stage["set_aside"].as_array().is_none_or(|files| !files.is_empty()) {
            post.journal
                .wrong(format!("desk {} found a file damaged: {}", post.n, stage["set_aside"]));
        }
        post.line.send_replace(Some(desk.line().clone()));
        run.pause(chance.millis(30, 1_200)).await;
        if run.is_ending() {
            return Ok(desk);
        }
        kill(desk).await?;
        post.line.send_replace(None);
        run.killed(&run.desks);
    }
}

/// A process is killed when its handle is dropped.
async fn kill(desk: DeskProcess) -> Result<()> {
    Ok(tokio::task::spawn_blocking(move || drop(desk)).await?)
}

/// A process that does not come up is tried again: the machine may be busy, but not for ever.
async fn started<T, F: Future<Output = Result<T>>>(start: impl Fn() -> F) -> Result<T> {
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match start().await {
            Ok(process) => return Ok(process),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("never tried")?.context("it does not come up"))
}
