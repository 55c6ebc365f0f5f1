//! Leases, and what decides on them.

use chrono::{DateTime, Utc};
use lanterna_model::access::{Channel, Channels};
use lanterna_model::availability::ClassMask;
use lanterna_model::booking_number::BookingNumber;
use lanterna_model::ids::{DeskId, LeaseId, LocationId, ScheduleId, ServiceCode};
use lanterna_model::schedule::SlotSpan;
use lanterna_model::time::Minute;
use tokio_postgres::Row;
use uuid::Uuid;

use super::books::PostgresBooks;
use super::int::{Int, int, maybe, minute, number};
use super::publishing::ids;
use super::rows::{session, session_columns, span};
use crate::ledger::books::Touched;
use crate::ledger::choice::Offer;
use crate::ledger::leases::{LeaseState, Leases, NewLease, StoredLease, StoredStock};
use crate::ledger::policy::Terms;
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::{ClaimedSpan, document, instant, millis, text};
use crate::ledger::{Decision, Displaced, Displacement, LedgerError, MAX_SESSION_MINUTES};

const DAMAGED: LedgerError = LedgerError::Damaged { table: "leases" };

/// Columns of a lease, in the order in which [`lease`] reads them. The first five are a span.
macro_rules! lease_columns {
    () => {
        "schedule, resource, start, place, minutes, id, desk, incarnation, revision, service, wanted, classes,
         book_ms, honour_ms, recalled, state"
    };
}

fn lease(row: &Row) -> Result<StoredLease, LedgerError> {
    let until = |column| instant(row.try_get(column)?).ok_or(DAMAGED);
    Ok(StoredLease {
        id: lease_id(row, 5)?,
        lease: NewLease {
            desk: DeskId(number(row, 6)?),
            incarnation: row.try_get(7)?,
            span: span(row)?,
            revision: number(row, 8)?,
            service: ServiceCode::parse(row.try_get(9)?).map_err(|_| DAMAGED)?,
            wanted: number(row, 10)?,
            classes: ClassMask(number(row, 11)?),
            terms: Terms {
                book_until: until(12)?,
                honour_until: until(13)?,
            },
        },
        recalled: number::<u8>(row, 14)? != 0,
        state: LeaseState::from_code(number(row, 15)?)?,
    })
}

fn lease_id(row: &Row, column: usize) -> Result<LeaseId, LedgerError> {
    Ok(LeaseId(row.try_get::<_, i64>(column)?.cast_unsigned()))
}

/// Ids as a parameter; those that no row can have are left out.
pub(super) fn lease_ids(leases: &[LeaseId]) -> Vec<i64> {
    leases.iter().filter_map(|id| i64::try_from(id.0).ok()).collect()
}

impl PostgresBooks {
    /// Stores a lease, under the next id where none is given.
    pub(super) async fn insert_lease(
        &self,
        id: Option<LeaseId>,
        new: &NewLease,
        now: DateTime<Utc>,
    ) -> Result<LeaseId, LedgerError> {
        let row = self
            .one(
                "INSERT INTO leases (desk, incarnation, schedule, resource, start, place, minutes, revision, service,
                     wanted, classes, granted_ms, book_ms, honour_ms, id) OVERRIDING SYSTEM VALUE
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                     COALESCE($15, nextval(pg_get_serial_sequence('leases', 'id')))) RETURNING id",
                &[
                    &int(new.desk.0),
                    &new.incarnation,
                    &int(new.span.schedule.0),
                    &int(new.span.resource.0),
                    &int(new.span.start.0),
                    &int(new.span.place),
                    &int(new.span.minutes),
                    &int(new.revision),
                    &new.service.as_str(),
                    &int(new.wanted),
                    &int(new.classes.0),
                    &millis(now),
                    &millis(new.terms.book_until),
                    &millis(new.terms.honour_until),
                    &id.map(|id| id.0.cast_signed()),
                ],
            )
            .await?;
        lease_id(&row, 0)
    }
}

impl Leases for PostgresBooks {
    async fn lease_policy(&self) -> Result<Option<String>, LedgerError> {
        Ok(self.one("SELECT lease_policy FROM ledger", &[]).await?.try_get(0)?)
    }

    async fn set_lease_policy(&self, json: &str) -> Result<(), LedgerError> {
        self.run("UPDATE ledger SET lease_policy = $1", &[&json])
            .await
            .map(drop)
    }

