//! `cargo xtask gen`: files that follow from others.

use crate::run::{Done, cargo, step, timed};
use crate::tidy;

/// Writes bindings, OpenAPI and the protocol's digest anew.
pub fn generate() -> Done {
    let write = |name: &str, arguments: &[&str]| step(name, cargo(arguments).env("LANTERNA_GEN", "1"));
    write(
        "bindings",
        &["test", "--quiet", "--package", "lanterna-desk", "--test", "bindings"],
    )?;
    write(
        "OpenAPI",
        &["test", "--quiet", "--package", "lanterna-central", "--lib", "openapi"],
    )?;
    timed("digest of the protocol", tidy::stamp_protocol)
}
