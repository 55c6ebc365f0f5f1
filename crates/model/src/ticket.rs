//! The patient's share of the cost. Amounts are whole cents, never fractions.

use serde::{Deserialize, Serialize};

/// Cap per prescription where nothing else is configured: €36.15 in Liguria.
pub const DEFAULT_CAP: Cents = Cents(3_615);

/// An amount of money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct Cents(pub u32);

/// What is to be paid for a prescription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketDue {
    /// An amount, which may be zero.
    Amount(Cents),
    /// Nothing, by exemption.
    Exempt,
}

/// A line as the ticket sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketLine {
    /// Tariff of the service.
    pub tariff: Cents,
    /// How many times.
    pub quantity: u8,
    /// The exemption covers this service.
    pub exempt: bool,
}

/// The ticket of a prescription: the tariffs of the lines that no exemption covers, up to the cap.
#[must_use]
pub fn ticket(lines: &[TicketLine], cap: Cents) -> TicketDue {
    if !lines.is_empty() && lines.iter().all(|line| line.exempt) {
        return TicketDue::Exempt;
    }
    let sum = lines
        .iter()
        .filter(|line| !line.exempt)
        .map(|line| line.tariff.0.saturating_mul(u32::from(line.quantity)))
        .fold(0u32, u32::saturating_add);
    TicketDue::Amount(Cents(sum.min(cap.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cents: u32, exempt: bool) -> TicketLine {
        TicketLine {
            tariff: Cents(cents),
            quantity: 1,
            exempt,
        }
    }

    #[test]
    fn the_sum_is_capped_and_exempt_lines_are_free() {
        assert_eq!(
            ticket(&[line(2_066, false), line(1_155, false)], DEFAULT_CAP),
            TicketDue::Amount(Cents(3_221))
        );
        assert_eq!(
            ticket(&[line(9_000, false)], DEFAULT_CAP),
            TicketDue::Amount(DEFAULT_CAP)
        );
        assert_eq!(
            ticket(&[line(2_066, true), line(1_155, false)], DEFAULT_CAP),
            TicketDue::Amount(Cents(1_155))
        );
        assert_eq!(ticket(&[line(2_066, true)], DEFAULT_CAP), TicketDue::Exempt);
    }
}
