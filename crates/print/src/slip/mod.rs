//! The booking slip: what may be promised first, then when and where, then all the rest.

mod appointment;
mod banner;
mod details;
mod model;

pub use model::{
    SlipAccess, SlipAppointment, SlipCancellation, SlipClass, SlipClock, SlipModel, SlipPatient, SlipPending,
    SlipPrescription, SlipState, SlipTicket,
};

pub(crate) use details::{access_id, class_id, nre_halves};

use crate::dates;
use crate::page::{BODY_WIDTH, Block, Flow, Fonts, Frame, Imprint, Ink, Style};
use crate::words::{Locale, Words};
use crate::{PrintError, demonstration};

/// What a slip's QR begins with: the name and version of the payload.
pub const QR_PREFIX: &str = "LANTERNA|001|";

/// The payload of a slip's QR: `LANTERNA|001|` and the booking number without separators. Nothing in it tells who
/// the patient is.
#[must_use]
pub fn slip_qr(number: &str) -> String {
    let bare: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{QR_PREFIX}{bare}")
}

/// Prints a booking slip on A4.
///
/// # Errors
/// [`PrintError::NoSlip`] in the states that have no slip; [`PrintError::Nothing`] without an appointment;
/// [`PrintError::NoticeBeforeConfirmation`] for a payment notice nobody can have issued; [`PrintError::BarCode`]
/// for an NRE that is not 15 letters and digits.
pub fn slip_pdf(slip: &SlipModel, locale: Locale) -> Result<Vec<u8>, PrintError> {
    if matches!(
        slip.state,
        SlipState::Conflict | SlipState::NeedsOperator | SlipState::Rejected
    ) {
        return Err(PrintError::NoSlip { state: slip.state });
    }
    if slip.appointments.is_empty() {
        return Err(PrintError::Nothing);
    }
    if slip.state.is_provisional() && slip.payment_notice.is_some() {
        return Err(PrintError::NoticeBeforeConfirmation);
    }
    let words = Words::new(locale);
    let frame = SlipFrame { slip, words: &words };
    let mut flow = Flow::new(&frame)?;
    let setter = Setter { slip, words: &words };

    flow.add(0.0, &setter.masthead(flow.fonts()));
    flow.add(10.0, &setter.banner(flow.fonts())?);
    if let Some(note) = setter.pending(flow.fonts()) {
        flow.add(8.0, &note);
    }
    for at in 0..slip.appointments.len() {
        let (head, preparation) = setter.appointment(flow.fonts(), at);
        let keep = preparation.first().map_or(0.0, |first| first.height);
        flow.add_keeping(14.0, &head, keep);
        for (at, part) in preparation.iter().enumerate() {
            flow.add(if at == 0 { 7.0 } else { 0.0 }, part);
        }
    }
    flow.add(14.0, &setter.people(flow.fonts()));
    flow.add(9.0, &setter.bar_codes(flow.fonts())?);
    if slip.state != SlipState::Cancelled {
        flow.add(12.0, &setter.terms(flow.fonts()));
    }
    flow.add(10.0, &setter.privacy(flow.fonts()));

    let title = format!("{} {}", setter.title(), slip.grouped_number);
    flow.write(&Imprint {
        title,
        language: locale.tag(),
        created: Some(slip.printed_at),
    })
}

/// What all parts of a slip are made from.
struct Setter<'a> {
    slip: &'a SlipModel,
    words: &'a Words,
}

impl Setter<'_> {
    fn word(&self, id: &str) -> String {
        self.words.get(id, &[])
    }

    fn title(&self) -> String {
        self.word(match self.slip.state {
            SlipState::Cancelled => "print-title-cancelled",
            state if state.is_provisional() => "print-title-provisional",
            _ => "print-title",
        })
    }

    /// The words for the state, the same in the banner and at the foot of each page.
    fn state(&self) -> String {
        match self.slip.state {
            SlipState::Confirmed => self.word("slip-confirmed"),
            SlipState::Guaranteed { until } => self
                .words
                .get("slip-guaranteed", &[("until", dates::short_time(self.words, until))]),
            SlipState::Cancelled => self.word("slip-cancelled"),
            _ => self.word("slip-awaiting"),
        }
    }

    fn number_label(&self) -> String {
        self.word(if self.slip.state.is_provisional() {
            "print-reference"
        } else {
            "print-number"
        })
    }

    /// Whose slip, and what it is.
    fn masthead(&self, fonts: &Fonts) -> Block {
        let mut block = Block::new();
        let title = self.title();
        if self.slip.issuer.is_empty() {
            block.line(0.0, &fonts.printable(&title), Style::bold(13.0));
        } else {
            let small = Style::regular(11.0).ink(Ink::Muted);
            block.text_ending_at(fonts, BODY_WIDTH, 13.0, &title, small);
            block.paragraph(fonts, 0.0, BODY_WIDTH - 170.0, &self.slip.issuer, Style::bold(13.0));
        }
        block.gap(3.0);
        block.rule(BODY_WIDTH);
        block
    }
}

struct SlipFrame<'a> {
    slip: &'a SlipModel,
    words: &'a Words,
}

impl Frame for SlipFrame<'_> {
    fn header(&self, fonts: &Fonts) -> Block {
        if self.slip.demonstration {
            demonstration(fonts, self.words)
        } else {
            Block::new()
        }
    }

    fn footer(&self, fonts: &Fonts, page: usize, pages: usize) -> Block {
        let setter = Setter {
            slip: self.slip,
            words: self.words,
        };
        let when = dates::short_time(self.words, self.slip.printed_at);
        let made = if self.slip.printed_by.is_empty() {
            self.words.get("print-made", &[("when", when)])
        } else {
            self.words.get(
                "print-made-by",
                &[("when", when), ("desk", self.slip.printed_by.clone())],
            )
        };
        let number = format!("{} {}", setter.number_label(), self.slip.grouped_number);
        footer(
            fonts,
            self.words,
            [&format!("{} · {number}", setter.state()), &made],
            page,
            pages,
        )
    }
}

/// A hairline, two lines of text and the page number.
pub(crate) fn footer(fonts: &Fonts, words: &Words, left: [&str; 2], page: usize, pages: usize) -> Block {
    let mut block = Block::new();
    let first = Style::bold(9.0).ink(Ink::Muted);
    let second = Style::regular(8.5).ink(Ink::Muted);
    let right = words.get(
        "print-page",
        &[("page", page.to_string()), ("pages", pages.to_string())],
    );
    block.rule(BODY_WIDTH);
    for (text, style, baseline) in [(left[0], first, 11.0), (left[1], second, 22.0)] {
        // One line each: what is too long is a name, and stands elsewhere.
        if let Some(line) = fonts.wrap(text, style, BODY_WIDTH - 80.0).first() {
            block.text_at(fonts, 0.0, baseline, line, style);
        }
    }
    block.text_ending_at(fonts, BODY_WIDTH, 11.0, &right, second);
    block
}
