//! Who asks.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};

use super::{ApiError, Shared};
use crate::enrolment::secret_hash;
use crate::ledger::{Desk, Ledger};

/// The desk whose token came with the request.
///
/// The token is looked up by its SHA-256: no comparison of secrets takes place whose duration
/// could tell how much of a guess was right.
pub(crate) struct Caller(pub(crate) Desk);

/// The token in an authorization.
pub(super) fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl<L: Ledger> FromRequestParts<Shared<L>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, central: &Shared<L>) -> Result<Self, ApiError> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(bearer)
            .ok_or(ApiError::Unauthorized)?;
        let hash = secret_hash(token);
        let desk = central
            .ask(async move |ledger: &L| ledger.desk_by_token(&hash).await)
            .await??;
        desk.map(Self).ok_or(ApiError::Unauthorized)
    }
}
