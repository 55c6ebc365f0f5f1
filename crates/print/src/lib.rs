//! Lanterna: print.
