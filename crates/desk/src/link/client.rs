//! Requests to the central.

use std::sync::Arc;
use std::time::Duration;

use lanterna_sync::{Answer, Failure, Request};
use lanterna_wire::changes::Page;
use lanterna_wire::desk::{Enrolled, Enrolment, Readmission};
use lanterna_wire::hold::{HoldReply, HoldRequest};
use lanterna_wire::rescue::RescueReply;
use lanterna_wire::snapshot::{Chunk, Manifest, chunk_hash};
use lanterna_wire::status::Status;
use lanterna_wire::{DecodeError, catalogue, limits};
use reqwest::{Client, RequestBuilder, StatusCode, Url, header};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::transfer::{Partials, goes_on_at, is_binary, read_into, successful};
use crate::adapters::Clock;

const CONNECT: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_secs(8);
const LONG: Duration = Duration::from_secs(60);

/// Speaks to one central as one desk.
pub struct CentralClient {
    http: Client,
    base: Url,
    token: String,
    clock: Arc<dyn Clock>,
    partials: Partials,
}

/// Why there is no client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The address of the central is no http or https address.
    #[error("the address of the central is not an http or https address")]
    Address,
    /// The TLS library cannot be used.
    #[error("the TLS library cannot be used")]
    Tls,
}

/// How an enrolment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Enrolling {
    /// The code is wrong, used or too old.
    #[error("the enrolment code was refused")]
    Refused,
    /// No version in common.
    #[error("no version of the protocol in common")]
    Protocol,
    /// No connection.
    #[error("the central cannot be reached")]
    Unreachable,
    /// An answer that cannot be read.
    #[error("the answer of the central cannot be read")]
    Fault,
}

