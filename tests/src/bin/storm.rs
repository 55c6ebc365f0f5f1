//! `storm [--desks N] [--operations N] [--ledger sqlite|postgres] [--processes N] [--kill] [--cold]
//! [--schedules N] [--seed S] [--central FILE]`: what `cargo xtask storm` builds and starts.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lanterna_tests::programs::built;
use lanterna_tests::storm::{Kind, Plan, run};

#[tokio::main]
async fn main() -> ExitCode {
    match storm().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("storm: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn storm() -> Result<bool> {
    let mut plan = Plan {
        central: built("lanterna-central"),
        desks: 2_500,
        operations: 20,
        schedules: 2_000,
        ledger: Kind::Sqlite,
        processes: 1,
        kill: false,
        cold: false,
        durable: true,
        seed: 1,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{name} wants a value"));
        match name.as_str() {
            "--desks" => plan.desks = value()?.parse()?,
            "--operations" => plan.operations = value()?.parse()?,
            "--schedules" => plan.schedules = value()?.parse()?,
            "--processes" => plan.processes = value()?.parse()?,
            "--seed" => plan.seed = value()?.parse()?,
            "--central" => plan.central = value()?.into(),
            "--kill" => plan.kill = true,
            "--cold" => plan.cold = true,
            "--ledger" => {
                plan.ledger = match value()?.as_str() {
                    "sqlite" => Kind::Sqlite,
                    "postgres" => Kind::Postgres,
                    other => bail!("there is no ledger on {other}"),
                };
            }
            other => bail!(
                "{other}: storm [--desks N] [--operations N] [--ledger sqlite|postgres] [--processes N] [--kill] [--cold] [--schedules N] [--seed S] [--central FILE]"
            ),
        }
    }
    let folder = tempfile::Builder::new().prefix("lanterna-storm-").tempdir()?;
    let report = run(plan, folder.path()).await?;
    print!("{report}");
    Ok(report.is_sound())
}
