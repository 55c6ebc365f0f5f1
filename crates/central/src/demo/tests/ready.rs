//! The ready prescriptions against the usual region.

use std::collections::HashSet;

use chrono::{Duration, NaiveTime};
use lanterna_model::access::{AccessType, Channel};
use lanterna_model::age::years;
use lanterna_model::patient_id::PatientId;
use lanterna_model::prescription::{PrescriptionError, Validity};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::{PublishedSession, Schedule, ScheduleService};
use lanterna_model::time::Minute;

use super::*;

fn nine(today: NaiveDate) -> Minute {
    Minute::from_rome(today.and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap()))
        .single()
        .unwrap()
}

fn all() -> Vec<DemoPrescription> {
    prescriptions(SEED, monday())
}

/// Whether a schedule takes the patient for a service.
fn admits<'a>(
    schedule: &'a Schedule,
    ready: &DemoPrescription,
    code: &lanterna_model::ids::ServiceCode,
    today: NaiveDate,
) -> Option<&'a ScheduleService> {
    let offered = schedule.service(code)?;
    let fits = offered.accepts(ready.prescription.access)
        && schedule.visible_to(Channel::Mmg)
        && !schedule.exclusive
        && schedule.ages.admit(ready.patient.birth_date, today)
        && schedule.sex.is_none_or(|only| only == ready.patient.sex);
    fits.then_some(offered)
}

/// Whether a session has room for somebody of a class at a moment.
fn has_room(
    schedule: &Schedule,
    session: &PublishedSession,
    minutes: u16,
    class: Option<Priority>,
    now: Minute,
) -> bool {
    let shut = schedule.quotas.iter().any(|quota| {
        Some(quota.class) == class
            && quota.per_session == 0
            && session.start.plus(-60 * i32::from(quota.release_hours)) > now
    });
    let needed = minutes.div_ceil(session.step);
    !shut
        && session.start > now
        && schedule.open_on(session.start.rome_date())
        && (0..session.places).any(|place| {
            (0..(session.slots + 1).saturating_sub(needed))
                .any(|slot| (slot..slot + needed).all(|slot| !session.is_closed(slot, place)))
        })
}

/// When each line of a prescription first finds a place.
fn first_places(region: &Region, ready: &DemoPrescription, today: NaiveDate) -> Vec<Option<Minute>> {
    let now = nine(today);
    let lines = ready.prescription.lines.iter();
    lines
        .map(|line| {
            region
                .schedules
                .iter()
                .filter_map(|it| {
                    let offered = admits(&it.schedule, ready, &line.service, today)?;
                    it.sessions
                        .iter()
                        .find(|one| {
                            let class = ready.prescription.priority;
                            has_room(&it.schedule, one, offered.minutes, class, now)
                        })
                        .map(|one| one.start)
                })
                .min()
        })
        .collect()
}

fn in_time(region: &Region, ready: &DemoPrescription, today: NaiveDate) -> bool {
    let asked = nine(today).utc();
    first_places(region, ready, today)
        .iter()
        .zip(&ready.prescription.lines)
        .all(|(place, line)| {
            let kind = region
                .services
                .iter()
                .find(|service| service.code == line.service)
                .map(|service| service.kind);
            match (place, ready.prescription.priority, kind) {
                (None, ..) | (.., None) => false,
                (_, None, _) => true,
                (Some(at), Some(class), Some(kind)) => at.utc() <= region.rules.waits.deadline(class, kind, asked),
            }
        })
}

