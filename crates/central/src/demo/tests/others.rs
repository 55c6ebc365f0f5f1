//! The bookings of others.

use std::collections::{HashMap, HashSet};

use lanterna_model::time::Minute;

use super::*;

#[test]
fn others_book_free_places_each_once_and_cancel_now_and_then() {
    let region = region(SEED, 200, monday());
    let by_id: HashMap<_, _> = region.schedules.iter().map(|it| (it.schedule.id, it)).collect();
    let mut others = background(SEED, &region);
    let now = Minute::rome_midnight(monday()).plus(9 * 60);
    let (mut taken, mut live, mut cancelled, mut near) = (HashSet::new(), 0, 0, 0);
    for _ in 0..400 {
        match others.next(now, live) {
            Some(Deed::Book { span, .. }) => {
                let it = by_id[&span.schedule];
                let session = it
                    .sessions
                    .iter()
                    .find(|one| one.start <= span.start && span.start < one.start.plus(i32::from(one.step * one.slots)))
                    .unwrap();
                assert!(span.start > now && span.minutes.is_multiple_of(session.step));
                let first = u16::try_from((span.start.0 - session.start.0) / i32::from(session.step));
                let first = first.unwrap();
                for slot in first..first + span.minutes / session.step {
                    assert!(!session.is_closed(slot, span.place));
                    assert!(taken.insert((span.schedule, session.start, slot, span.place)));
                }
                near += usize::from(span.start < now.plus(45 * 24 * 60));
                live += 1;
            }
            Some(Deed::Cancel { which }) => {
                assert!(which < live);
                live -= 1;
                cancelled += 1;
            }
            None => {}
        }
    }
    assert!(live > 200, "{live}");
    assert!(cancelled > 10, "{cancelled}");
    assert!(near * 10 > (live + cancelled) * 8, "{near}");
}

#[test]
fn the_same_seed_gives_the_same_deeds() {
    let region = region(SEED, 60, monday());
    let now = Minute::rome_midnight(monday());
    let deeds = || {
        let mut others = background(5, &region);
        (0..50).map(|_| others.next(now, 3)).collect::<Vec<_>>()
    };
    assert_eq!(deeds(), deeds());
}

#[test]
fn an_empty_region_has_no_others() {
    let region = region(SEED, 0, monday());
    let now = Minute::rome_midnight(monday());
    assert_eq!(background(SEED, &region).next(now, 0), None);
}
