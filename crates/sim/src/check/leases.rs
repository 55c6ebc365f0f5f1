//! Leases at the central: what is set aside for whom and until when at least, followed from exchanges,
//! answers and sweeps alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use lanterna_central::ledger::{LeasePolicy, Ledger, SqliteLedger};
use lanterna_model::access::Channel;
use lanterna_model::availability::ClassMask;
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::{LeaseId, ServiceCode};
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::operation::Placement;
use lanterna_wire::stock::{Lease, StockReply, StockRequest};
use uuid::Uuid;

use super::Checker;
use super::truth::{Owner, Placed};
use crate::violation::{Broken, Rule, Seen};
use crate::world::ready;

/// What a desk counts short of by hearing whole seconds only.
const SECOND: Duration = Duration::seconds(1);
/// The least time between the end of a promise and the end of its place: three times the margin of clocks.
const MARGIN_SECONDS: u32 = 3 * 600;

/// How a lease ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// An operation that named it, or stood on it, was answered.
    Used,
    /// Its desk gave it back.
    Surrendered,
    /// The time for which the central keeps it was over.
    Lapsed,
    /// Its desk was stolen.
    Voided,
}

/// A place set aside.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) desk: usize,
    pub(super) incarnation: Uuid,
    pub(crate) span: SlotSpan,
    classes: ClassMask,
    service: ServiceCode,
    /// The central keeps it until then at least.
    pub(crate) honour: DateTime<Utc>,
    pub(super) ended: Option<Ending>,
    /// The ledger that granted it was lost, and the present one has not got it back.
    pub(super) lost: bool,
    /// Granted by the present life of the ledger, or told to it by its desk.
    pub(super) asserted: bool,
}

impl Known {
    /// How it ended, as far as the present ledger can know.
    pub(crate) fn ended(&self) -> Option<Ending> {
        self.ended.filter(|_| !self.lost)
    }

    fn stands_for(&self, span: &SlotSpan) -> bool {
        self.span.key() == span.key() && self.span.minutes == span.minutes
    }
}

/// All leases of a world.
#[derive(Clone, Default)]
pub(crate) struct Leases {
    pub(super) all: BTreeMap<LeaseId, Known>,
    pub(super) live: BTreeSet<LeaseId>,
    /// The last exchange of each life of a desk's record.
    pub(super) exchanges: BTreeMap<(usize, Uuid), (u64, Uuid, StockReply)>,
    pub(super) fenced: BTreeSet<(usize, Uuid)>,
    /// Since when channels do not accept operations.
    ceased: BTreeMap<Channel, DateTime<Utc>>,
    /// Bookings that were confirmed on a place that is no longer what it was, by line.
    pub(super) displaced: BTreeSet<(BookingNumber, u8)>,
}

/// What an operation stands on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Live leases that it names.
    pub(crate) named: Vec<LeaseId>,
    /// Live leases of its desk that stand for places of it, though it does not name them.
    pub(crate) beside: Vec<LeaseId>,
    /// By appointment: whether a lease covers it, and whether one does that it names.
    pub(crate) covered: Vec<(bool, bool)>,
}

impl Standing {
    /// Every one of its places is set aside for it by a lease that it names.
    pub(crate) fn is_promised(&self) -> bool {
        !self.covered.is_empty() && self.covered.iter().all(|(_, named)| *named)
    }

    /// Leases that are in its way not.
    pub(crate) fn passing(&self) -> Vec<LeaseId> {
        [self.named.as_slice(), &self.beside].concat()
    }
}

