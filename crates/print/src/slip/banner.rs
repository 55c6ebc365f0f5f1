//! The banner: what may be promised, with the number and the QR beside it.

use super::{Setter, SlipPending, SlipState, slip_qr};
use crate::page::{BODY_WIDTH, Block, Fonts, Icon, Ink, Style, qr};
use crate::{PrintError, dates};

const QR: f32 = 96.0;
const PAD: f32 = 12.0;
const WIDTH: f32 = BODY_WIDTH - QR - 14.0;
const ICON: f32 = 13.0;

/// How a state looks, so that it is told apart in grey and from afar.
struct Look {
    ink: Ink,
    icon: Icon,
    /// White on the ink, for what is certain.
    solid: bool,
    /// For what is not promised.
    dashed: bool,
}

impl Setter<'_> {
    /// State, explanation, number, cancellation code and QR.
    pub(super) fn banner(&self, fonts: &Fonts) -> Result<Block, PrintError> {
        let look = match self.slip.state {
            SlipState::Confirmed => Look {
                ink: Ink::Green,
                icon: Icon::Tick,
                solid: true,
                dashed: false,
            },
            SlipState::Guaranteed { .. } => Look {
                ink: Ink::Blue,
                icon: Icon::Padlock,
                solid: false,
                dashed: false,
            },
            SlipState::Cancelled => Look {
                ink: Ink::Grey,
                icon: Icon::Cross,
                solid: false,
                dashed: false,
            },
            _ => Look {
                ink: Ink::Amber,
                icon: Icon::Clock,
                solid: false,
                dashed: true,
            },
        };
        let top = self.promise(fonts, &look);
        let codes = self.codes(fonts);
        let height = (top.height + codes.height).max(QR + 12.0);

        let mut block = Block::new();
        if look.solid {
            block.fill([0.0, 0.0, WIDTH, top.height], look.ink);
        }
        block.outline([0.75, 0.75, WIDTH - 1.5, height - 1.5], 1.5, look.dashed, look.ink);
        let below = top.height;
        block.put(0.0, 0.0, top);
        block.put(0.0, below, codes);
        block.put(BODY_WIDTH - QR, -4.0, qr(&slip_qr(&self.slip.number), QR)?);
        let caption = self.word("print-qr-caption");
        let small = Style::regular(8.5).ink(Ink::Muted);
        block.text_centred_at(fonts, BODY_WIDTH - QR / 2.0, QR + 2.0, &caption, small);
        block.height = height;
        Ok(block)
    }

    fn promise(&self, fonts: &Fonts, look: &Look) -> Block {
        let state = self.state();
        let explanation = match self.slip.state {
            SlipState::Confirmed => "print-explain-confirmed",
            SlipState::Guaranteed { .. } => "print-explain-guaranteed",
            SlipState::Cancelled => "print-explain-cancelled",
            _ => "print-explain-awaiting",
        };
        let (head, text) = if look.solid {
            (Ink::White, Ink::White)
        } else {
            (look.ink, Ink::Black)
        };
        let left = PAD + 2.0 * ICON + 10.0;
        let room = WIDTH - left - PAD;
        // As large as one line allows.
        let fits = |size: &f32| fonts.width(&state, Style::bold(*size)) <= room;
        let size = [23.0, 20.0, 18.0, 16.0].into_iter().find(fits).unwrap_or(16.0);

        let mut block = Block::new();
        block.gap(8.0);
        block.icon(look.icon, [PAD + ICON, 8.0 + ICON + 3.0], ICON, head);
        block.paragraph(fonts, left, room, &state, Style::bold(size).ink(head));
        block.gap(1.0);
        block.paragraph(
            fonts,
            left,
            room,
            &self.word(explanation),
            Style::regular(10.5).ink(text),
        );
        block.gap(7.0);
        block
    }

    fn codes(&self, fonts: &Fonts) -> Block {
        let mut block = Block::new();
        let half = (WIDTH - 2.0 * PAD) / 2.0;
        let both = [
            (self.number_label(), &self.slip.grouped_number),
            (self.word("print-cancellation-code"), &self.slip.cancellation_code),
        ];
        for (at, (label, code)) in both.into_iter().enumerate() {
            let mut column = Block::new();
            column.gap(6.0);
            column.label(fonts, 0.0, half, &label);
            column.paragraph(fonts, 0.0, half, code, Style::bold(16.0));
            column.gap(6.0);
            block.put(if at == 0 { PAD } else { PAD + half + 6.0 }, 0.0, column);
        }
        block
    }

    /// A change asked for, where there is one: what is printed stands until it is answered.
    pub(super) fn pending(&self, fonts: &Fonts) -> Option<Block> {
        if self.slip.state != SlipState::Confirmed {
            return None;
        }
        let text = match self.slip.pending? {
            SlipPending::Cancellation => self.word("print-pending-cancellation"),
            SlipPending::Move { to } => self
                .words
                .get("print-pending-move", &[("when", dates::short_time(self.words, to))]),
        };
        let mut block = Block::new();
        block.gap(6.0);
        block.icon(Icon::Clock, [PAD + 8.0, 6.0 + 8.0], 8.0, Ink::Amber);
        block.paragraph(
            fonts,
            PAD + 26.0,
            BODY_WIDTH - 2.0 * PAD - 26.0,
            &text,
            Style::bold(10.5),
        );
        block.height = block.height.max(22.0) + 6.0;
        block.outline([0.5, 0.5, BODY_WIDTH - 1.0, block.height - 1.0], 1.0, true, Ink::Amber);
        Some(block)
    }
}
