//! The document: blocks flow down A4 pages, then the frame of each page is drawn and all is written.

use chrono::NaiveDateTime;
use lopdf::{Dictionary, Object, StringFormat};
use printpdf::{
    Color, FontId, Line, LineCapStyle, LineDashPattern, LinePoint, Mm, Op, PaintMode, PdfDocument, PdfFont,
    PdfFontHandle, PdfPage, PdfSaveOptions, Point, Polygon, PolygonRing, Pt, Rgb, TextItem, WindingOrder, to_lopdf_doc,
};

use super::block::{Block, Ink, Mark};
use super::face::{Fonts, Weight};
use crate::PrintError;

const PAGE_HEIGHT: f32 = 841.89;
const PAGE_WIDTH: f32 = 595.28;
const MARGIN: f32 = 40.0;
/// Width that blocks may use.
pub(crate) const BODY_WIDTH: f32 = PAGE_WIDTH - 2.0 * MARGIN;
const TOP: f32 = 30.0;
const FOOTER: f32 = 42.0;
/// Between footer and body.
const AIR: f32 = 8.0;

/// What the file says of itself. Nothing about the patient: titles show up in lists of windows and print jobs.
pub(crate) struct Imprint<'a> {
    pub(crate) title: String,
    pub(crate) language: &'a str,
    /// Creation time, if the caller knows one.
    pub(crate) created: Option<NaiveDateTime>,
}

/// What stands at the top and the bottom of every page, given page and number of pages.
pub(crate) trait Frame {
    /// Its height must not depend on the page.
    fn header(&self, fonts: &Fonts) -> Block;
    fn footer(&self, fonts: &Fonts, page: usize, pages: usize) -> Block;
}

/// Pages being filled.
pub(crate) struct Flow<'a> {
    fonts: Fonts,
    frame: &'a dyn Frame,
    pages: Vec<Vec<Mark>>,
    header: Block,
    y: f32,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(frame: &'a dyn Frame) -> Result<Self, PrintError> {
        let fonts = Fonts::load()?;
        let header = frame.header(&fonts);
        let y = TOP + header.height;
        Ok(Self {
            fonts,
            frame,
            pages: vec![Vec::new()],
            header,
            y,
        })
    }

    pub(crate) fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// Adds a block after a gap, on the next page where this one has no room left for all of `keep`
    /// more points beside it.
    pub(crate) fn add_keeping(&mut self, gap: f32, block: &Block, keep: f32) {
        let bottom = PAGE_HEIGHT - FOOTER - AIR;
        let first = TOP + self.header.height;
        if self.y + gap + block.height + keep > bottom && self.y > first {
            self.pages.push(Vec::new());
            self.y = first;
        } else if self.y > first {
            self.y += gap;
        }
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.extend(block.marks().iter().cloned().map(|mark| mark.moved(MARGIN, y)));
        }
        self.y += block.height;
    }

    /// Adds a block after a gap.
    pub(crate) fn add(&mut self, gap: f32, block: &Block) {
        self.add_keeping(gap, block, 0.0);
    }

    /// Draws the frames and writes the file.
    pub(crate) fn write(self, imprint: &Imprint<'_>) -> Result<Vec<u8>, PrintError> {
        let count = self.pages.len();
        let mut pages = Vec::with_capacity(count);
        for (at, body) in self.pages.into_iter().enumerate() {
            let mut ops = Vec::new();
            let footer = self.frame.footer(&self.fonts, at + 1, count);
            let placed = |block: &Block, y| {
                block
                    .marks()
                    .iter()
                    .cloned()
                    .map(move |mark| mark.moved(MARGIN, y))
                    .collect::<Vec<_>>()
            };
            let header = placed(&self.header, TOP);
            let footer = placed(&footer, PAGE_HEIGHT - FOOTER);
            for mark in header.into_iter().chain(body).chain(footer) {
                draw(&mut ops, mark);
            }
            pages.push(PdfPage::new(Mm(210.0), Mm(297.0), ops));
        }
        let mut document = PdfDocument::new(&imprint.title);
        document.metadata.info.creator = "Lanterna".to_owned();
        document.metadata.info.producer = "Lanterna".to_owned();
        for weight in [Weight::Regular, Weight::Bold] {
            document
                .resources
                .fonts
                .map
                .insert(font_id(weight), PdfFont::new(self.fonts.face(weight).clone()));
        }
        document.with_pages(pages);
        finish(&document, imprint)
    }
}

