//! A check of the whole ledger against its invariants. The SQL here is that of every backend, and
//! counts cells by arithmetic of its own: a check that used the code it checks would share its
//! mistakes.

use std::collections::HashMap;

use lanterna_model::ids::ScheduleId;
use lanterna_model::time::Minute;

use crate::ledger::books::Books;
use crate::ledger::feed::{Row, RowKind, StoredRow};
use crate::ledger::{Fault, LedgerError, Verification};

/// What the kept rows of the feed say last of each session.
type Told = HashMap<(ScheduleId, Minute), Vec<u8>>;

/// Rows of the feed and schedules read at once.
const STRETCH: usize = 1_000;

const LINES: &str = "SELECT
    (SELECT count(*) FROM live_lines l LEFT JOIN bookings b ON b.id = l.booking
     WHERE b.id IS NULL OR b.state <> 1 OR b.nre IS DISTINCT FROM l.nre)
    + abs((SELECT count(*) FROM live_lines) - (SELECT count(*) FROM appointments a
     JOIN bookings b ON b.id = a.booking WHERE b.number IS NOT NULL AND NOT EXISTS (SELECT 1 FROM displaced d
         WHERE d.booking = a.booking AND d.line = a.line AND d.schedule = a.schedule AND d.start = a.start
             AND d.why = 7)))";

const ORPHAN_TICKETS: &str = "SELECT count(*) FROM quota_tickets t
    WHERE NOT EXISTS (SELECT 1 FROM bookings b WHERE t.kind = 3 AND b.id = t.owner AND b.state = 1)
      AND NOT EXISTS (SELECT 1 FROM leases l WHERE t.kind = 2 AND l.id = t.owner AND l.state = 1)
      AND NOT EXISTS (SELECT 1 FROM holds h WHERE t.kind = 1 AND h.id = t.owner)";

/// Appointments, with the cells they lack. The bounds of cells, here and below, are wider than need be: by
/// them an index is found; the arithmetic decides.
const BOOKED_CELLS: &str = "SELECT a.booking, a.line,
    (a.minutes + 4) / 5 - (SELECT count(*) FROM claims c WHERE c.resource = a.resource AND c.place = a.place
        AND c.cell BETWEEN a.start / 5 - 1 AND (a.start + a.minutes) / 5 + 1
        AND c.cell * 5 > a.start - 5 AND c.cell * 5 < a.start + a.minutes AND c.kind = 3 AND c.owner = a.booking),
    (a.minutes + 4) / 5
    FROM appointments a";

/// Spans of holds, with the cells they lack.
const HELD_CELLS: &str = "SELECT s.hold, s.n,
    (s.minutes + 4) / 5 - (SELECT count(*) FROM claims c WHERE c.resource = s.resource AND c.place = s.place
        AND c.cell BETWEEN s.start / 5 - 1 AND (s.start + s.minutes) / 5 + 1
        AND c.cell * 5 > s.start - 5 AND c.cell * 5 < s.start + s.minutes AND c.kind = 1 AND c.owner = s.hold),
    (s.minutes + 4) / 5
    FROM hold_spans s";

/// Live leases, with the cells they lack.
const LEASED_CELLS: &str = "SELECT l.id,
    (l.minutes + 4) / 5 - (SELECT count(*) FROM claims c WHERE c.resource = l.resource AND c.place = l.place
        AND c.cell BETWEEN l.start / 5 - 1 AND (l.start + l.minutes) / 5 + 1
        AND c.cell * 5 > l.start - 5 AND c.cell * 5 < l.start + l.minutes AND c.kind = 2 AND c.owner = l.id),
    (l.minutes + 4) / 5
    FROM leases l WHERE l.state = 1";

/// Leases that are over without an end, or whose promise outlasts their place.
const MISSTATED_LEASES: &str = "SELECT id FROM leases
    WHERE (state = 1) <> (ended_ms IS NULL) OR (state = 2) <> (booking IS NOT NULL) OR book_ms >= honour_ms";

const MISSTATED: &str = "SELECT b.id FROM bookings b
    WHERE (b.state = 1) <> (EXISTS (SELECT 1 FROM appointments a WHERE a.booking = b.id))";

/// Checks what a transaction sees. `appended` are rows of the feed that tell of it though it does
/// not see them, since they were numbered from the same view.
pub(crate) async fn verify<B: Books>(books: &B, appended: &[StoredRow]) -> Result<Verification, LedgerError> {
    let mut found = Verification {
        schedules: count(books, "SELECT count(*) FROM schedules WHERE channels <> 0").await?,
        live: count(books, "SELECT count(*) FROM bookings WHERE state = 1").await?,
        cancelled: count(books, "SELECT count(*) FROM bookings WHERE state = 2").await?,
        unplaced: count(books, "SELECT count(*) FROM bookings WHERE state = 0").await?,
        holds: count(books, "SELECT count(*) FROM holds").await?,
        leases: count(books, "SELECT count(*) FROM leases WHERE state = 1").await?,
        operations: count(books, "SELECT count(*) FROM operations").await?,
        desks: count(books, "SELECT count(*) FROM desks").await?,
        feed_rows: count(books, "SELECT count(*) FROM feed").await?,
        ..Verification::default()
    };
    let told = check_feed(books, appended, &mut found).await?;
    check_sessions(books, &told, &mut found).await?;
    check_claims(books, &mut found).await?;
    let lines = count(books, LINES).await?.cast_signed();
    if lines != 0 {
        found.faults.push(Fault::Lines { lines });
    }
    let tickets = count(books, ORPHAN_TICKETS).await?.cast_signed();
    if tickets != 0 {
        found.faults.push(Fault::OrphanTickets { tickets });
    }
    let unanswered = count(books, "SELECT count(*) FROM operations WHERE settled IS NULL").await?;
    if unanswered != 0 {
        let operations = unanswered.cast_signed();
        found.faults.push(Fault::Unanswered { operations });
    }
    Ok(found)
}

