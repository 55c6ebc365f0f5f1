//! The reference central on the command line.

mod recovering;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};
use lanterna_central::account::{Case, Printed, Standing};
use lanterna_central::clock::{Clock, SystemClock};
use lanterna_central::enrolment::{VALID_DAYS, issue};
use lanterna_central::entropy::{Entropy, SystemEntropy};
use lanterna_central::http::{Settings, start};
use lanterna_central::import::{import, standard_rules};
use lanterna_central::ledger::{
    Decision, LeasePolicy, Ledger, PostgresLedger, PostgresSettings, Region, SqliteLedger, UrlError,
};
use lanterna_central::outside::Outside;
use lanterna_central::rescue::take_in;
use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_wire::status::ServiceState;
use tracing_subscriber::EnvFilter;

use crate::recovering::{Act, Kept, Outer, Recover, Recovering};

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
        #[command(flatten)]
        ledger: Place,
        /// Where to listen; port 0 lets the system choose.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Listen beyond loopback without TLS, because a proxy in front of it ends TLS.
        #[arg(long)]
        behind_tls_proxy: bool,
        /// Where to tell metrics and health without a token, such as 127.0.0.1:9464; nowhere unless it is said.
        #[arg(long)]
        metrics: Option<SocketAddr>,
        /// Name of the central, as the desks show it.
        #[arg(long, default_value = "CUP")]
        name: String,
        #[command(flatten)]
        outside: Outer,
    },
    /// Begins another life of a ledger whose database was restored from a backup: the desks tell it what
    /// they were confirmed and granted since. To be run while no central serves it.
    Recover {
        #[command(flatten)]
        ledger: Place,
        #[command(flatten)]
        outside: Outer,
    },
    /// Says how far a recovery has come, goes on without desks, or takes a fence away.
    Recovery {
        #[command(flatten)]
        ledger: Place,
        /// Go on without this desk, by its code; may be given several times.
        #[arg(long, value_parser = desk_code)]
        write_off: Vec<DeskCode>,
        /// What to do.
        #[arg(default_value = "status")]
        act: Act,
    },
    /// Reads a region from CSV files and puts it in place, if no line is refused.
    Import {
        /// The folder with the files.
        folder: PathBuf,
        #[command(flatten)]
        ledger: Place,
        /// Put in place what was accepted even where lines were refused.
        #[arg(long)]
        accept_partial: bool,
    },
    /// Prints a one-time code with which a desk enrols.
    Enrol {
        /// The door through which the desk will book.
        #[arg(long, value_parser = channel)]
        channel: Channel,
        #[command(flatten)]
        ledger: Place,
    },
    /// Says what a channel may do.
    State {
        /// The channel.
        #[arg(long, value_parser = channel)]
        channel: Channel,
        /// What it may do from now on.
        state: State,
        #[command(flatten)]
        ledger: Place,
    },
    /// Takes in a rescue file: what a desk could not send.
    Rescue {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        ledger: Place,
    },
    /// Prints what leases do and cost, and the policy that decides on them.
    Leases {
        #[command(flatten)]
        ledger: Place,
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
        #[command(flatten)]
        ledger: Place,
    },
    /// Lists bookings that were promised and confirmed on places that are no longer what they were.
    Displaced {
        #[command(flatten)]
        ledger: Place,
        /// Decide on this case.
        #[arg(long, requires = "decision")]
        case: Option<i64>,
        /// What is to be done about it.
        #[arg(long, requires = "case")]
        decision: Option<Decided>,
    },
    /// Counts the whole ledger and checks its invariants.
    Verify {
        #[command(flatten)]
        ledger: Place,
    },
    /// Prints the OpenAPI description of the service.
    Openapi,
}

/// Where a ledger is.
#[derive(Args)]
struct Place {
    /// The ledger's file, or the address of a PostgreSQL database that several processes share, such as
    /// postgres://lanterna@localhost/cup; a password comes better by the environment than in an argument.
    #[arg(long, env = "LANTERNA_CENTRAL_DATABASE", hide_env_values = true)]
    database: Database,
    /// Reach a database beyond this machine without TLS, because the link to it is trusted.
    #[arg(long)]
    trusted_link: bool,
}

#[derive(Clone)]
enum Database {
    File(PathBuf),
    Server(Box<PostgresSettings>),
}

impl FromStr for Database {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let schemes = ["postgres://", "postgresql://"];
        if schemes.iter().any(|scheme| text.starts_with(scheme)) {
            PostgresSettings::parse(text).map(|settings| Self::Server(Box::new(settings)))
        } else {
            Ok(Self::File(text.into()))
        }
    }
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
    match command {
        Command::Serve {
            ledger,
            listen,
            behind_tls_proxy,
            metrics,
            name,
            outside,
        } => {
            ensure!(
                metrics.is_none_or(|at| at.ip().is_loopback()) || behind_tls_proxy,
                "metrics are told without a token: listen for them on loopback"
            );
            ensure!(
                listen.ip().is_loopback() || behind_tls_proxy,
                "TLS is not spoken here: listen on loopback, or say --behind-tls-proxy where a proxy ends TLS"
            );
            let settings = Settings {
                name,
                watched_at: metrics,
                ..Settings::default()
            };
            let outside = outside.of(&ledger.database)?;
            with(
                &ledger,
                true,
                Serve {
                    listen,
                    settings,
                    outside,
                },
            )
            .await
        }
        Command::Recover { ledger, outside } => {
            let outside = outside.of(&ledger.database)?;
            with(&ledger, false, Recover(outside)).await
        }
        Command::Recovery { ledger, write_off, act } => with(&ledger, false, Recovering { write_off, act }).await,
        Command::Import {
            folder,
            ledger,
            accept_partial,
        } => {
            let imported = import(&folder, &standard_rules())?;
            print!("{}", imported.report);
            if !imported.report.clean() && !accept_partial {
                bail!("lines were refused and nothing was put in place; --accept-partial takes the rest");
            }
            with(&ledger, true, Install(imported.region)).await
        }
        Command::Enrol { channel, ledger } => with(&ledger, false, Enrol(channel)).await,
        Command::State { channel, state, ledger } => with(&ledger, false, Set(channel, state.into())).await,
        Command::Rescue { file, ledger } => {
            let bytes = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            with(&ledger, false, TakeIn(bytes)).await
        }
        Command::Leases { ledger, policy } => with(&ledger, false, Leases(policy)).await,
        Command::Revoke { desk, stolen, ledger } => with(&ledger, false, Revoke(desk, stolen)).await,
        Command::Displaced { ledger, case, decision } => with(&ledger, false, Displaced(case.zip(decision))).await,
        Command::Verify { ledger } => with(&ledger, false, Verify).await,
        Command::Openapi => {
            print!("{}", lanterna_central::openapi::text());
            Ok(())
        }
    }
}

