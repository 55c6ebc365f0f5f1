//! Hands for the scenarios on leases: lives of a desk's record, and what an exchange brought.

use chrono::{DateTime, Utc};
use lanterna_model::ids::LeaseId;
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::operation::{Action, Placement};
use lanterna_wire::outcome::Outcome;
use lanterna_wire::stock::{Lease, StockReply, StockRequest, Want};
use uuid::Uuid;

use super::fixture::*;
use crate::ledger::{LeasePolicy, Ledger, Retention};

/// One life of a desk's record, which counts its exchanges.
pub(crate) struct Life {
    pub incarnation: Uuid,
    pub number: u64,
}

impl Life {
    pub(crate) fn new<L: Ledger>(world: &World<L>) -> Self {
        Self {
            incarnation: world.uuid(),
            number: 0,
        }
    }

    /// The next exchange of this life.
    pub(crate) fn next<L: Ledger>(
        &mut self,
        world: &World<L>,
        surrendered: &[LeaseId],
        wants: &[Want],
    ) -> StockRequest {
        self.number += 1;
        StockRequest {
            id: world.uuid(),
            incarnation: self.incarnation,
            number: self.number,
            surrendered: surrendered.to_vec(),
            wants: wants.to_vec(),
            near: None,
        }
    }
}

/// What an exchange brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Brought {
    pub leases: Vec<Lease>,
    pub recalled: Vec<LeaseId>,
}

impl Brought {
    pub(crate) fn ids(&self) -> Vec<LeaseId> {
        self.leases.iter().map(|lease| lease.id).collect()
    }

    /// The lease of a schedule.
    pub(crate) fn on(&self, schedule: lanterna_model::ids::ScheduleId) -> &Lease {
        let found = self.leases.iter().find(|lease| lease.span.schedule == schedule);
        found.unwrap_or_else(|| panic!("no lease on schedule {schedule} in {:?}", self.leases))
    }
}

pub(crate) fn brought(reply: StockReply) -> Brought {
    match reply {
        StockReply::Stock { leases, recalled, .. } => Brought { leases, recalled },
        other => panic!("no stock: {other:?}"),
    }
}

pub(crate) fn want(service: &str, class: Option<Priority>, bookings: u16) -> Want {
    Want {
        service: code(service),
        class,
        bookings,
    }
}

/// Visits of class P.
pub(crate) fn visits() -> [Want; 1] {
    [want(VISIT, Some(Priority::P), 5)]
}

/// One place on each schedule at most, so that a scenario knows what it gets.
pub(crate) fn sparing() -> LeasePolicy {
    LeasePolicy {
        per_desk_schedule: 1,
        ..LeasePolicy::default()
    }
}

impl<L: Ledger> World<L> {
    pub(crate) async fn exchange_at(&self, desk: &TestDesk, request: &StockRequest, at: DateTime<Utc>) -> StockReply {
        self.ledger
            .exchange(desk.desk.id, request, at)
            .await
            .expect("the ledger works")
    }

    /// One exchange that gives nothing back.
    pub(crate) async fn stock_at(
        &self,
        desk: &TestDesk,
        life: &mut Life,
        wants: &[Want],
        at: DateTime<Utc>,
    ) -> Brought {
        let request = life.next(self, &[], wants);
        brought(self.exchange_at(desk, &request, at).await)
    }

    pub(crate) async fn stock(&self, desk: &TestDesk, life: &mut Life, wants: &[Want]) -> Brought {
        self.stock_at(desk, life, wants, self.now).await
    }

    pub(crate) async fn surrender(
        &self,
        desk: &TestDesk,
        life: &mut Life,
        leases: &[LeaseId],
        at: DateTime<Utc>,
    ) -> Brought {
        let request = life.next(self, leases, &[]);
        brought(self.exchange_at(desk, &request, at).await)
    }

    pub(crate) async fn decide_on_leases(&self, policy: &LeasePolicy) {
        self.ledger.set_lease_policy(policy).await.expect("it is in its bounds");
    }

    /// A family doctor's desk with its record and what it got for visits of class P, one place on
    /// each schedule at most.
    pub(crate) async fn stocked(&self) -> (TestDesk, Life, Brought) {
        self.decide_on_leases(&sparing()).await;
        let (desk, mut life) = (self.mmg().await, Life::new(self));
        let got = self.stock(&desk, &mut life, &visits()).await;
        assert!(!got.leases.is_empty());
        (desk, life, got)
    }

    /// A placement of a visit of class P on a leased place, naming the lease.
    pub(crate) fn leased(&self, leases: &[&Lease]) -> Placement {
        let spans: Vec<SlotSpan> = leases.iter().map(|lease| lease.span).collect();
        let mut placement = self.placement(&spans);
        placement.leases = leases.iter().map(|lease| lease.id).collect();
        placement
    }

    pub(crate) async fn book_at(&self, desk: &TestDesk, placement: Placement, at: DateTime<Utc>) -> Outcome {
        let envelope = self.envelope(desk, &desk.number(), None, Action::Book(Box::new(placement)));
        outcome(self.execute_at(desk, &envelope, at).await)
    }

    /// Sweeps until nothing is left to do; how many leases lapsed.
    pub(crate) async fn sweep_at(&self, at: DateTime<Utc>) -> usize {
        let mut lapsed = 0;
        loop {
            let swept = self
                .ledger
                .sweep(&Retention::default(), at)
                .await
                .expect("the ledger works");
            lapsed += swept.leases.len();
            if !swept.more {
                return lapsed;
            }
        }
    }

    pub(crate) async fn leased_slots(&self) -> u64 {
        self.ledger.verify().await.expect("the ledger can be read").slots.leased
    }
}
