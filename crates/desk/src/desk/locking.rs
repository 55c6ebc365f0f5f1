//! Locking, unlocking, and what may be asked of a locked desk.
//!
//! A lock shuts the screens, not the files: queued bookings are sent and answers received behind it,
//! and what was typed stays where it is. It opens by the same secret as the files.

use std::sync::atomic::Ordering;

use super::Desk;
use crate::driver::Core;
use crate::fault::Answered;
use crate::preferences;
use crate::rpc::{DiagnosticsView, ErrorCode, Event, Preferences, Request, RpcError, StageView};
use crate::stage::{self, KeyState};

impl Desk {
    pub(super) fn is_locked(&self) -> bool {
        self.locked.load(Ordering::Acquire)
    }

    /// A locked desk tells figures, and nothing of anybody.
    pub(super) fn let_in(&self, request: &Request) -> Answered<()> {
        let harmless = matches!(
            request,
            Request::Stage
                | Request::Unlock { .. }
                | Request::Lock
                | Request::Status
                | Request::SyncNow
                | Request::Preferences
                | Request::SetPreferences { .. }
        );
        if self.is_locked() && !harmless {
            Err(ErrorCode::Locked.into())
        } else {
            Ok(())
        }
    }

    /// Only what was opened can be locked.
    pub(super) async fn lock(&self) -> Answered<StageView> {
        if let Ok(core) = self.core_at_once().await {
            self.locked.store(true, Ordering::Release);
            self.note(&core, "lock");
        }
        self.stage().await
    }

    pub(super) async fn unlock(&self, passphrase: Option<String>) -> Answered<StageView> {
        let locked = self.is_locked();
        let opened = self.open.read().await.is_some();
        if opened && !locked {
            return self.stage().await;
        }
        let (dir, keychain) = (self.config.data_dir.clone(), self.adapters.keychain.clone());
        let key = tokio::task::spawn_blocking(move || {
            if stage::wrapped(&dir) {
                return stage::unwrap(&dir, passphrase.as_deref());
            }
            match stage::find(&dir, keychain.as_ref()) {
                KeyState::Open(key) => Ok(key),
                KeyState::None | KeyState::Wrapped | KeyState::Missing => {
                    Err(RpcError::new(ErrorCode::KeychainSilent).at("passphrase"))
                }
            }
        });
        let key = key.await.map_err(|_| RpcError::from(ErrorCode::Internal))??;
        if !opened {
            self.open_store(key).await?;
        }
        if locked {
            self.locked.store(false, Ordering::Release);
            self.note(&*self.core_at_once().await?, "unlock");
        }
        self.stage().await
    }

    /// A full disk keeps no desk open, and none shut.
    fn note(&self, core: &Core, what: &str) {
        let now = self.adapters.clock.now().wall;
        if let Err(error) = core.store().transaction(|tx| tx.desk().log(what, "", now)) {
            tracing::warn!(%error, what, "not in the access log");
        }
    }

    pub(super) fn prefer(&self, wanted: &Preferences) -> Answered<Preferences> {
        preferences::keep(&self.config.data_dir, wanted)?;
        // Nobody may be watching: that is no failure.
        let _ = self.news.send(Event::Preferences);
        Ok(*wanted)
    }

    pub(super) async fn diagnostics(&self) -> Answered<DiagnosticsView> {
        let findings = self.verify().await?.len();
        let figures = self.mirror_figures().await?;
        let bounded = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(DiagnosticsView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            schedules: bounded(figures.schedules),
            slots: figures.slots as u64,
            chunk_bytes: figures.bytes,
            findings: bounded(findings),
            passphrase: stage::wrapped(&self.config.data_dir),
        })
    }
}