impl Leases {
    pub(crate) fn live(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn get(&self, id: LeaseId) -> Option<&Known> {
        self.all.get(&id)
    }

    /// The places that were ever set aside for a desk.
    pub(crate) fn ever(&self, desk: usize) -> impl Iterator<Item = &SlotSpan> {
        let of_desk = self.all.values().filter(move |lease| lease.desk == desk);
        of_desk.map(|lease| &lease.span)
    }

    fn of_life(&self, desk: usize, incarnation: Uuid) -> BTreeSet<LeaseId> {
        let of_life = |id: &&LeaseId| {
            let lease = self.all.get(id);
            lease.is_some_and(|lease| lease.desk == desk && lease.incarnation == incarnation)
        };
        self.live.iter().filter(of_life).copied().collect()
    }
}

impl Checker {
    /// A lease is over; answers with its place.
    pub(super) fn end_lease(&mut self, id: LeaseId, why: Ending) -> Vec<SlotSpan> {
        self.leases.live.remove(&id);
        if let Some(lease) = self.leases.all.get_mut(&id) {
            lease.ended = Some(why);
        }
        self.truth.let_go(&Owner::Lease(id))
    }

    /// The number of the last exchange of a life of a desk's record that was answered.
    pub(crate) fn last_exchange(&self, desk: usize, incarnation: Uuid) -> Option<u64> {
        let last = self.leases.exchanges.get(&(desk, incarnation));
        last.map(|(number, _, _)| *number)
    }

    /// The central answered an exchange; answers with the places that changed hands.
    pub(crate) fn exchanged(
        &mut self,
        desk: usize,
        request: &StockRequest,
        reply: &StockReply,
        policy: &LeasePolicy,
        grants: bool,
        now: DateTime<Utc>,
    ) -> Seen<Vec<SlotSpan>> {
        self.checks += 1;
        let key = (desk, request.incarnation);
        let known = self.leases.exchanges.get(&key).map(|(number, id, _)| (*number, *id));
        let broken = |what: &str| {
            Broken::new(
                Rule::Lease,
                format!("exchange {} of desk {desk}: {what}", request.number),
            )
        };
        if self.leases.fenced.contains(&key) {
            // Whatever it sends, and whatever it was told before.
            return if *reply == StockReply::Fenced {
                Ok(Vec::new())
            } else {
                broken("it was answered though its life of the record is fenced")
            };
        }
        if let Some((number, id, told)) = self.leases.exchanges.get(&key)
            && (*number, *id) == (request.number, request.id)
        {
            return if told == reply {
                Ok(Vec::new())
            } else {
                broken("repeated, it got another answer")
            };
        }
        let StockReply::Stock { leases, recalled, .. } = reply else {
            // One that was told after a restoration counts as answered, though its words were lost.
            let told = |id: Uuid| id.is_nil();
            let late =
                known.is_some_and(|(number, id)| number > request.number || number == request.number && told(id));
            let gap = request.number != known.map_or(0, |(number, _)| number) + 1;
            let caused = match reply {
                StockReply::Superseded => late,
                _ => gap && !late,
            };
            if !caused {
                return broken("it was refused, and nothing explains it");
            }
            if *reply == StockReply::Fenced {
                self.leases.fenced.insert(key);
            }
            return Ok(Vec::new());
        };
        if request.number != known.map_or(0, |(number, _)| number) + 1 {
            return broken("it was answered out of its turn");
        }
        if known.is_none() {
            let others = self
                .leases
                .exchanges
                .keys()
                .filter(|(of, life)| *of == desk && *life != key.1);
            self.leases.fenced.extend(others.copied().collect::<Vec<_>>());
        }
        let told = (request.number, request.id, reply.clone());
        self.leases.exchanges.insert(key, told);
        let mut touched = Vec::new();
        let own = self.leases.of_life(desk, request.incarnation);
        for id in request.surrendered.iter().filter(|id| own.contains(id)) {
            touched.extend(self.end_lease(*id, Ending::Surrendered));
        }
        let mut granted = 0;
        for lease in leases {
            if self.leases.live.contains(&lease.id) {
                self.renewed(key, lease, now)?;
            } else {
                if !grants {
                    return broken("places were set aside for a desk that gets none");
                }
                self.granted(key, lease, now)?;
                touched.push(lease.span);
                granted += 1;
            }
        }
        let listed: BTreeSet<LeaseId> = leases
            .iter()
            .map(|lease| lease.id)
            .chain(recalled.iter().copied())
            .collect();
        if listed != self.leases.of_life(desk, request.incarnation) {
            return broken("what it lists is not what the desk has");
        }
        if granted > 0 && listed.len() > usize::from(policy.per_desk) {
            return broken("the desk got more than its ceiling");
        }
        for lease in leases.iter().rev().take(granted) {
            self.left(&lease.span, policy)?;
        }
        Ok(touched)
    }

