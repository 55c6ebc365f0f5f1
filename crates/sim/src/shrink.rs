//! Makes a small case of a large failure.
