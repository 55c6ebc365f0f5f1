//! What the desk's mirror costs, beside what people would reach for instead: one row per slot in the same
//! SQLCipher, FHIR resources in NDJSON on the wire, a sorted array in memory. Everything is measured in one
//! run on one machine, so that the ratios mean something where the figures do not.
//!
//! The same parts check the search: ours and the control must find the same places (`tests/agreement.rs`).

pub mod bookings;
pub mod changes;
pub mod clock;
pub mod control;
pub mod draw;
pub mod figures;
pub mod floor;
pub mod ours;
pub mod questions;
pub mod region;
pub mod run;
pub mod table;
pub mod wire;
