//! The folder of the desk's files, taken by one window at a time.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use lanterna_desk::default_data_dir;

use crate::arguments::Arguments;

/// Beside the desk's files; a second window on the same folder finds it locked.
const LOCK: &str = "window.lock";

/// Who has the folder now.
pub enum Taken {
    /// This window.
    Ours(Folder),
    /// Another one, in this place.
    Theirs(PathBuf),
}

/// A folder that no other window uses while this lives.
pub struct Folder {
    path: PathBuf,
    /// Only for now: gone when the window is.
    passing: bool,
    _lock: File,
}

impl Folder {
    /// Takes the folder that arguments, environment or system name. A demonstration without one gets
    /// a passing folder of its own: its region begins today, and leaves nothing behind.
    ///
    /// # Errors
    /// When it cannot be made or locked.
    pub fn take(arguments: &Arguments) -> Result<Taken> {
        #[cfg(feature = "demo")]
        let passing = arguments.demonstration.is_some() && arguments.data_dir.is_none();
        #[cfg(not(feature = "demo"))]
        let passing = false;
        let path = match &arguments.data_dir {
            Some(path) => path.clone(),
            None if passing => std::env::temp_dir().join(format!("lanterna-dimostrazione-{}", std::process::id())),
            None => default_data_dir().context("no folder for the data: set LANTERNA_DATA_DIR")?,
        };
        make(&path).with_context(|| format!("the folder {} cannot be made", path.display()))?;
        let lock = File::create(path.join(LOCK)).with_context(|| format!("{} cannot be written", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Taken::Ours(Self {
                path,
                passing,
                _lock: lock,
            })),
            Err(TryLockError::WouldBlock) => Ok(Taken::Theirs(path)),
            Err(TryLockError::Error(error)) => Err(error).context("the folder of the data cannot be locked"),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.passing {
            // A demonstration's own; what cannot be taken away the system clears.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// For this user alone, where the system knows such folders.
fn make(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_windows_until_that_is_gone() {
        let path = std::env::temp_dir().join(format!("lanterna-folder-{}", std::process::id()));
        let arguments = Arguments {
            data_dir: Some(path.clone()),
            ..Arguments::default()
        };
        let take = || Folder::take(&arguments).unwrap();
        let first = take();
        assert!(matches!(first, Taken::Ours(_)));
        assert!(matches!(take(), Taken::Theirs(_)));
        drop(first);
        assert!(matches!(take(), Taken::Ours(_)));
        fs::remove_dir_all(path).unwrap();
    }
}
