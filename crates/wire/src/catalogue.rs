//! `GET /v1/catalogue`: what can be booked, by whom it is offered and where. JSON, ETag; packed by zstd
//! where the desk accepts it, with the checksum of the frame, so that no damaged byte goes unnoticed.

use lanterna_model::geo::Municipality;
use lanterna_model::location::Location;
use lanterna_model::organization::Organization;
use lanterna_model::schedule::Schedule;
use lanterna_model::service::Service;
use serde::{Deserialize, Serialize};

use crate::codec::DecodeError;
use crate::limits;

const LEVEL: i32 = 9;

/// Everything about schedules but their places, for one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The version, as in [`crate::status::Status::catalogue`] and in the ETag.
    pub version: String,
    /// Services.
    pub services: Vec<Service>,
    /// Bodies, with those no longer in force.
    pub organizations: Vec<Organization>,
    /// Sites.
    pub locations: Vec<Location>,
    /// Municipalities, for distances from where a patient lives and for places of birth.
    #[serde(default)]
    pub municipalities: Vec<Municipality>,
    /// Schedules this channel sees.
    pub schedules: Vec<Schedule>,
    /// Exemption codes and whether each frees from the whole ticket.
    pub exemptions: Vec<Exemption>,
    /// Rules that differ between regions.
    pub rules: Rules,
}

/// An exemption from the ticket. Its code alone may reveal an illness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// The code, such as `E01` or `048`.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The services it covers; all of them where empty.
    pub services: Vec<lanterna_model::ids::ServiceCode>,
}

/// Rules that differ between regions: configuration, never constants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Limits of the priority classes.
    pub waits: lanterna_model::priority::WaitLimits,
    /// Days a prescription is valid.
    pub prescription_days: u16,
    /// Most a patient pays for one prescription, in cents.
    pub ticket_cap_cents: u32,
    /// Whether Saturdays count as working days for the cancellation deadline.
    pub saturday_works: bool,
    /// Patron days, as month and day.
    pub patron_days: Vec<(u8, u8)>,
    /// Telephone for cancellations, printed on slips.
    pub contact: String,
}

/// Packs the JSON of a catalogue.
///
/// # Errors
/// [`DecodeError::Compression`] when the compressor fails (out of memory).
pub fn pack(json: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let pack = || {
        let mut packer = zstd::bulk::Compressor::new(LEVEL)?;
        packer.include_checksum(true)?;
        packer.compress(json)
    };
    pack().map_err(|_| DecodeError::Compression)
}

/// Unpacks the JSON of a catalogue, of at most [`limits::CATALOGUE_BYTES`].
///
/// # Errors
/// [`DecodeError::Compression`] when a byte is damaged or it would grow beyond the bound.
pub fn unpack(packed: &[u8]) -> Result<Vec<u8>, DecodeError> {
    zstd::bulk::decompress(packed, limits::CATALOGUE_BYTES).map_err(|_| DecodeError::Compression)
}
