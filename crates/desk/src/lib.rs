//! Lanterna: desk.
