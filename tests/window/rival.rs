//! A second desk at the same central, without a window: somebody else who wants the same place.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use lanterna_desk::rpc::{
    BookingDraft, BookingView, FoundRow, PatientInput, PrescriptionInput, Reply, Request, SearchQuery,
};
use lanterna_desk::{Adapters, Desk, DeskConfig};
use lanterna_model::access::AccessType;
use lanterna_model::booking::BookingState;
use lanterna_model::ids::ServiceCode;
use lanterna_model::priority::Priority;

/// The longest the first download may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Seats that one site may have at one time.
const MOST_SEATS: usize = 20;

/// The other desk.
pub struct Rival {
    desk: Desk,
}

impl Rival {
    /// Joins a central with a one-time code.
    pub async fn join(folder: &Path, central: &str, code: &str) -> Result<Self> {
        let config = DeskConfig {
            data_dir: folder.to_owned(),
            central_url: Some(central.to_owned()),
            demonstration: None,
        };
        let rival = Self {
            desk: Desk::new(config, Adapters::without_keychain()),
        };
        let passphrase = Some("la frase di un altro".to_owned());
        rival.ask(Request::CreateKey { passphrase }).await?;
        let code = code.to_owned();
        rival
            .ask(Request::Enrol {
                code,
                central_url: None,
            })
            .await?;
        let mut news = rival.desk.watch();
        let downloaded = async {
            loop {
                match rival.ask(Request::Status).await? {
                    Reply::Status(status) if status.data_at.is_some() => return Ok::<_, anyhow::Error>(()),
                    _ => drop(tokio::time::timeout(Duration::from_millis(250), news.recv()).await),
                }
            }
        };
        tokio::time::timeout(PATIENCE, downloaded).await.context("no data")??;
        Ok(rival)
    }

    /// Takes the place that stands on the other's screen, for a patient of its own.
    pub async fn take(&self, service: &str, class: Priority, wall: &str, location: &str) -> Result<()> {
        let service = ServiceCode::parse(service)?;
        let mut taken = 0;
        // There may be several at that time and site: none is left.
        for _ in 0..MOST_SEATS {
            let places = self.places(&service, class).await?;
            let Some(row) = places.iter().find(|row| row.wall == wall && row.location == location) else {
                break;
            };
            if self.book(&service, class, row).await?.state != BookingState::Confirmed {
                break;
            }
            taken += 1;
        }
        ensure!(taken > 0, "no place to be had at {wall} in {location}");
        Ok(())
    }

    async fn places(&self, service: &ServiceCode, class: Priority) -> Result<Vec<FoundRow>> {
        let query = SearchQuery {
            limit: 200,
            ..SearchQuery::of(vec![service.clone()], Some(class), AccessType::First)
        };
        match self.ask(Request::Search { query }).await? {
            Reply::Found(found) => Ok(found.rows),
            _ => bail!("another answer"),
        }
    }

    async fn book(&self, service: &ServiceCode, class: Priority, row: &FoundRow) -> Result<BookingView> {
        let draft = self
            .desk
            .new_id()
            .map_err(|error| anyhow::anyhow!("{:?}", error.code))?;
        // The digits of a random number: no prescription is booked twice.
        let number = draft.as_u128() % 1_000_000_000;
        let draft = BookingDraft {
            draft,
            patient: PatientInput {
                id: "RSSMRA80A01D969Z".to_owned(),
                surname: "Rossi".to_owned(),
                given_name: "Mario".to_owned(),
                birth_date: None,
                sex: None,
                municipality: None,
                phone: String::new(),
                demonstration: true,
            },
            prescription: PrescriptionInput {
                nre: format!("0700A4{number:09}"),
                priority: Some(class),
                access: AccessType::First,
                issued_on: Some(self.today().await?),
                diagnosis: String::new(),
                exemption: String::new(),
                prescriber: String::new(),
                services: vec![service.clone()],
            },
            spans: row.spans.clone(),
            requested_at: None,
            first_proposed: None,
            hold: None,
        };
        match self.ask(Request::Book { draft }).await? {
            Reply::Booking(view) => Ok(*view),
            _ => bail!("another answer"),
        }
    }

    /// The day by the desk's own clock.
    async fn today(&self) -> Result<chrono::NaiveDate> {
        match self.ask(Request::Status).await? {
            Reply::Status(status) => Ok(lanterna_model::time::rome_today(status.now)),
            _ => bail!("another answer"),
        }
    }

    async fn ask(&self, request: Request) -> Result<Reply> {
        let answer = self.desk.answer(request).await;
        answer.map_err(|error| anyhow::anyhow!("{:?} {:?}", error.code, error.field))
    }
}
