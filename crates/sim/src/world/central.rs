//! The central of the world: the real ledger and the real chunks behind a door that can be shut.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use lanterna_central::edition::Edition;
use lanterna_central::http::Settings;
use lanterna_central::ledger::{
    Birth, CursorError, Desk, LeasePolicy, Ledger, LedgerError, Retention, Snapshot, SqliteLedger, TokenSecret,
};
use lanterna_central::seal::Seal;
use lanterna_central::service;
use lanterna_model::access::Channel;
use lanterna_model::ids::DeskId;
use lanterna_sync::{Answer, Failure};
use lanterna_wire::catalogue::Catalogue;
use lanterna_wire::changes::Page;
use lanterna_wire::operation::Envelope;
use lanterna_wire::snapshot::Chunk;
use lanterna_wire::status::{ServiceState, Status};
use lanterna_wire::{Cursor, PROTOCOL};

use super::ready;
use super::restored::Restoration;
use crate::config::Config;
use crate::rng::Rng;
use crate::time::Millis;

/// Answered operations that may come once more.
const REMEMBERED: usize = 300;
/// Pages that may be asked for again before the head moves.
const PAGES: usize = 64;

/// The central.
pub(super) struct Central {
    pub(super) ledger: SqliteLedger,
    pub(super) settings: Settings,
    /// With which it seals, in every life of the ledger.
    pub(super) seal: Seal,
    /// Backups, and what becomes of a ledger that was put back from one.
    pub(super) restoration: Restoration,
    /// What decides on leases.
    pub(super) policy: LeasePolicy,
    pub(super) up: bool,
    /// Operations until it ends, and for how long.
    pub(super) doom: Option<(u32, Millis)>,
    /// A ring of the doorbell is on its way.
    pub(super) ringing: bool,
    /// Old manifests are handed out, and chunks are dropped early.
    pub(super) stale: bool,
    pub(super) stale_token: u64,
    /// Channels that are not open.
    pub(super) states: BTreeMap<Channel, (ServiceState, u64)>,
    /// Desk, acknowledged mark and envelope of what was answered.
    pub(super) answered: VecDeque<(usize, u64, Envelope)>,
    current: Option<Arc<Edition>>,
    previous: Option<Arc<Edition>>,
    /// Snapshots that were taken and not looked at yet.
    pub(super) taken: Vec<Snapshot>,
    /// Names of chunks of the editions at hand that were read once.
    checked: BTreeSet<String>,
    catalogues: BTreeMap<Channel, Arc<Catalogue>>,
    pages: (u64, BTreeMap<(Channel, u64), Page>),
}

impl Central {
    /// A central without a region.
    pub(super) fn new(config: &Config) -> Result<Self, LedgerError> {
        let mut rng = Rng::keyed(config.seed, &[20]);
        let mut epoch = [0; 16];
        epoch[..8].copy_from_slice(&rng.next().to_le_bytes());
        epoch[8..].copy_from_slice(&rng.next().to_le_bytes());
        let mut key = [0; 32];
        key[..8].copy_from_slice(&rng.next().to_le_bytes());
        let birth = Birth {
            epoch,
            secret: TokenSecret([7; 32]),
        };
        let settings = Settings {
            retention: Retention {
                feed_rows: config.feed_rows,
            },
            ..Settings::default()
        };
        Ok(Self {
            ledger: SqliteLedger::in_memory(&birth)?,
            settings,
            seal: Seal::new(key),
            restoration: Restoration::default(),
            policy: LeasePolicy::default(),
            up: true,
            doom: None,
            ringing: false,
            stale: false,
            stale_token: 0,
            states: BTreeMap::new(),
            answered: VecDeque::new(),
            current: None,
            previous: None,
            taken: Vec::new(),
            checked: BTreeSet::new(),
            catalogues: BTreeMap::new(),
            pages: (0, BTreeMap::new()),
        })
    }

    /// What a channel may do.
    pub(super) fn state(&self, channel: Channel) -> ServiceState {
        self.states
            .get(&channel)
            .map_or(ServiceState::Open, |(state, _)| *state)
    }

    /// Whatever was only in memory is gone.
    pub(super) fn forget(&mut self) {
        (self.current, self.previous) = (None, None);
        self.catalogues.clear();
        self.pages = (0, BTreeMap::new());
    }

    /// Remembers an operation that was answered.
    pub(super) fn remember(&mut self, desk: usize, acknowledged: u64, envelope: &Envelope) {
        if self.answered.len() == REMEMBERED {
            self.answered.pop_front();
        }
        self.answered.push_back((desk, acknowledged, envelope.clone()));
    }

