//! What desks of the demonstration get before they have booked anything.

use lanterna_model::priority::Priority::{self, B, D, P};
use lanterna_wire::stock::Want;

use super::files::files;
use crate::ledger::LeasePolicy;

/// Visits and examinations that family doctors ask for most, by class.
const STARTERS: [(&str, Priority, u16); 10] = [
    ("89.7A.3", B, 2),
    ("89.7A.3", D, 4),
    ("89.7A.3", P, 3),
    ("89.52", D, 3),
    ("95.02", P, 3),
    ("89.7A.7", D, 3),
    ("89.7B.8", D, 2),
    ("89.7B.8", P, 2),
    ("89.26.1", P, 2),
    ("89.13", D, 1),
];

/// What decides on leases in the demonstration: something for a desk that is new, and a larger share
/// than by default, for most places of its sessions count as given away by others already.
#[must_use]
pub fn lease_policy() -> LeasePolicy {
    let starter = |(code, class, bookings): (&str, Priority, u16)| {
        files().service(code).map(|service| Want {
            service: service.code.clone(),
            class: Some(class),
            bookings,
        })
    };
    LeasePolicy {
        starters: STARTERS.into_iter().filter_map(starter).collect(),
        share_percent: 40,
        minimum_left: 2,
        ..LeasePolicy::default()
    }
}
