//! A desk's place in a run.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lanterna_central::proxy::FaultProxy;
use serde_json::json;
use tokio::sync::watch;

use super::clerk::Journal;
use crate::desk_process::{DeskProcess, Line};

/// The longest that draining may take.
const DRAINING: Duration = Duration::from_secs(180);
/// Between two looks at how far it is.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Where a desk stands: its folder, its line to the central, and the way to ask whatever process runs there.
pub(super) struct Post {
    pub(super) n: u32,
    pub(super) folder: PathBuf,
    pub(super) proxy: FaultProxy,
    http: reqwest::Client,
    pub(super) line: watch::Sender<Option<Line>>,
    pub(super) journal: Journal,
}

impl Post {
    /// A desk that has its key, its enrolment and its data, and does not run.
    pub(super) async fn enrolled(
        folder: &Path,
        n: u32,
        central: SocketAddr,
        code: &str,
        http: &reqwest::Client,
    ) -> Result<Self> {
        let post = Self {
            n,
            folder: folder.join(format!("desk-{n}")),
            proxy: FaultProxy::start(central).await?,
            http: http.clone(),
            line: watch::channel(None).0,
            journal: Journal::default(),
        };
        post.start().await?.line().enrol(code).await?;
        Ok(post)
    }

    /// Starts the desk's process.
    pub(super) async fn start(&self) -> Result<DeskProcess> {
        let (folder, url, http) = (self.folder.clone(), self.proxy.url(), self.http.clone());
        tokio::task::spawn_blocking(move || DeskProcess::start(&folder, &url, http)).await?
    }

    /// Waits until nothing is queued and the mirror agrees with the central.
    pub(super) async fn drained(&self) -> Result<()> {
        let line = self.line.borrow().clone().context("it does not run")?;
        let begun = line.must(&json!({ "kind": "sync_now" })).await?["now"].clone();
        let draining = async {
            loop {
                let status = line.must(&json!({ "kind": "status" })).await?;
                let agreed = status["data_at"].as_str() >= begun.as_str();
                if status["queued"] == 0 && status["link"] == "online" && agreed {
                    return Ok(());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        match tokio::time::timeout(DRAINING, draining).await {
            Ok(done) => done,
            Err(_) => {
                let status = line.must(&json!({ "kind": "status" })).await?;
                ensure!(false, "it does not drain: {status}");
                Ok(())
            }
        }
    }
}
