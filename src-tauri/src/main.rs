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
mod notice;
mod outside;
mod second_launch;
mod window;

use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::{Context, Result};
use tauri::{App, RunEvent};

use crate::arguments::Arguments;
use crate::desk::Opening;
use crate::folder::{Folder, Taken};
use crate::look::KeptLook;

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LANTERNA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lanterna-desktop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments = Arguments::read()?;
    let folder = match Folder::take(&arguments)? {
        Taken::Ours(folder) => folder,
        Taken::Theirs(path) => {
            return second_launch::hand_over(&path, arguments.scan.as_deref().unwrap_or_default())
                .with_context(|| format!("another program uses {}", path.display()));
        }
    };
    let data_dir = folder.path().to_path_buf();
    // The desk's driver and the window share one runtime.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let (opened, opening) = Opening::new();
    let app = tauri::Builder::default()
        .manage(opening)
        .manage(KeptLook::read(&data_dir))
        .menu({
            let locale = notice::locale(&data_dir);
            move |app| menu::bar(app, locale)
        })
        .on_menu_event(|app, event| menu::chosen(app, &event))
        .invoke_handler(tauri::generate_handler![desk::rpc])
        .setup(|app| {
            window::open(app, &data_dir)?;
            tauri::async_runtime::spawn(outside::end_when_told(app.handle().clone()));
            tauri::async_runtime::spawn(outside::hear_second_launches(app.handle().clone(), data_dir.clone()));
            tauri::async_runtime::spawn(desk::open(app.handle().clone(), arguments, data_dir, opened));
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("the window cannot be opened")?;
    until_closed(app, folder, runtime);
    Ok(())
}

/// The event loop ends the process without coming back here: what is to be put away is put away inside.
fn until_closed(app: App, folder: Folder, runtime: tokio::runtime::Runtime) {
    let kept = Mutex::new(Some((folder, runtime)));
    app.run(move |app, event| {
        #[cfg(not(target_os = "macos"))]
        let _ = app;
        match event {
            RunEvent::Exit => {
                if let Some((folder, runtime)) = kept.lock().ok().and_then(|mut kept| kept.take()) {
                    runtime.shutdown_background();
                    drop(folder);
                }
            }
            // Here links do not come on the command line.
            #[cfg(target_os = "macos")]
            RunEvent::Opened { urls } => {
                for url in urls {
                    if let Some(text) = arguments::text_of_link(url.as_str()) {
                        outside::hand_to_scan_field(app, text);
                    }
                }
            }
            _ => {}
        }
    });
}
