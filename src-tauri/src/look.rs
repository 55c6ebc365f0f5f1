//! Size of the window, as it was left. How large things are shown in it is a matter of the screens.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use tauri::{LogicalSize, WebviewWindow};

const FILE: &str = "window.json";

/// How the window looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Look {
    /// Logical pixels.
    width: f64,
    /// Logical pixels.
    height: f64,
    maximized: bool,
}

/// The look that is kept in the desk's folder.
pub struct KeptLook {
    file: PathBuf,
    look: Mutex<Option<Look>>,
}

impl KeptLook {
    /// Reads what was left in a folder; what cannot be read counts as nothing.
    pub fn read(folder: &Path) -> Self {
        let file = folder.join(FILE);
        let look = fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .filter(sensible);
        Self {
            file,
            look: Mutex::new(look),
        }
    }

    /// Makes a window look as it was left.
    pub fn apply(&self, window: &WebviewWindow) -> tauri::Result<()> {
        let Some(look) = self.last() else { return Ok(()) };
        window.set_size(LogicalSize::new(look.width, look.height))?;
        if look.maximized {
            window.maximize()?;
        }
        Ok(())
    }

    /// Notes how the window looks now.
    pub fn keep(&self, window: &WebviewWindow) -> tauri::Result<()> {
        let look = self.of(window)?;
        self.set(look);
        if let Ok(bytes) = serde_json::to_vec(&look)
            && let Err(error) = fs::write(&self.file, bytes)
        {
            tracing::warn!(%error, "the size of the window is not kept");
        }
        Ok(())
    }

    fn of(&self, window: &WebviewWindow) -> tauri::Result<Look> {
        let last = self.last();
        let size: LogicalSize<f64> = window.inner_size()?.to_logical(window.scale_factor()?);
        let maximized = window.is_maximized()?;
        // The size to come back to is the one before the window was maximized.
        let (width, height) = match last {
            Some(last) if maximized => (last.width, last.height),
            _ => (size.width, size.height),
        };
        Ok(Look {
            width,
            height,
            maximized,
        })
    }

    fn last(&self) -> Option<Look> {
        *self.look.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn set(&self, look: Look) {
        *self.look.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(look);
    }
}

fn sensible(look: &Look) -> bool {
    let pixels = 100.0..=20_000.0;
    pixels.contains(&look.width) && pixels.contains(&look.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_makes_no_sense_is_not_believed() {
        let folder = std::env::temp_dir().join(format!("lanterna-look-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let read = |text: &str| {
            fs::write(folder.join(FILE), text).unwrap();
            KeptLook::read(&folder).last()
        };
        let good = r#"{"width":1400.0,"height":900.0,"maximized":true}"#;
        assert_eq!(
            read(good),
            Some(Look {
                width: 1400.0,
                height: 900.0,
                maximized: true
            })
        );
        assert_eq!(read(&good.replace("900.0", "9")), None);
        assert_eq!(read(&good.replace("1400.0", "-3.0")), None);
        assert_eq!(read("{"), None);
        fs::remove_dir_all(folder).unwrap();
    }
}
