//! A whole central of a demonstration in this process: ledger, service and fault proxy, on loopback
//! ports that the system chooses. It is the same central as the one that runs by itself: those who
//! use it speak HTTP to it and enrol with a code.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use lanterna_model::access::Channel;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::{Minute, rome_today};
use lanterna_wire::hold::ConflictReason;
use lanterna_wire::status::ServiceState;
use tokio::net::TcpListener;

use crate::clock::{Clock, SystemClock};
use crate::demo::{self, Deed};
use crate::enrolment::{IssueError, issue};
use crate::entropy::{Entropy, NoEntropy, SystemEntropy};
use crate::http::{Running, Settings, StartError, start};
use crate::ledger::{Fault, ForeignBooking, LeasePolicy, Ledger, LedgerError, Region, SqliteLedger};
use crate::outside::{Outside, OutsideError};
use crate::proxy::FaultProxy;
use crate::seal::Seal;

/// What kind of demonstration it is to be.
#[derive(Clone)]
pub struct EmbeddedConfig {
    /// From which region, prescriptions and the bookings of others follow.
    pub seed: u64,
    /// Schedules of the region; 8,000 are the full one.
    pub schedules: usize,
    /// The central's clock; the region begins on its today.
    pub clock: Arc<dyn Clock>,
    /// The ledger's file; in memory where there is none.
    pub database: Option<PathBuf>,
    /// Others go on booking and cancelling.
    pub background: bool,
    /// How the central serves; name and mark of the demonstration are set over it.
    pub settings: Settings,
}

