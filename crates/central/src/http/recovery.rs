//! What desks tell a ledger that was restored from a backup, and those that it does not know.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lanterna_model::ids::DeskId;
use lanterna_wire::desk::Readmission;
use lanterna_wire::limits;
use lanterna_wire::operation::OperationAnswer;
use lanterna_wire::outcome::{Answer, RefusalReason};
use lanterna_wire::problem::Problem;
use lanterna_wire::recovery::{Asserted, Assertion, AssertionReply, Progress};

use super::auth::Caller;
use super::status::{NO_STORE, json};
use super::{ApiError, Shared};
use crate::enrolment::secret_hash;
use crate::ledger::{Grant, Ledger, LedgerError, RecordLife, Report, Restored};
use crate::seal::Seal;

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
    let id = desk.id;
    let reply = central
        .ask(async move |ledger: &L| {
            if ledger.head().await?.epoch != assertion.epoch {
                return Ok(None);
            }
            let mut answers = Vec::with_capacity(operations);
            for chain in &assertion.chains {
                answers.extend(restored(ledger, &seal, id, chain, now).await?);
            }
            let waits = answers
                .iter()
                .any(|answered: &OperationAnswer| matches!(answered.answer, Answer::NotYet { .. }));
            let granted: Vec<Grant> = assertion
                .grants
                .iter()
                .filter_map(|grant| seal.granted(id, grant))
                .collect();
            let leases = ledger.restore_leases(id, assertion.incarnation, &granted, now).await?;
            let done = assertion.progress == Progress::Done && !waits;
            if assertion.progress != Progress::More {
                let report = if done { Report::Done } else { Report::Heard };
                let life = RecordLife {
                    incarnation: assertion.incarnation,
                    exchanges: assertion.exchanges,
                };
                ledger.told(id, report, life, now).await?;
            }
            Ok::<_, LedgerError>(Some(AssertionReply { answers, leases, done }))
        })
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
    let desk = seal.known(&readmission).ok_or(ApiError::NotFound)?;
    let (id, token) = (desk.id.0, secret_hash(&readmission.token));
    let taken = central
        .ask(async move |ledger: &L| ledger.readmit(&desk, &token).await)
        .await??;
    if !taken {
        return Err(ApiError::NotFound);
    }
    tracing::info!(desk = id, "a desk that the ledger had lost was taken in again");
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}

/// Restores the operations of one booking. One that the central has not sealed is refused: no outcome
/// can be made of it, and its desk has a person look.
async fn restored<L: Ledger>(
    ledger: &L,
    seal: &Seal,
    desk: DeskId,
    chain: &[Asserted],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<OperationAnswer>, LedgerError> {
    let believed: Vec<Option<Restored>> = chain.iter().map(|asserted| seal.restored(desk, asserted)).collect();
    let sealed: Vec<Restored> = believed.iter().flatten().cloned().collect();
    let mut answers = ledger.restore(desk, &sealed, now).await?.into_iter();
    let answered = chain.iter().zip(believed).map(|(asserted, believed)| {
        let refused = Answer::Refused {
            reason: RefusalReason::IdReused,
        };
        let answer = match believed {
            Some(item) => {
                let mut answer = answers.next().unwrap_or(refused);
                seal.receipt(desk, &item.envelope, &mut answer);
                answer
            }
            None => {
                tracing::error!(desk = desk.0, operation = %asserted.id, "an outcome was asserted that is not sealed here");
                refused
            }
        };
        OperationAnswer {
            id: asserted.id,
            answer,
        }
    });
    Ok(answered.collect())
}
