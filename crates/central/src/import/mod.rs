//! A region from CSV files, and back to them.
//!
//! Every line is read by itself and refused by itself, with its number, the field and the reason.
//! A line that refers to a refused one is refused as well, so that what remains fits together.
//! Nothing is installed here: the caller decides what a refused line means.
//!
//! Columns are found by name, in any order. A file may begin with a byte order mark and part its
//! fields with semicolons, as spreadsheets in Italy do. Lists inside a field are parted by `|`.

mod catalogue;
mod export;
mod field;
mod report;
mod schedules;
mod sessions;
mod table;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use lanterna_model::ids::{LocationId, OrganizationCode, ServiceCode};
use lanterna_model::prescription::DEFAULT_VALIDITY_DAYS;
use lanterna_model::priority::WaitLimits;
use lanterna_wire::catalogue::Rules;

use crate::ledger::{PublishedSchedule, Region};

pub use export::{ExportError, export};
pub use report::{Count, File, Reason, Refusal, Report};

/// A region as the files tell it, and what was refused of them.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What was accepted; it fits together.
    pub region: Region,
    /// What was refused, and why.
    pub report: Report,
}

/// Why nothing could be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is broken before its lines can be told apart.
    #[error("{file} is no CSV file")]
    Csv {
        /// The file.
        file: File,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// A file lacks a column.
    #[error("{file} has no column {column}")]
    Column {
        /// The file.
        file: File,
        /// The column.
        column: &'static str,
    },
    /// `rules.json` is not what it should be.
    #[error("rules.json cannot be read")]
    Rules(#[source] serde_json::Error),
}

/// Reads a folder: `services.csv`, `organizations.csv`, `locations.csv`, `schedules.csv`,
/// `sessions.csv`, and, where they exist, `municipalities.csv`, `exemptions.csv` and `rules.json`.
/// Without the last `rules` hold.
///
/// # Errors
/// [`ImportError`] when a file is missing or has no lines to speak of. A line at fault is no error.
pub fn import(folder: &Path, rules: &Rules) -> Result<Imported, ImportError> {
    let mut report = Report::default();
    let organizations = catalogue::organizations(folder, &mut report)?;
    let services = catalogue::services(folder, &mut report)?;
    let bodies: HashSet<&OrganizationCode> = organizations.iter().map(|body| &body.code).collect();
    let locations = catalogue::locations(folder, &bodies, &mut report)?;
    let known = Known {
        services: services.iter().map(|service| &service.code).collect(),
        locations: locations.iter().map(|location| location.id).collect(),
        bodies,
    };
    let municipalities = catalogue::municipalities(folder, &known.bodies, &mut report)?;
    let exemptions = catalogue::exemptions(folder, &known.services, &mut report)?;
    let schedules = schedules::schedules(folder, &known, &mut report)?;
    let mut sessions = sessions::sessions(folder, &schedules, &mut report)?;
    let schedules = schedules
        .into_iter()
        .map(|schedule| PublishedSchedule {
            sessions: sessions.remove(&schedule.id).unwrap_or_default(),
            schedule,
        })
        .collect();
    let rules = read_rules(folder)?.unwrap_or_else(|| rules.clone());
    report.refusals.sort_by_key(|refusal| (refusal.file, refusal.line));
    Ok(Imported {
        region: Region {
            services,
            organizations,
            locations,
            municipalities,
            exemptions,
            rules,
            schedules,
        },
        report,
    })
}

/// The rules that hold where a folder brings none: the limits of the national plan for waiting
/// times, a prescription good for 180 days, a ticket of at most €36.15, no patron days.
#[must_use]
pub fn standard_rules() -> Rules {
    Rules {
        waits: WaitLimits::default(),
        prescription_days: DEFAULT_VALIDITY_DAYS,
        ticket_cap_cents: 3_615,
        saturday_works: false,
        patron_days: Vec::new(),
        contact: String::new(),
    }
}

/// What schedules may refer to.
struct Known<'a> {
    services: HashSet<&'a ServiceCode>,
    locations: HashSet<LocationId>,
    bodies: HashSet<&'a OrganizationCode>,
}

fn read_rules(folder: &Path) -> Result<Option<Rules>, ImportError> {
    let path = folder.join("rules.json");
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(ImportError::Rules),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ImportError::Read { path, source }),
    }
}
