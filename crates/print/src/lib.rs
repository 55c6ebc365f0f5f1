//! Lanterna: print. PDFs from plain models of already decided values, and the words on them.
//!
//! Nothing here knows a database, a clock or the domain's types: the caller decides what is true,
//! this crate only sets it on paper. The same model gives the same bytes.

mod error;
mod slip;
pub mod words;

pub use error::PrintError;
pub use slip::{
    QR_PREFIX, SlipAccess, SlipAppointment, SlipCancellation, SlipClock, SlipModel, SlipPatient,
    SlipPending, SlipPrescription, SlipState, SlipTicket, slip_qr,
};
