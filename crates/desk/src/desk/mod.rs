//! The desk as a host sees it: one question, one answer, and news for whoever watches.

mod documents;
mod holds;
mod locking;
mod opening;
mod status;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lanterna_model::booking::BookingState;
use lanterna_model::booking_number::BookingNumber;
use lanterna_store::{QueuePart as StoredPart, Store};
use lanterna_sync::{Event as EngineEvent, Failure, LinkState as EngineLink};
use lanterna_wire::rescue::RescueReply;
use tokio::sync::{RwLock, broadcast};
use uuid::Uuid;

use crate::adapters::keychain::{Keychain, NoKeychain, SystemKeychain};
use crate::adapters::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::demo::Demonstration;
use crate::driver::{Core, Driver};
use crate::fault::Answered;
use crate::link::CentralClient;
use crate::rpc::{
    BookingDraft, BookingView, DemoPrescription, ErrorCode, Event, QueuePart, QueueView, Recognised, Reply, Request,
    RpcError,
};
use crate::{booking, catalogue, finding, patients, preferences, prescriptions, rescue, sites, slips, views};

/// How long a booking on line waits for its outcome before it is shown as being sent.
const OUTCOME_PATIENCE: Duration = Duration::from_secs(10);
/// News kept for a watcher that is slow.
const NEWS: usize = 256;

/// Where a desk keeps its files and which central it belongs to.
#[derive(Clone, Default)]
pub struct DeskConfig {
    /// Folder of its files.
    pub data_dir: PathBuf,
    /// Address of the central, for the enrolment.
    pub central_url: Option<String>,
    /// Offered by hosts built with the demonstration.
    pub demonstration: Option<Arc<dyn Demonstration>>,
}

/// The adapters a desk works with.
#[derive(Clone)]
pub struct Adapters {
    /// Where the present comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Where the key is kept.
    pub keychain: Arc<dyn Keychain>,
}

impl Adapters {
    /// The machine's own.
    #[must_use]
    pub fn system() -> Self {
        Self {
            keychain: Arc::new(SystemKeychain),
            ..Self::without_keychain()
        }
    }

    /// The machine's own, but a passphrase in the place of the keychain.
    #[must_use]
    pub fn without_keychain() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            keychain: Arc::new(NoKeychain),
        }
    }
}

/// What the mirror holds, for the journey and for diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MirrorFigures {
    /// Schedules.
    pub schedules: usize,
    /// Slots, free or not.
    pub slots: usize,
    /// Bytes of its chunks as they came over the wire.
    pub bytes: u64,
}

