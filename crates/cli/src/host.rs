//! The loopback host: serves the built screens and the one `rpc` command to a browser on this
//! machine, for tests. Never in a shipped package.
//!
//! It binds loopback only, demands a one-time token that is printed with the address, and refuses
//! requests whose Host or Origin is not its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt};
use lanterna_desk::Desk;
use lanterna_desk::rpc::Request;
use tokio::sync::watch;
use tokio_stream::wrappers::BroadcastStream;

/// What a page may load, as in the window: nothing from anywhere else, no styles or scripts of its own.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

#[derive(Clone)]
struct Host {
    desk: Arc<Desk>,
    screens: Arc<PathBuf>,
    token: Arc<str>,
    own: Arc<str>,
    /// True once the host is to end: a page that listens would hold it up for ever.
    ending: watch::Receiver<bool>,
}

/// Serves until interrupted. Prints one line with the address and the token.
pub async fn serve(desk: Arc<Desk>, screens: PathBuf, token: String) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let own = listener.local_addr()?.to_string();
    let index = screens.join("index.html");
    anyhow::ensure!(
        index.is_file(),
        "no screens in {}: build them with `npm run build` in ui/",
        screens.display()
    );
    let (end, ending) = watch::channel(false);
    let host = Host {
        desk,
        screens: Arc::new(screens),
        token: token.clone().into(),
        own: own.clone().into(),
        ending,
    };
    let guarded = Router::new()
        .route("/rpc", post(rpc))
        .route("/events", get(events))
        .layer(middleware::from_fn_with_state(host.clone(), token_only));
    let app = guarded
        .fallback(get(file))
        .layer(middleware::from_fn_with_state(host.clone(), own_origin))
        .with_state(host);
    println!("serving on http://{own}/#token={token}");
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            let _ = tokio::signal::ctrl_c().await;
            end.send_replace(true);
        })
        .await
        .context("the loopback host ended")
}

async fn rpc(State(host): State<Host>, Json(request): Json<Request>) -> Response {
    match host.desk.answer(request).await {
        Ok(reply) => Json(reply).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response(),
    }
}

async fn events(State(host): State<Host>) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
    let stream = BroadcastStream::new(host.desk.watch()).filter_map(|event| async move {
        // A watcher that fell behind has missed events only; what it shows it fetches anew.
        let event = event.ok()?;
        SseEvent::default().json_data(event).ok().map(Ok)
    });
    let mut ending = host.ending.clone();
    let stream = stream.take_until(async move {
        // Gone is over as well.
        let _ = ending.wait_for(|over| *over).await;
    });
    Sse::new(Box::pin(stream)).keep_alive(KeepAlive::default())
}

async fn file(State(host): State<Host>, uri: Uri) -> Response {
    let relative = uri.path().trim_start_matches('/');
    let relative = Path::new(if relative.is_empty() { "index.html" } else { relative });
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match tokio::fs::read(host.screens.join(relative)).await {
        Ok(bytes) => (
            [
                (header::CONTENT_TYPE, kind(relative)),
                (header::CACHE_CONTROL, "no-store"),
                (header::CONTENT_SECURITY_POLICY, POLICY),
            ],
            Body::from(bytes),
        )
            .into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        Some("woff") => "font/woff",
        Some("ttf") => "font/ttf",
        _ => "application/octet-stream",
    }
}

async fn own_origin(State(host): State<Host>, request: HttpRequest, next: Next) -> Response {
    let headers = request.headers();
    let right_host = text(headers, header::HOST) == Some(&host.own);
    let right_origin = text(headers, header::ORIGIN)
        .is_none_or(|origin| origin.strip_prefix("http://").is_some_and(|name| name == &*host.own));
    if right_host && right_origin {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

async fn token_only(State(host): State<Host>, request: HttpRequest, next: Next) -> Response {
    let given = text(request.headers(), header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    if given == Some(&host.token) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