/// Writes the file with its language, and without the made-up dates and ids of the library, so that
/// the same model gives the same bytes.
fn finish(document: &PdfDocument, imprint: &Imprint<'_>) -> Result<Vec<u8>, PrintError> {
    let mut file = to_lopdf_doc(document, &PdfSaveOptions::default(), &mut Vec::new());
    file.trailer.remove(b"ID");
    let literal = |text: String| Object::String(text.into_bytes(), StringFormat::Literal);
    if let Some(info) = file.trailer.get(b"Info").and_then(Object::as_reference).ok()
        && let Ok(info) = file.get_object_mut(info).and_then(Object::as_dict_mut)
    {
        for name in [
            &b"CreationDate"[..],
            b"ModDate",
            b"Identifier",
            b"GTS_PDFXVersion",
            b"Trapped",
        ] {
            info.remove(name);
        }
        if let Some(created) = imprint.created {
            info.set("CreationDate", literal(created.format("D:%Y%m%d%H%M%S").to_string()));
        }
    }
    if let Ok(catalog) = file.catalog_mut() {
        catalog.set("Lang", literal(imprint.language.to_owned()));
        catalog.set(
            "ViewerPreferences",
            Dictionary::from_iter([("DisplayDocTitle", Object::Boolean(true))]),
        );
    }
    file.compress();
    let mut bytes = Vec::new();
    file.save_to(&mut bytes)?;
    Ok(bytes)
}

fn font_id(weight: Weight) -> FontId {
    FontId(match weight {
        Weight::Regular => "Regular".to_owned(),
        Weight::Bold => "Bold".to_owned(),
    })
}

fn color(ink: Ink) -> Color {
    let [r, g, b] = ink.rgb();
    Color::Rgb(Rgb {
        r,
        g,
        b,
        icc_profile: None,
    })
}

/// From the top left of the page to the bottom left, where PDF counts from.
fn point(x: f32, y: f32) -> Point {
    Point {
        x: Pt(x),
        y: Pt(PAGE_HEIGHT - y),
    }
}

fn corners([x, y, width, height]: [f32; 4]) -> Vec<LinePoint> {
    [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        .into_iter()
        .map(|(x, y)| LinePoint {
            p: point(x, y),
            bezier: false,
        })
        .collect()
}

fn draw(ops: &mut Vec<Op>, mark: Mark) {
    match mark {
        Mark::Text {
            x,
            baseline,
            text,
            style,
        } => ops.extend([
            Op::StartTextSection,
            Op::SetFillColor { col: color(style.ink) },
            Op::SetFont {
                font: PdfFontHandle::External(font_id(style.weight)),
                size: Pt(style.size),
            },
            Op::SetTextCursor {
                pos: point(x, baseline),
            },
            Op::ShowText {
                items: vec![TextItem::Text(text)],
            },
            Op::EndTextSection,
        ]),
        Mark::Fill { rects, ink } => {
            let rings = rects
                .into_iter()
                .map(|rect| PolygonRing { points: corners(rect) })
                .collect();
            let polygon = Polygon {
                rings,
                mode: PaintMode::Fill,
                winding_order: WindingOrder::NonZero,
            };
            ops.extend([Op::SetFillColor { col: color(ink) }, Op::DrawPolygon { polygon }]);
        }
        Mark::Outline {
            rect,
            thickness,
            dashed,
            ink,
        } => {
            let dash = if dashed {
                LineDashPattern::new(0.0, &[7.0, 4.0])
            } else {
                LineDashPattern::solid()
            };
            let line = Line {
                points: corners(rect),
                is_closed: true,
            };
            ops.extend([
                Op::SaveGraphicsState,
                Op::SetOutlineColor { col: color(ink) },
                Op::SetOutlineThickness { pt: Pt(thickness) },
                Op::SetLineDashPattern { dash },
                Op::DrawLine { line },
                Op::RestoreGraphicsState,
            ]);
        }
        Mark::Stroke { points, thickness, ink } => {
            let points = points
                .into_iter()
                .map(|[x, y]| LinePoint {
                    p: point(x, y),
                    bezier: false,
                })
                .collect();
            ops.extend([
                Op::SaveGraphicsState,
                Op::SetOutlineColor { col: color(ink) },
                Op::SetOutlineThickness { pt: Pt(thickness) },
                Op::SetLineCapStyle {
                    cap: LineCapStyle::Round,
                },
                Op::DrawLine {
                    line: Line {
                        points,
                        is_closed: false,
                    },
                },
                Op::RestoreGraphicsState,
            ]);
        }
    }
}
