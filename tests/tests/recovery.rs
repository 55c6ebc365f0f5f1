//! A central whose database is put back from an older backup, and the desks that bring back what it lost
//! (PROTOCOL.md, *Recovery*): real desks with their HTTP client and driver, a real central on a file.
#![allow(clippy::unwrap_used)] // helpers of a test

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lanterna_central::clock::FixedClock;
use lanterna_central::demo;
use lanterna_central::embedded::furnish;
use lanterna_central::enrolment::issue;
use lanterna_central::entropy::{Entropy, SystemEntropy};
use lanterna_central::http::{Running, Settings, start};
use lanterna_central::ledger::{Condition, Displacement, LeasePolicy, Ledger, SqliteLedger};
use lanterna_central::outside::Outside;
use lanterna_central::proxy::FaultProxy;
use lanterna_desk::rpc::{BookingView, FoundRow, LinkState, Request};
use lanterna_model::access::Channel;
use lanterna_model::booking::BookingState;
use lanterna_model::ids::ServiceCode;
use lanterna_tests::clock::{BEGINNING, FastClock};
use lanterna_tests::desk_process::PASSPHRASE;
use lanterna_tests::operator::Operator;
use lanterna_tests::{PATIENCE, SERVICE, nre};
use lanterna_wire::stock::Want;

const PACE: u32 = 20;

/// A central on a file, and the line to it, which stays where it is when the central is another one.
struct World {
    folder: tempfile::TempDir,
    ledger: Arc<SqliteLedger>,
    clock: Arc<FixedClock>,
    running: Running,
    proxy: FaultProxy,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(BEGINNING.parse().unwrap()));
        let ledger = opened(folder.path());
        let now = BEGINNING.parse().unwrap();
        furnish(&*ledger, now, |today| demo::region(1, 60, today))
            .await
            .unwrap();
        let follow_ups = Want {
            service: ServiceCode::parse(SERVICE).unwrap(),
            class: None,
            bookings: 5,
        };
        let policy = LeasePolicy {
            starters: vec![follow_ups],
            share_percent: 40,
            minimum_left: 1,
            recall_below: 0,
            reach_km: 1_000,
            ..LeasePolicy::default()
        };
        ledger.set_lease_policy(&policy).await.unwrap();
        let running = serving(&ledger, &clock, folder.path()).await;
        let proxy = FaultProxy::start(running.addr()).await.unwrap();
        Self {
            folder,
            ledger,
            clock,
            running,
            proxy,
        }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    /// A desk with its first download, and with places set aside where it is to have some.
    async fn desk(&self, folder: &Path, stocked: bool) -> Operator {
        let operator = Operator::at(folder, self.proxy.url(), FastClock::new(PACE));
        let passphrase = Some(PASSPHRASE.to_owned());
        operator.ask(Request::CreateKey { passphrase }).await.unwrap();
        let code = issue(&*self.ledger, &SystemEntropy, Channel::Mmg, BEGINNING.parse().unwrap());
        let (code, central_url) = (code.await.unwrap(), None);
        operator.ask(Request::Enrol { code, central_url }).await.unwrap();
        operator
            .until("the first download and its stock", |status| {
                status.data_at.is_some() && status.link == LinkState::Online && (status.stock.places > 0 || !stocked)
            })
            .await;
        operator
    }

    /// Copies the database as a backup does.
    fn back_up(&self) -> PathBuf {
        let copy = self.folder.path().join("backup.db");
        let database = rusqlite::Connection::open(self.database()).unwrap();
        database.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        copy
    }

    /// The central ends, its database is put back from a copy, and it is started anew.
    async fn put_back(self, copy: &Path) -> Self {
        let Self {
            folder,
            ledger,
            clock,
            running,
            proxy,
        } = self;
        running.stop().await;
        drop(ledger);
        for beside in ["ledger.db-wal", "ledger.db-shm"] {
            let _ = std::fs::remove_file(folder.path().join(beside));
        }
        std::fs::copy(copy, folder.path().join("ledger.db")).unwrap();
        let ledger = opened(folder.path());
        let running = serving(&ledger, &clock, folder.path()).await;
        proxy.lead_to(running.addr());
        Self {
            folder,
            ledger,
            clock,
            running,
            proxy,
        }
    }

    /// What an administrator does with `lanterna-central recover`: the central is stopped meanwhile, for its
    /// witness would take another life for another ledger.
    async fn recover(mut self) -> Self {
        self.running.stop().await;
        let epoch = SystemEntropy.birth().unwrap().epoch;
        self.ledger.recover(epoch, BEGINNING.parse().unwrap()).await.unwrap();
        let head = self.ledger.head().await.unwrap();
        outside(self.folder.path()).witness().see(&head).unwrap();
        self.running = serving(&self.ledger, &self.clock, self.folder.path()).await;
        self.proxy.lead_to(self.running.addr());
        self
    }

    async fn until_sound(&self) {
        let waiting = async {
            while self.ledger.condition().await.unwrap() != Condition::Sound {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("not all have told: {:?}", self.ledger.awaited().await.unwrap());
        }
    }

    /// The bookings that have their places, in a ledger whose invariants hold.
    async fn live(&self) -> u64 {
        let found = self.ledger.verify().await.unwrap();
        assert_eq!(found.faults, []);
        found.live
    }
}

fn opened(folder: &Path) -> Arc<SqliteLedger> {
    let birth = SystemEntropy.birth().unwrap();
    Arc::new(SqliteLedger::open(&folder.join("ledger.db"), &birth).unwrap())
}

fn outside(folder: &Path) -> Outside {
    Outside::in_folder(&folder.join("outside"), "ledger").unwrap()
}

