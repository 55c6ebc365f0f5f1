//! What whoever sits before the window waits for: measured in the real window of a release build with the whole region
//! in it, and printed. Started by `cargo xtask bench --window`, which names the program in `LANTERNA_SPEED`; with
//! `LANTERNA_CHECK` a goal that is missed is a failure.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use lanterna_bench::figures::Times;
use lanterna_bench::table::{Figure, Goal, Line, Table};
use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_model::access::Channel;

use crate::machine::Machine;
use crate::processes::Family;
use crate::screen::Screen;

/// Schedules of the full region.
const SCHEDULES: usize = 8_000;
/// Launches with the region in the mirror.
const LAUNCHES: usize = 5;
/// Key presses for each service.
const PRESSES: usize = 60;
/// Single letters for each service.
const LETTERS: usize = 15;
/// Codes of services that many offer, and of one that few do.
const SERVICES: [&str; 4] = ["89.7A.3", "95.02", "88.72.2", "89.13"];
const PASSPHRASE: &str = "una frase abbastanza lunga";
/// The field for the passphrase, and that of the form that is focused first.
const LOCKED: &str = "//input[@id=\"passphrase\"]";
const READY: &str = "//input[@id=\"service\"]";

/// Notes in the page how long it takes from a key going down until the frame with other rows was drawn. The watch before
/// it ends: a key is noted once.
const WATCH: &str = r#"
    window.lanternaTimes = [];
    window.lanternaWatch?.abort();
    const watch = new AbortController();
    window.lanternaWatch = watch;
    let pressed = null;
    window.addEventListener("keydown", (event) => { pressed = event.timeStamp; }, { capture: true, signal: watch.signal });
    const rows = new MutationObserver(() => {
        if (pressed === null) return;
        const from = pressed;
        pressed = null;
        requestAnimationFrame(() => {
            const drawn = new MessageChannel();
            drawn.port1.onmessage = () => window.lanternaTimes.push(performance.now() - from);
            drawn.port2.postMessage(0);
        });
    });
    rows.observe(document.getElementById("results"), { childList: true, characterData: true, subtree: true });
    watch.signal.addEventListener("abort", () => rows.disconnect());
"#;

/// The first day of the week among the filters.
const TO_DAYS: &str = r#"document.querySelector(".pane.results input[type=checkbox]").focus()"#;
const TO_LIST: &str = r#"document.getElementById("results").focus()"#;

#[tokio::test]
async fn the_window_is_measured_where_a_release_build_is_named() -> Result<()> {
    let Some(program) = std::env::var_os("LANTERNA_SPEED").map(PathBuf::from) else {
        eprintln!("skipped: LANTERNA_SPEED names no window; `cargo xtask bench --window` builds one");
        return Ok(());
    };
    let central = Embedded::start(EmbeddedConfig {
        schedules: SCHEDULES,
        ..EmbeddedConfig::default()
    })
    .await?;
    let code = central.enrolment_code(Channel::Mmg).await?;
    let url = central.url();
    let (machine, first) = first_start(&program, &url, &code).await?;
    let lines = measured(machine, &program, &url, first).await?;
    println!(
        "\n{SCHEDULES} schedules, release build, the central in another process\n\n{}",
        Table(&lines)
    );
    let missed: Vec<&str> = lines
        .iter()
        .filter(|line| !line.is_met())
        .map(|line| line.what.as_str())
        .collect();
    ensure!(
        missed.is_empty() || std::env::var_os("LANTERNA_CHECK").is_none(),
        "missed: {missed:?}"
    );
    Ok(())
}

#[allow(clippy::disallowed_methods)] // measuring is what this is for
fn now() -> Instant {
    Instant::now()
}

/// A new desk and its first download. How long that took from the activation on.
async fn first_start(program: &Path, url: &str, code: &str) -> Result<(Machine, Duration)> {
    let screen = Screen::open(program, &["--central", url]).await?;
    screen.field("Frase segreta").await?.send_keys(PASSPHRASE).await?;
    screen.press("Crea l’archivio").await?;
    screen.field("Codice di attivazione").await?.send_keys(code).await?;
    let started = now();
    screen.press("Attiva la postazione").await?;
    until(&screen, READY).await?;
    let took = started.elapsed();
    screen.sees("Online").await?;
    Ok((closed(screen, program).await?, took))
}

