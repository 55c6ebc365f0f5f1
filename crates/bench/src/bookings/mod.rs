//! Bookings at the central beside the same statements without a central: pgbench on the same PostgreSQL, and
//! a loop over the same SQLite. Everything is written to the disk as in production, on both sides.

mod pgbench;
mod rows;
mod work;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lanterna_central::demo;
use lanterna_central::ledger::{
    Birth, Ledger, PostgresLedger, PostgresSettings, Region, SqliteLedger, Time, TokenSecret,
};
use lanterna_central::scratch::{Care, Scratch};
use lanterna_model::ids::DeskId;
use lanterna_model::time::{Now, rome_today};
use lanterna_wire::operation::Envelope;
use lanterna_wire::outcome::{Answer, Outcome};

use self::work::{desks, queues};
use crate::clock::{timed, timed_async};
use crate::region::now;
use crate::table::{Figure, Goal, Line};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Schedules of the region.
    pub schedules: usize,
    /// Clients that book at the same time on PostgreSQL.
    pub clients: usize,
    /// Bookings of each.
    pub each: usize,
    /// Of these, bookings before the clock starts.
    pub warm: usize,
}

impl Effort {
    /// That of the published table.
    pub const WHOLE: Effort = Effort {
        schedules: 600,
        clients: 8,
        each: 700,
        warm: 100,
    };
    /// Enough to see that everything works.
    pub const SMALL: Effort = Effort {
        schedules: 60,
        clients: 3,
        each: 12,
        warm: 2,
    };
}

/// What share of the bare statements the central has to reach.
const SHARE: f64 = 0.6;

fn birth() -> Birth {
    Birth {
        epoch: [7; 16],
        secret: TokenSecret([8; 32]),
    }
}

/// Measures both ledgers; where PostgreSQL is not installed, that is an error.
///
/// # Errors
/// When a ledger or a control fails, or a booking is not confirmed.
pub async fn measure(effort: Effort) -> Result<Vec<Line>> {
    let now = now();
    let region = demo::region(1, effort.schedules, rome_today(now.wall));
    Ok(vec![
        postgres(&region, now, effort).await?,
        sqlite(&region, now, effort).await?,
    ])
}

fn line(what: String, ours: Duration, control: Duration, which: &'static str) -> Line {
    Line::new(what, Figure::Time(ours))
        .beside(Figure::Time(control), which)
        .goal(Goal::Times(SHARE))
}

/// What one of so many took.
fn one_of(all: Duration, count: usize) -> Duration {
    all.div_f64(f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX)))
}

async fn book<L: Ledger>(ledger: &L, desk: DeskId, queue: &[Envelope], now: Now) -> Result<()> {
    for envelope in queue {
        let answer = ledger.execute(desk, envelope, now.wall).await?;
        let confirmed = matches!(&answer, Answer::Outcome(settled) if settled.outcome == Outcome::Confirmed);
        ensure!(confirmed, "a free place was not confirmed: {answer:?}");
    }
    Ok(())
}

/// Every client books its queue, all at the same time.
async fn all_book(ledger: &Arc<PostgresLedger>, parts: Vec<(DeskId, Vec<Envelope>)>, now: Now) -> Result<()> {
    let mut going = tokio::task::JoinSet::new();
    for (desk, queue) in parts {
        let ledger = Arc::clone(ledger);
        going.spawn(async move { book(&*ledger, desk, &queue, now).await });
    }
    while let Some(done) = going.join_next().await {
        done??;
    }
    Ok(())
}

/// With a time that is told: the region is of another day than today.
fn settings(address: &str) -> Result<PostgresSettings> {
    let mut settings = PostgresSettings::parse(address)?;
    settings.time = Time::Told;
    Ok(settings)
}

async fn postgres(region: &Region, now: Now, effort: Effort) -> Result<Line> {
    let server = tokio::task::spawn_blocking(|| Scratch::start(Care::Durable)).await??;
    let address = server.database().await?;
    let ledger = Arc::new(PostgresLedger::connect(settings(&address)?, &birth()).await?);
    ledger.install(region, now.wall).await?;
    let clients = desks(&*ledger, effort.clients, now).await?;
    let mut all = queues(region, &clients, effort.each, now)?;
    let rest = all
        .iter_mut()
        .map(|(desk, queue)| (*desk, queue.split_off(effort.warm)));
    let rest: Vec<_> = rest.collect();
    all_book(&ledger, all, now).await?;
    let count = effort.clients * (effort.each - effort.warm);
    let (done, took) = timed_async(all_book(&ledger, rest, now)).await;
    done?;
    let verified = ledger.verify().await?;
    ensure!(
        verified.is_sound() && verified.live == (effort.clients * effort.each) as u64,
        "the ledger is not sound"
    );
    // On the same server, in a database of its own with the same tables and region.
    let other = server.database().await?;
    let beside = PostgresLedger::connect(settings(&other)?, &birth()).await?;
    beside.install(region, now.wall).await?;
    desks(&beside, effort.clients, now).await?;
    drop(beside);
    let script = pgbench::script(region, effort.clients)?;
    let (clients, each) = (effort.clients, effort.each);
    let (server, rate) = tokio::task::spawn_blocking(move || {
        let rate = server.pgbench(&other, &script, clients, each);
        (server, rate)
    })
    .await?;
    let control = Duration::from_secs_f64(1.0 / rate?.max(f64::MIN_POSITIVE));
    tokio::task::spawn_blocking(move || drop(server)).await?;
    let what = format!("a booking on PostgreSQL, {clients} clients");
    Ok(line(
        what,
        one_of(took, count),
        control,
        "pgbench, the statements alone",
    ))
}

async fn sqlite(region: &Region, now: Now, effort: Effort) -> Result<Line> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("central.db");
    let ledger = SqliteLedger::open(&file, &birth())?;
    ledger.install(region, now.wall).await?;
    let clients = desks(&ledger, 1, now).await?;
    let each = effort.each * 2;
    let (desk, mut queue) = queues(region, &clients, each, now)?
        .pop()
        .context("there is one desk")?;
    let rest = queue.split_off(effort.warm);
    book(&ledger, desk, &queue, now).await?;
    let (done, took) = timed_async(book(&ledger, desk, &rest, now)).await;
    done?;
    ensure!(ledger.verify().await?.is_sound(), "the ledger is not sound");
    drop(ledger);
    let control = rows::Control::open(&file, region)?;
    control.book(0, effort.warm)?;
    let (done, beside) = timed(|| control.book(effort.warm, each - effort.warm));
    done?;
    let count = each - effort.warm;
    Ok(line(
        "a booking on SQLite, one after the other".to_owned(),
        one_of(took, count),
        one_of(beside, count),
        "SQLite, the statements alone",
    ))
}
