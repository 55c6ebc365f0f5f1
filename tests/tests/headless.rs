//! `lanterna` as a person and as a program use it: the built binary against a real central.
#![allow(clippy::unwrap_used)] // helpers of a test

use std::path::PathBuf;

use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_model::access::Channel;
use lanterna_tests::programs::command;
use lanterna_tests::{SERVICE, nre};
use serde_json::{Value, json};

struct World {
    central: Embedded,
    folder: tempfile::TempDir,
}

impl World {
    /// A desk that is enrolled and has its data.
    async fn new() -> Self {
        let central = Embedded::start(EmbeddedConfig {
            schedules: 60,
            ..EmbeddedConfig::default()
        })
        .await
        .unwrap();
        let world = Self {
            central,
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::write(world.path("frase"), "una frase di prova\n").unwrap();
        let code = world.central.enrolment_code(Channel::Mmg).await.unwrap();
        world.json(&["enrol", "--code", &code]).await;
        let status = world.json(&["sync"]).await;
        assert!(status["schedules"].as_u64().unwrap() > 20, "{status}");
        assert_eq!(status["queued"], 0);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command: exit code, output, complaints.
    async fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut lanterna = command("lanterna");
        lanterna
            .args(arguments)
            .args(["--central", &self.central.url(), "--data-dir"])
            .arg(self.path("desk"))
            .arg("--passphrase-file")
            .arg(self.path("frase"));
        // The central lives in this process and has to be let work meanwhile.
        let output = tokio::task::spawn_blocking(move || lanterna.output().unwrap())
            .await
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let (code, out, err) = self.run(&[arguments, &["--json"]].concat()).await;
        assert_eq!(code, 0, "{arguments:?}: {err}");
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{arguments:?} is no JSON: {out}"))
    }

    async fn text(&self, arguments: &[&str]) -> String {
        let (code, out, err) = self.run(arguments).await;
        assert_eq!(code, 0, "{arguments:?}: {err}");
        out
    }

    async fn refused(&self, arguments: &[&str]) -> String {
        let (code, out, err) = self.run(arguments).await;
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}: {err}");
        err
    }

    /// A request file for the made-up patient, with some fields of the prescription set otherwise.
    fn request(&self, nre: &str, other: &Value) -> String {
        let mut request = json!({
            "patient": {
                "id": "RSSMRA80A01D969Z", "surname": "Rossi", "given_name": "Mario", "birth_date": "1980-01-01",
                "sex": "M", "municipality": null, "phone": "", "demonstration": true,
            },
            "prescription": {
                "nre": nre, "priority": null, "access": "follow_up", "issued_on": self.today(), "diagnosis": "",
                "exemption": "", "prescriber": "", "services": [SERVICE],
            },
        });
        for (part, fields) in other.as_object().unwrap() {
            for (field, value) in fields.as_object().unwrap() {
                request[part][field] = value.clone();
            }
        }
        let file = self.path(&format!("{nre}.json"));
        std::fs::write(&file, request.to_string()).unwrap();
        file.to_str().unwrap().to_owned()
    }

    fn today(&self) -> String {
        let now = lanterna_desk::Clock::now(&lanterna_desk::SystemClock);
        now.today().to_string()
    }
}

fn number(view: &Value) -> &str {
    view["number"].as_str().unwrap()
}

#[tokio::test]
async fn every_command_answers_programs_in_json() {
    let world = World::new().await;
    let found = world.json(&["search", "--service", SERVICE, "--limit", "3"]).await;
    assert_eq!(found["rows"].as_array().unwrap().len(), 3);
    // A window narrows what is found, and never finds anything else.
    let afternoons = [
        "--after",
        "13:00",
        "--before",
        "18:00",
        "--weekday",
        "2",
        "--weekday",
        "4",
        "--limit",
        "5",
    ];
    let narrow = world
        .json(&[&["search", "--service", SERVICE][..], &afternoons].concat())
        .await;
    for row in narrow["rows"].as_array().unwrap() {
        let wall: chrono::NaiveDateTime = row["wall"].as_str().unwrap().parse().unwrap();
        assert!([chrono::Weekday::Tue, chrono::Weekday::Thu].contains(&chrono::Datelike::weekday(&wall)));
        assert!((13..=18).contains(&chrono::Timelike::hour(&wall)), "{wall}");
    }
    let site = found["rows"][0]["location_id"].to_string();
    let there = world.json(&["search", "--service", SERVICE, "--location", &site]).await;
    let rows = there["rows"].as_array().unwrap();
    assert_eq!(rows[0], found["rows"][0]);
    assert!(
        rows.iter()
            .all(|row| row["location_id"] == found["rows"][0]["location_id"])
    );
    let request = world.request(&nre(1, 1), &json!({}));
    let booked = world.json(&["book", "--request", &request, "--choice", "2"]).await;
    assert_eq!(booked["state"], "confirmed");
    assert_eq!(booked["appointments"][0]["span"], found["rows"][1]["spans"][0]);
    let settled = world.json(&["queue", "--part", "settled"]).await;
    assert_eq!(settled["rows"][0]["number"], booked["number"]);
    let moved = world.json(&["move", number(&booked), "--choice", "1"]).await;
    assert_eq!(moved["state"], "confirmed");
    assert_ne!(moved["appointments"][0]["span"], booked["appointments"][0]["span"]);
    let shown = world.json(&["show", number(&booked)]).await;
    assert_eq!(shown["timeline"].as_array().unwrap().len(), 6);
    let document = world.json(&["print", number(&booked)]).await;
    let pdf = std::fs::read(document["path"].as_str().unwrap()).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let cancelled = world
        .json(&["cancel", number(&booked), "--reason", "Richiesta dell’assistito"])
        .await;
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(world.json(&["verify"]).await, json!([]));
    assert_eq!(world.central.verify().await.unwrap(), 0);
}

