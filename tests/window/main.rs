//! The main journey in the real window, driven through WebKit's own driver.
//!
//! `LANTERNA_WINDOW` names the program, built with the feature `demo`; `cargo xtask test` sets it.
#![cfg(target_os = "linux")]

mod machine;
mod processes;
mod rival;
mod screen;
mod speed;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use lanterna_model::priority::Priority;

use crate::rival::Rival;
use crate::screen::Screen;

/// The scan field.
const SCAN: &str = "//input[@id=//label[starts-with(normalize-space(.), \"Scansiona\")]/@for]";

#[tokio::test]
async fn in_the_window_a_doctor_books_on_line_and_off() -> Result<()> {
    let Some(program) = std::env::var_os("LANTERNA_WINDOW").map(PathBuf::from) else {
        eprintln!("skipped: LANTERNA_WINDOW names no window; `cargo xtask test` builds one");
        return Ok(());
    };
    // A link opens the program: its text must be there when there is a scan field.
    let arguments = ["--demo", "--schedules", "300", "lanterna:RSSMRA80A01D969Z"];
    let mut screen = Screen::open(&program, &arguments).await?;
    let walked = walk(&mut screen, &program).await;
    if walked.is_err() {
        screen.shot("interrotto").await?;
    }
    walked?;
    screen.close().await.map(drop)
}

async fn walk(screen: &mut Screen, program: &Path) -> Result<()> {
    first_start(screen).await?;
    let number = book_on_line(screen).await?;
    book_off_line(screen).await?;
    lose_a_place(screen).await?;
    promise_and_not(screen).await?;
    cancel(screen, &number).await?;
    launch_again(screen, program).await?;
    look_around(screen).await?;
    lock(screen).await
}

async fn first_start(screen: &mut Screen) -> Result<()> {
    screen.sees("Primo avvio").await?;
    screen.shot("primo-avvio").await?;
    screen
        .field("Frase segreta")
        .await?
        .send_keys("una frase abbastanza lunga")
        .await?;
    screen.press("Crea l’archivio").await?;
    screen.field("Codice di attivazione").await?;
    screen.shot("attivazione").await?;
    screen.press("Prova con dati dimostrativi").await?;
    screen.sees("Posti liberi").await?;
    screen.sees("Online").await?;
    screen.holds(SCAN, "RSSMRA80A01D969Z").await?;
    screen.reads("Testo arrivato da un collegamento").await?;
    screen.shot("pronta").await
}

/// Returns the number of the booking.
async fn book_on_line(screen: &mut Screen) -> Result<String> {
    fill(screen, "Visita cardiologica, classe D").await?;
    choose(screen).await?;
    screen.reads("Posto trattenuto per").await?;
    screen.shot("posto-trattenuto").await?;
    screen.key(Key::F9).await?;
    screen.sees("Confermata").await?;
    screen.shot("confermata").await?;
    let slip = slip(screen, 1).await?;
    ensure!(
        slip.contains("PRENOTAZIONE CONFERMATA"),
        "the slip does not say that it is confirmed:\n{slip}"
    );
    screen.shot("promemoria").await?;
    Ok(screen.shown("//*[@class=\"big\"]").await?.text().await?)
}

async fn book_off_line(screen: &mut Screen) -> Result<()> {
    screen.press("Stacca rete").await?;
    screen.sees("Fuori linea – nessuna rete verso il CUP").await?;
    fill(screen, "Visita oculistica, classe P").await?;
    choose(screen).await?;
    screen.shot("fuori-linea").await?;
    screen.key(Key::F9).await?;
    screen.sees("In coda – non confermata").await?;
    screen.shot("in-coda").await?;
    let slip = slip(screen, 2).await?;
    ensure!(
        slip.contains("IN ATTESA DI CONFERMA"),
        "the slip does not say that it is awaiting:\n{slip}"
    );
    screen.press("Riattacca").await?;
    screen.sees("Online").await?;
    // The others of the demonstration go on booking: either outcome is right, none is not.
    screen
        .shown("//span[.=\"Confermata\" or .=\"Da risolvere (posto occupato)\"]")
        .await?;
    screen.shot("esito").await
}

