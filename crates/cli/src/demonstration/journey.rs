//! The main journey: on line, off line, and back, with a second desk that takes a place meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use lanterna_desk::rpc::{
    Alternative, BookingDraft, BookingView, DemoPrescription, Found, FoundRow, LinkState, Reply, Request, SearchQuery,
    StatusView,
};
use lanterna_desk::words::{Locale, Words};
use lanterna_desk::{Adapters, Clock, Desk, DeskConfig};
use lanterna_model::access::Channel;
use lanterna_model::booking::BookingState;
use lanterna_model::booking_number::BookingNumber;

use super::steps::Steps;
use super::{Demo, DemoClock, SEED};
use crate::args::Window;
use crate::output::{row_line, wall};
use crate::query;

/// The longest any single thing may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the journey on a fresh region in a temporary folder and prints it.
pub async fn journey(schedules: usize) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("lanterna-percorso-{}", std::process::id()));
    let mut steps = Steps::default();
    let walked = walk(schedules, &folder, &mut steps).await;
    match walked {
        Ok(()) => steps.finish(),
        Err((step, error)) => {
            steps.failed(step, &error);
            Err(error.context("percorso interrotto"))
        }
    }
}

type Step<T> = std::result::Result<T, (&'static str, anyhow::Error)>;

fn named<T>(step: &'static str, result: Result<T>) -> Step<T> {
    result.map_err(|error| (step, error))
}

async fn walk(schedules: usize, folder: &Path, steps: &mut Steps) -> Step<()> {
    let clock = DemoClock::fixed();
    let words = Words::new(Locale::It);

    const REGION: &str = "Centrale dimostrativo";
    let demo = named(REGION, Demo::start(schedules, clock, None).await)?;
    steps.held(
        REGION,
        &format!("{schedules} agende richieste, seme {SEED}, orologio fissato al 09/11/2026 09:00"),
    );

    const ENROL: &str = "Postazione attivata";
    let first = named(ENROL, Walker::enrol(&demo, &folder.join("prima"), clock).await)?;
    let second = named(ENROL, Walker::enrol(&demo, &folder.join("seconda"), clock).await)?;
    let desk_code = named(ENROL, first.status().await)?.desk.unwrap_or_default();
    steps.held(
        ENROL,
        &format!("codice {desk_code}, canale medici di famiglia, archivio cifrato"),
    );

    const DOWNLOAD: &str = "Primo scarico";
    let started = elapsed();
    let status = named(
        DOWNLOAD,
        first.until("il primo scarico", |status| status.data_at.is_some()).await,
    )?;
    named(
        DOWNLOAD,
        second
            .until("il primo scarico", |status| status.data_at.is_some())
            .await,
    )?;
    let figures = named(
        DOWNLOAD,
        first
            .desk
            .mirror_figures()
            .await
            .map_err(|error| anyhow::anyhow!("{:?}", error.code)),
    )?;
    steps.held(
        DOWNLOAD,
        &format!(
            "{} agende, {} posti, {:.2} s, {} byte",
            status.schedules,
            figures.slots,
            started.elapsed().as_secs_f64(),
            figures.bytes
        ),
    );

    const SEARCH: &str = "Ricerca";
    let ready = named(SEARCH, first.prescriptions().await)?;
    let (a, found) = named(SEARCH, first.first_bookable(&ready, &[]).await)?;
    let first_row = named(SEARCH, found.rows.first().cloned().context("nessun posto"))?;
    steps.held(
        SEARCH,
        &format!(
            "«{}», {} righe, prima {}",
            a.title,
            found.rows.len(),
            row_line(&first_row)
        ),
    );

    const ONLINE: &str = "Prenotazione in linea";
    let booked = named(ONLINE, first.book(&a, &first_row).await)?;
    named(ONLINE, expect(&booked, BookingState::Confirmed))?;
    steps.held(ONLINE, &described(&words, &booked));

    const CUT: &str = "Rete staccata";
    demo.central.proxy().cut();
    let status = named(
        CUT,
        first
            .until("la rete staccata", |status| status.link == LinkState::Offline)
            .await,
    )?;
    steps.held(
        CUT,
        &format!("{} agende consultabili nell'archivio locale", status.schedules),
    );

    const OFFLINE: &str = "Prenotazione fuori linea";
    let (b, found) = named(OFFLINE, first.first_bookable(&ready, &[a.id]).await)?;
    let b_row = named(OFFLINE, found.rows.first().cloned().context("nessun posto"))?;
    let b_booked = named(OFFLINE, first.book(&b, &b_row).await)?;
    named(OFFLINE, expect(&b_booked, BookingState::Queued))?;
    steps.held(OFFLINE, &described(&words, &b_booked));

    const LOSER: &str = "Seconda prenotazione fuori linea";
    let (c, found) = named(LOSER, first.first_bookable(&ready, &[a.id, b.id]).await)?;
    let c_row = named(LOSER, found.rows.first().cloned().context("nessun posto"))?;
    let c_booked = named(LOSER, first.book(&c, &c_row).await)?;
    named(LOSER, expect(&c_booked, BookingState::Queued))?;
    let waiting = named(LOSER, first.slip(&c_booked.number).await)?;
    steps.held(
        LOSER,
        &format!(
            "{}; promemoria {}",
            described(&words, &c_booked),
            words.get("slip-awaiting", &[])
        ),
    );

    const RIVAL: &str = "Una seconda postazione prende lo stesso posto";
    let d = named(
        RIVAL,
        ready
            .iter()
            .find(|ready| ready.id != c.id && same_services(ready, &c))
            .cloned()
            .map_or_else(|| other_prescription(&c), Ok),
    )?;
    let rival = named(RIVAL, second.book(&d, &c_row).await)?;
    named(RIVAL, expect(&rival, BookingState::Confirmed))?;
    steps.held(RIVAL, &described(&words, &rival));

    const BACK: &str = "Rete riattaccata, esiti";
    demo.central.proxy().restore();
    named(BACK, first.ask(Request::SyncNow).await)?;
    named(
        BACK,
        first
            .until("gli esiti", |status| {
                status.queued == 0 && status.link == LinkState::Online
            })
            .await,
    )?;
    let b_after = named(BACK, first.booking(&b_booked.number).await)?;
    let c_after = named(BACK, first.booking(&c_booked.number).await)?;
    named(BACK, expect(&b_after, BookingState::Confirmed))?;
    named(BACK, expect(&c_after, BookingState::Conflict))?;
    steps.held(
        BACK,
        &format!("{}; {}", described(&words, &b_after), described(&words, &c_after)),
    );

    const CHOICE: &str = "Alternativa scelta";
    let offers = named(CHOICE, first.alternatives(&c_after.number).await)?;
    let offer = named(CHOICE, offers.first().context("nessuna alternativa"))?
        .offer
        .clone();
    let settled = named(CHOICE, first.settle(&c_after, &offer).await)?;
    named(CHOICE, expect(&settled, BookingState::Confirmed))?;
    steps.held(CHOICE, &described(&words, &settled));

    const CANCEL: &str = "Annullamento";
    let current = named(CANCEL, first.booking(&booked.number).await)?;
    let cancelled = named(CANCEL, first.cancel(&current).await)?;
    named(CANCEL, expect(&cancelled, BookingState::Cancelled))?;
    steps.held(CANCEL, &described(&words, &cancelled));

    const FREED: &str = "Il posto annullato è di nuovo libero per tutti";
    let freed = named(FREED, second.until_offered(&a, &first_row).await)?;
    steps.held(FREED, &format!("la seconda postazione lo trova: {}", row_line(&freed)));

    const PAPER: &str = "Promemoria";
    let confirmed = named(PAPER, first.slip(&b_after.number).await)?;
    let moved = named(PAPER, first.slip(&settled.number).await)?;
    steps.held(PAPER, &[waiting, confirmed, moved].join(", "));

    const CHECK: &str = "Verifica";
    for walker in [&first, &second] {
        let findings = named(
            CHECK,
            walker
                .desk
                .verify()
                .await
                .map_err(|error| anyhow::anyhow!("{:?}", error.code)),
        )?;
        named(
            CHECK,
            if findings.is_empty() {
                Ok(())
            } else {
                Err(anyhow::anyhow!(findings.join("; ")))
            },
        )?;
    }
    let ledger = named(CHECK, demo.central.verify().await.map_err(anyhow::Error::from))?;
    steps.held(
        CHECK,
        &format!("archivi integri, registro del CUP integro ({ledger} prenotazioni vive)"),
    );
    Ok(())
}

fn same_services(one: &DemoPrescription, other: &DemoPrescription) -> bool {
    one.prescription.services == other.prescription.services
        && one.prescription.access == other.prescription.access
        && one.prescription.priority == other.prescription.priority
}

/// The same need of the same patient under another number, when no other prescription fits.
fn other_prescription(of: &DemoPrescription) -> Result<DemoPrescription> {
    let mut other = of.clone();
    let mut nre = other.prescription.nre.into_bytes();
    let last = nre.last_mut().context("an NRE has 15 characters")?;
    *last = if *last == b'9' { b'0' } else { *last + 1 };
    other.prescription.nre = String::from_utf8(nre)?;
    Ok(other)
}

fn expect(view: &BookingView, state: BookingState) -> Result<()> {
    ensure!(
        view.state == state,
        "attesa {state:?}, trovata {:?} ({})",
        view.state,
        view.reason.clone().unwrap_or_default()
    );
    Ok(())
}

fn described(words: &Words, view: &BookingView) -> String {
    let place = view
        .appointments
        .first()
        .map(|appointment| format!("{}, {}", wall(&appointment.wall), appointment.location));
    format!(
        "{} {} ({})",
        view.number,
        words.get(view.state.word(), &[]),
        place.unwrap_or_default()
    )
}

#[allow(clippy::disallowed_methods)] // printed beside the figures, decides nothing
fn elapsed() -> Instant {
    Instant::now()
}

/// A desk of the journey.
struct Walker {
    desk: Desk,
    clock: DemoClock,
}

impl Walker {
    async fn enrol(demo: &Arc<Demo>, folder: &Path, clock: DemoClock) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let config = DeskConfig {
            data_dir: folder.to_owned(),
            // Only the first desk stands behind the proxy that the journey cuts.
            central_url: Some(if folder.ends_with("prima") {
                demo.central.url()
            } else {
                demo.central.direct_url()
            }),
            demonstration: Some(demo.clone()),
        };
        let desk = Desk::new(
            config,
            Adapters {
                clock: Arc::new(clock),
                ..Adapters::without_keychain()
            },
        );
        let walker = Self { desk, clock };
        walker
            .ask(Request::CreateKey {
                passphrase: Some("percorso dimostrativo".to_owned()),
            })
            .await?;
        let code = demo.central.enrolment_code(Channel::Mmg).await?;
        walker
            .ask(Request::Enrol {
                code,
                central_url: None,
            })
            .await?;
        Ok(walker)
    }

    async fn ask(&self, request: Request) -> Result<Reply> {
        self.desk
            .answer(request)
            .await
            .map_err(|error| anyhow::anyhow!("{:?} {:?}", error.code, error.field))
    }

    async fn status(&self) -> Result<StatusView> {
        match self.ask(Request::Status).await? {
            Reply::Status(view) => Ok(view),
            _ => bail!("another answer"),
        }
    }

    async fn booking(&self, number: &BookingNumber) -> Result<BookingView> {
        match self.ask(Request::Booking { number: number.clone() }).await? {
            Reply::Booking(view) => Ok(*view),
            _ => bail!("another answer"),
        }
    }

    /// Waits for a state of the status bar, woken by the desk's own news.
    async fn until(&self, what: &str, reached: impl Fn(&StatusView) -> bool) -> Result<StatusView> {
        let mut news = self.desk.watch();
        let waiting = async {
            loop {
                let status = self.status().await?;
                if reached(&status) {
                    return Ok(status);
                }
                let _ = tokio::time::timeout(Duration::from_millis(250), news.recv()).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .with_context(|| format!("attesa troppo lunga: {what}"))?
    }

    async fn prescriptions(&self) -> Result<Vec<DemoPrescription>> {
        match self.ask(Request::DemoPrescriptions).await? {
            Reply::DemoPrescriptions(ready) => Ok(ready),
            _ => bail!("another answer"),
        }
    }

    async fn find(&self, ready: &DemoPrescription) -> Result<Found> {
        let prescription = &ready.prescription;
        let query = SearchQuery {
            birth_date: ready.patient.birth_date,
            sex: ready.patient.sex,
            origin: ready.patient.municipality.clone(),
            ..query::of_window(
                prescription.services.clone(),
                prescription.priority,
                prescription.access,
                &Window::default(),
            )?
        };
        match self.ask(Request::Search { query }).await? {
            Reply::Found(found) => Ok(found),
            _ => bail!("another answer"),
        }
    }

    /// The first prescription, those named left out, that is in order and finds a place.
    async fn first_bookable(&self, ready: &[DemoPrescription], except: &[u32]) -> Result<(DemoPrescription, Found)> {
        for candidate in ready.iter().filter(|candidate| !except.contains(&candidate.id)) {
            let check = self
                .ask(Request::CheckPrescription {
                    prescription: candidate.prescription.clone(),
                })
                .await?;
            let Reply::Prescription(check) = check else {
                bail!("another answer")
            };
            if !check.errors.is_empty() || candidate.prescription.services.len() > 1 {
                continue;
            }
            let found = self.find(candidate).await?;
            if found.rows.len() > 3 {
                return Ok((candidate.clone(), found));
            }
        }
        bail!("nessuna ricetta di prova trova posto")
    }

    async fn book(&self, ready: &DemoPrescription, row: &FoundRow) -> Result<BookingView> {
        let draft = BookingDraft {
            draft: self
                .desk
                .new_id()
                .map_err(|error| anyhow::anyhow!("{:?}", error.code))?,
            patient: ready.patient.clone(),
            prescription: ready.prescription.clone(),
            spans: row.spans.clone(),
            requested_at: Some(self.clock.now().wall),
            first_proposed: row.spans.first().map(|span| span.start),
            hold: None,
        };
        match self.ask(Request::Book { draft }).await? {
            Reply::Booking(view) => Ok(*view),
            _ => bail!("another answer"),
        }
    }

    async fn alternatives(&self, number: &BookingNumber) -> Result<Vec<Alternative>> {
        match self
            .ask(Request::Alternatives {
                number: number.clone(),
                limit: 3,
            })
            .await?
        {
            Reply::Alternatives(offers) => Ok(offers),
            _ => bail!("another answer"),
        }
    }

    async fn settle(&self, lost: &BookingView, offer: &FoundRow) -> Result<BookingView> {
        let request = Request::Move {
            number: lost.number.clone(),
            spans: offer.spans.clone(),
            hold: None,
            version: lost.version,
        };
        match self.ask(request).await? {
            Reply::Booking(view) => Ok(*view),
            _ => bail!("another answer"),
        }
    }

    async fn cancel(&self, view: &BookingView) -> Result<BookingView> {
        let request = Request::Cancel {
            number: view.number.clone(),
            reason: "Richiesta dell'assistito".to_owned(),
            version: view.version,
        };
        match self.ask(request).await? {
            Reply::Booking(view) => Ok(*view),
            _ => bail!("another answer"),
        }
    }

    async fn slip(&self, number: &BookingNumber) -> Result<String> {
        match self.ask(Request::PrintSlip { number: number.clone() }).await? {
            Reply::Document(document) => Ok(document.path),
            _ => bail!("another answer"),
        }
    }

    /// Waits until a place is offered here.
    async fn until_offered(&self, ready: &DemoPrescription, place: &FoundRow) -> Result<FoundRow> {
        let mut news = self.desk.watch();
        let waiting = async {
            loop {
                let found = self.find(ready).await?;
                let wanted = place.spans.first().map(lanterna_model::schedule::SlotSpan::key);
                let offered = found
                    .rows
                    .iter()
                    .find(|row| row.spans.first().map(lanterna_model::schedule::SlotSpan::key) == wanted);
                if let Some(row) = offered {
                    return Ok(row.clone());
                }
                let _ = tokio::time::timeout(Duration::from_millis(250), news.recv()).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .context("il posto annullato non è tornato libero")?
    }
}
