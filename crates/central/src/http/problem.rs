//! Failures as desks are told them.

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lanterna_wire::problem::{Problem, ProblemCode};

use crate::ledger::{CursorError, EnrolError, LedgerError};

/// Why a request was not answered as asked. Nothing of the request stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// 401.
    #[error("no token, or one that is not known")]
    Unauthorized,
    /// 403.
    #[error("the enrolment code is wrong, used or expired")]
    EnrolmentRefused,
    /// 404.
    #[error("no such thing")]
    NotFound,
    /// 405.
    #[error("the route does not take this method")]
    Method,
    /// 400.
    #[error("the request cannot be read: {0}")]
    Malformed(&'static str),
    /// 413.
    #[error("the request is beyond its bounds")]
    TooLarge,
    /// 416.
    #[error("the range lies outside the {bytes} bytes there are")]
    Range {
        /// Bytes of the whole.
        bytes: usize,
    },
    /// 426.
    #[error("no version of the protocol in common")]
    Protocol,
    /// 410.
    #[error("the cursor is older than what is kept, or of another epoch")]
    CursorGone,
    /// 409.
    #[error("the cursor is ahead of the ledger or of another history")]
    CursorAhead,
    /// 429.
    #[error("too many requests of one desk")]
    TooOften {
        /// Seconds after which to come back.
        retry_after: u32,
    },
    /// 503.
    #[error("too much at once")]
    Busy {
        /// Seconds after which to come back.
        retry_after: u32,
    },
    /// 503.
    #[error("the channel is not open")]
    NotOpen,
    /// 500.
    #[error("a fault of the central")]
    Internal,
}

impl ApiError {
    fn told(self) -> (StatusCode, ProblemCode) {
        match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, ProblemCode::Unauthorized),
            Self::EnrolmentRefused => (StatusCode::FORBIDDEN, ProblemCode::EnrolmentRefused),
            Self::NotFound => (StatusCode::NOT_FOUND, ProblemCode::NotFound),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, ProblemCode::Malformed),
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, ProblemCode::Malformed),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ProblemCode::TooLarge),
            Self::Range { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, ProblemCode::Malformed),
            Self::Protocol => (StatusCode::UPGRADE_REQUIRED, ProblemCode::Protocol),
            Self::CursorGone => (StatusCode::GONE, ProblemCode::CursorGone),
            Self::CursorAhead => (StatusCode::CONFLICT, ProblemCode::CursorAhead),
            Self::TooOften { .. } => (StatusCode::TOO_MANY_REQUESTS, ProblemCode::Busy),
            Self::Busy { .. } => (StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Busy),
            Self::NotOpen => (StatusCode::SERVICE_UNAVAILABLE, ProblemCode::NotOpen),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Internal),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = self.told();
        let mut response = (
            status,
            Json(Problem {
                code,
                detail: self.to_string(),
            }),
        )
            .into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Busy { retry_after } | Self::TooOften { retry_after } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
            }
            Self::Range { bytes } => {
                if let Ok(value) = HeaderValue::try_from(format!("bytes */{bytes}")) {
                    headers.insert(header::CONTENT_RANGE, value);
                }
            }
            _ => {}
        }
        response
    }
}

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NoSuchDesk(_) => Self::Unauthorized,
            LedgerError::NoSuchSchedule(_) => Self::NotFound,
            LedgerError::NotOpen(_) => Self::NotOpen,
            LedgerError::Malformed => Self::Malformed("it breaks a bound or contradicts an earlier one"),
            LedgerError::NotInstalled => Self::Busy { retry_after: 60 },
            LedgerError::Busy(_) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the ledger is busy");
                Self::Busy { retry_after: 5 }
            }
            LedgerError::Storage(_) | LedgerError::Damaged { .. } | LedgerError::Region(_) | LedgerError::Policy(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the ledger failed");
                Self::Internal
            }
        }
    }
}

impl From<EnrolError> for ApiError {
    fn from(error: EnrolError) -> Self {
        match error {
            EnrolError::Refused => Self::EnrolmentRefused,
            EnrolError::Ledger(error) => error.into(),
        }
    }
}

impl From<CursorError> for ApiError {
    fn from(error: CursorError) -> Self {
        match error {
            CursorError::Gone => Self::CursorGone,
            CursorError::Ahead => Self::CursorAhead,
            CursorError::Ledger(error) => error.into(),
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Self::TooLarge
        } else {
            Self::Malformed("its body ends too early")
        }
    }
}
