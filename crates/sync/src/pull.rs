//! The lane that brings data: status, catalogue, snapshot, changes, in that order.

use std::collections::BTreeMap;

use lanterna_wire::snapshot::ChunkRef;

use crate::engine::{Engine, EngineError, Progress, Work};
use crate::event::{Answer, Effect, Notice, Request, RequestId};

/// Chunks asked for at the same time: enough to fill a slow line, few enough for 2,500 desks.
const PARALLEL_CHUNKS: usize = 4;

/// What is wanted, and what is under way.
#[derive(Debug, Default)]
pub(crate) struct Pull {
    status: bool,
    changes: bool,
    snapshot: bool,
    current: Option<RequestId>,
    chunks: BTreeMap<RequestId, ChunkRef>,
    progress: Option<Progress>,
    /// Nothing was asked since the mirror agreed: doorbell and timer were seen to then.
    resting: bool,
}

impl Pull {
    pub(crate) fn want_status(&mut self) {
        self.status = true;
    }

    pub(crate) fn want_changes(&mut self) {
        self.changes = true;
    }

    pub(crate) fn want_snapshot(&mut self) {
        self.snapshot = true;
    }

    pub(crate) fn busy(&self) -> bool {
        self.current.is_some() || !self.chunks.is_empty()
    }

    pub(crate) fn owns(&self, request: RequestId) -> bool {
        self.current == Some(request) || self.chunks.contains_key(&request)
    }

    pub(crate) fn settle(&mut self, request: RequestId) {
        if self.current == Some(request) {
            self.current = None;
        }
        self.chunks.remove(&request);
    }

    pub(crate) fn hush(&mut self) {
        self.current = None;
        self.chunks.clear();
        self.status = true;
    }

    pub(crate) fn progress(&self) -> Option<Progress> {
        self.progress
    }
}

impl Engine {
    /// An answer of this lane came: it is written down.
    pub(crate) fn pulled(
        &mut self,
        request: RequestId,
        answer: Answer,
        work: &mut Work<'_, '_>,
    ) -> Result<(), EngineError> {
        self.pull.settle(request);
        match answer {
            Answer::Status(status) => {
                self.pull.status = false;
                self.heard(*status, work)?;
            }
            Answer::Catalogue(Some(catalogue)) => {
                work.tx.mirror().put_catalogue(&catalogue)?;
                work.effects.push(Effect::Notice(Notice::Availability));
            }
            // The version told by the status moved while nothing this desk sees did.
            Answer::Catalogue(None) => work.tx.mirror().confirm_catalogue(self.wanted_catalogue())?,
            Answer::Manifest(manifest) => {
                work.tx.mirror().begin_snapshot(&manifest)?;
                self.pull.snapshot = false;
                // The ledger began another life since the status: who went by the old one would take
                // snapshots without an end.
                let known = self.status.as_ref().map(|status| &status.head.epoch);
                if known.is_some_and(|known| *known != manifest.cursor.epoch) {
                    self.pull.want_status();
                }
                self.measure(work)?;
            }
            Answer::Chunk { hash, bytes } => {
                work.tx.mirror().put_chunk(&hash, &bytes)?;
                self.measure(work)?;
            }
            Answer::Changes(page) => {
                if work.tx.mirror().cursor()? == Some(page.from.clone()) {
                    let moved = !page.changes.is_empty();
                    self.pull.changes = page.more;
                    work.tx.mirror().apply_page(&page)?;
                    if moved {
                        work.effects.push(Effect::Notice(Notice::Availability));
                    }
                }
            }
            // An answer to another question: a fault of the adapter, treated as one of the central.
            Answer::Pushed(_) | Answer::Stocked(_) | Answer::Asserted(_) | Answer::Readmitted => {}
        }
        Ok(())
    }

    /// Asks for the next thing that is missing, if nothing is under way.
    pub(crate) fn pull_on(&mut self, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        if self.pull.current.is_some() {
            return Ok(());
        }
        if !self.pull.chunks.is_empty() {
            return self.fetch_chunks(work);
        }
        if self.pull.status {
            return self.ask(Request::Status, work);
        }
        let Some(status) = self.status.clone() else {
            return Ok(());
        };
        let known = work.tx.mirror().catalogue_version()?;
        if known.as_deref() != Some(status.catalogue.as_str()) {
            return self.ask(Request::Catalogue { known }, work);
        }
        if work.tx.mirror().staging()?.is_some() && !self.pull.snapshot {
            return self.fetch_chunks(work);
        }
        match work.tx.mirror().cursor()? {
            Some(cursor) if cursor.epoch == status.head.epoch && !self.pull.snapshot => {
                if self.pull.changes || cursor != status.head && cursor.seq <= status.head.seq {
                    self.pull.changes = false;
                    self.ask(Request::Changes { from: cursor }, work)
                } else if self.pull.resting {
                    // Seeing to them again would open a doorbell that just closed, and put the timer off.
                    Ok(())
                } else {
                    work.tx.mirror().agreed_at(work.now.wall)?;
                    self.pull.progress = None;
                    self.pull.resting = true;
                    self.up_to_date(work);
                    Ok(())
                }
            }
            _ => self.ask(Request::Manifest, work),
        }
    }

    fn ask(&mut self, request: Request, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        let id = self.send(request, work);
        self.pull.current = Some(id);
        self.pull.resting = false;
        Ok(())
    }

    fn wanted_catalogue(&self) -> &str {
        self.status.as_ref().map_or("", |status| &status.catalogue)
    }

    fn fetch_chunks(&mut self, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        let missing = work.tx.mirror().missing_chunks()?;
        if missing.is_empty() {
            work.tx.mirror().finish_snapshot()?;
            self.pull.changes = true;
            work.effects.push(Effect::Notice(Notice::Availability));
            return self.pull_on(work);
        }
        for chunk in missing {
            if self.pull.chunks.len() >= PARALLEL_CHUNKS {
                break;
            }
            if self.pull.chunks.values().any(|asked| asked.hash == chunk.hash) {
                continue;
            }
            let id = self.send(
                Request::Chunk {
                    hash: chunk.hash.clone(),
                    bytes: chunk.bytes,
                },
                work,
            );
            self.pull.chunks.insert(id, chunk);
        }
        Ok(())
    }

    fn measure(&mut self, work: &mut Work<'_, '_>) -> Result<(), EngineError> {
        self.pull.progress = work.tx.mirror().staging()?.map(|staging| Progress {
            done_bytes: staging.done_bytes,
            total_bytes: staging.total_bytes,
            done_chunks: staging.done_chunks,
            total_chunks: staging.total_chunks,
        });
        work.effects.push(Effect::Notice(Notice::Progress));
        Ok(())
    }
}
