//! Patients, prescriptions, and the field that recognises what is typed or scanned.

use chrono::NaiveDate;
use lanterna_model::access::{AccessType, Sex};
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::{BranchCode, MunicipalityCode, OrganizationCode, ServiceCode};
use lanterna_model::priority::{Priority, ServiceKind};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::RpcError;

/// What a text in the scan field is.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Recognised {
    /// A patient's code.
    Patient {
        /// What is known from it, and from earlier bookings here.
        patient: PatientCheck,
    },
    /// Half of an NRE, waiting for the other.
    NreHalf {
        /// First (5 characters) or second (10).
        first: bool,
        /// Its characters.
        text: String,
    },
    /// A whole NRE, with the demonstration's prescription where it is one of those.
    Nre {
        /// The number.
        nre: String,
        /// The demonstration's prescription.
        demo: Option<Box<DemoPrescription>>,
    },
    /// A booking of this desk, by its number or the QR of its slip.
    Booking {
        /// The number.
        number: BookingNumber,
        /// It is in this desk's record.
        known: bool,
    },
    /// Looks like one of them, but is wrong.
    Wrong {
        /// What is wrong.
        error: RpcError,
    },
    /// Nothing known.
    Unknown,
}

/// A patient as typed.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct PatientInput {
    /// Tax code, STP, ENI, TEAM or provisional number.
    pub id: String,
    /// Family name.
    pub surname: String,
    /// Given name.
    pub given_name: String,
    /// Needed where the code does not tell it.
    pub birth_date: Option<NaiveDate>,
    /// Needed where the code does not tell it.
    pub sex: Option<Sex>,
    /// Where they live.
    pub municipality: Option<MunicipalityCode>,
    /// How to reach them.
    pub phone: String,
    /// Made up for the demonstration.
    pub demonstration: bool,
}

/// What is known of a patient, and what is wrong with what was typed.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct PatientCheck {
    /// The code in its normal form.
    pub id: String,
    /// Kind of code: `tax_code`, `provisional`, `stp`, `eni`, `team`.
    pub id_kind: String,
    /// From the code or from earlier bookings here; empty when unknown.
    pub surname: String,
    /// From earlier bookings here; empty when unknown.
    pub given_name: String,
    /// From the code where it tells.
    pub birth_date: Option<NaiveDate>,
    /// Whole years today.
    pub age: Option<u8>,
    /// From the code where it tells.
    pub sex: Option<Sex>,
    /// From earlier bookings here.
    pub municipality: Option<MunicipalityView>,
    /// From earlier bookings here.
    pub phone: String,
    /// Name of the place of birth where the code and the tables tell.
    pub birth_place: Option<String>,
    /// What is wrong, by field.
    pub errors: Vec<RpcError>,
}

/// A prescription as typed.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct PrescriptionInput {
    /// 15 characters.
    pub nre: String,
    /// Class; none for a follow-up.
    pub priority: Option<Priority>,
    /// First access or follow-up.
    pub access: AccessType,
    /// Date on the prescription.
    pub issued_on: Option<NaiveDate>,
    /// Diagnosis; may be empty.
    pub diagnosis: String,
    /// Exemption code; empty when not exempt.
    pub exemption: String,
    /// Who prescribed; may be empty.
    pub prescriber: String,
    /// Services in the order of the lines, 1 to 8.
    pub services: Vec<ServiceCode>,
}

/// What is known of a prescription, and what is wrong with what was typed.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct PrescriptionCheck {
    /// Last day of validity.
    pub expires_on: Option<NaiveDate>,
    /// Days left, when few.
    pub expiring_in_days: Option<u16>,
    /// Ticket in cents, by the tariffs known here.
    pub ticket_cents: Option<u32>,
    /// Exempt from the whole ticket.
    pub exempt: bool,
    /// The services as the catalogue knows them.
    pub services: Vec<ServiceView>,
    /// Last day inside the class's limit, if asked for now.
    pub deadline: Option<chrono::DateTime<chrono::Utc>>,
    /// What is wrong, by field.
    pub errors: Vec<RpcError>,
}

/// A service.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct ServiceView {
    /// National code.
    pub code: ServiceCode,
    /// Italian name.
    pub name: String,
    /// Specialty group.
    pub branch: BranchCode,
    /// Visit or instrumental.
    pub service_kind: ServiceKind,
    /// Usual minutes.
    pub minutes: u16,
    /// Tariff in cents.
    pub tariff_cents: u32,
    /// What to do before; may be empty.
    pub preparation: String,
    /// Schedules that offer it to this channel.
    pub schedules: u32,
}

/// A municipality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MunicipalityView {
    /// ISTAT code.
    pub code: MunicipalityCode,
    /// Name.
    pub name: String,
    /// Two letters.
    pub province: String,
}

/// A site.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct LocationView {
    /// The central's number for it.
    pub id: lanterna_model::ids::LocationId,
    /// Name.
    pub name: String,
    /// Municipality.
    pub municipality: String,
    /// Street; may be empty.
    pub address: String,
}

/// A body that owns schedules.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct OrganizationView {
    /// Six digits.
    pub code: OrganizationCode,
    /// Name.
    pub name: String,
}

/// A ready prescription of the demonstration: filling the form with it is all it does.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct DemoPrescription {
    /// From 1.
    pub id: u32,
    /// What it shows, in Italian.
    pub title: String,
    /// Its patient.
    pub patient: PatientInput,
    /// Name of the patient's municipality.
    pub municipality: Option<MunicipalityView>,
    /// Its content.
    pub prescription: PrescriptionInput,
}
