//! Organizations, services, locations and exemptions.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::path::Path;

use lanterna_model::geo::{Coordinates, Municipality, MunicipalityRow};
use lanterna_model::ids::{BranchCode, LocationId, MunicipalityCode, OrganizationCode, ServiceCode};
use lanterna_model::location::Location;
use lanterna_model::organization::Organization;
use lanterna_model::service::Service;
use lanterna_wire::catalogue::Exemption;

use super::report::{File, Reason, Refusal, Report};
use super::table::{Fault, Line, each};
use super::{ImportError, field};

pub(super) const ORGANIZATIONS: [&str; 6] = ["code", "name", "kind", "valid_from", "valid_to", "succeeded_by"];
pub(super) const SERVICES: [&str; 8] = [
    "code",
    "name",
    "branch",
    "kind",
    "minutes",
    "tariff_cents",
    "preparation",
    "common_name",
];
pub(super) const LOCATIONS: [&str; 10] = [
    "id",
    "code",
    "name",
    "organization",
    "address",
    "municipality_istat",
    "municipality",
    "latitude",
    "longitude",
    "phone",
];
pub(super) const MUNICIPALITIES: [&str; 9] = [
    "istat_code",
    "cadastral_code",
    "name",
    "province",
    "postcode",
    "population",
    "latitude",
    "longitude",
    "asl_code",
];
pub(super) const EXEMPTIONS: [&str; 3] = ["code", "name", "services"];

/// Highest tariff, in cents.
const TARIFF_CENTS: i64 = 10_000_000;

/// Lines on which keys were first seen.
pub(super) struct Seen<K>(HashMap<K, u64>);

impl<K: Hash + Eq> Seen<K> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Notes a key; refuses one that was seen.
    pub(super) fn once(&mut self, key: K, field: &'static str, line: u64) -> Result<(), Fault> {
        match self.0.get(&key) {
            Some(first) => Err(Fault {
                field: Some(field),
                reason: Reason::Twice { line: *first },
            }),
            None => {
                self.0.insert(key, line);
                Ok(())
            }
        }
    }
}

pub(super) fn organizations(folder: &Path, report: &mut Report) -> Result<Vec<Organization>, ImportError> {
    let mut seen = Seen::new();
    let mut read: Vec<(u64, Organization)> = Vec::new();
    each(folder, File::Organizations, &ORGANIZATIONS, report, |line| {
        let body = organization(line)?;
        seen.once(body.code.clone(), "code", line.number)?;
        read.push((line.number, body));
        Ok(())
    })?;
    // A body whose successor is missing is refused, and with it those that it succeeds.
    loop {
        let codes: HashSet<OrganizationCode> = read.iter().map(|(_, body)| body.code.clone()).collect();
        let missing = |body: &Organization| body.succeeded_by.clone().filter(|code| !codes.contains(code));
        let Some(at) = read.iter().position(|(_, body)| missing(body).is_some()) else {
            break;
        };
        let (line, body) = read.remove(at);
        let key = body.succeeded_by.map(String::from).unwrap_or_default();
        let reason = Reason::Unknown {
            file: File::Organizations,
            key,
        };
        report.withdraw(Refusal {
            file: File::Organizations,
            line,
            field: Some("succeeded_by"),
            reason,
        });
    }
    Ok(read.into_iter().map(|(_, body)| body).collect())
}

fn organization(line: &Line<'_>) -> Result<Organization, Fault> {
    let body = Organization {
        code: line.read("code", field::code(OrganizationCode::parse))?,
        name: line.needed("name")?.to_owned(),
        kind: line.read("kind", |text| field::word("authority, hospital, accredited")(text))?,
        valid_from: line.read("valid_from", field::date)?,
        valid_to: line.maybe("valid_to", field::date)?,
        succeeded_by: line.maybe("succeeded_by", field::code(OrganizationCode::parse))?,
    };
    if body.valid_to.is_some_and(|last| last < body.valid_from) {
        return Err(Fault {
            field: Some("valid_to"),
            reason: Reason::Backwards,
        });
    }
    Ok(body)
}

