//! Opening the desk that the commands work on.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use lanterna_desk::rpc::{Reply, Request, RpcError, Stage, StatusView};
use lanterna_desk::{Adapters, Desk, DeskConfig, default_data_dir};

use crate::args::Arguments;
use crate::output::Printer;

/// An open desk and the way to print what it says.
pub struct Session {
    /// The desk.
    pub desk: Arc<Desk>,
    /// The way to print.
    pub printer: Printer,
}

/// The folder and the passphrase as the arguments name them.
pub fn config(arguments: &Arguments) -> Result<(DeskConfig, Option<String>)> {
    let data_dir: PathBuf = match &arguments.data_dir {
        Some(dir) => dir.clone(),
        None => default_data_dir().context("no folder for the data: set LANTERNA_DATA_DIR")?,
    };
    let passphrase = match &arguments.passphrase_file {
        Some(file) => {
            let text = std::fs::read_to_string(file).context("the passphrase file cannot be read")?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        None => None,
    };
    Ok((
        DeskConfig {
            data_dir,
            central_url: arguments.central.clone(),
            demonstration: None,
        },
        passphrase,
    ))
}

impl Session {
    /// Opens the desk; it must be enrolled already.
    pub async fn open(arguments: &Arguments) -> Result<Self> {
        let session = Self::unlocked(arguments).await?;
        let stage = session.stage().await?;
        if matches!(stage, Stage::NeedsKey | Stage::NeedsEnrolment) {
            bail!("this desk is not enrolled: run `lanterna enrol --code …`");
        }
        Ok(session)
    }

    /// Opens the desk as far as key and passphrase go, making the key where there is none.
    pub async fn unlocked(arguments: &Arguments) -> Result<Self> {
        let (config, passphrase) = config(arguments)?;
        let desk = Desk::new(config, Adapters::system());
        let session = Self {
            desk: Arc::new(desk),
            printer: Printer::new(arguments.json),
        };
        match session.stage().await? {
            Stage::NeedsKey => drop(session.ask(Request::CreateKey { passphrase }).await?),
            Stage::Locked => drop(session.ask(Request::Unlock { passphrase }).await?),
            Stage::NeedsEnrolment | Stage::FirstDownload | Stage::Ready => {}
        }
        Ok(session)
    }

    /// Asks the desk; a failure comes back in the words of the catalogue.
    pub async fn ask(&self, request: Request) -> Result<Reply> {
        self.desk.answer(request).await.map_err(|error| self.words(&error))
    }

    /// Where the desk stands.
    pub async fn stage(&self) -> Result<Stage> {
        match self.ask(Request::Stage).await? {
            Reply::Stage(view) => Ok(view.stage),
            _ => bail!("the desk gave another answer"),
        }
    }

    /// The status bar.
    pub async fn status(&self) -> Result<StatusView> {
        match self.ask(Request::Status).await? {
            Reply::Status(view) => Ok(view),
            _ => bail!("the desk gave another answer"),
        }
    }

    fn words(&self, error: &RpcError) -> anyhow::Error {
        anyhow::anyhow!(self.printer.error(error))
    }
}
