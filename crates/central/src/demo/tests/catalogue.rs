//! The files against the lists they were made from, which are not part of the project.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use lanterna_model::organization::resolve;

use crate::demo::files::files;

/// The lists of facts, where they are. Their absence is a failure in CI, elsewhere it is said.
fn facts(file: &str) -> Option<Vec<HashMap<String, String>>> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.exists() {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "{} is missing",
            folder.display()
        );
        eprintln!("skipped: {} is missing", folder.display());
        return None;
    }
    let mut reader = csv::Reader::from_path(folder.join(file)).unwrap();
    Some(reader.deserialize().map(Result::unwrap).collect())
}

#[test]
fn every_service_has_a_code_of_the_national_catalogue() {
    let Some(lines) = facts("national_catalogue_services.csv") else {
        return;
    };
    let known: HashSet<&str> = lines.iter().map(|line| line["code"].as_str()).collect();
    for service in &files().services {
        assert!(known.contains(service.code.as_str()), "{}", service.code);
    }
}

#[test]
fn every_branch_is_one_of_the_list() {
    let Some(lines) = facts("specialty_branches.csv") else {
        return;
    };
    let known: HashSet<u8> = lines.iter().map(|line| line["code"].parse().unwrap()).collect();
    for service in &files().services {
        assert!(known.contains(&service.branch.0), "{}", service.code);
    }
}

#[test]
fn every_municipality_and_every_hospital_is_there() {
    let Some(places) = facts("liguria_municipalities.csv") else {
        return;
    };
    assert_eq!(places.len(), files().municipalities.len());
    for place in &places {
        let code = place["istat_code"].as_str();
        let ours = files().municipalities.iter().find(|it| it.code.as_str() == code);
        assert_eq!(ours.unwrap().name, place["name"]);
    }
    for hospital in facts("liguria_hospital_facilities.csv").unwrap() {
        let code = &hospital["hsp_code"];
        let ours = files().locations.iter().find(|it| it.code == *code);
        assert_eq!(ours.unwrap().municipality.as_str(), hospital["municipality_istat_code"]);
    }
}

#[test]
fn services_are_named_once_and_last_ten_minutes_to_an_hour() {
    let services = &files().services;
    let names: HashSet<&str> = services.iter().map(|it| it.name.as_str()).collect();
    let codes: HashSet<_> = services.iter().map(|it| &it.code).collect();
    assert_eq!((names.len(), codes.len()), (services.len(), services.len()));
    assert!((140..=170).contains(&services.len()));
    for service in services {
        assert!((10..=60).contains(&service.minutes), "{}", service.code);
        assert!(service.minutes.is_multiple_of(5), "{}", service.code);
        assert!(service.tariff_cents > 0, "{}", service.code);
        assert!(service.name.chars().count() <= 70, "{}", service.code);
    }
}

#[test]
fn an_authority_of_before_2026_resolves_to_the_one_that_took_over() {
    let bodies = &files().organizations;
    for (code, day, expected) in [
        ("070103", "2025-12-31", "070103"),
        ("070103", "2026-01-01", "070200"),
        ("070901", "2026-06-01", "070900"),
        ("070940", "2026-06-01", "070940"),
    ] {
        let found = resolve(
            bodies,
            &lanterna_model::ids::OrganizationCode::parse(code).unwrap(),
            day.parse().unwrap(),
        );
        assert_eq!(found.unwrap().code.as_str(), expected, "{code} on {day}");
    }
}

#[test]
fn exemptions_cover_services_of_the_catalogue() {
    for exemption in &files().exemptions {
        for code in &exemption.services {
            assert!(files().service(code.as_str()).is_some(), "{code}");
        }
    }
}
