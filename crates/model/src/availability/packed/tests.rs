//! The compact form against the plain one.

use proptest::prelude::*;

use super::*;
use crate::availability::{FreeCursor, FreeSlot, WindowFilter};

prop_compose! {
    fn schedule()(
        sessions in prop::collection::vec(
            (1i32..400, 1u16..7, 1u16..20, 1u16..4, 0u8..32, prop::collection::vec(any::<u8>(), 8)), 0..25,
        )
    ) -> ScheduleAvailability {
        // Around the October change of the clock.
        let mut at = Minute::containing("2026-10-23T00:00:00Z".parse().unwrap()).0 / 5;
        let sessions = sessions.into_iter().map(|(gap, step, slots, places, classes, bytes)| {
            let session = SessionAvailability {
                start: Minute((at + gap) * 5), step: step * 5, slots, places, revision: 3,
                classes: ClassMask(classes),
                free: FreeBits::from_bytes(&bytes, usize::from(slots) * usize::from(places)),
            };
            at += gap + i32::from(step * slots);
            session
        }).collect();
        ScheduleAvailability { schedule: ScheduleId(1), sessions }
    }
}

prop_compose! {
    fn window()(from in 0i32..40_000, length in 0i32..60_000, weekdays in 1u8..128, day_from in 0u16..1_440, hours in 0u16..1_440)
        -> WindowFilter {
        let start = Minute::containing("2026-10-22T00:00:00Z".parse().unwrap());
        WindowFilter {
            from: start.plus(from), to: start.plus(from + length), weekdays, day_from,
            day_to: (day_from + hours).min(1_439),
        }
    }
}

fn naive(it: &ScheduleAvailability, minutes: u16, request: ClassMask, window: &WindowFilter) -> Vec<FreeSlot> {
    let mut found = Vec::new();
    for session in it.sessions.iter().filter(|session| session.classes.admits(request)) {
        let run = session.run_of(minutes);
        for slot in 0..session.slots {
            let start = session.slot_start(slot);
            if slot + run > session.slots || !window.admits(start, start.rome_offset_minutes()) {
                continue;
            }
            let free = |place: u16| {
                (slot..slot + run).all(|slot| {
                    session
                        .free
                        .get(usize::from(slot) * usize::from(session.places) + usize::from(place))
                })
            };
            if let Some(place) = (0..session.places).find(|place| free(*place)) {
                found.push(FreeSlot {
                    start,
                    place,
                    minutes: run * session.step,
                    revision: 3,
                });
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn the_cursor_finds_just_what_a_scan_finds(
        it in schedule(), minutes in 5u16..90, class in 0u8..5, window in window()
    ) {
        let packed = PackedSchedule::new(&it);
        let request = ClassMask(1 << class);
        let mut cursor = FreeCursor::new(&packed, window.from);
        let mut found = Vec::new();
        while let Some(slot) = cursor.next(&packed, minutes, request, &window, |_, _, _| false) {
            prop_assert!(packed.is_free(slot.start, slot.place, slot.minutes));
            found.push(slot);
        }
        prop_assert_eq!(found, naive(&it, minutes, request, &window));
    }

    #[test]
    fn the_compact_form_loses_nothing(it in schedule()) {
        let packed = PackedSchedule::new(&it);
        prop_assert_eq!(PackedSchedule::from_row(&it.to_row()).unwrap(), packed.clone());
        prop_assert_eq!(packed.to_row(), it.to_row());
        prop_assert_eq!(packed.to_plain(ScheduleId(1)), it);
    }

    #[test]
    fn a_change_of_one_session_leaves_what_the_plain_form_would(
        mut it in schedule(), which in any::<prop::sample::Index>(), classes in 0u8..32, free in prop::collection::vec(any::<u8>(), 0..9),
    ) {
        let mut packed = PackedSchedule::new(&it);
        prop_assert!(!packed.update(Minute(1), ClassMask(classes), &free));
        if !it.sessions.is_empty() {
            let at = which.index(it.sessions.len());
            let session = &mut it.sessions[at];
            session.classes = ClassMask(classes);
            session.free = FreeBits::from_bytes(&free, session.free.len());
            prop_assert!(packed.update(session.start, ClassMask(classes), &free));
        }
        prop_assert_eq!(packed, PackedSchedule::new(&it));
    }

    #[test]
    fn what_a_stretch_of_time_offers_is_never_told_too_small(it in schedule(), from in 0i32..40_000, length in 1i32..3_000) {
        let packed = PackedSchedule::new(&it);
        let from = Minute::containing("2026-10-22T00:00:00Z".parse().unwrap()).plus(from);
        let to = from.plus(length);
        let offered = packed.offers_between(from, to);
        for session in &it.sessions {
            let places = usize::from(session.places);
            let inside = (0..session.slots).any(|slot| {
                let start = session.slot_start(slot);
                let bits = usize::from(slot) * places..(usize::from(slot) + 1) * places;
                start >= from && start < to && bits.into_iter().any(|bit| session.free.get(bit))
            });
            prop_assert!(!inside || offered.with(session.classes) == offered);
        }
        let told: Vec<_> = packed.stretches().map(|it| (it.start, it.last, it.classes)).collect();
        let plain: Vec<_> = it.sessions.iter().map(|session| {
            let free = session.free.count() > 0;
            (session.start, session.slot_start(session.slots - 1), if free { session.classes } else { ClassMask::NONE })
        }).collect();
        prop_assert_eq!(told, plain);
    }

    #[test]
    fn counting_agrees_with_a_scan(it in schedule(), class in 0u8..5, window in window()) {
        let packed = PackedSchedule::new(&it);
        let request = ClassMask(1 << class);
        let (mut offered, mut kept) = (0, 0);
        packed.count_free(&window, request, |_, free, other| { offered += free; kept += other; });
        let count = |admitted: bool| -> u32 {
            it.sessions.iter().filter(|session| session.classes.admits(request) == admitted).map(|session| {
                (0..session.slots).filter(|slot| {
                    let start = session.slot_start(*slot);
                    window.admits(start, start.rome_offset_minutes())
                }).map(|slot| (0..session.places).filter(|place| {
                    session.free.get(usize::from(slot) * usize::from(session.places) + usize::from(*place))
                }).count()).sum::<usize>()
            }).sum::<usize>().try_into().unwrap()
        };
        prop_assert_eq!((offered, kept), (count(true), count(false)));
        prop_assert_eq!(packed.count_kept(&window, request), count(false));
    }
}

#[test]
fn a_taken_place_gives_way_to_the_next_one() {
    let it = ScheduleAvailability {
        schedule: ScheduleId(1),
        sessions: vec![SessionAvailability {
            start: Minute(29_000_000),
            step: 10,
            slots: 3,
            places: 2,
            revision: 1,
            classes: ClassMask::ALL,
            free: FreeBits::all(6),
        }],
    };
    let packed = PackedSchedule::new(&it);
    let window = WindowFilter::since(Minute(0));
    let mut cursor = FreeCursor::new(&packed, window.from);
    let first = cursor
        .next(&packed, 10, ClassMask::FOLLOW_UP, &window, |_, place, _| place == 0)
        .unwrap();
    assert_eq!((first.start, first.place), (Minute(29_000_000), 1));
}
