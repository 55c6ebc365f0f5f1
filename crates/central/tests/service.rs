//! The service over real HTTP: who is let in, and what is handed out.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod support;

use std::time::Duration;

use futures_util::StreamExt;
use lanterna_central::http::Settings;
use lanterna_central::ledger::Ledger;
use lanterna_model::access::Channel;
use lanterna_wire::catalogue::Catalogue;
use lanterna_wire::changes::Change;
use lanterna_wire::desk::Enrolled;
use lanterna_wire::outcome::Outcome;
use lanterna_wire::problem::ProblemCode;
use lanterna_wire::snapshot::Chunk;
use lanterna_wire::status::{ServiceState, Status};
use lanterna_wire::{Cursor, PROTOCOL, limits};
use reqwest::{StatusCode, header};
use support::region::{SCHEDULES, span};
use support::{PATIENCE, http, id, now, problem, served, served_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn nothing_but_health_enrolment_chunks_and_description_answers_without_a_token() {
    let served = served().await;
    for path in [
        "/v1/status",
        "/v1/catalogue",
        "/v1/snapshot",
        "/v1/changes?epoch=x&seq=0&digest=x",
        "/v1/doorbell",
    ] {
        for token in [
            None,
            Some("Bearer "),
            Some("Bearer 00"),
            Some("Basic Og=="),
            Some("\u{e0}"),
        ] {
            let mut request = served.http.get(served.url(path));
            if let Some(token) = token {
                request = request.header(header::AUTHORIZATION, token);
            }
            problem(
                request.send().await.unwrap(),
                StatusCode::UNAUTHORIZED,
                ProblemCode::Unauthorized,
            )
            .await;
        }
    }
    for path in [
        "/v1/holds".to_owned(),
        format!("/v1/holds/{}/release", id()),
        "/v1/operations".to_owned(),
    ] {
        let answer = served.http.post(served.url(&path)).body("{}").send().await.unwrap();
        problem(answer, StatusCode::UNAUTHORIZED, ProblemCode::Unauthorized).await;
    }
    for path in ["/v1/health", "/v1/openapi.json"] {
        assert_eq!(
            served.http.get(served.url(path)).send().await.unwrap().status(),
            StatusCode::OK,
            "{path}"
        );
    }
    let answer = served.http.get(served.url("/v2/nothing")).send().await.unwrap();
    problem(answer, StatusCode::NOT_FOUND, ProblemCode::NotFound).await;
    let answer = served.http.post(served.url("/v1/status")).send().await.unwrap();
    problem(answer, StatusCode::METHOD_NOT_ALLOWED, ProblemCode::Malformed).await;
}

#[tokio::test]
async fn a_code_makes_one_desk_and_the_same_request_gets_the_same_answer() {
    let served = served().await;
    let code = served.code(Channel::Mmg).await;
    let request = id();
    let first: Enrolled = served.enrol(&code, request).await.json().await.unwrap();
    let again: Enrolled = served
        .enrol(&code.to_lowercase().replace('-', " "), request)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (first.desk, &first.code, first.channel, &first.token),
        (again.desk, &again.code, Channel::Mmg, &again.token)
    );
    let used = served.enrol(&code, id()).await;
    problem(used, StatusCode::FORBIDDEN, ProblemCode::EnrolmentRefused).await;
    let wrong = served.enrol("0000-0000-0000-0000", id()).await;
    problem(wrong, StatusCode::FORBIDDEN, ProblemCode::EnrolmentRefused).await;
    let late = served.code(Channel::Mmg).await;
    served.clock.set(now() + chrono::TimeDelta::days(8));
    problem(
        served.enrol(&late, id()).await,
        StatusCode::FORBIDDEN,
        ProblemCode::EnrolmentRefused,
    )
    .await;
}

#[tokio::test]
async fn a_desk_of_another_protocol_is_told_so() {
    let served = served().await;
    let newer = PROTOCOL.newest + 1;
    let body = serde_json::json!({
        "code": served.code(Channel::Mmg).await,
        "protocol": { "oldest": newer, "newest": newer },
        "request": id(),
    });
    let answer = served
        .http
        .post(served.url("/v1/enrolments"))
        .json(&body)
        .send()
        .await
        .unwrap();
    problem(answer, StatusCode::UPGRADE_REQUIRED, ProblemCode::Protocol).await;
}

