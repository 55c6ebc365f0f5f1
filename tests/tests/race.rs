//! Two real desk processes and 32 racing clients on one slot: exactly one is confirmed, in each of 200
//! rounds.
#![allow(clippy::unwrap_used)] // helpers of a test

use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_central::http::Settings;
use lanterna_model::access::Channel;
use lanterna_tests::desk_process::{DeskProcess, Line, booking, client};
use lanterna_tests::{SERVICE, nre};
use lanterna_wire::PROTOCOL;
use lanterna_wire::desk::{Enrolled, Enrolment};
use lanterna_wire::operation::BatchReply;
use lanterna_wire::outcome::{Answer, Outcome};
use serde_json::{Value, json};
use uuid::Uuid;

const ROUNDS: u32 = 200;
const CLIENTS: u32 = 32;

fn id(nre: &str) -> Uuid {
    let mut bytes = [b' '; 16];
    bytes[..nre.len()].copy_from_slice(nre.as_bytes());
    Uuid::from_bytes(bytes)
}

/// Books a place; the state in which the booking ends, or the refusal before it was written.
async fn book(desk: &Line, spans: &Value, nre: &str, today: &str) -> String {
    match desk.ask(&booking(id(nre), nre, today, spans, None)).await {
        Ok(view) => view["state"].as_str().unwrap().to_owned(),
        Err(refused) => refused.code().to_owned(),
    }
}

/// A client that speaks the protocol by itself.
struct RawClient {
    desk: Enrolled,
    number: u64,
}

impl RawClient {
    async fn enrol(central: &Embedded, http: &reqwest::Client) -> Self {
        let code = central.enrolment_code(Channel::Mmg).await.unwrap();
        let enrolment = Enrolment {
            code,
            protocol: PROTOCOL,
            request: Uuid::from_u128(7),
        };
        let url = format!("{}/v1/enrolments", central.direct_url());
        let desk = http
            .post(url)
            .json(&enrolment)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        Self { desk, number: 0 }
    }

    /// The request that books a place.
    fn request(&mut self, spans: &Value, nre: &str, today: &str, now: &str) -> Value {
        self.number += 1;
        let id = Uuid::from_u128(id(nre).as_u128() ^ 1);
        let booking =
            lanterna_model::booking_number::BookingNumber::new(&self.desk.code, u32::try_from(self.number).unwrap());
        let body = json!({
            "version": 1, "id": id, "booking": booking, "previous": null, "created_at": now, "action": "book",
            "patient": { "id": "RSSMRA80A01D969Z", "surname": "Rossi", "given_name": "Mario",
                "birth_date": "1980-01-01", "sex": "M" },
            "prescription": { "nre": nre, "priority": null, "access": "follow_up", "issued_on": today,
                "lines": [{ "line": 1, "service": SERVICE, "quantity": 1 }] },
            "appointments": [{ "line": 1, "service": SERVICE, "span": spans[0] }],
            "requested_at": now, "first_proposed": null, "cancellation_code": "00000000", "hold": null,
        });
        json!({ "acknowledged": 0, "operations": [{ "id": id, "number": self.number, "body": body.to_string() }] })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_all_who_want_one_place_exactly_one_gets_it() {
    // The rounds follow each other faster than a desk in use may ask.
    let settings = Settings {
        burst: 100_000,
        per_second: 1_000,
        ..Settings::default()
    };
    let central = Embedded::start(EmbeddedConfig {
        schedules: 200,
        settings,
        ..EmbeddedConfig::default()
    })
    .await
    .unwrap();
    let http = client();
    let (folder, other_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = DeskProcess::enrolled(folder.path(), &central).await.unwrap();
    let second = DeskProcess::enrolled(other_folder.path(), &central).await.unwrap();
    let (one, other) = (first.line(), second.line());
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(RawClient::enrol(&central, &http).await);
    }
    let status = one.must(&json!({ "kind": "status" })).await.unwrap();
    let now = status["now"].as_str().unwrap().to_owned();
    let today = now[..10].to_owned();
    let mut won_by_desks = 0;
    for round in 0..ROUNDS {
        let spans = one.free(0, 1).await.unwrap().pop();
        let spans = spans.unwrap_or_else(|| panic!("round {round}: nothing is free any more"));
        let mut racing = tokio::task::JoinSet::new();
        for (at, client) in (10u32..).zip(&mut clients) {
            let body = client.request(&spans, &nre(round, at), &today, &now);
            let url = format!("{}/v1/operations", central.direct_url());
            let request = http.post(url).bearer_auth(&client.desk.token).json(&body);
            racing.spawn(async move {
                let reply: BatchReply = request.send().await.unwrap().json().await.unwrap();
                match &reply.answers[0].answer {
                    Answer::Outcome(settled) => settled.outcome == Outcome::Confirmed,
                    other => panic!("no outcome: {other:?}"),
                }
            });
        }
        let (nre_one, nre_other) = (nre(round, 1), nre(round, 2));
        let (first, second) = tokio::join!(
            book(one, &spans, &nre_one, &today),
            book(other, &spans, &nre_other, &today)
        );
        let mut confirmed = 0;
        while let Some(won) = racing.join_next().await {
            confirmed += u32::from(won.unwrap());
        }
        for state in [&first, &second] {
            assert!(
                ["confirmed", "conflict", "slot-taken"].contains(&state.as_str()),
                "round {round}: a desk ended in {state}"
            );
            confirmed += u32::from(state == "confirmed");
            won_by_desks += u32::from(state == "confirmed");
        }
        assert_eq!(confirmed, 1, "round {round}");
    }
    assert_eq!(central.verify().await.unwrap(), u64::from(ROUNDS));
    println!(
        "{ROUNDS} rounds, {} contenders each, desks won {won_by_desks}",
        CLIENTS + 2
    );
}
