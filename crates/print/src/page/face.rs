//! The embedded typeface: Titillium Web, in two weights, with the widths of its glyphs.

use printpdf::ParsedFont;

use super::block::Style;
use crate::PrintError;

const REGULAR: &[u8] = include_bytes!("../../fonts/TitilliumWeb-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/TitilliumWeb-Bold.ttf");

/// A weight of the typeface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Both weights.
pub(crate) struct Fonts {
    regular: ParsedFont,
    bold: ParsedFont,
}

impl Fonts {
    pub(crate) fn load() -> Result<Self, PrintError> {
        let read = |bytes, name| ParsedFont::from_bytes(bytes, 0, &mut Vec::new()).ok_or(PrintError::Font { name });
        Ok(Self {
            regular: read(REGULAR, "TitilliumWeb-Regular")?,
            bold: read(BOLD, "TitilliumWeb-Bold")?,
        })
    }

    pub(crate) fn face(&self, weight: Weight) -> &ParsedFont {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// Width in points of text as [`Self::printable`] gives it.
    pub(crate) fn width(&self, text: &str, style: Style) -> f32 {
        let face = self.face(style.weight);
        let units: u32 = text
            .chars()
            .filter_map(|letter| face.lookup_glyph_index(u32::from(letter)))
            .filter_map(|glyph| face.get_glyph_width(glyph))
            .map(u32::from)
            .sum();
        units as f32 / f32::from(face.units_per_em) * style.size
    }

    /// The text in letters that the typeface has: signs it lacks are written out, accents that come
    /// as separate characters and cannot be joined are dropped, and anything else becomes `?`.
    pub(crate) fn printable(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for letter in text.chars() {
            match letter {
                '\u{00A0}' | '\u{202F}' => out.push(' '),
                '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {}
                '\u{0300}'..='\u{036F}' => accent(&mut out, letter),
                _ if letter.is_control() || letter.is_whitespace() => out.push(' '),
                _ if self.has(letter) => out.push(letter),
                _ => out.push_str(written_out(letter)),
            }
        }
        out
    }

    fn has(&self, letter: char) -> bool {
        [&self.regular, &self.bold].iter().all(|face| {
            face.lookup_glyph_index(u32::from(letter))
                .is_some_and(|glyph| glyph != 0)
        })
    }

    /// The lines of a text in a width. Words too long for a line are cut; blanks that do not break
    /// (U+00A0) keep their neighbours together.
    pub(crate) fn wrap(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for part in text.lines() {
            let mut line = String::new();
            for word in part.split([' ', '\t']).filter(|word| !word.is_empty()) {
                let word = self.printable(word);
                let longer = if line.is_empty() {
                    word.clone()
                } else {
                    format!("{line} {word}")
                };
                if self.width(&longer, style) <= width {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                for letter in word.chars() {
                    line.push(letter);
                    if self.width(&line, style) > width && line.chars().count() > 1 {
                        line.pop();
                        lines.push(std::mem::replace(&mut line, letter.to_string()));
                    }
                }
            }
            if !line.is_empty() {
                lines.push(line);
            }
        }
        lines
    }
}

/// Joins an accent to the letter before it, for the letters of the languages spoken here.
fn accent(out: &mut String, mark: char) {
    let Some(base) = out.pop() else { return };
    let accents = match mark {
        '\u{0300}' => ["aàeèiìoòuù", "AÀEÈIÌOÒUÙ"],
        '\u{0301}' => ["aáeéiíoóuúcćnńsśzźyý", "AÁEÉIÍOÓUÚCĆNŃSŚZŹYÝ"],
        '\u{0302}' => ["aâeêiîoôuû", "AÂEÊIÎOÔUÛ"],
        '\u{0303}' => ["aãnñoõ", "AÃNÑOÕ"],
        '\u{0308}' => ["aäeëiïoöuü", "AÄEËIÏOÖUÜ"],
        '\u{030C}' => ["cčsšzžeěrř", "CČSŠZŽEĚRŘ"],
        '\u{0327}' => ["cçsş", "CÇSŞ"],
        _ => ["", ""],
    };
    let joined = accents.iter().find_map(|pairs| {
        let mut letters = pairs.chars();
        while let (Some(plain), Some(with)) = (letters.next(), letters.next()) {
            if plain == base {
                return Some(with);
            }
        }
        None
    });
    out.push(joined.unwrap_or(base));
}

fn written_out(letter: char) -> &'static str {
    match letter {
        '≤' => "<=",
        '≥' => ">=",
        '≈' => "ca. ",
        '→' => "->",
        '−' | '‐' | '‑' | '‒' | '―' => "-",
        'ʼ' | '′' => "’",
        '″' => "\"",
        '•' | '▪' | '●' => "-",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬀ' => "ff",
        'Ω' => "ohm",
        'μ' => "µ",
        '½' => "1/2",
        '✓' => "",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Fonts {
        Fonts::load().unwrap()
    }

    #[test]
    fn every_letter_of_italian_and_of_common_names_is_there() {
        let text = "àèéìíòóùúÀÈÉÌÒÙ’‘“”«»–—…°ºª€§&@%/+* ëçñšžđćłőșțăâî ßøåæ 0123456789";
        assert_eq!(fonts().printable(text), text);
    }

    #[test]
    fn what_the_typeface_lacks_is_written_out() {
        assert_eq!(fonts().printable("≤ 5 → 6 ≥ 2 ≈ 1"), "<= 5 -> 6 >= 2 ca.  1");
        assert_eq!(
            fonts().printable("perche\u{0301} citta\u{0300} x\u{0301}"),
            "perché città x"
        );
        assert_eq!(fonts().printable("a\u{200B}b\u{00AD}c\td"), "abc d");
        assert_eq!(fonts().printable("漢"), "?");
    }

    #[test]
    fn lines_stay_inside_their_width_and_lose_no_letter() {
        let fonts = fonts();
        let style = Style::regular(10.0);
        let text =
            "Una descrizione piuttosto lunga con unaparolachenonfiniscemaieppurevastampata e qualche altra parola.";
        let lines = fonts.wrap(text, style, 90.0);
        assert!(lines.iter().all(|line| fonts.width(line, style) <= 90.0));
        let letters = |text: &str| text.replace(' ', "");
        assert_eq!(letters(&lines.concat()), letters(text));
    }

    #[test]
    fn a_hard_blank_does_not_break() {
        let lines = fonts().wrap("aaaa bbbb\u{00A0}cccc", Style::regular(10.0), 50.0);
        assert_eq!(lines, ["aaaa", "bbbb cccc"]);
    }
}
