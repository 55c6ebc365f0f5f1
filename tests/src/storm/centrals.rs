//! Processes of the central on one ledger.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result};

use super::Plan;
use crate::programs::unaware;

/// One process, killed when it is dropped.
struct Process {
    child: Child,
    addr: SocketAddr,
    watched: String,
}

/// Some of them.
pub(super) struct Centrals(Vec<Process>);

impl Process {
    fn start(program: &Path, database: &str) -> Result<Self> {
        let mut child = unaware(program)
            .args(["serve", "--metrics", "127.0.0.1:0", "--database", database])
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("its output is not piped")?;
        let mut lines = BufReader::new(out).lines();
        let mut told = |before: &str| -> Result<String> {
            let line = lines.next().context("it ended")??;
            Ok(line.strip_prefix(before).context("it says something else")?.to_owned())
        };
        let started = told("listening on http://").and_then(|addr| Ok((addr.parse()?, told("watched at ")?)));
        match started {
            Ok((addr, watched)) => Ok(Self { child, addr, watched }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Centrals {
    pub(super) async fn start(plan: &Plan, database: &str) -> Result<Self> {
        let (count, program, database) = (plan.processes, plan.central.clone(), database.to_owned());
        tokio::task::spawn_blocking(move || {
            let all: Result<Vec<_>> = (0..count).map(|_| Process::start(&program, &database)).collect();
            all.map(Self).context("a central")
        })
        .await?
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().map(|process| process.addr).collect()
    }

    /// Kills one in the middle of whatever it does.
    pub(super) fn kill_one(mut self) -> Self {
        self.0.truncate(self.0.len().saturating_sub(1));
        self
    }

    /// How often they were asked for chunks, as they count it themselves.
    pub(super) async fn chunk_requests(&self, http: &reqwest::Client) -> Result<u64> {
        let mut all = 0;
        for process in &self.0 {
            let url = format!("{}/metrics", process.watched);
            let metrics = http.get(url).send().await?.error_for_status()?.text().await?;
            all += metrics
                .lines()
                .filter(|line| line.starts_with("lanterna_requests_total{route=\"/v1/chunks/"))
                .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
                .sum::<u64>();
        }
        Ok(all)
    }
}
