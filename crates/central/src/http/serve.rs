//! Beginning and ending the service.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::doorbell::Bell;
use super::{Central, Settings, catalogue, door, meter, router, snapshot, watch as watched};
use crate::clock::Clock;
use crate::ledger::{Ledger, LedgerError};

/// Why the service did not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The listener is of no use.
    #[error("the service cannot listen")]
    Listen(#[from] std::io::Error),
    /// See there.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// A service that runs. Dropped, it ends by itself soon after; [`Running::stop`] waits for it.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    ending: watch::Sender<bool>,
    grace: std::time::Duration,
    bell: Arc<Notify>,
    serving: JoinHandle<()>,
    keeping: JoinHandle<()>,
    watched: Option<(SocketAddr, JoinHandle<()>)>,
}

/// Serves a ledger on a listener.
///
/// # Errors
/// [`StartError`] when the listener or the ledger cannot be used.
pub async fn start<L: Ledger>(
    ledger: Arc<L>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    listener: TcpListener,
) -> Result<Running, StartError> {
    let addr = listener.local_addr()?;
    let watched_at = match settings.watched_at {
        Some(at) => Some(TcpListener::bind(at).await?),
        None => None,
    };
    // Before the first request and the first sweep: what was promised while nobody served is kept
    // for long enough to be sent (PROTOCOL.md, *Leases*).
    if let Some(witness) = &settings.witness
        && let Some((reason, _)) = witness.check(&*ledger, clock.now()).await?
    {
        tracing::error!(%reason, "the ledger is not the one it was: it is fenced");
    }
    ledger.reopen(clock.now()).await?;
    let head = ledger.head().await?;
    let (ending, ended) = watch::channel(false);
    let grace = settings.grace;
    let central = Arc::new(Central {
        ledger,
        clock,
        catalogues: catalogue::Catalogues::default(),
        snapshots: snapshot::Snapshots::default(),
        bell: Bell::new(head, settings.listeners),
        door: door::Door::new(&settings),
        meter: meter::Meter::default(),
        ending: ended.clone(),
        settings,
    });
    let router = router(&central);
    let mut until = ended;
    // Small answers and events must not wait for the acknowledgement of the one before.
    let listener = listener.tap_io(|line| drop(line.set_nodelay(true)));
    let serving = tokio::spawn(async move {
        // A dropped handle ends the service as well.
        let shutdown = async move { drop(until.wait_for(|ending| *ending).await) };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(shutdown).await {
            tracing::error!(%error, "the service ended");
        }
    });
    let watched = match watched_at {
        Some(listener) => Some((listener.local_addr()?, tell(listener, watched::router(&central)))),
        None => None,
    };
    let bell = central.bell.rope();
    let keeping = tokio::spawn(central.keep());
    Ok(Running {
        addr,
        ending,
        grace,
        bell,
        serving,
        keeping,
        watched,
    })
}

/// Tells metrics and health until it is dropped with the service.
fn tell(listener: TcpListener, router: axum::Router) -> JoinHandle<()> {
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "metrics are told no more");
        }
    })
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its address as a base for requests.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The base of `/metrics`, `/live` and `/ready`, where they are told.
    #[must_use]
    pub fn watched_url(&self) -> Option<String> {
        self.watched.as_ref().map(|(at, _)| format!("http://{at}"))
    }

    /// Has the doorbell look at once whether the head was moved by something but a request.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// The rope of the doorbell, for tasks that move the head by themselves.
    pub(crate) fn rope(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }

    /// Takes no more connections, lets requests under way end, and waits for it, though not for
    /// longer than the grace time.
    pub async fn stop(mut self) {
        self.ending.send_replace(true);
        if tokio::time::timeout(self.grace, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
        // It may be in the middle of a sweep.
        if tokio::time::timeout(self.grace, &mut self.keeping).await.is_err() {
            self.keeping.abort();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Whoever watches sees to the very end that no more requests are taken.
        if let Some((_, watched)) = &self.watched {
            watched.abort();
        }
    }
}
