//! Slips to print, and the tools that read paper back.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::path::Path;
use std::process::Command;

use chrono::{NaiveDate, NaiveDateTime};
use lanterna_print::{
    SlipAccess, SlipAppointment, SlipCancellation, SlipClass, SlipModel, SlipPatient, SlipPrescription, SlipState,
    SlipTicket,
};

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

/// 600 characters of what a radiologist asks for.
pub fn long_preparation() -> String {
    "Digiuno da almeno sei ore; l’acqua è permessa. Nei due giorni precedenti seguire una dieta senza scorie: niente \
     frutta, verdura, legumi né pane integrale. Chi prende metformina la sospende 48 ore prima, sentito il medico \
     curante. Portare creatinina ed emocromo non più vecchi di 30 giorni e gli esami radiologici già eseguiti. Avvisare \
     la struttura in caso di gravidanza, allergia al mezzo di contrasto, asma, pacemaker o protesi metalliche. Dopo \
     l’esame bere molta acqua; per un’ora si resta in osservazione e non si può guidare: venire accompagnati. \
     Presentarsi 30 minuti prima."
        .to_owned()
}

pub fn slip(state: SlipState) -> SlipModel {
    SlipModel {
        state,
        pending: None,
        demonstration: true,
        issuer: "Centro unico di prenotazione – Regione Liguria".to_owned(),
        number: "7K3M000042T".to_owned(),
        grouped_number: "7K3M-0000-42T".to_owned(),
        cancellation_code: "Q4ZP-81XV".to_owned(),
        patient: SlipPatient {
            name: "ROSSI MARIA".to_owned(),
            code: "RSSMRA80A41D969D".to_owned(),
            born_on: Some(day("1980-01-01")),
        },
        prescription: SlipPrescription {
            nre: "0700A4123456789".to_owned(),
            issued_on: Some(day("2026-11-16")),
            class: Some(SlipClass::D),
            access: SlipAccess::First,
        },
        appointments: vec![visit()],
        ticket: SlipTicket::Due { cents: 3615 },
        payment_notice: None,
        cancellation: SlipCancellation {
            by: Some(day("2026-11-27")),
            working_days: 2,
            channels: vec![
                "Numero unico CUP 0100 000000".to_owned(),
                "questo studio, le farmacie e gli sportelli".to_owned(),
            ],
        },
        printed_at: at("2026-11-23 10:42"),
        printed_by: "Ambulatorio Bianchi, Genova".to_owned(),
    }
}

pub fn visit() -> SlipAppointment {
    SlipAppointment {
        service_code: "89.7A.3".to_owned(),
        service_name: "Prima visita cardiologica con elettrocardiogramma".to_owned(),
        starts_at: at("2026-12-01 10:40"),
        clock: None,
        minutes: Some(20),
        location: "Ospedale Villa Scassi".to_owned(),
        address: "Corso Onofrio Scassi 1".to_owned(),
        municipality: "Genova".to_owned(),
        room: "Ambulatorio 12, 2º piano".to_owned(),
        practitioner: "Dott.ssa Anna Perché".to_owned(),
        phone: "0100 000001".to_owned(),
        preparation: "Portare i referti precedenti. Perché così — città, è già €36,15".to_owned(),
    }
}

pub fn scan() -> SlipAppointment {
    SlipAppointment {
        service_code: "88.01.6".to_owned(),
        service_name: "Tomografia computerizzata dell’addome completo, senza e con mezzo di contrasto".to_owned(),
        starts_at: at("2026-12-03 08:15"),
        minutes: Some(45),
        location: "Ospedale San Martino, padiglione monoblocco".to_owned(),
        address: "Largo Rosanna Benzi 10".to_owned(),
        room: "Sala TC 2".to_owned(),
        practitioner: String::new(),
        preparation: long_preparation(),
        ..visit()
    }
}

/// In the order of the file, which is how it is read aloud.
pub fn text_in_order(pdf: &[u8]) -> String {
    extracted(pdf, &["-raw", "-nopgbrk"])
}

fn extracted(pdf: &[u8], options: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slip.pdf");
    fs::write(&file, pdf).unwrap();
    let mut arguments: Vec<&Path> = options.iter().map(Path::new).collect();
    arguments.extend([file.as_path(), Path::new("-")]);
    String::from_utf8(run("pdftotext", "poppler-utils", &arguments)).unwrap()
}

/// As `pdftotext` gives it, line breaks made blanks.
pub fn text(pdf: &[u8]) -> String {
    extracted(pdf, &[]).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What `zbarimg` reads from all pages at 150 dpi: `CODE-39:…`, `QR-Code:…`.
pub fn codes(pdf: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slip.pdf");
    fs::write(&file, pdf).unwrap();
    let page = folder.path().join("page");
    run(
        "pdftoppm",
        "poppler-utils",
        &[Path::new("-r"), Path::new("150"), Path::new("-png"), &file, &page],
    );
    let mut images: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "png"))
        .collect();
    images.sort();
    let mut found = Vec::new();
    for image in images {
        let lines = String::from_utf8(run("zbarimg", "zbar-tools", &[Path::new("-q"), &image])).unwrap();
        found.extend(lines.lines().map(str::to_owned));
    }
    found
}

fn run(tool: &str, package: &str, arguments: &[&Path]) -> Vec<u8> {
    let output = Command::new(tool)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{tool} is needed, from the Debian package {package}: {error}"));
    // zbarimg ends with 4 where a page has no symbol.
    let ended_well = output.status.success() || (tool == "zbarimg" && output.status.code() == Some(4));
    assert!(ended_well, "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Keeps a PDF for looking at it, in the folder `LANTERNA_KEEP_PAPER` if that is set.
pub fn keep(name: &str, pdf: &[u8]) {
    if let Some(folder) = std::env::var_os("LANTERNA_KEEP_PAPER") {
        fs::create_dir_all(&folder).unwrap();
        fs::write(Path::new(&folder).join(format!("{name}.pdf")), pdf).unwrap();
    }
}
