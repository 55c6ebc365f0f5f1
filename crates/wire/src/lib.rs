//! Lanterna: wire.
