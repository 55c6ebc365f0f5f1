//! Reading answers within bounds, and downloads that go on where they were cut.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use lanterna_sync::Failure;
use lanterna_wire::BINARY;
use lanterna_wire::problem::{Problem, ProblemCode};
use reqwest::{Response, StatusCode, header};

/// Reads a whole body of at most `most` bytes into `body`, which may hold its beginning already.
pub(super) async fn read_into(mut response: Response, body: &mut Vec<u8>, most: usize) -> Result<(), Failure> {
    loop {
        match response.chunk().await {
            Ok(Some(part)) => {
                if body.len() + part.len() > most {
                    return Err(Failure::Fault);
                }
                body.extend_from_slice(&part);
            }
            Ok(None) => return Ok(()),
            // Nothing is unpacked on the way: whatever goes wrong here is the line's doing. The error's own
            // text may hold the address; it is dropped.
            Err(_) => return Err(Failure::Unreachable),
        }
    }
}

/// Whether an answer is one of the protocol's binary messages: a captive portal's page is none.
pub(super) fn is_binary(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == BINARY)
}

/// Whether a partial answer goes on at a byte.
pub(super) fn goes_on_at(response: &Response, at: usize) -> bool {
    response
        .headers()
        .get(header::CONTENT_RANGE)
        .and_then(|range| range.to_str().ok()?.strip_prefix("bytes ")?.split_once('-'))
        .is_some_and(|(from, _)| from.parse() == Ok(at))
}

/// The answer when it is a success, else what it means.
pub(super) async fn successful(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return Ok(response);
    }
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(|seconds: u64| Duration::from_secs(seconds.min(600)));
    let mut body = Vec::new();
    let readable = read_into(response, &mut body, 64 * 1024).await.is_ok();
    let problem = readable
        .then(|| serde_json::from_slice::<Problem>(&body).ok())
        .flatten();
    // Only a problem in the protocol's own words is believed: a captive portal answers 404 too.
    Err(match (status, problem.map(|problem| problem.code)) {
        (StatusCode::UNAUTHORIZED, Some(ProblemCode::Unauthorized)) => Failure::Unauthorized,
        (_, Some(ProblemCode::NotFound)) => Failure::Missing,
        (_, Some(ProblemCode::CursorGone)) => Failure::CursorGone,
        (_, Some(ProblemCode::CursorAhead)) => Failure::CursorAhead,
        (_, Some(ProblemCode::Protocol)) => Failure::Protocol,
        (_, Some(ProblemCode::Malformed | ProblemCode::TooLarge)) => Failure::Refused,
        (StatusCode::TOO_MANY_REQUESTS, _) | (_, Some(ProblemCode::Busy)) => Failure::Busy { retry_after },
        (StatusCode::SERVICE_UNAVAILABLE, _) if retry_after.is_some() => Failure::Busy { retry_after },
        _ => Failure::Fault,
    })
}

/// Beginnings of downloads that were cut, by name. Bounded: the oldest goes when there are many.
#[derive(Default)]
pub(super) struct Partials(Mutex<HashMap<String, Vec<u8>>>);

const MOST_PARTIALS: usize = 16;

impl Partials {
    pub(super) fn take(&self, name: &str) -> Vec<u8> {
        self.lock().remove(name).unwrap_or_default()
    }

    pub(super) fn keep(&self, name: &str, bytes: Vec<u8>) {
        let mut kept = self.lock();
        if !bytes.is_empty() && kept.len() < MOST_PARTIALS {
            kept.insert(name.to_owned(), bytes);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
