//! The window: a shell around the desk. No SQL, no HTTP and no rule of booking lives here; everything
//! a screen wants goes through the one command `rpc`.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
#[cfg(feature = "demo")]
mod demonstration;

use std::sync::Arc;

use anyhow::{Context, Result};
use lanterna_desk::rpc::{Reply, Request, RpcError};
use lanterna_desk::{Adapters, Desk, DeskConfig, default_data_dir};
use tauri::{Emitter, Manager, State};
use tokio::sync::broadcast::error::RecvError;

use crate::arguments::Arguments;

/// Channel on which the screens hear news.
const NEWS: &str = "lanterna";

#[tauri::command]
async fn rpc(desk: State<'_, Arc<Desk>>, request: Request) -> Result<Reply, RpcError> {
    desk.answer(request).await
}

fn main() -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LANTERNA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::read()?;
    // The desk's driver and the window share one runtime.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let desk = Arc::new(runtime.block_on(desk(&arguments))?);
    tauri::Builder::default()
        .manage(desk)
        .invoke_handler(tauri::generate_handler![rpc])
        .setup(|app| {
            let (desk, handle) = (app.state::<Arc<Desk>>().inner().clone(), app.handle().clone());
            tauri::async_runtime::spawn(async move {
                let mut news = desk.watch();
                loop {
                    match news.recv().await {
                        Ok(event) => drop(handle.emit(NEWS, event)),
                        // Screens fetch what they show: missed news cost nothing but a look.
                        Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => break,
                    }
                }
            });
            Ok(())
        })
        .run(tauri::generate_context!())
        .context("the window cannot be opened")
}

async fn desk(arguments: &Arguments) -> Result<Desk> {
    let data_dir = match &arguments.data_dir {
        Some(dir) => dir.clone(),
        None => default_data_dir().context("no folder for the data: set LANTERNA_DATA_DIR")?,
    };
    #[cfg_attr(not(feature = "demo"), allow(unused_mut))]
    let mut config = DeskConfig { data_dir, central_url: arguments.central.clone(), demonstration: None };
    #[cfg(feature = "demo")]
    if arguments.demo {
        demonstration::start(&mut config, arguments).await?;
    }
    Ok(Desk::new(config, if arguments.demo { Adapters::without_keychain() } else { Adapters::system() }))
}