pub(super) fn services(folder: &Path, report: &mut Report) -> Result<Vec<Service>, ImportError> {
    let mut seen = Seen::new();
    let mut read = Vec::new();
    each(folder, File::Services, &SERVICES, report, |line| {
        let service = Service {
            code: line.read("code", field::code(ServiceCode::parse))?,
            name: line.needed("name")?.to_owned(),
            common_name: line.text("common_name")?.to_owned(),
            branch: line.read("branch", field::code(BranchCode::parse))?,
            kind: line.read("kind", |text| field::word("visit, instrumental")(text))?,
            minutes: line.read("minutes", field::minutes)?,
            tariff_cents: line.read("tariff_cents", field::number(0, TARIFF_CENTS))?,
            preparation: line.text("preparation")?.to_owned(),
        };
        seen.once(service.code.clone(), "code", line.number)?;
        read.push(service);
        Ok(())
    })?;
    Ok(read)
}

pub(super) fn locations(
    folder: &Path,
    bodies: &HashSet<&OrganizationCode>,
    report: &mut Report,
) -> Result<Vec<Location>, ImportError> {
    let mut seen = Seen::new();
    let mut read = Vec::new();
    each(folder, File::Locations, &LOCATIONS, report, |line| {
        let location = Location {
            id: line.read("id", field::number(1, i64::from(u32::MAX))).map(LocationId)?,
            code: line.text("code")?.to_owned(),
            name: line.needed("name")?.to_owned(),
            organization: line.read("organization", field::code(OrganizationCode::parse))?,
            address: line.text("address")?.to_owned(),
            municipality: line.read("municipality_istat", field::code(MunicipalityCode::parse))?,
            municipality_name: line.needed("municipality")?.to_owned(),
            coordinates: Coordinates {
                lat: line.read("latitude", field::degrees(-90, 90))?,
                lon: line.read("longitude", field::degrees(-180, 180))?,
            },
            phone: line.text("phone")?.to_owned(),
        };
        known("organization", &location.organization, bodies)?;
        seen.once(location.id, "id", line.number)?;
        read.push(location);
        Ok(())
    })?;
    Ok(read)
}

pub(super) fn municipalities(
    folder: &Path,
    bodies: &HashSet<&OrganizationCode>,
    report: &mut Report,
) -> Result<Vec<Municipality>, ImportError> {
    let mut seen = Seen::new();
    let mut read = Vec::new();
    if !folder.join(File::Municipalities.name()).exists() {
        return Ok(read);
    }
    each(folder, File::Municipalities, &MUNICIPALITIES, report, |line| {
        let municipality = Municipality::parse(&MunicipalityRow {
            istat: line.text("istat_code")?,
            cadastral: line.text("cadastral_code")?,
            name: line.text("name")?,
            province: line.text("province")?,
            postcode: line.text("postcode")?,
            population: line.text("population")?,
            latitude: line.text("latitude")?,
            longitude: line.text("longitude")?,
            authority: line.text("asl_code")?,
        })
        .map_err(|error| Fault {
            field: None,
            reason: error.into(),
        })?;
        known("asl_code", &municipality.authority, bodies)?;
        seen.once(municipality.code.clone(), "istat_code", line.number)?;
        read.push(municipality);
        Ok(())
    })?;
    Ok(read)
}

/// Refuses a body that is not there.
fn known(field: &'static str, body: &OrganizationCode, bodies: &HashSet<&OrganizationCode>) -> Result<(), Fault> {
    if bodies.contains(body) {
        return Ok(());
    }
    let reason = Reason::Unknown {
        file: File::Organizations,
        key: body.to_string(),
    };
    Err(Fault {
        field: Some(field),
        reason,
    })
}

pub(super) fn exemptions(
    folder: &Path,
    services: &HashSet<&ServiceCode>,
    report: &mut Report,
) -> Result<Vec<Exemption>, ImportError> {
    let mut seen = Seen::new();
    let mut read = Vec::new();
    if !folder.join(File::Exemptions.name()).exists() {
        return Ok(read);
    }
    each(folder, File::Exemptions, &EXEMPTIONS, report, |line| {
        let covered = line.list("services", "code", |item| ServiceCode::parse(item).ok())?;
        if let Some(unknown) = covered.iter().find(|code| !services.contains(code)) {
            let reason = Reason::Unknown {
                file: File::Services,
                key: unknown.to_string(),
            };
            return Err(Fault {
                field: Some("services"),
                reason,
            });
        }
        let exemption = Exemption {
            code: line.needed("code")?.to_owned(),
            name: line.needed("name")?.to_owned(),
            services: covered,
        };
        seen.once(exemption.code.clone(), "code", line.number)?;
        read.push(exemption);
        Ok(())
    })?;
    Ok(read)
}
