//! The sheet of test prescriptions, read back with `pdftotext` and `zbarimg`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands")]

mod common;

use common::{codes, day, keep, text};
use lanterna_print::words::Locale;
use lanterna_print::{PrescriptionSheetModel, PrintError, SlipAccess, SlipClass, prescription_sheet_pdf};

fn prescription(number: u32) -> PrescriptionSheetModel {
    let service = ("89.7A.3".to_owned(), "Prima visita cardiologica".to_owned());
    let second = ("89.52".to_owned(), "Elettrocardiogramma".to_owned());
    let two = number.is_multiple_of(3);
    PrescriptionSheetModel {
        label: if two {
            "Esente, due prestazioni".to_owned()
        } else {
            "Classe D".to_owned()
        },
        patient_name: "ROSSI MARIO".to_owned(),
        patient_code: format!("RSSMRA80A{number:02}D969Z"),
        born_on: Some(day("1980-01-01")),
        nre: format!("0700A4{number:09}"),
        issued_on: day("2026-11-16"),
        class: (!number.is_multiple_of(5)).then_some(SlipClass::D),
        access: if number.is_multiple_of(5) {
            SlipAccess::FollowUp
        } else {
            SlipAccess::First
        },
        exempt: two,
        services: if two { vec![service, second] } else { vec![service] },
    }
}

#[test]
fn forty_prescriptions_are_printed_and_scanned_back() {
    let prescriptions: Vec<_> = (1..=40).map(prescription).collect();
    let pdf = prescription_sheet_pdf(&prescriptions, Locale::It).unwrap();
    keep("sheet", &pdf);
    assert!(pdf.len() < 250_000, "{} bytes", pdf.len());
    let text = text(&pdf);
    for item in [
        "RICETTE DI PROVA – DIMOSTRAZIONE",
        "ROSSI MARIO (01/01/1980)",
        "89.52 Elettrocardiogramma",
        "esente",
        "D – differibile",
        "controllo",
    ] {
        assert!(text.contains(item), "{item:?} is missing in:\n{text}");
    }
    let codes = codes(&pdf);
    // The reader reports equal symbols of a page once.
    assert!(codes.iter().any(|code| code == "CODE-39:0700A"));
    for number in 1..=40 {
        let half = format!("CODE-39:4{number:09}");
        assert!(codes.contains(&half), "{half}");
        let person = format!("CODE-39:RSSMRA80A{number:02}D969Z");
        assert!(codes.contains(&person), "{person}");
    }
}

#[test]
fn an_empty_sheet_and_codes_without_bars_are_refused() {
    assert!(matches!(
        prescription_sheet_pdf(&[], Locale::It),
        Err(PrintError::Nothing)
    ));
    let mut broken = prescription(1);
    broken.patient_code = "perché".to_owned();
    let refused = prescription_sheet_pdf(&[broken], Locale::It);
    assert!(matches!(refused, Err(PrintError::BarCode { field: "patient_code" })));
}