#[tokio::test]
async fn status_tells_the_state_of_the_desks_own_channel_and_is_never_cached() {
    let served = served().await;
    let (doctor, counter) = (served.desk(Channel::Mmg).await, served.desk(Channel::Desk).await);
    served
        .ledger
        .set_service_state(Channel::Mmg, ServiceState::Frozen, now())
        .await
        .unwrap();
    let answer = doctor.get("/v1/status").send().await.unwrap();
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let status: Status = answer.json().await.unwrap();
    assert_eq!(
        (status.service, status.server_time, status.protocol),
        (ServiceState::Frozen, now(), PROTOCOL)
    );
    assert_eq!(counter.json::<Status>("/v1/status").await.service, ServiceState::Open);
}

#[tokio::test]
async fn the_catalogue_shows_what_the_channel_sees_and_is_not_sent_twice() {
    let served = served().await;
    let (doctor, counter) = (served.desk(Channel::Mmg).await, served.desk(Channel::Desk).await);
    let answer = doctor.get("/v1/catalogue").send().await.unwrap();
    let etag = answer.headers()[header::ETAG].clone();
    let seen: Catalogue = answer.json().await.unwrap();
    assert_eq!(
        seen.schedules.iter().map(|schedule| schedule.id.0).collect::<Vec<_>>(),
        [2, 4]
    );
    assert_eq!(counter.json::<Catalogue>("/v1/catalogue").await.schedules.len(), 4);
    assert_eq!(seen.version, doctor.json::<Status>("/v1/status").await.catalogue);
    for known in [etag.to_str().unwrap().to_owned(), format!("\"{}\"", seen.version)] {
        let answer = doctor
            .get("/v1/catalogue")
            .header(header::IF_NONE_MATCH, known)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
    }
    // The client unpacks by itself, so the encoding shows only to one that does not.
    let plain = reqwest::Client::builder().no_proxy().no_zstd().build().unwrap();
    let asking = || {
        plain
            .get(served.url("/v1/catalogue"))
            .bearer_auth(&doctor.enrolled.token)
    };
    let packed = asking().header(header::ACCEPT_ENCODING, "zstd").send().await.unwrap();
    assert_eq!(packed.headers()[header::CONTENT_ENCODING], "zstd");
    assert!(
        asking()
            .send()
            .await
            .unwrap()
            .headers()
            .get(header::CONTENT_ENCODING)
            .is_none()
    );
    // Another state of the schedule is another version.
    served.ledger.suspend(seen.schedules[1].id, None).await.unwrap();
    let answer = doctor
        .get("/v1/catalogue")
        .header(header::IF_NONE_MATCH, etag)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn manifest_and_chunks_hold_what_the_ledger_holds_and_the_channel_may_see() {
    let served = served().await;
    for (channel, expected) in [(Channel::Mmg, vec![2, 4]), (Channel::Desk, vec![1, 2, 3, 4])] {
        let caller = served.desk(channel).await;
        let manifest = caller.manifest().await;
        let snapshot = served.ledger.snapshot().await.unwrap();
        assert_eq!(manifest.cursor, snapshot.cursor);
        assert_eq!(manifest.schedules as usize, expected.len());
        assert_eq!(manifest.slots, 36 * expected.len() as u64);
        let mut rows = Vec::new();
        for chunk in &manifest.chunks {
            let answer = served
                .http
                .get(served.url(&format!("/v1/chunks/{}", chunk.hash)))
                .send()
                .await
                .unwrap();
            assert_eq!(
                answer.headers()[header::CACHE_CONTROL],
                "public, max-age=31536000, immutable"
            );
            let bytes = answer.bytes().await.unwrap();
            assert_eq!(bytes.len(), chunk.bytes as usize);
            rows.extend(Chunk::decode(&chunk.hash, &bytes).unwrap().rows);
        }
        rows.sort();
        assert_eq!(rows.iter().map(|(id, _)| id.0).collect::<Vec<_>>(), expected);
        for (id, row) in rows {
            let stored = snapshot
                .schedules
                .iter()
                .find(|schedule| schedule.schedule == id)
                .unwrap();
            assert_eq!(stored.row, row);
        }
    }
}

#[tokio::test]
async fn an_interrupted_chunk_resumes_where_it_was_cut() {
    let served = served().await;
    let manifest = served.desk(Channel::Mmg).await.manifest().await;
    let chunk = &manifest.chunks[0];
    let url = served.url(&format!("/v1/chunks/{}", chunk.hash));
    let whole = served.http.get(&url).send().await.unwrap().bytes().await.unwrap();
    let half = whole.len() / 2;
    let rest = served
        .http
        .get(&url)
        .header(header::RANGE, format!("bytes={half}-"))
        .send()
        .await
        .unwrap();
    assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        rest.headers()[header::CONTENT_RANGE],
        format!("bytes {half}-{}/{}", whole.len() - 1, whole.len()).as_str()
    );
    assert_eq!(rest.bytes().await.unwrap(), whole[half..]);
    let other = served
        .http
        .get(&url)
        .header(header::RANGE, "bytes=1-")
        .header(header::IF_RANGE, "\"other\"");
    assert_eq!(other.send().await.unwrap().status(), StatusCode::OK);
    let outside = served
        .http
        .get(&url)
        .header(header::RANGE, format!("bytes={}-", whole.len()))
        .send()
        .await
        .unwrap();
    problem(outside, StatusCode::RANGE_NOT_SATISFIABLE, ProblemCode::Malformed).await;
    let unknown = served
        .http
        .get(served.url(&format!("/v1/chunks/{}", "0".repeat(64))))
        .send()
        .await
        .unwrap();
    problem(unknown, StatusCode::NOT_FOUND, ProblemCode::NotFound).await;
}

