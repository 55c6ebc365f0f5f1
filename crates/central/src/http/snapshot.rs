//! All availability as immutable chunks, and the manifest that names those of a channel.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use lanterna_model::access::Channel;
use lanterna_wire::BINARY;
use lanterna_wire::problem::Problem;
use lanterna_wire::snapshot::Manifest;
use tokio::sync::Mutex;

use super::auth::Caller;
use super::range::{Part, part};
use super::status::NO_STORE;
use super::{ApiError, Central, Shared};
use crate::edition::Edition;
use crate::ledger::{CursorError, Ledger, LedgerError};

/// For so long an edition is not kept anew for other processes; well below the time they have.
const KEPT: TimeDelta = TimeDelta::minutes(15);

/// The edition handed out, and the one before for desks that are still fetching it.
#[derive(Default)]
struct Editions {
    current: Option<Arc<Edition>>,
    previous: Option<Arc<Edition>>,
}

/// The editions; one is made at a time while those who want it wait.
#[derive(Default)]
pub(super) struct Snapshots {
    making: Mutex<()>,
    editions: RwLock<Editions>,
}

/// The chunks that together hold what the desk may see, and the one cursor they all show.
#[utoipa::path(get, path = "/v1/snapshot", responses((status = 200, body = Manifest), (status = "default", body = Problem)))]
pub(crate) async fn manifest<L: Ledger>(
    State(central): State<Shared<L>>,
    Caller(desk): Caller,
) -> Result<Response, ApiError> {
    let edition = central.edition(desk.channel).await?;
    Ok((NO_STORE, Json(edition.manifest(desk.channel))).into_response())
}

/// A chunk by the SHA-256 of its bytes. Nothing in it is about a desk or a person, so it needs no
/// token and any cache may keep it. Ranges are served.
#[utoipa::path(get, path = "/v1/chunks/{hash}", security(()),
    params(("hash" = String, Path, description = "64 hexadecimal digits"),
        ("Range" = Option<String>, Header, description = "to resume a download")),
    responses((status = 200, content_type = "application/vnd.lanterna.v1", body = [u8], description = "see wire::snapshot"),
        (status = 206, content_type = "application/vnd.lanterna.v1", body = [u8], description = "the range"),
        (status = "default", body = Problem)))]
pub(crate) async fn chunk<L: Ledger>(
    State(central): State<Shared<L>>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let bytes = central.chunk(&hash).await?;
    let etag = format!("\"{hash}\"");
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let mut out = HeaderMap::new();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(BINARY));
    out.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // A hash that names a chunk is made of hexadecimal digits.
    out.insert(
        header::ETAG,
        HeaderValue::try_from(&etag).map_err(|_| ApiError::Internal)?,
    );
    if text(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag)) {
        return Ok((StatusCode::NOT_MODIFIED, out).into_response());
    }
    let same = text(header::IF_RANGE).is_none_or(|validator| validator == etag);
    match part(text(header::RANGE).filter(|_| same), bytes.len()) {
        Part::Whole => Ok((out, bytes).into_response()),
        Part::Outside => Err(ApiError::Range { bytes: bytes.len() }),
        Part::Some(range) => {
            let told = format!("bytes {}-{}/{}", range.start, range.end - 1, bytes.len());
            out.insert(
                header::CONTENT_RANGE,
                HeaderValue::try_from(told).map_err(|_| ApiError::Internal)?,
            );
            Ok((StatusCode::PARTIAL_CONTENT, out, bytes.slice(range)).into_response())
        }
    }
}

impl<L: Ledger> Central<L> {
    /// The edition to hand out: the present one while it is fresh enough, else a new one.
    async fn edition(&self, channel: Channel) -> Result<Arc<Edition>, ApiError> {
        let _making = self.snapshots.making.lock().await;
        let current = self.snapshots.read().current.clone();
        if let Some(edition) = current.clone()
            && self.fresh(channel, &edition).await?
        {
            self.share(&edition).await?;
            return Ok(edition);
        }
        let made_at = self.clock.now();
        let edition = self
            .ask(async move |ledger: &L| {
                let snapshot = ledger.snapshot().await?;
                Ok::<_, LedgerError>(Edition::of(&snapshot, made_at, current.as_deref()))
            })
            .await??
            .map_err(|_| ApiError::Internal)?;
        let edition = Arc::new(edition);
        self.share(&edition).await?;
        tracing::info!(
            seq = edition.cursor().seq,
            chunks = edition.chunks(),
            "a snapshot was made"
        );
        let mut editions = self.snapshots.editions.write().unwrap_or_else(PoisonError::into_inner);
        editions.previous = editions.current.replace(Arc::clone(&edition));
        Ok(edition)
    }

    /// Keeps the chunks of an edition where other processes find them, before its manifest is
    /// handed out, unless that was done not long ago.
    async fn share(&self, edition: &Arc<Edition>) -> Result<(), ApiError> {
        let now = self.clock.now();
        {
            let mut kept = edition.kept_at.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.is_some_and(|at| (now - at).abs() < KEPT) {
                return Ok(());
            }
            // Once is enough for all who come while it is done; a failure is told to this one.
            *kept = Some(now);
        }
        let chunks = edition.every_chunk();
        let kept = self
            .ask(async move |ledger: &L| ledger.keep_chunks(&chunks).await)
            .await;
        if !matches!(kept, Ok(Ok(()))) {
            *edition.kept_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        Ok(kept??)
    }

    /// A chunk of an edition of this process, or of another one.
    async fn chunk(&self, hash: &str) -> Result<Bytes, ApiError> {
        if let Some(bytes) = self.snapshots.chunk(hash) {
            return Ok(bytes);
        }
        // Nothing else is a hash, and is not worth the way to the ledger.
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ApiError::NotFound);
        }
        let hash = hash.to_owned();
        let kept = self
            .ask(async move |ledger: &L| ledger.kept_chunk(&hash).await)
            .await??;
        kept.ok_or(ApiError::NotFound)
    }

    /// Whether an edition may still be handed out: near the head, and its cursor not gone.
    async fn fresh(&self, channel: Channel, edition: &Edition) -> Result<bool, ApiError> {
        let head = self.ask(async |ledger: &L| ledger.head().await).await??;
        if head == *edition.cursor() {
            return Ok(true);
        }
        if !edition.is_near(&head, self.clock.now(), &self.settings) {
            return Ok(false);
        }
        let cursor = edition.cursor().clone();
        match self
            .ask(async move |ledger: &L| ledger.changes(channel, &cursor, 1).await)
            .await?
        {
            Ok(_) => Ok(true),
            Err(CursorError::Gone | CursorError::Ahead) => Ok(false),
            Err(CursorError::Ledger(error)) => Err(error.into()),
        }
    }
}

impl Snapshots {
    fn read(&self) -> std::sync::RwLockReadGuard<'_, Editions> {
        self.editions.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn chunk(&self, hash: &str) -> Option<Bytes> {
        let editions = self.read();
        [&editions.current, &editions.previous]
            .into_iter()
            .flatten()
            .find_map(|edition| edition.chunk(hash))
    }
}