    fn renewed(&mut self, (desk, incarnation): (usize, Uuid), told: &Lease, now: DateTime<Utc>) -> Seen {
        let Some(lease) = self.leases.all.get_mut(&told.id) else {
            return Ok(());
        };
        let honour = now + Duration::seconds(i64::from(told.honour_for_seconds));
        let same = (lease.desk, lease.incarnation) == (desk, incarnation) && lease.stands_for(&told.span);
        if !same || honour + SECOND < lease.honour {
            return Broken::new(
                Rule::Lease,
                format!("lease {} became another one, or a shorter one", told.id),
            );
        }
        lease.honour = lease.honour.max(honour);
        Ok(())
    }

    fn granted(&mut self, (desk, incarnation): (usize, Uuid), told: &Lease, now: DateTime<Utc>) -> Seen {
        let span = told.span;
        let broken = |what: &str| Broken::new(Rule::Lease, format!("lease {} on {span:?}: {what}", told.id));
        if self.leases.all.keys().next_back().is_some_and(|last| *last >= told.id) {
            return broken("its id was given before");
        }
        if self.truth.fits(&span) != (true, false) || self.truth.blocked(&span, None, None, &[], now) {
            return broken("it is not a free place");
        }
        let honour = now + Duration::seconds(i64::from(told.honour_for_seconds));
        if told.honour_for_seconds + 1 < told.book_for_seconds + MARGIN_SECONDS || honour > span.start.utc() {
            return broken("its time is too long for clocks that may be wrong, or for its place");
        }
        let placed = Placed {
            spans: vec![span],
            ..Placed::default()
        };
        self.truth.place(Owner::Lease(told.id), placed)?;
        self.leases.live.insert(told.id);
        let lease = Known {
            desk,
            incarnation,
            span,
            classes: ClassMask(told.classes),
            service: told.service.clone(),
            honour,
            ended: None,
            lost: false,
            asserted: true,
        };
        self.leases.all.insert(told.id, lease);
        Ok(())
    }

    /// Enough of a session is left to everybody after a grant.
    fn left(&self, span: &SlotSpan, policy: &LeasePolicy) -> Seen {
        for (schedule, start) in self.truth.touched(span) {
            let free = self.truth.free(schedule, start).unwrap_or_default();
            let free: u32 = free.iter().map(|byte| byte.count_ones()).sum();
            if schedule == span.schedule && free < u32::from(policy.minimum_left) {
                return Broken::new(
                    Rule::Lease,
                    format!("a grant leaves {free} places of session {start:?} of schedule {schedule}"),
                );
            }
        }
        Ok(())
    }

