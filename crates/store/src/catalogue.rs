//! The catalogue in memory, with the look-ups that search and screens need.

use std::collections::HashMap;

use lanterna_model::geo::Municipality;
use lanterna_model::ids::{LocationId, MunicipalityCode, OrganizationCode, ScheduleId, ServiceCode};
use lanterna_model::location::Location;
use lanterna_model::organization::Organization;
use lanterna_model::schedule::Schedule;
use lanterna_model::service::Service;
use lanterna_wire::catalogue::Catalogue;

/// The catalogue of the mirror; empty before the first download.
#[derive(Debug, Default)]
pub struct CatalogueIndex {
    catalogue: Option<Catalogue>,
    services: HashMap<ServiceCode, usize>,
    schedules: HashMap<ScheduleId, usize>,
    locations: HashMap<LocationId, usize>,
    municipalities: HashMap<MunicipalityCode, usize>,
    offering: HashMap<ServiceCode, Vec<ScheduleId>>,
}

fn positions<K: std::hash::Hash + Eq, T>(rows: &[T], key: impl Fn(&T) -> K) -> HashMap<K, usize> {
    rows.iter().enumerate().map(|(at, row)| (key(row), at)).collect()
}

impl CatalogueIndex {
    /// Indexes a catalogue.
    #[must_use]
    pub fn new(catalogue: Catalogue) -> Self {
        let mut offering: HashMap<ServiceCode, Vec<ScheduleId>> = HashMap::new();
        for schedule in &catalogue.schedules {
            for service in &schedule.services {
                offering.entry(service.code.clone()).or_default().push(schedule.id);
            }
        }
        Self {
            services: positions(&catalogue.services, |service| service.code.clone()),
            schedules: positions(&catalogue.schedules, |schedule| schedule.id),
            locations: positions(&catalogue.locations, |location| location.id),
            municipalities: positions(&catalogue.municipalities, |municipality| municipality.code.clone()),
            offering,
            catalogue: Some(catalogue),
        }
    }

    /// The catalogue itself, once there is one.
    #[must_use]
    pub fn catalogue(&self) -> Option<&Catalogue> {
        self.catalogue.as_ref()
    }

    /// A service by its code.
    #[must_use]
    pub fn service(&self, code: &ServiceCode) -> Option<&Service> {
        self.services
            .get(code)
            .and_then(|at| self.catalogue()?.services.get(*at))
    }

    /// A schedule by its number.
    #[must_use]
    pub fn schedule(&self, id: ScheduleId) -> Option<&Schedule> {
        self.schedules
            .get(&id)
            .and_then(|at| self.catalogue()?.schedules.get(*at))
    }

    /// A site by its number.
    #[must_use]
    pub fn location(&self, id: LocationId) -> Option<&Location> {
        self.locations
            .get(&id)
            .and_then(|at| self.catalogue()?.locations.get(*at))
    }

    /// A body by its code, whether in force or not.
    #[must_use]
    pub fn organization(&self, code: &OrganizationCode) -> Option<&Organization> {
        self.catalogue()?.organizations.iter().find(|body| body.code == *code)
    }

    /// A municipality by its ISTAT code.
    #[must_use]
    pub fn municipality(&self, code: &MunicipalityCode) -> Option<&Municipality> {
        self.municipalities
            .get(code)
            .and_then(|at| self.catalogue()?.municipalities.get(*at))
    }

    /// A municipality by the cadastral code of a codice fiscale.
    #[must_use]
    pub fn birth_place(&self, cadastral: &str) -> Option<&Municipality> {
        self.catalogue()?
            .municipalities
            .iter()
            .find(|municipality| municipality.cadastral == cadastral)
    }

    /// Every service that is offered, with the schedules that do.
    pub(crate) fn offered(&self) -> impl Iterator<Item = (&ServiceCode, &[ScheduleId])> {
        self.offering
            .iter()
            .map(|(code, schedules)| (code, schedules.as_slice()))
    }

    /// The schedules that offer a service.
    #[must_use]
    pub fn offering(&self, code: &ServiceCode) -> &[ScheduleId] {
        self.offering.get(code).map_or(&[], Vec::as_slice)
    }
}
