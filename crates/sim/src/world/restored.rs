//! A ledger that is put back from an older backup, and what an administrator does about it (rules 12
//! and 13). What he and the owners of schedules had decided meanwhile is as it was then, too, but for the
//! policies and states of service, which he sets anew, and desks that he revoked.

use lanterna_central::ledger::{Condition, ForeignBooking, Ledger, Region, SqliteLedger};
use lanterna_central::outside::compare;
use lanterna_central::service;
use lanterna_sync::{Answer, Failure};
use lanterna_wire::Cursor;
use lanterna_wire::recovery::Assertion;

use super::{Happening, World, ready};
use crate::check::Kept;
use crate::config::FaultKind;
use crate::region::CHANNELS;
use crate::rng::Rng;
use crate::script::PutBack;
use crate::time::{MINUTE, Millis};
use crate::violation::{Broken, Rule, Seen};

/// Backups that are kept.
const BACKUPS: usize = 3;

/// All that a backup brings back.
struct Backup {
    ledger: SqliteLedger,
    kept: Kept,
    region: Region,
    removed: Vec<u32>,
    others: Vec<ForeignBooking>,
}

/// Backups, and what becomes of a ledger that was put back from one.
#[derive(Default)]
pub(super) struct Restoration {
    /// Oldest first.
    backups: Vec<Backup>,
    /// How the ledger comes back when the central does.
    plan: Option<PutBack>,
    /// The ledger went back, and nobody knows yet.
    pub(super) blind: bool,
    /// Bookings that other people cancelled since: they do so again.
    cancelled: Vec<ForeignBooking>,
    /// When another life of the ledger began.
    since: Millis,
    patience: Millis,
    lives: u64,
    token: u64,
}

impl World {
    /// Takes a backup.
    pub(super) fn back_up(&mut self) -> Seen {
        if !self.central.up {
            return Ok(());
        }
        let backup = Backup {
            ledger: self.central.ledger.copied()?,
            kept: self.checker.keep(),
            region: self.region.clone(),
            removed: self.removed.clone(),
            others: self.others.clone(),
        };
        let backups = &mut self.central.restoration.backups;
        if backups.len() == BACKUPS {
            backups.remove(0);
        }
        backups.push(backup);
        Ok(())
    }

    /// The central ends, and its database is lost with it.
    pub(super) fn lose(&mut self, plan: PutBack) {
        if self.central.up && !self.central.restoration.backups.is_empty() {
            self.report.fault(FaultKind::RestoredCentral);
            self.central.restoration.plan = Some(plan);
            self.stop_central(plan.down);
        }
    }

    /// The central is about to serve again, from a backup if its database was lost: whether it was.
    pub(super) fn put_back(&mut self) -> Seen<bool> {
        let Some(plan) = self.central.restoration.plan.take() else {
            return Ok(false);
        };
        // The witness saw the last of what was told.
        let seen = self.checker.head().cloned();
        let backups = &self.central.restoration.backups;
        let at = backups.len().saturating_sub(1 + plan.younger);
        let Some(backup) = backups.get(at) else {
            return Ok(false);
        };
        self.trace.note(
            self.at,
            format_args!("the ledger goes back to {:?}", backup.kept.head()),
        );
        self.central.ledger = backup.ledger.copied()?;
        self.checker.put_back(&backup.kept);
        let gone = |booking: &ForeignBooking| !self.others.contains(booking);
        let cancelled = backup.others.iter().copied().filter(gone).collect();
        (self.region, self.removed) = (backup.region.clone(), backup.removed.clone());
        self.others.clone_from(&backup.others);
        self.central.restoration.cancelled = cancelled;
        self.central.restoration.lives += 1;
        let now = self.now();
        // A cursor tells one history from another within one life of the ledger only.
        let same = self.checker.head().map(|head| &head.epoch) == seen.as_ref().map(|seen| &seen.epoch);
        let blind = !plan.witness && same && self.is_found_out();
        let noticed = match &seen {
            Some(seen) if !blind => ready(compare(seen, &self.central.ledger, now))?.is_some(),
            _ => false,
        };
        self.central.restoration.blind = blind;
        self.condition_moved()?;
        let token = self.token();
        self.central.restoration.token = token;
        self.agenda.put(self.at + plan.acts_after, Happening::Attend { token });
        self.central.restoration.patience = plan.patience;
        if !noticed && !blind {
            // Nothing had moved since, and the witness has nothing to say. But he knows what he did.
            self.recover()?;
        }
        Ok(true)
    }

