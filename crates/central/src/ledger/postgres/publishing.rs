//! What owners publish: the catalogue, schedules and sessions.

use std::collections::HashMap;

use lanterna_model::access::Channels;
use lanterna_model::ids::{BranchCode, ResourceId, ScheduleId, ServiceCode};
use lanterna_model::schedule::Schedule;

use super::books::PostgresBooks;
use super::int::{Int, int, number};
use super::rows::{session, session_columns};
use crate::ledger::books::{Published, RegionTexts, Shelf};
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::{NewSession, StoredSchedule, document, text};
use crate::ledger::{LedgerError, Region};

/// Ids as a parameter.
pub(super) fn ids(schedules: impl IntoIterator<Item = ScheduleId>) -> Vec<Int> {
    schedules.into_iter().map(|id| int(id.0)).collect()
}

/// Documents as a parameter.
fn texts<'a, T: serde::Serialize + 'a>(
    table: &'static str,
    all: impl IntoIterator<Item = &'a T>,
) -> Result<Vec<String>, LedgerError> {
    all.into_iter().map(|one| text(table, one)).collect()
}

impl Published for PostgresBooks {
    async fn region_texts(&self) -> Result<RegionTexts, LedgerError> {
        let sql = "SELECT catalogue, rules, exemptions, municipalities FROM ledger";
        let row = self.one(sql, &[]).await?;
        Ok(RegionTexts {
            catalogue: row.try_get(0)?,
            rules: row.try_get(1)?,
            exemptions: row.try_get(2)?,
            municipalities: row.try_get(3)?,
        })
    }

    async fn rules(&self) -> Result<Option<String>, LedgerError> {
        Ok(self.one("SELECT rules FROM ledger", &[]).await?.try_get(0)?)
    }

    async fn shelf(&self, shelf: Shelf) -> Result<Vec<String>, LedgerError> {
        let sql = match shelf {
            Shelf::Services => "SELECT document FROM services ORDER BY code",
            Shelf::Organizations => "SELECT document FROM organizations ORDER BY code",
            Shelf::Locations => "SELECT document FROM locations ORDER BY id",
        };
        let rows = self.all(sql, &[]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    async fn schedule_documents(&self) -> Result<Vec<(Channels, String)>, LedgerError> {
        let rows = self
            .all("SELECT channels, document FROM schedules ORDER BY id", &[])
            .await?;
        rows.iter()
            .map(|row| Ok((Channels(number(row, 0)?), row.try_get(1)?)))
            .collect()
    }

    async fn branches(&self, services: &[&ServiceCode]) -> Result<HashMap<ServiceCode, BranchCode>, LedgerError> {
        let codes: Vec<&str> = services.iter().map(|code| code.as_str()).collect();
        let sql = "SELECT s.code, s.branch FROM unnest($1::text[]) AS wanted
                   CROSS JOIN LATERAL (SELECT code, branch FROM services WHERE code = wanted OFFSET 0) AS s";
        let mut branches = HashMap::new();
        for row in self.all(sql, &[&codes]).await? {
            let code = ServiceCode::parse(row.try_get(0)?).map_err(|_| LedgerError::Damaged { table: "services" })?;
            branches.insert(code, BranchCode(number(&row, 1)?));
        }
        Ok(branches)
    }

    async fn schedules(&self, wanted: &[ScheduleId]) -> Result<HashMap<ScheduleId, StoredSchedule>, LedgerError> {
        let sql = "SELECT id, channels, document FROM schedules WHERE id = ANY($1)";
        let rows = self.all(sql, &[&ids(wanted.iter().copied())]).await?;
        rows.iter()
            .map(|row| {
                let stored = StoredSchedule {
                    channels: Channels(number(row, 1)?),
                    schedule: document("schedules", row.try_get(2)?)?,
                };
                Ok((ScheduleId(number(row, 0)?), stored))
            })
            .collect()
    }

    async fn resources(&self) -> Result<HashMap<ScheduleId, ResourceId>, LedgerError> {
        let rows = self.all("SELECT id, resource FROM schedules", &[]).await?;
        rows.iter()
            .map(|row| Ok((ScheduleId(number(row, 0)?), ResourceId(number(row, 1)?))))
            .collect()
    }

    async fn sessions_of(&self, wanted: &[ScheduleId]) -> Result<HashMap<ScheduleId, Vec<StoredSession>>, LedgerError> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            " FROM sessions s WHERE s.schedule = ANY($1) ORDER BY s.schedule, s.start"
        );
        let mut sessions: HashMap<ScheduleId, Vec<StoredSession>> = HashMap::new();
        for row in self.all(sql, &[&ids(wanted.iter().copied())]).await? {
            let stored = session(&row)?;
            sessions.entry(stored.schedule).or_default().push(stored);
        }
        Ok(sessions)
    }

