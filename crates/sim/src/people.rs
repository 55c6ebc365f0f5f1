//! Made-up patients and their prescriptions.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use lanterna_model::access::{AccessType, Sex};
use lanterna_model::ids::ServiceCode;
use lanterna_model::nre::Nre;
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::PatientId;
use lanterna_model::prescription::{Prescription, PrescriptionLine};
use lanterna_model::priority::Priority;
use lanterna_model::tax_code::check_letter;

use crate::region::{EXAMINATION, LONG_VISIT, VISIT};
use crate::rng::Rng;
use crate::violation::{Broken, Rule, Seen};

/// A patient at a counter, with a prescription in hand.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) patient: Patient,
    pub(crate) prescription: Prescription,
}

/// Prescriptions that may turn up at another counter as well.
const REMEMBERED: usize = 40;
/// Visitors out of a thousand who have been at another counter already.
const AGAIN: u32 = 40;

/// Everybody who comes to a counter.
#[derive(Default)]
pub(crate) struct People {
    seen: u64,
    recent: Vec<Visitor>,
}

impl People {
    /// The next one: mostly somebody new, now and then somebody who tries a second counter.
    pub(crate) fn next(&mut self, rng: &mut Rng, now: DateTime<Utc>) -> Seen<Visitor> {
        if rng.permille(AGAIN)
            && let Some(known) = rng.pick(&self.recent)
        {
            return Ok(known.clone());
        }
        self.seen += 1;
        let visitor = Visitor {
            patient: patient(self.seen, rng)?,
            prescription: prescription(self.seen, rng, now)?,
        };
        if self.recent.len() < REMEMBERED {
            self.recent.push(visitor.clone());
        } else {
            let at = rng.index(REMEMBERED);
            self.recent[at] = visitor.clone();
        }
        Ok(visitor)
    }
}

fn broken<T>(_: T) -> Broken {
    Broken {
        rule: Rule::Unexpected,
        what: "a made-up person does not pass the rules".to_owned(),
    }
}

fn letters(number: u64) -> String {
    let consonants = b"BCDFGHLMNPRSTVZ";
    let digit = |power: u32| consonants[usize::try_from(number / 15u64.pow(power) % 15).unwrap_or(0)];
    [digit(2), digit(1), digit(0)].map(char::from).iter().collect()
}

fn patient(number: u64, rng: &mut Rng) -> Seen<Patient> {
    let year = rng.between(1940, 2005);
    let sex = if rng.permille(500) { Sex::F } else { Sex::M };
    let day = 1 + rng.below(28);
    let coded = day + if sex == Sex::F { 40 } else { 0 };
    let fifteen = format!(
        "{}{}{:02}A{coded:02}D969",
        letters(number),
        letters(number / 3_375),
        year % 100
    );
    let code = format!("{fifteen}{}", check_letter(fifteen.as_bytes()));
    let birth = NaiveDate::from_ymd_opt(i32::try_from(year).unwrap_or(1980), 1, u32::try_from(day).unwrap_or(1));
    Ok(Patient {
        id: PatientId::parse(&code).map_err(broken)?,
        surname: "Prova".to_owned(),
        given_name: "Persona".to_owned(),
        birth_date: birth.ok_or(()).map_err(broken)?,
        sex,
        municipality: None,
        phone: String::new(),
        demonstration: true,
    })
}

fn prescription(number: u64, rng: &mut Rng, now: DateTime<Utc>) -> Seen<Prescription> {
    let access = if rng.permille(300) {
        AccessType::FollowUp
    } else {
        AccessType::First
    };
    let priority = (access == AccessType::First)
        .then(|| rng.weighted(&[(1, Priority::U), (3, Priority::B), (4, Priority::D), (3, Priority::P)]))
        .flatten();
    let services: &[&str] = rng
        .weighted(&[
            (6, &[VISIT] as &[&str]),
            (3, &[LONG_VISIT]),
            (2, &[EXAMINATION]),
            (1, &[VISIT, EXAMINATION]),
        ])
        .unwrap_or(&[VISIT]);
    let lines = (1u8..).zip(services).map(|(line, service)| {
        Ok(PrescriptionLine {
            line,
            service: ServiceCode::parse(service).map_err(broken)?,
            quantity: 1,
        })
    });
    // Old enough that no clock of a desk is before it.
    let issued = now - TimeDelta::days(3 + rng.below(20).cast_signed());
    Ok(Prescription {
        nre: Nre::parse(&format!("0700A4{number:09}")).map_err(broken)?,
        prescriber: String::new(),
        priority,
        access,
        issued_on: issued.date_naive(),
        diagnosis: None,
        exemption: None,
        lines: lines.collect::<Seen<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_made_up_passes_the_rules() {
        let (mut people, mut rng) = (People::default(), Rng::keyed(1, &[]));
        let now: DateTime<Utc> = "2026-10-24T04:00:00Z".parse().unwrap();
        let mut again = 0;
        let mut known = std::collections::BTreeSet::new();
        for _ in 0..2_000 {
            let visitor = people
                .next(&mut rng, now)
                .unwrap_or_else(|broken| panic!("{}", broken.what));
            again += u32::from(!known.insert(visitor.prescription.nre.as_str().to_owned()));
        }
        assert!(again > 10, "some try a second counter: {again}");
    }
}
