//! What this desk books: told to the central when it asks for stock. Counts of services, and where most
//! of the patients live; nothing of a patient.

use std::collections::BTreeMap;

use lanterna_model::access::AccessType;
use lanterna_model::ids::{MunicipalityCode, ServiceCode};
use lanterna_model::priority::Priority;
use lanterna_model::time::Now;
use lanterna_wire::limits;
use lanterna_wire::operation::Placement;
use lanterna_wire::stock::Want;

use super::Record;
use crate::error::{StoreError, parsed};

/// Days that are looked back on, and bookings at the most.
const DAYS: i64 = 60;
const MOST: u32 = 2_000;

type Wanted = (ServiceCode, Option<Priority>);

pub(super) fn wants(record: &Record<'_>, now: Now) -> Result<(Vec<Want>, Option<MunicipalityCode>), StoreError> {
    let since = now.wall - chrono::Duration::days(DAYS);
    let mut select = record
        .db
        .prepare_cached("SELECT placement FROM bookings WHERE created_ms >= ?1 ORDER BY created_ms DESC LIMIT ?2")?;
    let mut rows = select.query((since.timestamp_millis(), MOST))?;
    let mut services: BTreeMap<Wanted, u16> = BTreeMap::new();
    let mut homes: BTreeMap<MunicipalityCode, u32> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let placement: Placement = parsed("bookings", &row.get::<_, String>(0)?)?;
        let class = match placement.prescription.access {
            AccessType::First => Some(placement.prescription.priority.unwrap_or(Priority::P)),
            AccessType::FollowUp => None,
        };
        for appointment in placement.appointments {
            let count = services.entry((appointment.service, class)).or_default();
            *count = count.saturating_add(1);
        }
        if let Some(home) = placement.patient.municipality {
            *homes.entry(home).or_default() += 1;
        }
    }
    let mut wants: Vec<Want> = services
        .into_iter()
        .map(|((service, class), bookings)| Want {
            service,
            class,
            bookings,
        })
        .collect();
    // Stable: of equals the first by code.
    wants.sort_by_key(|want| std::cmp::Reverse(want.bookings));
    wants.truncate(limits::WANTS);
    let near = homes.into_iter().max_by_key(|(_, count)| *count).map(|(home, _)| home);
    Ok((wants, near))
}
