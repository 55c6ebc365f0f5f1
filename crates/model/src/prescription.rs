//! The electronic prescription (DM 2 November 2011): lines of one branch, at most eight services.

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::access::AccessType;
use crate::ids::{BranchCode, ServiceCode};
use crate::nre::Nre;
use crate::priority::Priority;

/// Most services on one prescription.
pub const MOST_LINES: usize = 8;
/// Days of validity where nothing else is configured.
pub const DEFAULT_VALIDITY_DAYS: u16 = 180;
/// Days before the end at which the desk begins to warn.
pub const WARNING_DAYS: u16 = 14;

/// What a doctor prescribed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prescription {
    /// Its number.
    pub nre: Nre,
    /// Who prescribed; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prescriber: String,
    /// Class of a first access, valid for all lines.
    pub priority: Option<Priority>,
    /// First access or follow-up.
    pub access: AccessType,
    /// Date on the prescription.
    pub issued_on: NaiveDate,
    /// Diagnosis, as code or text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<String>,
    /// Exemption code; none when not exempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption: Option<String>,
    /// What is prescribed.
    pub lines: Vec<PrescriptionLine>,
}

impl std::fmt::Debug for Prescription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prescription(…)")
    }
}

/// One service of a prescription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrescriptionLine {
    /// Position, from 1.
    pub line: u8,
    /// The service.
    pub service: ServiceCode,
    /// How many times.
    pub quantity: u8,
}

/// A prescription that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Until a day, included.
    Valid {
        /// Last day.
        expires_on: NaiveDate,
    },
    /// Only for a few days more.
    ExpiringSoon {
        /// Last day.
        expires_on: NaiveDate,
        /// Days left.
        days: u16,
    },
}

impl Validity {
    /// Last day.
    #[must_use]
    pub fn expires_on(self) -> NaiveDate {
        match self {
            Validity::Valid { expires_on } | Validity::ExpiringSoon { expires_on, .. } => expires_on,
        }
    }
}

/// Why a prescription cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrescriptionError {
    /// No line.
    #[error("a prescription has at least one service")]
    NoLines,
    /// Too many lines.
    #[error("a prescription has at most {max} services, not {found}")]
    TooManyLines {
        /// Lines found.
        found: usize,
        /// Most allowed.
        max: usize,
    },
    /// Line numbers that are not 1, 2, 3 ….
    #[error("the lines of a prescription are numbered from 1 without gaps")]
    LineNumbers,
    /// A quantity of zero.
    #[error("the quantity of line {line} is zero")]
    Quantity {
        /// The line.
        line: u8,
    },
    /// A service that the catalogue does not have.
    #[error("service {code} is not in the catalogue")]
    UnknownService {
        /// Its code.
        code: ServiceCode,
    },
    /// Services of different branches.
    #[error("a prescription has services of one branch only")]
    MixedBranches,
    /// A first access without a class.
    #[error("a first access carries a priority class")]
    ClassMissing,
    /// A follow-up with a class.
    #[error("a follow-up carries no priority class")]
    ClassOnFollowUp,
    /// Dated in the future.
    #[error("the prescription is dated in the future")]
    IssuedInFuture,
    /// No longer valid.
    #[error("the prescription was valid until {expired_on}")]
    Expired {
        /// Last day it was valid.
        expired_on: NaiveDate,
    },
}

impl Prescription {
    /// Last day of validity.
    #[must_use]
    pub fn expires_on(&self, validity_days: u16) -> NaiveDate {
        self.issued_on
            .checked_add_signed(Duration::days(i64::from(validity_days)))
            .unwrap_or(NaiveDate::MAX)
    }

