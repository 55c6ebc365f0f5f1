//! The parsers against the lists of facts, which are not part of the project. Where they are absent the
//! tests say so; in CI that is a failure.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::collections::{HashMap, HashSet};
use std::path::Path;

use lanterna_model::geo::{Municipality, MunicipalityRow};
use lanterna_model::ids::{BranchCode, ServiceCode};

fn facts(file: &str) -> Option<Vec<HashMap<String, String>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.exists() {
        let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!ci, "{} is missing", folder.display());
        eprintln!("skipped: {} is missing", folder.display());
        return None;
    }
    let mut reader = csv::Reader::from_path(folder.join(file)).unwrap();
    Some(reader.deserialize().map(Result::unwrap).collect())
}

#[test]
fn the_whole_national_catalogue_parses() {
    let Some(rows) = facts("national_catalogue_services.csv") else {
        return;
    };
    assert_eq!(rows.len(), 2_108);
    let codes: HashSet<ServiceCode> = rows.iter().map(|row| row["code"].parse().unwrap()).collect();
    assert!(codes.len() > 2_000, "{} codes", codes.len());
    for branch in facts("specialty_branches.csv").unwrap() {
        let _ = BranchCode(branch["code"].parse().unwrap());
    }
}

#[test]
fn all_municipalities_parse_and_lie_in_the_region() {
    let Some(rows) = facts("liguria_municipalities.csv") else {
        return;
    };
    let parsed: Vec<Municipality> = rows
        .iter()
        .map(|row| {
            let field = |name: &str| row[name].as_str();
            let row = MunicipalityRow {
                istat: field("istat_code"),
                cadastral: field("cadastral_code"),
                name: field("name"),
                province: field("province"),
                postcode: field("postcode"),
                population: field("population"),
                latitude: field("latitude"),
                longitude: field("longitude"),
                authority: field("asl_code"),
            };
            Municipality::parse(&row).unwrap_or_else(|error| panic!("{}: {error}", row.name))
        })
        .collect();
    assert_eq!(parsed.len(), 234);
    let codes: HashSet<_> = parsed.iter().map(|it| &it.code).collect();
    assert_eq!(codes.len(), parsed.len());
    for place in &parsed {
        assert!((43.7..44.7).contains(&place.coordinates.lat), "{}", place.name);
        assert!((7.4..10.1).contains(&place.coordinates.lon), "{}", place.name);
        assert!(place.authority.as_str().starts_with("0701"), "{}", place.name);
    }
}
