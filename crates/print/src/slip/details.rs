//! Patient and prescription, bar codes, what to pay, how to cancel, what to bring, privacy.

use super::{Setter, SlipAccess, SlipClass, SlipTicket};
use crate::page::{BODY_WIDTH, Block, CODE39_QUIET, Fonts, Ink, Style, code39};
use crate::{PrintError, dates};

const GUTTER: f32 = 18.0;
const COLUMN: f32 = (BODY_WIDTH - GUTTER) / 2.0;
/// Width of a narrow bar in points: 0.37 mm, a little more than two dots at 150 dpi.
const NARROW: f32 = 1.05;
const BARS: f32 = 30.0;
/// Size of running text, in points.
const TEXT: f32 = 10.3;
/// Size of labelled data.
const DATUM: f32 = 10.8;
/// Characters of the first bar code of an NRE; the second has the other ten.
const NRE_FIRST: usize = 5;
const NRE_LENGTH: usize = 15;

/// The two parts of an NRE as they are printed in bar codes.
pub(crate) fn nre_halves(nre: &str) -> Result<(&str, &str), PrintError> {
    if nre.len() == NRE_LENGTH
        && nre
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    {
        Ok(nre.split_at(NRE_FIRST))
    } else {
        Err(PrintError::BarCode { field: "nre" })
    }
}

/// The words of a priority class.
pub(crate) fn class_id(class: Option<SlipClass>) -> &'static str {
    match class {
        Some(SlipClass::U) => "print-class-U",
        Some(SlipClass::B) => "print-class-B",
        Some(SlipClass::D) => "print-class-D",
        Some(SlipClass::P) => "print-class-P",
        None => "print-class-none",
    }
}

/// The words for the kind of code that names a person: foreigners may have an STP or ENI code
/// (prefix and 13 digits) in place of the codice fiscale.
fn person_code_id(code: &str) -> &'static str {
    let digits = |rest: &str| rest.len() == 13 && rest.bytes().all(|byte| byte.is_ascii_digit());
    if code.strip_prefix("STP").is_some_and(digits) {
        "print-patient-code-stp"
    } else if code.strip_prefix("ENI").is_some_and(digits) {
        "print-patient-code-eni"
    } else {
        "print-patient-code"
    }
}

/// The words of an access type.
pub(crate) fn access_id(access: SlipAccess) -> &'static str {
    match access {
        SlipAccess::First => "print-access-first",
        SlipAccess::FollowUp => "print-access-follow-up",
    }
}

