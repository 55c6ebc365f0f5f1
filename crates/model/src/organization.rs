//! Health authorities, hospitals and accredited bodies.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::OrganizationCode;

/// A body that owns schedules. Codes carry validity dates: an old one keeps resolving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Six digits, region first.
    pub code: OrganizationCode,
    /// The name people know.
    pub name: String,
    /// Authority, hospital or accredited body.
    pub kind: OrganizationKind,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Last day of validity; `None` while it is in force.
    pub valid_to: Option<NaiveDate>,
    /// The body that took over at the end of validity.
    pub succeeded_by: Option<OrganizationCode>,
}

/// What kind of body it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OrganizationKind {
    /// A health authority (ASL, ATS).
    Authority,
    /// A public hospital or equivalent.
    Hospital,
    /// An accredited private body.
    Accredited,
}

/// The body answering for a code on a day: follows successors, at most sixteen of them.
#[must_use]
pub fn resolve<'a>(all: &'a [Organization], code: &OrganizationCode, on: NaiveDate) -> Option<&'a Organization> {
    let mut code = code;
    let mut last = None;
    for _ in 0..16 {
        let found = all.iter().find(|body| body.code == *code)?;
        last = Some(found);
        match (&found.valid_to, &found.succeeded_by) {
            (Some(end), Some(next)) if *end < on => code = next,
            _ => break,
        }
    }
    last
}
