//! Opening the desk that the commands work on.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use lanterna_desk::rpc::{LinkState, Reply, Request, RpcError, Stage, StageView, StatusView};
use lanterna_desk::{Adapters, Desk, DeskConfig, default_data_dir};

use crate::args::Arguments;
use crate::output::Printer;

/// How long a command that writes waits to know whether the central answers: longer than the desk
/// itself waits for it.
const LINK_PATIENCE: Duration = Duration::from_secs(10);

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
        let stage = session.look().await?;
        let opened = match stage.stage {
            Stage::NeedsKey => session.ask(Request::CreateKey { passphrase }).await?,
            Stage::Locked => session.ask(Request::Unlock { passphrase }).await?,
            Stage::NeedsEnrolment | Stage::FirstDownload | Stage::Ready => Reply::Stage(stage),
        };
        if matches!(opened, Reply::Stage(_)) {
            // A damaged mirror shows when it is read.
            session.desk.loaded().await.map_err(|error| session.words(&error))?;
            session.tell_set_aside(&session.look().await?);
        }
        Ok(session)
    }

    /// Opens the desk and waits until it knows whether the central answers: on line a booking then
    /// gets its outcome at once, off line it is queued.
    pub async fn linked(arguments: &Arguments) -> Result<Self> {
        let session = Self::open(arguments).await?;
        let mut news = session.desk.watch();
        let known = async {
            while session.status().await?.link == LinkState::Unknown {
                // The desk tells of every change; a second of silence is looked into anyway.
                let _ = tokio::time::timeout(Duration::from_secs(1), news.recv()).await;
            }
            Ok::<_, anyhow::Error>(())
        };
        // A central that says nothing for so long is as good as none.
        tokio::time::timeout(LINK_PATIENCE, known).await.unwrap_or(Ok(()))?;
        Ok(session)
    }

    /// Files that had to be replaced are told beside the answer, not in it.
    fn tell_set_aside(&self, view: &StageView) {
        for file in &view.set_aside {
            eprintln!("lanterna: {}", self.printer.set_aside(file));
        }
    }

    /// Asks the desk; a failure comes back in the words of the catalogue.
    pub async fn ask(&self, request: Request) -> Result<Reply> {
        self.desk.answer(request).await.map_err(|error| self.words(&error))
    }

    /// Where the desk stands.
    pub async fn stage(&self) -> Result<Stage> {
        Ok(self.look().await?.stage)
    }

    async fn look(&self) -> Result<StageView> {
        match self.ask(Request::Stage).await? {
            Reply::Stage(view) => Ok(view),
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