impl Setter<'_> {
    /// Patient and prescription side by side.
    pub(super) fn people(&self, fonts: &Fonts) -> Block {
        let patient = &self.slip.patient;
        let prescription = &self.slip.prescription;
        let mut left = self.section(fonts, "print-patient");
        left.paragraph(fonts, 0.0, COLUMN, &patient.name, Style::bold(12.0));
        self.datum(fonts, &mut left, person_code_id(&patient.code), &patient.code);
        if let Some(born) = patient.born_on {
            self.datum(fonts, &mut left, "print-born", &dates::short(born));
        }
        let mut right = self.section(fonts, "print-prescription");
        self.datum(fonts, &mut right, "print-nre", &prescription.nre);
        if let Some(issued) = prescription.issued_on {
            self.datum(fonts, &mut right, "print-issued", &dates::short(issued));
        }
        self.datum(
            fonts,
            &mut right,
            "print-class",
            &self.word(class_id(prescription.class)),
        );
        self.datum(
            fonts,
            &mut right,
            "print-access",
            &self.word(access_id(prescription.access)),
        );
        side_by_side(left, right)
    }

    /// Both bar codes of the NRE.
    pub(super) fn bar_codes(&self, fonts: &Fonts) -> Result<Block, PrintError> {
        let (first, second) = nre_halves(&self.slip.prescription.nre)?;
        let (first, _) = code39(fonts, first, NARROW, BARS, "nre")?;
        let (second, _) = code39(fonts, second, NARROW, BARS, "nre")?;
        let mut block = Block::new();
        let small = Style::regular(9.0).ink(Ink::Muted);
        // Each under its column's edge: the quiet zone lies in the margin or the gutter.
        let symbols = [
            (0.0, first, "print-nre-first"),
            (COLUMN + GUTTER, second, "print-nre-second"),
        ];
        for (x, symbol, label) in symbols {
            block.text_at(fonts, x, 9.0, &self.word(label), small);
            block.put(x - CODE39_QUIET * NARROW, 13.0, symbol);
        }
        Ok(block)
    }

    /// What to pay and bring at the left, how to cancel at the right.
    pub(super) fn terms(&self, fonts: &Fonts) -> Block {
        let mut left = self.ticket(fonts);
        left.gap(8.0);
        left.stack(self.bring(fonts));
        side_by_side(left, self.cancellation(fonts))
    }

    fn ticket(&self, fonts: &Fonts) -> Block {
        let text = Style::regular(TEXT);
        let mut block = self.section(fonts, "print-ticket");
        let due = match self.slip.ticket {
            SlipTicket::Due { cents } => dates::amount(self.words, cents),
            SlipTicket::Exempt => self.word("print-ticket-exempt"),
            SlipTicket::Unknown => self.word("print-ticket-unknown"),
        };
        block.paragraph(fonts, 0.0, COLUMN, &due, Style::bold(12.0));
        if self.slip.ticket == SlipTicket::Exempt {
            return block;
        }
        if self.slip.state.is_provisional() {
            block.paragraph(fonts, 0.0, COLUMN, &self.word("print-ticket-later"), text);
            return block;
        }
        if let Some(notice) = &self.slip.payment_notice {
            block.paragraph(fonts, 0.0, COLUMN, &self.word("print-notice"), text);
            block.paragraph(fonts, 0.0, COLUMN, &in_groups_of_four(notice), Style::bold(11.0));
        } else {
            block.paragraph(fonts, 0.0, COLUMN, &self.word("print-ticket-no-notice"), text);
        }
        block.paragraph(fonts, 0.0, COLUMN, &self.word("print-ticket-anywhere"), text);
        block
    }

    fn bring(&self, fonts: &Fonts) -> Block {
        let mut block = self.section(fonts, "print-bring");
        for id in [
            "print-bring-card",
            "print-bring-prescription",
            "print-bring-reports",
            "print-bring-slip",
        ] {
            let top = block.height;
            block.fill([0.5, top + 5.2, 3.2, 3.2], Ink::Muted);
            block.paragraph(fonts, 10.0, COLUMN - 10.0, &self.word(id), Style::regular(TEXT));
        }
        block
    }

    fn cancellation(&self, fonts: &Fonts) -> Block {
        let terms = &self.slip.cancellation;
        let days = [("days", terms.working_days.to_string())];
        let text = Style::regular(TEXT);
        let mut block = self.section(fonts, "print-cancel");
        match terms.by {
            Some(by) => {
                let id = if self.slip.state.is_provisional() {
                    "print-cancel-by-provisional"
                } else {
                    "print-cancel-by"
                };
                // The date stays on one line.
                let date = dates::long(self.words, by).replace(' ', "\u{a0}");
                let by = self.words.get(id, &[("date", date)]);
                block.paragraph(fonts, 0.0, COLUMN, &by, Style::bold(11.0));
                block.paragraph(
                    fonts,
                    0.0,
                    COLUMN,
                    &format!("({})", self.words.get("print-cancel-days", &days)),
                    text,
                );
            }
            None => {
                block.paragraph(
                    fonts,
                    0.0,
                    COLUMN,
                    &self.words.get("print-cancel-no-deadline", &days),
                    Style::bold(TEXT),
                );
            }
        }
        block.gap(3.0);
        block.paragraph(
            fonts,
            0.0,
            COLUMN,
            &format!("{}:", self.word("print-cancel-how")),
            Style::bold(TEXT),
        );
        for channel in &terms.channels {
            let top = block.height;
            block.fill([0.5, top + 5.2, 3.2, 3.2], Ink::Muted);
            block.paragraph(fonts, 10.0, COLUMN - 10.0, channel, text);
        }
        block.paragraph(fonts, 0.0, COLUMN, &self.word("print-cancel-with-code"), text);
        block.gap(3.0);
        block.paragraph(fonts, 0.0, COLUMN, &self.words.get("print-sanction", &days), text);
        block
    }

    /// What happens to the data.
    pub(super) fn privacy(&self, fonts: &Fonts) -> Block {
        let mut block = Block::new();
        let text = format!("{}. {}", self.word("print-privacy"), self.word("print-privacy-note"));
        block.paragraph(fonts, 0.0, BODY_WIDTH, &text, Style::regular(9.0).ink(Ink::Muted));
        block
    }

    /// A column with its heading.
    fn section(&self, fonts: &Fonts, id: &str) -> Block {
        let mut block = Block::new();
        block.rule(COLUMN);
        block.gap(4.0);
        block.label(fonts, 0.0, COLUMN, &self.word(id).to_uppercase());
        block.gap(1.0);
        block
    }

    fn datum(&self, fonts: &Fonts, block: &mut Block, id: &str, value: &str) {
        let label = format!("{}: ", self.word(id));
        let style = Style::regular(DATUM);
        let offset = fonts.width(&fonts.printable(&label), style);
        let baseline = block.height + style.ascent();
        block.text_at(fonts, 0.0, baseline, &label, style.ink(Ink::Muted));
        block.paragraph(fonts, offset, COLUMN - offset, value, Style::bold(DATUM));
    }
}

fn side_by_side(left: Block, right: Block) -> Block {
    let mut block = Block::new();
    block.put(0.0, 0.0, left);
    block.put(COLUMN + GUTTER, 0.0, right);
    block
}

/// Digits in groups that can be read aloud.
fn in_groups_of_four(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().filter(|digit| !digit.is_whitespace()).collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}
