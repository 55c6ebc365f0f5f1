//! What an administrator does about a ledger that went back in time.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use lanterna_central::account::{Awaiting, Standing};
use lanterna_central::clock::{Clock, SystemClock};
use lanterna_central::entropy::{Entropy, SystemEntropy};
use lanterna_central::ledger::{Condition, Ledger};
use lanterna_central::outside::Outside;
use lanterna_model::booking_number::DeskCode;

use crate::{Database, Errand};

/// What lies outside of the database.
#[derive(Args)]
pub struct Outer {
    /// The folder for the key of the seal and the witness of the head: best on another disk or machine
    /// than the database, and in its own backup. Beside the ledger's file where none is given.
    #[arg(long, env = "LANTERNA_CENTRAL_OUTSIDE")]
    pub outside: Option<PathBuf>,
    /// The key of the seal is lost: begin with a new one. What desks were told under the old one is not
    /// believed any more.
    #[arg(long)]
    pub new_seal: bool,
}

/// What to do about a recovery.
#[derive(Clone, Copy, ValueEnum)]
pub enum Act {
    /// Says how far it has come.
    Status,
    /// Ends it, unless desks are missing that are not written off.
    End,
    /// Takes away a fence that was raised by a false alarm.
    Lift,
}

/// The folder outside of the database, and whether its seal is a new one.
pub struct Kept {
    pub outside: Option<Outside>,
    pub new_seal: bool,
}

impl Outer {
    /// Beside a ledger's file, or in the folder that was named. A database on a server has nothing beside
    /// it: without a folder nothing is sealed and nothing is witnessed.
    ///
    /// Errors: when the folder cannot be made.
    pub fn of(&self, database: &Database) -> Result<Kept> {
        let outside = match (&self.outside, database) {
            (Some(folder), Database::File(file)) => Some(Outside::in_folder(folder, &named(file))?),
            (Some(folder), Database::Server(_)) => Some(Outside::in_folder(folder, "ledger")?),
            (None, Database::File(file)) => {
                let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
                Some(Outside::in_folder(folder.unwrap_or(Path::new(".")), &named(file))?)
            }
            (None, Database::Server(_)) => None,
        };
        let new_seal = self.new_seal;
        Ok(Kept { outside, new_seal })
    }
}

fn named(file: &Path) -> String {
    file.file_name()
        .map_or_else(|| "ledger".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Begins another life of a ledger.
pub struct Recover(pub Kept);

impl Errand for Recover {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        let outside = self
            .0
            .outside
            .context("name the folder outside of the database: its seal is needed")?;
        let _alone = outside.alone()?;
        // What the desks bring is believed by this seal alone.
        outside.seal(&ledger, &SystemEntropy, self.0.new_seal).await?;
        ledger.recover(SystemEntropy.birth()?.epoch, SystemClock.now()).await?;
        outside.witness().see(&ledger.head().await?)?;
        recovering(&ledger).await
    }
}

/// Says how far a recovery has come, and decides on it.
pub struct Recovering {
    /// Desks to go on without.
    pub write_off: Vec<DeskCode>,
    /// What to do.
    pub act: Act,
}

impl Errand for Recovering {
    async fn run<L: Ledger>(self, ledger: L) -> Result<()> {
        for code in &self.write_off {
            let desk = ledger.desk_by_code(code).await?;
            let desk = desk.with_context(|| format!("there is no desk {code}"))?;
            let awaited = ledger.write_off(desk.id, SystemClock.now()).await?;
            ensure!(awaited, "nobody waits for desk {code}");
        }
        match self.act {
            Act::Status => {}
            Act::Lift => ensure!(ledger.lift(SystemClock.now()).await?, "there is no fence"),
            Act::End => {
                let missing = ledger
                    .awaited()
                    .await?
                    .iter()
                    .filter(|it| it.report.is_missing())
                    .count();
                if missing > 0 {
                    recovering(&ledger).await?;
                    bail!("{missing} desks have not told all: wait for them, or write them off one by one");
                }
                let fenced = matches!(ledger.condition().await?, Condition::Fenced { .. });
                ensure!(
                    !fenced,
                    "the ledger is fenced: begin a recovery, or take the fence away"
                );
            }
        }
        recovering(&ledger).await
    }
}

async fn recovering<L: Ledger>(ledger: &L) -> Result<()> {
    println!("{}", Standing(&ledger.condition().await?));
    for awaited in ledger.awaited().await? {
        println!("{}", Awaiting(&awaited));
    }
    Ok(())
}
