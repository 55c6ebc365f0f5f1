//! Ready prescriptions of made-up patients: one for everything that a desk has to tell apart.

mod cases;

use chrono::{Days, NaiveDate};
use lanterna_model::access::AccessType;
use lanterna_model::ids::{CodeError, ServiceCode};
use lanterna_model::nre::{Nre, NreError};
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientIdError;
use lanterna_model::prescription::{Prescription, PrescriptionLine};

use super::files::{Files, files};
use super::people::patient;
use super::seeded::{Purpose, Seeded};
use cases::Case;

/// What a desk should say of a prescription on the day it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// In order, and there is a place inside the limit of its class in a region of 600 schedules of
    /// the same seed and day. Only where nobody works for 72 hours, as from Christmas Eve on, is
    /// nothing to be had for class U.
    Fine,
    /// In order for a few days more.
    ExpiringSoon,
    /// No longer valid.
    Expired,
    /// No schedule takes patients of that age for it.
    WrongAge,
    /// No schedule takes patients of that sex for it.
    WrongSex,
    /// In order, but nothing is free inside the limit of its class.
    NothingInTime,
    /// Services of two branches.
    MixedBranches,
    /// A service that the region's catalogue does not have.
    UnknownService,
}

/// A made-up prescription of a made-up patient.
#[derive(Clone, Debug)]
pub struct DemoPrescription {
    /// From 1.
    pub id: u32,
    /// What it shows, in Italian.
    pub title: String,
    /// Its patient, marked as made up.
    pub patient: Patient,
    /// Its content.
    pub prescription: Prescription,
    /// What it is an example of.
    pub expect: Expectation,
}

/// The ready prescriptions on a day. They follow from the seed and the day alone.
#[must_use]
pub fn prescriptions(seed: u64, today: NaiveDate) -> Vec<DemoPrescription> {
    let files = files();
    cases::cases()
        .iter()
        .enumerate()
        .map(|(at, case)| {
            ready(seed, at, case, files, today)
                .expect("codes made of the lists and tables here can be read: a test reads them all")
        })
        .collect()
}

/// What a slip in the tables here leads to.
#[derive(Debug, thiserror::Error)]
enum Slip {
    #[error(transparent)]
    Patient(#[from] PatientIdError),
    #[error(transparent)]
    Nre(#[from] NreError),
    #[error(transparent)]
    Code(#[from] CodeError),
}

fn ready(seed: u64, at: usize, case: &Case, files: &Files, today: NaiveDate) -> Result<DemoPrescription, Slip> {
    let mut draw = Seeded::new(seed, Purpose::Person, at);
    let patient = patient(&case.person, files, today, &mut draw)?;
    // The last three digits count, so that no two are the same.
    let nre = format!("0700A4{:06}{:03}", draw.below(1_000_000), at + 1);
    let lines = case
        .codes
        .split(' ')
        .zip(1..)
        .map(|(code, line)| {
            Ok(PrescriptionLine {
                line,
                service: ServiceCode::parse(code)?,
                quantity: 1,
            })
        })
        .collect::<Result<_, CodeError>>()?;
    Ok(DemoPrescription {
        id: super::schedule_id(at).0,
        title: case.title.to_owned(),
        patient,
        prescription: Prescription {
            nre: Nre::parse(&nre)?,
            prescriber: format!("Medico di prova {}", draw.between(1, 9)),
            priority: case.class,
            access: case.class.map_or(AccessType::FollowUp, |_| AccessType::First),
            issued_on: today.checked_sub_days(Days::new(case.issued_days_ago)).unwrap_or(today),
            diagnosis: case.diagnosis.map(str::to_owned),
            exemption: case.exemption.map(str::to_owned),
            lines,
        },
        expect: case.expect,
    })
}