    async fn put_catalogue(&self, region: &Region) -> Result<(), LedgerError> {
        self.script("DELETE FROM services; DELETE FROM organizations; DELETE FROM locations")
            .await?;
        let codes: Vec<&str> = region.services.iter().map(|service| service.code.as_str()).collect();
        let branches: Vec<Int> = region.services.iter().map(|service| int(service.branch.0)).collect();
        self.run(
            "INSERT INTO services (code, branch, document) SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[])",
            &[&codes, &branches, &texts("services", &region.services)?],
        )
        .await?;
        let codes: Vec<&str> = region.organizations.iter().map(|body| body.code.as_str()).collect();
        self.run(
            "INSERT INTO organizations (code, document) SELECT * FROM unnest($1::text[], $2::text[])",
            &[&codes, &texts("organizations", &region.organizations)?],
        )
        .await?;
        let numbers: Vec<Int> = region.locations.iter().map(|location| int(location.id.0)).collect();
        self.run(
            "INSERT INTO locations (id, document) SELECT * FROM unnest($1::bigint[], $2::text[])",
            &[&numbers, &texts("locations", &region.locations)?],
        )
        .await?;
        self.run(
            "UPDATE ledger SET rules = $1, exemptions = $2, municipalities = $3",
            &[
                &text("ledger", &region.rules)?,
                &text("ledger", &region.exemptions)?,
                &text("ledger", &region.municipalities)?,
            ],
        )
        .await
        .map(drop)
    }

    async fn put_schedules(&self, schedules: &[&Schedule]) -> Result<(), LedgerError> {
        let resources: Vec<Int> = schedules.iter().map(|schedule| int(schedule.resource.0)).collect();
        let channels: Vec<Int> = schedules.iter().map(|schedule| int(schedule.channels.0)).collect();
        self.run(
            "INSERT INTO schedules (id, resource, channels, document)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[])
             ON CONFLICT (id) DO UPDATE SET channels = excluded.channels, document = excluded.document",
            &[
                &ids(schedules.iter().map(|schedule| schedule.id)),
                &resources,
                &channels,
                &texts("schedules", schedules.iter().copied())?,
            ],
        )
        .await?;
        let known = ids(schedules.iter().map(|schedule| schedule.id));
        self.run("DELETE FROM schedule_services WHERE schedule = ANY($1)", &[&known])
            .await?;
        let offers = || {
            schedules
                .iter()
                .flat_map(|schedule| schedule.services.iter().map(move |offered| (*schedule, offered)))
        };
        let services: Vec<&str> = offers().map(|(_, offered)| offered.code.as_str()).collect();
        let locations: Vec<Int> = offers().map(|(schedule, _)| int(schedule.location.0)).collect();
        self.run(
            "INSERT INTO schedule_services (service, schedule, location)
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) ON CONFLICT DO NOTHING",
            &[&services, &ids(offers().map(|(schedule, _)| schedule.id)), &locations],
        )
        .await
        .map(drop)
    }

    async fn replace_sessions(&self, schedules: &[(ScheduleId, Vec<NewSession>)]) -> Result<(), LedgerError> {
        let replaced = ids(schedules.iter().map(|(id, _)| *id));
        self.run("DELETE FROM sessions WHERE schedule = ANY($1)", &[&replaced])
            .await?;
        let all = || {
            schedules
                .iter()
                .flat_map(|(id, sessions)| sessions.iter().map(|new| (*id, new)))
        };
        let column = |of: fn(&NewSession) -> i64| -> Vec<Int> { all().map(|(_, new)| Int(of(new))).collect() };
        let closed: Vec<&[u8]> = all().map(|(_, new)| new.closed()).collect();
        let release_at: Vec<Option<Int>> = all().map(|(_, new)| new.release_at.map(|at| int(at.0))).collect();
        self.run(
            "INSERT INTO sessions (schedule, start, step, slots, places, revision, closed, released, release_at)
             SELECT * FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::integer[], $5::integer[],
                 $6::bigint[], $7::bytea[], $8::smallint[], $9::integer[])",
            &[
                &ids(all().map(|(id, _)| id)),
                &column(|new| new.published.start.0.into()),
                &column(|new| new.published.step.into()),
                &column(|new| new.published.slots.into()),
                &column(|new| new.published.places.into()),
                &column(|new| new.revision.into()),
                &closed,
                &column(|new| new.released.into()),
                &release_at,
            ],
        )
        .await
        .map(drop)
    }

    async fn withdraw(&self, schedules: &[ScheduleId]) -> Result<(), LedgerError> {
        let gone = ids(schedules.iter().copied());
        self.run("UPDATE schedules SET channels = 0 WHERE id = ANY($1)", &[&gone])
            .await?;
        self.run("DELETE FROM sessions WHERE schedule = ANY($1)", &[&gone])
            .await
            .map(drop)
    }

    async fn next_catalogue(&self) -> Result<(), LedgerError> {
        self.run("UPDATE ledger SET catalogue = catalogue + 1", &[])
            .await
            .map(drop)
    }
}
