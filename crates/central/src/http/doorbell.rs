//! The doorbell: says that the head of the feed moved, never what moved.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use lanterna_wire::Cursor;
use lanterna_wire::problem::Problem;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::MissedTickBehavior;

use super::auth::Caller;
use super::{ApiError, Central, Shared};
use crate::ledger::Ledger;

/// A comment comes at least this often, so that both sides notice a dead line.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Bookings within this time ring once.
const COALESCE: Duration = Duration::from_millis(50);
/// Between two lines of the log on requests that were turned away.
const TELL_EVERY: Duration = Duration::from_secs(60);
/// A sweep that is never done must not keep the bell from ringing.
const MOST_SWEEPS: u32 = 50;

/// Carries news of the head to whoever listens.
pub(super) struct Bell {
    head: watch::Sender<Cursor>,
    pulled: Arc<Notify>,
    room: Arc<Semaphore>,
}

impl Bell {
    pub(super) fn new(head: Cursor, listeners: usize) -> Self {
        Self {
            head: watch::Sender::new(head),
            pulled: Arc::default(),
            room: Arc::new(Semaphore::new(listeners)),
        }
    }

    /// What [`Bell::pull`] pulls, for who stands outside the service.
    pub(super) fn rope(&self) -> Arc<Notify> {
        Arc::clone(&self.pulled)
    }

    /// Who listens, of at most so many.
    pub(super) fn listeners(&self, most: usize) -> usize {
        most.saturating_sub(self.room.available_permits())
    }

    /// The number of the last row of the feed that was heard of.
    pub(super) fn head(&self) -> u64 {
        self.head.borrow().seq
    }

    /// Something may have moved the head.
    pub(super) fn pull(&self) {
        self.pulled.notify_one();
    }
}

/// Server-sent events `head`, each with a cursor as JSON: one at once, then one whenever the head
/// moved. The data come by `/v1/changes`.
#[utoipa::path(get, path = "/v1/doorbell",
    responses((status = 200, content_type = "text/event-stream", body = String), (status = "default", body = Problem)))]
pub(crate) async fn listen<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(_): Caller,
) -> Result<Response, ApiError> {
    let permit = Arc::clone(&central.bell.room)
        .try_acquire_owned()
        .map_err(|_| ApiError::Busy { retry_after: 30 })?;
    let mut head = central.bell.head.subscribe();
    head.mark_changed();
    let ending = central.ending.clone();
    let events = stream::unfold((head, ending, permit), async |(mut head, mut ending, permit)| {
        tokio::select! {
            changed = head.changed() => changed.ok()?,
            () = over(&mut ending) => return None,
        }
        let cursor = head.borrow_and_update().clone();
        let event = Event::default().event("head").json_data(cursor).unwrap_or_default();
        Some((Ok::<_, Infallible>(event), (head, ending, permit)))
    });
    let kept = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((kept, Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))).into_response())
}

/// Waits for the end of the service.
async fn over(ending: &mut watch::Receiver<bool>) {
    // A service that was dropped has ended too.
    drop(ending.wait_for(|ending| *ending).await);
}

impl<L: Ledger> Central<L> {
    /// Rings when the head has moved, by this process or another, sweeps the ledger and tells of crowds,
    /// until the service ends.
    pub(super) async fn keep(self: Arc<Self>) {
        let mut ending = self.ending.clone();
        let mut look = tokio::time::interval(self.settings.watch_every);
        let mut sweep = tokio::time::interval(self.settings.sweep_every);
        let mut tell = tokio::time::interval(TELL_EVERY);
        tell.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = over(&mut ending) => return,
                () = self.bell.pulled.notified() => {}
                () = self.ledger.stirred() => {}
                _ = look.tick() => {}
                _ = sweep.tick() => self.sweep().await,
                _ = tell.tick() => {
                    if let Some(away) = self.meter.turned_away() {
                        tracing::warn!(away, "requests were told to come back");
                    }
                }
            }
            if let Ok(Ok(head)) = self.ask(async |ledger: &L| ledger.head().await).await {
                self.witness(&head).await;
                let moved = self.bell.head.send_if_modified(|known| {
                    let moved = *known != head;
                    *known = head;
                    moved
                });
                if moved {
                    tokio::time::sleep(COALESCE).await;
                }
            }
        }
    }

    /// Has the witness see how far the ledger has come. Where it saw more, the ledger was put back from a
    /// copy under the running service: what it saw stays.
    async fn witness(&self, head: &Cursor) {
        let Some(witness) = self.settings.witness.clone() else {
            return;
        };
        let known = self.bell.head.borrow().clone();
        let went_on = known.epoch == head.epoch && known.seq <= head.seq;
        if went_on && (known == *head && witness.seen().as_ref() == Some(head)) {
            return;
        }
        let (head, now) = (head.clone(), self.clock.now());
        let done = self
            .ask(async move |ledger: &L| match witness.check(ledger, now).await? {
                Some((reason, raised)) => Ok(raised.then_some(reason)),
                None => witness.see(&head).map(|()| None),
            })
            .await;
        match done {
            Ok(Ok(Some(reason))) => tracing::error!(%reason, "the ledger is not the one it was: it is fenced"),
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the witness could not be asked"
                );
            }
            Ok(Ok(None)) | Err(_) => {}
        }
    }

    async fn sweep(&self) {
        for _ in 0..MOST_SWEEPS {
            let (retention, now) = (self.settings.retention, self.clock.now());
            match self
                .ask(async move |ledger: &L| ledger.sweep(&retention, now).await)
                .await
            {
                Ok(Ok(swept)) => {
                    self.meter.swept(&swept);
                    if !swept.more {
                        return;
                    }
                }
                Ok(Err(error)) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the ledger could not be swept"
                    );
                    return;
                }
                Err(_) => return,
            }
        }
    }
}
