//! Exchanges of stock.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use lanterna_wire::limits;
use lanterna_wire::problem::Problem;
use lanterna_wire::stock::{StockReply, StockRequest};

use super::auth::Caller;
use super::status::{NO_STORE, json};
use super::{ApiError, Shared};
use crate::ledger::Ledger;
use crate::service;

/// Takes back what a desk surrenders, renews what it has, and sets more places aside for it.
#[utoipa::path(post, path = "/v1/stock", request_body = StockRequest,
    responses((status = 200, body = StockReply), (status = "default", body = Problem)))]
pub(crate) async fn stock<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(desk): Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let request: StockRequest = json(&body?)?;
    if request.surrendered.len() > limits::LEASES || request.wants.len() > limits::WANTS {
        return Err(ApiError::TooLarge);
    }
    let now = central.clock.now();
    let seal = central.settings.seal.clone();
    let reply = central
        .ask(async move |ledger: &L| service::exchange(ledger, seal.as_ref(), desk.id, &request, now).await)
        .await??;
    central.bell.pull();
    Ok((NO_STORE, Json(reply)).into_response())
}
