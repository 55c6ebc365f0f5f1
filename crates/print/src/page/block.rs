//! Blocks: pieces of a page with their own origin at the top left, measured before they are placed.

use super::face::{Fonts, Weight};

/// A colour of the paper. Nothing depends on colour alone: slips are printed in grey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Black,
    Muted,
    Hairline,
    Tint,
    White,
    Green,
    Blue,
    Amber,
    Grey,
}

impl Ink {
    /// Red, green and blue, each 0 to 1.
    pub(crate) fn rgb(self) -> [f32; 3] {
        match self {
            Ink::Black => [0.07, 0.09, 0.12],
            Ink::Muted => [0.30, 0.34, 0.38],
            Ink::Hairline => [0.72, 0.75, 0.78],
            Ink::Tint => [0.945, 0.955, 0.965],
            Ink::White => [1.0, 1.0, 1.0],
            Ink::Green => [0.0, 0.40, 0.27],
            Ink::Blue => [0.0, 0.30, 0.60],
            Ink::Amber => [0.48, 0.29, 0.0],
            Ink::Grey => [0.36, 0.40, 0.44],
        }
    }
}

/// How letters look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) weight: Weight,
    /// In points.
    pub(crate) size: f32,
    pub(crate) ink: Ink,
}

impl Style {
    pub(crate) fn regular(size: f32) -> Self {
        Self {
            weight: Weight::Regular,
            size,
            ink: Ink::Black,
        }
    }

    pub(crate) fn bold(size: f32) -> Self {
        Self {
            weight: Weight::Bold,
            size,
            ink: Ink::Black,
        }
    }

    pub(crate) fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    /// Distance between two base lines.
    pub(crate) fn leading(self) -> f32 {
        self.size * 1.3
    }

    /// Distance from the top of a line to its base line.
    pub(crate) fn ascent(self) -> f32 {
        self.size * 0.98
    }
}

/// Something drawn. Positions in points from the top left of the block.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    Text {
        x: f32,
        baseline: f32,
        text: String,
        style: Style,
    },
    /// Rectangles (left, top, width, height) painted as one path.
    Fill { rects: Vec<[f32; 4]>, ink: Ink },
    /// The border of a rectangle.
    Outline {
        rect: [f32; 4],
        thickness: f32,
        dashed: bool,
        ink: Ink,
    },
    /// A line through points.
    Stroke {
        points: Vec<[f32; 2]>,
        thickness: f32,
        ink: Ink,
    },
}

/// A picture of a state, always beside its words.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Icon {
    Tick,
    Clock,
    Padlock,
    Cross,
}

/// A piece of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) height: f32,
    marks: Vec<Mark>,
}

impl Block {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    pub(crate) fn gap(&mut self, points: f32) {
        self.height += points;
    }

    /// Adds text below what is there, broken into lines.
    pub(crate) fn paragraph(&mut self, fonts: &Fonts, x: f32, width: f32, text: &str, style: Style) {
        for line in fonts.wrap(text, style, width) {
            self.line(x, &line, style);
        }
    }

    /// Adds one printable line below what is there.
    pub(crate) fn line(&mut self, x: f32, text: &str, style: Style) {
        let baseline = self.height + style.ascent();
        self.marks.push(Mark::Text {
            x,
            baseline,
            text: text.to_owned(),
            style,
        });
        self.height += style.leading();
    }

    /// Sets text at a base line without taking room.
    pub(crate) fn text_at(&mut self, fonts: &Fonts, x: f32, baseline: f32, text: &str, style: Style) {
        self.marks.push(Mark::Text {
            x,
            baseline,
            text: fonts.printable(text),
            style,
        });
    }

    /// As [`Self::text_at`], ending at `right`.
    pub(crate) fn text_ending_at(&mut self, fonts: &Fonts, right: f32, baseline: f32, text: &str, style: Style) {
        let x = right - fonts.width(&fonts.printable(text), style);
        self.text_at(fonts, x, baseline, text, style);
    }

    /// As [`Self::text_at`], centred.
    pub(crate) fn text_centred_at(&mut self, fonts: &Fonts, centre: f32, baseline: f32, text: &str, style: Style) {
        let x = centre - fonts.width(&fonts.printable(text), style) / 2.0;
        self.text_at(fonts, x, baseline, text, style);
    }

    /// A small heading over a datum.
    pub(crate) fn label(&mut self, fonts: &Fonts, x: f32, width: f32, text: &str) {
        self.paragraph(fonts, x, width, text, Style::bold(9.0).ink(Ink::Muted));
    }

