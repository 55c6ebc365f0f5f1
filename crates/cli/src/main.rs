//! `lanterna`: the headless desk. The same use cases as the window, on the command line.

mod args;
mod commands;
mod output;
mod query;
mod session;

#[cfg(feature = "demo")]
mod demonstration;
#[cfg(feature = "host")]
mod host;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("LANTERNA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match commands::run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lanterna: {error:#}");
            ExitCode::FAILURE
        }
    }
}
