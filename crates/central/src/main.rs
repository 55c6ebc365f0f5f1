//! The reference central on the command line.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand, ValueEnum};
use lanterna_central::account::{Case, Printed};
use lanterna_central::clock::{Clock, SystemClock};
use lanterna_central::enrolment::{VALID_DAYS, issue};
use lanterna_central::entropy::{Entropy, SystemEntropy};
use lanterna_central::http::{Settings, start};
use lanterna_central::import::{import, standard_rules};
use lanterna_central::ledger::{Decision, LeasePolicy, Ledger, SqliteLedger};
use lanterna_central::rescue::take_in;
use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_wire::status::ServiceState;
use tracing_subscriber::EnvFilter;

/// The reference CUP: a ledger of places and the service that desks speak to.
#[derive(Parser)]
#[command(name = "lanterna-central", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves a ledger over HTTP until it is told to end.
    Serve {
        /// The ledger's file; made where there is none.
        #[arg(long)]
        database: PathBuf,
        /// Where to listen; port 0 lets the system choose.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Listen beyond loopback without TLS, because a proxy in front of it ends TLS.
        #[arg(long)]
        behind_tls_proxy: bool,
        /// Name of the central, as the desks show it.
        #[arg(long, default_value = "CUP")]
        name: String,
    },
    /// Reads a region from CSV files and puts it in place, if no line is refused.
    Import {
        /// The folder with the files.
        folder: PathBuf,
        /// The ledger's file; made where there is none.
        #[arg(long)]
        database: PathBuf,
        /// Put in place what was accepted even where lines were refused.
        #[arg(long)]
        accept_partial: bool,
    },
    /// Prints a one-time code with which a desk enrols.
    Enrol {
        /// The door through which the desk will book.
        #[arg(long, value_parser = channel)]
        channel: Channel,
        /// The ledger's file.
        #[arg(long)]
        database: PathBuf,
    },
    /// Says what a channel may do.
    State {
        /// The channel.
        #[arg(long, value_parser = channel)]
        channel: Channel,
        /// What it may do from now on.
        state: State,
        /// The ledger's file.
        #[arg(long)]
        database: PathBuf,
    },
    /// Takes in a rescue file: what a desk could not send.
    Rescue {
        /// The file.
        file: PathBuf,
        /// The ledger's file.
        #[arg(long)]
        database: PathBuf,
    },
    /// Prints what leases do and cost, and the policy that decides on them.
    Leases {
        /// The ledger's file.
        #[arg(long)]
        database: PathBuf,
        /// A JSON file with the policy from now on; parts that are left out have their defaults.
        #[arg(long)]
        policy: Option<PathBuf>,
    },
    /// Revokes a desk: its token opens nothing any more, what it promised before is kept.
    Revoke {
        /// Its code, the first four characters of its booking numbers.
        #[arg(long, value_parser = desk_code)]
        desk: DeskCode,
        /// It was stolen: the places set aside for it are free at once, whatever it promised on them.
        #[arg(long)]
        stolen: bool,
        /// The ledger's file.
        #[arg(long)]
        database: PathBuf,
    },
    /// Lists bookings that were promised and confirmed on places that are no longer what they were.
    Displaced {
        /// The ledger's file.
        #[arg(long)]
        database: PathBuf,
        /// Decide on this case.
        #[arg(long, requires = "decision")]
        case: Option<i64>,
        /// What is to be done about it.
        #[arg(long, requires = "case")]
        decision: Option<Decided>,
    },
    /// Counts the whole ledger and checks its invariants.
    Verify {
        /// The ledger's file.
        #[arg(long)]
        database: PathBuf,
    },
    /// Prints the OpenAPI description of the service.
    Openapi,
}

#[derive(Clone, Copy, ValueEnum)]
enum State {
    Open,
    ReadOnly,
    Frozen,
    Closed,
}