async fn count<B: Books>(books: &B, sql: &'static str) -> Result<u64, LedgerError> {
    let found = books.numbers(sql).await?;
    Ok(found
        .first()
        .and_then(|row| row.first())
        .map_or(0, |count| count.cast_unsigned()))
}

/// Walks the chain, and gathers what the kept rows say last of each session.
async fn check_feed<B: Books>(
    books: &B,
    appended: &[StoredRow],
    found: &mut Verification,
) -> Result<Told, LedgerError> {
    let mut told = Told::new();
    let mut seq = books.feed_begin().await?;
    let Some(mut digest) = books.digest_at(seq).await? else {
        return Ok(told);
    };
    let mut appended = Some(appended.to_vec());
    loop {
        let mut rows = books.feed_after(seq, STRETCH).await?;
        if rows.is_empty() {
            let Some(last) = appended.take() else { return Ok(told) };
            rows = last;
        }
        for stored in rows {
            seq += 1;
            if stored.seq != seq || stored.row.chained(digest, seq) != stored.digest {
                found.faults.push(Fault::Chain { seq });
            }
            (seq, digest) = (stored.seq, stored.digest);
            let Row {
                kind,
                schedule,
                start,
                payload,
                ..
            } = stored.row;
            match kind {
                RowKind::Session => _ = told.insert((schedule, start), payload),
                RowKind::Schedule => told.retain(|(other, _), _| *other != schedule),
                RowKind::Catalogue | RowKind::Birth => {}
            }
        }
    }
}

async fn check_sessions<B: Books>(books: &B, told: &Told, found: &mut Verification) -> Result<(), LedgerError> {
    let mut after = None;
    loop {
        let stretch = books.schedules_after(after, STRETCH).await?;
        let Some(last) = stretch.last() else { return Ok(()) };
        after = Some(last.schedule.id);
        for facts in &stretch {
            for session in &facts.sessions {
                let (schedule, start) = (session.schedule, session.published.start);
                let capacity = u64::from(session.capacity());
                let counts = session.count(facts.claims_on(session).iter().copied());
                found.sessions += 1;
                found.capacity += capacity;
                found.slots += counts;
                if counts.sum() != capacity {
                    found.faults.push(Fault::Sum { schedule, start });
                }
                let payload = told.get(&(schedule, start));
                if payload.is_some_and(|payload| facts.told(session).payload != *payload) {
                    found.faults.push(Fault::Feed { schedule, start });
                }
            }
        }
    }
}

/// Every booking, hold and lease has its cells, and no cell is left over.
async fn check_claims<B: Books>(books: &B, found: &mut Verification) -> Result<(), LedgerError> {
    let mut owned: HashMap<i64, i64> = HashMap::new();
    for row in books.numbers(BOOKED_CELLS).await? {
        let [booking, line, lacking, cells] = columns(&row)?;
        *owned.entry(3).or_default() += cells - lacking;
        if lacking != 0 {
            let line = u8::try_from(line).unwrap_or(u8::MAX);
            found.faults.push(Fault::BookingWithoutPlace { booking, line });
        }
    }
    for row in books.numbers(HELD_CELLS).await? {
        let [hold, _, lacking, cells] = columns(&row)?;
        *owned.entry(1).or_default() += cells - lacking;
        if lacking != 0 {
            found.faults.push(Fault::HoldWithoutPlace { hold });
        }
    }
    for row in books.numbers(LEASED_CELLS).await? {
        let [lease, lacking, cells] = columns(&row)?;
        *owned.entry(2).or_default() += cells - lacking;
        if lacking != 0 {
            found.faults.push(Fault::LeaseWithoutPlace { lease });
        }
    }
    for row in books.numbers(MISSTATED_LEASES).await? {
        let [lease] = columns(&row)?;
        found.faults.push(Fault::LeaseState { lease });
    }
    for row in books.numbers(MISSTATED).await? {
        let [booking] = columns(&row)?;
        found.faults.push(Fault::BookingState { booking });
    }
    for row in books.numbers("SELECT kind, count(*) FROM claims GROUP BY kind").await? {
        let [kind, all] = columns(&row)?;
        let cells = all - owned.get(&kind).copied().unwrap_or_default();
        if cells != 0 {
            let kind = u8::try_from(kind).unwrap_or(u8::MAX);
            found.faults.push(Fault::OrphanClaims { kind, cells });
        }
    }
    Ok(())
}

fn columns<const N: usize>(row: &[i64]) -> Result<[i64; N], LedgerError> {
    row.try_into().map_err(|_| LedgerError::Damaged { table: "claims" })
}
