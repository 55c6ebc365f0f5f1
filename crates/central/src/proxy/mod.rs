//! A proxy that breaks the line on demand, in front of a central on a loopback port.
//!
//! It works on TCP: what the demonstration and the tests see are real sockets that close, hang or
//! lie. It knows just enough of HTTP/1.1 to find the end of a request's head and of an answer's.
//! It draws no randomness and waits for nothing but what a fault asks for.

mod carry;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

/// How the line is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Not at all.
    #[default]
    None,
    /// Every connection is closed at once.
    Cut,
    /// Each request waits this long before it goes on, and its answer as long again.
    Delay(Duration),
    /// Requests are taken and never answered; they do not reach the central.
    Hang,
    /// Every request is answered 500, not in the protocol's words; it does not reach the central.
    ServerError,
    /// Every request is answered 200 with a page of HTML, as a captive portal does.
    Html,
    /// Every request is answered with this text, head and body; it does not reach the central.
    Canned(&'static str),
    /// The answer ends after its head and this many bytes.
    Truncate(u64),
    /// This byte of the answer's body, counted from 0, has all its bits turned.
    Corrupt(u64),
    /// The request reaches the central and is carried out, but its answer is dropped.
    LoseResponse,
}

/// What holds at the moment: the fault, and the paths it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) fault: Fault,
    /// Requests whose path begins so; all of them when absent.
    pub(crate) path: Option<String>,
}

/// A running proxy. It stops, and closes what it carries, when it is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    addr: SocketAddr,
    upstream: watch::Sender<SocketAddr>,
    mode: watch::Sender<Mode>,
}

impl FaultProxy {
    /// Listens on a loopback port that the system chooses. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(upstream: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let (mode, receiver) = watch::channel(Mode::default());
        let (upstream, led) = watch::channel(upstream);
        tokio::spawn(accept(listener, led, receiver));
        Ok(Self { addr, upstream, mode })
    }

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

    /// Breaks the line in a way, or mends it, from the next request on. Requests under way are
    /// dropped; setting what holds already changes nothing.
    pub fn set(&self, fault: Fault) {
        self.switch(Mode { fault, path: None });
    }

    /// Breaks the line for requests whose path begins with `path` (such as `/v1/operations`); the
    /// others are carried. [`Fault::Cut`] then closes the connection once the path is read.
    pub fn set_on(&self, path: &str, fault: Fault) {
        self.switch(Mode {
            fault,
            path: Some(path.to_owned()),
        });
    }

    /// Leads requests to a central at another address from the next connection on: one that was
    /// started again has another port.
    pub fn lead_to(&self, upstream: SocketAddr) {
        self.upstream.send_replace(upstream);
    }

    /// Pulls the plug.
    pub fn cut(&self) {
        self.set(Fault::Cut);
    }

    /// Puts the plug back.
    pub fn restore(&self) {
        self.set(Fault::None);
    }

    /// Whether requests get through to the central at all.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.fault() != Fault::Cut
    }

    /// What is broken at the moment.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.mode.borrow().fault
    }

    fn switch(&self, mode: Mode) {
        self.mode.send_if_modified(|present| {
            let differs = *present != mode;
            *present = mode;
            differs
        });
    }
}

/// Takes connections until the handle is dropped.
async fn accept(listener: TcpListener, upstream: watch::Receiver<SocketAddr>, mut mode: watch::Receiver<Mode>) {
    loop {
        let accepted = tokio::select! {
            changed = mode.changed() => if changed.is_err() { return } else { continue },
            accepted = listener.accept() => accepted,
        };
        // A failed accept is about one connection; the next may be good.
        if let Ok((client, _)) = accepted {
            // Why a connection ended is of no interest to a line.
            let upstream = *upstream.borrow();
            tokio::spawn(carry::carry(client, upstream, mode.clone()));
        }
    }
}
