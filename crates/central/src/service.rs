//! What the central answers to a desk beside the ledger's own word: sealed, fenced where a desk has seen
//! more than there is, and restored from what desks bring back. The routes say this over HTTP; the
//! simulator says the same without it.

use chrono::{DateTime, Utc};
use lanterna_model::ids::DeskId;
use lanterna_wire::changes::Page;
use lanterna_wire::desk::Readmission;
use lanterna_wire::operation::{Envelope, OperationAnswer};
use lanterna_wire::outcome::{Answer, RefusalReason};
use lanterna_wire::recovery::{Asserted, Assertion, AssertionReply, Progress};
use lanterna_wire::stock::{StockReply, StockRequest};
use lanterna_wire::{Cursor, limits};

use crate::enrolment::secret_hash;
use crate::ledger::{CursorError, Desk, FenceReason, Grant, Ledger, LedgerError, RecordLife, Report, Restored};
use crate::seal::Seal;

/// Executes an operation or replays its outcome, sealed.
///
/// # Errors
/// As [`Ledger::execute`].
pub async fn execute<L: Ledger>(
    ledger: &L,
    seal: Option<&Seal>,
    desk: DeskId,
    envelope: &Envelope,
    now: DateTime<Utc>,
) -> Result<Answer, LedgerError> {
    let mut answer = ledger.execute(desk, envelope, now).await?;
    if let Some(seal) = seal {
        seal.receipt(desk, envelope, &mut answer);
    }
    Ok(answer)
}

/// One exchange of stock, its grants sealed.
///
/// # Errors
/// As [`Ledger::exchange`].
pub async fn exchange<L: Ledger>(
    ledger: &L,
    seal: Option<&Seal>,
    desk: DeskId,
    request: &StockRequest,
    now: DateTime<Utc>,
) -> Result<StockReply, LedgerError> {
    let mut reply = ledger.exchange(desk, request, now).await?;
    if let Some(seal) = seal {
        seal.grants(&mut reply);
    }
    Ok(reply)
}

/// The first page of what changed since the cursor of a desk. Where the desk has seen what the ledger does
/// not have, either the ledger went back without a new epoch (rule 13) or the desk is not what it says:
/// both are for an administrator, and until then nothing is given.
///
/// # Errors
/// [`CursorError`].
pub async fn changes<L: Ledger>(
    ledger: &L,
    desk: &Desk,
    since: &Cursor,
    now: DateTime<Utc>,
) -> Result<Page, CursorError> {
    let asked = ledger.changes(desk.channel, since, limits::PAGE_CHANGES).await;
    if matches!(asked, Err(CursorError::Ahead)) {
        let (desk, seq) = (desk.id, since.seq);
        let head = ledger.head().await?.seq;
        let reason = FenceReason::Cursor { desk, seq, head };
        if ledger.fence(&reason, now).await? {
            tracing::error!(%reason, "the ledger is not the one it was: it is fenced");
        }
    }
    asked
}

/// Restores what a desk was confirmed and granted in an earlier life of the ledger. None where the ledger
/// lives another life than the one that is told.
///
/// # Errors
/// As [`Ledger::restore`].
pub async fn assertion<L: Ledger>(
    ledger: &L,
    seal: &Seal,
    desk: DeskId,
    assertion: &Assertion,
    now: DateTime<Utc>,
) -> Result<Option<AssertionReply>, LedgerError> {
    if ledger.head().await?.epoch != assertion.epoch {
        return Ok(None);
    }
    let mut answers = Vec::new();
    for chain in &assertion.chains {
        answers.extend(restored(ledger, seal, desk, chain, now).await?);
    }
    let waits = answers
        .iter()
        .any(|answered: &OperationAnswer| matches!(answered.answer, Answer::NotYet { .. }));
    let granted: Vec<Grant> = assertion
        .grants
        .iter()
        .filter_map(|grant| seal.granted(desk, grant))
        .collect();
    let kept = ledger
        .restore_leases(desk, assertion.incarnation, &granted, now)
        .await?;
    let done = assertion.progress == Progress::Done && !waits && !kept.waits;
    if assertion.progress != Progress::More {
        let report = if done { Report::Done } else { Report::Heard };
        let life = RecordLife {
            incarnation: assertion.incarnation,
            exchanges: assertion.exchanges,
        };
        ledger.told(desk, report, life, now).await?;
    }
    let leases = kept.leases;
    Ok(Some(AssertionReply { answers, leases, done }))
}

/// Restores the operations of one booking. One that the central has not sealed is refused: no outcome
/// can be made of it, and its desk has a person look.
async fn restored<L: Ledger>(
    ledger: &L,
    seal: &Seal,
    desk: DeskId,
    chain: &[Asserted],
    now: DateTime<Utc>,
) -> Result<Vec<OperationAnswer>, LedgerError> {
    let believed: Vec<Option<Restored>> = chain.iter().map(|asserted| seal.restored(desk, asserted)).collect();
    let sealed: Vec<Restored> = believed.iter().flatten().cloned().collect();
    let mut answers = ledger.restore(desk, &sealed, now).await?.into_iter();
    let answered = chain.iter().zip(believed).map(|(asserted, believed)| {
        let refused = Answer::Refused {
            reason: RefusalReason::IdReused,
        };
        let answer = match believed {
            Some(item) => {
                let mut answer = answers.next().unwrap_or(refused);
                seal.receipt(desk, &item.envelope, &mut answer);
                answer
            }
            None => {
                tracing::error!(desk = desk.0, operation = %asserted.id, "an outcome was asserted that is not sealed here");
                refused
            }
        };
        OperationAnswer {
            id: asserted.id,
            answer,
        }
    });
    Ok(answered.collect())
}

/// Takes a desk in again that the restored ledger does not know. Its papers say who it is; none where they
/// are not good here.
///
/// # Errors
/// As [`Ledger::readmit`].
pub async fn readmission<L: Ledger>(
    ledger: &L,
    seal: &Seal,
    readmission: &Readmission,
) -> Result<Option<DeskId>, LedgerError> {
    let Some(desk) = seal.known(readmission) else {
        return Ok(None);
    };
    let taken = ledger.readmit(&desk, &secret_hash(&readmission.token)).await?;
    Ok(taken.then_some(desk.id))
}
