//! The pure rules of the booking domain: identifiers, schedules, availability,
//! prescriptions, priorities, bookings. No I/O, clock, randomness, SQL or async.
//!
//! Names follow FHIR where it has a word; `docs/GLOSSARY.md` maps the Italian ones.

pub mod access;
pub mod age;
pub mod availability;
pub mod booking;
pub mod booking_number;
pub mod geo;
pub mod ids;
pub mod lease;
pub mod location;
pub mod nre;
pub mod organization;
pub mod patient;
pub mod patient_id;
pub mod prescription;
pub mod priority;
pub mod schedule;
pub mod service;
pub mod tax_code;
pub mod ticket;
pub mod time;
pub mod working_days;
