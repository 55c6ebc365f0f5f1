//! Checking both files against the invariants.

use lanterna_model::availability::ScheduleAvailability;
use lanterna_model::ids::ScheduleId;

use crate::error::StoreError;
use crate::record::{Record, number};
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
        let mut rows = self.mirror.prepare("SELECT schedule, row FROM availability")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let schedule = ScheduleId(row.get(0)?);
            let plain = ScheduleAvailability::decode(schedule, &row.get::<_, Vec<u8>>(1)?);
            match plain {
                Err(_) => findings.push(format!("the availability of schedule {schedule} cannot be read")),
                Ok(plain) if self.index().plain(schedule).as_ref() != Some(&plain) => {
                    findings.push(format!("schedule {schedule} differs between file and memory"));
                }
                Ok(_) => {}
            }
        }
        Ok(findings)
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
        let mut numbers = self.desk.prepare("SELECT number, part FROM bookings")?;
        let mut numbers = numbers.query([])?;
        while let Some(row) = numbers.next()? {
            let text: String = row.get(0)?;
            let Some(stored) = record.booking(&number(&text)?)? else {
                continue;
            };
            if stored.operations.is_empty() {
                findings.push(format!("booking {text} has no operation"));
            } else if crate::record::part_of(&stored) as i64 != row.get::<_, i64>(1)? {
                findings.push(format!("booking {text} is in the wrong part of the queue"));
            }
        }
        let doubled: i64 = self.desk.query_row(
            "SELECT count(*) FROM (SELECT 1 FROM live_lines l JOIN bookings b ON b.number = l.booking
             GROUP BY nre, line HAVING count(*) > 1)",
            [],
            |row| row.get(0),
        )?;
        if doubled > 0 {
            findings.push(format!("{doubled} prescription lines are booked twice"));
        }
        Ok(())
    }
}
