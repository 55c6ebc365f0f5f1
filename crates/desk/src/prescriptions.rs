//! Checking a prescription against the catalogue and the calendar.

use lanterna_model::nre::Nre;
use lanterna_model::prescription::{Prescription, PrescriptionError, PrescriptionLine, Validity};
use lanterna_model::ticket::{self, Cents, TicketDue, TicketLine};
use lanterna_model::time::Now;
use lanterna_store::{CatalogueIndex, Store};

use crate::catalogue;
use crate::fault::Answered;
use crate::patients::{cleaned, nre_error};
use crate::rpc::{ErrorCode, PrescriptionCheck, PrescriptionInput, RpcError};

/// What is known of a prescription, and what is wrong with what was typed.
pub(crate) fn check(store: &Store, input: &PrescriptionInput, now: Now) -> PrescriptionCheck {
    let known = store.catalogue();
    let rules = catalogue::rules(known);
    let mut result = PrescriptionCheck {
        expires_on: None,
        expiring_in_days: None,
        ticket_cents: None,
        exempt: false,
        services: input
            .services
            .iter()
            .filter_map(|code| known.service(code))
            .map(|service| catalogue::service_view(known, service))
            .collect(),
        deadline: None,
        errors: Vec::new(),
    };
    if let (Some(class), Some(service)) = (
        input.priority,
        input.services.first().and_then(|code| known.service(code)),
    ) {
        result.deadline = Some(rules.waits.deadline(class, service.kind, now.wall));
    }
    match read(input) {
        Err(error) => result.errors.push(error),
        Ok(prescription) => {
            match validate(&prescription, known, now) {
                Ok(validity) => {
                    result.expires_on = Some(validity.expires_on());
                    if let Validity::ExpiringSoon { days, .. } = validity {
                        result.expiring_in_days = Some(days);
                    }
                }
                Err(error) => {
                    result.expires_on = Some(prescription.expires_on(rules.prescription_days));
                    result.errors.push(error);
                }
            }
            match due(&prescription, known) {
                TicketDue::Exempt => result.exempt = true,
                TicketDue::Amount(Cents(cents)) => result.ticket_cents = Some(cents),
            }
        }
    }
    result
}

/// The prescription of a booking, or the first thing that is wrong.
pub(crate) fn accepted(store: &Store, input: &PrescriptionInput, now: Now) -> Answered<Prescription> {
    let prescription = read(input)?;
    validate(&prescription, store.catalogue(), now)?;
    Ok(prescription)
}

fn read(input: &PrescriptionInput) -> Answered<Prescription> {
    let nre = cleaned(&input.nre);
    if nre.is_empty() {
        return Err(RpcError::new(ErrorCode::Required).at("nre"));
    }
    let nre = Nre::parse(&nre).map_err(|error| nre_error(&error))?;
    let issued_on = input
        .issued_on
        .ok_or_else(|| RpcError::new(ErrorCode::Required).at("issued_on"))?;
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Prescription {
        nre,
        prescriber: input.prescriber.trim().to_owned(),
        priority: input.priority,
        access: input.access,
        issued_on,
        diagnosis: text(&input.diagnosis),
        exemption: text(&input.exemption).map(|code| code.to_uppercase()),
        lines: (1..)
            .zip(&input.services)
            .map(|(line, service)| PrescriptionLine {
                line,
                service: service.clone(),
                quantity: 1,
            })
            .collect(),
    })
}

fn validate(prescription: &Prescription, known: &CatalogueIndex, now: Now) -> Answered<Validity> {
    let days = catalogue::rules(known).prescription_days;
    let branch = |code: &lanterna_model::ids::ServiceCode| known.service(code).map(|service| service.branch);
    prescription
        .validate(now.today(), days, branch)
        .map_err(|error| match error {
            PrescriptionError::NoLines => RpcError::new(ErrorCode::NoServices).at("services"),
            PrescriptionError::TooManyLines { max, .. } => RpcError::new(ErrorCode::TooManyServices)
                .with("max", max)
                .at("services"),
            PrescriptionError::UnknownService { code } => RpcError::new(ErrorCode::UnknownService)
                .with("code", code)
                .at("services"),
            PrescriptionError::MixedBranches => RpcError::new(ErrorCode::MixedBranches).at("services"),
            PrescriptionError::ClassMissing | PrescriptionError::ClassOnFollowUp => {
                RpcError::new(ErrorCode::ClassMismatch).at("priority")
            }
            PrescriptionError::IssuedInFuture => RpcError::new(ErrorCode::PrescriptionFuture).at("issued_on"),
            PrescriptionError::Expired { expired_on } => RpcError::new(ErrorCode::PrescriptionExpired)
                .with("date", expired_on.format("%d/%m/%Y"))
                .at("issued_on"),
            PrescriptionError::LineNumbers | PrescriptionError::Quantity { .. } => {
                RpcError::new(ErrorCode::BadRequest).at("services")
            }
        })
}

/// What is to be paid, by the tariffs known here.
pub(crate) fn due(prescription: &Prescription, known: &CatalogueIndex) -> TicketDue {
    let exemption = prescription.exemption.as_ref().and_then(|code| {
        known
            .catalogue()
            .and_then(|catalogue| catalogue.exemptions.iter().find(|exemption| exemption.code == *code))
    });
    let lines: Vec<TicketLine> = prescription
        .lines
        .iter()
        .map(|line| TicketLine {
            tariff: Cents(known.service(&line.service).map_or(0, |service| service.tariff_cents)),
            quantity: line.quantity,
            exempt: match (&prescription.exemption, exemption) {
                (None, _) => false,
                // A code this desk does not know: the central decides, the desk does not ask for money.
                (Some(_), None) => true,
                (Some(_), Some(found)) => found.services.is_empty() || found.services.contains(&line.service),
            },
        })
        .collect();
    ticket::ticket(&lines, Cents(catalogue::rules(known).ticket_cap_cents))
}

/// A prescription as a form shows it.
pub(crate) fn input(prescription: &Prescription) -> PrescriptionInput {
    PrescriptionInput {
        nre: prescription.nre.to_string(),
        priority: prescription.priority,
        access: prescription.access,
        issued_on: Some(prescription.issued_on),
        diagnosis: prescription.diagnosis.clone().unwrap_or_default(),
        exemption: prescription.exemption.clone().unwrap_or_default(),
        prescriber: prescription.prescriber.clone(),
        services: prescription.lines.iter().map(|line| line.service.clone()).collect(),
    }
}
