//! Taking in what a desk could not send and somebody carried by hand. Each operation is executed, or
//! answered as before, exactly as if its desk had sent it: taking a file in twice changes nothing.

use chrono::{DateTime, Utc};
use lanterna_wire::outcome::{Answer, Outcome};
use lanterna_wire::rescue::{Rescue, RescueError, RescueReply, public_key};
use sha2::{Digest, Sha256};

use crate::enrolment::secret_hash;
use crate::ledger::{Ledger, LedgerError, TokenSecret};

/// Why a rescue file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum RescueFault {
    /// See there.
    #[error(transparent)]
    File(#[from] RescueError),
    /// The token in it belongs to no desk whose word still counts.
    #[error("the rescue file is of a desk that is not known here")]
    UnknownDesk,
    /// See there. What was answered before it stands.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

fn rescue_secret(secret: &TokenSecret) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"lanterna rescue key 1\0")
        .chain_update(secret.0)
        .finalize()
        .into()
}

/// The key to which desks encrypt what they cannot send.
#[must_use]
pub fn rescue_key(secret: &TokenSecret) -> String {
    public_key(rescue_secret(secret))
}

/// Executes what is in a rescue file.
///
/// # Errors
/// [`RescueFault`]; the file may be taken in again.
pub async fn take_in<L: Ledger>(ledger: &L, bytes: &[u8], now: DateTime<Utc>) -> Result<RescueReply, RescueFault> {
    let secret = ledger.token_secret().await?;
    let rescue = Rescue::open(bytes, rescue_secret(&secret))?;
    let desk = ledger
        .desk_of_rescue(&secret_hash(&rescue.token))
        .await?
        .filter(|desk| desk.code == rescue.code)
        .ok_or(RescueFault::UnknownDesk)?;
    let mut reply = RescueReply::default();
    for envelope in &rescue.operations {
        reply.operations += 1;
        let count = match ledger.execute(desk.id, envelope, now).await? {
            Answer::Outcome(settled) => match settled.outcome {
                Outcome::Confirmed => &mut reply.confirmed,
                Outcome::Conflict { .. } => &mut reply.conflicts,
                Outcome::Rejected { .. } => &mut reply.rejected,
                Outcome::NeedsOperator { .. } => &mut reply.needs_operator,
            },
            Answer::AlreadyAnswered => &mut reply.known,
            Answer::Refused { .. } => &mut reply.needs_operator,
            Answer::NotYet { .. } => &mut reply.waiting,
        };
        *count += 1;
    }
    Ok(reply)
}
