//! Free places by site, and the municipalities as points: what the map shows and its table says.

use lanterna_model::ids::LocationId;
use lanterna_model::time::Now;
use lanterna_store::Store;

use crate::fault::Answered;
use crate::finding;
use crate::rpc::{PlaceView, SearchQuery, SiteView, Sort};

/// The sites where the first service of the query is to be had inside the filters, in the order of
/// the query; those where nothing is free are left out.
pub(crate) fn count(store: &Store, query: &SearchQuery, now: Now) -> Answered<Vec<SiteView>> {
    let mut found = Vec::new();
    for location in offering(store, query) {
        let here = SearchQuery {
            location: Some(location),
            offset: 0,
            limit: 1,
            ..query.clone()
        };
        let free: u32 = finding::days(store, &here, now)?.iter().map(|day| day.free).sum();
        let first = finding::first(store, &here, now)?;
        let Some(known) = store.catalogue().location(location).filter(|_| free > 0) else {
            continue;
        };
        found.push(SiteView {
            location,
            name: known.name.clone(),
            municipality: known.municipality_name.clone(),
            lat: known.coordinates.lat,
            lon: known.coordinates.lon,
            km: first.as_ref().and_then(|row| row.km),
            free,
            first,
        });
    }
    sort(&mut found, query.sort);
    Ok(found)
}

/// Sites inside the class's limit first, as in the list of places.
fn sort(found: &mut [SiteView], order: Sort) {
    let late = |site: &SiteView| {
        let in_time = site.first.as_ref().map(|row| row.in_time != Some(false));
        in_time != Some(true)
    };
    let wall = |site: &SiteView| site.first.as_ref().map(|row| row.wall.clone());
    let km = |site: &SiteView| site.km.unwrap_or(f64::MAX);
    found.sort_by(|one, other| {
        late(one).cmp(&late(other)).then_with(|| match order {
            Sort::Date => wall(one).cmp(&wall(other)),
            Sort::Distance => km(one).total_cmp(&km(other)),
            Sort::Facility => one.name.cmp(&other.name),
        })
    });
}

fn offering(store: &Store, query: &SearchQuery) -> Vec<LocationId> {
    let known = store.catalogue();
    let schedules = query.services.first().map(|service| known.offering(service));
    let mut sites: Vec<LocationId> = schedules
        .unwrap_or_default()
        .iter()
        .filter_map(|id| known.schedule(*id))
        .map(|schedule| schedule.location)
        .collect();
    sites.sort_unstable();
    sites.dedup();
    sites
}

/// The municipalities of the region, by name.
pub(crate) fn places(store: &Store) -> Vec<PlaceView> {
    let all = store.catalogue().catalogue().map(|catalogue| &catalogue.municipalities);
    let mut found: Vec<PlaceView> = all
        .into_iter()
        .flatten()
        .map(|place| PlaceView {
            code: place.code.clone(),
            name: place.name.clone(),
            lat: place.coordinates.lat,
            lon: place.coordinates.lon,
            population: place.population,
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}
