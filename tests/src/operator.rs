//! Somebody at a desk in this process: the real desk with its HTTP client and its driver.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lanterna_central::embedded::Embedded;
use lanterna_desk::rpc::{
    Alternative, BookingDraft, BookingView, Found, FoundRow, PatientInput, PrescriptionInput, QueuePart, QueueView,
    Reply, Request, RpcError, SearchQuery, StageView, StatusView,
};
use lanterna_desk::{Adapters, Clock, Desk, DeskConfig};
use lanterna_model::access::{AccessType, Channel, Sex};
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::ServiceCode;

use crate::clock::FastClock;
use crate::desk_process::PASSPHRASE;
use crate::{PATIENCE, SERVICE};

/// A desk and whoever works at it.
pub struct Operator {
    /// The desk.
    pub desk: Desk,
    clock: FastClock,
}

/// What a reply has to be.
macro_rules! expect {
    ($reply:expr, $kind:ident) => {
        match $reply {
            Reply::$kind(value) => value,
            _ => panic!("another answer than {}", stringify!($kind)),
        }
    };
}

impl Operator {
    /// A desk on a folder, not opened yet.
    #[must_use]
    pub fn at(folder: &Path, central_url: String, clock: FastClock) -> Self {
        let config = DeskConfig {
            data_dir: folder.to_owned(),
            central_url: Some(central_url),
            demonstration: None,
        };
        let adapters = Adapters {
            clock: Arc::new(clock),
            ..Adapters::without_keychain()
        };
        Self {
            desk: Desk::new(config, adapters),
            clock,
        }
    }

    /// A new desk behind the proxy of a central. It has begun its first download.
    pub async fn enrolled(folder: &Path, central: &Embedded, clock: FastClock) -> Self {
        let operator = Self::at(folder, central.url(), clock);
        let passphrase = Some(PASSPHRASE.to_owned());
        operator.ask(Request::CreateKey { passphrase }).await.unwrap();
        operator.enrol(central).await;
        operator
    }

    /// Becomes a desk of a central, past its proxy: a fault may hold there already.
    pub async fn enrol(&self, central: &Embedded) {
        let code = central.enrolment_code(Channel::Mmg).await.unwrap();
        let central_url = None;
        self.ask(Request::Enrol { code, central_url }).await.unwrap();
    }

    /// Opens the files that an earlier desk left in the folder.
    pub async fn unlock(&self) -> StageView {
        let passphrase = Some(PASSPHRASE.to_owned());
        expect!(self.ask(Request::Unlock { passphrase }).await.unwrap(), Stage)
    }

    /// Where the desk stands.
    pub async fn stage(&self) -> StageView {
        expect!(self.ask(Request::Stage).await.unwrap(), Stage)
    }

    /// Asks the desk.
    ///
    /// # Errors
    /// Its refusal.
    pub async fn ask(&self, request: Request) -> Result<Reply, RpcError> {
        self.desk.answer(request).await
    }

    /// The status bar.
    pub async fn status(&self) -> StatusView {
        expect!(self.ask(Request::Status).await.unwrap(), Status)
    }

    /// Waits until the status bar shows something, woken by the desk's news.
    pub async fn until(&self, what: &str, reached: impl Fn(&StatusView) -> bool) -> StatusView {
        let mut news = self.desk.watch();
        let waiting = async {
            loop {
                let status = self.status().await;
                if reached(&status) {
                    return status;
                }
                let _ = tokio::time::timeout(Duration::from_millis(20), news.recv()).await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(status) => status,
            Err(_) => panic!("{what} is not reached: {:?}", self.status().await),
        }
    }

    /// The first free places.
    pub async fn find(&self) -> Found {
        let query = SearchQuery {
            birth_date: "1980-01-01".parse().ok(),
            sex: Some(Sex::M),
            ..SearchQuery::of(vec![ServiceCode::parse(SERVICE).unwrap()], None, AccessType::FollowUp)
        };
        expect!(self.ask(Request::Search { query }).await.unwrap(), Found)
    }

    /// Books a place on a prescription.
    ///
    /// # Errors
    /// The desk's refusal.
    pub async fn book(&self, row: &FoundRow, nre: &str) -> Result<BookingView, RpcError> {
        let draft = self.draft(row, nre);
        Ok(*expect!(self.ask(Request::Book { draft }).await?, Booking))
    }

    /// A form filled in.
    #[must_use]
    pub fn draft(&self, row: &FoundRow, nre: &str) -> BookingDraft {
        BookingDraft {
            draft: self.desk.new_id().unwrap(),
            patient: PatientInput {
                id: "RSSMRA80A01D969Z".to_owned(),
                surname: "Rossi".to_owned(),
                given_name: "Mario".to_owned(),
                birth_date: "1980-01-01".parse().ok(),
                sex: Some(Sex::M),
                municipality: None,
                phone: String::new(),
                demonstration: true,
            },
            prescription: PrescriptionInput {
                nre: nre.to_owned(),
                priority: None,
                access: AccessType::FollowUp,
                issued_on: Some(self.clock.now().today()),
                diagnosis: String::new(),
                exemption: String::new(),
                prescriber: String::new(),
                services: vec![ServiceCode::parse(SERVICE).unwrap()],
            },
            spans: row.spans.clone(),
            requested_at: None,
            first_proposed: None,
            hold: None,
        }
    }

    /// One booking.
    pub async fn booking(&self, number: &BookingNumber) -> BookingView {
        let number = number.clone();
        *expect!(self.ask(Request::Booking { number }).await.unwrap(), Booking)
    }

    /// One part of the queue.
    pub async fn queue(&self, part: QueuePart) -> QueueView {
        let page = Request::Queue {
            part,
            offset: 0,
            limit: 200,
        };
        expect!(self.ask(page).await.unwrap(), Queue)
    }

    /// What could replace a booking's places.
    pub async fn alternatives(&self, number: &BookingNumber) -> Vec<Alternative> {
        let number = number.clone();
        expect!(
            self.ask(Request::Alternatives { number, limit: 20 }).await.unwrap(),
            Alternatives
        )
    }

    /// Moves a booking, or settles its conflict.
    ///
    /// # Errors
    /// The desk's refusal.
    pub async fn change(&self, view: &BookingView, row: &FoundRow) -> Result<BookingView, RpcError> {
        let change = Request::Move {
            number: view.number.clone(),
            spans: row.spans.clone(),
            hold: None,
            version: view.version,
        };
        Ok(*expect!(self.ask(change).await?, Booking))
    }

    /// Cancels a booking.
    ///
    /// # Errors
    /// The desk's refusal.
    pub async fn cancel(&self, view: &BookingView) -> Result<BookingView, RpcError> {
        let cancel = Request::Cancel {
            number: view.number.clone(),
            reason: "Richiesta dell’assistito".to_owned(),
            version: view.version,
        };
        Ok(*expect!(self.ask(cancel).await?, Booking))
    }
}
