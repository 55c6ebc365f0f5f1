//! What can be said on the command line of the window.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// Before the text of a link.
const LINK: &str = "lanterna:";

/// Schedules of the demonstration's region where nothing is said.
#[cfg(feature = "demo")]
const SCHEDULES: usize = 600;

/// What was said.
#[derive(Debug, Default)]
pub struct Arguments {
    /// Folder of the desk's files.
    pub data_dir: Option<PathBuf>,
    /// Address of the central.
    pub central: Option<String>,
    /// A text for the scan field, of this window or of the one that is open already, as a link
    /// `lanterna:TEXT` brings it.
    pub scan: Option<String>,
    /// The demonstration, with the schedules of its region.
    #[cfg(feature = "demo")]
    pub demonstration: Option<usize>,
}

impl Arguments {
    /// Reads command line and environment; what is said on the command line counts.
    ///
    /// # Errors
    /// When a word is not known or wants a value.
    pub fn read() -> Result<Self> {
        let mut arguments = Self {
            data_dir: std::env::var_os("LANTERNA_DATA_DIR").map(PathBuf::from),
            central: std::env::var("LANTERNA_CENTRAL_URL").ok(),
            ..Self::default()
        };
        arguments.hear(std::env::args().skip(1))?;
        Ok(arguments)
    }

    fn hear(&mut self, mut words: impl Iterator<Item = String>) -> Result<()> {
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} wants a value"));
            match word.as_str() {
                "--data-dir" => self.data_dir = Some(value()?.into()),
                "--central" => self.central = Some(value()?),
                #[cfg(feature = "demo")]
                "--demo" => self.demonstration = Some(self.demonstration.unwrap_or(SCHEDULES)),
                #[cfg(feature = "demo")]
                "--schedules" => self.demonstration = Some(value()?.parse().context("--schedules wants a number")?),
                #[cfg(not(feature = "demo"))]
                "--demo" => bail!("this build has no demonstration: build it with the feature `demo`"),
                word => match text_of_link(word) {
                    Some(text) => self.scan = Some(text),
                    None => bail!("{word} is not known; --data-dir DIR, --central URL, --demo, --schedules N are"),
                },
            }
        }
        Ok(())
    }
}

/// The text a link brings: what stands after `lanterna:`, its escapes undone.
pub fn text_of_link(link: &str) -> Option<String> {
    let (scheme, text) = link.split_at_checked(LINK.len())?;
    scheme
        .eq_ignore_ascii_case(LINK)
        .then(|| unescaped(text.trim_matches('/')))
}

/// `%7C` is `|`; what is no escape, or no text when undone, stays as it is.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).filter(|_| *first == b'%');
        let byte = escape.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(words: &[&str]) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        arguments.hear(words.iter().map(|word| (*word).to_owned()))?;
        Ok(arguments)
    }

    #[test]
    fn the_command_line_is_read_word_by_word() {
        let arguments = heard(&["--data-dir", "files", "--central", "https://cup.example"]).unwrap();
        assert_eq!(arguments.data_dir, Some(PathBuf::from("files")));
        assert_eq!(arguments.central.as_deref(), Some("https://cup.example"));
    }

    #[test]
    fn a_link_brings_its_text_for_the_scan_field() {
        assert_eq!(
            heard(&["lanterna:0001000001P"]).unwrap().scan.as_deref(),
            Some("0001000001P")
        );
        assert_eq!(
            heard(&["lanterna://0001000001P/"]).unwrap().scan.as_deref(),
            Some("0001000001P")
        );
    }

    #[test]
    fn the_escapes_of_a_link_are_undone_and_half_ones_left() {
        let text = |link| text_of_link(link).unwrap();
        assert_eq!(
            text("lanterna:LANTERNA%7C001%7C0001000001P"),
            "LANTERNA|001|0001000001P"
        );
        assert_eq!(text("LANTERNA:%7c%"), "|%");
        assert_eq!(text("lanterna:%zz%4"), "%zz%4");
        assert_eq!(text("lanterna:%ff"), "%ff");
        assert_eq!(text_of_link("https://cup.example/"), None);
        assert_eq!(text_of_link("lantérna"), None);
    }

    #[test]
    fn the_package_registers_the_scheme_of_the_links() {
        let config: serde_json::Value = serde_json::from_str(include_str!("../tauri.conf.json")).unwrap();
        let schemes = &config["plugins"]["deep-link"]["desktop"]["schemes"];
        assert_eq!(schemes, &serde_json::json!([LINK.trim_end_matches(':')]));
    }

    #[test]
    fn an_unknown_word_and_a_missing_value_are_refused() {
        assert!(heard(&["--dta-dir", "files"]).is_err());
        assert!(heard(&["--data-dir"]).is_err());
    }

    #[cfg(feature = "demo")]
    #[test]
    fn a_demonstration_has_its_size_in_either_order() {
        assert_eq!(heard(&["--demo", "--schedules", "8"]).unwrap().demonstration, Some(8));
        assert_eq!(heard(&["--schedules", "8", "--demo"]).unwrap().demonstration, Some(8));
        assert_eq!(heard(&["--demo"]).unwrap().demonstration, Some(SCHEDULES));
    }
}
