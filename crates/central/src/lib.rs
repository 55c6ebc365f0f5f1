//! The reference central: one ledger of claims, and the doors through which desks reach it.

pub mod ledger;
