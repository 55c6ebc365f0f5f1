//! Where things lie, for the map and the table beside it.

use lanterna_model::ids::{LocationId, MunicipalityCode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::FoundRow;

/// A municipality as a point of the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlaceView {
    /// ISTAT code.
    pub code: MunicipalityCode,
    /// Name.
    pub name: String,
    /// Degrees north, WGS 84.
    pub lat: f64,
    /// Degrees east, WGS 84.
    pub lon: f64,
    /// Residents.
    pub population: u32,
}

/// Free places of one site.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct SiteView {
    /// The central's number for it.
    pub location: LocationId,
    /// Name.
    pub name: String,
    /// Municipality.
    pub municipality: String,
    /// Degrees north, WGS 84.
    pub lat: f64,
    /// Degrees east, WGS 84.
    pub lon: f64,
    /// Kilometres as the crow flies, where the origin is known.
    pub km: Option<f64>,
    /// Free places of the first service asked for, inside the filters.
    pub free: u32,
    /// The first offer there.
    pub first: Option<FoundRow>,
}
