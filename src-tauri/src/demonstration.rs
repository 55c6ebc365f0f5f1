//! The demonstration behind the window: an embedded central on a loopback port, behind the fault proxy
//! that the tests use.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Result;
use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_desk::{Demonstration, DeskConfig, ReadyPrescription};
use lanterna_model::access::Channel;

use crate::arguments::Arguments;

/// Seed of the demonstration region.
const SEED: u64 = 20_161_107;

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
        if up { self.0.proxy().restore() } else { self.0.proxy().cut() }
    }

    fn enrolment_code(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>> {
        Box::pin(async { self.0.enrolment_code(Channel::Mmg).await.ok() })
    }
}

/// Starts the central and makes the desk its own. The region is kept beside the desk's files, so
/// that a demonstration that is closed and opened again goes on.
pub async fn start(config: &mut DeskConfig, arguments: &Arguments) -> Result<()> {
    if arguments.data_dir.is_none() {
        config.data_dir = std::env::temp_dir().join(format!("lanterna-demo-{}", std::process::id()));
    }
    std::fs::create_dir_all(&config.data_dir)?;
    let central = Embedded::start(EmbeddedConfig {
        seed: SEED,
        schedules: arguments.schedules,
        database: Some(config.data_dir.join("central-dimostrativo.db")),
        background: true,
        ..EmbeddedConfig::default()
    })
    .await?;
    config.central_url = Some(central.url());
    config.demonstration = Some(Arc::new(Demo(central)));
    Ok(())
}
