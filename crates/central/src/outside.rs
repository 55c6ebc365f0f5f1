//! What a central keeps outside of its database: the key of its seal, which must survive a database that
//! is lost, and a witness of how far the ledger had come, by which one that was put back from a copy is
//! known when it starts (rule 13).
//!
//! Both are small files in one folder. Kept beside the database they tell a copied file; a machine put
//! back as a whole is told only by a folder that is somewhere else.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lanterna_wire::Cursor;
use lanterna_wire::snapshot::hex;

use crate::entropy::{Entropy, NoEntropy};
use crate::ledger::{CursorError, FenceReason, Ledger, LedgerError};
use crate::seal::Seal;
use chrono::{DateTime, Utc};
use lanterna_model::access::Channel;

const MARK: &str = "seal";

/// Why what lies outside cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The folder or a file in it cannot be read or written.
    #[error("{} cannot be used", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// The file of the seal does not hold a key.
    #[error("{} holds no key", .0.display())]
    NoKey(PathBuf),
    /// The ledger goes with another seal: what desks were told under that one would not be believed.
    #[error("the ledger goes with the seal {known}, and {} is not it", path.display())]
    OtherSeal {
        /// The mark of the seal it goes with.
        known: String,
        /// The file that holds another one, or none.
        path: PathBuf,
    },
    /// A process serves the ledger, or somebody begins another life of it.
    #[error("{} is held by another process: stop every central of this ledger first", .0.display())]
    InUse(PathBuf),
    /// See there.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// See there.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The folder, and what the files in it are named after.
#[derive(Clone, Debug)]
pub struct Outside {
    folder: PathBuf,
    name: String,
}

/// That a process serves the ledger, or that none does, until it is dropped.
#[derive(Debug)]
pub struct Watch(#[expect(dead_code, reason = "the lock ends with the file")] File);

/// The file of a witness.
#[derive(Clone, Debug)]
pub struct Witness(PathBuf);

impl Outside {
    /// In a folder, made where it is not there. Several ledgers may share it under different names.
    ///
    /// # Errors
    /// [`OutsideError::File`].
    pub fn in_folder(folder: &Path, name: &str) -> Result<Self, OutsideError> {
        fs::create_dir_all(folder).map_err(|error| file_error(folder, error))?;
        Ok(Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
        })
    }

    fn path(&self, kind: &str) -> PathBuf {
        self.folder.join(format!("{}.{kind}", self.name))
    }

    /// The witness.
    #[must_use]
    pub fn witness(&self) -> Witness {
        Witness(self.path("witness"))
    }

    /// Serves, beside any number of other processes.
    ///
    /// # Errors
    /// [`OutsideError::InUse`] while another life of the ledger is begun; [`OutsideError::File`].
    pub fn serving(&self) -> Result<Watch, OutsideError> {
        self.watch(File::try_lock_shared)
    }

    /// Sees to it that nobody serves: the witness of a running central would take the other life of the ledger
    /// for another ledger.
    ///
    /// # Errors
    /// [`OutsideError::InUse`] while a process on this machine serves it; [`OutsideError::File`].
    pub fn alone(&self) -> Result<Watch, OutsideError> {
        self.watch(File::try_lock)
    }

    fn watch(&self, lock: fn(&File) -> Result<(), TryLockError>) -> Result<Watch, OutsideError> {
        let path = self.path("serving");
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|error| file_error(&path, error))?;
        match lock(&file) {
            Ok(()) => Ok(Watch(file)),
            Err(TryLockError::WouldBlock) => Err(OutsideError::InUse(path)),
            Err(TryLockError::Error(error)) => Err(file_error(&path, error)),
        }
    }

    /// The seal that goes with a ledger. A ledger that goes with none yet gets the one that is there, or a
    /// new one; so does any when `anew`, and what desks were told before is not believed any more.
    ///
    /// # Errors
    /// [`OutsideError`]; above all [`OutsideError::OtherSeal`].
    pub async fn seal<L: Ledger>(&self, ledger: &L, entropy: &dyn Entropy, anew: bool) -> Result<Seal, OutsideError> {
        let path = self.path("seal");
        let known = ledger.note(MARK).await?.filter(|_| !anew);
        let found = read_key(&path)?;
        let seal = match (found, known) {
            (Some(seal), None) => seal,
            (Some(seal), Some(known)) if seal.mark() == known => return Ok(seal),
            (_, Some(known)) => return Err(OutsideError::OtherSeal { known, path }),
            (None, None) => {
                let mut key = [0; 32];
                entropy.fill(&mut key)?;
                write(&path, &format!("{}\n", hex(&key)))?;
                Seal::new(key)
            }
        };
        ledger.set_note(MARK, Some(&seal.mark())).await?;
        Ok(seal)
    }
}

