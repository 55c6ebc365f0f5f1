//! The catalogue, encoded once for each channel and version.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lanterna_model::access::Channel;
use lanterna_wire::catalogue::pack;
use lanterna_wire::problem::Problem;
use tokio::sync::Mutex;

use super::auth::Caller;
use super::{ApiError, Central, Shared};
use crate::ledger::Ledger;

/// A catalogue as it is sent.
struct Encoded {
    version: String,
    plain: Bytes,
    packed: Bytes,
}

/// The last catalogue of each channel. Whoever finds it outdated encodes it while the others wait.
#[derive(Default)]
pub(super) struct Catalogues([Mutex<Option<Arc<Encoded>>>; Channel::ALL.len()]);

/// What can be booked, by whom it is offered and where, as the desk's channel sees it.
///
/// `If-None-Match` with the version known saves the way. Sent in zstd to whom accepts it.
#[utoipa::path(get, path = "/v1/catalogue",
    params(("If-None-Match" = Option<String>, Header, description = "the version that the desk has")),
    responses((status = 200, body = Object, description = "see wire::catalogue", headers(("ETag" = String))),
        (status = 304, description = "the desk has it"), (status = "default", body = Problem)))]
pub(crate) async fn catalogue<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(desk): Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let encoded = central.catalogue(desk.channel).await?;
    // Weak, since the plain and the packed bytes share it.
    let etag = format!("W/\"{}\"", encoded.version);
    let mut out = HeaderMap::new();
    out.insert(
        header::ETAG,
        HeaderValue::try_from(etag).map_err(|_| ApiError::Internal)?,
    );
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    out.insert(header::VARY, HeaderValue::from_static("authorization, accept-encoding"));
    if known(&headers, &encoded.version) {
        return Ok((StatusCode::NOT_MODIFIED, out).into_response());
    }
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if accepts_zstd(&headers) {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
        return Ok((out, encoded.packed.clone()).into_response());
    }
    Ok((out, encoded.plain.clone()).into_response())
}

impl<L: Ledger> Central<L> {
    async fn catalogue(&self, channel: Channel) -> Result<Arc<Encoded>, ApiError> {
        let mut last = self.catalogues.0[channel as usize].lock().await;
        let standing = self.ask(async move |ledger: &L| ledger.status(channel).await).await??;
        if let Some(encoded) = last.as_ref().filter(|encoded| encoded.version == standing.catalogue) {
            return Ok(Arc::clone(encoded));
        }
        let encoded = self
            .ask(async move |ledger: &L| {
                let catalogue = ledger.catalogue(channel).await?;
                let encoded = serde_json::to_vec(&catalogue)
                    .ok()
                    .and_then(|plain| Some((pack(&plain).ok()?, plain)))
                    .map(|(packed, plain)| Encoded {
                        version: catalogue.version,
                        plain: plain.into(),
                        packed: packed.into(),
                    });
                Ok::<_, crate::ledger::LedgerError>(encoded)
            })
            .await??
            .ok_or(ApiError::Internal)?;
        Ok(Arc::clone(last.insert(Arc::new(encoded))))
    }
}

fn known(headers: &HeaderMap, version: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|list| {
            list.split(',').map(str::trim).any(|tag| {
                let opaque = tag.strip_prefix("W/").unwrap_or(tag);
                tag == "*" || opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) == Some(version)
            })
        })
}

fn accepts_zstd(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|list| {
            list.split(',').any(|coding| {
                let mut parts = coding.split(';').map(str::trim);
                parts.next().is_some_and(|name| name.eq_ignore_ascii_case("zstd"))
                    && parts.all(|parameter| !matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_known_version_is_recognised_strong_weak_and_in_a_list() {
        for tag in ["\"v1\"", "W/\"v1\"", "\"v0\", \"v1\"", "*"] {
            assert!(known(&with(header::IF_NONE_MATCH, tag), "v1"), "{tag}");
        }
        for tag in ["\"v2\"", "v1", ""] {
            assert!(!known(&with(header::IF_NONE_MATCH, tag), "v1"), "{tag}");
        }
    }

    #[test]
    fn zstd_is_sent_only_to_those_who_accept_it() {
        assert!(accepts_zstd(&with(header::ACCEPT_ENCODING, "gzip, zstd;q=0.5")));
        assert!(!accepts_zstd(&with(header::ACCEPT_ENCODING, "gzip, zstd;q=0")));
        assert!(!accepts_zstd(&HeaderMap::new()));
    }
}