impl From<State> for ServiceState {
    fn from(state: State) -> Self {
        match state {
            State::Open => ServiceState::Open,
            State::ReadOnly => ServiceState::ReadOnly,
            State::Frozen => ServiceState::Frozen,
            State::Closed => ServiceState::Closed,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Decided {
    Move,
    Call,
    Keep,
}

impl From<Decided> for Decision {
    fn from(decided: Decided) -> Self {
        match decided {
            Decided::Move => Decision::Move,
            Decided::Call => Decision::Call,
            Decided::Keep => Decision::Keep,
        }
    }
}

fn desk_code(code: &str) -> Result<DeskCode, String> {
    DeskCode::parse(code).map_err(|error| error.to_string())
}

fn channel(name: &str) -> Result<Channel, String> {
    Channel::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Channel::ALL.into_iter().map(Channel::name).collect();
        format!("one of {}", names.join(", "))
    })
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("LANTERNA_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lanterna-central: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    let now = SystemClock.now();
    match command {
        Command::Serve {
            database,
            listen,
            behind_tls_proxy,
            name,
        } => {
            ensure!(
                listen.ip().is_loopback() || behind_tls_proxy,
                "TLS is not spoken here: listen on loopback, or say --behind-tls-proxy where a proxy ends TLS"
            );
            serve(
                Arc::new(open(&database)?),
                listen,
                Settings {
                    name,
                    ..Settings::default()
                },
            )
            .await
        }
        Command::Import {
            folder,
            database,
            accept_partial,
        } => {
            let imported = import(&folder, &standard_rules())?;
            print!("{}", imported.report);
            if !imported.report.clean() && !accept_partial {
                bail!("lines were refused and nothing was put in place; --accept-partial takes the rest");
            }
            open(&database)?.install(&imported.region, now).await?;
            println!("{} schedules are in place", imported.region.schedules.len());
            Ok(())
        }
        Command::Enrol { channel, database } => {
            let code = issue(&existing(&database)?, &SystemEntropy, channel, now).await?;
            eprintln!("one desk of channel {}, within {VALID_DAYS} days:", channel.name());
            println!("{code}");
            Ok(())
        }
        Command::State {
            channel,
            state,
            database,
        } => {
            existing(&database)?
                .set_service_state(channel, state.into(), now)
                .await?;
            Ok(())
        }
        Command::Rescue { file, database } => {
            let bytes = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let reply = take_in(&existing(&database)?, &bytes, now).await?;
            println!(
                "{} operations: {} confirmed, {} in conflict, {} rejected, {} for an operator, {} answered before, {} not answered yet",
                reply.operations,
                reply.confirmed,
                reply.conflicts,
                reply.rejected,
                reply.needs_operator,
                reply.known,
                reply.waiting
            );
            Ok(())
        }
        Command::Leases { database, policy } => leases(&existing(&database)?, policy.as_deref(), now).await,
        Command::Revoke { desk, stolen, database } => revoke(&existing(&database)?, &desk, stolen, now).await,
        Command::Displaced {
            database,
            case,
            decision,
        } => displaced(&existing(&database)?, case.zip(decision)).await,
        Command::Verify { database } => verify(&existing(&database)?).await,
        Command::Openapi => {
            print!("{}", lanterna_central::openapi::text());
            Ok(())
        }
    }
}

fn open(database: &Path) -> Result<SqliteLedger> {
    SqliteLedger::open(database, &SystemEntropy.birth()?)
        .with_context(|| format!("{} cannot be opened", database.display()))
}

fn existing(database: &Path) -> Result<SqliteLedger> {
    ensure!(database.exists(), "{} does not exist", database.display());
    open(database)
}

async fn serve(ledger: Arc<SqliteLedger>, listen: SocketAddr, settings: Settings) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} cannot be had"))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let running = start(ledger, clock, settings, listener).await?;
    println!("listening on {}", running.url());
    std::io::stdout().flush()?;
    told_to_end().await?;
    running.stop().await;
    Ok(())
}

/// Waits for Ctrl-C or, where there is one, the signal of a service manager.
async fn told_to_end() -> Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

async fn leases(ledger: &SqliteLedger, policy: Option<&Path>, now: DateTime<Utc>) -> Result<()> {
    if let Some(path) = policy {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let policy: LeasePolicy =
            serde_json::from_str(&text).with_context(|| format!("{} is no policy", path.display()))?;
        ledger.set_lease_policy(&policy).await?;
    }
    print!("{}", Printed(&ledger.lease_report(now).await?));
    let policy = ledger.lease_policy().await?;
    println!("\npolicy:\n{}", serde_json::to_string_pretty(&policy)?);
    Ok(())
}

async fn revoke(ledger: &SqliteLedger, code: &DeskCode, stolen: bool, now: DateTime<Utc>) -> Result<()> {
    let desk = ledger.desk_by_code(code).await?;
    let desk = desk.with_context(|| format!("there is no desk {code}"))?;
    let voided = ledger.revoke(desk.id, stolen, now).await?;
    if stolen {
        println!("desk {code} is revoked as stolen; {voided} places set aside for it are free");
    } else {
        println!("desk {code} is revoked; what it promised is kept until it is over");
    }
    Ok(())
}

async fn displaced(ledger: &SqliteLedger, decided: Option<(i64, Decided)>) -> Result<()> {
    if let Some((case, decision)) = decided {
        ensure!(ledger.decide(case, decision.into()).await?, "there is no case {case}");
    }
    for case in ledger.displaced().await? {
        println!("{}", Case(&case));
    }
    Ok(())
}

async fn verify(ledger: &SqliteLedger) -> Result<()> {
    let found = ledger.verify().await?;
    println!(
        "{} schedules, {} sessions, {} slots; bookings: {} live, {} cancelled, {} without a place; \
         {} holds, {} leases, {} operations, {} desks, {} rows of the feed",
        found.schedules,
        found.sessions,
        found.capacity,
        found.live,
        found.cancelled,
        found.unplaced,
        found.holds,
        found.leases,
        found.operations,
        found.desks,
        found.feed_rows,
    );
    for fault in &found.faults {
        println!("{fault}");
    }
    ensure!(found.is_sound(), "{} invariants do not hold", found.faults.len());
    println!("every invariant holds");
    Ok(())
}
