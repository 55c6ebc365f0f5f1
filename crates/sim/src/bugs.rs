//! The bug base.
