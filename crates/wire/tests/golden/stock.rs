//! Places set aside, and what is carried by hand.

use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::{LeaseId, MunicipalityCode, ScheduleId, ServiceCode};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_wire::rescue::{Rescue, RescueReply, public_key};
use lanterna_wire::stock::{Lease, StockReply, StockRequest, Want};
use uuid::Uuid;

use crate::operations::batch;

/// The secret key of the central that the rescue file is for.
pub const SECRET: [u8; 32] = [7; 32];

fn service() -> ServiceCode {
    ServiceCode::parse("89.7A.3").unwrap()
}

/// An exchange that gives back and asks for much, and the first one of an incarnation.
pub fn requests() -> Vec<StockRequest> {
    let want = |class, bookings| Want {
        service: service(),
        class,
        bookings,
    };
    let request = |number, surrendered, wants, near: Option<&str>| StockRequest {
        id: Uuid::from_u128(0x5f0c_93a1_0f1e_4d6b_8a2c_1b3d_5e7f_9a0c),
        incarnation: Uuid::from_u128(0x0b7e_11aa_9c3d_4e21_b6f0_77d2_1c44_0e9d),
        number,
        surrendered,
        wants,
        near: near.map(|code| MunicipalityCode::parse(code).unwrap()),
    };
    vec![
        request(
            18,
            vec![LeaseId(7), LeaseId(9)],
            vec![want(Some(Priority::D), 12), want(None, 3)],
            Some("010025"),
        ),
        request(1, Vec::new(), Vec::new(), None),
    ]
}

pub fn replies() -> Vec<StockReply> {
    let lease = Lease {
        id: LeaseId(11),
        span: SlotSpan {
            schedule: ScheduleId(300),
            start: Minute(29_922_000),
            place: 1,
            minutes: 30,
            revision: 4,
        },
        service: service(),
        classes: 0b1_0110,
        book_for_seconds: 259_200,
        honour_for_seconds: 345_600,
        grant: String::new(),
    };
    vec![
        StockReply::Stock {
            leases: vec![lease],
            recalled: vec![LeaseId(8)],
            renew_in_seconds: 900,
        },
        StockReply::Superseded,
        StockReply::Fenced,
    ]
}

/// A file with the operations of the batch.
pub fn rescue() -> Rescue {
    Rescue {
        code: DeskCode::of(3),
        token: format!("{:064x}", 3),
        operations: batch().operations,
    }
}

/// The file as a desk writes it with these random bytes.
pub fn sealed() -> Vec<u8> {
    rescue().seal(&public_key(SECRET), [9; 32]).unwrap()
}

pub fn rescue_replies() -> Vec<RescueReply> {
    vec![RescueReply {
        operations: 9,
        confirmed: 3,
        conflicts: 2,
        rejected: 1,
        needs_operator: 1,
        known: 1,
        waiting: 1,
    }]
}
