//! `cargo xtask test`: everything that must hold.

use crate::run::{Done, FEATURES, built, cargo, command, counted, output, step, timed, top};
use crate::tally::Tally;
use crate::{install, tidy};

/// Every test that opens the window begins with this.
const WINDOW_TESTS: &str = "in_the_window";

/// Runs everything; the last line adds up what the runners said.
pub fn test(arguments: &[String]) -> Done {
    let fast = match arguments {
        [] => false,
        [one] if one == "--fast" => true,
        _ => return Err("cargo xtask test [--fast]".to_owned()),
    };
    let mut tally = Tally::default();
    let done = all(fast, &mut tally);
    if let Err(reason) = &done {
        eprintln!("{reason}");
    }
    println!("{tally}");
    done.map_err(|_| "✗ not everything holds".to_owned())
}

fn all(fast: bool, tally: &mut Tally) -> Done {
    install::for_testing()?;
    step("formatting", &mut cargo(&["fmt", "--all", "--check"]))?;
    timed("tidy", tidy::tidy)?;
    install::npm("ui")?;
    let ui = top().join("ui");
    step(
        "screens: types",
        command("npm", &["run", "--silent", "check"]).current_dir(&ui),
    )?;
    counted(
        "screens: units",
        command("npm", &["run", "--silent", "test"]).current_dir(&ui),
        tally,
    )?;
    install::screens()?;
    if !fast {
        audit()?;
    }
    rust(tally)?;
    if !fast {
        browser(tally)?;
        window(tally)?;
    }
    Ok(())
}

/// Licences, sources and doubled libraries; dependencies that nobody uses.
fn audit() -> Done {
    let deny = install::tool("cargo-deny", "0.20.2")?;
    step(
        "licences, bans, sources",
        command(deny, &["--log-level", "error", "check", "licenses", "bans", "sources"]).arg("--hide-inclusion-graph"),
    )?;
    let machete = install::tool("cargo-machete", "0.9.2")?;
    step("unused dependencies", &mut command(machete, &["machete"]))
}

/// One selection of crates, features and profile for all of them: cargo then builds each thing once.
/// `--all-targets` brings in the features that the tests ask of libraries, in the build too.
fn rust(tally: &mut Tally) -> Done {
    const SELECTION: [&str; 3] = ["--workspace", "--features", FEATURES];
    let with = |before: &[&str], after: &[&str]| cargo(&[before, &SELECTION, after].concat());
    step(
        "clippy",
        &mut with(&["clippy", "--quiet"], &["--all-targets", "--", "-D", "warnings"]),
    )?;
    step("build", &mut with(&["build", "--quiet"], &["--all-targets"]))?;
    // Whether generated files are fresh is a test as well: bindings in `desk`, OpenAPI in `central`.
    let nextest = nextest();
    let runner: &[&str] = if nextest {
        &[
            "nextest",
            "run",
            "--no-fail-fast",
            "--hide-progress-bar",
            "--status-level",
            "slow",
            // It starts one server for all it tries, and nextest would start one for each trial.
            "-E",
            "not binary(postgres)",
        ]
    } else {
        &["test", "--no-fail-fast", "--all-targets"]
    };
    counted("tests", &mut with(runner, &["--", "--skip", WINDOW_TESTS]), tally)?;
    if nextest {
        counted(
            "the ledger on PostgreSQL",
            &mut with(&["test", "--quiet", "--test", "postgres"], &[]),
            tally,
        )?;
    }
    counted(
        "examples in the documentation",
        &mut with(&["test", "--quiet", "--doc"], &[]),
        tally,
    )
}

fn nextest() -> bool {
    output(&mut cargo(&["nextest", "--version"])).is_some()
}

fn browser(tally: &mut Tally) -> Done {
    if !top().join("tests/e2e/package.json").is_file() {
        return Ok(());
    }
    install::npm("tests/e2e")?;
    let mut playwright = command("npx", &["--no-install", "playwright", "test", "--reporter=line"]);
    playwright
        .current_dir(top().join("tests/e2e"))
        .env("LANTERNA_BIN", built("lanterna"));
    counted("browser", &mut playwright, tally)
}

fn window(tally: &mut Tally) -> Done {
    let mut tests = cargo(&["test", "--workspace", "--features", FEATURES, "--test", "window"]);
    tests.env("LANTERNA_WINDOW", built("lanterna-desktop"));
    counted("window", &mut tests, tally)
}
