//! A desk without files: it sends its queue until everything has an outcome, and comes back when it is told to.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use lanterna_model::booking_number::DeskCode;
use lanterna_wire::PROTOCOL;
use lanterna_wire::desk::{Enrolled, Enrolment};
use lanterna_wire::operation::{Batch, BatchReply, Envelope};
use lanterna_wire::outcome::{Answer, Settled};
use lanterna_wire::snapshot::{Manifest, chunk_hash};
use reqwest::{Client, RequestBuilder, Response, header};
use serde::de::DeserializeOwned;
use tokio::sync::Notify;
use uuid::Uuid;

use super::work::Item;
use crate::chance::Chance;

/// Times that a desk asks in vain before the run calls its queue lost.
const PATIENCE: u32 = 400;
/// Where waiting after a failure begins and ends, as in `sync::backoff`.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// Failures after which up to as long again is waited as was asked for, however long that is.
const WHOLLY_SPREAD: u32 = 6;

pub(super) struct Credentials {
    pub(super) desk: u32,
    pub(super) code: DeskCode,
    token: String,
}

/// Enrols with a code.
pub(super) async fn enrol(http: Client, url: String, code: String, at: usize) -> Result<Credentials> {
    let enrolment = Enrolment {
        code,
        protocol: PROTOCOL,
        request: Uuid::from_u128(at as u128 + 1),
    };
    let answer = http
        .post(format!("{url}/v1/enrolments"))
        .json(&enrolment)
        .send()
        .await?;
    let enrolled: Enrolled = answer.error_for_status()?.json().await?;
    Ok(Credentials {
        desk: enrolled.desk.0,
        code: enrolled.code,
        token: enrolled.token,
    })
}

/// What all desks were told so far.
pub(super) struct Told {
    begun: Instant,
    /// Milliseconds from the beginning to each outcome.
    times: Mutex<Vec<u64>>,
    answered: AtomicU64,
    strike_at: u64,
}

impl Told {
    pub(super) fn new(begun: Instant, strike_at: u64) -> Self {
        Self {
            begun,
            times: Mutex::default(),
            answered: AtomicU64::new(0),
            strike_at,
        }
    }

    fn outcome(&self, struck: &Notify) {
        let millis = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.times.lock().unwrap().push(millis);
        if self.answered.fetch_add(1, Ordering::Relaxed) + 1 == self.strike_at.max(1) {
            struck.notify_one();
        }
    }

    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    pub(super) fn since(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(super) fn times(&self) -> Vec<u64> {
        std::mem::take(&mut *self.times.lock().unwrap())
    }
}

/// The way to the central.
#[derive(Clone)]
pub(super) struct Line {
    http: Client,
    base: String,
    token: String,
    chance: Chance,
}

/// What an attempt came to.
enum Attempt<T> {
    Answered(T),
    /// Told to come back.
    Refused(Duration),
    /// No answer, or one that says nothing.
    Nothing,
}

/// What a cold start brought.
pub(super) struct Fetched {
    pub(super) chunks: Vec<String>,
    pub(super) bytes: u64,
    pub(super) refused: u64,
}

impl Line {
    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    async fn attempt(request: RequestBuilder) -> Attempt<Response> {
        let Ok(answer) = request.send().await else {
            return Attempt::Nothing;
        };
        if answer.status().is_success() {
            return Attempt::Answered(answer);
        }
        let after = answer.headers().get(header::RETRY_AFTER);
        let seconds = after.and_then(|value| value.to_str().ok()?.parse().ok());
        seconds.map_or(Attempt::Nothing, |seconds| {
            Attempt::Refused(Duration::from_secs(seconds))
        })
    }

    async fn json<T: DeserializeOwned>(request: RequestBuilder) -> Attempt<T> {
        match Self::attempt(request).await {
            Attempt::Answered(answer) => answer.json().await.map_or(Attempt::Nothing, Attempt::Answered),
            Attempt::Refused(after) => Attempt::Refused(after),
            Attempt::Nothing => Attempt::Nothing,
        }
    }

    async fn push(&self, operations: Vec<Envelope>) -> Attempt<BatchReply> {
        let batch = Batch {
            acknowledged: 0,
            operations,
        };
        let url = format!("{}/v1/operations", self.base);
        Self::json(self.http.post(url).bearer_auth(&self.token).json(&batch)).await
    }

    /// As long as it was told to wait, and up to as long again.
    async fn come_back(&mut self, asked: Duration, failures: u32) {
        let step = WAITS.0.saturating_mul(1 << failures.min(6)).min(WAITS.1);
        let wait = if asked.is_zero() { step / 2 } else { asked };
        let spread = if asked.is_zero() { step / 2 } else { asked.min(step) };
        let spread = self
            .chance
            .millis(0, u64::try_from(spread.as_millis()).unwrap_or(0).max(1));
        tokio::time::sleep(wait + spread).await;
    }

