//! What changed since a cursor.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lanterna_wire::problem::Problem;
use lanterna_wire::snapshot::chunk_hash;
use lanterna_wire::{BINARY, Cursor};

use super::auth::Caller;
use super::{ApiError, Shared};
use crate::ledger::{CursorError, Ledger};
use crate::service;

/// What changed since a cursor, in the order of commits; the first page of it.
#[utoipa::path(get, path = "/v1/changes",
    params(("epoch" = String, Query), ("seq" = u64, Query), ("digest" = String, Query)),
    responses((status = 200, content_type = "application/vnd.lanterna.v1", body = [u8], description = "see wire::changes",
            headers(("ETag" = String, description = "SHA-256 of the bytes, in hexadecimal digits"))),
        (status = 409, body = Problem, description = "the cursor is ahead of the ledger or of another history"),
        (status = 410, body = Problem, description = "the cursor is too old or of another epoch: take a snapshot"),
        (status = "default", body = Problem)))]
pub(crate) async fn changes<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(desk): Caller,
    cursor: Result<Query<Cursor>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(cursor) = cursor.map_err(|_| ApiError::Malformed("the cursor is incomplete"))?;
    let now = central.clock.now();
    let page = central
        .ask(async move |ledger: &L| {
            let page = service::changes(ledger, &desk, &cursor, now).await?;
            Ok::<_, CursorError>(page.encode())
        })
        .await??;
    let digest = format!("\"{}\"", chunk_hash(&page));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(BINARY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::ETAG,
            HeaderValue::try_from(digest).map_err(|_| ApiError::Internal)?,
        ),
    ];
    Ok((headers, page).into_response())
}
