//! Lanterna: print. PDFs from plain models of already decided values, and the words on them.
//!
//! Nothing here knows a database, a clock or the domain's types: the caller decides what is true,
//! this crate only sets it on paper. The same model gives the same bytes.

mod dates;
mod error;
mod page;
mod sheet;
mod slip;
pub mod words;

pub use error::PrintError;
pub use sheet::{PrescriptionSheetModel, prescription_sheet_pdf};
pub use slip::{
    QR_PREFIX, SlipAccess, SlipAppointment, SlipCancellation, SlipClass, SlipClock, SlipModel, SlipPatient,
    SlipPending, SlipPrescription, SlipState, SlipTicket, slip_pdf, slip_qr,
};

use page::{BODY_WIDTH, Block, Fonts, Ink, Style};
use words::Words;

/// The band on every page of invented data.
fn demonstration(fonts: &Fonts, words: &Words) -> Block {
    const HEIGHT: f32 = 19.0;
    let mut block = Block::new();
    block.fill([0.0, 0.0, BODY_WIDTH, HEIGHT], Ink::Black);
    let mark = Style::bold(11.5).ink(Ink::White);
    let text = words.get("print-demonstration", &[]);
    block.text_at(fonts, 9.0, 13.6, &text, mark);
    let note = Style::regular(10.0).ink(Ink::White);
    block.text_ending_at(
        fonts,
        BODY_WIDTH - 9.0,
        13.3,
        &words.get("print-demonstration-note", &[]),
        note,
    );
    block.height = HEIGHT + 9.0;
    block
}
