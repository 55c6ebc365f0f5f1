//! The one window.

use std::path::Path;

use anyhow::{Context, Result};
use tauri::{App, Manager, Url, WebviewWindow, WebviewWindowBuilder, WindowEvent};

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
    draw_by_itself(&window)?;
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

/// Forms and lists are drawn without the graphics card (adr/0011): it gives them nothing, takes memory in two processes,
/// and where it is emulated frames come late.
#[cfg(target_os = "linux")]
fn draw_by_itself(window: &WebviewWindow) -> Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

    window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn draw_by_itself(_: &WebviewWindow) -> Result<()> {
    Ok(())
}

/// The window shows the screens built into it and nothing else.
fn own(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}
