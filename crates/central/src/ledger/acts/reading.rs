//! What is read without being changed: catalogue, status, snapshot.

use lanterna_model::access::{Channel, Channels};
use lanterna_wire::Cursor;
use lanterna_wire::catalogue::{Catalogue, Rules};
use lanterna_wire::status::Interruption;
use serde::de::DeserializeOwned;

use super::{changes, condition};
use crate::ledger::books::{Books, Published, Shelf};
use crate::ledger::recovery::Condition;
use crate::ledger::stored::document;
use crate::ledger::{LedgerError, Snapshot, Standing};

/// Schedules read at once.
const STRETCH: usize = 256;

/// The version of a channel's catalogue. It names the epoch, since a restored ledger counts anew.
fn version(epoch: &str, count: i64, channel: Channel) -> String {
    format!("{}-{count}-{}", epoch.get(..8).unwrap_or(epoch), channel.name())
}

/// The rules of the region.
pub(crate) async fn region_rules<B: Published>(books: &B) -> Result<Rules, LedgerError> {
    let rules = books.rules().await?;
    document("ledger", &rules.ok_or(LedgerError::NotInstalled)?)
}

pub(crate) async fn standing<B: Books>(books: &B, channel: Channel) -> Result<Standing, LedgerError> {
    let count = books.region_texts().await?.catalogue;
    let condition = condition::condition(books).await?;
    Ok(Standing {
        head: changes::head(books).await?,
        service: condition::effective(&condition, books.service_state(channel).await?),
        interruption: match condition {
            Condition::Sound => None,
            Condition::Fenced { .. } => Some(Interruption::Fenced),
            Condition::Recovery { .. } => Some(Interruption::Recovery),
        },
        catalogue: version(books.epoch(), count, channel),
    })
}

/// The catalogue as a channel sees it.
pub(crate) async fn catalogue<B: Books>(books: &B, channel: Channel) -> Result<Catalogue, LedgerError> {
    let texts = books.region_texts().await?;
    let rules = texts.rules.ok_or(LedgerError::NotInstalled)?;
    let schedules = books.schedule_documents().await?;
    Ok(Catalogue {
        version: version(books.epoch(), texts.catalogue, channel),
        services: documents(books, Shelf::Services).await?,
        organizations: documents(books, Shelf::Organizations).await?,
        locations: documents(books, Shelf::Locations).await?,
        municipalities: document("ledger", &texts.municipalities)?,
        schedules: schedules
            .iter()
            .filter(|(channels, _)| channels.contains(channel))
            .map(|(_, json)| document("schedules", json))
            .collect::<Result<_, _>>()?,
        exemptions: document("ledger", &texts.exemptions)?,
        rules: document("ledger", &rules)?,
    })
}

async fn documents<B: Published, T: DeserializeOwned>(books: &B, shelf: Shelf) -> Result<Vec<T>, LedgerError> {
    let texts = books.shelf(shelf).await?;
    texts.iter().map(|json| document(shelf.table(), json)).collect()
}

/// Reads all availability as it is at a cursor: the caller's transaction sees just what is told
/// up to there.
pub(crate) async fn snapshot<B: Books>(books: &B, cursor: Cursor) -> Result<Snapshot, LedgerError> {
    let mut schedules = Vec::new();
    let mut after = None;
    loop {
        let stretch = books.schedules_after(after, STRETCH).await?;
        let Some(last) = stretch.last() else { break };
        after = Some(last.schedule.id);
        let seen = stretch.iter().filter(|facts| facts.channels != Channels::default());
        schedules.extend(seen.map(|facts| facts.packed()));
    }
    Ok(Snapshot { cursor, schedules })
}
