//! First start, and the status bar that is always in sight.

use chrono::{DateTime, Utc};
use lanterna_model::access::Channel;
use lanterna_model::ids::ServiceCode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which screen comes first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct StageView {
    /// Where the desk stands.
    pub stage: Stage,
    /// The keychain answers: no passphrase is needed.
    pub keychain: bool,
    /// Address of the central as configured, for the form.
    pub central_url: Option<String>,
    /// A demonstration: enrolment codes are offered, patients are made up.
    pub demonstration: bool,
    /// An enrolment code of the demonstration's own central, ready to be used.
    pub demonstration_code: Option<String>,
    /// Files that had to be set aside when opening, told once.
    pub set_aside: Vec<SetAside>,
    /// Version of the program.
    pub version: String,
}

/// Where the desk stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No key yet.
    NeedsKey,
    /// A key kept under a passphrase.
    Locked,
    /// Open, not enrolled.
    NeedsEnrolment,
    /// Enrolled; the first download has not ended.
    FirstDownload,
    /// Ready to book.
    Ready,
}

/// A file that was damaged and replaced.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SetAside {
    /// `mirror` or `desk`.
    pub file: String,
    /// The name it was kept under.
    pub kept_as: String,
    /// Rows saved from it.
    pub salvaged: u32,
}

/// The status bar.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct StatusView {
    /// How the link is.
    pub link: LinkState,
    /// What the central lets this channel do; `None` before it was ever asked.
    pub service: Option<ServiceStateView>,
    /// When the mirror last agreed with the central.
    pub data_at: Option<DateTime<Utc>>,
    /// The present by the desk's clock.
    pub now: DateTime<Utc>,
    /// Operations waiting or being sent.
    pub queued: u32,
    /// Bookings that need a decision.
    pub to_resolve: u32,
    /// The first or a renewed full download, while it lasts.
    pub download: Option<Download>,
    /// When the desk will try again by itself.
    pub retry_at: Option<DateTime<Utc>>,
    /// Name of the central.
    pub central: Option<String>,
    /// This desk's code.
    pub desk: Option<String>,
    /// The door its bookings come through.
    pub channel: Option<Channel>,
    /// Messages of the central.
    pub notices: Vec<String>,
    /// A demonstration.
    pub demonstration: bool,
    /// In the demonstration: whether its link is up.
    pub demo_link_up: Option<bool>,
    /// Schedules in the mirror.
    pub schedules: u32,
    /// Places set aside for this desk.
    pub stock: StockView,
}

/// Places set aside for this desk, and what was promised of them.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct StockView {
    /// Places that may be promised now.
    pub places: u32,
    /// Until when the first of them may be.
    pub until: Option<DateTime<Utc>>,
    /// The same by service, most places first.
    pub services: Vec<StockLine>,
    /// Why nothing may be promised, though places may be set aside.
    pub withheld: Option<StockWithheld>,
    /// Bookings waiting on places that are surely kept for them.
    pub promised: u32,
    /// When the first of these guarantees ends: by then it must be sent.
    pub promised_until: Option<DateTime<Utc>>,
    /// When another machine was found to be a copy of this desk.
    pub copied_at: Option<DateTime<Utc>>,
}

/// Places set aside for one service.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct StockLine {
    /// Its code.
    pub service: ServiceCode,
    /// Its name.
    pub name: String,
    /// Places that may be promised now.
    pub places: u32,
    /// Until when the first of them may be.
    pub until: Option<DateTime<Utc>>,
}

/// Why nothing is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StockWithheld {
    /// The clock of the machine went back or jumped.
    Clock,
    /// The central does not know this desk any more.
    Revoked,
    /// The central goes on from a backup and has not said yet what it keeps for this desk.
    Recovery,
}

/// How the link is. No network and a failed send are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Not tried yet.
    Unknown,
    /// The central answers.
    Online,
    /// Asking or sending right now.
    Sending,
    /// The central cannot be reached.
    Offline,
    /// Reached, but it answers with faults.
    Failing,
    /// Reached, but it speaks no version in common.
    Protocol,
    /// Reached, but it no longer knows this desk.
    Unauthorized,
}

/// What the central lets this channel do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStateView {
    /// Everything.
    Open,
    /// Search and queue.
    ReadOnly,
    /// Bookings are kept here.
    Frozen,
    /// No bookings.
    Closed,
}

/// A full download.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct Download {
    /// Bytes here.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Chunks here.
    pub done_chunks: u32,
    /// Chunks in all.
    pub total_chunks: u32,
    /// Seconds left, as far as can be told.
    pub seconds_left: Option<u32>,
}
