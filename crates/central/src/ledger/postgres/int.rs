//! Whole numbers between Rust and columns of whatever width.

use bytes::BytesMut;
use lanterna_model::time::Minute;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::ledger::LedgerError;

type Fault = Box<dyn std::error::Error + Sync + Send>;

/// A whole number, for a column of two, four or eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Int(pub i64);

/// A number for a column.
pub(super) fn int(number: impl Into<i64>) -> Int {
    Int(number.into())
}

impl ToSql for Int {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match *ty {
            Type::INT2 => i16::try_from(self.0)?.to_sql(ty, out),
            Type::INT4 => i32::try_from(self.0)?.to_sql(ty, out),
            _ => self.0.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT2 | Type::INT4 | Type::INT8)
    }

    to_sql_checked!();
}

impl FromSql<'_> for Int {
    fn from_sql(ty: &Type, raw: &[u8]) -> Result<Self, Fault> {
        Ok(Self(match *ty {
            Type::INT2 => i16::from_sql(ty, raw)?.into(),
            Type::INT4 => i32::from_sql(ty, raw)?.into(),
            _ => i64::from_sql(ty, raw)?,
        }))
    }

    fn accepts(ty: &Type) -> bool {
        <Self as ToSql>::accepts(ty)
    }
}

/// The number in a column.
///
/// Errors: [`LedgerError::Damaged`] when it has no room in `T`.
pub(super) fn number<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<T, LedgerError> {
    fitting(row.try_get::<_, Int>(column)?.0)
}

/// The numbers in a column of arrays.
pub(super) fn numbers<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<Vec<T>, LedgerError> {
    let found = row.try_get::<_, Vec<Int>>(column)?;
    found.into_iter().map(|found| fitting(found.0)).collect()
}

/// The number in a column that may be empty.
pub(super) fn maybe<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<Option<T>, LedgerError> {
    row.try_get::<_, Option<Int>>(column)?
        .map(|found| fitting(found.0))
        .transpose()
}

pub(super) fn minute(row: &Row, column: usize) -> Result<Minute, LedgerError> {
    number(row, column).map(Minute)
}

fn fitting<T: TryFrom<i64>>(number: i64) -> Result<T, LedgerError> {
    T::try_from(number).map_err(|_| LedgerError::Damaged { table: "a number" })
}