    /// The row of the desk is what its exchanges wait for.
    async fn stock(&self, desk: DeskId, incarnation: Uuid) -> Result<Option<StoredStock>, LedgerError> {
        let sql = "SELECT 1 FROM desks WHERE id = $1 FOR NO KEY UPDATE";
        self.maybe(sql, &[&int(desk.0)]).await?;
        let sql = "SELECT number, request, reply, fenced FROM desk_stock WHERE desk = $1 AND incarnation = $2";
        let found = self.maybe(sql, &[&int(desk.0), &incarnation]).await?;
        found
            .map(|row| {
                Ok(StoredStock {
                    number: number(&row, 0)?,
                    request: row.try_get(1)?,
                    reply: document("desk_stock", row.try_get(2)?)?,
                    fenced: row.try_get(3)?,
                })
            })
            .transpose()
    }

    async fn put_stock(&self, desk: DeskId, incarnation: Uuid, stock: &StoredStock) -> Result<(), LedgerError> {
        self.run(
            "INSERT INTO desk_stock (desk, incarnation, number, request, reply, fenced) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (desk, incarnation) DO UPDATE SET number = excluded.number, request = excluded.request,
                 reply = excluded.reply, fenced = excluded.fenced",
            &[
                &int(desk.0),
                &incarnation,
                &stock.number.cast_signed(),
                &stock.request,
                &text("desk_stock", &stock.reply)?,
                &stock.fenced,
            ],
        )
        .await
        .map(drop)
    }

    async fn fence_others(&self, desk: DeskId, but: Uuid) -> Result<(), LedgerError> {
        let sql = "UPDATE desk_stock SET fenced = true WHERE desk = $1 AND incarnation <> $2 AND NOT fenced";
        self.run(sql, &[&int(desk.0), &but]).await.map(drop)
    }

    async fn leases(&self, desk: DeskId, kept: bool) -> Result<Vec<StoredLease>, LedgerError> {
        let sql = if kept {
            concat!(
                "SELECT ",
                lease_columns!(),
                " FROM leases WHERE desk = $1 AND state = 1 ORDER BY id FOR UPDATE"
            )
        } else {
            concat!(
                "SELECT ",
                lease_columns!(),
                " FROM leases WHERE desk = $1 AND state = 1 ORDER BY id"
            )
        };
        self.all(sql, &[&int(desk.0)]).await?.iter().map(lease).collect()
    }

    async fn leases_named(&self, named: &[LeaseId]) -> Result<Vec<StoredLease>, LedgerError> {
        let sql = concat!(
            "SELECT ",
            lease_columns!(),
            " FROM leases WHERE id = ANY($1) ORDER BY id FOR UPDATE"
        );
        self.all(sql, &[&lease_ids(named)]).await?.iter().map(lease).collect()
    }

    async fn create_lease(&self, new: &NewLease, now: DateTime<Utc>) -> Result<LeaseId, LedgerError> {
        self.insert_lease(None, new, now).await
    }

    async fn set_terms(&self, lease: LeaseId, terms: Terms) -> Result<(), LedgerError> {
        self.run(
            "UPDATE leases SET book_ms = $2, honour_ms = $3 WHERE id = $1",
            &[
                &lease.0.cast_signed(),
                &millis(terms.book_until),
                &millis(terms.honour_until),
            ],
        )
        .await
        .map(drop)
    }

    async fn end_lease(&self, lease: &StoredLease, state: LeaseState, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let (first, end) = lease.lease.span.cells();
        self.run(
            "WITH ended AS (UPDATE leases SET state = $2, ended_ms = $3 WHERE id = $1),
             cells AS (DELETE FROM claims
                 WHERE resource = $4 AND cell >= $5 AND cell < $6 AND place = $7 AND kind = 2 AND owner = $1)
             DELETE FROM quota_tickets WHERE owner = $1 AND kind = 2",
            &[
                &lease.owner().id,
                &int(state.code()),
                &millis(now),
                &int(lease.lease.span.resource.0),
                &int(first),
                &int(end),
                &int(lease.lease.span.place),
            ],
        )
        .await
        .map(drop)
    }

    async fn consume_lease(
        &self,
        lease: &StoredLease,
        booking: i64,
        class: Option<u8>,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let owner = lease.owner();
        let (first, end) = lease.lease.span.cells();
        let sql = "WITH consumed AS (UPDATE leases SET state = 2, ended_ms = $3, booking = $2 WHERE id = $1),
             given AS (DELETE FROM quota_tickets WHERE owner = $1 AND kind = 2 AND class IS DISTINCT FROM $4::smallint)
             UPDATE quota_tickets SET kind = 3, owner = $2 WHERE owner = $1 AND kind = 2 AND class = $4::smallint";
        self.run(sql, &[&owner.id, &booking, &millis(now), &class.map(int)])
            .await?;
        self.run(
            "UPDATE claims SET kind = 3, owner = $6
             WHERE resource = $1 AND cell >= $2 AND cell < $3 AND place = $4 AND kind = 2 AND owner = $5",
            &[
                &int(lease.lease.span.resource.0),
                &int(first),
                &int(end),
                &int(lease.lease.span.place),
                &owner.id,
                &booking,
            ],
        )
        .await
    }