    /// What the places of a placement stand on, by the rules.
    pub(super) fn standing(&self, desk: usize, placement: &Placement) -> Standing {
        let request = ClassMask::request(placement.prescription.access, placement.prescription.priority);
        let mut standing = Standing::default();
        for id in &self.leases.live {
            let Some(lease) = self.leases.all.get(id).filter(|lease| lease.desk == desk) else {
                continue;
            };
            let stands = placement.appointments.iter().any(|it| lease.stands_for(&it.span));
            if placement.leases.contains(id) {
                standing.named.push(*id);
            } else if stands {
                standing.beside.push(*id);
            }
        }
        for appointment in &placement.appointments {
            let minutes = self.truth.schedule(appointment.span.schedule).and_then(|schedule| {
                let offered = schedule.service(&appointment.service);
                offered.map(|offered| offered.minutes)
            });
            let covers = |id: &LeaseId| {
                self.leases.all.get(id).is_some_and(|lease| {
                    lease.stands_for(&appointment.span)
                        && lease.classes.admits(request)
                        && (lease.service == appointment.service
                            || minutes.is_some_and(|minutes| minutes <= appointment.span.minutes))
                })
            };
            let named = standing.named.iter().any(covers);
            standing
                .covered
                .push((named || standing.beside.iter().any(covers), named));
        }
        standing
    }

    /// A booking got a place that was promised and is no longer what it was: somebody has to be told.
    pub(super) fn displace(&mut self, booking: &BookingNumber, line: u8) {
        self.leases.displaced.insert((booking.clone(), line));
    }

    /// A booking has other places now, or none.
    pub(super) fn settle_displaced(&mut self, booking: &BookingNumber) {
        self.leases.displaced.retain(|(other, _)| other != booking);
    }

    /// Whoever looks for displaced bookings finds them.
    pub(super) fn displaced(&self, ledger: &SqliteLedger) -> Seen {
        if self.leases.displaced.is_empty() {
            return Ok(());
        }
        let told = ready(ledger.displaced())?;
        let told: BTreeSet<_> = told.iter().map(|case| (&case.booking, case.line)).collect();
        match self
            .leases
            .displaced
            .iter()
            .find(|(booking, line)| !told.contains(&(booking, *line)))
        {
            None => Ok(()),
            Some((booking, line)) => Broken::new(
                Rule::Lease,
                format!("{booking}, line {line}, was confirmed on a place that is none any more, and nobody is told"),
            ),
        }
    }

    /// A channel takes no operations from now on, by decision or because the central is away.
    pub(crate) fn ceased(&mut self, channel: Channel, now: DateTime<Utc>) {
        self.leases.ceased.entry(channel).or_insert(now);
    }

    /// A channel takes operations again: what was set aside is kept until they had time to come.
    pub(crate) fn resumed(&mut self, channel: Channel, drained: DateTime<Utc>) {
        let Some(ceased) = self.leases.ceased.remove(&channel) else {
            return;
        };
        for id in &self.leases.live {
            if let Some(lease) = self.leases.all.get_mut(id)
                && self.desks[lease.desk].channel() == channel
                && lease.honour > ceased
            {
                lease.honour = lease.honour.max(drained);
            }
        }
    }

    /// A desk was stolen: what was set aside for it is free.
    pub(crate) fn stolen(&mut self, desk: usize) -> Vec<SlotSpan> {
        let of_desk = |id: &&LeaseId| self.leases.all.get(id).is_some_and(|lease| lease.desk == desk);
        let ids: Vec<LeaseId> = self.leases.live.iter().filter(of_desk).copied().collect();
        ids.into_iter()
            .flat_map(|id| self.end_lease(id, Ending::Voided))
            .collect()
    }

    /// A sweep ended leases. None before its time, and none of a channel that does not take operations.
    pub(crate) fn lapsed(&mut self, ended: &[LeaseId], now: DateTime<Utc>) -> Seen<Vec<SlotSpan>> {
        self.checks += ended.len() as u64;
        let mut touched = Vec::new();
        for id in ended {
            let known = self.leases.live.get(id).and_then(|id| self.leases.all.get(id));
            let over = known.is_some_and(|lease| {
                lease.honour <= now && !self.leases.ceased.contains_key(&self.desks[lease.desk].channel())
            });
            if !over {
                return Broken::new(Rule::Lease, format!("lease {id} was ended by time, and is not over"));
            }
            touched.extend(self.end_lease(*id, Ending::Lapsed));
        }
        Ok(touched)
    }
}
