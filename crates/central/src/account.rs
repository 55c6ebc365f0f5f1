//! What the ledger tells an administrator about leases and about itself, in lines of text.

use std::fmt::{self, Display, Formatter};

use crate::ledger::{Awaited, ClassLeases, Condition, Decision, Displaced, Displacement, LeaseReport, Report};

/// A report of leases as it is printed.
pub struct Printed<'a>(pub &'a LeaseReport);

impl Display for Printed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let report = self.0;
        writeln!(f, "desk  channel      live  called back")?;
        for desk in &report.desks {
            let (code, channel) = (desk.code.as_str(), desk.channel.name());
            writeln!(f, "{code}  {channel:<11} {:>5}  {:>11}", desk.live, desk.recalled)?;
        }
        writeln!(f)?;
        let permille = report.share_permille();
        writeln!(
            f,
            "next {} days: {} of {} opened places are set aside ({}.{} %)",
            LeaseReport::DAYS,
            report.leased,
            report.opened,
            permille / 10,
            permille % 10
        )?;
        writeln!(f)?;
        writeln!(
            f,
            "class      granted    live  booked  given back  lapsed  voided   spent  hours kept for nothing"
        )?;
        for of_class in &report.classes {
            class_line(f, of_class)?;
        }
        Ok(())
    }
}

fn class_line(f: &mut Formatter<'_>, of_class: &ClassLeases) -> fmt::Result {
    let class = of_class
        .class
        .map_or_else(|| "follow-up".to_owned(), |class| class.letter().to_string());
    writeln!(
        f,
        "{class:<9} {:>8} {:>7} {:>7} {:>11} {:>7} {:>7} {:>7} {:>23}",
        of_class.granted,
        of_class.live,
        of_class.consumed,
        of_class.surrendered,
        of_class.lapsed,
        of_class.voided,
        of_class.spent,
        of_class.unused_minutes / 60
    )
}

/// A displaced booking as it is printed: nothing of the patient, only the number of the booking.
pub struct Case<'a>(pub &'a Displaced);

impl Display for Case<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let case = self.0;
        let why = match case.why {
            Displacement::Suspended => "the schedule is suspended",
            Displacement::Withdrawn => "the schedule was withdrawn",
            Displacement::NoSuchSlot => "no such slot any more",
            Displacement::Closed => "the slot was closed",
            Displacement::NotAdmitted => "the schedule would not take it today",
            Displacement::Taken => "the place was confirmed to somebody else as well",
            Displacement::LineTaken => "the prescription has another booking as well",
        };
        let decision = match case.decision {
            None => "not decided",
            Some(Decision::Move) => "to be moved",
            Some(Decision::Call) => "the patient is to be called",
            Some(Decision::Keep) => "stays",
        };
        write!(
            f,
            "{}: booking {}, schedule {}, {}: {why}; {decision}",
            case.case,
            case.booking.grouped(),
            case.schedule,
            case.start.rome().format("%Y-%m-%d %H:%M"),
        )
    }
}

/// The condition of a ledger as it is printed.
pub struct Standing<'a>(pub &'a Condition);

impl Display for Standing<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Condition::Sound => write!(f, "the ledger is sound"),
            Condition::Fenced { reason, at, .. } => write!(
                f,
                "the ledger is fenced since {}: {reason}. Nothing is given: begin a recovery with `recover`, or, if this \
                 is a false alarm, take the fence away with `recovery lift`",
                at.format("%Y-%m-%d %H:%M UTC")
            ),
            Condition::Recovery { since } => write!(
                f,
                "the ledger is in recovery since {}: it ends when every desk has told what it has",
                since.format("%Y-%m-%d %H:%M UTC")
            ),
        }
    }
}

/// A desk that has not told all, as it is printed.
pub struct Awaiting<'a>(pub &'a Awaited);

impl Display for Awaiting<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Awaited { desk, report } = self.0;
        let how = match report {
            Report::Awaited => "awaited",
            Report::Heard => "heard; some of what it has waits for other desks",
            Report::WrittenOff => "written off",
            Report::Done => "has told all",
        };
        write!(f, "desk {}, {}: {how}", desk.code, desk.channel.name())
    }
}
