//! The headless desk.
fn main() {}
