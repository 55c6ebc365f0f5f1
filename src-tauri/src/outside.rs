//! What reaches the program from outside while its window is open.

use std::path::PathBuf;

use tauri::{AppHandle, Manager};

use crate::desk::Opening;
use crate::{second_launch, window};

/// Told from outside to end, the program ends as it does when its window is closed.
pub async fn end_when_told(app: AppHandle) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut end), Ok(mut stop)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
            return;
        };
        tokio::select! {
            _ = end.recv() => {}
            _ = stop.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    app.exit(0);
}

/// A second launch brings the window to the front; the text it may bring goes to the scan field.
pub async fn hear_second_launches(app: AppHandle, data_dir: PathBuf) {
    let heard = second_launch::hear(&data_dir, |text| {
        if let Some(window) = app.get_webview_window(window::MAIN) {
            let _ = window.unminimize().and_then(|()| window.set_focus());
        }
        if !text.is_empty() {
            hand_to_scan_field(&app, text.to_owned());
        }
    });
    if let Err(error) = heard.await {
        tracing::warn!(%error, "a second launch will not reach this window");
    }
}

/// A text waits at the desk until there is a scan field that takes it; nothing is done with it before
/// somebody has looked at it there.
pub fn hand_to_scan_field(app: &AppHandle, text: String) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Ok(desk) = app.state::<Opening>().desk().await {
            desk.scanned(&text);
        }
    });
}
