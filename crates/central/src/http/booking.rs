//! Holds and operations.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use lanterna_wire::hold::{HoldReply, HoldRequest};
use lanterna_wire::limits;
use lanterna_wire::operation::{Batch, BatchReply, OperationAnswer};
use lanterna_wire::outcome::{Answer, NotYetReason};
use lanterna_wire::problem::Problem;
use lanterna_wire::rescue::RescueReply;
use uuid::Uuid;

use super::auth::Caller;
use super::guard::Came;
use super::status::{NO_STORE, json};
use super::{ApiError, Settings, Shared};
use crate::ledger::{Ledger, LedgerError};
use crate::rescue::{RescueFault, take_in};
use crate::service;

/// Seconds after which an operation that met a fault is asked for again.
const AFTER_FAULT: u32 = 15;

/// Seconds after which an operation is asked for again that met a busy ledger, or that was not come to.
/// Desks add jitter.
const WHEN_BUSY: u32 = 5;

/// The answer to such an operation.
const THROTTLED: Answer = Answer::NotYet {
    reason: NotYetReason::Throttled,
    retry_after_seconds: WHEN_BUSY,
};

/// Keeps places, all or none, while an operator confirms.
#[utoipa::path(post, path = "/v1/holds", request_body = HoldRequest,
    responses((status = 200, body = HoldReply), (status = "default", body = Problem)))]
pub(crate) async fn hold<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(desk): Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let request: HoldRequest = json(&body?)?;
    if request.spans.is_empty() || request.spans.len() > limits::APPOINTMENTS {
        return Err(ApiError::Malformed("a hold is for 1 to 8 places"));
    }
    let (time, now) = (central.settings.hold_time, central.clock.now());
    let reply = central
        .ask(async move |ledger: &L| ledger.hold(desk.id, &request, time, now).await)
        .await??;
    Ok((NO_STORE, Json(reply)).into_response())
}

/// Lets a hold go. One that is gone already is as good.
#[utoipa::path(post, path = "/v1/holds/{id}/release", params(("id" = Uuid, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub(crate) async fn release<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(desk): Caller,
    hold: Result<Path<Uuid>, PathRejection>,
) -> Result<Response, ApiError> {
    let Path(hold) = hold.map_err(|_| ApiError::NotFound)?;
    central
        .ask(async move |ledger: &L| ledger.release_hold(desk.id, hold).await)
        .await??;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}

/// Executes operations, each by itself and in their order, or replays their outcomes.
#[utoipa::path(post, path = "/v1/operations", request_body = Batch,
    responses((status = 200, body = BatchReply), (status = "default", body = Problem)))]
pub(crate) async fn operations<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(desk): Caller,
    Extension(came): Extension<Came>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let batch: Batch = json(&body?)?;
    if batch.operations.len() > limits::BATCH_OPERATIONS {
        return Err(ApiError::TooLarge);
    }
    let upto = batch.acknowledged;
    central
        .ask(async move |ledger: &L| ledger.acknowledge(desk.id, upto).await)
        .await??;
    let mut answers = Vec::with_capacity(batch.operations.len());
    let mut late = false;
    for envelope in batch.operations {
        let now = central.clock.now();
        let id = envelope.id;
        // Never before the first, so that every request brings its desk forward.
        late = late || !answers.is_empty() && too_late(&central.settings, came, now);
        if late {
            central.meter.operation(&THROTTLED);
            answers.push(OperationAnswer { id, answer: THROTTLED });
            continue;
        }
        let seal = central.settings.seal.clone();
        let answer = central
            .ask(async move |ledger: &L| service::execute(ledger, seal.as_ref(), desk.id, &envelope, now).await)
            .await;
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(LedgerError::NoSuchDesk(_))) => return Err(ApiError::Unauthorized),
            Ok(Err(LedgerError::Busy(source))) => {
                tracing::warn!(operation = %id, error = &*source as &dyn std::error::Error, "the ledger is busy");
                THROTTLED
            }
            // One bad operation never blocks the others.
            Ok(Err(error)) => {
                tracing::error!(operation = %id, error = &error as &dyn std::error::Error, "an operation met a fault");
                Answer::NotYet {
                    reason: NotYetReason::Fault,
                    retry_after_seconds: AFTER_FAULT,
                }
            }
            Err(_) => Answer::NotYet {
                reason: NotYetReason::Fault,
                retry_after_seconds: AFTER_FAULT,
            },
        };
        central.meter.operation(&answer);
        answers.push(OperationAnswer { id, answer });
    }
    central.bell.pull();
    Ok((NO_STORE, Json(BatchReply { answers })).into_response())
}

/// Whether no further operation is begun: two thirds of a request's time are over, and the rest is for the
/// one under way and the way back.
fn too_late(settings: &Settings, Came(came): Came, now: DateTime<Utc>) -> bool {
    let passed = (now - came).to_std();
    passed.is_ok_and(|passed| passed >= settings.request_time * 2 / 3)
}

/// Takes in operations that a desk could not send and somebody carried here. The file says whose they
/// are; who carries it learns counts alone.
#[utoipa::path(post, path = "/v1/rescue", request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = RescueReply), (status = "default", body = Problem)))]
pub(crate) async fn rescue<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(carrier): Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let (bytes, now) = (body?, central.clock.now());
    let taken = central
        .ask(async move |ledger: &L| take_in(ledger, &bytes, now).await)
        .await?;
    let reply = taken.map_err(|fault| match fault {
        RescueFault::File(_) => ApiError::Malformed("it is no rescue file for this central, or it was changed"),
        RescueFault::UnknownDesk => ApiError::NotFound,
        RescueFault::Ledger(error) => error.into(),
    })?;
    tracing::info!(
        carrier = carrier.id.0,
        operations = reply.operations,
        "a rescue file was taken in"
    );
    central.bell.pull();
    Ok((NO_STORE, Json(reply)).into_response())
}
