//! The table of everything a screen can ask, and every answer. One command, `rpc`, carries it:
//! the window and the loopback host both hand a [`Request`] to `Desk::answer`.
//!
//! TypeScript bindings of these types stand in `ui/src/bindings` (`cargo xtask gen`). Texts that
//! people read are not here: the screens make them from the Fluent catalogues.

mod booking;
mod error;
mod map;
mod patient;
mod screen;
mod search;
mod status;

pub use booking::*;
pub use error::*;
pub use map::*;
pub use patient::*;
pub use screen::*;
pub use search::*;
pub use status::*;

use lanterna_model::booking_number::BookingNumber;
use lanterna_model::schedule::SlotSpan;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// Everything a screen can ask.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Request {
    /// Which screen comes first, and what is known before unlocking. → [`Reply::Stage`]
    Stage,
    /// Makes the key of a new desk and keeps it in the OS keychain, or under a passphrase where
    /// there is none. → [`Reply::Stage`]
    CreateKey {
        /// At least 8 characters; required where the keychain does not answer.
        passphrase: Option<String>,
    },
    /// Opens the files of a desk. → [`Reply::Stage`]
    Unlock {
        /// Needed where the key is kept under one.
        passphrase: Option<String>,
    },
    /// Locks the screens until the desk is unlocked again; sending and receiving go on behind.
    /// → [`Reply::Stage`]
    Lock,
    /// How the screens look and behave; answered before unlocking too. → [`Reply::Preferences`]
    Preferences,
    /// Changes how the screens look and behave. → [`Reply::Preferences`]
    SetPreferences {
        /// All of them.
        preferences: Preferences,
    },
    /// Figures for whoever is called for help. → [`Reply::Diagnostics`]
    Diagnostics,
    /// The text that came from outside and was not taken yet, once. → [`Reply::Scan`]
    TakeScan,
    /// Becomes a desk of a central. → [`Reply::Stage`]
    Enrol {
        /// One-time code from the central.
        code: String,
        /// Address of the central; the configured one where absent.
        central_url: Option<String>,
    },
    /// The status bar. → [`Reply::Status`]
    Status,
    /// Synchronises now, whatever the timers say. → [`Reply::Status`]
    SyncNow,
    /// What a typed or scanned text is. → [`Reply::Recognised`]
    Recognise {
        /// As it came from the keyboard or scanner.
        text: String,
    },
    /// Checks what is known of a patient, and remembers nothing. → [`Reply::Patient`]
    CheckPatient {
        /// As typed.
        patient: PatientInput,
    },
    /// Checks a prescription against the catalogue and the calendar. → [`Reply::Prescription`]
    CheckPrescription {
        /// As typed.
        prescription: PrescriptionInput,
    },
    /// Services by words or code, best first. → [`Reply::Services`]
    SuggestServices {
        /// What was typed, such as `visita card`.
        text: String,
        /// Most rows wanted, 1 to 50.
        limit: u32,
    },
    /// Municipalities by the start of their name. → [`Reply::Municipalities`]
    SuggestMunicipalities {
        /// What was typed.
        text: String,
        /// Most rows wanted, 1 to 50.
        limit: u32,
    },
    /// Sites by words. → [`Reply::Locations`]
    SuggestLocations {
        /// What was typed.
        text: String,
        /// Most rows wanted, 1 to 50.
        limit: u32,
    },
    /// Bodies that own schedules. → [`Reply::Organizations`]
    Organizations,
    /// Free places. → [`Reply::Found`]
    Search {
        /// What is looked for.
        query: SearchQuery,
    },
    /// Free places counted by day, for the heat calendar. → [`Reply::Days`]
    SearchDays {
        /// What is looked for; sorting and limits are ignored.
        query: SearchQuery,
    },
    /// Free places counted by site, for the map and its table: sites in the order of the query.
    /// → [`Reply::Sites`]
    SearchSites {
        /// What is looked for; limits and the site are ignored.
        query: SearchQuery,
    },
    /// The municipalities of the region as points of the map. → [`Reply::Places`]
    Places,
    /// Keeps places at the central while the operator confirms; on line only. → [`Reply::Held`]
    Hold {
        /// The places.
        spans: Vec<SlotSpan>,
        /// The class the booking will carry.
        priority: Option<lanterna_model::priority::Priority>,
    },
    /// Lets a hold go. → [`Reply::Done`]
    ReleaseHold {
        /// The hold.
        hold: Uuid,
    },
    /// Books. On line it waits for the outcome up to ten seconds; else the booking is queued.
    /// → [`Reply::Booking`]
    Book {
        /// What is booked.
        draft: BookingDraft,
    },
    /// The queue's counters and one page of it. → [`Reply::Queue`]
    Queue {
        /// Which part.
        part: QueuePart,
        /// Rows to skip.
        offset: u32,
        /// Most rows wanted, 1 to 200.
        limit: u32,
    },
    /// One booking with its timeline. → [`Reply::Booking`]
    Booking {
        /// Its number.
        number: BookingNumber,
    },
    /// Places that could replace those of a booking, best first. → [`Reply::Alternatives`]
    Alternatives {
        /// The booking.
        number: BookingNumber,
        /// Most wanted, 1 to 20.
        limit: u32,
    },
    /// Moves a booking, or settles its conflict with an alternative. → [`Reply::Booking`]
    Move {
        /// The booking.
        number: BookingNumber,
        /// One place for each of its appointments, in their order.
        spans: Vec<SlotSpan>,
        /// A hold taken on them.
        hold: Option<Uuid>,
        /// `version` of the row the operator looked at: a stale one is refused.
        version: u32,
    },
    /// Cancels a booking, or withdraws one that was never sent. → [`Reply::Booking`]
    Cancel {
        /// The booking.
        number: BookingNumber,
        /// Why; at most 500 characters.
        reason: String,
        /// `version` of the row the operator looked at: a stale one is refused.
        version: u32,
    },
    /// Puts away a booking in conflict, rejected or needing an operator, without another place:
    /// its row is archived. → [`Reply::Booking`]
    GiveUp {
        /// The booking.
        number: BookingNumber,
        /// `version` of the row the operator looked at.
        version: u32,
    },
    /// Writes what waits in the queue to a file that only the central can read, to be carried there by
    /// hand; it stays in the queue. → [`Reply::Document`]
    ExportRescue,
    /// Writes the slip as PDF. → [`Reply::Document`]
    PrintSlip {
        /// The booking.
        number: BookingNumber,
    },
    /// Hands a document made here to the system's viewer. → [`Reply::Done`]
    OpenDocument {
        /// As in [`Document::name`].
        name: String,
    },
    /// Ready prescriptions of the demonstration. → [`Reply::DemoPrescriptions`]
    DemoPrescriptions,
    /// The same as a sheet with bar codes. → [`Reply::Document`]
    PrintDemoSheet,
    /// Cuts or restores the demonstration's link to its central. → [`Reply::Status`]
    DemoLink {
        /// Whether the link is up.
        up: bool,
    },
    /// What a second desk needs to join the demonstration, beside the fault proxy.
    /// → [`Reply::SecondDesk`]
    DemoSecondDesk,
}

