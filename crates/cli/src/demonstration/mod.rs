//! The demonstration on the command line: the embedded central behind its fault proxy, and the main
//! journey printed step by step.

mod clock;
mod journey;
mod steps;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Result;
use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_desk::{Demonstration, ReadyPrescription};
use lanterna_model::access::Channel;

pub use clock::DemoClock;
pub use journey::journey;

/// Seed of the demonstration region.
pub const SEED: u64 = 20_161_107;

/// An embedded central, as a desk's demonstration.
pub struct Demo {
    /// The central.
    pub central: Embedded,
}

impl Demo {
    /// Starts a central on a region of so many schedules, its ledger in a file or in memory. Nobody
    /// books there but those who are told to.
    pub async fn start(schedules: usize, clock: DemoClock, database: Option<PathBuf>) -> Result<Arc<Self>> {
        let central = Embedded::start(EmbeddedConfig {
            seed: SEED,
            schedules,
            clock: Arc::new(clock),
            database,
            ..EmbeddedConfig::default()
        })
        .await?;
        Ok(Arc::new(Self { central }))
    }
}

impl Demonstration for Demo {
    fn prescriptions(&self) -> Vec<ReadyPrescription> {
        self.central
            .prescriptions()
            .into_iter()
            .map(|ready| ReadyPrescription {
                id: ready.id,
                title: ready.title,
                patient: ready.patient,
                prescription: ready.prescription,
            })
            .collect()
    }

    fn link_up(&self) -> bool {
        self.central.proxy().is_up()
    }

    fn set_link(&self, up: bool) {
        if up {
            self.central.proxy().restore()
        } else {
            self.central.proxy().cut()
        }
    }

    fn direct_url(&self) -> String {
        self.central.direct_url()
    }

    fn enrolment_code(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>> {
        Box::pin(async { self.central.enrolment_code(Channel::Mmg).await.ok() })
    }
}
