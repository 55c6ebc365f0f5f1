//! What can go wrong with the desk's files.

use lanterna_model::booking_number::BookingNumber;

/// A failure of the store. Nothing of a patient stands in it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full. Nothing of the transaction was kept.
    #[error("the disk is full")]
    DiskFull,
    /// The key does not open the file, or the file is no database.
    #[error("the key does not open {file}, or it is damaged")]
    Unreadable {
        /// `desk.db` or `mirror.db`.
        file: &'static str,
    },
    /// Written by a later version of the program; left untouched.
    #[error("{file} was written by a later version of the program")]
    NewerVersion {
        /// `desk.db` or `mirror.db`.
        file: &'static str,
    },
    /// A file or folder cannot be used.
    #[error("a file of the desk cannot be used")]
    Io(#[source] std::io::Error),
    /// A row that cannot be understood.
    #[error("a row of {table} cannot be understood")]
    Row {
        /// Its table.
        table: &'static str,
    },
    /// A page of changes that does not start where the mirror stands.
    #[error("the page of changes does not start where the mirror stands")]
    CursorMismatch,
    /// A line of the prescription has a live booking here.
    #[error("a line of the prescription is booked already")]
    AlreadyBooked {
        /// The booking that has it.
        number: BookingNumber,
    },
    /// No booking of this number.
    #[error("no booking of this number")]
    UnknownBooking,
    /// The booking changed since it was shown.
    #[error("the booking changed since it was shown")]
    Stale,
    /// Nothing can be done with the booking as it stands.
    #[error("not possible in the present state of the booking")]
    WrongState,
    /// A place set aside for this desk can be promised no longer.
    #[error("the place is no longer set aside for this desk")]
    LeaseOver,
    /// The desk is not enrolled.
    #[error("the desk is not enrolled")]
    NotEnrolled,
    /// The passphrase is wrong, or the key file is damaged.
    #[error("the passphrase does not open the key")]
    Passphrase,
    /// The database failed in another way.
    #[error("the database failed: {0}")]
    Database(DatabaseFault),
}

/// What the database said, without the text of any statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("code {code}")]
pub struct DatabaseFault {
    /// SQLite's extended result code; 0 for a fault of the driver.
    pub code: i32,
}

impl StoreError {
    /// Whether the contents of a file make no sense, as opposed to the machine failing.
    pub(crate) fn is_damage(&self) -> bool {
        // The lower byte of an extended code is the code itself.
        let damaged = |code: i32| {
            matches!(
                code & 0xff,
                rusqlite::ffi::SQLITE_CORRUPT | rusqlite::ffi::SQLITE_NOTADB
            )
        };
        match self {
            StoreError::Row { .. } | StoreError::Unreadable { .. } => true,
            StoreError::Database(fault) => damaged(fault.code),
            _ => false,
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
            _ => StoreError::Io(error),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(fault) if fault.code == rusqlite::ErrorCode::DiskFull => StoreError::DiskFull,
            Some(fault) => StoreError::Database(DatabaseFault {
                code: fault.extended_code,
            }),
            None => StoreError::Database(DatabaseFault { code: 0 }),
        }
    }
}

pub(crate) fn json<T: serde::Serialize>(table: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Row { table })
}

pub(crate) fn parsed<T: serde::de::DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Row { table })
}