#[tokio::test]
async fn people_read_the_agreed_words_on_line_and_off() {
    let world = World::new().await;
    let request = world.request(&nre(2, 1), &json!({}));
    let booked = world.text(&["book", "--request", &request]).await;
    assert!(booked.contains("  Confermata\n"), "{booked}");
    world.central.proxy().cut();
    let found = world.text(&["search", "--service", SERVICE]).await;
    assert!(found.starts_with("  1. "), "{found}");
    let request = world.request(&nre(2, 2), &json!({}));
    let queued = world.text(&["book", "--request", &request]).await;
    assert!(queued.contains("  In coda – non confermata\n"), "{queued}");
    let (code, out, err) = world.run(&["sync", "--wait", "1"]).await;
    assert_eq!((code, out.as_str()), (1, "1 operazioni ancora in coda\n"), "{err}");
    assert!(err.contains("il CUP non risponde"), "{err}");
    let queue = world.text(&["queue"]).await;
    assert!(queue.starts_with("0 da risolvere, 1 in coda, 1 inviate\n"), "{queue}");
    assert!(queue.trim().ends_with("In coda – non confermata"), "{queue}");
    let waiting = queued.split_whitespace().next().unwrap();
    // What was never sent is withdrawn here; what was confirmed waits for the central.
    let withdrawn = world.text(&["cancel", waiting, "--reason", "errore"]).await;
    assert!(withdrawn.contains("  Annullata\n"), "{withdrawn}");
    let number = booked.split_whitespace().next().unwrap();
    let asked = world.text(&["cancel", number, "--reason", "errore"]).await;
    assert!(asked.contains("  Confermata; In coda – non confermata\n"), "{asked}");
    world.central.proxy().restore();
    assert!(world.text(&["sync"]).await.ends_with(" agende, coda vuota\n"));
    let shown = world.text(&["show", number]).await;
    assert!(shown.contains("  Annullata\n"), "{shown}");
    assert_eq!(world.text(&["verify"]).await, "Archivio integro: nessuna anomalia\n");
}

#[tokio::test]
async fn what_is_wrong_is_said_in_italian_and_nothing_is_written() {
    let world = World::new().await;
    let cases = [
        (json!({ "patient": { "id": "RSSMRT57D12D612R" } }), "E"),
        (json!({ "prescription": { "nre": "0700A8000000001" } }), "NRE"),
        (json!({ "prescription": { "issued_on": "2020-01-01" } }), "scaduta"),
        (json!({ "prescription": { "services": ["99.99.9"] } }), "99.99.9"),
    ];
    for (other, said) in cases {
        let request = world.request(&nre(3, 1), &other);
        let refusal = world.refused(&["book", "--request", &request]).await;
        assert!(refusal.starts_with("lanterna: "), "{refusal}");
        assert!(refusal.contains(said), "{other}: {refusal}");
    }
    let queue = world.json(&["queue"]).await;
    assert_eq!(queue["rows"], json!([]));
    for arguments in [
        &["show", "0001ZZZZZZZ"][..],
        &["search", "--service", SERVICE, "--to", "2020-01-01"],
        &["search", "--service", "99.99.9"],
        &["search", "--service", SERVICE, "--after", "25:00"],
        &["search", "--service", SERVICE, "--sort", "colour"],
        &["queue", "--part", "nothing"],
    ] {
        world.refused(arguments).await;
    }
    // Another phrase opens nothing.
    std::fs::write(world.path("frase"), "un’altra frase").unwrap();
    world.refused(&["queue"]).await;
}

/// A process that may write no file beyond a size meets what it would meet on a disk without room: its
/// writes are refused by the kernel.
#[cfg(unix)]
#[tokio::test]
async fn a_booking_that_cannot_be_written_is_refused_loudly_and_leaves_nothing_behind() {
    let world = World::new().await;
    let request = world.request(&nre(4, 1), &json!({}));
    let mut limited = std::process::Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(lanterna_tests::programs::built("lanterna"))
        .args(["book", "--request", &request, "--data-dir"])
        .arg(world.path("desk"))
        .arg("--passphrase-file")
        .arg(world.path("frase"));
    let output = tokio::task::spawn_blocking(move || limited.output().unwrap())
        .await
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), &output.stdout[..]),
        (Some(1), &b""[..]),
        "{told}"
    );
    assert!(told.contains("lanterna: ") && !told.contains("error-"), "{told}");
    for part in ["to-resolve", "waiting", "settled"] {
        assert_eq!(
            world.json(&["queue", "--part", part]).await["rows"],
            json!([]),
            "{part}"
        );
    }
    assert_eq!(world.json(&["verify"]).await, json!([]));
    assert_eq!(world.central.verify().await.unwrap(), 0);
    let booked = world.json(&["book", "--request", &request]).await;
    assert_eq!(booked["state"], "confirmed");
}

#[tokio::test]
async fn a_damaged_file_is_told_and_the_command_goes_on() {
    let world = World::new().await;
    let mirror = world.path("desk").join("mirror.db");
    let mut bytes = std::fs::read(&mirror).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 200].fill(0xaa);
    std::fs::write(&mirror, bytes).unwrap();
    let (code, out, err) = world.run(&["sync"]).await;
    assert_eq!(code, 0, "{err}");
    assert!(out.ends_with(" agende, coda vuota\n"), "{out}");
    assert!(err.contains("L’archivio mirror era danneggiato"), "{err}");
    let (_, _, err) = world.run(&["queue"]).await;
    assert_eq!(err, "", "it is told once");
}
