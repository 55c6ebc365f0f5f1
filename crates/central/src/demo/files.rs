//! The files of `crates/central/demo`, compiled in.

use std::sync::LazyLock;

use lanterna_model::geo::{Coordinates, Municipality, MunicipalityRow};
use lanterna_model::ids::{LocationId, MunicipalityCode, OrganizationCode, ServiceCode};
use lanterna_model::location::Location;
use lanterna_model::organization::Organization;
use lanterna_model::service::Service;
use lanterna_wire::catalogue::Exemption;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Everything that the files say.
pub(super) struct Files {
    pub(super) services: Vec<Service>,
    pub(super) organizations: Vec<Organization>,
    pub(super) locations: Vec<Location>,
    pub(super) municipalities: Vec<Municipality>,
    pub(super) exemptions: Vec<Exemption>,
}

impl Files {
    pub(super) fn service(&self, code: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.code.as_str() == code)
    }

    pub(super) fn municipality(&self, code: &MunicipalityCode) -> Option<&Municipality> {
        self.municipalities.iter().find(|place| place.code == *code)
    }
}

/// The files, read once.
pub(super) fn files() -> &'static Files {
    static FILES: LazyLock<Files> =
        LazyLock::new(|| read().expect("the files are compiled in and a test has read every line of them"));
    &FILES
}

/// Why a line of ours cannot be read: a slip of whoever edited the file, which the tests find.
#[derive(Debug, thiserror::Error)]
enum Slip {
    #[error(transparent)]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Municipality(#[from] lanterna_model::geo::MunicipalityError),
    #[error(transparent)]
    Code(#[from] lanterna_model::ids::CodeError),
}

fn read() -> Result<Files, Slip> {
    let locations: Vec<LocationLine> = lines(include_str!("../../demo/locations.csv"))?;
    let municipalities: Vec<MunicipalityLine> = lines(include_str!("../../demo/municipalities.csv"))?;
    let exemptions: Vec<ExemptionLine> = lines(include_str!("../../demo/exemptions.csv"))?;
    Ok(Files {
        services: lines(include_str!("../../demo/services.csv"))?,
        organizations: lines(include_str!("../../demo/organizations.csv"))?,
        locations: locations.into_iter().map(LocationLine::location).collect(),
        municipalities: municipalities
            .iter()
            .map(|line| Ok(line.municipality()?))
            .collect::<Result<_, Slip>>()?,
        exemptions: exemptions
            .into_iter()
            .map(ExemptionLine::exemption)
            .collect::<Result<_, Slip>>()?,
    })
}

fn lines<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, Slip> {
    Ok(csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()?)
}

#[derive(Deserialize)]
struct LocationLine {
    id: LocationId,
    code: String,
    name: String,
    organization: OrganizationCode,
    address: String,
    municipality_istat: MunicipalityCode,
    municipality: String,
    latitude: f64,
    longitude: f64,
    phone: String,
}

impl LocationLine {
    fn location(self) -> Location {
        Location {
            id: self.id,
            code: self.code,
            name: self.name,
            organization: self.organization,
            address: self.address,
            municipality: self.municipality_istat,
            municipality_name: self.municipality,
            coordinates: Coordinates {
                lat: self.latitude,
                lon: self.longitude,
            },
            phone: self.phone,
        }
    }
}

#[derive(Deserialize)]
struct MunicipalityLine {
    istat_code: String,
    cadastral_code: String,
    name: String,
    province: String,
    postcode: String,
    population: String,
    latitude: String,
    longitude: String,
    asl_code: String,
}

impl MunicipalityLine {
    fn municipality(&self) -> Result<Municipality, lanterna_model::geo::MunicipalityError> {
        Municipality::parse(&MunicipalityRow {
            istat: &self.istat_code,
            cadastral: &self.cadastral_code,
            name: &self.name,
            province: &self.province,
            postcode: &self.postcode,
            population: &self.population,
            latitude: &self.latitude,
            longitude: &self.longitude,
            authority: &self.asl_code,
        })
    }
}

#[derive(Deserialize)]
struct ExemptionLine {
    code: String,
    name: String,
    services: String,
}

impl ExemptionLine {
    fn exemption(self) -> Result<Exemption, Slip> {
        let services = self
            .services
            .split('|')
            .filter(|code| !code.is_empty())
            .map(|code| Ok(ServiceCode::parse(code)?))
            .collect::<Result<_, Slip>>()?;
        Ok(Exemption {
            code: self.code,
            name: self.name,
            services,
        })
    }
}
