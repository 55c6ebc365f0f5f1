//! Slips on paper, read back with `pdftotext` and `zbarimg`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands")]

mod common;

use common::{at, codes, keep, long_preparation, scan, slip, text, text_in_order, visit};
use lanterna_print::words::Locale;
use lanterna_print::{PrintError, SlipClock, SlipModel, SlipPending, SlipState, SlipTicket, slip_pdf, slip_qr};

const UNTIL: &str = "2026-11-24 18:00";

fn printed(name: &str, slip: &SlipModel) -> Vec<u8> {
    let pdf = slip_pdf(slip, Locale::It).unwrap();
    keep(name, &pdf);
    assert!(pdf.len() < 150_000, "{name}: {} bytes", pdf.len());
    pdf
}

fn assert_says(text: &str, items: &[&str]) {
    for item in items {
        assert!(text.contains(item), "{item:?} is missing in:\n{text}");
    }
}

/// What every slip of a booking that is not cancelled has to say.
const EVERY: &[&str] = &[
    "7K3M-0000-42T",
    "Codice di disdetta",
    "Q4ZP-81XV",
    "ROSSI MARIA",
    "RSSMRA80A41D969D",
    "0700A4123456789",
    "Prima visita cardiologica con elettrocardiogramma",
    "89.7A.3",
    "Martedì",
    "1º dicembre 2026",
    "ore 10:40",
    "Ospedale Villa Scassi",
    "Corso Onofrio Scassi 1, Genova",
    "Stanza: Ambulatorio 12, 2º piano",
    "D – differibile",
    "primo accesso",
    "Perché così — città, è già €36,15",
    "tessera sanitaria e documento d’identità",
    "€ 36,15",
    "isdire entro venerdì 27 novembre 2026",
    "Numero unico CUP 0100 000000",
    "paga il ticket, anche se esente",
    "Riservatezza",
    "pagina 1 di 1",
    "DIMOSTRAZIONE",
];

#[test]
fn a_confirmed_slip_says_everything() {
    let mut model = slip(SlipState::Confirmed);
    model.payment_notice = Some("300715700000000032".to_owned());
    let pdf = printed("confirmed", &model);
    let text = text(&pdf);
    assert_says(&text, EVERY);
    assert_says(
        &text,
        &[
            "PRENOTAZIONE CONFERMATA",
            "Numero di prenotazione",
            "Avviso di pagamento pagoPA",
            "3007 1570 0000 0000 32",
        ],
    );
    assert!(!text.contains("Riferimento"), "{text}");
}

#[test]
fn a_slip_that_awaits_confirmation_promises_nothing() {
    let pdf = printed("awaiting", &slip(SlipState::Awaiting));
    let text = text(&pdf);
    assert_says(&text, EVERY);
    assert_says(
        &text,
        &[
            "IN ATTESA DI CONFERMA",
            "Riferimento",
            "ORARIO RICHIESTO – NON ASSEGNATO",
            "richiesto, non assegnato",
            "Non presentarsi",
        ],
    );
    for promise in [
        "PRENOTAZIONE CONFERMATA",
        "POSTO GARANTITO",
        "Numero di prenotazione",
        "pagoPA",
        "Avviso",
        "APPUNTAMENTO",
    ] {
        assert!(!text.contains(promise), "{promise:?} is in:\n{text}");
    }
}

#[test]
fn a_guaranteed_slip_says_until_when() {
    let pdf = printed("guaranteed", &slip(SlipState::Guaranteed { until: at(UNTIL) }));
    let text = text(&pdf);
    assert_says(&text, EVERY);
    assert_says(&text, &["POSTO GARANTITO fino al 24/11/2026 alle 18:00", "Riferimento"]);
    assert!(
        !text.contains("PRENOTAZIONE CONFERMATA") && !text.contains("pagoPA"),
        "{text}"
    );
}

#[test]
fn a_cancelled_slip_says_so_and_asks_for_nothing() {
    let mut model = slip(SlipState::Cancelled);
    model.payment_notice = Some("300715700000000032".to_owned());
    let pdf = printed("cancelled", &model);
    let text = text(&pdf);
    assert_says(
        &text,
        &[
            "ANNULLATA",
            "7K3M-0000-42T",
            "ROSSI MARIA",
            "1º dicembre 2026",
            "ore 10:40",
            "Ospedale Villa Scassi",
        ],
    );
    for word in ["PRENOTAZIONE CONFERMATA", "pagoPA", "Che cosa portare", "Preparazione"] {
        assert!(!text.contains(word), "{word:?} is in:\n{text}");
    }
}

