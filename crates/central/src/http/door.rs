//! Who is worked for, who waits in line, and who comes back later.
//!
//! So many requests are worked on at a time; a bounded line of others waits and is let in in the
//! order of arrival. Of each desk only a few are inside or in line at once, and each may ask only
//! so often: 2,500 desks that come back together find places one after the other, and none of them
//! takes those of others. Whoever is turned away is told when to come back; the more were turned
//! away and not served since, the later.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Settings;
use crate::ledger::SecretHash;

/// Desks that are counted at the same time. Whoever comes beyond them is not, and waits in line
/// like everybody.
const MOST_COUNTED: usize = 16_384;
/// Seconds after which who found the line full comes back at the earliest, and at the latest.
const COME_BACK: (u32, u32) = (2, 30);
/// Requests that a central answers in a second at least: what the time to come back follows from.
const SERVED_PER_SECOND: u32 = 100;
/// Seconds after which a desk comes back that has too many requests under way.
const ONE_BY_ONE: u32 = 1;

/// Why a request was turned away, and after how many seconds it may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Away {
    /// Inside and in line all places are taken.
    Full(u32),
    /// The desk has as many requests under way as one may have.
    Crowding(u32),
    /// The desk asks too often.
    Hasty(u32),
    /// The time for the request was over, in line or at work.
    Late(u32),
}

/// The door of a central.
pub(super) struct Door {
    room: Semaphore,
    /// One permit for each place inside or in line.
    places: Semaphore,
    all: usize,
    per_desk: u32,
    /// Requests that a desk may make at once after a while of silence.
    burst: i64,
    /// Milliseconds after which it may make one more.
    pace: i64,
    away: AtomicU32,
    desks: Mutex<HashMap<SecretHash, Account>>,
}

/// What a desk has under way, and when it will have used up nothing of its burst, in milliseconds.
#[derive(Clone, Copy, Default)]
struct Account {
    under_way: u32,
    rested_at: i64,
}

impl Door {
    pub(super) fn new(settings: &Settings) -> Self {
        let all = settings.requests.saturating_add(settings.waiting);
        Self {
            room: Semaphore::new(settings.requests),
            places: Semaphore::new(all.min(Semaphore::MAX_PERMITS)),
            all,
            per_desk: settings.per_desk,
            burst: i64::from(settings.burst),
            pace: 1_000 / i64::from(settings.per_second.clamp(1, 1_000)),
            away: AtomicU32::new(0),
            desks: Mutex::default(),
        }
    }

    /// Lets a request in, after those who came before it. `who` is the hash of its token.
    ///
    /// The time spent in line is bounded by whoever waits for this.
    pub(super) async fn enter(&self, who: Option<SecretHash>, now: DateTime<Utc>) -> Result<Guest<'_>, Away> {
        let who = match who {
            Some(who) => self.count(who, now.timestamp_millis())?.then_some(who),
            None => None,
        };
        let mut guest = Guest {
            door: self,
            who,
            inside: None,
        };
        let Ok(place) = self.places.try_acquire() else {
            let away = self.away.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            let (soonest, latest) = COME_BACK;
            return Err(Away::Full((soonest + away / SERVED_PER_SECOND).min(latest)));
        };
        let Ok(room) = self.room.acquire().await else {
            return Err(Away::Full(COME_BACK.1));
        };
        guest.inside = Some((place, room));
        Ok(guest)
    }

    /// Notes one more request of a desk; `false` where it is not counted.
    fn count(&self, who: SecretHash, now: i64) -> Result<bool, Away> {
        let mut desks = self.desks();
        if desks.len() >= MOST_COUNTED && !desks.contains_key(&who) {
            desks.retain(|_, account| account.under_way > 0 || account.rested_at > now);
            if desks.len() >= MOST_COUNTED {
                return Ok(false);
            }
        }
        let account = desks.entry(who).or_default();
        if account.under_way >= self.per_desk {
            return Err(Away::Crowding(ONE_BY_ONE));
        }
        // A clock that went back leaves nobody outside for longer than the burst takes to return.
        let used = account.rested_at.clamp(now, now.saturating_add(self.burst * self.pace));
        let after = used + self.pace;
        let too_early = after - now - self.burst * self.pace;
        if too_early > 0 {
            account.rested_at = used;
            let seconds = u32::try_from(too_early.div_euclid(1_000) + 1).unwrap_or(COME_BACK.1);
            return Err(Away::Hasty(seconds));
        }
        account.rested_at = after;
        account.under_way += 1;
        Ok(true)
    }

    /// Requests that are worked on, and those in line.
    pub(super) fn crowd(&self, requests: usize) -> (usize, usize) {
        let present = self.all.saturating_sub(self.places.available_permits());
        let inside = requests.saturating_sub(self.room.available_permits());
        (inside, present.saturating_sub(inside))
    }

    fn desks(&self) -> MutexGuard<'_, HashMap<SecretHash, Account>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that was let in; gone when it is dropped.
