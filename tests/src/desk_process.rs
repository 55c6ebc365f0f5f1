//! A desk of the command line behind its loopback host, asked as a screen asks it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use lanterna_central::embedded::Embedded;
use lanterna_model::access::Channel;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::programs::{Running, command};
use crate::{PATIENCE, SERVICE};

/// What opens the key of every desk of the tests.
pub const PASSPHRASE: &str = "una frase di prova";

/// A running desk, killed when it is dropped.
pub struct DeskProcess {
    _running: Running,
    line: Line,
}

/// The way to ask it; outlives the process.
#[derive(Clone)]
pub struct Line {
    rpc: String,
    token: String,
    http: reqwest::Client,
}

/// Why there is no value.
#[derive(Debug)]
pub enum Unanswered {
    /// The desk says no: code, field and figures.
    Refused(Value),
    /// The process is gone, or went while it worked.
    Gone,
}

impl Unanswered {
    /// The code of a refusal.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(error) => error["code"].as_str().unwrap_or_default(),
            Self::Gone => "gone",
        }
    }
}

impl DeskProcess {
    /// Starts a desk on a folder. What it says on its standard error is dropped where it may be killed
    /// in the middle of a word.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(folder: &Path, central: &str, http: reqwest::Client) -> Result<Self> {
        // The host wants screens to serve; nobody looks at them here.
        let screens = folder.join("screens");
        std::fs::create_dir_all(&screens)?;
        std::fs::write(screens.join("index.html"), "")?;
        let mut serve = command("lanterna");
        serve.args(["--central", central, "--data-dir"]).arg(folder);
        serve.args(["serve", "--screens"]).arg(&screens);
        let (running, address) = Running::start(&mut serve, "serving on ")?;
        let (base, token) = address.split_once("/#token=").context("an address without a token")?;
        let line = Line {
            rpc: format!("{base}/rpc"),
            token: token.to_owned(),
            http,
        };
        Ok(Self {
            _running: running,
            line,
        })
    }

    /// Starts a desk on an empty folder, enrols it and waits for its first download.
    ///
    /// # Errors
    /// When any of it fails.
    pub async fn enrolled(folder: &Path, central: &Embedded) -> Result<Self> {
        let desk = Self::start(folder, &central.direct_url(), client())?;
        let code = central.enrolment_code(Channel::Mmg).await?;
        desk.line.enrol(&code).await?;
        Ok(desk)
    }

    /// The way to ask it.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }
}

/// A client for desks and centrals on this machine.
///
/// # Panics
/// When there is no TLS library, which nothing here uses.
#[must_use]
pub fn client() -> reqwest::Client {
    // A second installation only says that it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

impl Line {
    /// Asks the desk.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask(&self, request: &Value) -> Result<Value, Unanswered> {
        let sent = self.http.post(&self.rpc).bearer_auth(&self.token).json(request).send();
        let response = sent.await.map_err(|_| Unanswered::Gone)?;
        let good = response.status().is_success();
        let mut body: Value = response.json().await.map_err(|_| Unanswered::Gone)?;
        if good {
            Ok(body["value"].take())
        } else {
            Err(Unanswered::Refused(body))
        }
    }

    /// Makes a key, becomes a desk, and waits for the first download.
    ///
    /// # Errors
    /// When any of it fails.
    pub async fn enrol(&self, code: &str) -> Result<()> {
        self.must(&json!({ "kind": "create_key", "passphrase": PASSPHRASE }))
            .await?;
        self.must(&json!({ "kind": "enrol", "code": code, "central_url": null }))
            .await?;
        let downloaded = async {
            while !self.must(&json!({ "kind": "status" })).await?["data_at"].is_string() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, downloaded)
            .await
            .context("the first download does not end")?
    }

    /// Asks what has to be answered.
    ///
    /// # Errors
    /// When it is not.
    pub async fn must(&self, request: &Value) -> Result<Value> {
        self.ask(request)
            .await
            .map_err(|error| anyhow::anyhow!("{}: {}", request["kind"], error.code()))
    }

    /// The first free places, those of the first `offset` rows left out.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn free(&self, offset: u32, limit: u32) -> Result<Vec<Value>, Unanswered> {
        let query = json!({
            "services": [SERVICE], "priority": null, "access": "follow_up", "requested_at": null, "from": null, "to": null,
            "weekdays": 0, "from_minute": null, "to_minute": null, "origin": null, "max_km": null,
            "organization": null, "location": null, "birth_date": "1980-01-01", "sex": "M", "sort": "date",
            "offset": offset, "limit": limit,
        });
        let found = self.ask(&json!({ "kind": "search", "query": query })).await?;
        let rows = found["rows"].as_array().cloned().unwrap_or_default();
        Ok(rows.into_iter().map(|mut row| row["spans"].take()).collect())
    }
}

/// The request that books a place for the made-up patient.
#[must_use]
pub fn booking(draft: Uuid, nre: &str, today: &str, spans: &Value, hold: Option<&str>) -> Value {
    json!({ "kind": "book", "draft": {
        "draft": draft,
        "patient": {
            "id": "RSSMRA80A01D969Z", "surname": "Rossi", "given_name": "Mario", "birth_date": "1980-01-01", "sex": "M",
            "municipality": null, "phone": "", "demonstration": true,
        },
        "prescription": {
            "nre": nre, "priority": null, "access": "follow_up", "issued_on": today, "diagnosis": "", "exemption": "",
            "prescriber": "", "services": [SERVICE],
        },
        "spans": spans, "requested_at": null, "first_proposed": null, "hold": hold,
    } })
}