async fn measured(mut machine: Machine, program: &Path, url: &str, first: Duration) -> Result<Vec<Line>> {
    let (mut launches, mut unlocks) = (Times::default(), Times::default());
    let (mut keys, mut letters, mut still) = (Times::default(), Times::default(), 0);
    let (mut locked, mut idle, mut used) = (0, 0, 0);
    for launch in 0..LAUNCHES {
        let started = now();
        let screen = Screen::on(machine, program, &["--central", url]).await?;
        until(&screen, LOCKED).await?;
        launches.add(started.elapsed());
        locked = locked.max(family(&screen, program).memory());
        screen.field("Frase segreta").await?.send_keys(PASSPHRASE).await?;
        let started = now();
        screen.key(Key::Enter).await?;
        until(&screen, READY).await?;
        unlocks.add(started.elapsed());
        screen.sees("Online").await?;
        idle = idle.max(family(&screen, program).memory());
        if launch + 1 == LAUNCHES {
            for service in SERVICES {
                look_for(&screen, service).await?;
                still += filters(&screen, &mut keys).await?;
                single_letters(&screen, &mut letters).await?;
            }
            let family = family(&screen, program);
            ensure!(family.len() > 1, "the web view's processes are not found");
            used = family.memory();
        }
        machine = closed(screen, program).await?;
    }
    let most = |ms| Goal::AtMost(Figure::Time(Duration::from_millis(ms)));
    let memory = Goal::AtMost(Figure::bytes(250_000_000));
    println!(
        "{still} of {} key presses brought the rows that were there",
        PRESSES * SERVICES.len()
    );
    Ok(vec![
        Line::new("launch until the passphrase can be typed", Figure::Time(launches.p50())).goal(most(1_500)),
        Line::new("unlocking until the form can be filled", Figure::Time(unlocks.p50())),
        Line::new(
            "both, the longest",
            Figure::Time(launches.longest() + unlocks.longest()),
        )
        .goal(most(1_500)),
        Line::new("activation until the region is there", Figure::Time(first)),
        Line::new("key press to new rows, p50", Figure::Time(keys.p50())),
        Line::new("key press to new rows, p99", Figure::Time(keys.p99())).goal(most(50)),
        Line::new("a single letter to new rows, p50", Figure::Time(letters.p50())),
        Line::new("memory of all processes, locked", Figure::bytes(locked)),
        Line::new("memory of all processes, unlocked", Figure::bytes(idle)).goal(memory),
        Line::new("memory of all processes, after the searches", Figure::bytes(used)).goal(memory),
    ])
}

/// Waits as shortly as the driver lets.
async fn until(screen: &Screen, path: &str) -> Result<()> {
    let waiting = async {
        while !screen.shows(path).await? {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(120), waiting)
        .await
        .with_context(|| format!("not on the screen: {path}"))?
}

/// Looks for a service and for nothing else.
async fn look_for(screen: &Screen, service: &str) -> Result<()> {
    const CHOSEN: &str = "//ul[@aria-label=\"Prestazioni della ricetta\"]/li";
    if screen.shows(CHOSEN).await? {
        screen.key(Key::F2).await?;
        screen.without(CHOSEN).await?;
    }
    let field = screen.shown(READY).await?;
    field.send_keys(service).await?;
    // The list is that of the whole code once its first row shows it.
    screen
        .shown(&format!("//*[@id=\"service-0\"][contains(., \"{service}\")]"))
        .await?;
    // An Enter right behind fast letters would be that of a scanner, which confirms nothing.
    pause().await;
    field.send_keys(&char::from(Key::Enter).to_string()).await?;
    screen.shown("//*[@id=\"results\"]//*[@role=\"option\"]").await?;
    screen.script(WATCH).await?;
    Ok(())
}

/// Asks for Mondays alone and for all days again, a key each. How many of them changed nothing.
async fn filters(screen: &Screen, keys: &mut Times) -> Result<usize> {
    screen.script(TO_DAYS).await?;
    for _ in 0..PRESSES {
        screen.press_letter(" ").await?;
        pause().await;
    }
    let seen = take_times(screen, keys).await?;
    Ok(PRESSES - seen.min(PRESSES))
}

/// The same by letters, which wait lest they are the beginning of a scan.
async fn single_letters(screen: &Screen, keys: &mut Times) -> Result<()> {
    screen.script(TO_LIST).await?;
    for nth in 0..LETTERS {
        screen.press_letter(["k", "s", "d"][nth % 3]).await?;
        pause().await;
    }
    take_times(screen, keys).await.map(drop)
}

/// Long enough for whatever is going to change; the pace of a quick hand.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}

async fn take_times(screen: &Screen, keys: &mut Times) -> Result<usize> {
    let times = screen.script("return window.lanternaTimes.splice(0)").await?;
    let times = times.as_array().context("no times")?;
    for ms in times.iter().filter_map(|it| it.as_f64()) {
        keys.add(Duration::from_secs_f64(ms / 1_000.0));
    }
    Ok(times.len())
}

fn family(screen: &Screen, program: &Path) -> Family {
    Family::of(program, &screen.machine().data_dir().display().to_string())
}

/// The window closed, and its process gone: the next one would hand over to it.
async fn closed(screen: Screen, program: &Path) -> Result<Machine> {
    let folder = screen.machine().data_dir().display().to_string();
    let machine = screen.close().await?;
    let gone = async {
        while Family::of(program, &folder).len() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone)
        .await
        .context("the window does not close")?;
    Ok(machine)
}
