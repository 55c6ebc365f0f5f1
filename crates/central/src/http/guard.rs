//! What stands before the handlers: the door, the time a request may take, the log and the meter.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use super::auth::bearer;
use super::door::Away;
use super::{ApiError, Shared};
use crate::clock::Stopwatch;
use crate::enrolment::secret_hash;
use crate::ledger::Ledger;

/// Seconds after which a desk comes back whose request took too long. Desks add jitter of their own.
const COME_BACK: u32 = 2;

/// When a request came to the door.
#[derive(Clone, Copy)]
pub(crate) struct Came(pub(crate) DateTime<Utc>);

/// Bounds how many requests are worked on, of each desk too, and how long each may take, the time in
/// line included.
pub(super) async fn bound<L: Ledger>(State(central): State<Shared<L>>, mut request: Request, next: Next) -> Response {
    let who = request.headers().get(header::AUTHORIZATION).and_then(bearer);
    let who = who.map(secret_hash);
    let now = central.clock.now();
    request.extensions_mut().insert(Came(now));
    let work = async {
        match central.door.enter(who, now).await {
            Ok(_guest) => next.run(request).await,
            Err(away) => {
                central.meter.away(away);
                ApiError::from(away).into_response()
            }
        }
    };
    match tokio::time::timeout(central.settings.request_time, work).await {
        Ok(response) => response,
        // What the ledger has begun it ends; the desk asks again and is told the outcome.
        Err(_) => {
            central.meter.away(Away::Late(COME_BACK));
            ApiError::from(Away::Late(COME_BACK)).into_response()
        }
    }
}

impl From<Away> for ApiError {
    fn from(away: Away) -> Self {
        match away {
            Away::Full(retry_after) | Away::Late(retry_after) => Self::Busy { retry_after },
            Away::Crowding(retry_after) | Away::Hasty(retry_after) => Self::TooOften { retry_after },
        }
    }
}

/// Notes method, route and status: never an address, a header or a body. Of those who are told to come back
/// there may be thousands: `Central::keep` tells how many they were.
pub(super) async fn log<L: Ledger>(State(central): State<Shared<L>>, request: Request, next: Next) -> Response {
    let took = Stopwatch::start();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let status = response.status();
    central.meter.answered(route, status.as_u16(), took.elapsed());
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        tracing::debug!(%method, route, status = status.as_u16(), "answered");
    } else if status.is_server_error() {
        tracing::warn!(%method, route, status = status.as_u16(), "answered");
    } else {
        tracing::info!(%method, route, status = status.as_u16(), "answered");
    }
    response
}
