//! The desk: its use cases, the table of what screens can ask, the driver of the engine, the HTTP
//! client, and the adapters to clock, randomness and keychain. Knows nothing of Tauri.

mod adapters;
mod booking;
mod catalogue;
mod demo;
mod desk;
mod driver;
mod fault;
mod finding;
mod incarnation;
mod link;
mod loading;
mod patients;
mod preferences;
mod prescriptions;
mod rescue;
pub mod rpc;
mod sites;
mod slips;
mod stage;
mod stock;
mod views;

pub use adapters::keychain::{Keychain, KeychainError, NoKeychain, SystemKeychain};
pub use adapters::{Clock, Entropy, NoEntropy, SystemClock, SystemEntropy};
pub use demo::{Demonstration, ReadyPrescription};
pub use desk::{Adapters, Desk, DeskConfig, MirrorFigures, default_data_dir};
pub use lanterna_print::words;
pub use lanterna_wire::rescue::RescueReply;
pub use preferences::read as preferences;
