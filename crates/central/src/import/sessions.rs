//! Sessions.

use std::collections::HashMap;
use std::path::Path;

use lanterna_model::ids::ScheduleId;
use lanterna_model::schedule::{PublishedSession, Schedule};

use super::report::{File, Reason, Refusal, Report};
use super::table::{Fault, Line, each};
use super::{ImportError, field};
use crate::ledger::check_sessions;

pub(super) const COLUMNS: [&str; 6] = ["schedule", "start", "step", "slots", "places", "closed"];

/// Reads the sessions of the schedules there are, in the order of the file.
pub(super) fn sessions(
    folder: &Path,
    schedules: &[Schedule],
    report: &mut Report,
) -> Result<HashMap<ScheduleId, Vec<PublishedSession>>, ImportError> {
    let mut read: HashMap<ScheduleId, Vec<(u64, PublishedSession)>> =
        schedules.iter().map(|schedule| (schedule.id, Vec::new())).collect();
    each(folder, File::Sessions, &COLUMNS, report, |line| {
        let (id, session) = session(line)?;
        let Some(sessions) = read.get_mut(&id) else {
            let reason = Reason::Unknown {
                file: File::Schedules,
                key: id.to_string(),
            };
            return Err(Fault {
                field: Some("schedule"),
                reason,
            });
        };
        sessions.push((line.number, session));
        Ok(())
    })?;
    Ok(read
        .into_iter()
        .map(|(id, sessions)| (id, without_overlaps(sessions, report)))
        .collect())
}

fn session(line: &Line<'_>) -> Result<(ScheduleId, PublishedSession), Fault> {
    let id = line
        .read("schedule", field::number(1, i64::from(u32::MAX)))
        .map(ScheduleId)?;
    let session = PublishedSession {
        start: line.read("start", field::instant)?,
        step: line.read("step", field::minutes)?,
        slots: line.read("slots", field::number(1, 288))?,
        places: line.read("places", field::number(1, 64))?,
        closed: line.maybe("closed", field::hexadecimal)?.unwrap_or_default(),
    };
    check_sessions(id, std::slice::from_ref(&session)).map_err(|_| Fault {
        field: None,
        reason: Reason::Session,
    })?;
    Ok((id, session))
}

/// Refuses every session that begins before one of an earlier start has ended.
fn without_overlaps(sessions: Vec<(u64, PublishedSession)>, report: &mut Report) -> Vec<PublishedSession> {
    let mut by_start: Vec<usize> = (0..sessions.len()).collect();
    by_start.sort_by_key(|at| (sessions[*at].1.start, sessions[*at].0));
    let mut kept = vec![true; sessions.len()];
    let mut last: Option<usize> = None;
    for at in by_start {
        let (number, session) = &sessions[at];
        match last.map(|last| &sessions[last]) {
            Some((line, before)) if session.start < end(before) => {
                kept[at] = false;
                let reason = Reason::Overlap { line: *line };
                report.withdraw(Refusal {
                    file: File::Sessions,
                    line: *number,
                    field: Some("start"),
                    reason,
                });
            }
            _ => last = Some(at),
        }
    }
    sessions
        .into_iter()
        .zip(kept)
        .filter(|(_, kept)| *kept)
        .map(|((_, session), _)| session)
        .collect()
}

fn end(session: &PublishedSession) -> lanterna_model::time::Minute {
    session.start.plus(i32::from(session.step) * i32::from(session.slots))
}