    /// Checks it on a day. `branch_of` tells the branch of a service of the catalogue.
    ///
    /// # Errors
    /// [`PrescriptionError`]: the first rule that is broken.
    pub fn validate(
        &self,
        today: NaiveDate,
        validity_days: u16,
        branch_of: impl Fn(&ServiceCode) -> Option<BranchCode>,
    ) -> Result<Validity, PrescriptionError> {
        if self.lines.is_empty() {
            return Err(PrescriptionError::NoLines);
        }
        if self.lines.len() > MOST_LINES {
            return Err(PrescriptionError::TooManyLines {
                found: self.lines.len(),
                max: MOST_LINES,
            });
        }
        let mut branch = None;
        for (at, line) in self.lines.iter().enumerate() {
            if usize::from(line.line) != at + 1 {
                return Err(PrescriptionError::LineNumbers);
            }
            if line.quantity == 0 {
                return Err(PrescriptionError::Quantity { line: line.line });
            }
            let found = branch_of(&line.service).ok_or_else(|| PrescriptionError::UnknownService {
                code: line.service.clone(),
            })?;
            if *branch.get_or_insert(found) != found {
                return Err(PrescriptionError::MixedBranches);
            }
        }
        match (self.access, self.priority) {
            (AccessType::First, None) => return Err(PrescriptionError::ClassMissing),
            (AccessType::FollowUp, Some(_)) => return Err(PrescriptionError::ClassOnFollowUp),
            _ => {}
        }
        if self.issued_on > today {
            return Err(PrescriptionError::IssuedInFuture);
        }
        let expires_on = self.expires_on(validity_days);
        let left = (expires_on - today).num_days();
        match u16::try_from(left) {
            Err(_) => Err(PrescriptionError::Expired { expired_on: expires_on }),
            Ok(days) if days <= WARNING_DAYS => Ok(Validity::ExpiringSoon { expires_on, days }),
            Ok(_) => Ok(Validity::Valid { expires_on }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn prescription(codes: &[&str]) -> Prescription {
        Prescription {
            nre: Nre::parse("0700A4000000123").unwrap(),
            prescriber: String::new(),
            priority: Some(Priority::D),
            access: AccessType::First,
            issued_on: day("2026-05-01"),
            diagnosis: None,
            exemption: None,
            lines: codes
                .iter()
                .enumerate()
                .map(|(at, code)| PrescriptionLine {
                    line: u8::try_from(at + 1).unwrap(),
                    service: ServiceCode::parse(code).unwrap(),
                    quantity: 1,
                })
                .collect(),
        }
    }

    fn branch(code: &ServiceCode) -> Option<BranchCode> {
        match &code.as_str()[..2] {
            "89" => Some(BranchCode(2)),
            "95" => Some(BranchCode(16)),
            _ => None,
        }
    }

    #[test]
    fn it_is_valid_for_180_days_and_warns_before_the_end() {
        let it = prescription(&["89.7A.3"]);
        let expires_on = day("2026-10-28");
        assert_eq!(
            it.validate(day("2026-05-01"), 180, branch),
            Ok(Validity::Valid { expires_on })
        );
        assert_eq!(
            it.validate(expires_on, 180, branch),
            Ok(Validity::ExpiringSoon { expires_on, days: 0 })
        );
        assert_eq!(
            it.validate(day("2026-10-29"), 180, branch),
            Err(PrescriptionError::Expired { expired_on: expires_on })
        );
        assert_eq!(
            it.validate(day("2026-04-30"), 180, branch),
            Err(PrescriptionError::IssuedInFuture)
        );
    }

    #[test]
    fn its_services_are_one_to_eight_of_one_branch() {
        let today = day("2026-05-02");
        assert_eq!(
            prescription(&[]).validate(today, 180, branch),
            Err(PrescriptionError::NoLines)
        );
        assert_eq!(
            prescription(&["89.7A.3"; 9]).validate(today, 180, branch),
            Err(PrescriptionError::TooManyLines { found: 9, max: 8 })
        );
        assert_eq!(
            prescription(&["89.7A.3", "95.02"]).validate(today, 180, branch),
            Err(PrescriptionError::MixedBranches)
        );
        assert!(matches!(
            prescription(&["11.11"]).validate(today, 180, branch),
            Err(PrescriptionError::UnknownService { .. })
        ));
    }

    #[test]
    fn only_a_first_access_carries_a_class() {
        let today = day("2026-05-02");
        let mut it = prescription(&["89.7A.3"]);
        it.priority = None;
        assert_eq!(it.validate(today, 180, branch), Err(PrescriptionError::ClassMissing));
        it.access = AccessType::FollowUp;
        assert!(it.validate(today, 180, branch).is_ok());
        it.priority = Some(Priority::B);
        assert_eq!(it.validate(today, 180, branch), Err(PrescriptionError::ClassOnFollowUp));
    }
}
