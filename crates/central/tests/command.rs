//! The command line of the central, as an administrator uses it.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use lanterna_central::import::export;
use lanterna_wire::PROTOCOL;
use lanterna_wire::desk::{Enrolled, Enrolment};
use lanterna_wire::stock::{StockRequest, Want};
use reqwest::StatusCode;
use support::region::{code as code_of, region};
use support::{http, id};

fn central(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lanterna-central"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A central of its own that ends with the test.
struct Serving(Child);

impl Serving {
    fn start(arguments: &[&str]) -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lanterna-central"))
            .arg("serve")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("{line}"));
        (Self(child), url.to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    export(&region(4), folder.path()).unwrap();
    folder
}

fn path(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_region_is_imported_served_and_a_desk_enrolled_with_a_printed_code() {
    let (csv, kept) = (files(), tempfile::tempdir().unwrap());
    let database = path(&kept, "ledger.db");
    let imported = central(&["import", csv.path().to_str().unwrap(), "--database", &database]);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    assert!(text(&imported.stdout).contains("schedules.csv: 4 accepted, 0 refused"));
    let (_serving, url) = Serving::start(&["--database", &database]);
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let printed = central(&["enrol", "--channel", "mmg", "--database", &database]);
    assert!(printed.status.success());
    let code = text(&printed.stdout).trim().to_owned();
    let enrolment = Enrolment {
        code,
        protocol: PROTOCOL,
        request: id(),
    };
    let answer = http()
        .post(format!("{url}/v1/enrolments"))
        .json(&enrolment)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let enrolled: Enrolled = answer.json().await.unwrap();
    // The state of a channel is changed beside the running service.
    assert!(
        central(&["state", "--channel", "mmg", "closed", "--database", &database])
            .status
            .success()
    );
    let status = http()
        .get(format!("{url}/v1/status"))
        .bearer_auth(&enrolled.token)
        .send()
        .await
        .unwrap();
    assert!(status.text().await.unwrap().contains("\"service\":\"closed\""));
    let verified = central(&["verify", "--database", &database]);
    assert!(
        text(&verified.stdout).ends_with("every invariant holds\n"),
        "{}",
        text(&verified.stdout)
    );
}

#[test]
fn a_refused_line_installs_nothing_unless_a_part_is_accepted() {
    let (csv, kept) = (files(), tempfile::tempdir().unwrap());
    let database = path(&kept, "ledger.db");
    let sessions = csv.path().join("sessions.csv");
    let wrong = std::fs::read_to_string(&sessions)
        .unwrap()
        .replacen(",20,12,", ",21,12,", 1);
    std::fs::write(&sessions, wrong).unwrap();
    let folder = csv.path().to_str().unwrap();
    let refused = central(&["import", folder, "--database", &database]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stdout).contains("sessions.csv:2: step: it is not a multiple of five minutes"));
    assert!(!Path::new(&database).exists());
    let partial = central(&["import", folder, "--database", &database, "--accept-partial"]);
    assert!(partial.status.success());
    let verified = central(&["verify", "--database", &database]);
    assert!(
        text(&verified.stdout).starts_with("4 schedules, 11 sessions"),
        "{}",
        text(&verified.stdout)
    );
}

#[test]
fn what_an_administrator_mistypes_is_told_and_changes_nothing() {
    let kept = tempfile::tempdir().unwrap();
    let database = path(&kept, "ledger.db");
    for arguments in [
        &["enrol", "--channel", "mmg", "--database", &database][..],
        &["enrol", "--channel", "doctor", "--database", &database],
        &["serve", "--listen", "0.0.0.0:0", "--database", &database],
        &["import", "/nowhere", "--database", &database],
    ] {
        let told = central(arguments);
        assert!(!told.status.success());
        assert!(!told.stderr.is_empty());
    }
    assert!(!Path::new(&database).exists());
}

#[tokio::test]
async fn an_administrator_sees_what_leases_cost_decides_on_them_and_revokes_a_desk() {
    let (csv, kept) = (files(), tempfile::tempdir().unwrap());
    let database = path(&kept, "ledger.db");
    assert!(
        central(&["import", csv.path().to_str().unwrap(), "--database", &database])
            .status
            .success()
    );
    let policy = path(&kept, "policy.json");
    std::fs::write(
        &policy,
        r#"{"per_desk": 3, "channels": ["mmg", "pharmacy"], "share_percent": 50}"#,
    )
    .unwrap();
    let decided = central(&["leases", "--database", &database, "--policy", &policy]);
    assert!(decided.status.success(), "{}", text(&decided.stderr));
    assert!(text(&decided.stdout).contains("\"per_desk\": 3"));
    std::fs::write(&policy, r#"{"margin_minutes": 1}"#).unwrap();
    let refused = central(&["leases", "--database", &database, "--policy", &policy]);
    assert!(!refused.status.success());
    assert!(
        text(&refused.stderr).contains("margin_minutes is outside 30 to"),
        "{}",
        text(&refused.stderr)
    );
    let (_serving, url) = Serving::start(&["--database", &database]);
    let code = central(&["enrol", "--channel", "pharmacy", "--database", &database]);
    let enrolment = Enrolment {
        code: text(&code.stdout).trim().to_owned(),
        protocol: PROTOCOL,
        request: id(),
    };
    let answer = http()
        .post(format!("{url}/v1/enrolments"))
        .json(&enrolment)
        .send()
        .await
        .unwrap();
    let enrolled: Enrolled = answer.json().await.unwrap();
    let exchange = StockRequest {
        id: id(),
        incarnation: id(),
        number: 1,
        surrendered: Vec::new(),
        wants: vec![Want {
            service: code_of("89.7A.3"),
            class: None,
            bookings: 1,
        }],
        near: None,
    };
    let stocked = http()
        .post(format!("{url}/v1/stock"))
        .bearer_auth(&enrolled.token)
        .json(&exchange);
    assert_eq!(stocked.send().await.unwrap().status(), StatusCode::OK);
    let told = central(&["leases", "--database", &database]);
    assert!(
        text(&told.stdout).starts_with("desk  channel"),
        "{}",
        text(&told.stdout)
    );
    let revoked = central(&[
        "revoke",
        "--desk",
        enrolled.code.as_str(),
        "--stolen",
        "--database",
        &database,
    ]);
    assert!(
        text(&revoked.stdout).contains("is revoked as stolen"),
        "{}",
        text(&revoked.stderr)
    );
    let after = http()
        .get(format!("{url}/v1/status"))
        .bearer_auth(&enrolled.token)
        .send()
        .await
        .unwrap();
    assert_eq!(after.status(), StatusCode::UNAUTHORIZED);
    let unknown = central(&["revoke", "--desk", "ZZZZ", "--database", &database]);
    assert!(!unknown.status.success());
    let cases = central(&["displaced", "--database", &database]);
    assert!(cases.status.success() && cases.stdout.is_empty());
    let none = central(&[
        "displaced",
        "--case",
        "7",
        "--decision",
        "keep",
        "--database",
        &database,
    ]);
    assert!(text(&none.stderr).contains("there is no case 7"));
}

#[tokio::test]
async fn an_administrator_recovers_a_database_that_was_put_back_and_writes_off_who_does_not_come() {
    let (csv, kept) = (files(), tempfile::tempdir().unwrap());
    let (database, outside) = (path(&kept, "ledger.db"), path(&kept, "outside"));
    let imported = central(&["import", csv.path().to_str().unwrap(), "--database", &database]);
    assert!(imported.status.success());
    let at = ["--database", &database, "--outside", &outside];
    // A desk, and a witness that has seen the ledger.
    {
        let (_serving, url) = Serving::start(&at);
        let printed = central(&["enrol", "--channel", "mmg", "--database", &database]);
        let enrolment = Enrolment {
            code: text(&printed.stdout).trim().to_owned(),
            protocol: PROTOCOL,
            request: id(),
        };
        let answer = http().post(format!("{url}/v1/enrolments")).json(&enrolment).send();
        assert_eq!(answer.await.unwrap().status(), StatusCode::OK);
        let early = central(&[&["recover"][..], &at].concat());
        assert!(
            text(&early.stderr).contains("stop every central of this ledger first"),
            "{}",
            text(&early.stderr)
        );
    }
    let sound = central(&["recovery", "--database", &database]);
    assert_eq!(text(&sound.stdout), "the ledger is sound\n");
    let lifted = central(&["recovery", "lift", "--database", &database]);
    assert!(text(&lifted.stderr).contains("there is no fence"));
    let begun = central(&[&["recover"][..], &at].concat());
    assert!(begun.status.success(), "{}", text(&begun.stderr));
    assert!(
        text(&begun.stdout).contains("in recovery since"),
        "{}",
        text(&begun.stdout)
    );
    let code = text(&begun.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("desk ")?.get(..4))
        .unwrap()
        .to_owned();
    let refused = central(&["recovery", "end", "--database", &database]);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("1 desks have not told all"));
    let ended = central(&["recovery", "end", "--write-off", &code, "--database", &database]);
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    assert!(text(&ended.stdout).contains("the ledger is sound"));
    assert!(text(&ended.stdout).contains("written off"));
    // Without its seal nothing is served that could not be recovered.
    std::fs::remove_file(kept.path().join("outside/ledger.db.seal")).unwrap();
    let unsealed = central(&[&["recover"][..], &at].concat());
    assert!(
        text(&unsealed.stderr).contains("the ledger goes with the seal"),
        "{}",
        text(&unsealed.stderr)
    );
    let anew = central(&[&["recover", "--new-seal"][..], &at].concat());
    assert!(anew.status.success(), "{}", text(&anew.stderr));
}
