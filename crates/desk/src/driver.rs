//! Runs the engine: carries events in and effects out. All that is asynchronous about the desk is here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lanterna_store::{Store, StoreError};
use lanterna_sync::{Effect, Engine, Event, Failure, Notice, Timer, View};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};

use crate::adapters::{Clock, Entropy};
use crate::link::CentralClient;
use crate::rpc;

/// How soon the engine is started again after the store failed under it.
const AFTER_STORE_FAILURE: Duration = Duration::from_secs(5);

/// What the use cases and the driver share: the store, the engine, and those who watch.
pub(crate) struct Core {
    store: Mutex<Store>,
    engine: Mutex<Engine>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) watchers: broadcast::Sender<rpc::Event>,
    /// The mirror is in memory, or cannot be read.
    pub(crate) loaded: watch::Sender<bool>,
}

impl Core {
    pub(crate) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        watchers: broadcast::Sender<rpc::Event>,
    ) -> Self {
        let engine = Mutex::new(Engine::new(seed(entropy.as_ref())));
        Self {
            store: Mutex::new(store),
            engine,
            clock,
            entropy,
            watchers,
            loaded: watch::Sender::new(false),
        }
    }

    /// The store, for one short piece of work. Never held across an await.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the engine shows of itself.
    pub(crate) fn view(&self) -> View {
        self.engine().view()
    }

    pub(crate) fn tell(&self, event: rpc::Event) {
        // Nobody may be watching: that is no failure.
        let _ = self.watchers.send(event);
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, event: Event) -> Result<Vec<Effect>, StoreError> {
        let mut engine = self.engine();
        let now = self.clock.now();
        let done = self.store().transaction(|tx| engine.on(event, now, tx));
        if done.is_err() {
            // What the engine believes may not be what was committed.
            *engine = Engine::new(seed(self.entropy.as_ref()));
        }
        done
    }
}

/// A running engine. Dropping it stops everything it started.
pub(crate) struct Driver {
    events: mpsc::UnboundedSender<Event>,
    task: AbortHandle,
}

impl Driver {
    /// Starts the engine of an enrolled desk.
    pub(crate) fn start(core: Arc<Core>, client: Arc<CentralClient>) -> Self {
        let (events, inbox) = mpsc::unbounded_channel();
        let runner = Runner {
            core,
            client,
            events: events.clone(),
            timers: HashMap::new(),
            requests: JoinSet::new(),
            doorbell: None,
        };
        let task = tokio::spawn(runner.run(inbox)).abort_handle();
        let driver = Self { events, task };
        driver.send(Event::Started);
        driver
    }

    /// Hands an event to the engine.
    pub(crate) fn send(&self, event: Event) {
        // The receiver lives as long as the task, which ends only with this driver.
        let _ = self.events.send(event);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Runner {
    core: Arc<Core>,
    client: Arc<CentralClient>,
    events: mpsc::UnboundedSender<Event>,
    timers: HashMap<Timer, AbortOnDrop>,
    requests: JoinSet<()>,
    doorbell: Option<AbortOnDrop>,
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Runner {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Event>) {
        while let Some(event) = inbox.recv().await {
            if matches!(event, Event::DoorbellClosed) {
                self.doorbell = None;
            }
            let core = self.core.clone();
            let done = tokio::task::spawn_blocking(move || core.work(event)).await;
            match done {
                Ok(Ok(effects)) => effects.into_iter().for_each(|effect| self.carry_out(effect)),
                Ok(Err(error)) => {
                    tracing::error!(%error, "the store failed under the engine; it is started again");
                    self.hush();
                    self.core.tell(rpc::Event::Status);
                    self.later(Timer::Retry, AFTER_STORE_FAILURE, Event::Started);
                }
                // The engine panicked: a fault of the program. Start again from the store.
                Err(_) => {
                    self.hush();
                    self.later(Timer::Retry, AFTER_STORE_FAILURE, Event::Started);
                }
            }
            while self.requests.try_join_next().is_some() {}
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Send { id, request } => {
                let (client, events) = (self.client.clone(), self.events.clone());
                self.requests.spawn(async move {
                    let answer = client.ask(&request).await;
                    let _ = events.send(Event::Answered { request: id, answer });
                });
            }
            Effect::SetTimer { timer, after } => self.later(timer, after, Event::Timer(timer)),
            Effect::StopTimer(timer) => drop(self.timers.remove(&timer)),
            Effect::OpenDoorbell => self.listen(),
            Effect::Hush => self.hush(),
            Effect::Notice(notice) => self.core.tell(match notice {
                Notice::Status => rpc::Event::Status,
                Notice::Progress => rpc::Event::Progress,
                Notice::Availability => rpc::Event::Availability,
                Notice::Booking { number, urgent: true } => rpc::Event::UrgentConflict { number },
                Notice::Booking { number, urgent: false } => rpc::Event::Booking { number },
            }),
        }
    }

    fn later(&mut self, timer: Timer, after: Duration, event: Event) {
        let (events, after) = (self.events.clone(), self.core.clock.lasting(after));
        let task = tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let _ = events.send(event);
        });
        self.timers.insert(timer, AbortOnDrop(task.abort_handle()));
    }

    fn listen(&mut self) {
        if self.doorbell.is_some() {
            return;
        }
        let (client, events) = (self.client.clone(), self.events.clone());
        let task = tokio::spawn(async move {
            let (opened, rang) = (events.clone(), events.clone());
            let ended: Result<(), Failure> = client
                .listen(
                    move || drop(opened.send(Event::DoorbellOpened)),
                    move || drop(rang.send(Event::DoorbellRang)),
                )
                .await;
            if let Err(failure) = ended {
                tracing::debug!(?failure, "the doorbell could not be opened");
            }
            let _ = events.send(Event::DoorbellClosed);
        });
        self.doorbell = Some(AbortOnDrop(task.abort_handle()));
    }

    fn hush(&mut self) {
        self.requests.abort_all();
        self.doorbell = None;
    }
}

fn seed(entropy: &dyn Entropy) -> u64 {
    let mut bytes = [0; 8];
    // Without randomness the retries are merely less spread out.
    let _ = entropy.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
