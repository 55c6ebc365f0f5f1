//! What reaches the engine, and what it asks for.

use std::time::Duration;

use lanterna_model::booking_number::BookingNumber;
use lanterna_wire::Cursor;
use lanterna_wire::catalogue::Catalogue;
use lanterna_wire::changes::Page;
use lanterna_wire::operation::{Batch, BatchReply};
use lanterna_wire::recovery::{Assertion, AssertionReply};
use lanterna_wire::snapshot::Manifest;
use lanterna_wire::status::Status;
use lanterna_wire::stock::{StockReply, StockRequest};

/// Names a request, so that its answer finds its way and a late one is known as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Something happened.
#[derive(Debug)]
pub enum Event {
    /// The store is open and the desk is enrolled.
    Started,
    /// A timer asked for by [`Effect::SetTimer`] ran out.
    Timer(Timer),
    /// A request ended, one way or the other.
    Answered {
        /// Which.
        request: RequestId,
        /// How.
        answer: Result<Answer, Failure>,
    },
    /// The doorbell stream stands.
    DoorbellOpened,
    /// The central's feed moved.
    DoorbellRang,
    /// The doorbell stream ended.
    DoorbellClosed,
    /// An operation was written locally.
    Written,
    /// The operator wants it now; also when the system reports a network.
    Hurry,
}

/// The timers the engine uses, one of each at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Ask the central again after a failure.
    Retry,
    /// Ask the central whether anything is new, doorbell or not.
    Poll,
    /// Send again what the central did not want yet.
    Push,
}

/// What the engine wants asked of the central.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// `GET /v1/status`.
    Status,
    /// `GET /v1/catalogue`; the version known, for `If-None-Match`.
    Catalogue {
        /// Version in the mirror.
        known: Option<String>,
    },
    /// `GET /v1/snapshot`.
    Manifest,
    /// `GET /v1/chunks/{hash}`.
    Chunk {
        /// The chunk.
        hash: String,
        /// Its size on the wire, an upper bound for the download.
        bytes: u32,
    },
    /// `GET /v1/changes`.
    Changes {
        /// Since when.
        from: Cursor,
    },
    /// `POST /v1/operations`.
    Push(Batch),
    /// `POST /v1/stock`.
    Stock(StockRequest),
    /// `POST /v1/assertions`.
    Assert(Assertion),
    /// `POST /v1/readmissions`, with these papers.
    Readmit(String),
}

/// What the central said.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To [`Request::Status`].
    Status(Box<Status>),
    /// To [`Request::Catalogue`]; `None` when it has not changed.
    Catalogue(Option<Box<Catalogue>>),
    /// To [`Request::Manifest`].
    Manifest(Box<Manifest>),
    /// To [`Request::Chunk`], checked against its name and read once.
    Chunk {
        /// Its name.
        hash: String,
        /// Its bytes on the wire.
        bytes: Vec<u8>,
    },
    /// To [`Request::Changes`].
    Changes(Box<Page>),
    /// To [`Request::Push`].
    Pushed(BatchReply),
    /// To [`Request::Stock`].
    Stocked(Box<StockReply>),
    /// To [`Request::Assert`].
    Asserted(Box<AssertionReply>),
    /// To [`Request::Readmit`]: this desk is known again.
    Readmitted,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it broke, or it took too long. The request may have been executed.
    Unreachable,
    /// 5xx, or an answer that is none: HTML, truncated, corrupt, beyond the bounds.
    Fault,
    /// 429 or 503 with `Retry-After`.
    Busy {
        /// How long the central asks to wait.
        retry_after: Option<Duration>,
    },
    /// 400 or 413: the central cannot read the request.
    Refused,
    /// 401.
    Unauthorized,
    /// 404: a chunk that is no longer there.
    Missing,
    /// 410: the cursor is too old or of another epoch.
    CursorGone,
    /// 409: the cursor is ahead of the ledger or of another history.
    CursorAhead,
    /// 426, or a version in the bytes that is not spoken here.
    Protocol,
}

/// What the engine wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the central, and report [`Event::Answered`].
    Send {
        /// To be given back with the answer.
        id: RequestId,
        /// What to ask.
        request: Request,
    },
    /// Start a timer anew; a running one of the same name is replaced.
    SetTimer {
        /// Which.
        timer: Timer,
        /// How long from now.
        after: Duration,
    },
    /// Stop a timer.
    StopTimer(Timer),
    /// Open the doorbell stream, if it does not stand already.
    OpenDoorbell,
    /// Drop every request under way and the doorbell.
    Hush,
    /// Tell whoever watches.
    Notice(Notice),
}

/// What those who watch may want to look at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The link, the service state or the age of the data.
    Status,
    /// The download moved on.
    Progress,
    /// The mirror has other places or another catalogue.
    Availability,
    /// An operation of this booking is being sent or got an outcome.
    Booking {
        /// Which.
        number: BookingNumber,
        /// A conflict on class U or B: a patient waits for a call.
        urgent: bool,
    },
}
