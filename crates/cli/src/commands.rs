//! The commands.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use lanterna_desk::rpc::{
    Alternative, BookingDraft, BookingView, Found, PatientInput, PrescriptionInput, QueuePart, Reply, Request,
    SearchQuery,
};
use lanterna_model::booking_number::BookingNumber;
use serde::Deserialize;

use crate::args::{Arguments, Command, Window};
use crate::output::row_line;
use crate::query;
use crate::session::Session;

/// Does what the arguments ask for.
pub async fn run(arguments: Arguments) -> Result<()> {
    match &arguments.command {
        Command::Enrol { code } => enrol(&Session::unlocked(&arguments).await?, code).await,
        Command::Sync { wait } => sync(&Session::open(&arguments).await?, Duration::from_secs(*wait)).await,
        Command::Search(search) => {
            let session = Session::open(&arguments).await?;
            let found = find(&session, query::of_search(search)?).await?;
            session.printer.show(&found, |printer| printer.found(&found))
        }
        Command::Book {
            request,
            choice,
            window,
        } => book(&Session::linked(&arguments).await?, request, *choice, window).await,
        Command::Queue { part } => queue(&Session::open(&arguments).await?, part).await,
        Command::Show { number } => {
            let session = Session::open(&arguments).await?;
            let view = booking(
                &session,
                Request::Booking {
                    number: number.parse()?,
                },
            )
            .await?;
            session.printer.show(&view, |printer| printer.booking(&view))
        }
        Command::Cancel { number, reason } => {
            let session = Session::linked(&arguments).await?;
            let number: BookingNumber = number.parse()?;
            let version = booking(&session, Request::Booking { number: number.clone() })
                .await?
                .version;
            let view = booking(
                &session,
                Request::Cancel {
                    number,
                    reason: reason.clone(),
                    version,
                },
            )
            .await?;
            session.printer.show(&view, |printer| printer.booking(&view))
        }
        Command::Move { number, choice } => {
            let session = Session::linked(&arguments).await?;
            let number: BookingNumber = number.parse()?;
            let version = booking(&session, Request::Booking { number: number.clone() })
                .await?
                .version;
            let offer = nth(&alternatives(&session, &number).await?, *choice)?.offer.clone();
            let view = booking(
                &session,
                Request::Move {
                    number,
                    spans: offer.spans,
                    hold: None,
                    version,
                },
            )
            .await?;
            session.printer.show(&view, |printer| printer.booking(&view))
        }
        Command::Print { number } => {
            let session = Session::open(&arguments).await?;
            match session
                .ask(Request::PrintSlip {
                    number: number.parse()?,
                })
                .await?
            {
                Reply::Document(document) => session.printer.show(&document, |_| document.path.clone()),
                _ => bail!("the desk gave another answer"),
            }
        }
        Command::Rescue => {
            let session = Session::unlocked(&arguments).await?;
            match session.ask(Request::ExportRescue).await? {
                Reply::Document(document) => session.printer.show(&document, |_| document.path.clone()),
                _ => bail!("the desk gave another answer"),
            }
        }
        Command::Carry { file } => carry(&Session::open(&arguments).await?, file).await,
        Command::Verify => {
            let session = Session::unlocked(&arguments).await?;
            let findings = session
                .desk
                .verify()
                .await
                .map_err(|error| anyhow::anyhow!(session.printer.error(&error)))?;
            session.printer.show(&findings, |_| match findings.as_slice() {
                [] => "Archivio integro: nessuna anomalia".to_owned(),
                found => found.join("\n"),
            })?;
            if findings.is_empty() {
                Ok(())
            } else {
                bail!("{} anomalie", findings.len())
            }
        }
        #[cfg(feature = "demo")]
        Command::Journey { schedules } => crate::demonstration::journey(*schedules).await,
        #[cfg(feature = "host")]
        Command::Serve { .. } => serve(&arguments).await,
    }
}

async fn carry(session: &Session, file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let reply = session
        .desk
        .carry(bytes)
        .await
        .map_err(|error| anyhow::anyhow!(session.printer.error(&error)))?;
    session.printer.show(&reply, |printer| printer.carried(&reply))
}

async fn enrol(session: &Session, code: &str) -> Result<()> {
    session
        .ask(Request::Enrol {
            code: code.to_owned(),
            central_url: None,
        })
        .await?;
    let status = session.status().await?;
    session.printer.show(&status, |_| {
        format!("Postazione {} attivata", status.desk.clone().unwrap_or_default())
    })
}

