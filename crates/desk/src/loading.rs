//! Reading the mirror in the background: how long the desk takes to open does not depend on the size of the region.
//!
//! The first screen, the lock and the engine do not wait for it; whoever needs catalogue or places does.

use std::sync::Arc;

use lanterna_store::StoreError;

use crate::driver::Core;
use crate::rpc;

impl Core {
    /// Begins to read the mirror, on a thread of its own.
    pub(crate) fn load(self: &Arc<Self>) {
        let core = self.clone();
        tokio::task::spawn_blocking(move || {
            let before = core.store().set_aside().len();
            // What cannot be read now is tried again by whoever asks for it.
            if let Err(error) = core.read_mirror() {
                tracing::error!(%error, "the mirror cannot be read");
            }
            let damaged = core.store().set_aside().len() > before;
            core.loaded.send_replace(true);
            core.tell(if damaged { rpc::Event::Stage } else { rpc::Event::Status });
        });
    }

    fn read_mirror(&self) -> Result<(), StoreError> {
        loop {
            // The store is free for others while the file is read.
            let Some(loader) = self.store().loader() else {
                return Ok(());
            };
            let loaded = loader.load();
            if self.store().adopt(loaded)? {
                return Ok(());
            }
        }
    }

    /// Waits until the mirror was read.
    pub(crate) async fn is_loaded(&self) {
        // The sender lives as long as this.
        let _ = self.loaded.subscribe().wait_for(|loaded| *loaded).await;
    }
}
