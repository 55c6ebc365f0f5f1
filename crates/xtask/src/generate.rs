//! `cargo xtask gen`: files that follow from others.

use crate::run::{Done, cargo, step};
use crate::tidy;

pub fn generate() -> Done {
    step(
        "bindings",
        cargo(&[
            "test",
            "--quiet",
            "-p",
            "lanterna-desk",
            "--test",
            "bindings",
        ])
        .env("LANTERNA_GEN", "1"),
    )?;
    step(
        "OpenAPI",
        cargo(&["test", "--quiet", "-p", "lanterna-central", "openapi"]).env("LANTERNA_GEN", "1"),
    )?;
    tidy::stamp_protocol()
}
