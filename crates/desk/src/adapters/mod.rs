//! The named adapters: the only places of the desk that read a clock or draw randomness, and the
//! only one that speaks to the system's keychain.

mod clock;
mod entropy;
pub mod keychain;

pub use clock::{Clock, SystemClock};
pub use entropy::{Entropy, NoEntropy, SystemEntropy};
