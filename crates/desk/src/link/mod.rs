//! The HTTP client of the central. It moves bytes and tells failures apart; what they mean is the
//! engine's business.

mod client;
mod doorbell;
mod transfer;

pub use client::{CentralClient, ClientError, Enrolling};
