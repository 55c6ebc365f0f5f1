//! Pieces of the catalogue as the screens show them.

use lanterna_model::ids::MunicipalityCode;
use lanterna_model::location::Location;
use lanterna_model::organization;
use lanterna_model::service::Service;
use lanterna_model::time::Now;
use lanterna_store::{CatalogueIndex, Store};
use lanterna_wire::catalogue::Rules;

use crate::rpc::{LocationView, MunicipalityView, OrganizationView, ServiceView};

/// Telephone printed where the catalogue names none.
const NO_CONTACT: &str = "";

pub(crate) fn rules(catalogue: &CatalogueIndex) -> Rules {
    catalogue.catalogue().map_or_else(
        || Rules {
            waits: lanterna_model::priority::WaitLimits::default(),
            prescription_days: lanterna_model::prescription::DEFAULT_VALIDITY_DAYS,
            ticket_cap_cents: lanterna_model::ticket::DEFAULT_CAP.0,
            saturday_works: false,
            patron_days: Vec::new(),
            contact: NO_CONTACT.to_owned(),
        },
        |catalogue| catalogue.rules.clone(),
    )
}

pub(crate) fn municipality(store: &Store, code: &MunicipalityCode) -> Option<MunicipalityView> {
    store.catalogue().municipality(code).map(municipality_view)
}

pub(crate) fn municipality_view(place: &lanterna_model::geo::Municipality) -> MunicipalityView {
    MunicipalityView {
        code: place.code.clone(),
        name: place.name.clone(),
        province: place.province.clone(),
    }
}

pub(crate) fn birth_place(store: &Store, cadastral: &str) -> Option<String> {
    store
        .catalogue()
        .birth_place(cadastral)
        .map(|place| format!("{} ({})", place.name, place.province))
}

pub(crate) fn service_view(catalogue: &CatalogueIndex, service: &Service) -> ServiceView {
    ServiceView {
        code: service.code.clone(),
        name: service.name.clone(),
        branch: service.branch,
        service_kind: service.kind,
        minutes: service.minutes,
        tariff_cents: service.tariff_cents,
        preparation: service.preparation.clone(),
        schedules: u32::try_from(catalogue.offering(&service.code).len()).unwrap_or(u32::MAX),
    }
}

pub(crate) fn location_view(location: &Location) -> LocationView {
    LocationView {
        id: location.id,
        name: location.name.clone(),
        municipality: location.municipality_name.clone(),
        address: location.address.clone(),
    }
}

/// The bodies in force today that own a schedule, by name.
pub(crate) fn organizations(store: &Store, now: Now) -> Vec<OrganizationView> {
    let Some(catalogue) = store.catalogue().catalogue() else {
        return Vec::new();
    };
    let mut found: Vec<OrganizationView> = Vec::new();
    for schedule in &catalogue.schedules {
        if found.iter().any(|known| known.code == schedule.organization) {
            continue;
        }
        let name = organization::resolve(&catalogue.organizations, &schedule.organization, now.today());
        let name = name.map_or_else(|| schedule.organization.to_string(), |body| body.name.clone());
        found.push(OrganizationView {
            code: schedule.organization.clone(),
            name,
        });
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}