/// What is done with a ledger of whichever kind.
trait Errand {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()>;
}

/// Opens a ledger, which has to be there unless it may be made, and does something with it.
async fn with(place: &Place, make: bool, errand: impl Errand) -> Result<()> {
    let birth = SystemEntropy.birth()?;
    match &place.database {
        Database::File(file) => {
            ensure!(make || file.exists(), "{} does not exist", file.display());
            let ledger =
                SqliteLedger::open(file, &birth).with_context(|| format!("{} cannot be opened", file.display()))?;
            errand.run(ledger).await
        }
        Database::Server(settings) => {
            ensure!(
                settings.is_local() || place.trusted_link,
                "TLS is not spoken to the database: reach it on this machine, or say --trusted-link where the link is"
            );
            let settings = PostgresSettings::clone(settings);
            let ledger = PostgresLedger::connect(settings, &birth)
                .await
                .context("the database cannot be used")?;
            errand.run(ledger).await
        }
    }
}

struct Serve {
    listen: SocketAddr,
    settings: Settings,
    outside: Kept,
}

impl Errand for Serve {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        let listen = self.listen;
        let listener = tokio::net::TcpListener::bind(listen)
            .await
            .with_context(|| format!("{listen} cannot be had"))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut settings = self.settings;
        let _serving = self.outside.outside.as_ref().map(Outside::serving).transpose()?;
        if let Some(outside) = &self.outside.outside {
            settings.seal = Some(outside.seal(&ledger, &SystemEntropy, self.outside.new_seal).await?);
            settings.witness = Some(outside.witness());
        } else {
            tracing::warn!("no folder outside of the database is named: a restored database could not be recovered");
        }
        let ledger = Arc::new(ledger);
        let running = start(Arc::clone(&ledger), clock, settings, listener).await?;
        let condition = ledger.condition().await?;
        if !condition.is_sound() {
            eprintln!("{}", Standing(&condition));
        }
        println!("listening on {}", running.url());
        if let Some(url) = running.watched_url() {
            println!("watched at {url}");
        }
        std::io::stdout().flush()?;
        told_to_end().await?;
        running.stop().await;
        Ok(())
    }
}

struct Install(Region);

impl Errand for Install {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        ledger.install(&self.0, SystemClock.now()).await?;
        println!("{} schedules are in place", self.0.schedules.len());
        Ok(())
    }
}

struct Enrol(Channel);

impl Errand for Enrol {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        let code = issue(&ledger, &SystemEntropy, self.0, SystemClock.now()).await?;
        eprintln!("one desk of channel {}, within {VALID_DAYS} days:", self.0.name());
        println!("{code}");
        Ok(())
    }
}

struct Set(Channel, ServiceState);

impl Errand for Set {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        Ok(ledger.set_service_state(self.0, self.1, SystemClock.now()).await?)
    }
}

struct TakeIn(Vec<u8>);

impl Errand for TakeIn {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        let reply = take_in(&ledger, &self.0, SystemClock.now()).await?;
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

/// The report on leases, after a new policy was set where one is given.
struct Leases(Option<PathBuf>);

impl Errand for Leases {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        if let Some(path) = self.0 {
            let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            let policy: LeasePolicy =
                serde_json::from_str(&text).with_context(|| format!("{} is no policy", path.display()))?;
            ledger.set_lease_policy(&policy).await?;
        }
        print!("{}", Printed(&ledger.lease_report(SystemClock.now()).await?));
        let policy = ledger.lease_policy().await?;
        println!("\npolicy:\n{}", serde_json::to_string_pretty(&policy)?);
        Ok(())
    }
}

/// A desk, and whether it was stolen.
struct Revoke(DeskCode, bool);

impl Errand for Revoke {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        let Self(code, stolen) = self;
        let desk = ledger.desk_by_code(&code).await?;
        let desk = desk.with_context(|| format!("there is no desk {code}"))?;
        let voided = ledger.revoke(desk.id, stolen, SystemClock.now()).await?;
        if stolen {
            println!("desk {code} is revoked as stolen; {voided} places set aside for it are free");
        } else {
            println!("desk {code} is revoked; what it promised is kept until it is over");
        }
        Ok(())
    }
}

/// The case to be decided on, if one is.
struct Displaced(Option<(i64, Decided)>);

impl Errand for Displaced {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        if let Some((case, decision)) = self.0 {
            ensure!(ledger.decide(case, decision.into()).await?, "there is no case {case}");
        }
        for case in ledger.displaced().await? {
            println!("{}", Case(&case));
        }
        Ok(())
    }
}

struct Verify;

impl Errand for Verify {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
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
}
