//! What keeps a document from being printed.

/// Why there is no PDF. Carries no data of the patient.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// Nothing is handed out in this state: a person has to decide first, or the booking was refused.
    #[error("no slip is printed of a booking in state {state:?}")]
    NoSlip {
        /// The state.
        state: crate::SlipState,
    },
    /// A slip without an appointment, or a sheet without a prescription.
    #[error("there is nothing to print")]
    Nothing,
    /// A payment notice before the booking centre confirmed: only it can issue one.
    #[error("a payment notice cannot be printed before the booking is confirmed")]
    NoticeBeforeConfirmation,
    /// Text that cannot stand in a bar code.
    #[error("{field} cannot be printed as a bar code")]
    BarCode {
        /// Which datum.
        field: &'static str,
    },
    /// An embedded font that cannot be read.
    #[error("the embedded font {name} cannot be read")]
    Font {
        /// Its name.
        name: &'static str,
    },
    /// The document could not be written out.
    #[error("the document cannot be written")]
    Write(#[from] std::io::Error),
}
