//! What PostgreSQL refuses, and what of it passes by itself.

use tokio_postgres::error::SqlState;

use crate::ledger::LedgerError;

/// Two transactions made the same thing at once, and this one came second.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("another transaction was quicker")]
struct Raced;

/// The fault of a transaction that has to begin anew, to see what another has made.
pub(super) fn raced() -> LedgerError {
    LedgerError::Busy(Box::new(Raced))
}

impl From<tokio_postgres::Error> for LedgerError {
    fn from(fault: tokio_postgres::Error) -> Self {
        if passes(&fault) {
            Self::Busy(Box::new(fault))
        } else {
            Self::Storage(Box::new(fault))
        }
    }
}

impl From<deadpool_postgres::PoolError> for LedgerError {
    fn from(fault: deadpool_postgres::PoolError) -> Self {
        match fault {
            deadpool_postgres::PoolError::Backend(fault) if !fault.is_closed() && fault.code().is_some() => {
                fault.into()
            }
            // No connection was free in time, or the server cannot be reached.
            fault => Self::Busy(Box::new(fault)),
        }
    }
}

/// Whether it is a matter of the moment: others were waited for too long, or the server goes away
/// or comes back.
fn passes(fault: &tokio_postgres::Error) -> bool {
    let Some(code) = fault.code() else {
        // What did not come from the server came from the line to it.
        return fault.is_closed()
            || std::error::Error::source(fault).is_some_and(|source| source.is::<std::io::Error>());
    };
    let moments = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    moments.contains(code) || code.code().starts_with("08")
}

/// Whether the same transaction may well pass when it begins anew at once: nothing of it remains,
/// and what was in its way is gone.
pub(super) fn again(error: &LedgerError) -> bool {
    let LedgerError::Busy(fault) = error else {
        return false;
    };
    if fault.is::<Raced>() {
        return true;
    }
    let code = fault
        .downcast_ref::<tokio_postgres::Error>()
        .and_then(|fault| fault.code());
    code.is_some_and(|code| *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED)
}
