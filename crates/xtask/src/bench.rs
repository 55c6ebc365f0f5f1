//! `cargo xtask bench`: ours beside the control, in the same run.

use crate::run::{Done, cargo, step};

pub fn bench(arguments: &[String]) -> Done {
    let mut all = vec![
        "run",
        "--quiet",
        "--release",
        "-p",
        "lanterna-tests",
        "--bin",
        "bench",
        "--",
    ];
    all.extend(arguments.iter().map(String::as_str));
    step("bench", &mut cargo(&all))
}