    /// What was decided since is decided again.
    pub(super) fn decide_again(&mut self) -> Seen {
        let now = self.now();
        ready(self.central.ledger.set_lease_policy(&self.central.policy))?;
        for channel in CHANNELS {
            let state = self.central.state(channel);
            ready(self.central.ledger.set_service_state(channel, state, now))?;
        }
        for desk in 0..self.desks.len() {
            if let Some(stolen) = self.desks[desk].revoked {
                ready(self.central.ledger.revoke(self.desks[desk].enrolled.id, stolen, now))?;
                let touched = if stolen { self.checker.stolen(desk) } else { Vec::new() };
                self.ledger_moved(&touched)?;
            }
        }
        self.ledger_moved(&[])
    }

    /// Whether some desk stands where the ledger does not go any more.
    fn is_found_out(&self) -> bool {
        self.desks.iter().any(|desk| {
            let ahead = |cursor: &Cursor| self.checker.is_ahead(cursor);
            desk.revoked.is_none() && desk.store.cursor().is_some_and(ahead)
        })
    }

    /// The administrator looks, and acts.
    pub(super) fn attend(&mut self, token: u64) -> Seen {
        if self.central.restoration.token != token {
            return Ok(());
        }
        if self.central.up {
            match ready(self.central.ledger.condition())? {
                Condition::Sound if !self.central.restoration.blind => return Ok(()),
                // A desk that could tell was revoked meanwhile, or took a snapshot: somebody finds out.
                Condition::Sound if !self.is_found_out() => self.recover()?,
                Condition::Sound => {}
                Condition::Fenced { .. } => self.recover()?,
                Condition::Recovery { .. } => self.write_off()?,
            }
        }
        self.agenda.put(self.at + MINUTE, Happening::Attend { token });
        Ok(())
    }

    /// Another life of the ledger begins.
    fn recover(&mut self) -> Seen {
        let mut rng = Rng::keyed(self.config.seed, &[21, self.central.restoration.lives]);
        self.central.restoration.lives += 1;
        self.central.restoration.blind = false;
        self.central.restoration.since = self.at;
        let mut epoch = [0; 16];
        epoch[..8].copy_from_slice(&rng.next().to_le_bytes());
        epoch[8..].copy_from_slice(&rng.next().to_le_bytes());
        let now = self.now();
        ready(self.central.ledger.recover(epoch, now))?;
        self.trace.note(self.at, format_args!("another life of the ledger"));
        self.central.forget();
        let desks = self.desks.iter().enumerate();
        let awaited = desks.filter(|(_, desk)| desk.revoked.is_none()).map(|(at, _)| at);
        self.checker.another_life(&self.central.ledger, awaited)?;
        for channel in CHANNELS {
            self.checker.ceased(channel, now);
        }
        for booking in std::mem::take(&mut self.central.restoration.cancelled) {
            if ready(self.central.ledger.foreign_cancellation(booking, now))? {
                self.others.retain(|other| *other != booking);
                let touched = self.checker.other_cancelled(booking);
                self.ledger_moved(&touched)?;
            }
        }
        self.condition_moved()?;
        self.ledger_moved(&[])
    }

