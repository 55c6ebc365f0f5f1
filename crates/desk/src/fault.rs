//! From what goes wrong below to the codes the screens know.

use std::collections::BTreeMap;

use lanterna_store::StoreError;

use crate::adapters::NoEntropy;
use crate::link::{ClientError, Enrolling};
use crate::rpc::{ErrorCode, RpcError};

/// Short for the result of every use case.
pub(crate) type Answered<T> = Result<T, RpcError>;

impl RpcError {
    /// A failure without field or figures.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            field: None,
            params: BTreeMap::new(),
        }
    }

    /// The same failure, at a field.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// The same failure with a figure for its message. Never anything of a patient.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}

impl From<ErrorCode> for RpcError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl From<StoreError> for RpcError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull => ErrorCode::DiskFull.into(),
            other => {
                tracing::error!(error = %other, "the store failed");
                ErrorCode::Storage.into()
            }
        }
    }
}

impl From<NoEntropy> for RpcError {
    fn from(_: NoEntropy) -> Self {
        ErrorCode::Internal.into()
    }
}

impl From<ClientError> for RpcError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Address => RpcError::new(ErrorCode::OutOfBounds).at("central_url"),
            ClientError::Tls => ErrorCode::Internal.into(),
        }
    }
}

impl From<Enrolling> for RpcError {
    fn from(error: Enrolling) -> Self {
        match error {
            Enrolling::Refused => RpcError::new(ErrorCode::EnrolmentRefused).at("code"),
            Enrolling::Protocol => ErrorCode::Protocol.into(),
            Enrolling::Unreachable => ErrorCode::Unreachable.into(),
            Enrolling::Fault => ErrorCode::BadAnswer.into(),
        }
    }
}
