//! Where the patient goes.

use serde::{Deserialize, Serialize};

use crate::geo::Coordinates;
use crate::ids::{LocationId, MunicipalityCode, OrganizationCode};

/// A site with an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The central's number for it.
    pub id: LocationId,
    /// The body's own code, or the ministry's (HSP) for hospitals.
    pub code: String,
    /// The name people know.
    pub name: String,
    /// The body it belongs to.
    pub organization: OrganizationCode,
    /// Street and number; may be empty.
    pub address: String,
    /// ISTAT code of the municipality.
    pub municipality: MunicipalityCode,
    /// Name of the municipality.
    pub municipality_name: String,
    /// Where it lies; distances are as the crow flies.
    pub coordinates: Coordinates,
    /// Telephone for the patient; may be empty.
    pub phone: String,
}