/// Every answer.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Reply {
    /// To `Stage`, `CreateKey`, `Unlock`, `Lock`, `Enrol`.
    Stage(StageView),
    /// To `Status`, `SyncNow`, `DemoLink`.
    Status(StatusView),
    /// To `Preferences`, `SetPreferences`.
    Preferences(Preferences),
    /// To `Diagnostics`.
    Diagnostics(DiagnosticsView),
    /// To `TakeScan`.
    Scan(Option<String>),
    /// To `Recognise`.
    Recognised(Recognised),
    /// To `CheckPatient`.
    Patient(PatientCheck),
    /// To `CheckPrescription`.
    Prescription(PrescriptionCheck),
    /// To `SuggestServices`.
    Services(Vec<ServiceView>),
    /// To `SuggestMunicipalities`.
    Municipalities(Vec<MunicipalityView>),
    /// To `SuggestLocations`.
    Locations(Vec<LocationView>),
    /// To `Organizations`.
    Organizations(Vec<OrganizationView>),
    /// To `Search`.
    Found(Found),
    /// To `SearchDays`.
    Days(Vec<DayCount>),
    /// To `SearchSites`.
    Sites(Vec<SiteView>),
    /// To `Places`.
    Places(Vec<PlaceView>),
    /// To `Hold`.
    Held(HoldView),
    /// To `Book`, `Booking`, `Move`, `Cancel`, `GiveUp`.
    Booking(Box<BookingView>),
    /// To `Queue`.
    Queue(QueueView),
    /// To `Alternatives`.
    Alternatives(Vec<Alternative>),
    /// To `PrintSlip`, `PrintDemoSheet`.
    Document(Document),
    /// To `DemoPrescriptions`.
    DemoPrescriptions(Vec<DemoPrescription>),
    /// To `DemoSecondDesk`.
    SecondDesk(SecondDesk),
    /// Nothing to tell.
    Done,
}

/// What a host tells its screens without being asked; they fetch what they show again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The desk stands somewhere else: a file turned out to be damaged and was replaced.
    Stage,
    /// The status bar has other figures.
    Status,
    /// The first download moved on.
    Progress,
    /// Availability changed.
    Availability,
    /// One booking changed.
    Booking {
        /// Which.
        number: BookingNumber,
    },
    /// A booking of class U or B lost its place: the patient waits for a call.
    UrgentConflict {
        /// Which.
        number: BookingNumber,
    },
    /// A link `lanterna:` brought a text for the scan field: it waits to be taken, and only fills the field.
    Scan,
    /// The screens look or behave otherwise.
    Preferences,
}

/// What a second desk needs to join the demonstration.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SecondDesk {
    /// Address of the central, whatever the fault proxy does.
    pub central_url: String,
    /// A one-time code.
    pub code: String,
}

/// A document written by the desk.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Document {
    /// File name, without a folder.
    pub name: String,
    /// Where it was written.
    pub path: String,
}
