//! The booking slip.

mod model;

pub use model::{
    SlipAccess, SlipAppointment, SlipCancellation, SlipClock, SlipModel, SlipPatient, SlipPending,
    SlipPrescription, SlipState, SlipTicket,
};

/// What a slip's QR begins with: the name and version of the payload.
pub const QR_PREFIX: &str = "LANTERNA|001|";

/// The payload of a slip's QR: `LANTERNA|001|` and the booking number without separators. Nothing in it tells who
/// the patient is.
#[must_use]
pub fn slip_qr(number: &str) -> String {
    let bare: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{QR_PREFIX}{bare}")
}