/// Waits until nothing is queued and the mirror agrees, or the time is up.
async fn sync(session: &Session, patience: Duration) -> Result<()> {
    let mut news = session.desk.watch();
    session.ask(Request::SyncNow).await?;
    let settled = tokio::time::timeout(patience, async {
        loop {
            let status = session.status().await?;
            if status
                .data_at
                .is_some_and(|at| at >= status.now - chrono::Duration::seconds(5))
                && status.queued == 0
            {
                return Ok::<_, anyhow::Error>(status);
            }
            // The engine tells of every step; a second of silence is looked into anyway.
            let _ = tokio::time::timeout(Duration::from_secs(1), news.recv()).await;
        }
    });
    let status = match settled.await {
        Ok(status) => status?,
        Err(_) => {
            let status = session.status().await?;
            session
                .printer
                .show(&status, |_| format!("{} operazioni ancora in coda", status.queued))?;
            bail!("non sincronizzato: il CUP non risponde");
        }
    };
    session
        .printer
        .show(&status, |_| format!("{} agende, coda vuota", status.schedules))
}

async fn book(session: &Session, request: &Path, choice: u32, window: &Window) -> Result<()> {
    #[derive(Deserialize)]
    struct BookingRequest {
        patient: PatientInput,
        prescription: PrescriptionInput,
    }
    let mut text = String::new();
    if request == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(request).context("the request file cannot be read")?;
    }
    let BookingRequest { patient, prescription } =
        serde_json::from_str(&text).context("the request file is not JSON with patient and prescription")?;
    let services = prescription.services.clone();
    let asked = query::of_window(services, prescription.priority, prescription.access, window)?;
    let query = SearchQuery {
        birth_date: patient.birth_date,
        sex: patient.sex,
        origin: asked.origin.clone().or_else(|| patient.municipality.clone()),
        ..asked
    };
    let found = find(session, query).await?;
    let row = nth(&found.rows, choice)?.clone();
    let draft = BookingDraft {
        draft: session
            .desk
            .new_id()
            .map_err(|error| anyhow::anyhow!(session.printer.error(&error)))?,
        patient,
        prescription,
        spans: row.spans.clone(),
        requested_at: None,
        first_proposed: found
            .rows
            .first()
            .and_then(|first| first.spans.first())
            .map(|span| span.start),
        hold: None,
    };
    let view = booking(session, Request::Book { draft }).await?;
    session.printer.show(&view, |printer| {
        format!("{}\n  {}", printer.booking(&view), row_line(&row))
    })
}

async fn queue(session: &Session, part: &str) -> Result<()> {
    let part = match part {
        "to-resolve" => QueuePart::ToResolve,
        "waiting" => QueuePart::Waiting,
        "settled" => QueuePart::Settled,
        other => bail!("no part of the queue is called {other}"),
    };
    match session
        .ask(Request::Queue {
            part,
            offset: 0,
            limit: 200,
        })
        .await?
    {
        Reply::Queue(queue) => session.printer.show(&queue, |printer| printer.queue(&queue)),
        _ => bail!("the desk gave another answer"),
    }
}

/// Asks for something that is answered with a booking.
pub async fn booking(session: &Session, request: Request) -> Result<BookingView> {
    match session.ask(request).await? {
        Reply::Booking(view) => Ok(*view),
        _ => bail!("the desk gave another answer"),
    }
}

/// Asks for free places.
pub async fn find(session: &Session, query: SearchQuery) -> Result<Found> {
    match session.ask(Request::Search { query }).await? {
        Reply::Found(found) => Ok(found),
        _ => bail!("the desk gave another answer"),
    }
}

/// Asks for the alternatives of a booking.
pub async fn alternatives(session: &Session, number: &BookingNumber) -> Result<Vec<Alternative>> {
    match session
        .ask(Request::Alternatives {
            number: number.clone(),
            limit: 20,
        })
        .await?
    {
        Reply::Alternatives(found) => Ok(found),
        _ => bail!("the desk gave another answer"),
    }
}

fn nth<T>(rows: &[T], choice: u32) -> Result<&T> {
    let at = usize::try_from(choice).ok().and_then(|choice| choice.checked_sub(1));
    at.and_then(|at| rows.get(at))
        .context("nessun posto con questo numero d'ordine")
}

#[cfg(feature = "host")]
async fn serve(arguments: &Arguments) -> Result<()> {
    use std::sync::Arc;

    use lanterna_desk::{Adapters, Desk};

    let Command::Serve { screens, .. } = &arguments.command else {
        bail!("not the serve command")
    };
    #[cfg_attr(not(feature = "demo"), allow(unused_mut))]
    let (mut config, _) = crate::session::config(arguments)?;
    #[cfg(feature = "demo")]
    if let Command::Serve {
        demo: true, schedules, ..
    } = &arguments.command
    {
        // A file, so that others may tell this central something while it runs.
        std::fs::create_dir_all(&config.data_dir)?;
        let ledger = config.data_dir.join("central-dimostrativo.db");
        let clock = crate::demonstration::DemoClock::Real;
        let started = crate::demonstration::Demo::start(*schedules, clock, Some(ledger)).await?;
        config.central_url = Some(started.central.url());
        config.demonstration = Some(started);
    }
    let desk = Arc::new(Desk::new(config, Adapters::without_keychain()));
    let token = desk
        .new_id()
        .map_err(|_| anyhow::anyhow!("the system gives no randomness"))?
        .simple()
        .to_string();
    crate::host::serve(desk, screens.clone(), token).await
}
