//! The ledger beside what the desks were told.

use std::collections::HashSet;

use anyhow::Result;
use lanterna_central::ledger::Verification;
use lanterna_model::schedule::SlotSpan;
use lanterna_wire::outcome::Outcome;

use super::desk::Desk;
use super::report::Report;

/// Desks that ask again at the same time.
const ASKING: usize = 32;

/// Counts what is lost and what is doubled.
pub(super) async fn audit(
    desks: &[Desk],
    verified: impl AsyncFn() -> Result<Verification>,
    report: &mut Report,
) -> Result<()> {
    let mut live: HashSet<SlotSpan> = HashSet::new();
    for desk in desks {
        report.drained += desk.outcomes.len() as u64;
        report.strange += desk.strange;
        let mut held: Option<SlotSpan> = None;
        for item in &desk.queue {
            let outcome = desk.outcomes.get(&item.envelope.id).map(|settled| &settled.outcome);
            let confirmed = outcome == Some(&Outcome::Confirmed);
            report.count(outcome);
            if let Some(span) = item.span {
                keep(held.take(), &mut live, report);
                held = confirmed.then_some(span);
            } else if confirmed {
                // It cancels the booking before it.
                held = None;
            }
        }
        keep(held, &mut live, report);
    }
    // What was told once is told again, by whichever process: it is in the ledger, once.
    let mut waiting = desks.iter();
    loop {
        let some: Vec<&Desk> = waiting.by_ref().take(ASKING).collect();
        if some.is_empty() {
            break;
        }
        let asked = some.into_iter().map(Desk::differences);
        for differs in futures(asked).await {
            report.changed += differs?;
        }
    }
    let ledger = verified().await?;
    report.faults = ledger.faults.len();
    report.live = (ledger.live, live.len() as u64);
    report.stored = ledger.operations;
    Ok(())
}

/// Notes a booking that still stands; two on one place are one too many.
fn keep(held: Option<SlotSpan>, live: &mut HashSet<SlotSpan>, report: &mut Report) {
    if let Some(span) = held
        && !live.insert(span)
    {
        report.doubled += 1;
    }
}

/// All of them at once, in this task.
async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut going: Vec<_> = all.map(Box::pin).map(Some).collect();
    let mut done = Vec::new();
    std::future::poll_fn(move |context| {
        for slot in &mut going {
            if let Some(one) = slot
                && let std::task::Poll::Ready(value) = one.as_mut().poll(context)
            {
                done.push(value);
                *slot = None;
            }
        }
        if going.iter().all(Option::is_none) {
            std::task::Poll::Ready(std::mem::take(&mut done))
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}
