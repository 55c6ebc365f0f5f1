//! What owners publish: the catalogue, schedules and sessions.

use std::collections::HashMap;

use lanterna_model::access::Channels;
use lanterna_model::ids::{BranchCode, ResourceId, ScheduleId, ServiceCode};
use lanterna_model::schedule::Schedule;
use rusqlite::{OptionalExtension, params};

use super::books::SqliteBooks;
use super::rows::{SESSION, session};
use crate::ledger::books::{Published, RegionTexts, Shelf};
use crate::ledger::slots::StoredSession;
use crate::ledger::stored::{NewSession, StoredSchedule, document, text};
use crate::ledger::{LedgerError, Region};

impl Published for SqliteBooks<'_> {
    async fn region_texts(&self) -> Result<RegionTexts, LedgerError> {
        Ok(self
            .tx
            .prepare_cached("SELECT catalogue, rules, exemptions, municipalities FROM ledger")?
            .query_row([], |row| {
                Ok(RegionTexts {
                    catalogue: row.get(0)?,
                    rules: row.get(1)?,
                    exemptions: row.get(2)?,
                    municipalities: row.get(3)?,
                })
            })?)
    }

    async fn rules(&self) -> Result<Option<String>, LedgerError> {
        let mut statement = self.tx.prepare_cached("SELECT rules FROM ledger")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    async fn shelf(&self, shelf: Shelf) -> Result<Vec<String>, LedgerError> {
        let mut statement = self.tx.prepare(match shelf {
            Shelf::Services => "SELECT document FROM services ORDER BY code",
            Shelf::Organizations => "SELECT document FROM organizations ORDER BY code",
            Shelf::Locations => "SELECT document FROM locations ORDER BY id",
        })?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    async fn schedule_documents(&self) -> Result<Vec<(Channels, String)>, LedgerError> {
        let mut statement = self
            .tx
            .prepare("SELECT channels, document FROM schedules ORDER BY id")?;
        let found = statement.query_map([], |row| Ok((Channels(row.get(0)?), row.get(1)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    async fn branches(&self, services: &[&ServiceCode]) -> Result<HashMap<ServiceCode, BranchCode>, LedgerError> {
        let mut statement = self.tx.prepare_cached("SELECT branch FROM services WHERE code = ?1")?;
        let mut branches = HashMap::new();
        for service in services {
            let branch: Option<u8> = statement.query_row([service.as_str()], |row| row.get(0)).optional()?;
            branches.extend(branch.map(|branch| ((*service).clone(), BranchCode(branch))));
        }
        Ok(branches)
    }

    async fn schedules(&self, ids: &[ScheduleId]) -> Result<HashMap<ScheduleId, StoredSchedule>, LedgerError> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT channels, document FROM schedules WHERE id = ?1")?;
        let mut schedules = HashMap::new();
        for id in ids {
            let mut rows = statement.query([id.0])?;
            if let Some(row) = rows.next()? {
                let stored = StoredSchedule {
                    channels: Channels(row.get(0)?),
                    schedule: document("schedules", row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?,
                };
                schedules.insert(*id, stored);
            }
        }
        Ok(schedules)
    }

    async fn resources(&self) -> Result<HashMap<ScheduleId, ResourceId>, LedgerError> {
        let mut statement = self.tx.prepare("SELECT id, resource FROM schedules")?;
        let found = statement.query_map([], |row| Ok((ScheduleId(row.get(0)?), ResourceId(row.get(1)?))))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    async fn sessions_of(&self, ids: &[ScheduleId]) -> Result<HashMap<ScheduleId, Vec<StoredSession>>, LedgerError> {
        let mut statement = self.tx.prepare_cached(&format!(
            "SELECT {SESSION} FROM sessions s WHERE s.schedule = ?1 ORDER BY s.start"
        ))?;
        let mut sessions = HashMap::new();
        for id in ids {
            let found: Vec<_> = statement.query_map([id.0], session)?.collect::<Result<_, _>>()?;
            if !found.is_empty() {
                sessions.insert(*id, found);
            }
        }
        Ok(sessions)
    }

    async fn put_catalogue(&self, region: &Region) -> Result<(), LedgerError> {
        self.tx
            .execute_batch("DELETE FROM services; DELETE FROM organizations; DELETE FROM locations")?;
        let mut insert = self
            .tx
            .prepare("INSERT INTO services (code, branch, document) VALUES (?1, ?2, ?3)")?;
        for service in &region.services {
            let document = text("services", service)?;
            insert.execute(params![service.code.as_str(), service.branch.0, document])?;
        }
        let mut insert = self
            .tx
            .prepare("INSERT INTO organizations (code, document) VALUES (?1, ?2)")?;
        for body in &region.organizations {
            insert.execute(params![body.code.as_str(), text("organizations", body)?])?;
        }
        let mut insert = self
            .tx
            .prepare("INSERT INTO locations (id, document) VALUES (?1, ?2)")?;
        for location in &region.locations {
            insert.execute(params![location.id.0, text("locations", location)?])?;
        }
        self.tx.execute(
            "UPDATE ledger SET rules = ?1, exemptions = ?2, municipalities = ?3",
            params![
                text("ledger", &region.rules)?,
                text("ledger", &region.exemptions)?,
                text("ledger", &region.municipalities)?
            ],
        )?;
        Ok(())
    }

    async fn put_schedules(&self, schedules: &[&Schedule]) -> Result<(), LedgerError> {
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO schedules (id, resource, channels, document) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET channels = excluded.channels, document = excluded.document",
        )?;
        let mut forget = self
            .tx
            .prepare_cached("DELETE FROM schedule_services WHERE schedule = ?1")?;
        let mut offer = self.tx.prepare_cached(
            "INSERT INTO schedule_services (service, schedule, location) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?;
        for schedule in schedules {
            insert.execute(params![
                schedule.id.0,
                schedule.resource.0,
                schedule.channels.0,
                text("schedules", schedule)?
            ])?;
            forget.execute([schedule.id.0])?;
            for offered in &schedule.services {
                offer.execute(params![offered.code.as_str(), schedule.id.0, schedule.location.0])?;
            }
        }
        Ok(())
    }

    async fn replace_sessions(&self, schedules: &[(ScheduleId, Vec<NewSession>)]) -> Result<(), LedgerError> {
        let mut delete = self.tx.prepare_cached("DELETE FROM sessions WHERE schedule = ?1")?;
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO sessions (schedule, start, step, slots, places, revision, closed, released, release_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for (schedule, sessions) in schedules {
            delete.execute([schedule.0])?;
            for new in sessions {
                insert.execute(params![
                    schedule.0,
                    new.published.start.0,
                    new.published.step,
                    new.published.slots,
                    new.published.places,
                    new.revision,
                    new.closed(),
                    new.released,
                    new.release_at.map(|at| at.0)
                ])?;
            }
        }
        Ok(())
    }

    async fn withdraw(&self, schedules: &[ScheduleId]) -> Result<(), LedgerError> {
        for sql in [
            "UPDATE schedules SET channels = 0 WHERE id = ?1",
            "DELETE FROM sessions WHERE schedule = ?1",
        ] {
            let mut statement = self.tx.prepare_cached(sql)?;
            for schedule in schedules {
                statement.execute([schedule.0])?;
            }
        }
        Ok(())
    }

    async fn next_catalogue(&self) -> Result<(), LedgerError> {
        self.tx.execute("UPDATE ledger SET catalogue = catalogue + 1", [])?;
        Ok(())
    }
}
