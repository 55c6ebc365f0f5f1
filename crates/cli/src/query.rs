//! What is looked for, of what was written on the command line.

use anyhow::{Context, Result, bail};
use lanterna_desk::rpc::{SearchQuery, Sort};
use lanterna_model::access::AccessType;
use lanterna_model::ids::{LocationId, MunicipalityCode, OrganizationCode, ServiceCode};
use lanterna_model::priority::Priority;

use crate::args::{SearchArguments, Window};

/// The query of `lanterna search`: a class means a first access, none a follow-up.
pub fn of_search(search: &SearchArguments) -> Result<SearchQuery> {
    let services = search
        .services
        .iter()
        .map(|code| ServiceCode::parse(code))
        .collect::<Result<Vec<_>, _>>()?;
    let priority = match search.class.as_deref() {
        None => None,
        Some(class) => {
            Some(serde_json::from_value::<Priority>(class.to_uppercase().into()).context("the class is U, B, D or P")?)
        }
    };
    let access = if priority.is_some() {
        AccessType::First
    } else {
        AccessType::FollowUp
    };
    Ok(SearchQuery {
        limit: search.limit,
        ..of_window(services, priority, access, &search.window)?
    })
}

/// A query over a window, for whoever it may be.
pub fn of_window(
    services: Vec<ServiceCode>,
    priority: Option<Priority>,
    access: AccessType,
    window: &Window,
) -> Result<SearchQuery> {
    Ok(SearchQuery {
        from: window.from,
        to: window.to,
        weekdays: window.weekdays.iter().fold(0, |set, day| set | 1 << (day - 1)),
        from_minute: window.after.as_deref().map(minute).transpose()?,
        to_minute: window.before.as_deref().map(minute).transpose()?,
        origin: window.near.as_deref().map(MunicipalityCode::parse).transpose()?,
        max_km: window.km,
        organization: window
            .organization
            .as_deref()
            .map(OrganizationCode::parse)
            .transpose()?,
        location: window.location.map(LocationId),
        sort: match window.sort.as_str() {
            "" | "date" => Sort::Date,
            "distance" => Sort::Distance,
            "facility" => Sort::Facility,
            other => bail!("no order is called {other}: date, distance or facility"),
        },
        ..SearchQuery::of(services, priority, access)
    })
}

/// Minutes after midnight of `HH:MM`.
fn minute(text: &str) -> Result<u16> {
    let time = chrono::NaiveTime::parse_from_str(text, "%H:%M").context("a time is written HH:MM")?;
    let minutes = chrono::Timelike::num_seconds_from_midnight(&time) / 60;
    Ok(u16::try_from(minutes)?)
}
