//! Which exchange of stock is answered how: the ratchet that tells a desk from its copies (rule 11).
//!
//! An exchange names a life of the desk's record and its number in it. A record that was put back
//! from a copy, or runs twice, sooner or later counts what the central has counted otherwise.

use lanterna_wire::stock::{StockReply, StockRequest};

use super::leases::StoredStock;

/// What becomes of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It was answered: the same answer, word for word. Its terms count from the first sending of the
    /// request, so that a repeated one promises nothing more.
    Again(StockReply),
    /// A later one was answered. Nothing changes.
    Superseded,
    /// This life of the record is fenced already.
    Fenced,
    /// Somebody else counts alike, or numbers are missing: this life is fenced from now on.
    Fence,
    /// The next one.
    Next,
    /// The first one of another life, which ends those before.
    First,
}

/// What becomes of an exchange of a life whose last one is `known`.
pub(crate) fn turn(known: Option<&StoredStock>, request: &StockRequest) -> Turn {
    let Some(known) = known else {
        // A life that this ledger does not know begins with 1, or it began at another ledger.
        return if request.number == 1 { Turn::First } else { Turn::Fence };
    };
    if known.fenced {
        Turn::Fenced
    } else if request.number < known.number || request.number == known.number && known.request.is_nil() {
        // Of the last one before a restoration only the number is known.
        Turn::Superseded
    } else if request.number == known.number {
        if request.id == known.request {
            Turn::Again(known.reply.clone())
        } else {
            Turn::Fence
        }
    } else if request.number == known.number + 1 {
        Turn::Next
    } else {
        Turn::Fence
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn request(number: u64, id: u128) -> StockRequest {
        StockRequest {
            id: Uuid::from_u128(id),
            incarnation: Uuid::from_u128(1),
            number,
            surrendered: Vec::new(),
            wants: Vec::new(),
            near: None,
        }
    }

    fn known(fenced: bool) -> StoredStock {
        StoredStock {
            number: 5,
            request: Uuid::from_u128(50),
            reply: StockReply::Superseded,
            fenced,
        }
    }

    #[test]
    fn numbers_go_up_by_one_and_a_repeated_one_is_the_same_request() {
        let of = |number, id| turn(Some(&known(false)), &request(number, id));
        assert_eq!(of(6, 60), Turn::Next);
        assert_eq!(of(5, 50), Turn::Again(StockReply::Superseded));
        assert_eq!(of(5, 51), Turn::Fence);
        assert_eq!(of(4, 40), Turn::Superseded);
        assert_eq!(of(7, 70), Turn::Fence);
    }

    #[test]
    fn of_an_exchange_that_was_told_after_a_restoration_only_the_number_is_known() {
        let told = StoredStock {
            request: Uuid::nil(),
            ..known(false)
        };
        let of = |number| turn(Some(&told), &request(number, 50));
        assert_eq!(
            [of(4), of(5), of(6), of(7)],
            [Turn::Superseded, Turn::Superseded, Turn::Next, Turn::Fence]
        );
    }

    #[test]
    fn a_fenced_life_stays_fenced_whatever_it_counts() {
        for number in [1, 4, 5, 6, 7] {
            assert_eq!(turn(Some(&known(true)), &request(number, 50)), Turn::Fenced);
        }
    }

    #[test]
    fn an_unknown_life_begins_with_one() {
        assert_eq!(turn(None, &request(1, 10)), Turn::First);
        assert_eq!(turn(None, &request(2, 10)), Turn::Fence);
    }
}