impl CentralClient {
    /// A client for a central; `token` is empty until the desk is enrolled. Its patience is counted by
    /// the desk's clock.
    ///
    /// # Errors
    /// [`ClientError`] when the address or the TLS library is no good.
    pub fn new(base: &str, token: &str, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        // A second installation answers with an error that only says it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut base: Url = base.trim().parse().map_err(|_| ClientError::Address)?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(ClientError::Address);
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let http = Client::builder()
            .connect_timeout(clock.lasting(CONNECT))
            .redirect(reqwest::redirect::Policy::none())
            // What is packed is unpacked here, so that a broken line is told from broken bytes.
            .no_zstd()
            .user_agent(concat!("lanterna/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| ClientError::Tls)?;
        Ok(Self {
            http,
            base,
            token: token.to_owned(),
            clock,
            partials: Partials::default(),
        })
    }

    /// Becomes a desk. Repeating the same request gets the same desk.
    ///
    /// # Errors
    /// [`Enrolling`] tells the refusal from the faults of the way.
    pub async fn enrol(&self, enrolment: &Enrolment) -> Result<Enrolled, Enrolling> {
        let request = self
            .http
            .post(self.url("v1/enrolments"))
            .json(enrolment)
            .timeout(self.within(SHORT));
        let response = request.send().await.map_err(|_| Enrolling::Unreachable)?;
        if response.status() == StatusCode::FORBIDDEN {
            return Err(Enrolling::Refused);
        }
        match successful(response).await {
            Ok(response) => json(response, limits::ANSWER_BYTES).await.map_err(|_| Enrolling::Fault),
            Err(Failure::Protocol) => Err(Enrolling::Protocol),
            Err(Failure::Refused | Failure::Missing) => Err(Enrolling::Refused),
            Err(Failure::Unreachable) => Err(Enrolling::Unreachable),
            Err(_) => Err(Enrolling::Fault),
        }
    }

    /// Asks to keep places.
    ///
    /// # Errors
    /// The failure of the way; a refusal is an answer.
    pub async fn hold(&self, request: &HoldRequest) -> Result<HoldReply, Failure> {
        json(
            self.send(self.post("v1/holds").json(request).timeout(self.within(SHORT)))
                .await?,
            limits::ANSWER_BYTES,
        )
        .await
    }

    /// Hands in a rescue file.
    ///
    /// # Errors
    /// [`Failure::Refused`] and [`Failure::Missing`]: the central does not take it.
    pub async fn rescue(&self, file: Vec<u8>) -> Result<RescueReply, Failure> {
        json(
            self.send(self.post("v1/rescue").body(file).timeout(self.within(LONG)))
                .await?,
            limits::ANSWER_BYTES,
        )
        .await
    }

    /// Lets a hold go. The central lets go by itself when this does not arrive.
    ///
    /// # Errors
    /// The failure of the way.
    pub async fn release_hold(&self, hold: Uuid) -> Result<(), Failure> {
        self.send(
            self.post(&format!("v1/holds/{hold}/release"))
                .timeout(self.within(SHORT)),
        )
        .await
        .map(drop)
    }

    /// Asks what the engine wants to know.
    ///
    /// # Errors
    /// The failure as the engine knows it.
    pub async fn ask(&self, request: &Request) -> Result<Answer, Failure> {
        match request {
            Request::Status => {
                let status: Status = json(
                    self.send(self.get("v1/status").timeout(self.within(SHORT))).await?,
                    limits::ANSWER_BYTES,
                )
                .await?;
                Ok(Answer::Status(Box::new(status)))
            }
            Request::Catalogue { known } => {
                let mut get = self.get("v1/catalogue").timeout(self.within(LONG));
                get = get.header(header::ACCEPT_ENCODING, "zstd");
                if let Some(known) = known {
                    get = get.header(header::IF_NONE_MATCH, format!("\"{known}\""));
                }
                let response = self.send(get).await?;
                if response.status() == StatusCode::NOT_MODIFIED {
                    return Ok(Answer::Catalogue(None));
                }
                let packed = response.headers().get(header::CONTENT_ENCODING).is_some();
                let mut body = Vec::new();
                read_into(response, &mut body, limits::CATALOGUE_BYTES).await?;
                if packed {
                    body = catalogue::unpack(&body).map_err(unreadable)?;
                }
                let catalogue = serde_json::from_slice(&body).map_err(|_| Failure::Fault)?;
                Ok(Answer::Catalogue(Some(catalogue)))
            }
            Request::Manifest => {
                let manifest: Manifest = json(
                    self.send(self.get("v1/snapshot").timeout(self.within(LONG))).await?,
                    limits::ANSWER_BYTES,
                )
                .await?;
                Ok(Answer::Manifest(Box::new(manifest)))
            }
            Request::Chunk { hash, bytes } => self.chunk(hash, *bytes as usize).await,
            Request::Changes { from } => {
                let get = self
                    .get("v1/changes")
                    .query(&[("epoch", from.epoch.as_str()), ("digest", from.digest.as_str())])
                    .query(&[("seq", from.seq)])
                    .timeout(self.within(LONG));
                let bytes = page(self.send(get).await?).await?;
                Page::decode(&bytes)
                    .map(|page| Answer::Changes(Box::new(page)))
                    .map_err(unreadable)
            }
            Request::Push(batch) => {
                let reply = self
                    .send(self.post("v1/operations").json(batch).timeout(self.within(LONG)))
                    .await?;
                Ok(Answer::Pushed(json(reply, limits::ANSWER_BYTES).await?))
            }
            Request::Readmit(papers) => {
                let shown = Readmission {
                    papers: papers.clone(),
                    token: self.token.clone(),
                };
                self.send(self.post("v1/readmissions").json(&shown).timeout(self.within(SHORT)))
                    .await?;
                Ok(Answer::Readmitted)
            }
            Request::Assert(assertion) => {
                let reply = self
                    .send(self.post("v1/assertions").json(assertion).timeout(self.within(LONG)))
                    .await?;
                Ok(Answer::Asserted(Box::new(json(reply, limits::ANSWER_BYTES).await?)))
            }
            Request::Stock(exchange) => {
                let reply = self
                    .send(self.post("v1/stock").json(exchange).timeout(self.within(SHORT)))
                    .await?;
                Ok(Answer::Stocked(Box::new(json(reply, limits::ANSWER_BYTES).await?)))
            }
        }
    }

    async fn chunk(&self, hash: &str, bytes: usize) -> Result<Answer, Failure> {
        if hash.len() != 64 || !hash.bytes().all(|digit| digit.is_ascii_hexdigit()) || bytes > limits::CHUNK_WIRE_BYTES
        {
            return Err(Failure::Fault);
        }
        let mut body = self.partials.take(hash);
        // No token: chunks are public and may be served by a cache.
        let mut get = self
            .http
            .get(self.url(&format!("v1/chunks/{hash}")))
            .timeout(self.within(LONG));
        if !body.is_empty() {
            get = get.header(header::RANGE, format!("bytes={}-", body.len()));
        }
        let response = match get.send().await {
            Ok(response) => successful(response).await?,
            Err(_) => {
                self.partials.keep(hash, body);
                return Err(Failure::Unreachable);
            }
        };
        if !is_binary(&response) {
            return Err(Failure::Fault);
        }
        if response.status() != StatusCode::PARTIAL_CONTENT {
            body.clear();
        } else if !goes_on_at(&response, body.len()) {
            return Err(Failure::Fault);
        }
        if let Err(failure) = read_into(response, &mut body, bytes).await {
            if failure == Failure::Unreachable {
                self.partials.keep(hash, body);
            }
            return Err(failure);
        }
        if body.len() < bytes {
            self.partials.keep(hash, body);
            return Err(Failure::Unreachable);
        }
        Chunk::decode(hash, &body).map_err(unreadable)?;
        Ok(Answer::Chunk {
            hash: hash.to_owned(),
            bytes: body,
        })
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path)).bearer_auth(&self.token)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.url(path)).bearer_auth(&self.token)
    }

    pub(super) fn within(&self, patience: Duration) -> Duration {
        self.clock.lasting(patience)
    }

    fn url(&self, path: &str) -> Url {
        // The path is ours and the base is checked: joining cannot fail.
        self.base.join(path).unwrap_or_else(|_| self.base.clone())
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Result<reqwest::Response, Failure> {
        match request.send().await {
            Ok(response) => successful(response).await,
            Err(_) => Err(Failure::Unreachable),
        }
    }
}

fn unreadable(error: DecodeError) -> Failure {
    match error {
        DecodeError::Version(_) => Failure::Protocol,
        _ => Failure::Fault,
    }
}

async fn json<T: DeserializeOwned>(response: reqwest::Response, most: usize) -> Result<T, Failure> {
    let mut body = Vec::new();
    read_into(response, &mut body, most).await?;
    serde_json::from_slice(&body).map_err(|_| Failure::Fault)
}

/// The bytes of a page of changes, which are those its ETag tells: bits say nothing of themselves.
async fn page(response: reqwest::Response) -> Result<Vec<u8>, Failure> {
    if !is_binary(&response) {
        return Err(Failure::Fault);
    }
    let told = response.headers().get(header::ETAG).cloned();
    let mut body = Vec::new();
    read_into(response, &mut body, limits::ANSWER_BYTES).await?;
    let found = format!("\"{}\"", chunk_hash(&body));
    if told.is_some_and(|told| told == found.as_str()) {
        Ok(body)
    } else {
        Err(Failure::Fault)
    }
}
