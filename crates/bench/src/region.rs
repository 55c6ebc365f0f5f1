//! The demonstration region of the central, as desks get it: catalogue, packed rows, chunks.

use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};

use anyhow::{Context as _, Result};
use lanterna_central::demo;
use lanterna_central::ledger::{Birth, Ledger, SqliteLedger, TokenSecret};
use lanterna_model::access::Channels;
use lanterna_model::availability::ScheduleAvailability;
use lanterna_model::time::{Now, rome_today};
use lanterna_wire::catalogue::Catalogue;
use lanterna_wire::snapshot::{Chunk, ChunkRef, Manifest, chunk_hash};
use lanterna_wire::{Cursor, limits};

/// Seed of the region: that of the demonstration.
const SEED: u64 = 1;

/// A region and what is sent of it.
pub struct Region {
    /// When everything here happens: a Monday morning, with the October change of the clock ahead.
    pub now: Now,
    /// All of the catalogue, whatever channel sees it.
    pub catalogue: Catalogue,
    /// Availability in its plain form, in rising order of schedule.
    pub rows: Vec<ScheduleAvailability>,
    /// The manifest of the chunks.
    pub manifest: Manifest,
    /// The chunks as they travel, with their names.
    pub chunks: Vec<(String, Vec<u8>)>,
}

/// The present of every run.
#[must_use]
pub fn now() -> Now {
    // Monday 7 September 2026, eight in the morning in Italy.
    Now::at(chrono::DateTime::from_timestamp(1_788_760_800, 0).unwrap_or_default())
}

impl Region {
    /// Makes the region with so many schedules and lets a ledger publish it.
    ///
    /// # Errors
    /// When the ledger refuses the region.
    pub fn make(schedules: usize) -> Result<Self> {
        let now = now();
        let region = demo::region(SEED, schedules, rome_today(now.wall));
        let birth = Birth {
            epoch: [7; 16],
            secret: TokenSecret([8; 32]),
        };
        let ledger = SqliteLedger::in_memory(&birth)?;
        at_once(ledger.install(&region, now.wall))??;
        let snapshot = at_once(ledger.snapshot())??;
        let mut rows = Vec::with_capacity(snapshot.schedules.len());
        let mut parts: BTreeMap<(Channels, u32), Chunk> = BTreeMap::new();
        let mut slots = 0;
        for packed in snapshot.schedules {
            rows.push(ScheduleAvailability::decode(packed.schedule, &packed.row)?);
            slots += u64::from(packed.slots);
            // As the central divides them.
            let part = (packed.channels, packed.schedule.0 / limits::CHUNK_SCHEDULES);
            parts.entry(part).or_default().rows.push((packed.schedule, packed.row));
        }
        let mut chunks = Vec::with_capacity(parts.len());
        let mut refs = Vec::with_capacity(parts.len());
        for chunk in parts.values() {
            let bytes = chunk.encode()?;
            let hash = chunk_hash(&bytes);
            refs.push(ChunkRef {
                hash: hash.clone(),
                bytes: u32::try_from(bytes.len())?,
            });
            chunks.push((hash, bytes));
        }
        Ok(Self {
            now,
            catalogue: Catalogue {
                version: "1".to_owned(),
                services: region.services,
                organizations: region.organizations,
                locations: region.locations,
                municipalities: region.municipalities,
                schedules: region.schedules.into_iter().map(|it| it.schedule).collect(),
                exemptions: region.exemptions,
                rules: region.rules,
            },
            manifest: Manifest {
                cursor: snapshot.cursor,
                chunks: refs,
                schedules: u32::try_from(rows.len())?,
                slots,
            },
            rows,
            chunks,
        })
    }

    /// Where the snapshot stands.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        &self.manifest.cursor
    }

    /// Sessions of all schedules.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.rows.iter().map(|row| row.sessions.len()).sum()
    }
}

/// The answer of a future that never waits, as those of the embedded ledger.
fn at_once<T>(future: impl Future<Output = T>) -> Result<T> {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Ok(answer),
        Poll::Pending => None.context("the ledger waits for something"),
    }
}
