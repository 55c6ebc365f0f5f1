//! The reference central.
fn main() {}