pub(super) struct Guest<'a> {
    door: &'a Door,
    who: Option<SecretHash>,
    inside: Option<(SemaphorePermit<'a>, SemaphorePermit<'a>)>,
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        if let Some(who) = self.who
            && let Some(account) = self.door.desks().get_mut(&who)
        {
            account.under_way = account.under_way.saturating_sub(1);
        }
        if self.inside.take().is_some() {
            let alone = self.door.places.available_permits() >= self.door.all;
            let served = |away: u32| Some(if alone { 0 } else { away.saturating_sub(1) });
            let _ = self
                .door
                .away
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, served);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Poll;

    use chrono::TimeDelta;
    use futures_util::poll;

    use super::*;

    fn door(requests: usize, waiting: usize) -> Door {
        Door::new(&Settings {
            requests,
            waiting,
            per_desk: 2,
            burst: 3,
            per_second: 10,
            ..Settings::default()
        })
    }

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    fn desk(n: u8) -> Option<SecretHash> {
        Some([n; 32])
    }

    #[tokio::test]
    async fn who_finds_the_line_full_is_told_when_to_come_back() {
        let door = door(1, 1);
        let first = door.enter(desk(1), now()).await;
        assert!(first.is_ok());
        let mut second = pin!(door.enter(desk(2), now()));
        assert!(poll!(&mut second).is_pending());
        assert_eq!(door.crowd(1), (1, 1));
        assert_eq!(door.enter(desk(3), now()).await.err(), Some(Away::Full(2)));
        drop(first);
        assert!(matches!(poll!(&mut second), Poll::Ready(Ok(_))));
    }

    #[tokio::test]
    async fn the_more_were_turned_away_the_later_they_come_back_until_all_is_quiet() {
        let door = door(1, 0);
        let inside = door.enter(desk(1), now()).await;
        for _ in 0..500 {
            drop(door.enter(None, now()).await);
        }
        assert_eq!(door.enter(None, now()).await.err(), Some(Away::Full(7)));
        for _ in 0..100_000 {
            drop(door.enter(None, now()).await);
        }
        assert_eq!(door.enter(None, now()).await.err(), Some(Away::Full(30)));
        drop(inside);
        let again = door.enter(desk(1), now()).await;
        assert_eq!(door.enter(None, now()).await.err(), Some(Away::Full(2)));
        drop(again);
    }

    #[tokio::test]
    async fn one_desk_never_takes_the_places_of_others() {
        let door = door(8, 8);
        let own = (door.enter(desk(1), now()).await, door.enter(desk(1), now()).await);
        assert_eq!(door.enter(desk(1), now()).await.err(), Some(Away::Crowding(1)));
        assert!(door.enter(desk(2), now()).await.is_ok());
        drop(own);
        assert!(door.enter(desk(1), now()).await.is_ok());
    }

    #[tokio::test]
    async fn who_gave_up_in_line_leaves_no_trace() {
        let door = door(1, 4);
        let inside = door.enter(desk(1), now()).await;
        {
            let mut gone = pin!(door.enter(desk(2), now()));
            assert!(poll!(&mut gone).is_pending());
        }
        assert_eq!(door.crowd(1), (1, 0));
        drop(inside);
        assert_eq!(door.crowd(1), (0, 0));
        assert!(door.desks().values().all(|account| account.under_way == 0));
    }

    #[tokio::test]
    async fn a_hasty_desk_waits_for_its_burst_to_come_back() {
        let door = door(8, 0);
        for _ in 0..3 {
            assert!(door.enter(desk(1), now()).await.is_ok());
        }
        assert_eq!(door.enter(desk(1), now()).await.err(), Some(Away::Hasty(1)));
        assert!(door.enter(desk(2), now()).await.is_ok());
        // One more after a tenth of a second, whatever was refused meanwhile.
        let later = now() + TimeDelta::milliseconds(100);
        assert!(door.enter(desk(1), later).await.is_ok());
        assert!(door.enter(desk(1), later).await.is_err());
        // A clock that goes back an hour keeps nobody out for an hour.
        let before = now() - TimeDelta::hours(1);
        assert_eq!(door.enter(desk(1), before).await.err(), Some(Away::Hasty(1)));
        assert!(door.enter(desk(1), before + TimeDelta::milliseconds(100)).await.is_ok());
    }

    #[tokio::test]
    async fn a_flood_of_made_up_tokens_is_forgotten() {
        let door = door(8, 0);
        for n in 0..MOST_COUNTED {
            let mut who = [0; 32];
            who[..8].copy_from_slice(&n.to_le_bytes());
            assert!(door.enter(Some(who), now()).await.is_ok());
        }
        assert!(door.enter(desk(9), now()).await.is_ok());
        assert_eq!(door.desks().len(), MOST_COUNTED);
        assert!(door.enter(desk(9), now() + TimeDelta::seconds(1)).await.is_ok());
        assert_eq!(door.desks().len(), 1);
    }
}