#[tokio::test]
async fn changes_lead_from_a_manifest_to_the_head() {
    let served = served().await;
    let caller = served.desk(Channel::Desk).await;
    let from = caller.manifest().await.cursor;
    assert_eq!(caller.page(&from).await.changes, []);
    let (_, outcome) = caller.book(1, span(1, 0)).await;
    assert_eq!(outcome, Outcome::Confirmed);
    let page = caller.page(&from).await;
    assert_eq!((&page.from, page.more), (&from, false));
    assert_eq!(page.to, served.ledger.head().await.unwrap());
    assert!(
        matches!(&page.changes[..], [Change::Session { schedule, free, .. }] if schedule.0 == 1 && free[0] & 1 == 0)
    );
    // A doctor does not see the schedule, yet the cursor moves on.
    let doctor = served.desk(Channel::Mmg).await;
    let unseen = doctor.page(&from).await;
    assert_eq!((unseen.changes.len(), unseen.to), (0, page.to));
}

#[tokio::test]
async fn a_cursor_of_another_life_is_gone_and_one_ahead_is_told_apart() {
    let served = served().await;
    let caller = served.desk(Channel::Mmg).await;
    let head = served.ledger.head().await.unwrap();
    let gone = Cursor {
        epoch: "0".repeat(32),
        ..head.clone()
    };
    problem(
        caller.changes_since(&gone).send().await.unwrap(),
        StatusCode::GONE,
        ProblemCode::CursorGone,
    )
    .await;
    let ahead = Cursor {
        seq: head.seq + 10,
        ..head.clone()
    };
    problem(
        caller.changes_since(&ahead).send().await.unwrap(),
        StatusCode::CONFLICT,
        ProblemCode::CursorAhead,
    )
    .await;
    let incomplete = caller.get("/v1/changes?seq=1").send().await.unwrap();
    problem(incomplete, StatusCode::BAD_REQUEST, ProblemCode::Malformed).await;
}