/// The folder for the desk's files where none is named.
#[must_use]
pub fn default_data_dir() -> Option<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = if cfg!(windows) {
        from("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("it.lanterna.desk"))
}

/// A desk. Cheap to share behind an `Arc`.
pub struct Desk {
    config: DeskConfig,
    adapters: Adapters,
    open: RwLock<Option<Open>>,
    /// The screens ask for unlocking again, while the engine goes on behind.
    locked: AtomicBool,
    /// What came from outside and no screen has taken yet.
    scanned: Mutex<Option<String>>,
    news: broadcast::Sender<Event>,
}

struct Open {
    core: Arc<Core>,
    link: Option<Link>,
}

struct Link {
    client: Arc<CentralClient>,
    driver: Driver,
}

impl Desk {
    /// A desk whose files are not opened yet.
    #[must_use]
    pub fn new(config: DeskConfig, adapters: Adapters) -> Self {
        Self {
            config,
            adapters,
            open: RwLock::new(None),
            locked: AtomicBool::new(false),
            scanned: Mutex::new(None),
            news: broadcast::channel(NEWS).0,
        }
    }

    /// News from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Event> {
        self.news.subscribe()
    }

    /// Keeps a text from outside (a link, at a first or a second launch) for the scan field, however
    /// long it takes until there is one.
    pub fn scanned(&self, text: &str) {
        *self.scanned.lock().unwrap_or_else(PoisonError::into_inner) = Some(patients::cleaned(text));
        let _ = self.news.send(Event::Scan);
    }

    /// A new random identifier, for drafts.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new_id(&self) -> Result<Uuid, RpcError> {
        Ok(self.adapters.entropy.uuid(self.adapters.clock.now().wall)?)
    }

    /// Checks the files against the invariants; empty when all is well.
    ///
    /// # Errors
    /// When the desk is locked or a file fails.
    pub async fn verify(&self) -> Result<Vec<String>, RpcError> {
        Ok(self.core().await?.store().verify()?)
    }

    /// Carries the rescue file of another desk to the central.
    ///
    /// # Errors
    /// [`ErrorCode::NoRescue`] when the central refuses the file; the failure of the way.
    pub async fn carry(&self, file: Vec<u8>) -> Result<RescueReply, RpcError> {
        let client = match self.open.read().await.as_ref() {
            Some(Open { link: Some(link), .. }) => link.client.clone(),
            _ => return Err(ErrorCode::NotReady.into()),
        };
        client.rescue(file).await.map_err(|failure| match failure {
            Failure::Refused | Failure::Missing => ErrorCode::NoRescue.into(),
            Failure::Unreachable | Failure::Busy { .. } => ErrorCode::Unreachable.into(),
            _ => ErrorCode::BadAnswer.into(),
        })
    }

    /// Waits until the mirror was read. A damaged one is told by the stage from then on.
    ///
    /// # Errors
    /// When the desk is locked.
    pub async fn loaded(&self) -> Result<(), RpcError> {
        self.core().await.map(drop)
    }

    /// What the mirror holds.
    ///
    /// # Errors
    /// When the desk is locked or a file fails.
    pub async fn mirror_figures(&self) -> Result<MirrorFigures, RpcError> {
        let core = self.core().await?;
        let store = core.store();
        Ok(MirrorFigures {
            schedules: store.index().len(),
            slots: store.index().capacity(),
            bytes: store.chunk_bytes()?,
        })
    }

    /// Answers a screen.
    ///
    /// # Errors
    /// [`RpcError`], whose words are in the Fluent catalogue.
    pub async fn answer(&self, request: Request) -> Result<Reply, RpcError> {
        self.let_in(&request)?;
        match request {
            Request::Lock => self.lock().await.map(Reply::Stage),
            Request::Preferences => Ok(Reply::Preferences(preferences::read(&self.config.data_dir))),
            Request::SetPreferences { preferences } => self.prefer(&preferences).map(Reply::Preferences),
            Request::Diagnostics => self.diagnostics().await.map(Reply::Diagnostics),
            Request::TakeScan => Ok(Reply::Scan(
                self.scanned.lock().unwrap_or_else(PoisonError::into_inner).take(),
            )),
            Request::DemoSecondDesk => self.second_desk().await.map(Reply::SecondDesk),
            Request::Stage => self.stage().await.map(Reply::Stage),
            Request::CreateKey { passphrase } => self.create_key(passphrase).await.map(Reply::Stage),
            Request::Unlock { passphrase } => self.unlock(passphrase).await.map(Reply::Stage),
            Request::Enrol { code, central_url } => self.enrol(&code, central_url).await.map(Reply::Stage),
            Request::Status => self.status().await.map(Reply::Status),
            Request::SyncNow => {
                self.hurry().await;
                self.status().await.map(Reply::Status)
            }
            Request::DemoLink { up } => {
                self.demonstration()?.set_link(up);
                self.hurry().await;
                self.status().await.map(Reply::Status)
            }
            Request::Recognise { text } => self.recognise(&text).await.map(Reply::Recognised),
            Request::Hold { spans, priority } => self.hold(spans, priority).await.map(Reply::Held),
            Request::ReleaseHold { hold } => self.release_hold(hold).await.map(|()| Reply::Done),
            Request::Book { draft } => self.book(draft).await.map(|view| Reply::Booking(Box::new(view))),
            Request::Move {
                number,
                spans,
                hold,
                version,
            } => {
                let (now, entropy) = (self.adapters.clock.now(), self.adapters.entropy.clone());
                let of = number.clone();
                let written = self.write(move |store| {
                    booking::change_places(store, &of, &spans, hold, version, now, entropy.as_ref())
                });
                written.await?;
                self.outcome(number).await.map(|view| Reply::Booking(Box::new(view)))
            }
            Request::Cancel {
                number,
                reason,
                version,
            } => {
                let (now, entropy) = (self.adapters.clock.now(), self.adapters.entropy.clone());
                let of = number.clone();
                let written =
                    self.write(move |store| booking::cancel(store, &of, &reason, version, now, entropy.as_ref()));
                written.await?;
                self.outcome(number).await.map(|view| Reply::Booking(Box::new(view)))
            }
            Request::GiveUp { number, version } => {
                let now = self.adapters.clock.now();
                let of = number.clone();
                self.write(move |store| booking::give_up(store, &of, version, now))
                    .await?;
                self.view(&number).await.map(|view| Reply::Booking(Box::new(view)))
            }
            Request::ExportRescue => {
                let (now, entropy, dir) = (
                    self.adapters.clock.now(),
                    self.adapters.entropy.clone(),
                    self.config.data_dir.clone(),
                );
                self.write(move |store| rescue::export(store, &dir, now, entropy.as_ref()))
                    .await
                    .map(Reply::Document)
            }
            Request::OpenDocument { name } => self.open_document(&name).map(|()| Reply::Done),
            Request::PrintDemoSheet => self.print_sheet().await.map(Reply::Document),
            Request::DemoPrescriptions => self.demo_prescriptions().await.map(Reply::DemoPrescriptions),
            other => self.read(other).await,
        }
    }

    /// What only reads the store.
    async fn read(&self, request: Request) -> Answered<Reply> {
        let core = self.core().await?;
        let now = self.adapters.clock.now();
        let limited = |limit: u32, most: u32| limit.clamp(1, most) as usize;
        match request {
            Request::CheckPatient { patient } => patients::check(&core.store(), &patient, now).map(Reply::Patient),
            Request::CheckPrescription { prescription } => Ok(Reply::Prescription(prescriptions::check(
                &core.store(),
                &prescription,
                now,
            ))),
            Request::SuggestServices { text, limit } => {
                let known = core.store().catalogue().clone();
                let found = known.suggest_services(&text, limited(limit, 50));
                Ok(Reply::Services(
                    found
                        .into_iter()
                        .map(|service| catalogue::service_view(&known, service))
                        .collect(),
                ))
            }
            Request::SuggestMunicipalities { text, limit } => {
                let known = core.store().catalogue().clone();
                let found = known.suggest_municipalities(&text, limited(limit, 50));
                Ok(Reply::Municipalities(
                    found.into_iter().map(catalogue::municipality_view).collect(),
                ))
            }
            Request::SuggestLocations { text, limit } => {
                let known = core.store().catalogue().clone();
                let found = known.suggest_locations(&text, limited(limit, 50));
                Ok(Reply::Locations(
                    found.into_iter().map(catalogue::location_view).collect(),
                ))
            }
            Request::Organizations => Ok(Reply::Organizations(catalogue::organizations(&core.store(), now))),
            Request::Search { query } => {
                let started = self.adapters.clock.now().boot;
                let mut found = finding::search(&core.store(), &query, now)?;
                let took = self.adapters.clock.now().boot.saturating_sub(started);
                found.micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
                Ok(Reply::Found(found))
            }
            Request::SearchDays { query } => finding::days(&core.store(), &query, now).map(Reply::Days),
            Request::SearchSites { query } => sites::count(&core.store(), &query, now).map(Reply::Sites),
            Request::Places => Ok(Reply::Places(sites::places(&core.store()))),
            Request::Queue { part, offset, limit } => queue(&core, part, offset, limit, now).map(Reply::Queue),
            Request::Booking { number } => {
                let view = self.view(&number).await?;
                core.store()
                    .transaction(|tx| tx.desk().log("read", number.as_str(), now.wall))?;
                Ok(Reply::Booking(Box::new(view)))
            }
            Request::Alternatives { number, limit } => {
                let store = core.store();
                let stored = booking::known(&store, &number)?;
                finding::alternatives(&store, &stored, limit, now).map(Reply::Alternatives)
            }
            Request::PrintSlip { number } => {
                let mut store = core.store();
                let stored = booking::known(&store, &number)?;
                let document = slips::slip(&store, &stored, &self.config.data_dir, now)?;
                store.transaction(|tx| tx.desk().log("print", number.as_str(), now.wall))?;
                Ok(Reply::Document(document))
            }
            // Everything else is answered above; a new request that is forgotten shows here at once.
            _ => Err(ErrorCode::BadRequest.into()),
        }
    }

    /// The core, once the mirror is in memory.
    async fn core(&self) -> Answered<Arc<Core>> {
        let core = self.core_at_once().await?;
        core.is_loaded().await;
        Ok(core)
    }

    /// The core, whatever is in memory: for what needs neither catalogue nor places.
    async fn core_at_once(&self) -> Answered<Arc<Core>> {
        self.open
            .read()
            .await
            .as_ref()
            .map(|open| open.core.clone())
            .ok_or_else(|| ErrorCode::Locked.into())
    }

    /// Changes the store off the asynchronous threads, and wakes the engine.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Answered<T> + Send + 'static,
    ) -> Answered<T> {
        let core = self.core().await?;
        let done = tokio::task::spawn_blocking(move || work(&mut core.store())).await;
        let done = done.map_err(|_| RpcError::from(ErrorCode::Internal))??;
        self.wake(EngineEvent::Written).await;
        let _ = self.news.send(Event::Status);
        Ok(done)
    }

    async fn wake(&self, event: EngineEvent) {
        if let Some(Open { link: Some(link), .. }) = self.open.read().await.as_ref() {
            link.driver.send(event);
        }
    }

    async fn hurry(&self) {
        self.wake(EngineEvent::Hurry).await;
    }

    fn demonstration(&self) -> Answered<&Arc<dyn Demonstration>> {
        self.config
            .demonstration
            .as_ref()
            .ok_or_else(|| ErrorCode::DemonstrationOnly.into())
    }

    // --- bookings ---------------------------------------------------------------------------

    async fn book(&self, draft: BookingDraft) -> Answered<BookingView> {
        let (now, entropy) = (self.adapters.clock.now(), self.adapters.entropy.clone());
        let number = self
            .write(move |store| booking::book(store, draft, now, entropy.as_ref()))
            .await?;
        self.outcome(number).await
    }

    /// The booking once nothing of it is waiting any more, or as it stands when the link is not up
    /// or the patience is over.
    async fn outcome(&self, number: BookingNumber) -> Answered<BookingView> {
        let core = self.core().await?;
        let mut news = self.news.subscribe();
        let patience = self.adapters.clock.lasting(OUTCOME_PATIENCE);
        let settled = tokio::time::timeout(patience, async {
            loop {
                let view = self.view(&number).await?;
                let engine = core.view();
                let may_push = engine.link == EngineLink::Online
                    && engine.status.as_ref().is_some_and(|status| status.service.pushes());
                let open = matches!(
                    view.state,
                    BookingState::Queued | BookingState::Guaranteed | BookingState::Sending
                ) || view
                    .pending
                    .as_ref()
                    .is_some_and(|pending| matches!(pending.state, BookingState::Queued | BookingState::Sending));
                if !open || !may_push {
                    return Ok::<_, RpcError>(view);
                }
                if matches!(news.recv().await, Err(broadcast::error::RecvError::Closed)) {
                    return Ok(view);
                }
            }
        });
        match settled.await {
            Ok(view) => view,
            Err(_) => self.view(&number).await,
        }
    }

    async fn view(&self, number: &BookingNumber) -> Answered<BookingView> {
        let core = self.core().await?;
        let engine = core.view();
        let store = core.store();
        let stored = booking::known(&store, number)?;
        Ok(views::booking(&store, &stored, &engine, self.adapters.clock.now()))
    }

    async fn recognise(&self, text: &str) -> Answered<Recognised> {
        let core = self.core().await?;
        let now = self.adapters.clock.now();
        let mut found = patients::recognise(&core.store(), text, now)?;
        if let (Recognised::Nre { nre, demo }, Some(demonstration)) = (&mut found, &self.config.demonstration) {
            let ready = demonstration.prescriptions();
            let ready = ready.iter().find(|ready| ready.prescription.nre.as_str() == nre);
            *demo = ready.map(|ready| Box::new(demo_view(&core.store(), ready)));
        }
        Ok(found)
    }
}

fn demo_view(store: &Store, ready: &crate::demo::ReadyPrescription) -> DemoPrescription {
    DemoPrescription {
        id: ready.id,
        title: ready.title.clone(),
        patient: patients::input(&ready.patient),
        municipality: ready
            .patient
            .municipality
            .as_ref()
            .and_then(|code| catalogue::municipality(store, code)),
        prescription: prescriptions::input(&ready.prescription),
    }
}

fn queue(core: &Core, part: QueuePart, offset: u32, limit: u32, now: lanterna_model::time::Now) -> Answered<QueueView> {
    let engine = core.view();
    let store = core.store();
    let counts = store.record().queue_counts()?;
    let part = match part {
        QueuePart::ToResolve => StoredPart::ToResolve,
        QueuePart::Waiting => StoredPart::Waiting,
        QueuePart::Settled => StoredPart::Settled,
    };
    let page = store.record().queue_page(part, offset, limit.clamp(1, 200))?;
    Ok(QueueView {
        to_resolve: counts.to_resolve,
        waiting: counts.waiting,
        settled: counts.settled,
        rows: page
            .iter()
            .map(|stored| views::queue_row(&store, stored, &engine, now))
            .collect(),
        last_sent_at: counts.last_settled_at,
    })
}
