//! The demonstration behind the window: an embedded central on a loopback port, behind the fault proxy
//! that the tests use.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Result;
use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_desk::{Demonstration, DeskConfig, ReadyPrescription};
use lanterna_model::access::Channel;

/// Seed of the demonstration region.
const SEED: u64 = 20_161_107;
/// The ledger, beside the desk's files: a demonstration in a folder of its own goes on where it was left.
const LEDGER: &str = "central-dimostrativo.db";

struct Demo(Embedded);

impl Demonstration for Demo {
    fn prescriptions(&self) -> Vec<ReadyPrescription> {
        self.0
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
        self.0.proxy().is_up()
    }

    fn set_link(&self, up: bool) {
        if up {
            self.0.proxy().restore()
        } else {
            self.0.proxy().cut()
        }
    }

    fn direct_url(&self) -> String {
        self.0.direct_url()
    }

    fn enrolment_code(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>> {
        Box::pin(async { self.0.enrolment_code(Channel::Mmg).await.ok() })
    }
}

/// Starts the central and makes the desk its own.
pub async fn start(config: &mut DeskConfig, schedules: usize) -> Result<()> {
    let central = Embedded::start(EmbeddedConfig {
        seed: SEED,
        schedules,
        database: Some(config.data_dir.join(LEDGER)),
        background: true,
        ..EmbeddedConfig::default()
    })
    .await?;
    config.central_url = Some(central.url());
    config.demonstration = Some(Arc::new(Demo(central)));
    Ok(())
}
