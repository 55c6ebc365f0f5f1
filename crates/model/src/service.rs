//! Services of the catalogue.

use serde::{Deserialize, Serialize};

use crate::ids::{BranchCode, ServiceCode};
use crate::priority::ServiceKind;

/// Something that can be prescribed and booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// National code.
    pub code: ServiceCode,
    /// Italian name.
    pub name: String,
    /// What people also call it; helps the search by words. May be empty.
    pub common_name: String,
    /// The specialty group.
    pub branch: BranchCode,
    /// Visit or instrumental: the limit of class D depends on it.
    pub kind: ServiceKind,
    /// Usual duration in minutes, a multiple of five; a schedule may say otherwise.
    pub minutes: u16,
    /// Tariff in cents.
    pub tariff_cents: u32,
    /// What the patient must do before; may be empty.
    pub preparation: String,
}