    pub(super) fn status(&self, desk: DeskId, channel: Channel, now: DateTime<Utc>) -> Result<Answer, Failure> {
        let standing = ready(self.ledger.status(channel)).map_err(|_| Failure::Fault)?;
        Ok(Answer::Status(Box::new(Status {
            protocol: PROTOCOL,
            head: standing.head,
            server_time: now,
            service: standing.service,
            catalogue: standing.catalogue,
            name: self.settings.name.clone(),
            demonstration: true,
            notices: Vec::new(),
            recalled: ready(self.ledger.recalled(desk)).map_err(|_| Failure::Fault)?,
            rescue_key: String::new(),
            interruption: standing.interruption,
            assert_from: ready(self.ledger.assert_from(desk)).map_err(|_| Failure::Fault)?,
        })))
    }

    pub(super) fn catalogue(&mut self, channel: Channel, known: Option<&str>) -> Result<Answer, Failure> {
        let standing = ready(self.ledger.status(channel)).map_err(|_| Failure::Fault)?;
        if known == Some(standing.catalogue.as_str()) {
            return Ok(Answer::Catalogue(None));
        }
        let fresh = |known: &&Arc<Catalogue>| known.version == standing.catalogue;
        let catalogue = match self.catalogues.get(&channel).filter(fresh) {
            Some(catalogue) => Arc::clone(catalogue),
            None => {
                let catalogue = ready(self.ledger.catalogue(channel)).map_err(|_| Failure::Fault)?;
                let catalogue = Arc::new(catalogue);
                self.catalogues.insert(channel, Arc::clone(&catalogue));
                catalogue
            }
        };
        Ok(Answer::Catalogue(Some(Box::new((*catalogue).clone()))))
    }

    /// The manifest that is handed out: that of the present edition while it may be, else of a new one.
    pub(super) fn manifest(&mut self, channel: Channel, now: DateTime<Utc>) -> Result<Answer, Failure> {
        let head = ready(self.ledger.head()).map_err(|_| Failure::Fault)?;
        let kept = self
            .current
            .clone()
            .filter(|edition| self.may_serve(edition, channel, &head, now));
        let edition = match kept {
            Some(edition) => edition,
            None => {
                let snapshot = ready(self.ledger.snapshot()).map_err(|_| Failure::Fault)?;
                let edition = Edition::of(&snapshot, now, self.current.as_deref()).map_err(|_| Failure::Fault)?;
                self.taken.push(snapshot);
                let edition = Arc::new(edition);
                self.previous = self.current.replace(Arc::clone(&edition)).filter(|_| !self.stale);
                self.checked.clear();
                edition
            }
        };
        Ok(Answer::Manifest(Box::new(edition.manifest(channel))))
    }

    fn may_serve(&self, edition: &Edition, channel: Channel, head: &Cursor, now: DateTime<Utc>) -> bool {
        if head == edition.cursor() {
            return true;
        }
        let lazy = Settings {
            manifest_rows: u64::MAX,
            ..self.settings.clone()
        };
        let settings = if self.stale { &lazy } else { &self.settings };
        edition.is_near(head, now, settings) && ready(self.ledger.changes(channel, edition.cursor(), 1)).is_ok()
    }

    pub(super) fn chunk(&mut self, hash: &str) -> Result<Answer, Failure> {
        let editions = [&self.current, &self.previous];
        let bytes = editions.into_iter().flatten().find_map(|edition| edition.chunk(hash));
        let bytes = bytes.ok_or(Failure::Missing)?;
        if !self.checked.contains(hash) {
            Chunk::decode(hash, &bytes).map_err(|_| Failure::Fault)?;
            self.checked.insert(hash.to_owned());
        }
        Ok(Answer::Chunk {
            hash: hash.to_owned(),
            bytes: bytes.to_vec(),
        })
    }

    /// A page of changes, through the bytes of the wire. Many desks stand at the same cursor: a page is
    /// made once as long as the head does not move.
    pub(super) fn changes(&mut self, desk: &Desk, from: &Cursor, now: DateTime<Utc>) -> Result<Answer, Failure> {
        let channel = desk.channel;
        let head = ready(self.ledger.head()).map_err(|_| Failure::Fault)?;
        if self.pages.0 != head.seq || self.pages.1.len() > PAGES {
            self.pages = (head.seq, BTreeMap::new());
        }
        let known = self.pages.1.get(&(channel, from.seq)).filter(|page| page.from == *from);
        let page = match known {
            Some(page) => page.clone(),
            None => {
                let page = ready(service::changes(&self.ledger, desk, from, now)).map_err(|error| match error {
                    CursorError::Gone => Failure::CursorGone,
                    CursorError::Ahead => Failure::CursorAhead,
                    CursorError::Ledger(_) => Failure::Fault,
                })?;
                let page = Page::decode(&page.encode()).map_err(|_| Failure::Fault)?;
                self.pages.1.insert((channel, from.seq), page.clone());
                page
            }
        };
        Ok(Answer::Changes(Box::new(page)))
    }
}
