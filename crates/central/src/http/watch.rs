//! What those who run a central look at: on a listener of its own, without a token, for the machine
//! it runs on. `/metrics` in the text format of Prometheus; `/live`: the process answers; `/ready`:
//! it takes requests and its ledger answers.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::meter::Present;
use super::{Central, Shared};
use crate::ledger::Ledger;

/// How long the ledger may take to be called ready.
const READY_WITHIN: Duration = Duration::from_secs(2);

pub(super) fn router<L: Ledger>(central: &Shared<L>) -> Router {
    Router::new()
        .route("/metrics", get(metrics::<L>))
        .route("/live", get(async || "ok\n"))
        .route("/ready", get(ready::<L>))
        .with_state(central.clone())
}

async fn metrics<L: Ledger>(State(central): State<Shared<L>>) -> Response {
    let (working, waiting) = central.door.crowd(central.settings.requests);
    let present = Present {
        working,
        waiting,
        listeners: central.bell.listeners(central.settings.listeners),
        head: central.bell.head(),
    };
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, central.meter.text(&present)).into_response()
}

async fn ready<L: Ledger>(State(central): State<Shared<L>>) -> Response {
    let (status, text) = match central.answers().await {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    };
    (status, text).into_response()
}

impl<L: Ledger> Central<L> {
    /// Whether it is not about to end, and its ledger answers.
    async fn answers(&self) -> bool {
        if *self.ending.borrow() {
            return false;
        }
        let head = self.ask(async |ledger: &L| ledger.head().await);
        matches!(tokio::time::timeout(READY_WITHIN, head).await, Ok(Ok(Ok(_))))
    }
}
