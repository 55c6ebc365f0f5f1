//! What desks tell a ledger that was restored from a backup, and those that it does not know.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lanterna_wire::desk::Readmission;
use lanterna_wire::limits;
use lanterna_wire::problem::Problem;
use lanterna_wire::recovery::{Assertion, AssertionReply};

use super::auth::Caller;
use super::status::{NO_STORE, json};
use super::{ApiError, Shared};
use crate::ledger::Ledger;
use crate::service;

/// Operations of one assertion, whatever the desk holds to be few.
const MOST: usize = 10 * limits::ASSERTED_OPERATIONS;

/// Restores what a desk was confirmed and granted in an earlier life of the ledger.
#[utoipa::path(post, path = "/v1/assertions", request_body = Assertion,
    responses((status = 200, body = AssertionReply),
        (status = 404, body = Problem, description = "this central seals nothing"),
        (status = 410, body = Problem, description = "the ledger lives another life than the one that is told"),
        (status = "default", body = Problem)))]
pub(crate) async fn assertions<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(desk): Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let assertion: Assertion = json(&body?)?;
    let operations: usize = assertion.chains.iter().map(Vec::len).sum();
    if operations > MOST || assertion.grants.len() > limits::LEASES {
        return Err(ApiError::TooLarge);
    }
    let seal = central.settings.seal.clone().ok_or(ApiError::NotFound)?;
    let now = central.clock.now();
    let reply = central
        .ask(async move |ledger: &L| service::assertion(ledger, &seal, desk.id, &assertion, now).await)
        .await??;
    central.bell.pull();
    let reply = reply.ok_or(ApiError::CursorGone)?;
    Ok((NO_STORE, Json(reply)).into_response())
}

/// Takes a desk in again that the restored ledger does not know. Its papers say who it is.
#[utoipa::path(post, path = "/v1/readmissions", security(()), request_body = Readmission,
    responses((status = 204), (status = 404, body = Problem, description = "these papers are not good here"),
        (status = "default", body = Problem)))]
pub(crate) async fn readmissions<L: Ledger>(
    State(central): State<Shared<L>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let readmission: Readmission = json(&body?)?;
    let seal = central.settings.seal.clone().ok_or(ApiError::NotFound)?;
    let taken = central
        .ask(async move |ledger: &L| service::readmission(ledger, &seal, &readmission).await)
        .await??;
    let id = taken.ok_or(ApiError::NotFound)?;
    tracing::info!(desk = id.0, "a desk that the ledger had lost was taken in again");
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}
