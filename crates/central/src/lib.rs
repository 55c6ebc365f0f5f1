//! Lanterna: the reference central.