impl Witness {
    /// A witness in a file.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// What it has seen last; none before the first time, or when the file cannot be read as one.
    #[must_use]
    pub fn seen(&self) -> Option<Cursor> {
        let text = fs::read_to_string(&self.0).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Has it see where the ledger stands.
    ///
    /// # Errors
    /// [`OutsideError::File`].
    pub fn see(&self, head: &Cursor) -> Result<(), OutsideError> {
        let text = serde_json::to_string(head).map_err(|error| file_error(&self.0, error.into()))?;
        write(&self.0, &text)
    }

    /// Asks it whether a ledger is the one it saw last, and fences the ledger if not. What it noticed is
    /// the answer, and whether nobody had noticed anything before.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub async fn check<L: Ledger>(
        &self,
        ledger: &L,
        now: DateTime<Utc>,
    ) -> Result<Option<(FenceReason, bool)>, LedgerError> {
        match self.seen() {
            Some(seen) => compare(&seen, ledger, now).await,
            None => Ok(None),
        }
    }
}

/// Whether a ledger is the one that was seen; it is fenced if not. What was noticed is the answer, and
/// whether nobody had noticed anything before.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub async fn compare<L: Ledger>(
    seen: &Cursor,
    ledger: &L,
    now: DateTime<Utc>,
) -> Result<Option<(FenceReason, bool)>, LedgerError> {
    let head = ledger.head().await?;
    let reason = if seen.epoch != head.epoch {
        FenceReason::Epoch
    } else {
        match ledger.changes(Channel::Desk, seen, 1).await {
            Err(CursorError::Ahead) => FenceReason::Witness {
                seq: seen.seq,
                head: head.seq,
            },
            // So old that nothing is kept of it: the ledger went on since.
            Ok(_) | Err(CursorError::Gone) => return Ok(None),
            Err(CursorError::Ledger(error)) => return Err(error),
        }
    };
    let raised = ledger.fence(&reason, now).await?;
    Ok(Some((reason, raised)))
}

fn file_error(path: &Path, error: io::Error) -> OutsideError {
    OutsideError::File {
        path: path.to_owned(),
        error,
    }
}

fn read_key(path: &Path) -> Result<Option<Seal>, OutsideError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_error(path, error)),
    };
    let digits = text.trim().as_bytes();
    let mut key = [0; 32];
    let pairs = digits.chunks_exact(2);
    let whole = digits.len() == 64 && pairs.remainder().is_empty();
    for (byte, pair) in key.iter_mut().zip(pairs) {
        let pair = std::str::from_utf8(pair)
            .ok()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = pair
            .filter(|_| whole)
            .ok_or_else(|| OutsideError::NoKey(path.to_owned()))?;
    }
    if whole {
        Ok(Some(Seal::new(key)))
    } else {
        Err(OutsideError::NoKey(path.to_owned()))
    }
}

/// Writes a file whole or not at all, for nobody else to read.
fn write(path: &Path, text: &str) -> Result<(), OutsideError> {
    let part = path.with_extension("new");
    let put = || -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    put().map_err(|error| file_error(path, error))
}
