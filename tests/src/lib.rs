//! Journeys across crates.
