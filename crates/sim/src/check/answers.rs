//! Answers of the ledger: each operation has one, the first is carried out once, and none is without a cause.

use chrono::{DateTime, Utc};
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::LeaseId;
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use lanterna_wire::hold::{ConflictReason, HoldReply, HoldRequest, LostSpan};
use lanterna_wire::operation::{Action, Envelope, Operation, Placement};
use lanterna_wire::outcome::{Answer, NotYetReason, OperatorReason, Outcome, RefusalReason, RejectReason, Settled};

use super::leases::{Ending, Standing};
use super::operations::digest;
use super::truth::{Held, Owner, Placed};
use super::{Checker, Novelty};
use crate::violation::{Broken, Rule, Seen};

impl Checker {
    /// The ledger answered an operation. `open`: the desk's channel takes operations.
    pub(crate) fn executed(
        &mut self,
        desk: usize,
        envelope: &Envelope,
        answer: &Answer,
        open: bool,
        now: DateTime<Utc>,
    ) -> Seen<Novelty> {
        self.checks += 1;
        let id = envelope.id;
        let Some(tracked) = self.operations.get(&id) else {
            return Broken::new(Rule::Doubled, format!("the ledger answers {id}, which nobody wrote"));
        };
        let original = tracked.body == Some(digest(&envelope.body));
        match answer {
            Answer::Refused {
                reason: RefusalReason::IdReused,
            } if !original => Ok(Novelty::Nothing),
            Answer::AlreadyAnswered if tracked.settled.is_some() && tracked.end.is_some() => Ok(Novelty::Nothing),
            Answer::NotYet {
                reason: NotYetReason::NotOpen,
                ..
            } if !open || self.tells(desk) => Ok(Novelty::Nothing),
            _ if !original => Broken::new(
                Rule::Doubled,
                format!("operation {id} came with other bytes and got {answer:?}"),
            ),
            Answer::Outcome(settled) => match &tracked.settled {
                Some(first) if first == settled => Ok(Novelty::Replay),
                Some(first) => Broken::new(
                    Rule::Outcome,
                    format!("operation {id} ended as {first:?} and again as {settled:?}"),
                ),
                None if !open => Broken::new(
                    Rule::Cause,
                    format!("operation {id} was carried out though its channel takes none"),
                ),
                None => self.settled(desk, envelope, settled, now).map(Novelty::Settled),
            },
            // What a revoked desk was told by a life of the ledger that was lost nobody brings back.
            Answer::NotYet {
                reason: NotYetReason::UnknownPredecessor,
                ..
            } if self.is_lost_before(id) => Ok(Novelty::Nothing),
            Answer::NotYet { .. } | Answer::AlreadyAnswered | Answer::Refused { .. } => Broken::new(
                Rule::Cause,
                format!("operation {id} got {answer:?}, and nothing explains it"),
            ),
        }
    }

    /// An operation got its end: it is carried out here too.
    fn settled(
        &mut self,
        desk: usize,
        envelope: &Envelope,
        settled: &Settled,
        now: DateTime<Utc>,
    ) -> Seen<Vec<SlotSpan>> {
        let Ok(operation) = serde_json::from_str::<Operation>(&envelope.body) else {
            return Broken::new(Rule::Unexpected, "a desk wrote an operation that cannot be read");
        };
        let before = operation.previous.and_then(|previous| self.operations.get(&previous));
        if operation.previous.is_some() && before.is_none_or(|before| before.settled.is_none()) {
            return Broken::new(
                Rule::Order,
                format!("operation {} was answered before the one it follows", operation.id),
            );
        }
        if let Some(tracked) = self.operations.get_mut(&operation.id) {
            if tracked.end.is_some() {
                return Broken::new(
                    Rule::Doubled,
                    format!("operation {} was executed after its end", operation.id),
                );
            }
            tracked.settled = Some(settled.clone());
        }
        let booking = &operation.booking;
        let standing = match &operation.action {
            Action::Book(placement) | Action::Move(placement) => {
                let standing = self.standing(desk, placement);
                self.kept(desk, &operation, placement, &standing, &settled.outcome, now)?;
                standing
            }
            Action::Cancel { .. } => Standing::default(),
        };
        let mut touched = match (&settled.outcome, &operation.action) {
            (Outcome::Confirmed, Action::Cancel { .. }) => {
                self.settle_displaced(booking);
                self.truth.let_go(&Owner::Booking(booking.clone()))
            }
            (Outcome::Confirmed, Action::Book(placement) | Action::Move(placement)) => {
                self.confirmed(desk, booking, placement, &standing, now)?
            }
            (Outcome::Conflict { lost }, Action::Book(_) | Action::Move(_)) if !lost.is_empty() => {
                lost.iter()
                    .try_for_each(|lost| self.lost(desk, lost, Some(booking), &standing.passing(), now))?;
                Vec::new()
            }
            (Outcome::Rejected { reason }, action) => {
                self.rejected(booking, *reason, action)?;
                Vec::new()
            }
            (
                Outcome::NeedsOperator {
                    reason: OperatorReason::GuaranteeLapsed,
                },
                Action::Book(placement) | Action::Move(placement),
            ) if !placement.leases.is_empty() => Vec::new(),
            (outcome, _) => {
                return Broken::new(
                    Rule::Cause,
                    format!(
                        "operation {} ended as {outcome:?}, and nothing explains it",
                        operation.id
                    ),
                );
            }
        };
        // Once named they never return to stock, whatever became of the operation.
        for id in standing.named {
            touched.extend(self.end_lease(id, Ending::Used));
        }
        Ok(touched)
    }

