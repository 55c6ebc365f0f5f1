//! The sheet of test prescriptions of the demonstration, to be scanned from paper or screen.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::page::{BODY_WIDTH, Block, Flow, Fonts, Frame, Imprint, Ink, Style, code39};
use crate::slip::{SlipAccess, SlipClass, access_id, class_id, footer, nre_halves};
use crate::words::{Locale, Words};
use crate::{PrintError, dates, demonstration};

/// Width of a narrow bar in points; the code of a person has 18 characters with its guards.
const NARROW: f32 = 0.96;
const BARS: f32 = 21.0;
const TEXT: f32 = 210.0;

/// A test prescription. All invented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrescriptionSheetModel {
    /// What it tries out, such as "Esente, due prestazioni"; may be empty.
    pub label: String,
    /// Family and given name.
    pub patient_name: String,
    /// Codice fiscale, or the code that stands in for it.
    pub patient_code: String,
    /// Birth date, where known.
    pub born_on: Option<NaiveDate>,
    /// Number of the prescription, 15 characters.
    pub nre: String,
    /// Date on it.
    pub issued_on: NaiveDate,
    /// Class of a first access.
    pub class: Option<SlipClass>,
    /// First access or follow-up.
    pub access: SlipAccess,
    /// Frees from the ticket.
    pub exempt: bool,
    /// What is prescribed: code and name.
    pub services: Vec<(String, String)>,
}

/// Prints test prescriptions on A4, with the bar codes of codice fiscale and NRE.
///
/// # Errors
/// [`PrintError::Nothing`] without a prescription; [`PrintError::BarCode`] for a code that Code 39 cannot carry.
pub fn prescription_sheet_pdf(prescriptions: &[PrescriptionSheetModel], locale: Locale) -> Result<Vec<u8>, PrintError> {
    if prescriptions.is_empty() {
        return Err(PrintError::Nothing);
    }
    let words = Words::new(locale);
    let frame = SheetFrame { words: &words };
    let mut flow = Flow::new(&frame)?;
    flow.add(0.0, &heading(flow.fonts(), &words));
    for (at, prescription) in prescriptions.iter().enumerate() {
        flow.add(7.0, &card(flow.fonts(), &words, at + 1, prescription)?);
    }
    let title = words.get("print-sheet-title", &[]);
    flow.write(&Imprint {
        title,
        language: locale.tag(),
        created: None,
    })
}

fn heading(fonts: &Fonts, words: &Words) -> Block {
    let mut block = Block::new();
    block.paragraph(
        fonts,
        0.0,
        BODY_WIDTH,
        &words.get("print-sheet-title", &[]),
        Style::bold(18.0),
    );
    block.paragraph(
        fonts,
        0.0,
        BODY_WIDTH,
        &words.get("print-sheet-note", &[]),
        Style::regular(10.0),
    );
    block
}

fn card(
    fonts: &Fonts,
    words: &Words,
    number: usize,
    prescription: &PrescriptionSheetModel,
) -> Result<Block, PrintError> {
    let text = Style::regular(9.5);
    let mut left = Block::new();
    let label = format!("{number}. {}", prescription.label);
    left.paragraph(fonts, 0.0, TEXT, label.trim_end(), Style::bold(10.5));
    let born = prescription
        .born_on
        .map(|born| format!(" ({})", dates::short(born)))
        .unwrap_or_default();
    left.paragraph(fonts, 0.0, TEXT, &format!("{}{born}", prescription.patient_name), text);
    for (code, name) in &prescription.services {
        left.paragraph(fonts, 0.0, TEXT, &format!("{code} {name}"), Style::bold(9.5));
    }
    let exempt = if prescription.exempt {
        "print-sheet-exempt"
    } else {
        "print-sheet-not-exempt"
    };
    let facts = [
        prescription
            .class
            .map(|_| words.get(class_id(prescription.class), &[]))
            .unwrap_or_default(),
        words.get(access_id(prescription.access), &[]),
        words.get(exempt, &[]),
    ];
    let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    left.paragraph(fonts, 0.0, TEXT, &facts.join(" · "), text.ink(Ink::Muted));
    let issued = format!(
        "{}: {}",
        words.get("print-issued", &[]),
        dates::short(prescription.issued_on)
    );
    left.paragraph(fonts, 0.0, TEXT, &issued, text.ink(Ink::Muted));

    let (first, second) = nre_halves(&prescription.nre)?;
    let (person, _) = code39(fonts, &prescription.patient_code, NARROW, BARS, "patient_code")?;
    let (first, first_width) = code39(fonts, first, NARROW, BARS, "nre")?;
    let (second, second_width) = code39(fonts, second, NARROW, BARS, "nre")?;
    let mut block = Block::new();
    block.gap(7.0);
    block.put(0.0, 6.0, left);
    let row = 9.0 + person.height + 8.0;
    let edge = BODY_WIDTH - first_width - second_width;
    block.put(edge, 9.0, person);
    block.put(edge, row, first);
    block.put(edge + first_width, row, second);
    block.stroke(vec![[0.0, 0.0], [BODY_WIDTH, 0.0]], 0.7, Ink::Hairline);
    Ok(block)
}

struct SheetFrame<'a> {
    words: &'a Words,
}

impl Frame for SheetFrame<'_> {
    fn header(&self, fonts: &Fonts) -> Block {
        demonstration(fonts, self.words)
    }

    fn footer(&self, fonts: &Fonts, page: usize, pages: usize) -> Block {
        footer(
            fonts,
            self.words,
            [&self.words.get("print-sheet-title", &[]), ""],
            page,
            pages,
        )
    }
}
