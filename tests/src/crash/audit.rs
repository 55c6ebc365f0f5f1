//! What the records of the desks, the ledger of the central and the clerks say, side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Result, ensure};
use lanterna_central::clock::{Clock, SystemClock};
use lanterna_central::entropy::{Entropy, SystemEntropy};
use lanterna_central::ledger::{Ledger, SqliteLedger};
use lanterna_model::availability::ScheduleAvailability;
use lanterna_model::booking::BookingState;
use lanterna_model::schedule::SlotKey;
use lanterna_model::time::Now;
use lanterna_store::{QueuePart, Settlement, Store, StoredBooking, WrappedKey};
use lanterna_wire::outcome::Outcome;

use super::claims::{against_ledger, claimed};
use super::{Post, Report};
use crate::desk_process::PASSPHRASE;
use crate::programs::command;

/// What is in the records of all desks.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// Operations.
    pub operations: u32,
    /// How they ended.
    pub ends: BTreeMap<&'static str, u32>,
    /// Schedules that were compared between a mirror and the ledger.
    pub mirrored: u32,
}

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends: Vec<String> = self.ends.iter().map(|(end, count)| format!("{end} {count}")).collect();
        write!(f, "{} ({})", self.operations, ends.join(", "))
    }
}

/// Compares everything. No process of the run is left.
pub(super) async fn audit(ledger: &Path, posts: &[Arc<Post>]) -> Result<Report> {
    let mut report = Report::default();
    let mut verify = command("lanterna-central");
    verify.args(["verify", "--database"]).arg(ledger);
    holds(&mut verify, "the ledger", &mut report).await?;
    let claimed = claimed(ledger)?;
    let central = SqliteLedger::open(ledger, &SystemEntropy.birth()?)?;
    let snapshot = central.snapshot().await?;
    let mut places: BTreeMap<SlotKey, String> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for post in posts {
        let phrase = post.folder.join("frase");
        std::fs::write(&phrase, PASSPHRASE)?;
        let mut verify = command("lanterna");
        verify
            .arg("--data-dir")
            .arg(&post.folder)
            .arg("--passphrase-file")
            .arg(&phrase);
        verify.arg("verify");
        holds(&mut verify, &format!("desk {}", post.n), &mut report).await?;

        let store = opened(&post.folder)?;
        let bookings = bookings(&store)?;
        against_clerks(post, &bookings, &mut report);
        for booking in bookings.values() {
            counted(booking, &mut report);
            against_ledger(booking, claimed.get(booking.number.as_str()), &mut report);
            known.insert(booking.number.to_string());
            if stands(booking) {
                for appointment in booking.appointments() {
                    let place = appointment.span.key();
                    if let Some(other) = places.insert(place, booking.number.to_string()) {
                        report
                            .doubled
                            .push(format!("bookings {other} and {} have one place", booking.number));
                    }
                }
            }
        }
        let mut prescriptions = BTreeMap::new();
        for booking in bookings.values() {
            let nre = booking.placement.prescription.nre.to_string();
            if let Some(other) = prescriptions.insert(nre, booking.number.clone()) {
                report
                    .doubled
                    .push(format!("{other} and {} are one request", booking.number));
            }
        }
        if store.cursor() != Some(&snapshot.cursor) {
            report
                .wrong
                .push(format!("the mirror of desk {} is not at the head", post.n));
            continue;
        }
        for packed in &snapshot.schedules {
            let Some(mirrored) = store.index().plain(packed.schedule) else {
                continue;
            };
            report.records.mirrored += 1;
            if ScheduleAvailability::decode(packed.schedule, &packed.row).ok() != Some(mirrored) {
                let (desk, schedule) = (post.n, packed.schedule);
                report.wrong.push(format!(
                    "schedule {schedule} in the mirror of desk {desk} is not the ledger's"
                ));
            }
        }
    }
    for (number, claim) in claimed.iter().filter(|(number, _)| !known.contains(*number)) {
        let finding = format!("booking {number} of the ledger (state {}) is in no record", claim.state);
        report.lost.push(finding);
    }
    Ok(report)
}

/// A program that checks its files has to find nothing.
async fn holds(verify: &mut Command, what: &str, report: &mut Report) -> Result<()> {
    let mut verify = std::mem::replace(verify, Command::new(""));
    let output = tokio::task::spawn_blocking(move || verify.output()).await??;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let cried = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        report.wrong.push(format!("{what} does not verify: {said} {cried}"));
    }
    Ok(())
}

fn opened(folder: &Path) -> Result<Store> {
    let key = std::fs::read_to_string(folder.join("key.json"))?;
    let key: WrappedKey = serde_json::from_str(&key)?;
    let now = Now::at(SystemClock.now());
    let (store, found) = Store::open(folder, &key.open(PASSPHRASE)?, now)?;
    ensure!(found.set_aside.is_empty(), "a file of {} is damaged", folder.display());
    Ok(store)
}

fn bookings(store: &Store) -> Result<BTreeMap<String, StoredBooking>> {
    let mut all = BTreeMap::new();
    for part in [QueuePart::ToResolve, QueuePart::Waiting, QueuePart::Settled] {
        let mut offset = 0;
        loop {
            let page = store.record().queue_page(part, offset, 500)?;
            if page.is_empty() {
                break;
            }
            offset += u32::try_from(page.len())?;
            all.extend(page.into_iter().map(|booking| (booking.number.to_string(), booking)));
        }
    }
    Ok(all)
}

/// What clerks were told, and what is in the record.
fn against_clerks(post: &Post, bookings: &BTreeMap<String, StoredBooking>, report: &mut Report) {
    let told = post.journal.told();
    for (number, accepted) in &told.accepted {
        match bookings.get(number) {
            None => report.lost.push(format!("booking {number} was accepted and is gone")),
            Some(booking) if booking.placement.prescription.nre.as_str() != accepted.nre => {
                report
                    .lost
                    .push(format!("booking {number} is for another prescription"));
            }
            Some(_) => {}
        }
    }
    for booking in bookings.values() {
        if told.refused.contains(booking.placement.prescription.nre.as_str()) {
            let number = &booking.number;
            report
                .wrong
                .push(format!("booking {number} was written and then refused"));
        }
    }
    report.wrong.extend(told.wrong.iter().cloned());
}

fn counted(booking: &StoredBooking, report: &mut Report) {
    for operation in &booking.operations {
        report.records.operations += 1;
        let end = match &operation.settlement {
            None => {
                let (number, at) = (&booking.number, operation.number);
                report
                    .lost
                    .push(format!("operation {at} of booking {number} has no outcome"));
                continue;
            }
            Some(Settlement::Withdrawn) => "withdrawn",
            Some(Settlement::Central(Outcome::Confirmed)) => "confirmed",
            Some(Settlement::Central(Outcome::Conflict { .. })) => "conflict",
            Some(Settlement::Central(Outcome::Rejected { .. })) => "rejected",
            Some(Settlement::Central(Outcome::NeedsOperator { reason })) => {
                let (number, at) = (&booking.number, operation.number);
                report
                    .wrong
                    .push(format!("operation {at} of booking {number} needs a person: {reason:?}"));
                "needs operator"
            }
        };
        *report.records.ends.entry(end).or_default() += 1;
    }
}

fn stands(booking: &StoredBooking) -> bool {
    booking.derived().state == BookingState::Confirmed
}