    /// What was promised is kept: an operation all of whose places are set aside for it is confirmed, unless
    /// its prescription was used elsewhere or its booking has begun. Where a promise lapsed, a person is told.
    fn kept(
        &self,
        desk: usize,
        operation: &Operation,
        placement: &Placement,
        standing: &Standing,
        outcome: &Outcome,
        now: DateTime<Utc>,
    ) -> Seen {
        let broken = |what: String| Broken::new(Rule::Guarantee, format!("operation {}: {what}", operation.id));
        for id in &placement.leases {
            match self.leases.get(*id).map(|lease| (lease.desk, lease.ended())) {
                Some((of, None | Some(Ending::Lapsed | Ending::Voided))) if of == desk => {}
                other => return broken(format!("it names lease {id}, which is {other:?}")),
            }
        }
        let excused = matches!(
            outcome,
            Outcome::Confirmed
                | Outcome::Rejected {
                    reason: RejectReason::AlreadyBooked
                }
        ) || matches!(
            (outcome, &operation.action),
            (
                Outcome::Rejected {
                    reason: RejectReason::InThePast
                },
                Action::Move(_)
            )
        );
        if standing.is_promised() && !excused {
            return broken(format!("its places were set aside for it, and it ended as {outcome:?}"));
        }
        let promised = |span: &SlotSpan| {
            let of =
                |lease: &super::leases::Known| lease.span.key() == span.key() && lease.span.minutes == span.minutes;
            placement.leases.iter().any(|id| self.leases.get(*id).is_some_and(of))
        };
        match outcome {
            Outcome::Conflict { lost } if lost.iter().any(|lost| promised(&lost.span)) => {
                broken("a promise lapsed, and nobody is told".to_owned())
            }
            Outcome::NeedsOperator { .. } => {
                let passing = standing.passing();
                let lacks = |(at, appointment): (usize, &lanterna_model::booking::Appointment)| {
                    let span = &appointment.span;
                    standing.covered.get(at).is_some_and(|(covered, _)| !covered)
                        && (self.truth.fits(span) != (true, false)
                            || self
                                .truth
                                .blocked(span, Some(desk), Some(&operation.booking), &passing, now)
                            || self.limited(span))
                };
                if placement.appointments.iter().enumerate().any(lacks) {
                    Ok(())
                } else {
                    broken("a person has to look, and nothing explains it".to_owned())
                }
            }
            _ => Ok(()),
        }
    }

    /// Whether quotas limit the classes of a place.
    fn limited(&self, span: &SlotSpan) -> bool {
        let schedule = self.truth.schedule(span.schedule);
        schedule.is_some_and(|schedule| !schedule.quotas.is_empty())
    }

