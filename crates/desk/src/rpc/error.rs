//! What a screen gets when something cannot be done: a code and figures, never a sentence.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A failure told to a screen. The words are the Fluent message `error-<code>`, with `params`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RpcError {
    /// Which failure.
    pub code: ErrorCode,
    /// The field at fault, as named in the request, where there is one.
    pub field: Option<String>,
    /// Figures for the message: positions, limits, dates. Never anything of a patient.
    pub params: std::collections::BTreeMap<String, String>,
}

/// The failures the screens tell apart: each has a message, and somebody who shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// The request itself cannot be read.
    BadRequest,
    /// The desk is locked.
    Locked,
    /// No key yet, or no enrolment yet.
    NotReady,
    /// The passphrase does not open the key.
    WrongPassphrase,
    /// The passphrase is too short (`min`).
    ShortPassphrase,
    /// The keychain does not answer and no passphrase was given.
    PassphraseNeeded,
    /// The keychain that has the key does not answer.
    KeychainSilent,
    /// The central does not answer.
    Unreachable,
    /// The central does not know the enrolment code, or it was used.
    EnrolmentRefused,
    /// No version of the protocol in common.
    Protocol,
    /// The central answered something that cannot be read.
    BadAnswer,
    /// Tax code or its substitute: a character at `position`.
    PatientIdCharacter,
    /// Tax code or its substitute: wrong length (`found`).
    PatientIdLength,
    /// Tax code: check letter at fault (`expected`).
    PatientIdCheck,
    /// The text is no patient code of any kind.
    PatientIdUnknown,
    /// The date of birth does not agree with the tax code.
    BirthDate,
    /// A required field is empty.
    Required,
    /// NRE: a character at `position`.
    NreCharacter,
    /// NRE: wrong length (`found`).
    NreLength,
    /// The prescription ran out on `date`.
    PrescriptionExpired,
    /// The prescription is dated in the future.
    PrescriptionFuture,
    /// More than `max` services.
    TooManyServices,
    /// No service.
    NoServices,
    /// Services of different branches.
    MixedBranches,
    /// First access without a class, or follow-up with one.
    ClassMismatch,
    /// A service that is not in the catalogue (`code`).
    UnknownService,
    /// The patient's age (`age`) is outside the limits `min`–`max` of the schedule.
    PatientAge,
    /// The schedule is for the other sex.
    PatientSex,
    /// A date in the past.
    PastDate,
    /// A date or number outside its bounds.
    OutOfBounds,
    /// No such slot.
    NoSuchSlot,
    /// The place is no longer free.
    SlotTaken,
    /// The place is kept by somebody else at the moment, or the central refuses the hold.
    HoldRefused,
    /// A line of this prescription is booked already (`number` where it is a booking of this desk).
    AlreadyBooked,
    /// The central never told its key: a rescue file could not be read by anybody.
    NoRescueKey,
    /// Nothing waits in the queue.
    NothingToRescue,
    /// The file is no rescue file for this central, or it was changed.
    NoRescue,
    /// The channel may not book.
    ServiceClosed,
    /// No booking of this number here.
    UnknownBooking,
    /// The row changed since it was shown.
    Stale,
    /// Not possible in the booking's present state.
    WrongState,
    /// Being sent: not now.
    Sending,
    /// The disk is full: nothing was booked.
    DiskFull,
    /// The desk's files cannot be used.
    Storage,
    /// The document cannot be made or opened.
    Document,
    /// The preferences cannot be kept.
    Preferences,
    /// Only in the demonstration.
    DemonstrationOnly,
    /// A fault of the program.
    Internal,
}