/// A second desk takes the place of an urgent booking meanwhile; an alternative settles it.
async fn lose_a_place(screen: &mut Screen) -> Result<()> {
    screen.press("Seconda postazione").await?;
    let central = screen.shown("//*[@id=\"second-central\"]").await?.text().await?;
    let code = screen.shown("//*[@id=\"second-code\"]").await?.text().await?;
    screen.shot("seconda-postazione").await?;
    screen.press("Chiudi").await?;
    let folder = screen.machine().data_dir().with_extension("rival");
    let rival = Rival::join(&folder, &central, &code).await?;

    screen.press("Stacca rete").await?;
    screen.sees("Fuori linea – nessuna rete verso il CUP").await?;
    fill(screen, "Urgente: visita cardiologica").await?;
    choose(screen).await?;
    let (wall, location) = chosen(screen).await?;
    screen.key(Key::F9).await?;
    screen.sees("In coda – non confermata").await?;
    rival.take("89.7A.3", Priority::U, &wall, &location).await?;
    screen.press("Riattacca").await?;
    screen.sees("Da risolvere (posto occupato)").await?;
    screen.shot("posto-perso").await?;
    let notice = screen.machine().notified("Apri la Coda")?;
    for secret in ["cardiologica", "Rossi", &location] {
        ensure!(!notice.contains(secret), "the notice names «{secret}»:\n{notice}");
    }
    screen.key(Key::F8).await?;
    screen.reads("Da risolvere (").await?.click().await?;
    screen
        .shown("//*[@role=\"tabpanel\"]//tbody//button")
        .await?
        .click()
        .await?;
    screen.reads("Riprenota").await?;
    screen.shot("alternative").await?;
    screen.press("Riprenota").await?;
    screen.reads("Spostamento: confermata dal CUP").await?;
    screen.shot("alternativa-scelta").await?;
    screen.key(Key::F2).await
}

/// Off line, a booking on a place set aside for this desk beside one that may lose its place: what each is
/// called then, and what comes of both.
async fn promise_and_not(screen: &mut Screen) -> Result<()> {
    screen.press("Stacca rete").await?;
    screen.sees("Fuori linea – nessuna rete verso il CUP").await?;
    fill(screen, "Visita ortopedica, classe D").await?;
    pick(screen, ".//*[starts-with(normalize-space(.), \"Garantito entro\")]").await?;
    screen.reads("Fuori linea il posto resta garantito").await?;
    screen.shot("posto-garantito").await?;
    screen.key(Key::F9).await?;
    screen.sees("Garantita (da trasmettere)").await?;
    let slip = slip(screen, 3).await?;
    ensure!(
        slip.contains("POSTO GARANTITO fino al") && !slip.contains("IN ATTESA"),
        "the slip does not tell its guarantee:\n{slip}"
    );
    let guaranteed = screen.shown("//*[@class=\"big\"]").await?.text().await?;
    screen.key(Key::F2).await?;
    fill(screen, "Visita otorinolaringoiatrica, classe P").await?;
    pick(
        screen,
        "not(.//*[starts-with(normalize-space(.), \"Garantito entro\")])",
    )
    .await?;
    screen.key(Key::F9).await?;
    screen.sees("In coda – non confermata").await?;
    screen.key(Key::F8).await?;
    screen.reads("In coda (2)").await?.click().await?;
    screen
        .shown("//*[@role=\"tabpanel\"][contains(., \"Garantita (da trasmettere)\")][contains(., \"In coda – non confermata\")]")
        .await?;
    screen.shot("garantita-e-in-coda").await?;
    screen.press("Riattacca").await?;
    screen.sees("Online").await?;
    screen.reads("In coda (0)").await?;
    screen.reads("Inviate (").await?.click().await?;
    // What was promised is kept; the other one may have gone either way.
    let number = guaranteed.replace('-', "");
    screen
        .shown(&format!("//tr[contains(., \"{number}\")][contains(., \"Confermata\")]"))
        .await?;
    screen.shot("esiti").await?;
    screen.key(Key::F2).await
}

/// The place chosen, as the summary names it: `2026-11-26T09:30` and the site.
async fn chosen(screen: &Screen) -> Result<(String, String)> {
    let row = "//*[@role=\"option\"][@aria-selected=\"true\"]";
    let when = screen.shown(&format!("{row}/*[1]")).await?.text().await?;
    let site = screen.shown(&format!("{row}/*[2]/*[1]")).await?.text().await?;
    let mut words = when.split_whitespace().skip(1);
    let (day, time) = (words.next().context("no day")?, words.next().context("no time")?);
    let date: Vec<&str> = day.split('/').rev().collect();
    Ok((format!("{}T{time}", date.join("-")), site))
}

/// The booking is found by its number, as if it were scanned from its slip.
async fn cancel(screen: &mut Screen, number: &str) -> Result<()> {
    screen.key(Key::F2).await?;
    // Nothing of the patient before stands in a new form.
    screen
        .holds("//*[@id=//label[normalize-space(.)=\"Cognome\"]/@for]", "")
        .await?;
    let scan = screen
        .field("Scansiona o scrivi: codice fiscale, NRE, numero di prenotazione")
        .await?;
    scan.send_keys(number).await?;
    screen.key(Key::Enter).await?;
    screen.sees("Che cosa è successo").await?;
    screen.shot("dettaglio").await?;
    screen.press("Annulla").await?;
    screen
        .field("Motivo")
        .await?
        .send_keys("impegno dell’assistito")
        .await?;
    screen.shot("annullamento").await?;
    screen.press("Annulla la prenotazione").await?;
    screen.sees("Annullata").await?;
    screen.shot("annullata").await
}

