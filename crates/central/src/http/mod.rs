//! The HTTP service over a ledger. `docs/PROTOCOL.md` says what each route means; `openapi` says
//! it to programs.

mod auth;
mod booking;
mod catalogue;
mod door;
mod doorbell;
mod feed;
mod guard;
mod meter;
mod problem;
mod range;
mod recovery;
mod serve;
mod settings;
mod snapshot;
mod status;
mod stock;
mod watch;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use lanterna_wire::limits;
use tokio::sync::watch::Receiver;

pub use problem::ApiError;
pub use serve::{Running, StartError, start};
pub use settings::Settings;

use crate::clock::Clock;
use crate::ledger::Ledger;

/// What `utoipa` needs to find the descriptions of the routes.
pub(crate) mod described {
    pub(crate) use super::booking::*;
    pub(crate) use super::catalogue::*;
    pub(crate) use super::doorbell::*;
    pub(crate) use super::feed::*;
    pub(crate) use super::recovery::*;
    pub(crate) use super::snapshot::*;
    pub(crate) use super::status::*;
    pub(crate) use super::stock::*;
}

/// What every handler works with.
pub(crate) struct Central<L> {
    ledger: Arc<L>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    catalogues: catalogue::Catalogues,
    snapshots: snapshot::Snapshots,
    bell: doorbell::Bell,
    door: door::Door,
    meter: meter::Meter,
    /// Turns true when the service is to end.
    ending: Receiver<bool>,
}

pub(crate) type Shared<L> = Arc<Central<L>>;

impl<L: Ledger> Central<L> {
    /// Asks the ledger on a thread that may block: the embedded ledger's futures are ready at once
    /// but have worked on a disk by then. The transaction goes on when the asker is gone.
    async fn ask<T: Send + 'static>(&self, call: impl AsyncFnOnce(&L) -> T + Send + 'static) -> Result<T, ApiError> {
        let ledger = Arc::clone(&self.ledger);
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || runtime.block_on(call(&ledger)))
            .await
            .map_err(|_| {
                tracing::error!("a call of the ledger did not come back");
                ApiError::Internal
            })
    }
}

/// A route of the service.
pub(crate) struct Route<L> {
    #[cfg_attr(not(test), expect(dead_code, reason = "compared with the description, by a test"))]
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    handler: MethodRouter<Shared<L>>,
    /// Counts against the bound of simultaneous requests.
    bounded: bool,
}

/// Every route there is.
pub(crate) fn routes<L: Ledger>() -> Vec<Route<L>> {
    vec![
        get("/v1/health", status::health::<L>).unbounded(),
        get("/v1/openapi.json", crate::openapi::document::<L>).unbounded(),
        get("/v1/chunks/{hash}", snapshot::chunk::<L>).unbounded(),
        post("/v1/enrolments", status::enrol::<L>),
        get("/v1/status", status::status::<L>),
        get("/v1/catalogue", catalogue::catalogue::<L>),
        get("/v1/snapshot", snapshot::manifest::<L>),
        get("/v1/changes", feed::changes::<L>),
        get("/v1/doorbell", doorbell::listen::<L>),
        post("/v1/holds", booking::hold::<L>),
        post("/v1/holds/{id}/release", booking::release::<L>),
        post("/v1/operations", booking::operations::<L>),
        post("/v1/rescue", booking::rescue::<L>),
        post("/v1/stock", stock::stock::<L>),
        post("/v1/assertions", recovery::assertions::<L>),
        post("/v1/readmissions", recovery::readmissions::<L>),
    ]
}

fn get<L: Ledger, T: 'static>(path: &'static str, handler: impl Handler<T, Shared<L>>) -> Route<L> {
    Route {
        method: Method::GET,
        path,
        handler: on(MethodFilter::GET, handler),
        bounded: true,
    }
}

fn post<L: Ledger, T: 'static>(path: &'static str, handler: impl Handler<T, Shared<L>>) -> Route<L> {
    Route {
        method: Method::POST,
        path,
        handler: on(MethodFilter::POST, handler),
        bounded: true,
    }
}

impl<L> Route<L> {
    fn unbounded(self) -> Self {
        Self { bounded: false, ..self }
    }
}

fn router<L: Ledger>(central: &Shared<L>) -> Router {
    let mut router = Router::new();
    for route in routes::<L>() {
        let mut handler = route.handler;
        if route.bounded {
            handler = handler.layer(from_fn_with_state(Arc::clone(central), guard::bound::<L>));
        }
        let log = from_fn_with_state(Arc::clone(central), guard::log::<L>);
        router = router.route(route.path, handler.layer(log));
    }
    router
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::Method)
        .layer(DefaultBodyLimit::max(limits::REQUEST_BYTES))
        .with_state(Arc::clone(central))
}
