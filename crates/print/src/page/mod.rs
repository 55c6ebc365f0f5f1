//! Setting type on A4: fonts and their metrics, blocks, symbols, and the document they flow into.

mod block;
mod document;
mod face;
mod symbol;

pub(crate) use block::{Block, Icon, Ink, Style};
pub(crate) use document::{BODY_WIDTH, Flow, Frame, Imprint};
pub(crate) use face::Fonts;
pub(crate) use symbol::{CODE39_QUIET, code39, qr};