#[test]
fn every_slip_is_read_back_by_a_scanner() {
    let states = [
        SlipState::Awaiting,
        SlipState::Guaranteed { until: at(UNTIL) },
        SlipState::Confirmed,
        SlipState::Cancelled,
    ];
    for state in states {
        let mut found = codes(&slip_pdf(&slip(state), Locale::It).unwrap());
        found.sort();
        assert_eq!(
            found,
            [
                "CODE-39:0700A",
                "CODE-39:4123456789",
                "QR-Code:LANTERNA|001|7K3M000042T"
            ],
            "{state:?}"
        );
    }
}

#[test]
fn the_qr_carries_the_number_and_nothing_else() {
    assert_eq!(slip_qr("7K3M-0000-42T"), "LANTERNA|001|7K3M000042T");
}

#[test]
fn conflicts_rejections_and_open_questions_have_no_slip() {
    for state in [SlipState::Conflict, SlipState::NeedsOperator, SlipState::Rejected] {
        assert!(matches!(slip_pdf(&slip(state), Locale::It), Err(PrintError::NoSlip { state: told }) if told == state));
    }
}

#[test]
fn a_payment_notice_before_the_confirmation_is_refused() {
    for state in [SlipState::Awaiting, SlipState::Guaranteed { until: at(UNTIL) }] {
        let mut model = slip(state);
        model.payment_notice = Some("300715700000000032".to_owned());
        assert!(matches!(
            slip_pdf(&model, Locale::It),
            Err(PrintError::NoticeBeforeConfirmation)
        ));
    }
}

#[test]
fn a_slip_without_an_appointment_or_with_a_broken_nre_is_refused() {
    let mut model = slip(SlipState::Confirmed);
    model.prescription.nre = "0700A41234".to_owned();
    assert!(matches!(
        slip_pdf(&model, Locale::It),
        Err(PrintError::BarCode { field: "nre" })
    ));
    model.appointments.clear();
    assert!(matches!(slip_pdf(&model, Locale::It), Err(PrintError::Nothing)));
}

#[test]
fn several_appointments_stand_on_one_slip() {
    let mut model = slip(SlipState::Confirmed);
    model.demonstration = false;
    model.ticket = SlipTicket::Exempt;
    model.appointments = vec![visit(), scan()];
    let text = text(&printed("two", &model));
    assert_says(
        &text,
        &[
            "APPUNTAMENTO 1 DI 2",
            "APPUNTAMENTO 2 DI 2",
            "Tomografia computerizzata dell’addome completo, senza e con mezzo di contrasto",
            "3 dicembre 2026",
            "ore 08:15",
            "Sala TC 2",
            "Esente: nessun ticket",
            &long_preparation(),
        ],
    );
    assert!(!text.contains("DIMOSTRAZIONE"), "{text}");
}

#[test]
fn eight_long_services_flow_over_pages_and_lose_nothing() {
    let mut model = slip(SlipState::Awaiting);
    let description = "Descrizione lunga del catalogo nazionale, con parole come elettroencefalografia. ".repeat(8);
    model.appointments = (0..8)
        .map(|hour| {
            let mut appointment = scan();
            appointment.service_name = description.chars().take(641).collect();
            appointment.starts_at = at(&format!("2026-12-04 {:02}:05", 8 + hour));
            appointment
        })
        .collect();
    let pdf = printed("eight", &model);
    let text = text(&pdf);
    for hour in 8..16 {
        assert_says(&text, &[&format!("ore {hour:02}:05")]);
    }
    assert_eq!(text.matches("Presentarsi 30 minuti prima.").count(), 8);
    let pages = text.matches("pagina ").count();
    assert!(pages >= 4, "{pages} pages");
    assert_says(&text, &[&format!("pagina {pages} di {pages}")]);
    assert_eq!(
        text.matches("IN ATTESA DI CONFERMA · Riferimento 7K3M-0000-42T")
            .count(),
        pages
    );
    assert_eq!(text.matches("DIMOSTRAZIONE").count(), pages);
    assert_eq!(codes(&pdf).len(), 3);
}

#[test]
fn a_preparation_longer_than_a_page_is_continued_on_the_next() {
    let mut model = slip(SlipState::Confirmed);
    model.appointments[0].preparation = (1..=400)
        .map(|word| format!("parola{word} e"))
        .collect::<Vec<_>>()
        .join(" intanto ");
    let text = text(&printed("endless", &model));
    for word in 1..=400 {
        assert_says(&text, &[&format!("parola{word} e")]);
    }
}

#[test]
fn the_hour_that_comes_twice_is_told_apart() {
    let mut model = slip(SlipState::Confirmed);
    assert!(!text(&slip_pdf(&model, Locale::It).unwrap()).contains("ora legale"));
    model.appointments[0].starts_at = at("2026-10-25 02:30");
    model.appointments[0].clock = Some(SlipClock::Summer);
    assert_says(&text(&printed("summer", &model)), &["ore 02:30", "(ora legale)"]);
    model.appointments[0].clock = Some(SlipClock::Standard);
    assert_says(
        &text(&slip_pdf(&model, Locale::It).unwrap()),
        &["ore 02:30", "(ora solare)"],
    );
}