    /// Desks that did not come for too long are written off.
    fn write_off(&mut self) -> Seen {
        let waited = self.at.saturating_sub(self.central.restoration.since);
        if waited < self.central.restoration.patience {
            return Ok(());
        }
        let now = self.now();
        for awaited in ready(self.central.ledger.awaited())? {
            let id = awaited.desk.id;
            if awaited.report.is_missing() && ready(self.central.ledger.write_off(id, now))? {
                self.report.written_off += 1;
                self.trace.note(self.at, format_args!("{id} is written off"));
                if let Some(desk) = self.desks.iter().position(|desk| desk.enrolled.id == id) {
                    self.checker.wrote_off(desk);
                }
            }
        }
        self.condition_moved()?;
        self.ledger_moved(&[])
    }

    /// The ledger may give less than before, or again.
    pub(super) fn condition_moved(&mut self) -> Seen {
        let condition = ready(self.central.ledger.condition())?;
        if matches!(condition, Condition::Recovery { .. })
            && !ready(self.central.ledger.awaited())?
                .iter()
                .any(|awaited| awaited.report.is_missing())
        {
            return Broken::new(Rule::Liveness, "a recovery goes on, and nobody is missing");
        }
        let recovering = !condition.is_sound();
        let before = std::mem::replace(&mut self.checker.recovering, recovering);
        if recovering && !before {
            let now = self.now();
            for channel in CHANNELS {
                self.checker.ceased(channel, now);
            }
        } else if before && !recovering {
            self.trace.note(self.at, format_args!("the ledger gives again"));
            self.resumed();
            if self.calm.is_some() {
                self.carry_all()?;
            }
        }
        Ok(())
    }

    /// Why the ledger gives nothing, once everything should have settled.
    pub(super) fn interrupted(&self) -> Option<String> {
        self.checker
            .recovering
            .then(|| format!("the ledger is {:?}", ready(self.central.ledger.condition())))
    }

    /// The central tells what changed, and finds out by the cursor whether its ledger went back.
    pub(super) fn changes(&mut self, desk: usize, from: &Cursor) -> Seen<Result<Answer, Failure>> {
        let now = self.now();
        let answer = self.central.changes(&self.desks[desk].enrolled, from, now);
        if !matches!(answer, Err(Failure::CursorAhead)) {
            return Ok(answer);
        }
        if !self.checker.is_ahead(from) {
            return Broken::new(
                Rule::Mirror,
                format!("desk {desk} has a cursor that is ahead of the ledger"),
            );
        }
        self.trace
            .note(self.at, format_args!("desk {desk} is ahead of the ledger"));
        self.central.restoration.blind = false;
        self.condition_moved()?;
        if self.checker.recovering {
            Ok(answer)
        } else {
            Broken::new(Rule::Mirror, "a ledger that went back goes on as if it had not")
        }
    }

    /// A desk tells what it has.
    pub(super) fn assertion(&mut self, desk: usize, assertion: &Assertion) -> Seen<Result<Answer, Failure>> {
        let now = self.now();
        let (id, in_recovery) = (self.desks[desk].enrolled.id, self.checker.recovering);
        let central = &self.central;
        let told = ready(service::assertion(&central.ledger, &central.seal, id, assertion, now))?;
        let Some(reply) = told else {
            return Ok(Err(Failure::CursorGone));
        };
        self.trace.note(
            self.at,
            format_args!(
                "told by {desk}: {:?} {:?}, #{}; done {}, kept {:?}",
                assertion.progress, assertion.chains, assertion.exchanges, reply.done, reply.leases
            ),
        );
        let grants: Vec<_> = assertion
            .grants
            .iter()
            .filter_map(|grant| central.seal.granted(id, grant))
            .collect();
        let told = self
            .checker
            .told_by(&central.ledger, (desk, in_recovery, now), assertion, &grants, &reply)?;
        let (touched, operations, leases) = told;
        self.report.restored.0 += operations;
        self.report.restored.1 += leases;
        self.ledger_moved(&touched)?;
        self.condition_moved()?;
        Ok(Ok(Answer::Asserted(Box::new(reply))))
    }
}
