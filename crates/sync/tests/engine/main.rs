//! The engine, driven by hand.
#![allow(clippy::unwrap_used)] // helpers of tests

mod lanes;
mod recovery;
mod stock;
mod world;
