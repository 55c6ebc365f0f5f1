//! The main journey in the real window, driven through WebKit's own driver.
//!
//! `LANTERNA_WINDOW` names the program, built with the feature `demo`; `cargo xtask test` sets it.
#![cfg(target_os = "linux")]

mod machine;
mod screen;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;

use crate::screen::Screen;

#[tokio::test]
async fn in_the_window_a_doctor_books_on_line_and_off() -> Result<()> {
    let Some(program) = std::env::var_os("LANTERNA_WINDOW").map(PathBuf::from) else {
        eprintln!("skipped: LANTERNA_WINDOW names no window; `cargo xtask test` builds one");
        return Ok(());
    };
    let mut screen = Screen::open(&program, &["--demo", "--schedules", "300"]).await?;
    let walked = walk(&mut screen, &program).await;
    if walked.is_err() {
        screen.shot("interrotto").await?;
    }
    walked?;
    screen.close().await
}

async fn walk(screen: &mut Screen, program: &Path) -> Result<()> {
    first_start(screen).await?;
    let number = book_on_line(screen).await?;
    book_off_line(screen).await?;
    cancel(screen, &number).await?;
    launch_again(screen, program).await
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
    screen.sees("In linea").await?;
    screen.shot("pronta").await
}

/// Returns the number of the booking.
async fn book_on_line(screen: &mut Screen) -> Result<String> {
    fill(screen, 1).await?;
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
    screen.sees("Fuori linea: nessuna rete verso il CUP").await?;
    fill(screen, 2).await?;
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
    screen.sees("In linea").await?;
    // The others of the demonstration go on booking: either outcome is right, none is not.
    screen
        .shown("//span[.=\"Confermata\" or .=\"Da risolvere (posto occupato)\"]")
        .await?;
    screen.shot("esito").await
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
    let filled = "//input[@id=//label[starts-with(normalize-space(.), \"Scansiona\")]/@for]";
    screen.holds(filled, "RSSMRA80A01D969Z").await?;
    screen.shot("secondo-avvio").await
}

/// Fills the form with one of the ready prescriptions, counted from 1.
async fn fill(screen: &Screen, row: usize) -> Result<()> {
    screen.press("Ricetta di prova").await?;
    let path = format!("//dialog//tbody/tr[{row}]//button");
    screen.shown(&path).await?.click().await?;
    screen
        .shown("//*[@role=\"listbox\"][@aria-label=\"Posti liberi\"]/*[@role=\"option\"]")
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