#[tokio::test]
async fn a_manifest_is_handed_out_again_until_the_feed_has_moved_far_enough() {
    let settings = Settings {
        manifest_rows: 1,
        manifest_age: Duration::from_secs(60),
        ..Settings::default()
    };
    let served = served_with(settings, SCHEDULES).await;
    let caller = served.desk(Channel::Desk).await;
    let first = caller.manifest().await;
    for number in 1..=3 {
        let (_, outcome) = caller.book(number, span(1, number.try_into().unwrap())).await;
        assert_eq!(outcome, Outcome::Confirmed);
    }
    assert_eq!(caller.manifest().await, first, "it is young");
    assert_eq!(caller.page(&first.cursor).await.to, served.ledger.head().await.unwrap());
    served.clock.set(now() + chrono::TimeDelta::minutes(2));
    let second = caller.manifest().await;
    assert_eq!(second.cursor, served.ledger.head().await.unwrap());
    let kept = first
        .chunks
        .iter()
        .filter(|chunk| second.chunks.contains(chunk))
        .count();
    assert_eq!(kept, first.chunks.len() - 1, "what did not change keeps its name");
    for chunk in first.chunks.iter().chain(&second.chunks) {
        let answer = served
            .http
            .get(served.url(&format!("/v1/chunks/{}", chunk.hash)))
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::OK,
            "chunks of the manifest before are still there"
        );
    }
    // A new region cuts the history: no desk may be sent to a cursor that is gone.
    served
        .ledger
        .install(&support::region::region(SCHEDULES), now())
        .await
        .unwrap();
    let third = caller.manifest().await;
    caller.page(&third.cursor).await;
}

#[tokio::test]
async fn the_doorbell_rings_when_anybody_moves_the_head() {
    let served = served().await;
    let (listener, other) = (served.desk(Channel::Mmg).await, served.desk(Channel::Desk).await);
    let mut events = listener.get("/v1/doorbell").send().await.unwrap().bytes_stream();
    let mut text = String::new();
    let mut heard = async |count: usize| {
        while text.matches("\n\n").count() < count {
            let part = tokio::time::timeout(PATIENCE, events.next())
                .await
                .unwrap()
                .unwrap()
                .unwrap();
            text.push_str(std::str::from_utf8(&part).unwrap());
        }
        text.split("\n\n").nth(count - 1).unwrap().to_owned()
    };
    assert!(heard(1).await.contains("event: head"), "the present head comes at once");
    assert_eq!(other.book(1, span(1, 0)).await.1, Outcome::Confirmed);
    let event = heard(2).await;
    let told: Cursor = serde_json::from_str(event.split("data: ").nth(1).unwrap()).unwrap();
    assert_eq!(told, served.ledger.head().await.unwrap());
    // Somebody else than this service moves it.
    served
        .ledger
        .foreign_booking(&span(1, 3), None, now())
        .await
        .unwrap()
        .unwrap();
    heard(3).await;
    // The end of the service is the end of the stream.
    served.running.stop().await;
    assert!(tokio::time::timeout(PATIENCE, events.next()).await.unwrap().is_none());
}

#[tokio::test]
async fn too_much_is_refused_and_never_cut() {
    let served = served().await;
    let caller = served.desk(Channel::Mmg).await;
    let large = vec![b' '; limits::REQUEST_BYTES + 1];
    let answer = caller.post("/v1/operations").body(large).send().await.unwrap();
    problem(answer, StatusCode::PAYLOAD_TOO_LARGE, ProblemCode::TooLarge).await;
    let operations: Vec<_> = (0..=limits::BATCH_OPERATIONS)
        .map(|at| serde_json::json!({ "id": id(), "number": at + 1, "body": "{}" }))
        .collect();
    let batch = serde_json::json!({ "acknowledged": 0, "operations": operations });
    let answer = caller.post("/v1/operations").json(&batch).send().await.unwrap();
    problem(answer, StatusCode::PAYLOAD_TOO_LARGE, ProblemCode::TooLarge).await;
    let answer = caller.post("/v1/operations").body("{").send().await.unwrap();
    problem(answer, StatusCode::BAD_REQUEST, ProblemCode::Malformed).await;
}

#[tokio::test]
async fn beyond_its_room_the_central_says_when_to_come_back() {
    let served = served_with(
        Settings {
            requests: 0,
            waiting: 0,
            ..Settings::default()
        },
        1,
    )
    .await;
    let answer = http().get(served.url("/v1/status")).send().await.unwrap();
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    problem(answer, StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Busy).await;
    assert_eq!(
        http().get(served.url("/v1/health")).send().await.unwrap().status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_request_whose_body_never_ends_is_ended() {
    let served = served_with(
        Settings {
            request_time: Duration::from_millis(100),
            ..Settings::default()
        },
        1,
    )
    .await;
    let mut line = tokio::net::TcpStream::connect(served.running.addr()).await.unwrap();
    line.write_all(b"POST /v1/enrolments HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        .await
        .unwrap();
    let mut answer = [0; 12];
    tokio::time::timeout(PATIENCE, line.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 503");
}
