//! What a host that runs the demonstration offers to its desk.

use std::future::Future;
use std::pin::Pin;

use lanterna_model::patient::Patient;
use lanterna_model::prescription::Prescription;

/// The demonstration around a desk: its embedded central, the fault proxy in front of it, and
/// prescriptions made from the seed. Hosts built with the feature `demo` pass one in.
pub trait Demonstration: Send + Sync + 'static {
    /// Prescriptions that fill the form.
    fn prescriptions(&self) -> Vec<ReadyPrescription>;

    /// Whether the proxy lets the desk through.
    fn link_up(&self) -> bool;

    /// Cuts or restores the link at the proxy.
    fn set_link(&self, up: bool);

    /// Where the central is reached whatever the proxy does.
    fn direct_url(&self) -> String;

    /// A fresh one-time code of the embedded central.
    fn enrolment_code(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>>;
}

/// A made-up prescription of a made-up patient.
#[derive(Clone, Debug)]
pub struct ReadyPrescription {
    /// From 1.
    pub id: u32,
    /// What it shows, in Italian.
    pub title: String,
    /// Its patient, marked as made up.
    pub patient: Patient,
    /// Its content.
    pub prescription: Prescription,
}