#[test]
fn the_same_seed_and_day_give_the_same_prescriptions() {
    let text = |list: &[DemoPrescription]| {
        list.iter()
            .map(|it| {
                let patient = serde_json::to_string(&it.patient).unwrap();
                let prescription = serde_json::to_string(&it.prescription).unwrap();
                format!("{} {} {patient} {prescription}", it.id, it.title)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(text(&all()), text(&all()));
    assert_ne!(text(&all()), text(&prescriptions(SEED + 1, monday())));
}

#[test]
fn patients_are_marked_and_their_codes_agree_with_them() {
    for today in ["2026-11-09", "2028-02-29", "2027-01-01"] {
        let today: NaiveDate = today.parse().unwrap();
        for ready in prescriptions(SEED, today) {
            let patient = &ready.patient;
            assert!(patient.demonstration, "{}", ready.title);
            assert!(patient.phone.starts_with("010 000 "), "{}", ready.title);
            assert!(patient.birth_date <= today, "{}", ready.title);
            let PatientId::TaxCode(code) = &patient.id else {
                continue;
            };
            assert_eq!(code.sex(), patient.sex, "{}", ready.title);
            assert!(
                code.matches_name(&patient.surname, &patient.given_name),
                "{}",
                ready.title
            );
            let told = code.birth_date(today);
            let old = years(patient.birth_date, today).unwrap() >= 100;
            let expected = if old {
                years(told, today).unwrap() + 100
            } else {
                years(told, today).unwrap()
            };
            assert_eq!(years(patient.birth_date, today), Some(expected), "{}", ready.title);
        }
    }
}

#[test]
fn every_kind_of_patient_and_prescription_is_there() {
    let all = all();
    assert!((38..=50).contains(&all.len()));
    let any = |what: &str, is: &dyn Fn(&DemoPrescription) -> bool| {
        assert!(all.iter().any(is), "{what}");
    };
    for class in Priority::ALL {
        any("each class", &|it| it.prescription.priority == Some(class));
    }
    for code in ["048", "013", "E01"] {
        any(code, &|it| it.prescription.exemption.as_deref() == Some(code));
    }
    any("a follow-up", &|it| it.prescription.access == AccessType::FollowUp);
    any("two services", &|it| it.prescription.lines.len() == 2);
    any("three services", &|it| it.prescription.lines.len() == 3);
    any("a foreigner's STP", &|it| matches!(it.patient.id, PatientId::Stp(_)));
    any("a provisional code", &|it| {
        matches!(it.patient.id, PatientId::Provisional(_))
    });
    any("a name with accents", &|it| it.patient.surname.contains("gelò"));
    any(
        "somebody born abroad",
        &|it| matches!(&it.patient.id, PatientId::TaxCode(code) if code.cadastral_code().starts_with('Z')),
    );
    any(
        "omocodia",
        &|it| matches!(&it.patient.id, PatientId::TaxCode(code) if code.as_str().as_bytes()[14].is_ascii_alphabetic()),
    );
    any("somebody over a hundred", &|it| {
        years(it.patient.birth_date, monday()) > Some(100)
    });
    any("a newborn", &|it| years(it.patient.birth_date, monday()) == Some(0));
    let numbers: HashSet<&str> = all.iter().map(|it| it.prescription.nre.as_str()).collect();
    assert_eq!(numbers.len(), all.len());
    assert!(all.iter().all(|it| it.prescription.nre.region() == "070"));
}

#[test]
fn the_rules_of_prescriptions_say_what_is_expected() {
    let region = usual();
    for ready in all() {
        let said = ready
            .prescription
            .validate(monday(), region.rules.prescription_days, |code| {
                region.services.iter().find(|it| it.code == *code).map(|it| it.branch)
            });
        let as_expected = match ready.expect {
            Expectation::Expired => matches!(said, Err(PrescriptionError::Expired { .. })),
            Expectation::MixedBranches => said == Err(PrescriptionError::MixedBranches),
            Expectation::UnknownService => {
                matches!(said, Err(PrescriptionError::UnknownService { .. }))
            }
            Expectation::ExpiringSoon => matches!(said, Ok(Validity::ExpiringSoon { .. })),
            _ => matches!(said, Ok(Validity::Valid { .. })),
        };
        assert!(as_expected, "{}: {said:?}", ready.title);
        if let Some(code) = &ready.prescription.exemption {
            let exemption = region.exemptions.iter().find(|it| it.code == *code).unwrap();
            let covered = exemption.services.is_empty()
                || ready
                    .prescription
                    .lines
                    .iter()
                    .all(|line| exemption.services.contains(&line.service));
            assert!(covered, "{}", ready.title);
        }
    }
}

#[test]
fn prescriptions_in_order_find_a_place_in_time_and_the_others_do_not() {
    let region = usual();
    for ready in all() {
        let found = in_time(&region, &ready, monday());
        match ready.expect {
            Expectation::Fine | Expectation::ExpiringSoon => assert!(found, "{}", ready.title),
            Expectation::NothingInTime => {
                assert!(!found, "{}", ready.title);
                let places = first_places(&region, &ready, monday());
                assert!(places.iter().all(Option::is_some), "{}", ready.title);
            }
            Expectation::WrongAge | Expectation::WrongSex => {
                let nowhere = region.schedules.iter().all(|it| {
                    let service = &ready.prescription.lines[0].service;
                    admits(&it.schedule, &ready, service, monday()).is_none()
                });
                assert!(nowhere, "{}", ready.title);
            }
            Expectation::Expired | Expectation::MixedBranches | Expectation::UnknownService => {}
        }
    }
}

#[test]
fn prescriptions_in_order_find_a_place_whatever_the_day() {
    for ahead in [1, 5, 32, 45, 140, 250] {
        let today = monday() + Duration::days(ahead);
        let region = region(SEED, 600, today);
        for ready in prescriptions(SEED, today) {
            if matches!(ready.expect, Expectation::Fine | Expectation::ExpiringSoon) {
                let places = first_places(&region, &ready, today);
                assert!(places.iter().all(Option::is_some), "{} on {today}", ready.title);
            }
        }
    }
}