async fn serving(ledger: &Arc<SqliteLedger>, clock: &Arc<FixedClock>, folder: &Path) -> Running {
    let outside = outside(folder);
    let settings = Settings {
        seal: Some(outside.seal(&**ledger, &SystemEntropy, false).await.unwrap()),
        witness: Some(outside.witness()),
        watch_every: std::time::Duration::from_millis(50),
        // By its clock, which stands still, no desk would ever be given its burst back.
        burst: 1_000_000,
        ..Settings::default()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    start(Arc::clone(ledger), clock.clone(), settings, listener)
        .await
        .unwrap()
}

fn ordinary(rows: &[FoundRow]) -> impl Iterator<Item = &FoundRow> {
    rows.iter().filter(|row| row.guaranteed_until.is_none())
}

/// Books a place that is nobody's and sees it confirmed.
async fn confirmed(operator: &Operator, series: u32, n: u32) -> BookingView {
    // Each its own: nobody waits here until the mirrors have heard of each other.
    let at = usize::try_from(4 * series + n).unwrap();
    let rows = operator.find().await.rows;
    let row = ordinary(&rows).nth(at).unwrap();
    let view = operator.book(row, &nre(series, n)).await.unwrap();
    assert_eq!(view.state, BookingState::Confirmed);
    view
}

async fn state(operator: &Operator, view: &BookingView) -> BookingState {
    operator.booking(&view.number).await.state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_confirmed_and_promised_survives_a_central_put_back_from_an_older_backup() {
    let world = World::new().await;
    let folders: Vec<tempfile::TempDir> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let one = world.desk(folders[0].path(), true).await;
    let two = world.desk(folders[1].path(), true).await;
    let three = world.desk(folders[2].path(), false).await;
    let before = confirmed(&one, 1, 1).await;
    let copy = world.back_up();

    // After the backup: three desks book, one of them cancels what the backup still has.
    let of_one = confirmed(&one, 1, 2).await;
    let of_two = confirmed(&two, 2, 1).await;
    let of_three = confirmed(&three, 3, 1).await;
    let rows = three.find().await.rows;
    let twice = ordinary(&rows).next().unwrap().clone();
    let sold_twice = three.book(&twice, &nre(3, 2)).await.unwrap();
    assert_eq!(sold_twice.state, BookingState::Confirmed);
    one.cancel(&one.booking(&before.number).await).await.unwrap();
    one.until("the cancellation", |status| status.queued == 0).await;
    assert_eq!(state(&one, &before).await, BookingState::Cancelled);
    drop(three);

    // The line is cut, and a place is promised that was set aside before the backup was taken.
    world.proxy.cut();
    two.until("no line", |status| status.link == LinkState::Offline).await;
    let rows = two.find().await.rows;
    let guaranteed = rows.iter().find(|row| row.guaranteed_until.is_some()).unwrap();
    let promised = two.book(guaranteed, &nre(2, 2)).await.unwrap();
    assert!(promised.guaranteed_until.is_some());

    // The witness knows the copy for what it is: nothing is given, and the desks say so.
    let world = world.put_back(&copy).await;
    assert!(matches!(
        world.ledger.condition().await.unwrap(),
        Condition::Fenced { .. }
    ));
    world.proxy.restore();
    let told = two.until("the fence", |status| !status.notices.is_empty()).await;
    assert!(told.notices[0].contains("sospeso"), "{:?}", told.notices);
    assert_eq!(told.queued, 1, "nothing is pushed");

    // The recovery: two desks tell what they have by themselves; the third is away and written off.
    let world = world.recover().await;
    let third = world
        .ledger
        .desk_by_code(&sold_twice.number.desk())
        .await
        .unwrap()
        .unwrap();
    assert!(
        world
            .ledger
            .write_off(third.id, BEGINNING.parse().unwrap())
            .await
            .unwrap()
    );
    world.until_sound().await;
    for operator in [&one, &two] {
        operator
            .until("the way back", |status| {
                status.queued == 0 && status.link == LinkState::Online && status.notices.is_empty()
            })
            .await;
    }
    assert_eq!(state(&one, &of_one).await, BookingState::Confirmed);
    assert_eq!(state(&one, &before).await, BookingState::Cancelled);
    assert_eq!(state(&two, &of_two).await, BookingState::Confirmed);
    assert_eq!(
        state(&two, &promised).await,
        BookingState::Confirmed,
        "what was guaranteed is confirmed"
    );
    assert_eq!(world.live().await, 3);
    assert_eq!(world.ledger.displaced().await.unwrap(), []);

    // Somebody else gets a place that the third desk was confirmed; then it comes after all.
    let taken = world
        .ledger
        .foreign_booking(&twice.spans[0], None, BEGINNING.parse().unwrap())
        .await
        .unwrap();
    assert!(taken.is_ok(), "{taken:?}");
    let three = Operator::at(folders[2].path(), world.proxy.url(), FastClock::new(PACE));
    three.unlock().await;
    let told = async {
        while !world.ledger.awaited().await.unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap();
    let cases = world.ledger.displaced().await.unwrap();
    assert_eq!(cases.len(), 1);
    assert_eq!(
        (&cases[0].booking, cases[0].why),
        (&sold_twice.number, Displacement::Taken)
    );
    assert_eq!(
        state(&three, &sold_twice).await,
        BookingState::Confirmed,
        "no outcome flips"
    );
    assert_eq!(state(&three, &of_three).await, BookingState::Confirmed);
    assert_eq!(world.live().await, 6);
    for operator in [&one, &two, &three] {
        assert_eq!(operator.desk.verify().await.unwrap(), Vec::<String>::new());
    }
    world.running.stop().await;
}
