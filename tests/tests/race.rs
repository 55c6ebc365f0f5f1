//! Two real desk processes and 32 racing clients on one slot: exactly one is confirmed, in each of 200
//! rounds.
#![allow(clippy::unwrap_used)] // helpers of a test

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_model::access::Channel;
use lanterna_wire::PROTOCOL;
use lanterna_wire::desk::{Enrolled, Enrolment};
use lanterna_wire::operation::BatchReply;
use lanterna_wire::outcome::{Answer, Outcome};
use serde_json::{Value, json};
use uuid::Uuid;

const ROUNDS: u32 = 200;
const CLIENTS: u32 = 32;
/// A follow-up: no quota of a class can close a place behind the mirror's back.
const SERVICE: &str = "89.01.3";

/// A desk of the command line behind its loopback host.
struct DeskProcess {
    child: Child,
    rpc: String,
    token: String,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl Drop for DeskProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn binary() -> PathBuf {
    // target/debug/deps/race-… → target/debug/lanterna, built before by `cargo xtask test`.
    let deps = std::env::current_exe().unwrap();
    let binary = deps.parent().unwrap().parent().unwrap().join("lanterna");
    assert!(
        binary.is_file(),
        "{} is not built: run `cargo xtask test`",
        binary.display()
    );
    binary
}

impl DeskProcess {
    async fn start(central: &Embedded) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(binary())
            .args(["--central", &central.direct_url(), "--data-dir"])
            .arg(folder.path())
            .args(["serve", "--screens"])
            .arg(top().join("ui/dist"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("serving on ")
            .expect("the host prints its address");
        let (base, token) = address.split_once("/#token=").unwrap();
        let desk = Self {
            child,
            rpc: format!("{base}/rpc"),
            token: token.to_owned(),
            http: reqwest::Client::new(),
            _folder: folder,
        };
        desk.ask(json!({ "kind": "create_key", "passphrase": "una frase di prova" }))
            .await
            .unwrap();
        let code = central.enrolment_code(Channel::Mmg).await.unwrap();
        desk.ask(json!({ "kind": "enrol", "code": code, "central_url": null }))
            .await
            .unwrap();
        for _ in 0..600 {
            if desk.ask(json!({ "kind": "status" })).await.unwrap()["data_at"].is_string() {
                return desk;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the first download did not end within 30 s");
    }

    async fn ask(&self, request: Value) -> Result<Value, Value> {
        let response = self
            .http
            .post(&self.rpc)
            .bearer_auth(&self.token)
            .json(&request)
            .send()
            .await
            .unwrap();
        let good = response.status().is_success();
        let body: Value = response.json().await.unwrap();
        if good { Ok(body["value"].clone()) } else { Err(body) }
    }

    async fn first_free(&self) -> Value {
        let query = json!({
            "services": [SERVICE], "priority": null, "access": "follow_up", "requested_at": null, "from": null, "to": null,
            "weekdays": 0, "from_minute": null, "to_minute": null, "origin": null, "max_km": null,
            "organization": null, "location": null, "birth_date": "1980-01-01", "sex": "M", "sort": "date",
            "offset": 0, "limit": 1,
        });
        self.ask(json!({ "kind": "search", "query": query })).await.unwrap()["rows"][0]["spans"].clone()
    }

    /// Books a place; the state in which the booking ends, or the refusal before it was written.
    async fn book(&self, spans: &Value, nre: &str, today: &str) -> String {
        let draft = json!({
            "draft": Uuid::from_u128(u128::from_be_bytes(padded(nre))),
            "patient": patient_input(),
            "prescription": {
                "nre": nre, "priority": null, "access": "follow_up", "issued_on": today, "diagnosis": "", "exemption": "",
                "prescriber": "", "services": [SERVICE],
            },
            "spans": spans, "requested_at": null, "first_proposed": null, "hold": null,
        });
        match self.ask(json!({ "kind": "book", "draft": draft })).await {
            Ok(view) => view["state"].as_str().unwrap().to_owned(),
            Err(error) => error["code"].as_str().unwrap().to_owned(),
        }
    }
}

fn padded(text: &str) -> [u8; 16] {
    let mut bytes = [b' '; 16];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    bytes
}

fn patient_input() -> Value {
    json!({
        "id": "RSSMRA80A01D969Z", "surname": "Rossi", "given_name": "Mario", "birth_date": "1980-01-01", "sex": "M",
        "municipality": null, "phone": "", "demonstration": true,
    })
}

fn nre(round: u32, contender: u32) -> String {
    format!("0700A4{:09}", round * 1_000 + contender)
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
        let id = Uuid::from_u128(u128::from_be_bytes(padded(nre)) ^ 1);
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
    // A second installation only says that it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let central = Embedded::start(EmbeddedConfig {
        schedules: 200,
        ..EmbeddedConfig::default()
    })
    .await
    .unwrap();
    let http = reqwest::Client::new();
    let (one, other) = (DeskProcess::start(&central).await, DeskProcess::start(&central).await);
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(RawClient::enrol(&central, &http).await);
    }
    let status = one.ask(json!({ "kind": "status" })).await.unwrap();
    let now = status["now"].as_str().unwrap().to_owned();
    let today = now[..10].to_owned();
    let mut won_by_desks = 0;
    for round in 0..ROUNDS {
        let spans = one.first_free().await;
        assert!(spans.is_array(), "round {round}: nothing is free any more");
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
            one.book(&spans, &nre_one, &today),
            other.book(&spans, &nre_other, &today)
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
