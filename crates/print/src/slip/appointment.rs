//! One appointment: when at the left and large, what and where beside it, how to prepare beneath.

use super::{Setter, SlipAppointment, SlipClock, SlipState};
use crate::dates;
use crate::page::{BODY_WIDTH, Block, Fonts, Ink, Style};

const WHEN: f32 = 172.0;
const PAD: f32 = 9.0;
/// Lines of a preparation kept on one page.
const TOGETHER: usize = 24;

impl Setter<'_> {
    /// The head of an appointment, and its preparation in parts that may stand on different pages.
    pub(super) fn appointment(&self, fonts: &Fonts, at: usize) -> (Block, Vec<Block>) {
        let appointment = &self.slip.appointments[at];
        let mut block = Block::new();
        block.label(fonts, 0.0, BODY_WIDTH, &self.heading(at).to_uppercase());
        block.gap(1.0);
        let top = block.height;
        block.put(0.0, top, self.when(fonts, appointment));
        block.put(WHEN, top, self.what_and_where(fonts, appointment));
        (block, self.preparation(fonts, &appointment.preparation))
    }

    fn heading(&self, at: usize) -> String {
        let id = match self.slip.state {
            SlipState::Confirmed => "print-appointment",
            SlipState::Guaranteed { .. } => "print-guaranteed-place",
            SlipState::Cancelled => "print-cancelled-appointment",
            _ => "print-requested",
        };
        match self.slip.appointments.len() {
            1 => self.word(id),
            count => self.words.get(
                &format!("{id}-of"),
                &[("number", (at + 1).to_string()), ("count", count.to_string())],
            ),
        }
    }

    fn when(&self, fonts: &Fonts, appointment: &SlipAppointment) -> Block {
        let cancelled = self.slip.state == SlipState::Cancelled;
        let ink = if cancelled { Ink::Grey } else { Ink::Black };
        let room = WHEN - 12.0;
        let starts = appointment.starts_at;
        let mut block = Block::new();
        block.paragraph(
            fonts,
            0.0,
            room,
            &dates::weekday(self.words, starts.date()),
            Style::regular(11.5).ink(ink),
        );
        let date = dates::day(self.words, starts.date());
        let time = self.words.get("print-at", &[("time", dates::time(starts))]);
        // What is only asked for is not set like an appointment.
        let (date_style, time_style) = match self.slip.state {
            SlipState::Awaiting => (Style::regular(15.0), Style::regular(22.0)),
            _ => (Style::bold(16.0).ink(ink), Style::bold(26.0).ink(ink)),
        };
        for (text, style) in [(date, date_style), (time, time_style)] {
            let top = block.height;
            block.paragraph(fonts, 0.0, room, &text, style);
            if cancelled {
                let middle = top + (block.height - top) * 0.55;
                block.stroke(vec![[0.0, middle], [fonts.width(&text, style), middle]], 1.2, Ink::Grey);
            }
        }
        if let Some(clock) = appointment.clock {
            let id = match clock {
                SlipClock::Summer => "print-clock-summer",
                SlipClock::Standard => "print-clock-standard",
            };
            block.paragraph(
                fonts,
                0.0,
                room,
                &format!("({})", self.word(id)),
                Style::bold(10.0).ink(ink),
            );
        }
        if self.slip.state == SlipState::Awaiting {
            let note = self.word("print-requested-note");
            block.paragraph(fonts, 0.0, room, &note, Style::bold(11.0).ink(Ink::Amber));
        }
        if let Some(minutes) = appointment.minutes {
            let text = self.words.get("print-duration", &[("minutes", minutes.to_string())]);
            block.paragraph(fonts, 0.0, room, &text, Style::regular(9.0).ink(Ink::Muted));
        }
        block
    }

    fn what_and_where(&self, fonts: &Fonts, appointment: &SlipAppointment) -> Block {
        let room = BODY_WIDTH - WHEN;
        let mut block = Block::new();
        // The catalogue's long descriptions are set smaller, so that one page is enough.
        let size = if appointment.service_name.chars().count() > 200 {
            9.5
        } else {
            12.0
        };
        block.paragraph(fonts, 0.0, room, &appointment.service_name, Style::bold(size));
        let code = self
            .words
            .get("print-service-code", &[("code", appointment.service_code.clone())]);
        block.paragraph(fonts, 0.0, room, &code, Style::regular(9.0).ink(Ink::Muted));
        block.gap(4.0);
        block.paragraph(fonts, 0.0, room, &appointment.location, Style::bold(11.5));
        let address = joined([appointment.address.as_str(), appointment.municipality.as_str()], ", ");
        block.paragraph(fonts, 0.0, room, &address, Style::regular(11.0));
        let told = |id: &str, value: &str| {
            if value.is_empty() {
                String::new()
            } else {
                format!("{}: {value}", self.word(id))
            }
        };
        let room_line = told("print-room", &appointment.room);
        let practitioner = told("print-practitioner", &appointment.practitioner);
        block.paragraph(
            fonts,
            0.0,
            room,
            &joined([room_line.as_str(), practitioner.as_str()], " · "),
            Style::regular(11.0),
        );
        block.paragraph(
            fonts,
            0.0,
            room,
            &told("print-phone", &appointment.phone),
            Style::regular(11.0),
        );
        block
    }

    fn preparation(&self, fonts: &Fonts, text: &str) -> Vec<Block> {
        if self.slip.state == SlipState::Cancelled {
            return Vec::new();
        }
        let label = format!("{}:", self.word("print-preparation"));
        let text = if text.trim().is_empty() {
            self.word("print-no-preparation")
        } else {
            text.trim().to_owned()
        };
        let style = Style::regular(10.6);
        let column = 80.0;
        let lines = fonts.wrap(&text, style, BODY_WIDTH - 2.0 * PAD - column);
        let parts = lines.chunks(TOGETHER).enumerate().map(|(part, lines)| {
            let mut words = Block::new();
            words.gap(5.0);
            if part == 0 {
                words.text_at(fonts, PAD, 5.0 + style.ascent(), &label, Style::bold(10.6));
            }
            for line in lines {
                words.line(PAD + column, line, style);
            }
            words.gap(6.0);
            let mut block = Block::new();
            block.fill([0.0, 0.0, BODY_WIDTH, words.height], Ink::Tint);
            block.put(0.0, 0.0, words);
            block
        });
        parts.collect()
    }
}

/// Those parts that are not empty.
fn joined<const N: usize>(parts: [&str; N], between: &str) -> String {
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.trim().is_empty()).collect();
    parts.join(between)
}