impl Default for EmbeddedConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            schedules: 600,
            clock: Arc::new(SystemClock),
            database: None,
            background: false,
            settings: Settings::default(),
        }
    }
}

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No port could be had.
    #[error("no loopback port can be had")]
    Port(#[from] std::io::Error),
    /// See there.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// See there.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// See there.
    #[error(transparent)]
    Start(#[from] StartError),
    /// See there.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// The ledger breaks its own rules.
    #[error("{} invariants of the ledger do not hold", .0.len())]
    Unsound(Vec<Fault>),
}

/// A demonstration that runs. Dropped, it ends by itself soon after.
pub struct Embedded {
    ledger: Arc<SqliteLedger>,
    clock: Arc<dyn Clock>,
    running: Running,
    proxy: FaultProxy,
    seed: u64,
    crowd: Option<Crowd>,
}

/// Time between two doings of the others.
const CROWD_PACE: Duration = Duration::from_millis(1_500);

/// The others who book and cancel; they end with the demonstration.
struct Crowd(tokio::task::AbortHandle);

impl Drop for Crowd {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Embedded {
    /// Starts a central on the demonstration region of the seed, with the bookings of others where
    /// they are wanted. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// [`EmbeddedError`] when ports, file or memory cannot be had.
    pub async fn start(config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let (seed, schedules, background) = (config.seed, config.schedules, config.background);
        let mut central = Self::start_on(config, |today| demo::region(seed, schedules, today)).await?;
        if central.ledger.lease_policy().await? == LeasePolicy::default() {
            central.ledger.set_lease_policy(&demo::lease_policy()).await?;
        }
        if background {
            central.crowd(schedules);
        }
        Ok(central)
    }

    /// The made-up prescriptions that fill the form, dated from the central's today.
    #[must_use]
    pub fn prescriptions(&self) -> Vec<demo::DemoPrescription> {
        demo::prescriptions(self.seed, rome_today(self.clock.now()))
    }

    /// Others go on booking and cancelling until the demonstration ends.
    fn crowd(&mut self, schedules: usize) {
        let today = rome_today(self.clock.now());
        let region = demo::region(self.seed, schedules, today);
        let mut deeds = demo::background(self.seed, &region);
        let (ledger, clock, rope) = (Arc::clone(&self.ledger), Arc::clone(&self.clock), self.running.rope());
        let task = tokio::spawn(async move {
            let mut live: Vec<ForeignBooking> = Vec::new();
            loop {
                tokio::time::sleep(CROWD_PACE).await;
                let now = clock.now();
                // A refusal is how it goes when somebody else was quicker.
                let done = match deeds.next(Minute::containing(now), live.len()) {
                    Some(Deed::Book { span, class }) => {
                        let booked = ledger.foreign_booking(&span, class, now).await;
                        booked.map(|booked| live.extend(booked))
                    }
                    Some(Deed::Cancel { which }) => {
                        let booking = live.swap_remove(which);
                        ledger.foreign_cancellation(booking, now).await.map(drop)
                    }
                    None => Ok(()),
                };
                if let Err(error) = done {
                    tracing::warn!(%error, "the others of the demonstration stumbled");
                }
                rope.notify_one();
            }
        });
        self.crowd = Some(Crowd(task.abort_handle()));
    }

    /// Starts a central on a region made by `region`, which is asked only where the ledger has none
    /// yet. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// [`EmbeddedError`] when ports, file or memory cannot be had.
    pub async fn start_on(
        config: EmbeddedConfig,
        region: impl FnOnce(NaiveDate) -> Region,
    ) -> Result<Self, EmbeddedError> {
        let birth = SystemEntropy.birth()?;
        let ledger = Arc::new(match &config.database {
            Some(path) => SqliteLedger::open(path, &birth)?,
            None => SqliteLedger::in_memory(&birth)?,
        });
        let clock = config.clock;
        furnish(&*ledger, clock.now(), region).await?;
        let settings = Settings {
            demonstration: true,
            seal: Some(seal(&ledger, config.database.as_deref()).await?),
            ..config.settings
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let running = start(Arc::clone(&ledger), Arc::clone(&clock), settings, listener).await?;
        let proxy = FaultProxy::start(running.addr()).await?;
        Ok(Self {
            ledger,
            clock,
            running,
            proxy,
            seed: config.seed,
            crowd: None,
        })
    }

    /// Where desks reach it, through the proxy.
    #[must_use]
    pub fn url(&self) -> String {
        self.proxy.url()
    }

    /// Where it is reached whatever the proxy does.
    #[must_use]
    pub fn direct_url(&self) -> String {
        self.running.url()
    }

    /// The proxy in front of it.
    #[must_use]
    pub fn proxy(&self) -> &FaultProxy {
        &self.proxy
    }

    /// A one-time code with which a desk enrols.
    ///
    /// # Errors
    /// [`IssueError`] when randomness or the ledger fails.
    pub async fn enrolment_code(&self, channel: Channel) -> Result<String, IssueError> {
        issue(&*self.ledger, &SystemEntropy, channel, self.clock.now()).await
    }

    /// Somebody else books a place; the reason when it cannot be had.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub async fn take_place(&self, span: &SlotSpan) -> Result<Result<ForeignBooking, ConflictReason>, LedgerError> {
        let taken = self.ledger.foreign_booking(span, None, self.clock.now()).await;
        self.running.ring();
        taken
    }

    /// Says what a channel may do from now on.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub async fn set_service_state(&self, channel: Channel, state: ServiceState) -> Result<(), LedgerError> {
        self.ledger.set_service_state(channel, state, self.clock.now()).await
    }

    /// Checks every invariant of the ledger and counts the bookings that have their places.
    ///
    /// # Errors
    /// [`EmbeddedError::Unsound`] with what does not hold.
    pub async fn verify(&self) -> Result<u64, EmbeddedError> {
        let found = self.ledger.verify().await?;
        if found.is_sound() {
            Ok(found.live)
        } else {
            Err(EmbeddedError::Unsound(found.faults))
        }
    }

    /// The ledger, for what a test has to know of it.
    #[must_use]
    pub fn ledger(&self) -> &Arc<SqliteLedger> {
        &self.ledger
    }

    /// Ends it and waits for that.
    pub async fn stop(self) {
        drop(self.crowd);
        drop(self.proxy);
        self.running.stop().await;
    }
}

/// What a ledger's outcomes and leases are sealed with: the key lies beside its file, and nowhere where it has none.
async fn seal(ledger: &SqliteLedger, database: Option<&Path>) -> Result<Seal, EmbeddedError> {
    let Some((folder, name)) = database.and_then(|file| file.parent().zip(file.file_name())) else {
        let mut key = [0; 32];
        SystemEntropy.fill(&mut key)?;
        return Ok(Seal::new(key));
    };
    let outside = Outside::in_folder(folder, &name.to_string_lossy())?;
    Ok(outside.seal(ledger, &SystemEntropy, false).await?)
}

/// Puts a region in place where there is none.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub async fn furnish<L: Ledger>(
    ledger: &L,
    now: DateTime<Utc>,
    region: impl FnOnce(NaiveDate) -> Region,
) -> Result<(), LedgerError> {
    match ledger.catalogue(Channel::Desk).await {
        Ok(_) => Ok(()),
        Err(LedgerError::NotInstalled) => ledger.install(&region(rome_today(now)), now).await,
        Err(error) => Err(error),
    }
}
