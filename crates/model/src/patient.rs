//! The person a booking is for.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::access::Sex;
use crate::ids::MunicipalityCode;
use crate::patient_id::PatientId;

/// What a booking needs to know of a person. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Tax code, or one of the codes that stand in for it.
    pub id: PatientId,
    /// Family name.
    pub surname: String,
    /// Given name.
    pub given_name: String,
    /// Day of birth.
    pub birth_date: NaiveDate,
    /// Sex as in the tax code.
    pub sex: Sex,
    /// Where they live, for distances; `None` when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub municipality: Option<MunicipalityCode>,
    /// How to reach them; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// Made up for the demonstration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demonstration: bool,
}

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patient(…)")
    }
}
