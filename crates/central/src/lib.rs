//! The reference central: one ledger of claims, and the doors through which desks reach it.

pub mod account;
pub mod clock;
pub mod demo;
pub mod edition;
pub mod embedded;
pub mod enrolment;
pub mod entropy;
pub mod http;
pub mod import;
pub mod ledger;
pub mod openapi;
pub mod outside;
pub mod proxy;
pub mod rescue;
#[cfg(feature = "testing")]
pub mod scratch;
pub mod seal;
pub mod service;
