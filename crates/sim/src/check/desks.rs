//! Desks: a mirror is the ledger as it was at the mirror's cursor, and a record has all that was accepted.

use std::collections::BTreeSet;

use lanterna_model::access::Channel;
use lanterna_model::booking::BookingState;
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::ScheduleId;
use lanterna_model::schedule::SlotSpan;
use lanterna_store::{LeasedPlace, Store, StoredBooking};
use lanterna_wire::Cursor;
use lanterna_wire::operation::Batch;
use uuid::Uuid;

use super::reference::digest;
use super::truth::Owner;
use super::{Checker, Moment};
use crate::violation::{Broken, Rule, Seen};

/// How closely a mirror is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Looked {
    /// Nothing was brought that may have changed it.
    Nothing,
    /// These schedules came.
    At(BTreeSet<ScheduleId>),
    /// All of it.
    Whole,
}

/// What is known of a desk's mirror.
pub(super) struct Mirrored {
    channel: Channel,
    cursor: Option<Cursor>,
    pub(super) revoked: bool,
}

impl Mirrored {
    pub(super) fn new(channel: Channel) -> Self {
        Self {
            channel,
            cursor: None,
            revoked: false,
        }
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel
    }
}

impl Checker {
    /// A transaction of a desk ended, well or badly.
    pub(crate) fn desk_moved(&mut self, desk: usize, store: &Store, looked: &Looked) -> Seen {
        let moved = self.desks[desk].cursor.as_ref() != store.cursor();
        match (store.cursor(), looked) {
            (None, _) => {}
            (Some(_), Looked::Nothing) if !moved => {}
            (Some(cursor), Looked::At(schedules)) => self.mirror(desk, store, cursor, schedules)?,
            // A snapshot that was complete may be put in place by any event.
            (Some(cursor), Looked::Nothing | Looked::Whole) => {
                let lives = std::iter::once(&self.reference).chain(&self.lost);
                let channel = self.desks[desk].channel;
                let all = lives.flat_map(|life| life.schedules(channel)).collect();
                self.mirror(desk, store, cursor, &all)?;
            }
        }
        self.desks[desk].cursor = store.cursor().cloned();
        Ok(())
    }

    fn mirror(&mut self, desk: usize, store: &Store, cursor: &Cursor, schedules: &BTreeSet<ScheduleId>) -> Seen {
        self.checks += 1 + schedules.len() as u64;
        let lives = std::iter::once(&self.reference).chain(self.lost.iter().rev());
        let Some(life) = lives.into_iter().find(|life| life.knows(cursor)) else {
            return Broken::new(
                Rule::Mirror,
                format!("desk {desk} stands at {}, where no transaction ended", cursor.seq),
            );
        };
        let channel = self.desks[desk].channel;
        for schedule in schedules {
            let here = store.index().schedule(*schedule).map(digest);
            if here != life.at(channel, cursor.seq, *schedule) {
                return Broken::new(
                    Rule::Mirror,
                    format!(
                        "desk {desk} at {}: schedule {schedule} is not what the ledger was",
                        cursor.seq
                    ),
                );
            }
        }
        Ok(())
    }

    /// A desk accepted an operation.
    pub(crate) fn written(
        &mut self,
        desk: usize,
        store: &Store,
        number: &BookingNumber,
        id: Uuid,
        places: &[LeasedPlace],
        moment: Moment,
    ) -> Seen {
        self.checks += 1;
        let stored = self.stored(desk, store, number)?;
        self.operations.written(desk, id, &stored, moment.at)?;
        self.operations.observe(desk, &stored, moment.at)?;
        self.named(desk, id, places, moment)?;
        if stored.guaranteed_until(moment.now).is_some() {
            self.promises.given += 1;
            self.operations.promised(id);
        }
        self.guaranteed(desk, &stored, moment)?;
        self.counted(desk, store)
    }

