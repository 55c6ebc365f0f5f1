//! The engine, driven by hand.
#![allow(clippy::unwrap_used)] // helpers of tests

mod lanes;
mod stock;
mod world;
