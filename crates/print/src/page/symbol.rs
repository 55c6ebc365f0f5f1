//! Bar codes and QR codes as rectangles, with the quiet zones that readers ask for.

use barcoders::sym::code39::Code39;
use qrcode::{Color, EcLevel, QrCode};

use super::block::{Block, Ink, Style};
use super::face::Fonts;
use crate::PrintError;

/// Wide elements of Code 39 in narrow ones (2.0 to 3.0 by ISO/IEC 16388).
const WIDE: f32 = 2.5;
/// Quiet zone of Code 39 on each side, in narrow elements.
pub(crate) const CODE39_QUIET: f32 = 10.0;
/// Quiet zone of a QR code on each side, in modules.
const QR_QUIET: f32 = 4.0;

/// A Code 39 symbol with its text beneath. `narrow` and `bars` (the height) are in points; 0.96
/// points are two dots at 150 dpi. Returns the block and its width, quiet zones included.
pub(crate) fn code39(
    fonts: &Fonts,
    text: &str,
    narrow: f32,
    bars: f32,
    field: &'static str,
) -> Result<(Block, f32), PrintError> {
    let modules = Code39::new(text).map_err(|_| PrintError::BarCode { field })?.encode();
    let mut rects = Vec::new();
    let mut x = CODE39_QUIET * narrow;
    for run in modules.chunk_by(|left, right| left == right) {
        // The encoder knows one and two modules; a run of two is a wide element.
        let width = if run.len() > 1 { WIDE * narrow } else { narrow };
        if run.first() == Some(&1) {
            rects.push([x, 0.0, width, bars]);
        }
        x += width;
    }
    let width = x + CODE39_QUIET * narrow;
    let mut block = Block::new();
    block.fills(rects, Ink::Black);
    block.text_centred_at(fonts, width / 2.0, bars + 11.0, text, Style::regular(10.5));
    block.height = bars + 14.0;
    Ok((block, width))
}

/// A QR code of the given size in points, quiet zones included.
pub(crate) fn qr(text: &str, size: f32) -> Result<Block, PrintError> {
    let code =
        QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| PrintError::BarCode { field: "qr" })?;
    let across = code.width();
    let module = size / (across as f32 + 2.0 * QR_QUIET);
    let mut rects = Vec::new();
    for (row, colors) in code.to_colors().chunks(across).enumerate() {
        let mut column = 0.0_f32;
        for run in colors.chunk_by(|left, right| left == right) {
            let length = run.len() as f32;
            if run.first() == Some(&Color::Dark) {
                // A breath of overlap, lest readers see hairlines between the rows.
                let top = (QR_QUIET + row as f32) * module;
                rects.push([(QR_QUIET + column) * module, top, length * module, module * 1.02]);
            }
            column += length;
        }
    }
    let mut block = Block::new();
    block.fill([0.0, 0.0, size, size], Ink::White);
    block.fills(rects, Ink::Black);
    block.height = size;
    Ok(block)
}
