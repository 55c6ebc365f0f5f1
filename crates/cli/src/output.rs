//! Printing answers: JSON for programs, Italian words for people.

use anyhow::Result;
use lanterna_desk::RescueReply;
use lanterna_desk::rpc::{BookingView, Found, FoundRow, QueueView, RpcError, SetAside};
use lanterna_desk::words::{Locale, Words};
use serde::Serialize;

/// The way to print.
pub struct Printer {
    json: bool,
    words: Words,
}

impl Printer {
    /// Prints JSON, or Italian.
    pub fn new(json: bool) -> Self {
        Self {
            json,
            words: Words::new(Locale::It),
        }
    }

    /// Prints a value as JSON if that is wanted, else what `people` makes of it.
    pub fn show<T: Serialize>(&self, value: &T, people: impl FnOnce(&Self) -> String) -> Result<()> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(value)?);
        } else {
            println!("{}", people(self));
        }
        Ok(())
    }

    /// A word of the catalogue.
    pub fn word(&self, id: &str) -> String {
        self.words.get(id, &[])
    }

    /// An error in the words of the catalogue.
    pub fn error(&self, error: &RpcError) -> String {
        let code = serde_json::to_value(error.code)
            .ok()
            .and_then(|code| code.as_str().map(str::to_owned));
        let params: Vec<(&str, String)> = error
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        self.words.get(&format!("error-{}", code.unwrap_or_default()), &params)
    }

    /// What became of a rescue file.
    pub fn carried(&self, reply: &RescueReply) -> String {
        let figures = [
            ("operations", reply.operations),
            ("confirmed", reply.confirmed),
            ("conflicts", reply.conflicts),
            ("rejected", reply.rejected),
            ("operator", reply.needs_operator),
            ("known", reply.known),
            ("waiting", reply.waiting),
        ];
        let figures: Vec<_> = figures.map(|(name, count)| (name, count.to_string())).to_vec();
        self.words.get("rescue-carried", &figures)
    }

    /// A file that was damaged and replaced.
    pub fn set_aside(&self, file: &SetAside) -> String {
        let params = [
            ("file", file.file.clone()),
            ("kept", file.kept_as.clone()),
            ("rows", file.salvaged.to_string()),
        ];
        self.words.get("set-aside", &params)
    }

    /// The rows of a search.
    pub fn found(&self, found: &Found) -> String {
        let rows: Vec<String> = found
            .rows
            .iter()
            .enumerate()
            .map(|(at, row)| format!("{:>3}. {}", at + 1, row_line(row)))
            .collect();
        rows.join("\n")
    }

    /// A booking, its state first.
    pub fn booking(&self, view: &BookingView) -> String {
        let mut lines = vec![format!("{}  {}", view.grouped, self.state(view))];
        for appointment in &view.appointments {
            lines.push(format!(
                "  {}  {}, {} – {}",
                wall(&appointment.wall),
                appointment.location,
                appointment.municipality,
                appointment.name
            ));
        }
        lines.join("\n")
    }

    /// The word for a booking's state, with the reason and the change under way.
    pub fn state(&self, view: &BookingView) -> String {
        let mut text = self.word(view.state.word());
        if let Some(pending) = &view.pending {
            text = format!("{text}; {}", self.word(pending.state.word()));
        }
        text
    }

    /// The queue's figures and rows.
    pub fn queue(&self, queue: &QueueView) -> String {
        let mut lines = vec![format!(
            "{} da risolvere, {} in coda, {} inviate",
            queue.to_resolve, queue.waiting, queue.settled
        )];
        for row in &queue.rows {
            lines.push(format!(
                "{}  {}  {}  {}",
                row.number,
                wall(&row.wall),
                row.location,
                self.word(row.state.word())
            ));
        }
        lines.join("\n")
    }
}

/// One row of a search for people.
pub fn row_line(row: &FoundRow) -> String {
    let km = row.km.map(|km| format!(", ≈ {km:.0} km")).unwrap_or_default();
    let limit = match row.in_time {
        Some(true) => " [nei tempi]",
        Some(false) => " [oltre i tempi]",
        None => "",
    };
    format!("{}  {}, {}{km}{limit}", wall(&row.wall), row.location, row.municipality)
}

/// `2026-11-24T09:30` as people write it.
pub fn wall(wall: &str) -> String {
    match wall
        .parse::<chrono::NaiveDateTime>()
        .or_else(|_| chrono::NaiveDateTime::parse_from_str(wall, "%Y-%m-%dT%H:%M"))
    {
        Ok(at) => at.format("%d/%m/%Y %H:%M").to_string(),
        Err(_) => wall.to_owned(),
    }
}
