//! What is still to happen, in the order of time; what is due at the same instant comes in the order in
//! which it was put down.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::time::Millis;

/// Things to come.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    heap: BinaryHeap<Entry<T>>,
    order: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: Millis,
    order: u64,
    what: T,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            order: 0,
        }
    }

    /// Puts something down for an instant.
    pub(crate) fn put(&mut self, at: Millis, what: T) {
        self.order += 1;
        let order = self.order;
        self.heap.push(Entry { at, order, what });
    }

    /// The next thing, if there is any.
    pub(crate) fn next(&mut self) -> Option<(Millis, T)> {
        self.heap.pop().map(|entry| (entry.at, entry.what))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    // Turned round: the heap gives its greatest, and the soonest is wanted.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_by_time_and_then_in_the_order_they_were_put_down() {
        let mut agenda = Agenda::new();
        for (at, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (1, 'b')] {
            agenda.put(at, what);
        }
        let all: Vec<char> = std::iter::from_fn(|| agenda.next().map(|(_, what)| what)).collect();
        assert_eq!(all, ['a', 'b', 'c', 'd']);
    }
}
