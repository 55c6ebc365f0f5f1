//! The window: a shell around the desk. No SQL, no HTTP and no rule of booking lives here; everything
//! a screen wants goes through the one command `rpc`.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
#[cfg(feature = "demo")]
mod demonstration;
mod desk;
mod folder;
mod look;
mod menu;
mod window;

use std::sync::Mutex;

use anyhow::{Context, Result};
use tauri::{AppHandle, RunEvent};

use crate::arguments::Arguments;
use crate::desk::Opening;
use crate::folder::Folder;
use crate::look::KeptLook;

fn main() -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LANTERNA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::read()?;
    let folder = Folder::take(&arguments)?;
    let data_dir = folder.path().to_path_buf();
    // The desk's driver and the window share one runtime.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let (opened, opening) = Opening::new();
    let app = tauri::Builder::default()
        .manage(opening)
        .manage(KeptLook::read(&data_dir))
        .menu(menu::bar)
        .on_menu_event(|app, event| menu::chosen(app, &event))
        .invoke_handler(tauri::generate_handler![desk::rpc])
        .setup(|app| {
            window::open(app, &data_dir)?;
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(end_when_told(handle.clone()));
            tauri::async_runtime::spawn(async move {
                match desk::make(&arguments, data_dir).await {
                    Ok(desk) => {
                        opened.send_replace(Some(desk.clone()));
                        desk::pass_on_news(&desk, &handle).await;
                    }
                    Err(error) => {
                        tracing::error!("the desk cannot be opened: {error:#}");
                        handle.exit(1);
                    }
                }
            });
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("the window cannot be opened")?;
    // The event loop ends the process without coming back here: what is to be put away is put away inside.
    let kept = Mutex::new(Some((folder, runtime)));
    app.run(move |_, event| {
        if let RunEvent::Exit = event
            && let Some((folder, runtime)) = kept.lock().ok().and_then(|mut kept| kept.take())
        {
            runtime.shutdown_background();
            drop(folder);
        }
    });
    Ok(())
}

/// Told from outside to end, the program ends as it does when its window is closed.
async fn end_when_told(app: AppHandle) {
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