    /// A booking of a desk may have changed.
    pub(crate) fn look_at(&mut self, desk: usize, store: &Store, number: &BookingNumber, moment: Moment) -> Seen {
        self.checks += 1;
        let stored = self.stored(desk, store, number)?;
        self.operations.observe(desk, &stored, moment.at)?;
        self.guaranteed(desk, &stored, moment)
    }

    fn stored(&self, desk: usize, store: &Store, number: &BookingNumber) -> Seen<StoredBooking> {
        match store.record().booking(number)? {
            Some(stored) => Ok(stored),
            None => Broken::new(Rule::Lost, format!("desk {desk} does not have {number} any more")),
        }
    }

    /// A batch is about to leave.
    pub(crate) fn sending(&mut self, desk: usize, store: &Store, batch: &Batch, moment: Moment) -> Seen {
        self.checks += batch.operations.len() as u64;
        self.operations.sending(desk, batch)?;
        let mut bookings = BTreeSet::new();
        for envelope in &batch.operations {
            bookings.extend(self.operations.get(&envelope.id).map(|tracked| tracked.booking.clone()));
        }
        bookings
            .iter()
            .try_for_each(|number| self.look_at(desk, store, number, moment))
    }

    /// A batch was answered.
    pub(crate) fn answered(&mut self, desk: usize, store: &Store, ids: &[Uuid], moment: Moment) -> Seen {
        let bookings: BTreeSet<BookingNumber> = ids
            .iter()
            .filter_map(|id| self.operations.get(id))
            .map(|tracked| tracked.booking.clone())
            .collect();
        bookings
            .iter()
            .try_for_each(|number| self.look_at(desk, store, number, moment))?;
        self.counted(desk, store)
    }

    fn counted(&self, desk: usize, store: &Store) -> Seen {
        let waiting = store.record().queue_counts()?.operations as usize;
        let known = self.operations.unsettled(desk);
        if waiting == known {
            Ok(())
        } else {
            Broken::new(
                Rule::Lost,
                format!("desk {desk} has {waiting} operations without an end, not {known}"),
            )
        }
    }

    /// Everything in the record of a desk, and its files.
    pub(crate) fn whole_record(&mut self, desk: usize, store: &Store, moment: Moment) -> Seen {
        let bookings: Vec<BookingNumber> = self.operations.bookings(desk).cloned().collect();
        bookings
            .iter()
            .try_for_each(|number| self.look_at(desk, store, number, moment))?;
        let counts = store.record().queue_counts()?;
        let there = counts.to_resolve + counts.waiting + counts.settled;
        if there as usize != bookings.len() {
            return Broken::new(
                Rule::Lost,
                format!("desk {desk} has {there} bookings, not {}", bookings.len()),
            );
        }
        self.counted(desk, store)?;
        match store.verify()?.first() {
            Some(finding) => Broken::new(Rule::Lost, format!("desk {desk}: {finding}")),
            None => Ok(()),
        }
    }

    /// After everything has settled: what a desk shows is what the ledger has.
    pub(crate) fn shown(&mut self, desk: usize, store: &Store) -> Seen {
        let bookings: Vec<BookingNumber> = self.operations.bookings(desk).cloned().collect();
        for number in bookings {
            self.checks += 1;
            let stored = self.stored(desk, store, &number)?;
            let stands = stored.derived().state == BookingState::Confirmed;
            let placed = self.truth.placed(&Owner::Booking(number.clone()));
            let here: Vec<SlotSpan> = stored
                .appointments()
                .iter()
                .map(|appointment| appointment.span)
                .collect();
            let agrees = match placed {
                Some(placed) => stands && self.has_places(&number, &placed.spans, &here),
                None => !stands,
            };
            if !agrees {
                return Broken::new(
                    Rule::Outcome,
                    format!(
                        "{number} is {:?} at desk {desk}, and not so in the ledger",
                        stored.derived().state
                    ),
                );
            }
        }
        Ok(())
    }
}
