//! What stands before the handlers: the bounds and the log.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{ApiError, Shared};
use crate::ledger::Ledger;

/// Seconds after which a desk that was turned away comes back. Desks add jitter of their own.
const COME_BACK: u32 = 2;

/// Bounds how many requests are worked on and how long each may take.
pub(super) async fn bound<L: Ledger>(State(central): State<Shared<L>>, request: Request, next: Next) -> Response {
    let Ok(_permit) = central.room.try_acquire() else {
        return ApiError::Busy { retry_after: COME_BACK }.into_response();
    };
    match tokio::time::timeout(central.settings.request_time, next.run(request)).await {
        Ok(response) => response,
        // What the ledger has begun it ends; the desk asks again and is told the outcome.
        Err(_) => ApiError::Busy { retry_after: COME_BACK }.into_response(),
    }
}

/// Notes method, route and status: never an address, a header or a body.
pub(super) async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let status = response.status();
    if status.is_server_error() {
        tracing::warn!(%method, route, status = status.as_u16(), "answered");
    } else {
        tracing::info!(%method, route, status = status.as_u16(), "answered");
    }
    response
}
