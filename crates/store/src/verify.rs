//! Checking both files against the invariants.

use std::collections::{BTreeMap, HashMap, HashSet};

use lanterna_wire::operation::Operation;
use uuid::Uuid;

use crate::error::StoreError;
use crate::mirror::places;
use crate::record::{Record, Settlement, number};
use crate::store::Store;

impl Store {
    /// What does not hold, in English, without anything of a patient. Empty when all is well.
    ///
    /// # Errors
    /// When a file fails.
    pub fn verify(&self) -> Result<Vec<String>, StoreError> {
        let mut findings = Vec::new();
        for (file, db) in [("desk.db", &self.desk), ("mirror.db", &self.mirror)] {
            let verdict: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if verdict != "ok" {
                findings.push(format!("{file} is damaged"));
            }
        }
        self.verify_record(&mut findings)?;
        self.verify_places(&mut findings)?;
        Ok(findings)
    }

    /// What the file says is free is what is in memory.
    fn verify_places(&self, findings: &mut Vec<String>) -> Result<(), StoreError> {
        let (places, _) = match places::load(&self.mirror) {
            Err(StoreError::Row { table }) => {
                findings.push(format!("a row of {table} cannot be read"));
                return Ok(());
            }
            other => other?,
        };
        for (schedule, packed) in &places {
            if self.index().schedule(*schedule) != Some(packed) {
                findings.push(format!("schedule {schedule} differs between file and memory"));
            }
        }
        if places.len() != self.index().len() {
            findings.push("there are schedules in memory that are not in the file".to_owned());
        }
        Ok(())
    }

    fn verify_record(&self, findings: &mut Vec<String>) -> Result<(), StoreError> {
        let record: Record<'_> = self.record();
        if let Some(seq) = record.broken_log()? {
            findings.push(format!("the access log is broken at row {seq}"));
        }
        let (count, most): (i64, i64) =
            self.desk
                .query_row("SELECT count(*), coalesce(max(number), 0) FROM operations", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
        if count != most {
            findings.push(format!("operations are missing: {count} of {most}"));
        }
        let mut live: BTreeMap<(String, u8), String> = BTreeMap::new();
        let mut numbers = self.desk.prepare("SELECT number, part FROM bookings ORDER BY number")?;
        let mut numbers = numbers.query([])?;
        while let Some(row) = numbers.next()? {
            let text: String = row.get(0)?;
            let stored = match number(&text).and_then(|number| record.booking(&number)) {
                Ok(Some(stored)) => stored,
                Ok(None) => continue,
                Err(error) if error.is_damage() => {
                    findings.push(format!("booking {text} cannot be read"));
                    continue;
                }
                Err(error) => return Err(error),
            };
            if stored.operations.is_empty() {
                findings.push(format!("booking {text} has no operation"));
            }
            if crate::record::part_of(&stored) as i64 != row.get::<_, i64>(1)? {
                findings.push(format!("booking {text} is in the wrong part of the queue"));
            }
            for operation in &stored.operations {
                let answered = matches!(operation.settlement, Some(Settlement::Central(_)));
                if answered && operation.possibly_sent_at.is_none() {
                    findings.push(format!("operation {} was answered but never sent", operation.number));
                }
            }
            if stored.is_live() {
                let nre = stored.placement.prescription.nre.as_str();
                for appointment in &stored.placement.appointments {
                    let line = (nre.to_owned(), appointment.line);
                    if let Some(other) = live.insert(line, text.clone()) {
                        findings.push(format!("bookings {other} and {text} have the same prescription line"));
                    }
                }
            }
        }
        self.verify_lines(&live, findings)?;
        self.verify_chains(findings)
    }

    /// The lines kept for looking up are those of the live bookings.
    fn verify_lines(
        &self,
        live: &BTreeMap<(String, u8), String>,
        findings: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let kept: BTreeMap<(String, u8), String> = self
            .desk
            .prepare("SELECT nre, line, booking FROM live_lines")?
            .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        for (_, booking) in live.iter().filter(|(line, _)| !kept.contains_key(*line)) {
            findings.push(format!("a line of booking {booking} is not kept as booked"));
        }
        for (_, booking) in kept.iter().filter(|(line, _)| !live.contains_key(*line)) {
            findings.push(format!("a line of booking {booking} is kept as booked, and is not"));
        }
        Ok(())
    }

    /// Each operation says in its bytes what its row says, and follows one of the same booking.
    fn verify_chains(&self, findings: &mut Vec<String>) -> Result<(), StoreError> {
        let mut earlier: HashMap<String, HashSet<Uuid>> = HashMap::new();
        let mut select = self
            .desk
            .prepare("SELECT o.number, o.id, o.booking, o.body, b.number IS NULL FROM operations o LEFT JOIN bookings b ON b.number = o.booking ORDER BY o.number")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(0)?;
            let (id, booking): (String, String) = (row.get(1)?, row.get(2)?);
            if row.get(4)? {
                findings.push(format!("operation {at} has no booking"));
            }
            let Ok(operation) = serde_json::from_str::<Operation>(&row.get::<_, String>(3)?) else {
                findings.push(format!("operation {at} cannot be read"));
                continue;
            };
            if operation.id.to_string() != id || operation.booking.as_str() != booking {
                findings.push(format!("operation {at} is not what its row says"));
            }
            let before = earlier.entry(booking).or_default();
            if operation.previous.is_some_and(|previous| !before.contains(&previous)) {
                findings.push(format!("operation {at} follows one that is not there"));
            }
            before.insert(operation.id);
        }
        Ok(())
    }
}
