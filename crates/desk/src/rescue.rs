//! The rescue file: what waits in the queue, for a person to carry to the central.

use std::path::Path;

use lanterna_model::time::Now;
use lanterna_store::Store;
use lanterna_wire::limits;
use lanterna_wire::rescue::Rescue;

use crate::adapters::Entropy;
use crate::fault::Answered;
use crate::rpc::{Document, ErrorCode};
use crate::slips;

/// Writes the operations that were not answered, encrypted to the central, beside the documents.
///
/// They stay in the queue: what reaches the central twice has one outcome.
pub(crate) fn export(store: &mut Store, data_dir: &Path, now: Now, entropy: &dyn Entropy) -> Answered<Document> {
    let record = store.record();
    let enrolment = record.enrolment()?.ok_or(ErrorCode::NotReady)?;
    let key = record.rescue_key()?.ok_or(ErrorCode::NoRescueKey)?;
    let mut once = [0; 32];
    entropy.fill(&mut once)?;
    let operations = store.transaction(|tx| {
        tx.desk().log("rescue", "", now.wall)?;
        tx.desk().carry_out(now.wall)
    })?;
    if operations.is_empty() {
        return Err(ErrorCode::NothingToRescue.into());
    }
    let name = format!(
        "soccorso-{}-{}.lanterna",
        enrolment.code,
        now.wall.format("%Y%m%dT%H%M%S")
    );
    let rescue = Rescue {
        code: enrolment.code,
        token: enrolment.token,
        operations,
    };
    let bytes = rescue.seal(&key, once).map_err(|_| ErrorCode::NoRescueKey)?;
    if bytes.len() > limits::RESCUE_BYTES {
        // The central would refuse it whole; by its own tool it takes any size.
        tracing::warn!(
            bytes = bytes.len(),
            "a rescue file too large to be carried by another desk"
        );
    }
    slips::write(data_dir, &name, &bytes)
}