/// A second launch leaves its text in the window that is open, and does nothing with it.
async fn launch_again(screen: &mut Screen, program: &Path) -> Result<()> {
    let data_dir = screen.machine().data_dir();
    let again = Command::new(program)
        .arg("--data-dir")
        .arg(data_dir)
        .arg("lanterna:RSSMRA80A01D969Z")
        .output()?;
    ensure!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    screen.holds(SCAN, "RSSMRA80A01D969Z").await?;
    screen.shot("secondo-avvio").await
}

/// Calendar, map, commands, zoom and settings.
async fn look_around(screen: &mut Screen) -> Result<()> {
    fill(screen, "Visita ortopedica, classe D").await?;
    screen.press("Calendario").await?;
    screen.shown("//table[contains(@class, \"heat\")]").await?;
    screen.shot("calendario").await?;
    screen.press("Mappa").await?;
    screen.shown("//*[contains(@class, \"map\")]//table").await?;
    screen.shot("mappa").await?;
    screen.control('k').await?;
    screen.field("Cerca un comando").await?;
    screen.shot("comandi").await?;
    screen.key(Key::Escape).await?;
    // The web view's own zoom keys are off: the screens bring theirs.
    let before = screen.width().await?;
    for _ in 0..3 {
        screen.control('+').await?;
    }
    screen.until_narrower(before).await?;
    screen.shot("ingrandita").await?;
    screen.control('0').await?;
    screen.alt('3').await?;
    screen.sees("Diagnostica").await?;
    screen.sees("Nessuna anomalia").await?;
    screen.shot("impostazioni").await
}

/// Locked, nothing is seen; unlocked, everything is as it was.
async fn lock(screen: &mut Screen) -> Result<()> {
    screen.press("Blocca").await?;
    screen.sees("Sblocco").await?;
    ensure!(
        !screen.text().await?.contains("Diagnostica"),
        "the lock shows what it hides"
    );
    screen.shot("bloccata").await?;
    screen
        .field("Frase segreta")
        .await?
        .send_keys("una frase abbastanza lunga")
        .await?;
    screen.key(Key::Enter).await?;
    screen.sees("Diagnostica").await?;
    screen.shot("sbloccata").await
}

/// Fills the form with one of the ready prescriptions, by the beginning of its title.
async fn fill(screen: &Screen, title: &str) -> Result<()> {
    screen.press("Ricetta di prova").await?;
    screen
        .shown(&format!("//dialog//button[starts-with(., \"{title}\")]"))
        .await?
        .click()
        .await?;
    screen
        .shown("//*[@role=\"listbox\"][@aria-label=\"Posti liberi\"]//*[@role=\"option\"]")
        .await
        .map(drop)
}

/// Takes the first place by keyboard, and waits until it can be confirmed.
async fn choose(screen: &Screen) -> Result<()> {
    let results = screen
        .shown("//*[@role=\"listbox\"][@aria-label=\"Posti liberi\"]")
        .await?;
    results.send_keys(&char::from(Key::Enter).to_string()).await?;
    screen
        .shown("//button[not(@disabled)][starts-with(normalize-space(.), \"Conferma\")]")
        .await
        .map(drop)
}

/// Takes the first place of which something is true, by its path.
async fn pick(screen: &Screen, what: &str) -> Result<()> {
    screen
        .shown(&format!(
            "//*[@role=\"listbox\"][@aria-label=\"Posti liberi\"]//*[@role=\"option\"][{what}]"
        ))
        .await?
        .click()
        .await?;
    screen
        .shown("//button[not(@disabled)][starts-with(normalize-space(.), \"Conferma\")]")
        .await
        .map(drop)
}

/// Prints the booking on the screen and reads the slip, of which the viewer was handed so many by then.
async fn slip(screen: &Screen, count: usize) -> Result<String> {
    screen.control('p').await?;
    screen.reads("Scritto in").await?;
    let shown = screen.machine().shown();
    ensure!(shown.len() == count, "the viewer was handed {shown:?}");
    let file = shown.last().context("nothing was shown")?;
    text(file)
}

fn text(file: &Path) -> Result<String> {
    let output = Command::new("pdftotext")
        .arg("-layout")
        .arg(file)
        .arg("-")
        .output()
        .context("pdftotext")?;
    ensure!(output.status.success(), "{} is no PDF", file.display());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