    fn confirmed(
        &mut self,
        desk: usize,
        booking: &BookingNumber,
        placement: &Placement,
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Seen<Vec<SlotSpan>> {
        let owner = Owner::Booking(booking.clone());
        let mut touched = self.truth.let_go(&owner);
        self.settle_displaced(booking);
        let passing = standing.passing();
        let spans: Vec<SlotSpan> = placement
            .appointments
            .iter()
            .map(|appointment| appointment.span)
            .collect();
        for (appointment, (covered, _)) in placement.appointments.iter().zip(&standing.covered) {
            let span = &appointment.span;
            let fits = self.truth.fits(span) == (true, false);
            if *covered {
                // Whatever became of the place: it was set aside.
                if !fits {
                    self.displace(booking, appointment.line);
                }
                continue;
            }
            if !fits {
                return Broken::new(
                    Rule::Capacity,
                    format!("{booking} was given {span:?}, which its owner does not offer"),
                );
            }
            if self.truth.blocked(span, Some(desk), Some(booking), &passing, now) {
                return Broken::new(
                    Rule::Capacity,
                    format!("{booking} was given {span:?}, which is not free"),
                );
            }
        }
        if let Some(hold) = placement.hold
            && self.truth.holds.get(&hold).is_some_and(|held| held.desk == desk)
        {
            self.truth.holds.remove(&hold);
        }
        self.truth.drop_own_holds(desk, &spans, None);
        for id in passing {
            touched.extend(self.end_lease(id, Ending::Used));
        }
        let nre = placement.prescription.nre.as_str();
        let class = placement.prescription.priority;
        let lines = placement
            .appointments
            .iter()
            .map(|appointment| (nre.to_owned(), appointment.line));
        touched.extend(&spans);
        let placed = Placed {
            lines: lines.collect(),
            class,
            spans: spans.clone(),
            restored: false,
        };
        self.truth.place(owner, placed)?;
        for span in &spans {
            self.quota(span, class, now)?;
        }
        Ok(touched)
    }

    /// A class never has more of a session than its quota, until that is released.
    fn quota(&self, span: &SlotSpan, class: Option<lanterna_model::priority::Priority>, now: DateTime<Utc>) -> Seen {
        let (Some(class), Some(schedule)) = (class, self.truth.schedule(span.schedule)) else {
            return Ok(());
        };
        let Some(quota) = schedule.quotas.iter().find(|quota| quota.class == class) else {
            return Ok(());
        };
        let sessions = self.truth.touched(span);
        let Some((_, start)) = sessions.iter().find(|(id, _)| *id == span.schedule) else {
            return Ok(());
        };
        let released = start.plus(-60 * i32::from(quota.release_hours)) <= Minute::containing(now);
        let most = usize::from(quota.per_session);
        if !released && self.truth.of_class(span.schedule, *start, class) > most {
            return Broken::new(
                Rule::Capacity,
                format!(
                    "session {start:?} of schedule {} has more than {most} of class {class:?}",
                    span.schedule
                ),
            );
        }
        Ok(())
    }

    /// A place that could not be had: there must be a reason.
    fn lost(
        &self,
        desk: usize,
        lost: &LostSpan,
        booking: Option<&BookingNumber>,
        passing: &[LeaseId],
        now: DateTime<Utc>,
    ) -> Seen {
        let (exact, shut) = self.truth.fits(&lost.span);
        let caused = match lost.reason {
            ConflictReason::Taken => self.truth.blocked(&lost.span, Some(desk), booking, passing, now),
            ConflictReason::NoSuchSlot => !exact,
            ConflictReason::Closed => shut,
            ConflictReason::ClassQuota => self.limited(&lost.span),
        };
        if caused {
            Ok(())
        } else {
            Broken::new(
                Rule::Cause,
                format!(
                    "{:?} was refused as {:?}, and nothing explains it",
                    lost.span, lost.reason
                ),
            )
        }
    }

    fn rejected(&self, booking: &BookingNumber, reason: RejectReason, action: &Action) -> Seen {
        let caused = match (reason, action) {
            (RejectReason::AlreadyBooked, Action::Book(placement) | Action::Move(placement)) => {
                placement.appointments.iter().any(|appointment| {
                    let line = (placement.prescription.nre.as_str().to_owned(), appointment.line);
                    self.truth.line_of_another(&line, booking)
                })
            }
            (RejectReason::Malformed | RejectReason::UnknownBooking | RejectReason::AlreadyBooked, _) => false,
            // Rules about patient, prescription and time: the model's own tests look after those.
            _ => true,
        };
        if caused {
            Ok(())
        } else {
            Broken::new(
                Rule::Cause,
                format!("{booking} was rejected as {reason:?}, and nothing explains it"),
            )
        }
    }

    /// The ledger answered a request for a hold.
    pub(crate) fn held(
        &mut self,
        desk: usize,
        request: &HoldRequest,
        reply: &HoldReply,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Seen {
        self.checks += 1;
        if self.recovering && matches!(reply, HoldReply::Held { .. }) && !self.truth.holds.contains_key(&request.id) {
            return Broken::new(Rule::Cause, "a place was held while the ledger gives nothing");
        }
        match reply {
            HoldReply::Held { .. } if self.truth.holds.get(&request.id).is_some_and(|held| held.until > now) => Ok(()),
            HoldReply::Held { .. } => {
                for span in &request.spans {
                    if self.truth.blocked(span, Some(desk), None, &[], now) {
                        return Broken::new(Rule::Capacity, format!("{span:?} was held, which is not free"));
                    }
                }
                if let Some(replaced) = request.replaces {
                    self.truth.holds.remove(&replaced);
                }
                self.truth.drop_own_holds(desk, &request.spans, None);
                let held = Held {
                    desk,
                    spans: request.spans.clone(),
                    until,
                };
                self.truth.holds.insert(request.id, held);
                Ok(())
            }
            HoldReply::Refused { lost } => lost.iter().try_for_each(|lost| match lost.reason {
                // Also said of schedules that the channel does not see and of times that are over.
                ConflictReason::NoSuchSlot | ConflictReason::Closed => Ok(()),
                _ => self.lost(desk, lost, None, &[], now),
            }),
        }
    }
}
