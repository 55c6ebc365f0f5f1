//! How full schedules are: near days almost, the sixth month by a quarter.

use super::seeded::Seeded;

/// How much a schedule is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// As most are.
    Usual,
    /// Nothing free for so many days, then as most are.
    Full(u16),
    /// Hardly anybody comes.
    Quiet,
    /// Kept for urgent classes: half free, and more from the fourth day on.
    Urgent,
}

/// Places taken out of a thousand, by days ahead; straight lines between.
const USUAL: [(u16, u16); 9] = [
    (0, 992),
    (6, 990),
    (10, 935),
    (30, 800),
    (60, 620),
    (90, 470),
    (120, 350),
    (150, 270),
    (180, 230),
];

impl Demand {
    /// Places taken, out of a thousand, so many days ahead.
    pub(super) fn taken(self, ahead: u16) -> u16 {
        match self {
            Demand::Usual => usual(ahead),
            Demand::Full(days) if ahead < days => 1_000,
            Demand::Full(_) => usual(ahead),
            Demand::Quiet => usual(ahead) / 6,
            Demand::Urgent if ahead < 3 => 500,
            Demand::Urgent => usual(ahead) / 2,
        }
    }
}

fn usual(ahead: u16) -> u16 {
    let next = USUAL
        .iter()
        .position(|(day, _)| *day >= ahead)
        .unwrap_or(USUAL.len() - 1);
    let (to, end) = USUAL[next];
    let (from, start) = USUAL[next.saturating_sub(1)];
    if to == from {
        return end;
    }
    let fallen = u32::from(start - end) * u32::from(ahead.min(to) - from) / u32::from(to - from);
    start - u16::try_from(fallen).unwrap_or(0)
}

/// Which slots of a session are taken: bit `slot * places + place`, as in a published session.
/// Free ones come in runs of two or three, since people who cancel leave gaps and longer services
/// need room.
pub(super) fn taken_slots(slots: u16, places: u16, permille: u16, draw: &mut Seeded) -> Vec<u8> {
    let bits = usize::from(slots) * usize::from(places);
    let mut bytes = vec![0; bits.div_ceil(8)];
    if permille == 0 {
        return bytes;
    }
    let (fill, free) = chances(permille);
    let mut rest = Bits::default();
    for place in 0..usize::from(places) {
        let mut taken = rest.sixteen(draw) < u32::from(permille) * 65_536 / 1_000;
        for slot in 0..usize::from(slots) {
            if taken {
                let bit = slot * usize::from(places) + place;
                bytes[bit / 8] |= 1 << (bit % 8);
            }
            let chance = if taken { free } else { fill };
            if rest.sixteen(draw) < chance {
                taken = !taken;
            }
        }
    }
    bytes
}

/// Chances, out of 65,536, that a free slot is followed by a taken one and the other way round, so
/// that on the whole so many out of a thousand are taken.
fn chances(permille: u16) -> (u32, u32) {
    let (taken, free) = (u32::from(permille), 1_000 - u32::from(permille.min(1_000)));
    if taken >= 300 {
        (26_214, 26_214 * free / taken)
    } else {
        (58_982 * taken / free, 58_982)
    }
}

/// Sixteen bits at a time out of each number of a stream.
#[derive(Default)]
struct Bits {
    word: u64,
    left: u8,
}

impl Bits {
    #[allow(clippy::cast_possible_truncation)] // masked to sixteen bits
    fn sixteen(&mut self, draw: &mut Seeded) -> u32 {
        if self.left == 0 {
            self.word = draw.next();
            self.left = 4;
        }
        let bits = (self.word & 0xFFFF) as u32;
        self.word >>= 16;
        self.left -= 1;
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::super::seeded::Purpose;
    use super::*;

    #[test]
    fn as_many_slots_are_taken_as_the_demand_says() {
        let mut draw = Seeded::new(3, Purpose::Occupancy, 0);
        for wanted in [0, 100, 230, 500, 800, 980, 1_000] {
            let taken: u32 = (0..4_000)
                .flat_map(|_| taken_slots(12, 1, wanted, &mut draw))
                .map(u8::count_ones)
                .sum();
            let found = taken * 1_000 / 48_000;
            assert!(found.abs_diff(u32::from(wanted)) <= 12, "{found} for {wanted}");
        }
    }

    #[test]
    fn demand_never_grows_with_the_distance() {
        for demand in [Demand::Usual, Demand::Full(60), Demand::Quiet] {
            let curve: Vec<u16> = (0..180).map(|ahead| demand.taken(ahead)).collect();
            assert!(curve.is_sorted_by(|near, far| near >= far), "{demand:?}");
        }
        assert_eq!(Demand::Usual.taken(0), 992);
        assert_eq!(Demand::Usual.taken(180), 230);
    }
}