    /// Adds another block below what is there.
    pub(crate) fn stack(&mut self, other: Block) {
        let top = self.height;
        self.put(0.0, top, other);
    }

    /// Puts another block at a place; the height grows to hold it.
    pub(crate) fn put(&mut self, x: f32, y: f32, other: Block) {
        self.height = self.height.max(y + other.height);
        self.marks.extend(other.marks.into_iter().map(|mark| mark.moved(x, y)));
    }

    pub(crate) fn fill(&mut self, rect: [f32; 4], ink: Ink) {
        self.marks.push(Mark::Fill { rects: vec![rect], ink });
    }

    pub(crate) fn fills(&mut self, rects: Vec<[f32; 4]>, ink: Ink) {
        self.marks.push(Mark::Fill { rects, ink });
    }

    pub(crate) fn outline(&mut self, rect: [f32; 4], thickness: f32, dashed: bool, ink: Ink) {
        self.marks.push(Mark::Outline {
            rect,
            thickness,
            dashed,
            ink,
        });
    }

    pub(crate) fn stroke(&mut self, points: Vec<[f32; 2]>, thickness: f32, ink: Ink) {
        self.marks.push(Mark::Stroke { points, thickness, ink });
    }

    /// A hairline across.
    pub(crate) fn rule(&mut self, width: f32) {
        self.stroke(vec![[0.0, self.height], [width, self.height]], 0.7, Ink::Hairline);
    }

    /// An icon in a circle of the given radius.
    pub(crate) fn icon(&mut self, icon: Icon, centre: [f32; 2], radius: f32, ink: Ink) {
        let [cx, cy] = centre;
        let at = |x: f32, y: f32| [cx + x * radius, cy + y * radius];
        let thick = radius * 0.17;
        self.stroke(arc(centre, radius, 0.0, std::f32::consts::TAU), thick, ink);
        match icon {
            Icon::Tick => self.stroke(
                vec![at(-0.45, 0.05), at(-0.12, 0.38), at(0.48, -0.34)],
                thick * 1.2,
                ink,
            ),
            Icon::Clock => self.stroke(vec![at(0.0, -0.6), at(0.0, 0.05), at(0.42, 0.28)], thick, ink),
            Icon::Cross => {
                self.stroke(vec![at(-0.4, -0.4), at(0.4, 0.4)], thick * 1.2, ink);
                self.stroke(vec![at(-0.4, 0.4), at(0.4, -0.4)], thick * 1.2, ink);
            }
            Icon::Padlock => {
                self.fill(
                    [cx - 0.42 * radius, cy - 0.08 * radius, 0.84 * radius, 0.62 * radius],
                    ink,
                );
                let mut shackle = vec![at(-0.26, -0.05)];
                shackle.extend(arc(
                    [cx, cy - 0.28 * radius],
                    0.26 * radius,
                    std::f32::consts::PI,
                    std::f32::consts::TAU,
                ));
                shackle.push(at(0.26, -0.05));
                self.stroke(shackle, thick, ink);
            }
        }
    }
}

/// Points of an arc, angles in radians, clockwise on paper.
fn arc(centre: [f32; 2], radius: f32, from: f32, to: f32) -> Vec<[f32; 2]> {
    const STEPS: u8 = 48;
    (0..=STEPS)
        .map(|step| {
            let angle = from + (to - from) * f32::from(step) / f32::from(STEPS);
            [centre[0] + radius * angle.cos(), centre[1] + radius * angle.sin()]
        })
        .collect()
}

impl Mark {
    pub(crate) fn moved(self, dx: f32, dy: f32) -> Self {
        let shift = |[x, y, width, height]: [f32; 4]| [x + dx, y + dy, width, height];
        match self {
            Mark::Text {
                x,
                baseline,
                text,
                style,
            } => Mark::Text {
                x: x + dx,
                baseline: baseline + dy,
                text,
                style,
            },
            Mark::Fill { rects, ink } => Mark::Fill {
                rects: rects.into_iter().map(shift).collect(),
                ink,
            },
            Mark::Outline {
                rect,
                thickness,
                dashed,
                ink,
            } => Mark::Outline {
                rect: shift(rect),
                thickness,
                dashed,
                ink,
            },
            Mark::Stroke { points, thickness, ink } => Mark::Stroke {
                points: points.into_iter().map(|[x, y]| [x + dx, y + dy]).collect(),
                thickness,
                ink,
            },
        }
    }
}
