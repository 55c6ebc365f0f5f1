//! `cargo xtask test`: everything that must hold.

use crate::run::{Done, FEATURES, cargo, command, step, top};
use crate::{install, tidy};

pub fn test(arguments: &[String]) -> Done {
    let fast = arguments.iter().any(|argument| argument == "--fast");
    install::for_testing()?;
    install::screens()?;
    step("formatting", &mut cargo(&["fmt", "--all", "--check"]))?;
    eprintln!("── tidy");
    tidy::tidy()?;
    let ui = top().join("ui");
    step(
        "screens: types",
        command("npm", &["run", "--silent", "check"]).current_dir(&ui),
    )?;
    step(
        "screens: units",
        command("npm", &["run", "--silent", "test"]).current_dir(&ui),
    )?;
    step(
        "clippy",
        &mut cargo(&[
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--features",
            FEATURES,
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    step(
        "build",
        &mut cargo(&["build", "--quiet", "--workspace", "--features", FEATURES]),
    )?;
    if !fast && top().join("tests/e2e/package.json").is_file() {
        install::npm("tests/e2e")?;
        step(
            "browser",
            command("npx", &["--no-install", "playwright", "test"])
                .current_dir(top().join("tests/e2e"))
                .env("LANTERNA_BIN", crate::run::built("lanterna")),
        )?;
    }
    // Last, so that the output ends with the runner's own summary.
    let mut rust = cargo(&[
        "test",
        "--workspace",
        "--features",
        FEATURES,
        "--no-fail-fast",
    ]);
    if fast {
        rust.env("LANTERNA_SKIP_WINDOW", "1");
    }
    step("tests", &mut rust)
}
