//! The OpenAPI description of the service, served at `/v1/openapi.json`.

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lanterna_wire::{desk, hold, operation, outcome, problem, recovery, snapshot, status, stock};
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::http::{Shared, described};
use crate::ledger::Ledger;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Lanterna, between desk and central",
        version = "1",
        description = "docs/PROTOCOL.md says what the messages mean and how the binary ones are laid out.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2"),
    ),
    paths(
        described::health,
        document,
        described::chunk,
        described::enrol,
        described::status,
        described::catalogue,
        described::manifest,
        described::changes,
        described::listen,
        described::hold,
        described::release,
        described::operations,
        described::rescue,
        described::stock,
        described::assertions,
        described::readmissions,
    ),
    components(schemas(
        lanterna_wire::Cursor,
        lanterna_wire::ProtocolRange,
        status::Status,
        status::ServiceState,
        status::Interruption,
        status::Notice,
        desk::Enrolment,
        desk::Enrolled,
        desk::Readmission,
        snapshot::Manifest,
        snapshot::ChunkRef,
        hold::HoldRequest,
        hold::HoldReply,
        hold::LostSpan,
        hold::ConflictReason,
        operation::Batch,
        operation::BatchReply,
        operation::Envelope,
        operation::Operation,
        operation::OperationAnswer,
        operation::Action,
        operation::Placement,
        outcome::Answer,
        outcome::Settled,
        outcome::Outcome,
        outcome::RejectReason,
        outcome::OperatorReason,
        outcome::NotYetReason,
        outcome::RefusalReason,
        lanterna_wire::rescue::RescueReply,
        stock::StockRequest,
        stock::StockReply,
        stock::Want,
        stock::Lease,
        recovery::Assertion,
        recovery::Asserted,
        recovery::Progress,
        recovery::AssertionReply,
        problem::Problem,
        problem::ProblemCode,
    )),
    modifiers(&Finish),
    security(("token" = [])),
)]
struct Described;

/// What the macros cannot say.
struct Finish;

impl Modify for Finish {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        // Routes want a token unless they say otherwise.
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("token", scheme);
        // Taken from the package and the module, both of no use to a reader.
        openapi.info.contact = None;
        for item in openapi.paths.paths.values_mut() {
            for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
                operation.tags = None;
                for response in operation.responses.responses.values_mut() {
                    if let RefOr::T(response) = response
                        && response.description.is_empty()
                    {
                        response.description = "see docs/PROTOCOL.md".to_owned();
                    }
                }
            }
        }
    }
}

/// The description as JSON, the same bytes for the same build.
///
/// # Panics
/// Never: a description made of texts and maps with text keys can be written as JSON.
#[must_use]
pub fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut text = serde_json::to_string_pretty(&Described::openapi()).expect("maps with text keys");
        text.push('\n');
        text
    })
}

/// This description.
#[utoipa::path(get, path = "/v1/openapi.json", security(()), responses((status = 200, body = Object)))]
pub(crate) async fn document<L: Ledger>(State(_): State<Shared<L>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text()).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::routes;
    use crate::ledger::SqliteLedger;

    #[test]
    fn every_route_is_described_and_every_description_has_its_route() {
        let served: BTreeSet<(String, String)> = routes::<SqliteLedger>()
            .iter()
            .map(|route| (route.path.to_owned(), route.method.as_str().to_lowercase()))
            .collect();
        let document: serde_json::Value = serde_json::from_str(text()).unwrap();
        let told: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object()
                    .unwrap()
                    .keys()
                    .map(move |method| (path.clone(), method.clone()))
            })
            .collect();
        assert_eq!(told, served);
    }

    #[test]
    fn the_committed_description_is_the_one_served() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if std::env::var_os("LANTERNA_GEN").is_some() {
            std::fs::write(file, text()).unwrap();
        }
        let committed = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            committed == text(),
            "crates/central/openapi.json is not what the service tells: run `cargo xtask gen` and commit it"
        );
    }
}
