//! Lanterna: store.
