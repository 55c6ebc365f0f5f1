//! `cargo xtask bench`: ours beside the control, in the same run.

use crate::install;
use crate::run::{Done, cargo, step};

/// Measures with what is built for shipping.
pub fn bench(arguments: &[String]) -> Done {
    install::for_the_core()?;
    let mut all = vec![
        "run",
        "--quiet",
        "--release",
        "--package",
        "lanterna-tests",
        "--bin",
        "bench",
        "--",
    ];
    all.extend(arguments.iter().map(String::as_str));
    step("bench", &mut cargo(&all))
}
