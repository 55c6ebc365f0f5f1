//! After the faults: everything has to settle, within a bound.

use std::collections::BTreeMap;

use lanterna_central::ledger::Ledger;
use lanterna_model::access::Channel;
use lanterna_sync::LinkState;

use super::desk::Power;
use super::{Happening, World, ready};
use crate::check::Looked;
use crate::region::CHANNELS;
use crate::script::Condition;
use crate::time::{MINUTE, Millis, SECOND};
use crate::violation::{Broken, Rule, Seen};

/// Far beyond the longest wait of the protocol: ten minutes, which a central may ask for at most.
const BOUND: Millis = 30 * MINUTE;
/// Between two looks.
const LOOK: Millis = 5 * SECOND;

impl World {
    /// The faults end: links, disks, channels, the central and all desks are as they should be. Clocks
    /// stay as wrong as they are.
    pub(super) fn become_calm(&mut self) -> Seen {
        self.calm = Some(self.at);
        self.trace.note(self.at, format_args!("calm"));
        (self.central.doom, self.central.stale) = (None, false);
        self.central_up()?;
        for channel in CHANNELS {
            if self.central.states.remove(&channel).is_some() {
                self.open(channel)?;
            }
        }
        for desk in 0..self.desks.len() {
            let this = &mut self.desks[desk];
            this.link = Condition::Good;
            (this.doom, this.fault, this.form) = (None, None, None);
            // Ends of earlier troubles are not waited for.
            (this.link_token, this.power_token) = (0, 0);
            if this.full {
                self.disk_freed(desk)?;
            }
            let was = self.desks[desk].power;
            if was != Power::On {
                self.get_up(desk, was)?;
            }
        }
        if !self.checker.recovering {
            self.carry_all()?;
        }
        self.agenda.put(self.at + LOOK, Happening::Settled);
        Ok(())
    }

    /// What a desk still lacks, if it lacks anything.
    fn lacks(&self, desk: usize, catalogues: &BTreeMap<Channel, String>) -> Option<String> {
        let this = &self.desks[desk];
        if this.revoked.is_some() {
            return None;
        }
        let waiting = self.checker.operations.unsettled(desk);
        let link = this.engine.view().link;
        if waiting > 0 {
            Some(format!("{waiting} operations without an end; its link is {link:?}"))
        } else if this.power != Power::On {
            Some(format!("it is {:?}", this.power))
        } else if link != LinkState::Online {
            Some(format!("its link is {link:?}"))
        } else if this.store.cursor() != self.checker.head() {
            Some("its mirror is not at the head".to_owned())
        } else if this.store.catalogue().catalogue().map(|catalogue| &catalogue.version)
            != catalogues.get(&this.enrolled.channel)
        {
            Some("its catalogue is old".to_owned())
        } else if self.checker.tells(desk) {
            Some("it did not tell all that it has".to_owned())
        } else {
            None
        }
    }

    pub(super) fn settled(&mut self) -> Seen {
        let since = self.calm.unwrap_or(self.at);
        let mut catalogues = BTreeMap::new();
        for channel in CHANNELS {
            catalogues.insert(channel, ready(self.central.ledger.status(channel))?.catalogue);
        }
        let lacks = |desk| self.lacks(desk, &catalogues).map(|what| (desk, what));
        let open = (0..self.desks.len()).find_map(lacks);
        let open = open.or_else(|| self.interrupted().map(|what| (0, what)));
        match open {
            Some((desk, what)) if self.at > since + BOUND => {
                Broken::new(Rule::Liveness, format!("desk {desk} has not settled: {what}"))
            }
            Some(_) => {
                self.agenda.put(self.at + LOOK, Happening::Settled);
                Ok(())
            }
            None => self.end(since),
        }
    }

    /// Everything has settled: everything is looked at once more.
    fn end(&mut self, since: Millis) -> Seen {
        self.report.settled_after = (self.at - since) / SECOND;
        self.sweep_now()?;
        self.checker.whole_ledger(&self.central.ledger)?;
        for desk in 0..self.desks.len() {
            let moment = self.desks[desk].moment(self.at);
            let store = &self.desks[desk].store;
            self.checker.whole_record(desk, store, moment)?;
            self.checker.desk_moved(desk, store, &Looked::Whole)?;
            if self.desks[desk].revoked.is_none() {
                self.checker.shown(desk, store)?;
                self.checker.stocked(desk, store, moment)?;
            }
        }
        self.over = true;
        Ok(())
    }
}