    /// Fetches the manifest and every chunk that it names, and compares each with its name.
    pub(super) async fn fetch_all(mut self) -> Result<Fetched> {
        let mut refused = 0;
        let manifest: Manifest = loop {
            match Self::json(self.get("/v1/snapshot")).await {
                Attempt::Answered(manifest) => break manifest,
                Attempt::Refused(after) => {
                    refused += 1;
                    ensure!(refused < u64::from(PATIENCE), "no manifest");
                    self.come_back(after, 2).await;
                }
                Attempt::Nothing => bail!("no manifest"),
            }
        };
        let mut fetched = Fetched {
            chunks: Vec::new(),
            bytes: 0,
            refused,
        };
        for chunk in manifest.chunks {
            let url = format!("{}/v1/chunks/{}", self.base, chunk.hash);
            let answer = self.http.get(url).send().await?.error_for_status()?;
            let bytes = answer.bytes().await?;
            ensure!(chunk_hash(&bytes) == chunk.hash, "a chunk is not what it is called");
            fetched.bytes += bytes.len() as u64;
            fetched.chunks.push(chunk.hash);
        }
        Ok(fetched)
    }
}

/// A desk with its queue.
pub(super) struct Desk {
    line: Line,
    pub(super) queue: Vec<Item>,
    /// What it was told.
    pub(super) outcomes: HashMap<Uuid, Settled>,
    /// How often it was told to come back.
    pub(super) refused: u64,
    /// How often it was told the outcomes of a part of a batch alone.
    pub(super) in_part: u64,
    /// How often it got no answer.
    pub(super) unanswered: u64,
    /// Answers that no rule of the protocol explains.
    pub(super) strange: u64,
}

impl Desk {
    pub(super) fn new(http: Client, base: String, credentials: Credentials, queue: Vec<Item>, seed: u64) -> Self {
        Self {
            line: Line {
                http,
                base,
                token: credentials.token,
                chance: Chance::new(seed, u64::from(credentials.desk) + 100),
            },
            queue,
            outcomes: HashMap::new(),
            refused: 0,
            in_part: 0,
            unanswered: 0,
            strange: 0,
        }
    }

    pub(super) fn line(&self) -> Line {
        self.line.clone()
    }

    /// Sends what has no outcome yet, again and again.
    pub(super) async fn drain(&mut self, told: &Told, struck: &Notify) {
        let mut failures = 0;
        // As after every return of the line.
        while let Attempt::Refused(_) | Attempt::Nothing = self.status().await {
            failures += 1;
            if failures > PATIENCE {
                return;
            }
        }
        failures = 0;
        while self.outcomes.len() < self.queue.len() && failures < PATIENCE {
            let waiting = self
                .queue
                .iter()
                .filter(|item| !self.outcomes.contains_key(&item.envelope.id));
            let batch = waiting.map(|item| item.envelope.clone()).collect();
            match self.line.push(batch).await {
                Attempt::Answered(reply) => {
                    let asked = self.take(reply, told, struck);
                    if self.outcomes.len() < self.queue.len() {
                        failures += 1;
                        self.in_part += 1;
                        self.line.come_back(asked, WHOLLY_SPREAD).await;
                    }
                }
                Attempt::Refused(after) => {
                    (self.refused, failures) = (self.refused + 1, failures + 1);
                    self.line.come_back(after, failures).await;
                }
                Attempt::Nothing => {
                    (self.unanswered, failures) = (self.unanswered + 1, failures + 1);
                    self.line.come_back(Duration::ZERO, failures).await;
                }
            }
        }
    }

    async fn status(&mut self) -> Attempt<Response> {
        let attempt = Line::attempt(self.line.get("/v1/status")).await;
        match &attempt {
            Attempt::Answered(_) => {}
            Attempt::Refused(after) => {
                self.refused += 1;
                self.line.come_back(*after, 2).await;
            }
            Attempt::Nothing => {
                self.unanswered += 1;
                self.line.come_back(Duration::ZERO, 2).await;
            }
        }
        attempt
    }

    /// Keeps the outcomes; how long the central asks to wait for the others.
    fn take(&mut self, reply: BatchReply, told: &Told, struck: &Notify) -> Duration {
        let mut wait = Duration::ZERO;
        for answered in reply.answers {
            match answered.answer {
                Answer::Outcome(settled) => {
                    if self.outcomes.insert(answered.id, settled).is_none() {
                        told.outcome(struck);
                    }
                }
                Answer::NotYet {
                    retry_after_seconds, ..
                } => {
                    wait = wait.max(Duration::from_secs(retry_after_seconds.into()));
                }
                Answer::AlreadyAnswered | Answer::Refused { .. } => self.strange += 1,
            }
        }
        wait
    }

    /// Sends everything once more; how many answers are not those of before, word for word.
    pub(super) async fn differences(&self) -> Result<u64> {
        let all: Vec<_> = self.queue.iter().map(|item| item.envelope.clone()).collect();
        let mut line = self.line();
        for attempt in 0..PATIENCE {
            match line.push(all.clone()).await {
                Attempt::Answered(reply) => {
                    let differs = reply.answers.iter().filter(|answered| {
                        let Answer::Outcome(again) = &answered.answer else {
                            return true;
                        };
                        self.outcomes.get(&answered.id) != Some(again)
                    });
                    return Ok(differs.count() as u64);
                }
                Attempt::Refused(after) => line.come_back(after, attempt).await,
                Attempt::Nothing => line.come_back(Duration::ZERO, attempt).await,
            }
        }
        None.context("the central answers no more")
    }
}
