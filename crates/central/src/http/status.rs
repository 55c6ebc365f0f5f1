//! Health, status and enrolment.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lanterna_wire::PROTOCOL;
use lanterna_wire::desk::{Enrolled, Enrolment};
use lanterna_wire::problem::Problem;
use lanterna_wire::status::{Interruption, Notice, Status};
use serde::de::DeserializeOwned;

use super::auth::Caller;
use super::{ApiError, Shared};
use crate::enrolment::{canonical, secret_hash};
use crate::ledger::{Ledger, LedgerError, derive_token};
use crate::rescue::rescue_key;

/// Kept by no cache.
pub(super) const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// The service answers, and is not about to end.
#[utoipa::path(get, path = "/v1/health", security(()), responses((status = 200, content_type = "text/plain", body = String), (status = "default", body = Problem)))]
pub(crate) async fn health<L: Ledger>(State(central): State<Shared<L>>) -> Result<Response, ApiError> {
    if *central.ending.borrow() {
        // Another process may answer instead.
        return Err(ApiError::Busy { retry_after: 5 });
    }
    Ok((NO_STORE, "ok").into_response())
}

/// What the central says of itself to the desk's channel.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub(crate) async fn status<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(desk): Caller,
) -> Result<Response, ApiError> {
    let seals = central.settings.seal.is_some();
    let (standing, secret, recalled, assert_from) = central
        .ask(async move |ledger: &L| {
            let standing = ledger.status(desk.channel).await?;
            let (secret, recalled) = (ledger.token_secret().await?, ledger.recalled(desk.id).await?);
            let assert_from = ledger.assert_from(desk.id).await?.filter(|_| seals);
            Ok::<_, LedgerError>((standing, secret, recalled, assert_from))
        })
        .await??;
    let mut notices = central.settings.notices.clone();
    notices.extend(standing.interruption.map(notice));
    let status = Status {
        protocol: PROTOCOL,
        head: standing.head,
        server_time: central.clock.now(),
        service: standing.service,
        catalogue: standing.catalogue,
        name: central.settings.name.clone(),
        demonstration: central.settings.demonstration,
        recalled,
        rescue_key: rescue_key(&secret),
        interruption: standing.interruption,
        assert_from,
        notices,
    };
    Ok((NO_STORE, Json(status)).into_response())
}

/// What operators are told of an interruption, in the words of the central.
fn notice(interruption: Interruption) -> Notice {
    let (id, text) = match interruption {
        Interruption::Fenced => (
            "fenced",
            "Il CUP è sospeso per una verifica dei dati: le prenotazioni restano in coda in questa postazione e \
             saranno trasmesse alla riapertura.",
        ),
        Interruption::Recovery => (
            "recovery",
            "Il CUP riparte da una copia di sicurezza: le postazioni stanno ritrasmettendo le prenotazioni già \
             confermate. Le nuove restano in coda e saranno trasmesse alla riapertura.",
        ),
    };
    Notice {
        id: id.to_owned(),
        text: text.to_owned(),
    }
}

/// Turns a one-time code into a desk with a token.
#[utoipa::path(post, path = "/v1/enrolments", security(()), request_body = Enrolment,
    responses((status = 200, body = Enrolled), (status = "default", body = Problem)))]
pub(crate) async fn enrol<L: Ledger>(
    State(central): State<Shared<L>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let request: Enrolment = json(&body?)?;
    if PROTOCOL.common(request.protocol).is_none() {
        return Err(ApiError::Protocol);
    }
    let now = central.clock.now();
    let (desk, token) = central
        .ask(async move |ledger: &L| {
            let code = canonical(&request.code);
            let token = derive_token(&ledger.token_secret().await?, &code, request.request);
            let desk = ledger
                .enrol(&secret_hash(&code), request.request, &secret_hash(&token), now)
                .await?;
            Ok::<_, crate::ledger::EnrolError>((desk, token))
        })
        .await??;
    tracing::info!(desk = desk.id.0, channel = desk.channel.name(), "a desk was enrolled");
    let seal = central.settings.seal.as_ref();
    let enrolled = Enrolled {
        papers: seal.map_or_else(String::new, |seal| seal.papers(&desk, &token)),
        desk: desk.id,
        code: desk.code,
        channel: desk.channel,
        token,
        central: central.settings.name.clone(),
    };
    Ok((NO_STORE, Json(enrolled)).into_response())
}

/// Reads a body. What is wrong with it is not told in detail: it would repeat its content.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|_| ApiError::Malformed("its body is not what the route takes"))
}