    async fn recall(&self, leases: &[LeaseId]) -> Result<(), LedgerError> {
        if leases.is_empty() {
            return Ok(());
        }
        // In the order in which all who want them wait for each other.
        let sql = "UPDATE leases SET recalled = 1 WHERE id IN (
                       SELECT id FROM leases WHERE id = ANY($1) AND state = 1 ORDER BY id FOR UPDATE)";
        self.run(sql, &[&lease_ids(leases)]).await.map(drop)
    }

    async fn near(&self, touched: &Touched) -> Result<Vec<(LeaseId, ClaimedSpan)>, LedgerError> {
        let resources: Vec<Int> = touched.spans.iter().map(|(resource, ..)| int(resource.0)).collect();
        let starts: Vec<Int> = touched.spans.iter().map(|(_, start, _)| int(start.0)).collect();
        let ends: Vec<Int> = touched.spans.iter().map(|(.., end)| int(end.0)).collect();
        let rows = self
            .all(
                "SELECT l.schedule, l.resource, l.start, l.place, l.minutes, l.id
                 FROM unnest($1::bigint[], $2::integer[], $3::integer[]) AS t (resource, start, stop)
                 CROSS JOIN LATERAL (SELECT * FROM leases
                     WHERE resource = t.resource AND start > t.start - $4 AND start < t.stop + $4
                       AND state = 1 AND recalled = 0 OFFSET 0) AS l
                 UNION SELECT l.schedule, l.resource, l.start, l.place, l.minutes, l.id
                 FROM unnest($5::bigint[]) AS t (schedule)
                 CROSS JOIN LATERAL (SELECT resource FROM schedules WHERE id = t.schedule OFFSET 0) AS c
                 CROSS JOIN LATERAL (SELECT * FROM leases
                     WHERE resource = c.resource AND state = 1 AND recalled = 0 OFFSET 0) AS l",
                &[
                    &resources,
                    &starts,
                    &ends,
                    &int(MAX_SESSION_MINUTES),
                    &ids(touched.schedules.iter().copied()),
                ],
            )
            .await?;
        rows.iter().map(|row| Ok((lease_id(row, 5)?, span(row)?))).collect()
    }

    async fn recalled(&self, desk: DeskId) -> Result<u32, LedgerError> {
        let sql = "SELECT count(*) FROM leases l
                   JOIN desk_stock s ON s.desk = l.desk AND s.incarnation = l.incarnation
                   WHERE l.desk = $1 AND l.state = 1 AND l.recalled = 1 AND NOT s.fenced";
        number(&self.one(sql, &[&int(desk.0)]).await?, 0)
    }

    async fn offers(&self, service: &ServiceCode) -> Result<Vec<Offer>, LedgerError> {
        let rows = self
            .all(
                "SELECT o.schedule, o.location, c.channels,
                     (SELECT count(*) FROM leases l WHERE l.schedule = o.schedule AND l.state = 1)
                 FROM schedule_services o JOIN schedules c ON c.id = o.schedule WHERE o.service = $1
                 ORDER BY o.schedule",
                &[&service.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Offer {
                    schedule: ScheduleId(number(row, 0)?),
                    location: LocationId(number(row, 1)?),
                    channels: Channels(number(row, 2)?),
                    leased: number(row, 3)?,
                })
            })
            .collect()
    }

    async fn service(&self, service: &ServiceCode) -> Result<Option<String>, LedgerError> {
        let sql = "SELECT document FROM services WHERE code = $1";
        let found = self.maybe(sql, &[&service.as_str()]).await?;
        found.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    async fn sessions_within(
        &self,
        schedules: &[ScheduleId],
        from: Minute,
        before: Minute,
        most: u32,
    ) -> Result<Vec<StoredSession>, LedgerError> {
        let rows = self
            .all(
                concat!(
                    "SELECT ",
                    session_columns!(),
                    " FROM unnest($1::bigint[]) AS wanted CROSS JOIN LATERAL (
                         SELECT * FROM sessions WHERE schedule = wanted AND start >= $2 AND start < $3
                         ORDER BY start LIMIT $4) AS s"
                ),
                &[
                    &ids(schedules.iter().copied()),
                    &int(from.0),
                    &int(before.0),
                    &int(most),
                ],
            )
            .await?;
        rows.iter().map(session).collect()
    }

    async fn leased_on(&self, schedule: ScheduleId) -> Result<u32, LedgerError> {
        let sql = "SELECT count(*) FROM leases WHERE schedule = $1 AND state = 1";
        number(&self.one(sql, &[&int(schedule.0)]).await?, 0)
    }

    async fn accepting(&self, channel: Channel) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT at_ms FROM accepting WHERE channel = $1";
        let found = self.maybe(sql, &[&channel.name()]).await?;
        found.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    async fn set_accepting(&self, channel: Channel, at_ms: i64) -> Result<(), LedgerError> {
        let sql = "INSERT INTO accepting (channel, at_ms) VALUES ($1, $2)
                   ON CONFLICT (channel) DO UPDATE SET at_ms = excluded.at_ms";
        self.run(sql, &[&channel.name(), &at_ms]).await.map(drop)
    }

    async fn extend(&self, channel: Channel, at_ms: i64, until: DateTime<Utc>) -> Result<(), LedgerError> {
        let sql = "UPDATE leases SET honour_ms = $3 WHERE id IN (
                       SELECT l.id FROM leases l JOIN desks d ON d.id = l.desk
                       WHERE l.state = 1 AND l.honour_ms > $2 AND l.honour_ms < $3 AND d.channel = $1
                       ORDER BY l.id FOR UPDATE OF l)";
        self.run(sql, &[&channel.name(), &at_ms, &millis(until)])
            .await
            .map(drop)
    }

    async fn lapsed(&self, now: DateTime<Utc>, most: u32) -> Result<Vec<LeaseId>, LedgerError> {
        let sql = "SELECT l.id FROM leases l JOIN desks d ON d.id = l.desk
                   LEFT JOIN service_states s ON s.channel = d.channel
                   WHERE l.state = 1 AND l.honour_ms <= $1 AND coalesce(s.state, 'open') = 'open'
                   ORDER BY l.honour_ms LIMIT $2";
        let rows = self.all(sql, &[&millis(now), &int(most)]).await?;
        rows.iter().map(|row| lease_id(row, 0)).collect()
    }

    async fn set_revoked(&self, desk: DeskId, how: u8) -> Result<(), LedgerError> {
        let sql = "UPDATE desks SET revoked = greatest(revoked, $2) WHERE id = $1";
        self.run(sql, &[&int(desk.0), &int(how)]).await.map(drop)
    }

    async fn displace(
        &self,
        booking: i64,
        line: u8,
        span: &SlotSpan,
        why: Displacement,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        self.run(
            "INSERT INTO displaced (booking, line, schedule, start, why, at_ms) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                &booking,
                &int(line),
                &int(span.schedule.0),
                &int(span.start.0),
                &int(why.code()),
                &millis(now),
            ],
        )
        .await
        .map(drop)
    }

    async fn displaced(&self) -> Result<Vec<Displaced>, LedgerError> {
        const DAMAGED: LedgerError = LedgerError::Damaged { table: "displaced" };
        let rows = self
            .all(
                "SELECT d.id, b.number, d.line, d.schedule, d.start, d.why, d.at_ms, d.decision FROM displaced d
                 JOIN bookings b ON b.id = d.booking
                 JOIN appointments a ON a.booking = d.booking AND a.line = d.line AND a.schedule = d.schedule
                     AND a.start = d.start
                 ORDER BY d.id",
                &[],
            )
            .await?;
        let case = |row: &Row| {
            let decision: Option<u8> = maybe(row, 7)?;
            Ok(Displaced {
                case: row.try_get(0)?,
                booking: BookingNumber::parse(row.try_get(1)?).map_err(|_| DAMAGED)?,
                line: number(row, 2)?,
                schedule: ScheduleId(number(row, 3)?),
                start: minute(row, 4)?,
                why: Displacement::from_code(number(row, 5)?).ok_or(DAMAGED)?,
                at: instant(row.try_get(6)?).ok_or(DAMAGED)?,
                decision: decision
                    .map(|code| Decision::from_code(code).ok_or(DAMAGED))
                    .transpose()?,
            })
        };
        rows.iter().map(case).collect()
    }

    async fn decide(&self, case: i64, decision: Decision) -> Result<bool, LedgerError> {
        let sql = "UPDATE displaced SET decision = $2 WHERE id = $1";
        Ok(self.run(sql, &[&case, &int(decision.code())]).await? == 1)
    }

    async fn taken_within(
        &self,
        schedule: ScheduleId,
        from: Minute,
        before: Minute,
    ) -> Result<(u32, u32), LedgerError> {
        let row = self
            .one(
                "SELECT (SELECT count(*) FROM appointments WHERE schedule = $1 AND start >= $2 AND start < $3),
                     (SELECT count(*) FROM leases WHERE schedule = $1 AND start >= $2 AND start < $3 AND state = 1)",
                &[&int(schedule.0), &int(from.0), &int(before.0)],
            )
            .await?;
        Ok((number(&row, 0)?, number(&row, 1)?))
    }
}
