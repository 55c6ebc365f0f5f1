//! The one window.

use std::path::Path;

use anyhow::{Context, Result};
use tauri::{App, Manager, Url, WebviewWindowBuilder, WindowEvent};

use crate::look::KeptLook;

/// Its label.
pub const MAIN: &str = "main";

/// Opens it as it was left. What the web view keeps stands in the desk's folder too.
pub fn open(app: &App, data_dir: &Path) -> Result<()> {
    let config = app
        .config()
        .app
        .windows
        .first()
        .context("tauri.conf.json has no window")?;
    let window = WebviewWindowBuilder::from_config(app, config)?
        .data_directory(data_dir.join("webview"))
        .on_navigation(own)
        .build()?;
    app.state::<KeptLook>().apply(&window)?;
    let (closing, handle) = (window.clone(), app.handle().clone());
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { .. } = event
            && let Err(error) = handle.state::<KeptLook>().keep(&closing)
        {
            tracing::warn!(%error, "the size of the window is not known");
        }
    });
    Ok(())
}

/// The window shows the screens built into it and nothing else.
fn own(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}