#[test]
fn a_change_under_way_leaves_the_appointment_standing() {
    let mut model = slip(SlipState::Confirmed);
    model.pending = Some(SlipPending::Move {
        to: at("2026-12-09 09:00"),
    });
    let moved = text(&printed("moving", &model));
    assert_says(
        &moved,
        &[
            "PRENOTAZIONE CONFERMATA",
            "spostare questa prenotazione al 09/12/2026 alle 09:00",
        ],
    );
    model.pending = Some(SlipPending::Cancellation);
    assert_says(
        &text(&slip_pdf(&model, Locale::It).unwrap()),
        &["È stato chiesto di annullare"],
    );
}

#[test]
fn without_a_deadline_the_slip_says_why() {
    let mut model = slip(SlipState::Confirmed);
    model.cancellation.by = None;
    model.prescription.class = None;
    model.prescription.access = lanterna_print::SlipAccess::FollowUp;
    model.ticket = SlipTicket::Unknown;
    model.patient.born_on = None;
    model.appointments[0].preparation.clear();
    model.issuer.clear();
    model.printed_by.clear();
    let text = text(&printed("bare", &model));
    assert_says(
        &text,
        &[
            "Mancano meno di 2 giorni lavorativi",
            "controllo",
            "Da verificare in accettazione",
            "Nessuna preparazione",
        ],
    );
    assert!(!text.contains("print-"), "{text}");
}

#[test]
fn a_code_for_foreigners_is_not_called_codice_fiscale() {
    let mut model = slip(SlipState::Confirmed);
    model.patient.code = "STP0700000001234".to_owned();
    let text = text(&slip_pdf(&model, Locale::It).unwrap());
    assert_says(&text, &["Codice STP: STP0700000001234"]);
    assert!(!text.contains("Codice fiscale"), "{text}");
}

#[test]
fn any_text_in_any_field_is_printed_or_refused_but_never_fatal() {
    for odd in [
        "",
        "\u{0}",
        "漢字\n\n\t\u{202E}x",
        &"W".repeat(5000),
        "🙂 { $x } (\\) <b>",
    ] {
        let mut model = slip(SlipState::Confirmed);
        model.number = odd.to_owned();
        model.grouped_number = odd.to_owned();
        model.cancellation_code = odd.to_owned();
        model.issuer = odd.to_owned();
        model.printed_by = odd.to_owned();
        model.patient.name = odd.to_owned();
        model.patient.code = odd.to_owned();
        model.cancellation.channels = vec![odd.to_owned()];
        let appointment = &mut model.appointments[0];
        appointment.service_name = odd.to_owned();
        appointment.service_code = odd.to_owned();
        appointment.location = odd.to_owned();
        appointment.room = odd.to_owned();
        appointment.preparation = odd.to_owned();
        let _ = slip_pdf(&model, Locale::It);
        model.number = "7K3M000042T".to_owned();
        assert!(slip_pdf(&model, Locale::It).is_ok());
        model.prescription.nre = odd.to_owned();
        assert!(matches!(
            slip_pdf(&model, Locale::It),
            Err(PrintError::BarCode { field: "nre" })
        ));
    }
}

#[test]
fn a_slip_can_be_had_in_english() {
    let pdf = slip_pdf(&slip(SlipState::Awaiting), Locale::En).unwrap();
    keep("english", &pdf);
    let text = text(&pdf);
    assert_says(
        &text,
        &[
            "AWAITING CONFIRMATION",
            "Reference",
            "1 December 2026",
            "€36.15",
            "page 1 of 1",
        ],
    );
    assert!(!text.contains("print-"), "{text}");
}

#[test]
fn the_same_model_gives_the_same_bytes_and_the_file_tells_nobodys_name() {
    let model = slip(SlipState::Confirmed);
    let first = slip_pdf(&model, Locale::It).unwrap();
    assert_eq!(first, slip_pdf(&model, Locale::It).unwrap());
    let file = String::from_utf8_lossy(&first);
    assert!(file.contains("D:20261123104200") && file.contains("/Lang"), "metadata");
    assert!(!file.contains("ROSSI") && !file.contains("RSSMRA"), "metadata");
    assert!(!file.contains("19700101"), "invented date");
}

#[test]
fn the_text_of_a_slip_reads_in_order() {
    let mut model = slip(SlipState::Confirmed);
    model.appointments = vec![visit(), scan()];
    model.payment_notice = Some("300715700000000032".to_owned());
    insta::assert_snapshot!(
        "confirmed",
        text_in_order(&slip_pdf(&model, Locale::It).unwrap()).trim_end()
    );
    insta::assert_snapshot!(
        "awaiting",
        text_in_order(&slip_pdf(&slip(SlipState::Awaiting), Locale::It).unwrap()).trim_end()
    );
}
