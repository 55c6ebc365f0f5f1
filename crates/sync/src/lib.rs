//! Lanterna: sync.
