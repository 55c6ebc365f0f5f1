//! `crash --kills N [--seed S] [--desks D]`: what `cargo xtask crash` builds and starts.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lanterna_tests::crash::{Plan, run};

#[tokio::main]
async fn main() -> ExitCode {
    match crash().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("crash: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn crash() -> Result<bool> {
    let mut plan = Plan {
        kills: 1_000,
        seed: 1,
        desks: 4,
    };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for pair in arguments.chunks(2) {
        let [name, value] = pair else {
            bail!("{} wants a number", pair[0]);
        };
        let number = || value.parse::<u32>().with_context(|| format!("{name} wants a number"));
        match name.as_str() {
            "--kills" => plan.kills = number()?,
            "--desks" => plan.desks = number()?,
            "--seed" => plan.seed = number()?.into(),
            _ => bail!("crash --kills N [--seed S] [--desks D]"),
        }
    }
    let folder = tempfile::Builder::new().prefix("lanterna-crash-").tempdir()?;
    println!("seed {}, {} desks", plan.seed, plan.desks);
    let report = run(plan, folder.path()).await?;
    print!("{report}");
    if !report.is_sound() {
        // What went wrong is to be looked at.
        println!("the files are in {}", folder.keep().display());
    }
    Ok(report.is_sound())
}
