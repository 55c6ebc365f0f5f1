//! What changed since a cursor.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lanterna_model::ids::DeskId;
use lanterna_wire::problem::Problem;
use lanterna_wire::snapshot::chunk_hash;
use lanterna_wire::{BINARY, Cursor, limits};

use super::auth::Caller;
use super::{ApiError, Central, Shared};
use crate::ledger::{CursorError, FenceReason, Ledger, LedgerError};

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
    let seq = cursor.seq;
    let asked = central
        .ask(async move |ledger: &L| {
            let page = ledger.changes(desk.channel, &cursor, limits::PAGE_CHANGES).await?;
            Ok::<_, CursorError>(page.encode())
        })
        .await?;
    if matches!(asked, Err(CursorError::Ahead)) {
        // Either the ledger went back without a new epoch (rule 13) or a desk is not what it says: both
        // are for an administrator, and until then nothing is given.
        central.fence(desk.id, seq).await?;
    }
    let page = asked?;
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

impl<L: Ledger> Central<L> {
    /// A desk has seen what the ledger does not have: nothing is given until an administrator has looked.
    async fn fence(&self, desk: DeskId, seq: u64) -> Result<(), ApiError> {
        let now = self.clock.now();
        let raised = self
            .ask(async move |ledger: &L| {
                let head = ledger.head().await?.seq;
                let reason = FenceReason::Cursor { desk, seq, head };
                let raised = ledger.fence(&reason, now).await?;
                Ok::<_, LedgerError>(raised.then_some(reason))
            })
            .await??;
        if let Some(reason) = raised {
            tracing::error!(%reason, "the ledger is not the one it was: it is fenced");
        }
        Ok(())
    }
}
