//! The desk behind the window: made while the window opens already, asked through the one command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use lanterna_desk::rpc::{ErrorCode, Event, Reply, Request, RpcError};
use lanterna_desk::{Adapters, Desk, DeskConfig};
use tauri::{AppHandle, Emitter, State};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::arguments::Arguments;
use crate::{menu, notice};

/// Channel on which the screens hear news.
const NEWS: &str = "lanterna";

/// The desk, as soon as there is one.
pub struct Opening(watch::Receiver<Option<Arc<Desk>>>);

impl Opening {
    /// An opening, and the end into which the desk is put.
    pub fn new() -> (watch::Sender<Option<Arc<Desk>>>, Self) {
        let (sender, receiver) = watch::channel(None);
        (sender, Self(receiver))
    }

    /// Waits for the desk.
    ///
    /// # Errors
    /// When it could not be made.
    pub async fn desk(&self) -> Result<Arc<Desk>, RpcError> {
        let mut receiver = self.0.clone();
        let opened = receiver.wait_for(Option::is_some).await.ok();
        opened
            .and_then(|desk| desk.clone())
            .ok_or_else(|| ErrorCode::Internal.into())
    }
}

/// All that the screens can ask.
#[tauri::command]
pub async fn rpc(opening: State<'_, Opening>, request: Request) -> Result<Reply, RpcError> {
    opening.desk().await?.answer(request).await
}

/// Makes the desk, tells those who wait for it, and passes its news on to the screens.
pub async fn open(app: AppHandle, arguments: Arguments, data_dir: PathBuf, opened: watch::Sender<Option<Arc<Desk>>>) {
    match make(&arguments, data_dir.clone()).await {
        Ok(desk) => {
            // What a link brought with this launch waits for the scan field.
            if let Some(text) = &arguments.scan {
                desk.scanned(text);
            }
            opened.send_replace(Some(desk.clone()));
            pass_on_news(&desk, &app, &data_dir).await;
        }
        Err(error) => {
            tracing::error!("the desk cannot be opened: {error:#}");
            app.exit(1);
        }
    }
}

/// A demonstration starts its central first.
async fn make(arguments: &Arguments, data_dir: PathBuf) -> Result<Arc<Desk>> {
    let config = DeskConfig {
        data_dir,
        central_url: arguments.central.clone(),
        demonstration: None,
    };
    #[cfg(feature = "demo")]
    if let Some(schedules) = arguments.demonstration {
        let mut config = config;
        crate::demonstration::start(&mut config, schedules).await?;
        // The keychain is for the key of real patients.
        return Ok(Arc::new(Desk::new(config, Adapters::without_keychain())));
    }
    Ok(Arc::new(Desk::new(config, Adapters::system())))
}

/// Tells the screens the desk's news until either is gone; some of it concerns the window itself.
async fn pass_on_news(desk: &Desk, app: &AppHandle, data_dir: &Path) {
    let mut news = desk.watch();
    loop {
        match news.recv().await {
            Ok(event) => {
                match &event {
                    Event::UrgentConflict { .. } => notice::urgent(notice::locale(data_dir)),
                    Event::Preferences => speak(app, data_dir),
                    _ => {}
                }
                if let Err(error) = app.emit(NEWS, event) {
                    tracing::warn!(%error, "the screens cannot be told the news");
                }
            }
            // Screens fetch what they show: missed news cost nothing but a look.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => break,
        }
    }
}

/// The menus speak the language of the screens.
fn speak(app: &AppHandle, data_dir: &Path) {
    let changed = menu::bar(app, notice::locale(data_dir)).and_then(|bar| app.set_menu(bar).map(drop));
    if let Err(error) = changed {
        tracing::warn!(%error, "the menus keep their language");
    }
}
