//! What an administrator may set.

use std::net::SocketAddr;
use std::time::Duration;

use lanterna_wire::status::Notice;

use crate::ledger::Retention;
use crate::outside::Witness;
use crate::seal::Seal;

/// How a central serves. The default suits a region.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the central, for screens.
    pub name: String,
    /// The patients are made up.
    pub demonstration: bool,
    /// Messages for the operators of every channel.
    pub notices: Vec<Notice>,
    /// What outcomes and leases are sealed with. Without one desks have nothing to bring back to a ledger
    /// that was restored from a backup.
    pub seal: Option<Seal>,
    /// Sees how far the ledger has come, so that one put back from a copy is known.
    pub witness: Option<Witness>,
    /// How long a place is kept while an operator confirms.
    pub hold_time: Duration,
    /// A manifest is handed out again while the feed has gained at most this many rows …
    pub manifest_rows: u64,
    /// … or while it is younger than this.
    pub manifest_age: Duration,
    /// How long the ledger keeps things. A manifest is never handed out once a quarter of the feed
    /// lies behind it.
    pub retention: Retention,
    /// Requests worked on at the same time.
    pub requests: usize,
    /// Requests that wait in line for that; more are told to come back.
    pub waiting: usize,
    /// Requests that one desk may have under way at the same time, those in line included.
    pub per_desk: u32,
    /// Requests that one desk may make at once …
    pub burst: u32,
    /// … and in a second from then on, at most 1,000.
    pub per_second: u32,
    /// Where metrics and health are told, without a token: nowhere, unless it is said.
    pub watched_at: Option<SocketAddr>,
    /// Desks listening at the doorbell at the same time.
    pub listeners: usize,
    /// Time for one request, waiting in line and its body included.
    pub request_time: Duration,
    /// How long requests under way are waited for when the service ends.
    pub grace: Duration,
    /// Between two looks at whether the head was moved by another process.
    pub watch_every: Duration,
    /// Between two sweeps of the ledger.
    pub sweep_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "CUP".to_owned(),
            demonstration: false,
            notices: Vec::new(),
            seal: None,
            witness: None,
            hold_time: Duration::from_secs(180),
            manifest_rows: 500,
            manifest_age: Duration::from_secs(60),
            retention: Retention::default(),
            requests: 64,
            waiting: 512,
            per_desk: 4,
            burst: 240,
            per_second: 10,
            watched_at: None,
            listeners: 4_000,
            request_time: Duration::from_secs(30),
            grace: Duration::from_secs(10),
            watch_every: Duration::from_secs(1),
            sweep_every: Duration::from_secs(5),
        }
    }
}
